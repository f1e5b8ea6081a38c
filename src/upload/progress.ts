/** How far a transfer has come. */
export interface TransferProgress {
  /** Bytes moved so far; never falls. */
  readonly bytes: number;
  /** Bytes to move in all; undefined while a stream that does not tell its length has not ended. */
  readonly totalBytes: number | undefined;
}

/** Is told of progress, at most once for each chunk of up to 1 MiB. */
export type ProgressListener = (progress: TransferProgress) => void;

/** Adds up the bytes of the pieces of one transfer; bytes sent again are not counted twice. */
export class Progress {
  #totalBytes: number | undefined;
  readonly #listener: ProgressListener | undefined;
  readonly #moved = new Map<number, number>();
  #bytes = 0;

  constructor(totalBytes: number | undefined, listener: ProgressListener | undefined) {
    this.#totalBytes = totalBytes;
    this.#listener = listener;
  }

  /** Reports that a piece has come to this many bytes. */
  reached(piece: number, bytes: number): void {
    const before = this.#moved.get(piece) ?? 0;
    if (bytes > before) {
      this.#moved.set(piece, bytes);
      this.#bytes += bytes - before;
      this.#tell();
    }
  }

  /** Reports that a stream has ended, and how long it was. */
  endsAt(totalBytes: number): void {
    if (this.#totalBytes === undefined) {
      this.#totalBytes = totalBytes;
      this.#tell();
    }
  }

  /** Gives how many bytes of a piece have moved at most. */
  of(piece: number): number {
    return this.#moved.get(piece) ?? 0;
  }

  /** Passes the chunks of one piece through and counts each once it has moved; calls `end` behind the last. */
  async *watch(
    piece: number,
    chunks: AsyncIterable<Uint8Array>,
    end: () => void,
  ): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of chunks) {
      yield chunk;
      bytes += chunk.length;
      this.reached(piece, bytes);
    }
    end();
  }

  #tell(): void {
    this.#listener?.({ bytes: this.#bytes, totalBytes: this.#totalBytes });
  }
}
