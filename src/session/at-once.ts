import { unlessAborted } from "./session.ts";
import { checkConcurrency } from "./slots.ts";

/**
 * Does the same work with all items, several at a time; the first failure stops the others.
 *
 * @param items - In any order. An iterable is asked for the next one when there is time for it, and closed after a
 * failure.
 * @param work - Gets a signal that aborts with the caller's, or when another item failed.
 * @throws `RangeError` when the concurrency is not a whole number from 1.
 */
export async function forEachAtOnce<T>(
  items: Iterable<T> | AsyncIterable<T>,
  concurrency: number,
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  checkConcurrency(concurrency);
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener("abort", abort, { once: true });
  const waiting = iteratorOf(items);
  const worker = async () => {
    const own = AbortSignal.any([stop.signal]); // A signal that all listen to would warn of a leak.
    for (;;) {
      const { done, value } = await unlessAborted(Promise.resolve(waiting.next()), own);
      if (done) {
        return;
      }
      await work(value, own);
    }
  };
  const workers = Array.from({ length: concurrency }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    stop.abort(error);
    void (async () => waiting.return?.())().catch(() => {});
    await Promise.allSettled(workers);
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}
