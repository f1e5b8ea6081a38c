import { runtimeName } from "#runtime";
import type { OperationRow } from "../../generated/operations.ts";
import type { BinaryBody } from "../../generated/schema.ts";
import {
  type Authorization,
  type CallInit,
  PRODUCTION_REALM,
  type ReadyCall,
  type Settings,
} from "./call.ts";
import { toContent, withSha1AtEnd } from "./content.ts";
import { percentEncode } from "./encoding.ts";
import { HeaderFields } from "./header-fields.ts";
import { nextCallId } from "./hooks.ts";
import { hostOf } from "./host.ts";
import type { Content } from "./transport.ts";
import { version } from "./version.ts";

/** A call that is ready, and the address that its URL begins with. */
export interface Prepared {
  readonly call: ReadyCall;
  readonly baseUrl: string;
}

/** Turns a typed call into address, headers, token and body as the wire has them. */
export function prepare(
  settings: Settings,
  operation: OperationRow,
  init: CallInit,
  authorization: Authorization | undefined,
): Prepared {
  const { signal, params } = init;
  const { headers, length } = fieldsOf(operation, init);
  const token = headers.authorization ?? tokenFor(settings, operation, init, authorization);
  if (token !== undefined) {
    headers.authorization = token;
  }
  if (settings.userAgent !== undefined) {
    headers["user-agent"] ??= settings.userAgent;
  }
  const content = contentOf(operation, init, headers, length);
  const baseUrl = withoutSlash(init.baseUrl ?? baseUrlFor(settings, operation, authorization));
  const query = params?.query === undefined ? "" : serializeQuery(params.query);
  const path = `${baseUrl}${serializePath(operation, operation.path, params?.path ?? {})}`;
  const url = checkUrl(operation, query === "" ? path : `${path}?${query}`);
  const trace = init.trace ?? { callId: nextCallId(), attempt: 1 };
  const call = { settings, operation, url, method: operation.method, headers, content, signal, trace };
  return { call, baseUrl };
}

/** Header fields with names in lower case. */
type Fields = Record<string, string>;

function withoutSlash(url: string): string {
  return url.endsWith("/") ? url.slice(0, -1) : url;
}

/** Does not repeat the URL in its complaint, because an upload URL is a secret. */
function checkUrl({ operationId }: OperationRow, url: string): string {
  try {
    hostOf(url);
  } catch {
    throw new TypeError(
      `${operationId} has no absolute URL: check the path parameter uploadUrl or the baseUrl`,
    );
  }
  return url;
}

/** Tells whether an operation is made where the authorization says, and with its token. */
export function needsAuthorization({ baseUrl }: OperationRow): boolean {
  return baseUrl === "api" || baseUrl === "download";
}

/** Gives the authorization that a call is made with, unless the call brings its own. */
export async function authorizationFor(
  settings: Settings,
  init: CallInit,
): Promise<Authorization | undefined> {
  if (init.baseUrl !== undefined && new HeaderFields(init.headers).has("Authorization")) {
    return undefined;
  }
  return typeof settings.authorization === "function" ? settings.authorization() : settings.authorization;
}

function baseUrlFor(
  settings: Settings,
  operation: OperationRow,
  authorization: Authorization | undefined,
): string {
  if (operation.baseUrl === "realm") {
    return settings.realm ?? PRODUCTION_REALM;
  }
  if (operation.baseUrl === "upload") {
    return "";
  }
  if (authorization === undefined) {
    throw new TypeError(
      `${operation.operationId} needs the authorization option, or a baseUrl and Authorization header`,
    );
  }
  const { apiUrl, downloadUrl } = authorization.apiInfo.storageApi;
  return operation.baseUrl === "api" ? apiUrl : downloadUrl;
}

function tokenFor(
  settings: Settings,
  operation: OperationRow,
  init: CallInit,
  authorization: Authorization | undefined,
): string | undefined {
  switch (operation.authorization) {
    case "applicationKey":
      return basicAuthorization(settings, operation);
    case "account":
      if (authorization === undefined) {
        throw new TypeError(
          `${operation.operationId} needs the authorization option or an Authorization header`,
        );
      }
      return authorization.authorizationToken;
    case "upload":
      throw new TypeError(
        `${operation.operationId} needs the upload token as its Authorization header parameter`,
      );
    case "optional":
      return init.params?.query?.Authorization === undefined ? authorization?.authorizationToken : undefined;
  }
}

function basicAuthorization({ credentials }: Settings, operation: OperationRow): string {
  if (credentials === undefined) {
    throw new TypeError(`${operation.operationId} needs the credentials option or an Authorization header`);
  }
  const pair = new TextEncoder().encode(`${credentials.applicationKeyId}:${credentials.applicationKey}`);
  return `Basic ${btoa(String.fromCharCode(...pair))}`;
}

/** Gives what the User-Agent header says; undefined where the platform sets it. */
export function userAgent(append: string | undefined): string | undefined {
  return runtimeName && [`b2kit/${version}`, runtimeName, append].filter(Boolean).join(" ");
}

/**
 * Writes header parameters, and headers beside them, as the wire carries them; a name that ends in `*` stands for a
 * family of headers. The length of the body is apart: the transport derives its own from the content.
 */
function fieldsOf({ requestHeaders }: OperationRow, init: CallInit): { headers: Fields; length?: number } {
  const headers: Fields = {};
  let length: unknown;
  if (init.headers !== undefined) {
    for (const [key, value] of new HeaderFields(init.headers)) {
      headers[key] = value;
    }
    length = headers["content-length"];
    delete headers["content-length"];
  }
  const parameters = init.params?.header ?? {};
  for (const name of Object.keys(parameters)) {
    const value = parameters[name];
    const key = name.toLowerCase();
    const isEncoded = requestHeaders[name] === "percent-encoded";
    if (value === undefined || value === null) {
      continue;
    }
    if (key === "content-length") {
      length = value;
    } else if (typeof value === "object") {
      for (const [suffix, item] of Object.entries(value)) {
        headers[`${key.slice(0, -1)}${suffix.toLowerCase()}`] = write(item, isEncoded);
      }
    } else {
      headers[key] = write(value, isEncoded);
    }
  }
  return length === undefined ? { headers } : { headers, length: Number(length) };
}

function write(value: unknown, isEncoded: boolean): string {
  return isEncoded ? percentEncode(String(value)) : String(value);
}

/** Fills in the parameters of an operation's path, with or without a base URL before it. */
export function serializePath(
  { baseUrl }: OperationRow,
  path: string,
  values: Readonly<Record<string, unknown>>,
): string {
  if (baseUrl === "upload") {
    return String(values.uploadUrl); // The upload URL is the whole address.
  }
  let filled = path;
  for (const name of Object.keys(values)) {
    filled = filled.replace(`{${name}}`, () => percentEncode(String(values[name])));
  }
  return filled;
}

/** Writes the parameters of a query. */
export function serializeQuery(values: object): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&");
}

function contentOf(
  operation: OperationRow,
  init: CallInit,
  headers: Fields,
  length: number | undefined,
): Content | undefined {
  switch (operation.requestBody) {
    case "bytes":
      return fileContent(operation, init, headers, length);
    case "json":
      headers["content-type"] ??= "application/json";
      return init.body === undefined ? undefined : toContent(encoder.encode(JSON.stringify(init.body)));
    case "none":
      return undefined;
  }
}

const encoder = new TextEncoder();

function fileContent(
  { requestHeaders }: OperationRow,
  init: CallInit,
  headers: Fields,
  length: number | undefined,
): Content {
  if (requestHeaders["X-Bz-File-Name"] !== undefined) {
    headers["content-type"] ??= "b2/x-auto";
  }
  // The description types this body as BinaryBody; anything else fails when it is read.
  const content = toContent(init.body as BinaryBody, length);
  return headers["x-bz-content-sha1"] === "hex_digits_at_end" ? withSha1AtEnd(content, init.onSha1) : content;
}
