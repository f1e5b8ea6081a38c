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
