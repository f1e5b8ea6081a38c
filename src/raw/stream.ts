import type { Bytes } from "./transport.ts";

/**
 * Makes a stream of an iterable; it reads nothing ahead of its reader.
 *
 * @param release - Frees what stands behind the iterable when the stream is cancelled, even before its first read.
 */
export function toReadableStream(chunks: AsyncIterable<Bytes>, release: () => void): ReadableStream<Bytes> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) {
          controller.close();
        } else {
          controller.enqueue(value);
        }
      },
      async cancel() {
        release(); // First, because the iterator returns only after a read that waits for a stalled connection.
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Gives the chunks of a stream; not every runtime can iterate one itself. Leaving the loop cancels the stream. */
export async function* chunksOfStream<Chunk>(stream: ReadableStream<Chunk>): AsyncGenerator<Chunk> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        ended = true;
        return;
      }
      yield value;
    }
  } finally {
    if (!ended) {
      await reader.cancel().catch(() => {});
    }
    reader.releaseLock();
  }
}

/**
 * Makes an iterable of something that hands out chunks by calling a function; it is called again when the reader
 * wants another. Leaving the loop lets the function reject.
 */
export async function* pull(
  pour: (take: (chunk: Uint8Array) => Promise<void>) => Promise<unknown>,
): AsyncGenerator<Bytes> {
  let held: HeldChunk | undefined;
  let wake = () => {};
  let isEnded = false;
  const hold = (bytes: Uint8Array) =>
    new Promise<void>((taken, left) => {
      held = { chunk: new Uint8Array(bytes), taken, left };
      wake();
    });
  const pouring = pour(hold).finally(() => {
    isEnded = true;
    wake();
  });
  pouring.catch(() => {}); // Told at the end of the loop, unless the reader is gone by then.
  try {
    while (held !== undefined || !isEnded) {
      if (held === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else {
        yield held.chunk;
        const { taken } = held;
        held = undefined;
        taken();
      }
    }
    await pouring;
  } finally {
    held?.left(new Error("The reader wants no more"));
  }
}

interface HeldChunk {
  readonly chunk: Bytes;
  taken(): void;
  left(reason: Error): void;
}
