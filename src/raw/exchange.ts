import { Answer } from "./answer.ts";
import type { ReadyCall } from "./call.ts";
import { tellRequest } from "./hooks.ts";
import { type Bytes, readBody, readWhole, type TransportResponse } from "./transport.ts";

/** Sends a call: contents of files as streams and once; everything else is read whole and repeated as the policy says. */
export function send(call: ReadyCall): Promise<Response> {
  const { requestBody, responseBody } = call.operation;
  return requestBody === "bytes" || responseBody === "bytes" ? sendOnce(call) : sendRepeatedly(call);
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
      [Symbol.asyncIterator]: () => body[Symbol.asyncIterator](),
      readTo: (take, memory) => readBody(body, take, memory),
      discard,
    });
  }
  const isError = response.status >= 400;
  const body = await readWhole(response, isError ? ERROR_BODY_LIMIT_BYTES : Number.POSITIVE_INFINITY);
  return new Answer(response, responseBody === "none" ? undefined : isError ? concealed(body, call) : body);
}

/** Takes a call's secrets out of an error that repeats them, as the pages of some proxies do. */
function concealed(body: Bytes, { operation, url, headers }: ReadyCall): Bytes {
  const token = headers.authorization?.split(" ").at(-1);
  const customerKey = headers["x-bz-server-side-encryption-customer-key"];
  const uploadPath = operation.baseUrl === "upload" ? new URL(url).pathname : undefined;
  const secrets = [token, customerKey, uploadPath].filter(
    (secret) => secret !== undefined && secret.length > 1,
  );
  const text = new TextDecoder().decode(body);
  return new TextEncoder().encode(
    secrets.reduce<string>((rest, secret = "") => rest.replaceAll(secret, "…"), text),
  );
}

const ERROR_BODY_LIMIT_BYTES = 64 * 1024;

/** Makes one exchange and tells who follows it. */
function exchange(call: ReadyCall): Promise<TransportResponse> {
  const tellEnd = tellRequest(call);
  const { settings, operation, url, method, headers, content, signal } = call;
  const answerTimeoutMillis = operation.timeoutSeconds * 1000;
  const make = () => settings.transport({ url, method, headers, answerTimeoutMillis, signal, content });
  return tellEnd === undefined ? make() : told(make, tellEnd);
}

async function told(
  make: () => Promise<TransportResponse>,
  tellEnd: NonNullable<ReturnType<typeof tellRequest>>,
): Promise<TransportResponse> {
  try {
    const response = await make();
    tellEnd({ status: response.status });
    return response;
  } catch (error) {
    tellEnd({ error });
    throw error;
  }
}
