import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutSpans, endOf, type Span, SpanSet } from "../../src/download/span.ts";

const span = (most: number) => fc.record({ offset: fc.nat(most), length: fc.nat(most) });

/** The positions of all bytes of some spans. */
const positions = (spans: readonly Span[]): number[] =>
  spans.flatMap(({ offset, length }) => Array.from({ length }, (_, index) => offset + index));

describe("cutSpans", () => {
  test("covers each span exactly, in order, with pieces that are not too long", () => {
    fc.assert(
      fc.property(fc.array(span(50)), fc.integer({ min: 1, max: 60 }), (spans, most) => {
        const pieces = cutSpans(spans, most);
        expect(positions(pieces)).toEqual(positions(spans));
        expect(pieces.every(({ length }) => length > 0 && length <= most)).toBe(true);
        const fewest = spans.reduce((sum, { length }) => sum + Math.ceil(length / most), 0);
        expect(pieces.length).toBe(fewest);
      }),
    );
  });

  test("stays exact for the largest file", () => {
    const pieces = cutSpans([{ offset: 0, length: 10_000_000_000_001 }], 33_554_432);
    const last = 33_554_432 * 298_023;
    expect(pieces.at(-1)).toEqual({ offset: last, length: 10_000_000_000_001 - last });
    expect(endOf(pieces.at(-1) ?? expect.fail())).toBe(10_000_000_000_001);
  });
});

describe("SpanSet", () => {
  test("holds what was added, in order and in as few pieces as there can be", () => {
    fc.assert(
      fc.property(fc.array(span(30)), fc.nat(60), (added, position) => {
        const set = new SpanSet();
        for (const item of added) {
          set.add(item);
        }
        const bytes = [...new Set(positions(added))].sort((a, b) => a - b);
        expect(positions(set.spans)).toEqual(bytes);
        expect(set.bytes).toBe(bytes.length);
        const gaps = set.spans.slice(1).map((next, index) => next.offset - endOf(set.spans[index] ?? next));
        expect(gaps.every((gap) => gap > 0)).toBe(true);
        let length = 0;
        while (bytes.includes(position + length)) {
          length++;
        }
        expect(set.from(position)).toBe(length);
      }),
    );
  });

  test("knows what is missing", () => {
    fc.assert(
      fc.property(fc.array(span(30)), span(40), (added, whole) => {
        const set = new SpanSet();
        for (const item of added) {
          set.add(item);
        }
        const there = new Set(positions(added));
        expect(positions(set.missing(whole))).toEqual(positions([whole]).filter((at) => !there.has(at)));
        expect(set.missing(whole).every(({ length }) => length > 0)).toBe(true);
      }),
    );
  });
});
