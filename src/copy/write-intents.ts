/** A stretch of a file that is to be composed, and the source that it may be filled from. */
export interface Intent<Source> {
  readonly source: Source;
  /** Tells that the source is a file in B2, whose bytes the service can copy. */
  readonly isStored: boolean;
  /** Where the source's first byte goes. */
  readonly destinationOffset: number;
  readonly length: number;
}

/** A stretch of the file, from `start` up to but not including `end`, and the intent chosen to fill it. */
export interface Fragment<Source> {
  readonly intent: Intent<Source>;
  readonly start: number;
  readonly end: number;
}

/** Gives the offset behind the last byte of an intent. */
export function endOf({ destinationOffset, length }: Intent<unknown>): number {
  return destinationOffset + length;
}

/**
 * Decides, where intents overlap, which of them fills what. Intents come sorted by their offset; each one settles
 * everything before it, so that no more than four of them are held.
 *
 * Stored sources win over local ones, which cost an upload, wherever at least the minimum can be copied at once.
 * Anything shorter would have to be downloaded first, so local sources win over it. Among intents of one kind those
 * that reach furthest are taken, so that there are few fragments.
 */
export class IntentOverlaps<Source> {
  readonly #stored: Chain<Source>;
  readonly #local = new Chain<Source>(0);
  #settled = 0;

  /** @param minimumBytes - Fewest bytes that are worth a copy. */
  constructor(minimumBytes: number) {
    this.#stored = new Chain(minimumBytes);
  }

  /**
   * Takes the next intent and gives the fragments before it.
   *
   * @throws `RangeError` when it comes too late, or no intent covers the bytes before it.
   */
  add(intent: Intent<Source>): Fragment<Source>[] {
    const { destinationOffset } = intent;
    if (destinationOffset < this.#settled) {
      throw new RangeError(
        `Write intents must come sorted: offset ${destinationOffset} came after ${this.#settled}`,
      );
    }
    const fragments = this.#settle(destinationOffset);
    if (this.#settled < destinationOffset) {
      throw new RangeError(
        `The write intents leave a hole: nothing fills bytes ${this.#settled} to ${destinationOffset - 1}`,
      );
    }
    (intent.isStored ? this.#stored : this.#local).add(intent);
    return fragments;
  }

  /** Gives the fragments that are left when there are no more intents. */
  end(): Fragment<Source>[] {
    return this.#settle(Number.POSITIVE_INFINITY);
  }

  #settle(upTo: number): Fragment<Source>[] {
    const fragments = mergeStretches(this.#settled, [
      ...this.#stored.advance(upTo),
      ...this.#local.advance(upTo),
    ]);
    this.#settled = fragments.at(-1)?.end ?? this.#settled;
    return fragments;
  }
}

interface Stretch<Source> extends Fragment<Source> {
  /** Tells that its intent gets too few bytes for a copy. */
  readonly isShort: boolean;
}

/** Chooses among the intents of one kind: one is in use, and of those that overlap it the one that reaches furthest waits. */
class Chain<Source> {
  readonly #minimumBytes: number;
  #current: Intent<Source> | undefined;
  #next: Intent<Source> | undefined;
  /** First byte that the current intent fills. */
  #from = 0;
  #settled = 0;

  constructor(minimumBytes: number) {
    this.#minimumBytes = minimumBytes;
  }

  /** Settles everything up to an offset; no intent before it may be added any more. */
  advance(upTo: number): Stretch<Source>[] {
    const stretches: Stretch<Source>[] = [];
    for (let current = this.#current; current !== undefined; current = this.#current) {
      if (upTo <= endOf(current)) {
        stretches.push(this.#use(current, upTo));
        break;
      }
      const cut = this.#next === undefined ? endOf(current) : this.#cut(current, this.#next);
      stretches.push(this.#use(current, cut));
      [this.#current, this.#next, this.#from] = [this.#next, undefined, cut];
    }
    return stretches.filter(({ start, end }) => start < end);
  }

  add(intent: Intent<Source>): void {
    const { destinationOffset } = intent;
    if (this.#current === undefined) {
      [this.#current, this.#from, this.#settled] = [intent, destinationOffset, destinationOffset];
    } else if (endOf(intent) <= endOf(this.#next ?? this.#current)) {
      return; // What it covers is covered, and it reaches no further.
    } else if (this.#from === destinationOffset) {
      this.#current = intent; // Nothing of the one that it replaces was used.
    } else {
      this.#next = intent;
    }
  }

  #use(intent: Intent<Source>, end: number): Stretch<Source> {
    const start = this.#settled;
    this.#settled = end;
    return { intent, start, end, isShort: endOf(intent) - this.#from < this.#minimumBytes };
  }

  /** Ends the current intent as early as it can, but lets it have the minimum, or all if the next cannot have that. */
  #cut(current: Intent<Source>, next: Intent<Source>): number {
    const earliest = Math.max(next.destinationOffset, this.#settled);
    if (endOf(current) - this.#from < this.#minimumBytes) {
      return earliest;
    }
    const cut = Math.max(earliest, this.#from + this.#minimumBytes);
    return endOf(next) - cut < this.#minimumBytes ? endOf(current) : cut;
  }
}

/** Goes through stretches that overlap and takes the best everywhere; they are few. */
function mergeStretches<Source>(start: number, stretches: readonly Stretch<Source>[]): Fragment<Source>[] {
  const fragments: Fragment<Source>[] = [];
  for (let position = start; ; position = fragments.at(-1)?.end ?? position) {
    const [best] = stretches
      .filter((stretch) => stretch.start <= position && position < stretch.end)
      .sort((a, b) => rank(a) - rank(b));
    if (best === undefined) {
      return fragments;
    }
    const better = stretches.filter((other) => other.start > position && rank(other) < rank(best));
    const end = Math.min(best.end, ...better.map((other) => other.start));
    fragments.push({ intent: best.intent, start: position, end });
  }
}

/** Orders copies before local data, and local data before copies that are too short. */
function rank({ intent, isShort }: Stretch<unknown>): number {
  return intent.isStored ? (isShort ? 2 : 0) : 1;
}
