import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";

/** What a client saw of one request: an answer, whole or not, or the error that ended it. */
export interface Outcome {
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  /** All bytes that arrived. */
  readonly body: Buffer;
  /** Code of the error that ended the request or the answer. */
  readonly error: string | undefined;
}

/** Settings of {@link exchange}. */
export interface Exchange {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** Makes one request on a connection of its own and reports everything that came of it; never rejects. */
export function exchange(url: string, { method = "POST", headers = {}, body = "" }: Exchange = {}) {
  const message = request(url, { method, headers, agent: false });
  const chunks: Buffer[] = [];
  const headed = once(message, "response").then(([response]) => response);
  const outcome = new Promise<Outcome>((resolve) => {
    let status: number | undefined;
    let answered: IncomingHttpHeaders = {};
    const finish = (error?: NodeJS.ErrnoException) =>
      resolve({ status, headers: answered, body: Buffer.concat(chunks), error: error?.code });
    message.on("error", finish);
    message.on("response", (response) => {
      status = response.statusCode;
      answered = response.headers;
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", finish);
      response.on("end", () => finish());
    });
  });
  headed.catch(() => {});
  message.end(body);
  return { outcome, headed, received: () => Buffer.concat(chunks), abort: () => void message.destroy() };
}
