import ky, { HTTPError, type Options as KyOptions } from "ky";
import type { OperationRow } from "../../generated/operations.ts";
import type { ReadyCall } from "./call.ts";
import { toContent } from "./content.ts";
import { isErrorBody } from "./error-body.ts";
import { retryEvent, toldOf } from "./hooks.ts";
import { chunksOfStream, toReadableStream } from "./stream.ts";
import { type Bytes, type ReceivedContent, readWhole, type TransportResponse } from "./transport.ts";

/** Sends a request: file contents as streams, everything else through ky. */
export function send(call: ReadyCall, request: Request): Promise<Response> {
  const { requestBody, responseBody } = call.operation;
  return requestBody === "bytes" || responseBody === "bytes"
    ? sendBytes(call, request)
    : sendJson(call, request);
}

/** Sends through ky, which repeats as the policy says; bodies of both directions are read whole. */
async function sendJson(call: ReadyCall, request: Request): Promise<Response> {
  let attempt = 0;
  try {
    return await ky(request, {
      timeout: false, // The transport has its own, which tell a slow connection from a dead one.
      retry: kyRetry(call),
      ...(call.signal && { signal: call.signal }),
      fetch: async (attempted) => {
        const sent = new Request(attempted);
        const content = sent.body === null ? undefined : toContent(new Uint8Array(await sent.arrayBuffer()));
        attempt += 1;
        return await wholeResponse(call.operation, await exchange({ ...call, attempt, content }, sent));
      },
    });
  } catch (error) {
    if (error instanceof HTTPError) {
      return error.response;
    }
    throw error;
  }
}

function kyRetry({ settings, operation, signal }: ReadyCall): NonNullable<KyOptions["retry"]> {
  const { retry: policy, hooks } = settings;
  if (policy === undefined) {
    return 0;
  }
  const started = Date.now();
  let delayMillis = 0;
  return {
    limit: Number.POSITIVE_INFINITY,
    methods: ["get", "post", "head"],
    shouldRetry: async ({ error, retryCount }) => {
      if (signal?.aborted) {
        return false;
      }
      const answer = error instanceof HTTPError ? await describeAnswer(error.response) : { error };
      const elapsedMillis = Date.now() - started;
      const wait = policy({ operation, attempt: retryCount, elapsedMillis, ...answer });
      if (wait === undefined) {
        return false;
      }
      delayMillis = wait;
      hooks?.onRetry?.(retryEvent({ operation, attempt: retryCount, elapsedMillis, ...answer }, wait));
      return true;
    },
    delay: () => delayMillis,
  };
}

async function describeAnswer(response: Response) {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const retryAfter = response.headers.get("Retry-After");
  return {
    status: response.status,
    ...(isErrorBody(body) && { code: body.code }),
    ...(retryAfter !== null && { retryAfter }),
  };
}

/** Sends past ky, which would buffer the body: file contents stay streams in both directions. */
async function sendBytes(call: ReadyCall, request: Request): Promise<Response> {
  const response = await exchange(call, request);
  const isContent = call.operation.responseBody === "bytes" && response.status < 300;
  if (!isContent || WITHOUT_BODY.has(response.status)) {
    return await wholeResponse(call.operation, response);
  }
  return call.asChunks
    ? new ChunksResponse(response)
    : new Response(toReadableStream(response.body, response.discard), response);
}

/** A good answer whose content is handed out without a web stream. */
class ChunksResponse extends Response {
  readonly content: ReceivedContent;

  constructor(response: TransportResponse) {
    super(null, response);
    this.content = {
      ...response.body,
      [Symbol.asyncIterator]: () => response.body[Symbol.asyncIterator](),
      discard: response.discard,
    };
  }
}

/** Gives the content of a good answer, also of one that middleware made. */
export function contentOf(response: Response): ReceivedContent {
  if (response instanceof ChunksResponse) {
    return response.content;
  }
  const body = response.body ?? new ReadableStream({ start: (controller) => controller.close() });
  return {
    [Symbol.asyncIterator]: () => chunksOfStream(body),
    discard: () => void body.cancel().catch(() => {}),
  };
}

let exchanges = 0;

/** Makes one exchange and tells the hooks. */
async function exchange(call: ReadyCall, request: Request): Promise<TransportResponse> {
  const { settings, operation, url, content, signal, attempt } = call;
  const event = { id: ++exchanges, ...toldOf(operation, attempt) };
  const started = performance.now();
  const ended = (outcome: { status: number } | { error: unknown }) =>
    settings.hooks?.onResponse?.({ ...event, durationMillis: performance.now() - started, ...outcome });
  settings.hooks?.onRequest?.(event);
  try {
    const response = await settings.transport({
      url,
      method: request.method,
      headers: Object.fromEntries(request.headers),
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

const ERROR_BODY_LIMIT_BYTES = 64 * 1024;

/** Statuses whose `Response` must not have a body. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

async function wholeResponse(operation: OperationRow, response: TransportResponse): Promise<Response> {
  const limit = response.status < 400 ? Number.POSITIVE_INFINITY : ERROR_BODY_LIMIT_BYTES;
  const body = await readWhole(response, limit);
  if (operation.responseBody === "none" || WITHOUT_BODY.has(response.status)) {
    return new Response(null, response);
  }
  return response.status < 400
    ? new ReadResponse(new TextDecoder().decode(body), response)
    : new Response(body, response);
}

/** A good answer whose text is there already: the platform's own class would copy and decode it again. */
class ReadResponse extends Response {
  readonly #text: string;

  constructor(text: string, init: ResponseInit) {
    super(null, init);
    this.#text = text;
  }

  override get body(): ReadableStream<Bytes> | null {
    return new Response(this.#text).body;
  }

  override async text(): Promise<string> {
    return this.#text;
  }

  override async json(): Promise<unknown> {
    return JSON.parse(this.#text);
  }

  override clone(): Response {
    return new ReadResponse(this.#text, this);
  }
}
