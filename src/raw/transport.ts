/**
 * Takes the next bytes of a body. The chunk may be overwritten once the promise resolves, not before.
 *
 * A rejection means that nobody wants more bytes: stop reading and let it pass through.
 */
export type Sink = (chunk: Uint8Array) => Promise<void>;

/** The bytes of one request body, of known length. */
export interface Content {
  /** Number of bytes that {@link Content.writeTo} writes. */
  readonly length: number;
  /** The same bytes as one value, where they are one anyway; transports without streaming bodies send it. */
  readonly whole?: Uint8Array<ArrayBuffer> | Blob;
  /** Writes all bytes in order, waiting for the sink after each chunk. */
  writeTo(sink: Sink): Promise<void>;
}

/** One HTTP exchange to make. */
export interface TransportRequest {
  /** Absolute URL, sent as it is written: no part of the path is normalised. */
  readonly url: string;
  readonly method: string;
  /** Header fields without Content-Length, which follows from `content`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly content?: Content;
  /** Ends the exchange at any moment; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Longest wait for the answer once the request is sent. */
  readonly answerTimeoutMillis?: number;
}

/** An answer whose body has not been read yet. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: Headers;
  /**
   * The body's bytes, undecoded, for one reader. Reading drives the connection: nothing is buffered ahead of a
   * slow reader. Leaving the loop early closes the connection.
   *
   * @throws {@link TransportError} when the connection ends before the body does.
   */
  readonly body: AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Releases the connection without reading the body. */
  discard(): void;
}

/**
 * The only way to the network: makes one exchange, follows no redirect, repeats nothing, decompresses nothing.
 *
 * Resolves when the header of the answer has arrived, even while the body is still being sent.
 *
 * @throws {@link TransportError} when no answer arrived.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/** Reads a body whole; what exceeds `limitBytes` is dropped and the connection closed. */
export async function readWhole(
  response: TransportResponse,
  limitBytes = Number.POSITIVE_INFINITY,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk.subarray(0, limitBytes - length));
    length += chunk.length;
    if (length >= limitBytes) {
      break;
    }
  }
  if (chunks.length === 1 && chunks[0] !== undefined) {
    return chunks[0];
  }
  const whole = new Uint8Array(Math.min(length, limitBytes));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
