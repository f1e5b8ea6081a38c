import { setImmediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { Listing } from "../../src/listing/listing.ts";
import type { PageSource } from "../../src/listing/pages.ts";
import { all } from "./support.ts";

/** Pages of numbers whose requests are answered when the test says so. */
function pagesOf(...sizes: readonly number[]) {
  const asked: number[] = [];
  const signals: AbortSignal[] = [];
  const page =
    (index: number, first: number): PageSource<number> =>
    async (signal) => {
      asked.push(index);
      signals.push(signal);
      const size = sizes[index] ?? 0;
      await answers(index, signal);
      const items = Array.from({ length: size }, (_, number) => first + number);
      return { items, next: index + 1 < sizes.length ? page(index + 1, first + size) : undefined };
    };
  const answers = vi.fn<(index: number, signal: AbortSignal) => Promise<void>>(async () => {});
  return { first: page(0, 0), asked, signals, answers };
}

/** Waits like a service that never answers, until it is told to stop. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

test("nothing is asked for before the first item is", async () => {
  const { first, asked } = pagesOf(2);
  const listing = new Listing(first);
  await setImmediate();
  expect(asked).toEqual([]);
  await listing.next();
  expect(asked).toEqual([0]);
});

test("items of all pages come in order, empty pages between them", async () => {
  const { first } = pagesOf(0, 3, 0, 0, 1, 2, 0);
  expect(await all(new Listing(first))).toEqual([0, 1, 2, 3, 4, 5]);
});

test("the next page is asked for when half of the current one is taken, and none behind it", async () => {
  const { first, asked } = pagesOf(4, 4, 4);
  const listing = new Listing(first);
  const seen: number[][] = [];
  for await (const _ of listing) {
    await setImmediate();
    seen.push([...asked]);
  }
  const [one, two, three] = [[0], [0, 1], [0, 1, 2]];
  expect(seen).toEqual([one, one, two, two, two, two, three, three, three, three, three, three]);
});

test("a loop that is left early ends the request under way, without an unhandled rejection", async () => {
  const { first, answers, signals } = pagesOf(2, 2);
  answers.mockImplementation(async (index, signal) => (index === 1 ? untilAborted(signal) : undefined));
  const unhandled = vi.fn();
  process.once("unhandledRejection", unhandled);
  const listing = new Listing(first);
  for await (const item of listing) {
    if (item === 1) {
      break;
    }
  }
  await setImmediate();
  process.off("unhandledRejection", unhandled);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
  expect(unhandled).not.toHaveBeenCalled();
  expect(await listing.next()).toEqual({ done: true, value: undefined });
});

test("a page that fails is told in its turn, once", async () => {
  const { first, answers } = pagesOf(2, 2);
  answers.mockImplementation(async (index) => {
    if (index === 1) {
      throw new Error("on purpose");
    }
  });
  const listing = new Listing(first);
  expect(await listing.next()).toEqual({ done: false, value: 0 });
  expect(await listing.next()).toEqual({ done: false, value: 1 });
  await expect(listing.next()).rejects.toThrow("on purpose");
  expect(await listing.next()).toEqual({ done: true, value: undefined });
});

test("an abort rejects with its reason, in the middle of a page and of a request", async () => {
  const reason = new Error("enough");
  for (const taken of [0, 1, 2]) {
    const { first, answers } = pagesOf(2, 2);
    answers.mockImplementation(async (index, signal) => (index === 1 ? untilAborted(signal) : undefined));
    const aborter = new AbortController();
    const listing = new Listing(first, aborter.signal);
    for (let count = 0; count < taken; count++) {
      await listing.next();
    }
    const next = taken === 2 ? listing.next() : undefined;
    await setImmediate();
    aborter.abort(reason);
    await expect(next ?? listing.next()).rejects.toBe(reason);
    expect(await listing.next()).toEqual({ done: true, value: undefined });
  }
});

test("a signal that is aborted already costs no request", async () => {
  const { first, asked } = pagesOf(2);
  await expect(new Listing(first, AbortSignal.abort(new Error("enough"))).next()).rejects.toThrow("enough");
  expect(asked).toEqual([]);
});

test("calls that do not wait for each other are answered in order", async () => {
  const { first } = pagesOf(1, 0, 2);
  const listing = new Listing(first);
  const results = await Promise.all(Array.from({ length: 5 }, () => listing.next()));
  expect(results.map(({ value }) => value)).toEqual([0, 1, 2, undefined, undefined]);
});

test("a call that comes while others wait is answered behind them", async () => {
  const listing = new Listing(pagesOf(3).first);
  const first = listing.next();
  const second = listing.next();
  const third = first.then(() => listing.next());
  const results = await Promise.all([first, second, third]);
  expect(results.map(({ value }) => value)).toEqual([0, 1, 2]);
});

test("an end answers the call that still waits", async () => {
  const { first, answers } = pagesOf(1);
  answers.mockImplementation(async (_, signal) => untilAborted(signal));
  const listing = new Listing(first);
  const waiting = listing.next();
  await setImmediate();
  await listing.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
});

test("a changed listing starts from the beginning", async () => {
  const { first } = pagesOf(2, 1);
  const listing = new Listing(first);
  await listing.next();
  expect(await all(listing.map((item) => `${item}!`))).toEqual(["0!", "1!", "2!"]);
});
