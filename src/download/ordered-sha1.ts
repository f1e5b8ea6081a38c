import { createHash } from "node:crypto";
import { type Span, SpanSet } from "./span.ts";

const BUFFER_BYTES = 1024 * 1024;

/** Reads bytes that were written, at least one, and gives their number. */
export type ReadAgain = (into: Uint8Array, offset: number) => Promise<number>;

/**
 * The SHA-1 of a file whose bytes are written in any order.
 *
 * Bytes that come next are hashed as they come. What was written further ahead is read again from the file, still
 * warm, as soon as everything before it is hashed.
 */
export class OrderedSha1 {
  readonly #hash = createHash("sha1");
  readonly #read: ReadAgain;
  readonly #written = new SpanSet();
  #position = 0;
  #isCatchingUp = false;
  #caughtUp: Promise<void> = Promise.resolve();
  #buffer: Buffer | undefined;

  constructor(read: ReadAgain) {
    this.#read = read;
  }

  /** Hashes bytes now if they come next. */
  update(bytes: Uint8Array, offset: number): void {
    if (offset === this.#position) {
      this.#hash.update(bytes);
      this.#position += bytes.length;
    }
  }

  /** Takes note that bytes can be read from the file. */
  written(span: Span): void {
    this.#written.add(span);
    if (!this.#isCatchingUp && this.#written.from(this.#position) > 0) {
      this.#caughtUp = this.#catchUp();
      this.#caughtUp.catch(() => {}); // Told to the one who waits for the digest.
    }
  }

  /** Waits until everything that was written is hashed, and gives the digest as 40 hex digits. */
  async hex(): Promise<string> {
    await this.#caughtUp;
    return this.#hash.digest("hex");
  }

  async #catchUp(): Promise<void> {
    this.#isCatchingUp = true;
    this.#buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
    try {
      for (;;) {
        const wanted = Math.min(BUFFER_BYTES, this.#written.from(this.#position));
        if (wanted === 0) {
          return;
        }
        const bytesRead = await this.#read(this.#buffer.subarray(0, wanted), this.#position);
        this.#hash.update(this.#buffer.subarray(0, bytesRead));
        this.#position += bytesRead;
      }
    } finally {
      this.#isCatchingUp = false;
    }
  }
}
