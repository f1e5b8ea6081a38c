import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  fdatasync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { newBlobName } from "./ids.ts";
import { RequestContent } from "./request-content.ts";

const flush = promisify(fdatasync);

/** A run of bytes in one file of the contents folder. A file version is a list of pieces, so joining and copying move no data. */
export interface Piece {
  readonly blob: string;
  readonly offset: number;
  readonly length: number;
}

/** What arrived in one upload. */
export interface Received {
  /** Where the bytes lie; none for an empty body. */
  readonly pieces: readonly Piece[];
  readonly length: number;
  /** Lower-case hex. */
  readonly sha1: string;
  /** Lower-case hex; null above {@link largestMd5Bytes}. */
  readonly md5: string | null;
  /** The bytes that followed the content, as ASCII. */
  readonly trailer: string;
}

/** MD5 costs as much time as SHA-1 and the service may leave it out, so longer bodies have none. */
const largestMd5Bytes = 5_000_000;

/** How much of a download is read at once. */
const readBytes = 256 << 10;

/**
 * Keeps file contents on disk, each upload in one file, and counts who refers to it.
 *
 * A file gets its name only when it is complete, so an interrupted upload leaves nothing but a temporary file, which
 * the next start removes together with everything else that no version refers to. All acknowledged bytes have been
 * handed to the operating system, so they survive a killed process; when durable, they are on the disk.
 */
export class Contents {
  readonly #folder: string;
  readonly #isDurable: boolean;
  readonly #references = new Map<string, number>();
  #isOpen = false;

  /**
   * @param folder - Created when it is missing.
   * @param isDurable - Whether each content reaches the disk before it is acknowledged, at the price of a wait.
   */
  constructor(folder: string, isDurable = false) {
    this.#folder = folder;
    this.#isDurable = isDurable;
    mkdirSync(folder, { recursive: true });
  }

  /** Counts one more user of these pieces. */
  hold(pieces: readonly Piece[]): void {
    for (const { blob } of pieces) this.#references.set(blob, (this.#references.get(blob) ?? 0) + 1);
  }

  /** Counts one user less, and removes files that nobody uses any more. */
  release(pieces: readonly Piece[]): void {
    for (const { blob } of pieces) {
      const left = (this.#references.get(blob) ?? 0) - 1;
      if (left > 0) this.#references.set(blob, left);
      else this.#remove(blob);
    }
  }

  #remove(blob: string): void {
    this.#references.delete(blob);
    if (!this.#isOpen) return; // a later line of the journal may need it again: a copy that outlived its source
    void unlink(this.#path(blob)).catch(() => {}); // what stays behind, the next start removes
  }

  /**
   * Removes files that no piece refers to: what a killed process left. Call once, after everything is held; only from
   * then on, releasing removes files. Touches nothing that is not named like its own files.
   */
  removeOrphans(): void {
    this.#isOpen = true;
    for (const name of readdirSync(this.#folder)) {
      const isOwn = /^[0-9a-f]{32}(\.part)?$/.test(name);
      if (isOwn && !this.#references.has(name)) rmSync(join(this.#folder, name), { force: true });
    }
  }

  /**
   * Stores a stream of known length and hashes it on the way; holds no more of it in memory than a chunk.
   *
   * @param trailerLength - How many of the last bytes are not content (the 40 digits of `hex_digits_at_end`).
   */
  async receive(
    source: AsyncIterable<Buffer>,
    contentLength: number,
    trailerLength: number,
  ): Promise<Received> {
    const name = newBlobName();
    const temporary = this.#path(`${name}.part`);
    const sink = contentLength > 0 ? openSync(temporary, "wx", 0o600) : undefined;
    try {
      const intake = new Intake(sink, contentLength);
      if (source instanceof RequestContent) await source.takeEach((chunk) => intake.take(chunk));
      else for await (const chunk of source) intake.take(chunk);
      const received = intake.finish(trailerLength);
      if (sink !== undefined && this.#isDurable) await flush(sink);
      if (sink !== undefined) renameSync(temporary, this.#path(name));
      const pieces = sink === undefined ? [] : [{ blob: name, offset: 0, length: contentLength }];
      return { ...received, pieces };
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    } finally {
      if (sink !== undefined) closeSync(sink);
    }
  }

  /** Removes what was received but will not be kept. */
  discard(received: Received): void {
    for (const { blob } of received.pieces) this.#remove(blob);
  }

  /**
   * Reads a span of the joined pieces in order. All chunks use the same memory: each is valid until the next.
   *
   * Reads on the main thread on purpose, as writing does: contents mostly lie in the system's cache, and over 1 GiB
   * that takes half of the processor time that the thread pool takes.
   */
  *read(pieces: readonly Piece[], start: number, length: number): Generator<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(Math.min(readBytes, length));
    for (const piece of slice(pieces, start, length)) {
      const file = openSync(this.#path(piece.blob), "r");
      try {
        for (let done = 0; done < piece.length; ) {
          const most = Math.min(buffer.length, piece.length - done);
          const bytesRead = readSync(file, buffer, 0, most, piece.offset + done);
          if (bytesRead === 0) throw new Error(`stored content ${piece.blob} is shorter than recorded`);
          done += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        closeSync(file);
      }
    }
  }

  #path(blob: string): string {
    return join(this.#folder, blob);
  }
}

/** Cuts the span `start`, `length` out of joined pieces. */
export function slice(pieces: readonly Piece[], start: number, length: number): Piece[] {
  const cut: Piece[] = [];
  let position = 0;
  for (const piece of pieces) {
    const from = Math.max(start - position, 0);
    const to = Math.min(start + length - position, piece.length);
    if (from < to) cut.push({ blob: piece.blob, offset: piece.offset + from, length: to - from });
    position += piece.length;
  }
  return cut;
}

/**
 * Hashes and writes chunk by chunk, and keeps none.
 *
 * Writes on the main thread and each chunk by itself on purpose: over 1 GiB, that takes half of the processor time
 * that the thread pool takes, and three quarters of that of larger batches, because the chunks are still warm.
 */
class Intake {
  readonly #sink: number | undefined;
  readonly #contentLength: number;
  readonly #sha1 = createHash("sha1");
  readonly #md5: Hash | undefined;
  #trailer = "";
  #arrived = 0;

  /** @param sink - Descriptor of the file to write to; undefined when there is no content. */
  constructor(sink: number | undefined, contentLength: number) {
    this.#sink = sink;
    this.#contentLength = contentLength;
    this.#md5 = contentLength <= largestMd5Bytes ? createHash("md5") : undefined;
  }

  /** @param chunk - Its memory may be used for something else afterwards. */
  take(chunk: Buffer): void {
    const content = chunk.subarray(0, Math.max(this.#contentLength - this.#arrived, 0));
    this.#trailer += chunk.toString("latin1", content.length);
    this.#arrived += chunk.length;
    this.#sha1.update(content);
    this.#md5?.update(content);
    if (this.#sink !== undefined) writeAll(this.#sink, content);
  }

  /** Tells what arrived. */
  finish(trailerLength: number): Omit<Received, "pieces"> {
    if (this.#arrived !== this.#contentLength + trailerLength) throw new Error("the body ended early");
    return {
      length: this.#contentLength,
      sha1: this.#sha1.digest("hex"),
      md5: this.#md5?.digest("hex") ?? null,
      trailer: this.#trailer,
    };
  }
}

function writeAll(sink: number, content: Buffer): void {
  for (let done = 0; done < content.length; ) done += writeSync(sink, content, done);
}
