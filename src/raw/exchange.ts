import { Answer } from "./answer.ts";
import type { ReadyCall } from "./call.ts";
import { toldOf } from "./hooks.ts";
import { readWhole, type TransportResponse } from "./transport.ts";

/** Sends a call: contents of files as streams and once; everything else is read whole and repeated as the policy says. */
export async function send(call: ReadyCall): Promise<Response> {
  const { requestBody, responseBody } = call.operation;
  return requestBody === "bytes" || responseBody === "bytes"
    ? await sendOnce(call)
    : await sendRepeatedly(call);
}

/** Sends once, and leaves the rest to what is loaded when something went wrong. */
async function sendRepeatedly(call: ReadyCall): Promise<Response> {
  if (call.settings.retry === undefined) {
    return await sendOnce(call);
  }
  const startedMillis = Date.now();
  const first = sendOnce(call);
  const answer = await first.catch(() => undefined);
  if (answer?.ok) {
    return answer;
  }
  const { repeat } = await import("./repetition.ts");
  return await repeat(call, first, startedMillis, sendOnce);
}

async function sendOnce(call: ReadyCall): Promise<Answer> {
  const response = await exchange(call);
  const { responseBody } = call.operation;
  if (responseBody === "bytes" && response.status < 300) {
    const { body, discard } = response;
    return new Answer(response, {
      ...body,
      [Symbol.asyncIterator]: () => body[Symbol.asyncIterator](),
      discard,
    });
  }
  const limit = response.status < 400 ? Number.POSITIVE_INFINITY : ERROR_BODY_LIMIT_BYTES;
  const body = await readWhole(response, limit);
  return new Answer(response, responseBody === "none" ? undefined : body);
}

const ERROR_BODY_LIMIT_BYTES = 64 * 1024;

let exchanges = 0;

/** Makes one exchange and tells the hooks. */
async function exchange(call: ReadyCall): Promise<TransportResponse> {
  const { settings, operation, url, method, headers, content, signal, attempt } = call;
  const event = { id: ++exchanges, ...toldOf(operation, attempt) };
  const started = performance.now();
  const ended = (outcome: { status: number } | { error: unknown }) =>
    settings.hooks?.onResponse?.({ ...event, durationMillis: performance.now() - started, ...outcome });
  settings.hooks?.onRequest?.(event);
  try {
    const response = await settings.transport({
      url,
      method,
      headers,
      answerTimeoutMillis: operation.timeoutSeconds * 1000,
      ...(signal !== undefined && { signal }),
      ...(content !== undefined && { content }),
    });
    ended({ status: response.status });
    return response;
  } catch (error) {
    ended({ error });
    throw error;
  }
}
