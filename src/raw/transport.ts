/**
 * Bytes whose memory is not shared between threads: what `Uint8Array<ArrayBuffer>` says since TypeScript 5.7, and
 * `Uint8Array` says before, where it takes no argument.
 */
export type Bytes = ReturnType<Uint8Array["slice"]>;

/**
 * Takes the next bytes of a body. The chunk may be overwritten once the promise resolves, not before.
 *
 * A rejection means that nobody wants more bytes: stop reading and let it pass through.
 */
export type Sink = (chunk: Uint8Array) => Promise<void>;

/**
 * Takes the next bytes of an answer. The chunk may be overwritten once the call has returned: copy what is kept. A
 * promise holds the rest back until it resolves; whoever throws or rejects wants no more.
 */
export type Take = (chunk: Uint8Array) => Promise<void> | void;

/**
 * Gives memory of the taker's own for the next bytes, which then need no copy: the next chunk may lie there or
 * elsewhere. It may be written to until the next call of this function or of {@link Take}, or the end of the reading.
 * Undefined where there is none at the moment.
 */
export type Memory = () => Uint8Array | undefined;

/**
 * The bytes of one answer, undecoded, for one reader. Reading drives the connection: nothing is buffered ahead of a
 * slow reader. Leaving a loop over it early closes the connection.
 *
 * @throws {@link TransportError} when the connection ends before the body does.
 */
export interface ReceivedBody extends AsyncIterable<Bytes> {
  /**
   * Hands out all bytes in order by calling a function, without a new piece of memory for each chunk; resolves at
   * the end. Where it is missing, the chunks of the loop do.
   */
  readonly readTo?: (take: Take, memory?: Memory) => Promise<void>;
}

/** The content of a download: to be read once, or discarded. */
export interface ReceivedContent extends ReceivedBody {
  /** Releases the connection without reading on. */
  discard(): void;
}

/** Hands out all bytes of a body, in the quickest way that it has. */
export function readBody(body: ReceivedBody, take: Take, memory?: Memory): Promise<void> {
  return body.readTo === undefined ? readChunks(body, take) : body.readTo(take, memory);
}

async function readChunks(body: ReceivedBody, take: Take): Promise<void> {
  for await (const chunk of body) {
    await take(chunk);
  }
}

/** The bytes of one request body, of known length. */
export interface Content {
  /** Number of bytes that {@link Content.writeTo} writes. */
  readonly length: number;
  /** The same bytes as one value, where they are one anyway; transports without streaming bodies send it. */
  readonly whole?: Bytes | Blob;
  /** Writes all bytes in order, waiting for the sink after each chunk. */
  writeTo(sink: Sink): Promise<void>;
}

/** One HTTP exchange to make. */
export interface TransportRequest {
  /** Absolute URL, sent as it is written: no part of the path is normalised. */
  readonly url: string;
  /** HTTP method in capitals. */
  readonly method: string;
  /** Header fields without Content-Length, which follows from `content`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body; none when it is missing. */
  readonly content?: Content | undefined;
  /** Ends the exchange at any moment; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Longest wait for the answer once the request is sent. */
  readonly answerTimeoutMillis?: number;
}

/** An answer whose body has not been read yet. */
export interface TransportResponse {
  /** HTTP status. */
  readonly status: number;
  /** Header fields as they arrived. */
  readonly headers: Headers;
  /** The body, for one reader. */
  readonly body: ReceivedBody;
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
  { headers, body, discard }: TransportResponse,
  limitBytes = Number.POSITIVE_INFINITY,
): Promise<Bytes> {
  let whole = new Uint8Array(announcedBytes(headers, limitBytes));
  let length = 0;
  const take = (chunk: Uint8Array) => {
    const wanted = chunk.length <= limitBytes - length ? chunk : chunk.subarray(0, limitBytes - length);
    if (length + wanted.length > whole.length) {
      whole = enlarge(whole, length + wanted.length);
    }
    whole.set(wanted, length);
    length += wanted.length;
    if (length >= limitBytes) {
      discard();
    }
  };
  try {
    await readBody(body, take);
  } catch (error) {
    if (length < limitBytes) {
      throw error;
    }
  }
  return length === whole.length ? whole : whole.slice(0, length);
}

/** No more than this is reserved for what is announced and may never come. */
const MOST_RESERVED_BYTES = 16 * 1024 * 1024;

function announcedBytes(headers: Headers, limitBytes: number): number {
  const announced = Number(headers.get("Content-Length"));
  return announced > 0 ? Math.min(Math.floor(announced), limitBytes, MOST_RESERVED_BYTES) : 0;
}

function enlarge(bytes: Bytes, neededBytes: number): Bytes {
  const larger = new Uint8Array(Math.max(neededBytes, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}
