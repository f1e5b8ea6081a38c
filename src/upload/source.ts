import { once } from "../once.ts";
import { chunksOf } from "../raw/content.ts";
import type { Bytes } from "../raw/index.ts";

/** Bytes to be stored, wherever they come from. */
export type Source = RereadableSource | StreamedSource;

/** Bytes of which any range can be read, again and side by side. */
export interface RereadableSource extends Readable {
  readonly isRereadable: true;
  readonly length: number;
  /** Gives a range as one value without reading it; where it is missing, only reading gives the bytes. */
  readonly slice?: (offset: number, length: number) => Uint8Array | Blob;
  /** Reads everything into memory that nobody else uses; where it is missing, the chunks are put together. */
  readonly readWhole?: () => Promise<Bytes>;
}

/** Bytes that are read once, from the first to the last. */
export interface StreamedSource extends Readable {
  readonly isRereadable: false;
  /** Number of bytes; undefined for a stream that does not tell. */
  readonly length: number | undefined;
}

interface Readable {
  /** When the content was last changed, in milliseconds since 1970 UTC, where that is known. */
  readonly modTimeMillis?: number | undefined;
  /**
   * Reads a range; everything when nothing is given. A chunk is valid until the next one is asked for.
   *
   * @throws {@link LocalFileError} when a file is not what it was when it was opened; before the last chunk, so that
   * what is being sent stays incomplete. `RangeError` when the content ends early.
   */
  chunks(offset?: number, length?: number): AsyncIterable<Uint8Array>;
  /** Ends the use of the source; nothing may be read any more. */
  close(): Promise<void>;
}

/** A file of this machine, named by its path. */
export interface LocalPath {
  /** Absolute, or relative to the working folder. */
  readonly path: string;
}

/** What holds bytes. Streams and iterables are read once, everything else as often as needed. */
export type SourceContent =
  | Uint8Array
  | ArrayBuffer
  | Blob
  | LocalPath
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** A range of something that holds bytes. Of a stream, what lies before it is read and dropped. */
export interface SourceRange {
  /** What the range is of. */
  readonly source: SourceContent;
  /**
   * First byte.
   * @defaultValue 0
   */
  readonly offset?: number;
  /**
   * Number of bytes; tells the length of a stream, which does not know it.
   * @defaultValue all that follow
   */
  readonly length?: number;
}

/** Content to be uploaded: bytes, a Blob or File, `{ path }` of a local file, a stream, or a range of one of these. */
export type UploadSource = SourceContent | SourceRange;

/**
 * Makes content readable in one way. Who opens it closes it.
 *
 * @throws `TypeError` for anything that holds no bytes, `RangeError` for a range outside the content,
 * {@link LocalFileError} when a file cannot be read.
 */
export function openSource(source: UploadSource): Promise<Source> {
  return isObject(source) && "source" in source ? openRange(source) : openContent(source);
}

async function openRange({ source: content, offset = 0, length }: SourceRange): Promise<Source> {
  checkWhole("offset", offset);
  if (length !== undefined) {
    checkWhole("length", length);
  }
  const whole = await openContent(content);
  try {
    return rangeOfSource(whole, offset, length);
  } catch (error) {
    await whole.close();
    throw error;
  }
}

/**
 * Gives a range of a source as a source; closing it closes the whole.
 *
 * @throws `RangeError` when it does not lie in the source.
 */
export function rangeOfSource(whole: Source, offset: number, length?: number): Source {
  const end = length === undefined ? whole.length : offset + length;
  if (whole.length !== undefined && end !== undefined && (offset > end || end > whole.length)) {
    throw new RangeError(
      `The range from byte ${offset} up to ${end} is not within the ${whole.length} bytes of the source`,
    );
  }
  if (whole.isRereadable) {
    const { slice } = whole;
    const total = (end ?? whole.length) - offset;
    return {
      ...(slice && { slice: (start: number, count: number) => slice(offset + start, count) }),
      ...closing(whole),
      isRereadable: true,
      length: total,
      chunks: (start = 0, count = total - start) => whole.chunks(offset + start, count),
    };
  }
  const total = end === undefined ? undefined : end - offset;
  return {
    ...closing(whole),
    isRereadable: false,
    length: total,
    chunks: (start = 0, count = total === undefined ? undefined : total - start) =>
      whole.chunks(offset + start, count),
  };
}

const closing = (whole: Source) => ({ modTimeMillis: whole.modTimeMillis, close: () => whole.close() });

const localFiles = /* @__PURE__ */ once(() => import("#local-files"));

async function openContent(content: SourceContent): Promise<Source> {
  if (content instanceof Uint8Array || content instanceof ArrayBuffer) {
    return bytesSource(content instanceof ArrayBuffer ? new Uint8Array(content) : content);
  }
  if (content instanceof Blob) {
    return blobSource(content);
  }
  if (content instanceof ReadableStream || (isObject(content) && Symbol.asyncIterator in content)) {
    return new OnceSource(content);
  }
  if (isObject(content) && "path" in content && typeof content.path === "string") {
    const { LocalFile } = await localFiles();
    return LocalFile.open(content.path);
  }
  throw new TypeError(
    "The source holds no bytes: give bytes, a Blob, a stream of bytes or { path } of a local file",
  );
}

/** Makes bytes a source. */
export function bytesSource(bytes: Uint8Array): RereadableSource {
  return {
    length: bytes.length,
    isRereadable: true,
    slice: (offset, length) => bytes.subarray(offset, offset + length),
    chunks: (offset = 0, length = bytes.length - offset) =>
      toAsync(chunksOf(bytes.subarray(offset, offset + length))),
    close: async () => {},
  };
}

function blobSource(blob: Blob): RereadableSource {
  return {
    length: blob.size,
    isRereadable: true,
    slice: (offset, length) => blob.slice(offset, offset + length),
    // A `File` is a Blob that tells; not every runtime has the class.
    modTimeMillis: "lastModified" in blob ? Number(blob.lastModified) : undefined,
    chunks: (offset = 0, length = blob.size - offset) =>
      toAsync(chunksOf(blob.slice(offset, offset + length))),
    close: async () => {},
  };
}

async function* toAsync(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** A stream or iterable: read once, forwards only. */
class OnceSource implements StreamedSource {
  readonly length = undefined;
  readonly isRereadable = false;
  readonly #next: () => Promise<IteratorResult<unknown>>;
  readonly #end: () => unknown;
  /** What was read and not handed out yet. */
  #rest: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>) {
    if (stream instanceof ReadableStream) {
      const reader = stream.getReader();
      this.#next = () => reader.read();
      this.#end = () => reader.cancel();
    } else {
      const iterator = stream[Symbol.asyncIterator]();
      this.#next = () => iterator.next();
      // Streams of Node are destroyed: their iterator would first wait for a read that may never end.
      this.#end = () =>
        "destroy" in stream && typeof stream.destroy === "function" ? stream.destroy() : iterator.return?.();
    }
  }

  async *chunks(offset = this.#position, length?: number): AsyncGenerator<Uint8Array> {
    if (offset < this.#position) {
      throw new TypeError(`Byte ${offset} was read already, and a stream is read once only`);
    }
    while (this.#position < offset) {
      await this.#take(offset);
    }
    const end = length === undefined ? undefined : offset + length;
    while (end === undefined || this.#position < end) {
      const chunk = await this.#take(end);
      if (chunk === undefined) {
        return;
      }
      yield chunk;
    }
  }

  async close(): Promise<void> {
    // Not waited for: what the stream waits for itself may never come.
    void (async () => this.#end())().catch(() => {});
  }

  /** Takes the next bytes, none beyond `end`; undefined when the stream has ended and no `end` was named. */
  async #take(end: number | undefined): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#next();
      if (done && end !== undefined) {
        throw new RangeError(`The stream ended after ${this.#position} bytes, not after ${end}`);
      }
      if (done) {
        return undefined;
      }
      if (!(value instanceof Uint8Array)) {
        throw new TypeError("The stream's chunks must be bytes: do not set an encoding on it");
      }
      this.#rest = value;
    }
    const chunk = this.#rest.subarray(0, end === undefined ? undefined : end - this.#position);
    this.#rest = this.#rest.subarray(chunk.length);
    this.#position += chunk.length;
    return chunk;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function checkWhole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${name} must be a whole number from 0, not ${value}`);
  }
}
