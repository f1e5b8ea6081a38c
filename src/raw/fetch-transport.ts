import { TransportError, UnexpectedAnswerError } from "./errors.ts";
import type { Bytes, Content, Transport } from "./transport.ts";

/**
 * Creates the transport of runtimes other than Node from their `fetch`.
 *
 * Browsers read a body whole before they send it unless it is a Blob. A download by name whose path has a `.` or
 * `..` segment is refused, because `fetch` would change it: download such a file by its id.
 */
export function fetchTransport(fetch: typeof globalThis.fetch = globalThis.fetch): Transport {
  return async ({ url, method, headers, content, signal, answerTimeoutMillis = 120_000 }) => {
    if (hasDotSegment(url)) {
      throw new TypeError(
        "This runtime cannot request a name with a `.` or `..` segment: download the file by its id",
      );
    }
    const patience = new AbortController();
    const timer = setTimeout(
      () =>
        patience.abort(
          new TransportError(`No answer within ${answerTimeoutMillis / 1000} s`, "waiting", {
            code: "TIMEOUT",
          }),
        ),
      // The whole upload counts here, because fetch does not tell when a body has left.
      answerTimeoutMillis + (content === undefined ? 0 : uploadMillis(content.length)),
    );
    try {
      const response = await fetch(url, {
        method,
        headers,
        redirect: "manual",
        signal: signal === undefined ? patience.signal : AbortSignal.any([signal, patience.signal]),
        ...(content !== undefined && bodyOf(content)),
      });
      if (response.type === "opaqueredirect" || isRedirect(response.status)) {
        throw new UnexpectedAnswerError(
          "A redirect was answered: B2 never redirects, and following would leak tokens",
        );
      }
      const reader = response.body?.getReader();
      return {
        status: response.status,
        headers: response.headers,
        body: read(reader, signal),
        discard: () => void reader?.cancel().catch(() => {}),
      };
    } catch (error) {
      throw explain(error, signal);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** The time that a body may take at 32 KiB a second. */
function uploadMillis(length: number): number {
  return length / 32.768;
}

function bodyOf(content: Content): RequestInit & { duplex?: "half" } {
  return content.whole === undefined ? { body: toStream(content), duplex: "half" } : { body: content.whole };
}

/** Turns a body that writes itself into a stream that is read; each chunk is copied, since its bytes are reused. */
function toStream(content: Content): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  content
    .writeTo(async (chunk) => {
      await writer.ready;
      await writer.write(chunk.slice());
    })
    .then(
      () => writer.close(),
      (error) => writer.abort(error),
    )
    .catch(() => {}); // The reader's side tells.
  return readable;
}

async function* read(
  reader: ReadableStreamDefaultReader<Bytes> | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Bytes> {
  try {
    for (;;) {
      const next = await reader?.read();
      if (next === undefined || next.done) {
        return;
      }
      yield next.value;
    }
  } catch (error) {
    throw signal?.aborted
      ? signal.reason
      : new TransportError("The answer broke off", "receiving", { cause: error });
  } finally {
    await reader?.cancel().catch(() => {});
  }
}

function explain(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) {
    return signal.reason;
  }
  if (error instanceof TransportError || error instanceof UnexpectedAnswerError) {
    return error;
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TransportError(`The connection failed: ${reason}${pageHint}`, "sending", { cause: error });
}

/** Browsers keep from a page why a request failed; only they tell its origin. */
const pageHint =
  typeof globalThis.origin === "string"
    ? " (do the bucket's CORS rules allow this page to make the request?)"
    : "";

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304;
}

function hasDotSegment(url: string): boolean {
  const path = url.replace(/^\w+:\/\/[^/]*/, "").replace(/[?#].*$/s, "");
  return path.split("/").some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
}
