import type { IncomingMessage, ServerResponse } from "node:http";
import type { Schemas } from "./wire.ts";

/** How long a refused upload may go on sending before the connection is cut. */
const lingerMillis = 10_000;

const jsonHeaders = {
  "Content-Type": "application/json;charset=UTF-8",
  "Cache-Control": "max-age=0, no-cache, no-store",
};

/** What an error answer says. */
export type ErrorAnswer = Schemas["Error"] & { readonly headers: Readonly<Record<string, string>> };

/** Answers JSON. */
export function sendJson(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { ...jsonHeaders, "Content-Length": bytes.length, ...headers });
  response.end(bytes);
}

/** Answers an error: the three fields of the service, or nothing but the status for HEAD. */
export function sendRefusal(request: IncomingMessage, response: ServerResponse, refusal: ErrorAnswer): void {
  const { status, code, message } = refusal;
  if (response.headersSent) return void response.destroy();
  const headers = request.complete || !hasBody(request) ? refusal.headers : closing(request, refusal.headers);
  const body: Schemas["Error"] = { status, code, message };
  if (request.method === "HEAD") response.writeHead(status, { ...headers }).end();
  else sendJson(response, status, body, headers);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/**
 * Prepares the end of a connection whose request is still arriving. Closing it at once would make the system drop an
 * answer that the client has not read: only the sending half is closed, and what arrives is thrown away for a while.
 */
function closing(request: IncomingMessage, headers: ErrorAnswer["headers"]): ErrorAnswer["headers"] {
  const { socket } = request;
  const cut = setTimeout(() => socket.destroy(), lingerMillis).unref();
  socket.once("close", () => clearTimeout(cut));
  socket.destroySoon = () => void socket.end();
  request.resume();
  return { ...headers, Connection: "close" };
}
