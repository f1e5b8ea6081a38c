import { createSha1, sha1Of } from "#runtime";
import type { Sha1 } from "../raw/sha1.ts";
import { endOf, type Span, SpanSet } from "./span.ts";

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
  readonly #read: ReadAgain;
  readonly #length: number;
  #hash: Sha1 | undefined;
  /** The digest of a file that came as one, which is quicker to compute. */
  #hex: string | undefined;
  readonly #written = new SpanSet();
  #position = 0;
  #isCatchingUp = false;
  #caughtUp: Promise<void> = Promise.resolve();
  #buffer: Buffer | undefined;

  /** @param length - Bytes of the whole file. */
  constructor(read: ReadAgain, length: number) {
    this.#read = read;
    this.#length = length;
  }

  /** Hashes bytes now if they come next. */
  update(bytes: Uint8Array, offset: number): void {
    if (offset !== this.#position) {
      return;
    }
    if (bytes.length === this.#length) {
      this.#hex = sha1Of(bytes);
    } else {
      this.#add(bytes);
    }
    this.#position += bytes.length;
  }

  /** Takes note that bytes can be read from the file. */
  written(span: Span): void {
    if (endOf(span) > this.#position) {
      this.#written.add(span);
    }
    if (!this.#isCatchingUp && this.#written.from(this.#position) > 0) {
      this.#caughtUp = this.#catchUp();
      this.#caughtUp.catch(() => {}); // Told to the one who waits for the digest.
    }
  }

  /** Waits until everything that was written is hashed, and gives the digest as 40 hex digits. */
  async hex(): Promise<string> {
    await this.#caughtUp;
    this.#hex ??= (this.#hash ?? createSha1()).hex();
    return this.#hex;
  }

  #add(bytes: Uint8Array): void {
    this.#hash ??= createSha1();
    this.#hash.update(bytes);
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
        this.#add(this.#buffer.subarray(0, bytesRead));
        this.#position += bytesRead;
      }
    } finally {
      this.#isCatchingUp = false;
    }
  }
}
