/**
 * The emulator's time, which tests can move: tokens, keys, lifecycle rules and retention all read this clock.
 *
 * It follows the machine's clock at the distance it was moved to. The `Date` header of answers stays the machine's,
 * because clients compare it with their own time.
 */
export class Clock {
  #offset = 0;
  readonly #source: () => number;
  readonly #listeners = new Set<() => void>();

  /** @param source - Milliseconds since 1970. @defaultValue `Date.now` */
  constructor(source: () => number = Date.now) {
    this.#source = source;
  }

  /** Tells the time in milliseconds since 1970, UTC. */
  now(): number {
    return Math.floor(this.#source()) + this.#offset;
  }

  /** Moves the clock forward (or back, when negative) by a number of milliseconds. */
  advance(millis: number): void {
    this.#offset += millis;
    for (const listener of this.#listeners) listener();
  }

  /** Moves the clock to a moment, given in milliseconds since 1970. */
  moveTo(timestamp: number): void {
    this.advance(timestamp - this.now());
  }

  /** Calls `listener` after each move, and answers a function that ends this. */
  onMove(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
