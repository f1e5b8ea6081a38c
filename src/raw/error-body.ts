import type { ErrorBody } from "./client-types.ts";

/** Gives the service's error, or makes one of whatever else a failed answer carried, with the code `unknown`. */
export function toErrorBody(body: unknown, response: Response): ErrorBody {
  if (isErrorBody(body)) {
    return body;
  }
  const text = typeof body === "string" ? readableText(body) : "";
  const message = text || `HTTP status ${response.status} without an explanation`;
  return { status: response.status, code: "unknown", message };
}

/** Gives the beginning of a text, or of what a page of HTML says. */
function readableText(body: string): string {
  return body
    .slice(0, 2000)
    .replace(/(<[^>]*>|\s)+/g, " ")
    .trim()
    .slice(0, 200);
}

/** Tells whether a body is an error of the service. */
export function isErrorBody(body: unknown): body is ErrorBody {
  return (
    typeof body === "object" &&
    body !== null &&
    "code" in body &&
    typeof body.code === "string" &&
    "status" in body &&
    typeof body.status === "number" &&
    "message" in body &&
    typeof body.message === "string"
  );
}
