import { changedPages, type Page, type PageSource } from "./pages.ts";

const END = { done: true, value: undefined } as const;
const NOTHING: Iterator<never, undefined> = { next: () => END };

/**
 * The items of a listing, one after the other: an iterator like that of a generator, without its cost.
 *
 * Nothing is requested before the first item is asked for. The next page is fetched when half of the current one
 * has been taken, so at most two pages are held, and who takes a few items only pays for one page. Leaving the
 * loop ends a request that is under way.
 */
export class Listing<Item> implements AsyncIterator<Item, undefined, undefined>, AsyncIterable<Item> {
  readonly #first: PageSource<Item>;
  readonly #signal: AbortSignal | undefined;
  /** Fetches the page behind the current one; undefined when there is none. */
  #next: PageSource<Item> | undefined;
  #ahead: Promise<Page<Item>> | undefined;
  #aborter: AbortController | undefined;
  #items: Iterator<Item, undefined> = NOTHING;
  #size = 0;
  #taken = 0;
  #ended = false;
  #waiting = 0;
  #queue: Promise<unknown> = Promise.resolve();

  /** @param signal - Ends the listing at any moment: it rejects with the signal's reason. */
  constructor(first: PageSource<Item>, signal?: AbortSignal | undefined) {
    this.#first = first;
    this.#next = first;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Gives the same listing from its beginning with each item changed; a page is changed when it arrives. */
  map<Changed>(change: (item: Item) => Changed): Listing<Changed> {
    return new Listing(
      changedPages(this.#first, (items) => items.map(change)),
      this.#signal,
    );
  }

  /** Gives the next item. Rejects once when a page cannot be fetched; the listing is over then. */
  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#waiting === 0 && this.#signal?.aborted !== true) {
      const item = this.#take();
      if (item.done !== true) {
        return Promise.resolve(item);
      }
    }
    return this.#inTurn();
  }

  /** Ends the listing, and the request that is under way. */
  return(): Promise<IteratorResult<Item, undefined>> {
    this.#end();
    return Promise.resolve(END);
  }

  /** Answers calls that came without waiting for each other in their order. */
  #inTurn(): Promise<IteratorResult<Item, undefined>> {
    this.#waiting++;
    const item = this.#queue.then(() => this.#advance());
    this.#queue = item.then(
      () => this.#waiting--,
      () => this.#waiting--,
    );
    return item;
  }

  async #advance(): Promise<IteratorResult<Item, undefined>> {
    try {
      for (;;) {
        if (this.#ended) {
          return END;
        }
        this.#signal?.throwIfAborted();
        const item = this.#take();
        if (item.done !== true) {
          return item;
        }
        if (this.#next === undefined) {
          this.#end();
        } else {
          this.#turn(await this.#fetchAhead(this.#next));
        }
      }
    } catch (error) {
      if (this.#ended) {
        return END; // The request was ended together with the listing.
      }
      this.#end();
      throw error;
    }
  }

  #take(): IteratorResult<Item, undefined> {
    const item = this.#items.next();
    if (item.done === true) {
      this.#items = NOTHING; // An iterator at its end may still hold the page.
    } else if (this.#taken++ * 2 >= this.#size && this.#next !== undefined) {
      this.#fetchAhead(this.#next);
    }
    return item;
  }

  #turn({ items, next }: Page<Item>): void {
    if (!this.#ended) {
      this.#ahead = undefined;
      this.#next = next;
      this.#items = items.values();
      this.#size = items.length;
      this.#taken = 0;
    }
  }

  #fetchAhead(source: PageSource<Item>): Promise<Page<Item>> {
    if (this.#ahead === undefined) {
      this.#ahead = this.#fetch(source);
      this.#ahead.catch(() => {}); // Told when the turn comes to the page, if it does.
    }
    return this.#ahead;
  }

  async #fetch(source: PageSource<Item>): Promise<Page<Item>> {
    const aborter = new AbortController();
    const abort = () => aborter.abort(this.#signal?.reason);
    this.#aborter = aborter;
    this.#signal?.addEventListener("abort", abort, { once: true });
    try {
      return await source(aborter.signal);
    } finally {
      this.#signal?.removeEventListener("abort", abort);
      this.#aborter = undefined;
    }
  }

  #end(): void {
    this.#ended = true;
    this.#next = undefined;
    this.#items = NOTHING;
    this.#ahead = undefined;
    this.#aborter?.abort();
  }
}
