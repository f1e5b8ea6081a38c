import { CHUNK_BYTES } from "../raw/content.ts";
import type { Bytes } from "../raw/index.ts";

/** Memory in blocks of 1 MiB, which are used again. */
export class Blocks {
  readonly #free: Bytes[] = [];

  take(): Bytes {
    return this.#free.pop() ?? new Uint8Array(CHUNK_BYTES);
  }

  give(blocks: readonly Bytes[]): void {
    this.#free.push(...blocks);
  }
}

/** Bytes of a stream, held in memory so that they can be sent again. */
export interface HeldBytes {
  readonly length: number;
  /** The bytes as one value, when they are few. */
  readonly whole: Uint8Array | undefined;
  chunks(): AsyncIterable<Uint8Array>;
  /** Lets the memory be used for others. */
  release(): void;
}

/** Reads a stream into memory, piece by piece. Holds what it reads, up to 1 MiB more, and what was released. */
export class HoldingReader {
  readonly #blocks = new Blocks();
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #onChunk: (chunk: Uint8Array) => void;
  #rest: Uint8Array = new Uint8Array(0);

  /** @param onChunk - Is shown all bytes that are held, in order. */
  constructor(chunks: AsyncIterable<Uint8Array>, onChunk: (chunk: Uint8Array) => void = () => {}) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#onChunk = onChunk;
  }

  /** Tells whether nothing follows; may have to wait for the stream to know. */
  async isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) {
        return true;
      }
      this.#rest = value;
    }
    return false;
  }

  /** Reads so many bytes, or fewer at the end of the stream. */
  async read(length: number): Promise<HeldBytes> {
    const filled: Bytes[] = [];
    let total = 0;
    while (total < length && !(await this.isAtEnd())) {
      const used = total % CHUNK_BYTES;
      if (used === 0) {
        filled.push(this.#blocks.take());
      }
      total += this.#fill(filled.at(-1)?.subarray(used, used + length - total) ?? new Uint8Array(0));
    }
    return held(filled, total, () => this.#blocks.give(filled.splice(0)));
  }

  /** Copies from what was read last. */
  #fill(space: Uint8Array): number {
    const chunk = this.#rest.subarray(0, space.length);
    space.set(chunk);
    this.#onChunk(chunk);
    this.#rest = this.#rest.subarray(chunk.length);
    return chunk.length;
  }
}

function held(blocks: readonly Uint8Array[], length: number, release: () => void): HeldBytes {
  const chunks = blocks.map((block, index) => block.subarray(0, length - index * CHUNK_BYTES));
  return {
    length,
    whole: chunks.length > 1 ? undefined : (chunks[0] ?? new Uint8Array(0)),
    async *chunks() {
      yield* chunks;
    },
    release,
  };
}
