import type { IncomingHttpHeaders } from "node:http";
import type { HeaderForm, OperationId } from "../../generated/operations.ts";
import type { Call } from "./call.ts";
import { percentDecode } from "./percent-encoding.ts";
import { badRequest } from "./refusal.ts";
import { rowOf } from "./routes.ts";
import type { HeadersOf } from "./wire.ts";

/** Headers that the service forbids on uploads: their places are file info entries. */
const forbidden = [
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-location",
  "content-range",
  "expires",
];

/**
 * Reads the described headers of an upload: decoded, checked against the description, by their described names.
 * `X-Bz-Info-*` holds an object of all headers with the prefix, their names in lower case.
 */
export function readHeaders<Id extends OperationId>({ id, service, request }: Call<Id>): HeadersOf<Id> {
  const { headers } = request;
  const misplaced = forbidden.find((name) => headers[name] !== undefined);
  if (misplaced) throw badRequest(`The header ${misplaced} is not allowed on uploads`);
  const read: Record<string, unknown> = {
    Authorization: headers.authorization,
    "Content-Length": contentLength(headers),
  };
  if (headers["content-type"] !== undefined) read["Content-Type"] = headers["content-type"];
  for (const [name, form] of Object.entries(rowOf(id).requestHeaders)) {
    const value = name.endsWith("*") ? readPrefixed(headers, name, form) : readHeader(headers, name, form);
    if (value !== undefined) read[name] = value;
  }
  const wrong = service.description.headerError(id, read);
  if (wrong) throw badRequest(wrong.message);
  return read as HeadersOf<Id>; // valid by the description that the type is generated from
}

/** Uploads must say their length; the service takes no chunked transfer encoding. */
function contentLength(headers: IncomingHttpHeaders): number {
  const value = headers["content-length"];
  if (value === undefined) throw badRequest("The Content-Length header is missing");
  return Number(value);
}

function readPrefixed(headers: IncomingHttpHeaders, name: string, form: HeaderForm): object {
  const prefix = name.slice(0, -1).toLowerCase();
  const names = Object.keys(headers).filter((key) => key.startsWith(prefix));
  return Object.fromEntries(names.map((key) => [key.slice(prefix.length), readHeader(headers, key, form)]));
}

function readHeader(
  headers: IncomingHttpHeaders,
  name: string,
  form: HeaderForm,
): string | number | undefined {
  const value = headers[name.toLowerCase()];
  if (typeof value !== "string") return undefined;
  if (form === "integer") return /^-?\d+$/.test(value) ? Number(value) : value;
  if (form === "text") return value;
  const decoded = percentDecode(value);
  if (decoded === undefined) throw badRequest(`The header ${name} is not percent-encoded UTF-8`);
  return decoded;
}
