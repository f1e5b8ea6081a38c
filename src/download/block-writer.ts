import type { Span } from "./span.ts";

const BLOCK_BYTES = 1024 * 1024;

/** Blocks of memory of one size, lent out and given back. */
export class Blocks {
  readonly #bytes: number;
  readonly #free: Uint8Array[] = [];
  readonly #waiting: Array<(block: Uint8Array) => void> = [];
  #left: number;

  /** @param mostBytes - No block needs to be longer than this. */
  constructor(count: number, mostBytes: number) {
    this.#left = count;
    this.#bytes = Math.min(BLOCK_BYTES, mostBytes);
  }

  /** Gives a block if one is free. */
  take(): Uint8Array | undefined {
    const block = this.#free.pop();
    if (block === undefined && this.#left > 0) {
      this.#left -= 1;
      return Buffer.allocUnsafeSlow(this.#bytes);
    }
    return block;
  }

  /** Gives a block as soon as one is free. */
  wait(): Promise<Uint8Array> {
    const block = this.take();
    return block !== undefined
      ? Promise.resolve(block)
      : new Promise((resolve) => {
          this.#waiting.push(resolve);
        });
  }

  giveBack(block: Uint8Array): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) {
      this.#free.push(block);
    } else {
      waiter(block);
    }
  }
}

/** Where full blocks go. */
export interface BlockSink {
  /** Is shown the bytes at once, in order. */
  see(bytes: Uint8Array, offset: number): void;
  /** Writes the bytes, which may be overwritten once the promise resolves. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
}

/** Gathers bytes that arrive in order into blocks, and writes one after the other. */
export class BlockWriter {
  readonly #blocks: Blocks;
  readonly #sink: BlockSink;
  #block: Uint8Array | undefined;
  #filled = 0;
  #offset: number;
  #writing: Promise<void> = Promise.resolve();
  #failure: { readonly reason: unknown } | undefined;

  constructor({ offset }: Pick<Span, "offset">, blocks: Blocks, sink: BlockSink) {
    this.#offset = offset;
    this.#blocks = blocks;
    this.#sink = sink;
  }

  /** Takes a copy of some bytes; a promise means that all blocks are being written, and resolves when one is free. */
  take(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) {
      throw this.#failure.reason;
    }
    const rest = this.#fill(bytes);
    return rest.length === 0 ? undefined : this.#fillLater(new Uint8Array(rest));
  }

  /** Writes what is left, and resolves when everything is written. */
  async end(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  /** Waits for writes under way after a failure, also for that of what is left. */
  async stop(): Promise<void> {
    await this.end().catch(() => {}); // What failed first is what the caller is told.
  }

  /** Fills blocks as long as some are free, and gives the bytes that are left. */
  #fill(bytes: Uint8Array): Uint8Array {
    let rest = bytes;
    while (rest.length > 0) {
      this.#block ??= this.#blocks.take();
      if (this.#block === undefined) {
        return rest;
      }
      const fitting = rest.subarray(0, this.#block.length - this.#filled);
      this.#block.set(fitting, this.#filled);
      this.#filled += fitting.length;
      rest = rest.subarray(fitting.length);
      if (this.#filled === this.#block.length) {
        this.#flush();
      }
    }
    return rest;
  }

  async #fillLater(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0; rest = this.#fill(rest)) {
      this.#block ??= await this.#blocks.wait();
    }
  }

  #flush(): void {
    const block = this.#block;
    if (block === undefined) {
      return;
    }
    const offset = this.#offset;
    const bytes = block.subarray(0, this.#filled);
    this.#sink.see(bytes, offset);
    this.#writing = this.#writing
      .then(() => this.#sink.write(bytes, offset))
      .finally(() => this.#blocks.giveBack(block));
    this.#writing.catch((reason: unknown) => {
      this.#failure ??= { reason };
    });
    this.#offset += bytes.length;
    this.#filled = 0;
    this.#block = undefined;
  }
}
