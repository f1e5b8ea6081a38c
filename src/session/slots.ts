interface Waiter {
  readonly grant: () => void;
}

/**
 * Limits how many requests with file contents are under way at the same time, and shares them fairly: a slot that
 * becomes free goes to each waiting transfer in turn, however many parts one of them has.
 */
export class Slots {
  #free: number;
  /** Who waits, by transfer; the one whose turn is next stands first. */
  readonly #waiting = new Map<object, Waiter[]>();

  /** @throws `RangeError` when the limit is not a whole number from 1. */
  constructor(limit: number) {
    checkConcurrency(limit);
    this.#free = limit;
  }

  /**
   * Does work as soon as a slot is free. The work must not wait for another slot.
   *
   * @param transfer - Names the transfer that the work belongs to; any object that is its own.
   * @param signal - Ends the waiting; the work itself has to look after it.
   */
  async run<T>(transfer: object, work: () => Promise<T>, signal?: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
    } else {
      await this.#wait(transfer, signal);
    }
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  #wait(transfer: object, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        grant: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      const abort = () => {
        this.#forget(transfer, waiter);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      const waiters = this.#waiting.get(transfer);
      if (waiters === undefined) {
        this.#waiting.set(transfer, [waiter]);
      } else {
        waiters.push(waiter);
      }
    });
  }

  #release(): void {
    const next = this.#waiting.entries().next();
    if (next.done) {
      this.#free += 1;
      return;
    }
    const [transfer, waiters] = next.value;
    const waiter = waiters.shift();
    this.#waiting.delete(transfer);
    if (waiters.length > 0) {
      this.#waiting.set(transfer, waiters); // Behind all others that wait.
    }
    waiter?.grant();
  }

  #forget(transfer: object, waiter: Waiter): void {
    const others = (this.#waiting.get(transfer) ?? []).filter((other) => other !== waiter);
    if (others.length === 0) {
      this.#waiting.delete(transfer);
    } else {
      this.#waiting.set(transfer, others);
    }
  }
}

/** @throws `RangeError` when a concurrency is not a whole number from 1. */
export function checkConcurrency(concurrency: number): void {
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`concurrency must be a whole number from 1, not ${concurrency}`);
  }
}
