import { endOf, type Span } from "./span.ts";

/** Large enough that the work for each block costs next to nothing beside hashing it. */
const BLOCK_BYTES = 1536 * 1024;
const SMALLEST_BLOCK_BYTES = 128 * 1024;
/** A process that is killed loses the blocks that it was filling: no more than this share of each range. */
const SHARE = 1 / 16;

/** Where full blocks go. */
export interface BlockSink {
  /** Is shown the bytes at once; those of one range in order. */
  see(bytes: Uint8Array, offset: number): void;
  /** Writes the bytes, which may be overwritten once the promise resolves. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
}

/** Blocks of memory of one size, lent out, written one after another, and lent again. */
export class Blocks {
  readonly #sink: BlockSink;
  readonly #bytes: number;
  readonly #free: Uint8Array[] = [];
  readonly #waiting: Array<(block: Uint8Array) => void> = [];
  #left: number;
  #writing: Promise<void> = Promise.resolve();
  #failure: { readonly reason: unknown } | undefined;

  /** @param rangeBytes - Length of the longest range. */
  constructor(sink: BlockSink, count: number, rangeBytes: number) {
    this.#sink = sink;
    this.#left = count;
    const share = Math.max(SMALLEST_BLOCK_BYTES, Math.ceil(rangeBytes * SHARE));
    this.#bytes = Math.min(rangeBytes, BLOCK_BYTES, share);
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

  /** Writes the beginning of a block behind all others, since a file takes one write at a time; frees it then. */
  write(block: Uint8Array, length: number, offset: number): void {
    const bytes = block.subarray(0, length);
    this.#sink.see(bytes, offset);
    this.#writing = this.#writing
      .then(() => this.#sink.write(bytes, offset))
      .finally(() => this.#giveBack(block));
    this.#writing.catch((reason: unknown) => {
      this.#failure ??= { reason };
    });
  }

  /** @throws what a write has failed with. */
  check(): void {
    if (this.#failure !== undefined) {
      throw this.#failure.reason;
    }
  }

  /** Resolves when everything up to now is written. */
  async written(): Promise<void> {
    await this.#writing;
  }

  #giveBack(block: Uint8Array): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) {
      this.#free.push(block);
    } else {
      waiter(block);
    }
  }
}

/** Gathers the bytes of one range, which arrive in order, into blocks. */
export class BlockWriter {
  readonly #blocks: Blocks;
  #block: Uint8Array | undefined;
  #filled = 0;
  /** Where the block belongs. */
  #offset: number;
  readonly #end: number;

  constructor(span: Span, blocks: Blocks) {
    this.#offset = span.offset;
    this.#end = endOf(span);
    this.#blocks = blocks;
  }

  /**
   * Takes bytes, a copy unless they lie in its memory already. A promise means that all blocks are being written, and
   * resolves when one is free.
   */
  take(bytes: Uint8Array): Promise<void> | undefined {
    this.#blocks.check();
    const rest = this.#fill(bytes);
    return this.#lacksMemory() ? this.#fillLater(new Uint8Array(rest)) : undefined;
  }

  /** Gives the place that the next bytes are copied to, or may be read to; undefined while no block is free. */
  memory(): Uint8Array | undefined {
    this.#block ??= this.#blocks.take();
    return this.#block?.subarray(this.#filled);
  }

  /** Writes what is left, and resolves when everything is written. */
  async end(): Promise<void> {
    this.#flush();
    await this.#blocks.written();
  }

  /** Waits for writes under way after a failure, also for that of what is left. */
  async stop(): Promise<void> {
    await this.end().catch(() => {}); // What failed first is what the caller is told.
  }

  /** Fills blocks as long as some are free, and gives the bytes that are left. */
  #fill(bytes: Uint8Array): Uint8Array {
    let rest = bytes;
    while (rest.length > 0) {
      const free = this.memory();
      if (free === undefined) {
        return rest;
      }
      const fitting = rest.subarray(0, free.length);
      if (fitting.buffer !== free.buffer || fitting.byteOffset !== free.byteOffset) {
        free.set(fitting);
      }
      this.#filled += fitting.length;
      rest = rest.subarray(fitting.length);
      if (fitting.length === free.length) {
        this.#flush();
      }
    }
    return rest;
  }

  async #fillLater(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; this.#lacksMemory(); rest = this.#fill(rest)) {
      this.#block = await this.#blocks.wait();
    }
  }

  /** Tells whether more bytes are to come than there is room for. */
  #lacksMemory(): boolean {
    return this.#offset + this.#filled < this.#end && this.memory() === undefined;
  }

  #flush(): void {
    const block = this.#block;
    if (block === undefined) {
      return;
    }
    this.#blocks.write(block, this.#filled, this.#offset);
    this.#offset += this.#filled;
    this.#filled = 0;
    this.#block = undefined;
  }
}
