import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planCopy, rangeOf, spanOf } from "../../src/copy/copy-plan.ts";

const sizes = { minimumBytes: 5_000_000 };
const FIVE_GB = 5_000_000_000;
const TEN_TB = 10_000_000_000_000;

const lengthsOf = (length: number, options: Partial<Parameters<typeof planCopy>[1]> = {}) =>
  planCopy({ offset: 0, length }, { ...sizes, ...options }).map((part) => part.length);

describe("planCopy", () => {
  test.each([
    [0, 0],
    [1, 0],
    [FIVE_GB, 0],
    [2 * FIVE_GB, 2],
    [2 * FIVE_GB + 1, 4],
    [7_500_000_000, 2],
    [TEN_TB, 2000],
  ])("copies %d bytes in %d parts (0: one plain copy)", (length, parts) => {
    expect(lengthsOf(length)).toHaveLength(parts);
  });

  test("adds a part when the last would be short, and cuts evenly (5 GB + 1 makes 3 parts)", () => {
    expect(lengthsOf(FIVE_GB + 1)).toEqual([1_666_666_667, 1_666_666_667, 1_666_666_667]);
    expect(lengthsOf(FIVE_GB + 3)).toEqual([1_666_666_668, 1_666_666_668, 1_666_666_667]);
  });

  test("keeps two parts when the rest is worth a request (a third of the length)", () => {
    expect(lengthsOf(7_499_999_996)).toHaveLength(3);
    expect(lengthsOf(7_500_000_000)).toEqual([3_750_000_000, 3_750_000_000]);
  });

  test("counts offsets from the start of the source", () => {
    const offsets = planCopy({ offset: 7, length: FIVE_GB + 3 }, sizes).map(({ offset }) => offset);
    expect(offsets).toEqual([7, 1_666_666_675, 3_333_333_343]);
  });

  test("cuts what must become a large file into two parts", () => {
    expect(lengthsOf(10_000_000, { isLarge: true })).toEqual([5_000_000, 5_000_000]);
    expect(() => lengthsOf(9_999_999, { isLarge: true })).toThrow(/9999999 bytes .* 10000000 at least/);
  });

  test("moves the boundary with partSizeBytes, but never cuts below the minimum", () => {
    expect(lengthsOf(20_000_000, { partSizeBytes: 10_000_000 })).toHaveLength(2);
    expect(lengthsOf(9_999_999, { partSizeBytes: 5_000_000 })).toEqual([]);
    expect(lengthsOf(10_000_001, { partSizeBytes: 5_000_000 })).toEqual([5_000_001, 5_000_000]);
  });

  test("grows the parts so that 10,000 of them reach 10 TB", () => {
    const lengths = lengthsOf(TEN_TB, { partSizeBytes: 5_000_000 });
    expect(lengths).toHaveLength(10_000);
    expect(lengths[0]).toBe(1_000_000_000);
  });

  test("refuses what the service would refuse", () => {
    expect(() => lengthsOf(1, { partSizeBytes: 4_999_999 })).toThrow(RangeError);
    expect(() => lengthsOf(1, { partSizeBytes: FIVE_GB + 1 })).toThrow(RangeError);
    expect(() => lengthsOf(1, { partSizeBytes: 5_000_000.5 })).toThrow(RangeError);
    expect(() => lengthsOf(TEN_TB + 1)).toThrow(/10 TB/);
  });

  test("covers every byte once, in order, within the service's limits", () => {
    const length = fc.oneof(
      fc.nat({ max: 100_000_000_000 }),
      fc.maxSafeNat().map((n) => n % (TEN_TB + 1)),
    );
    const offset = fc.nat({ max: 1_000_000_000 });
    const partSize = fc.option(fc.integer({ min: sizes.minimumBytes, max: FIVE_GB }), { nil: undefined });
    fc.assert(
      fc.property(offset, length, partSize, fc.boolean(), (start, total, partSizeBytes, isLarge) => {
        fc.pre(!isLarge || total >= 2 * sizes.minimumBytes);
        const parts = planCopy({ offset: start, length: total }, { ...sizes, partSizeBytes, isLarge });
        const expectedOffset = (index: number) => {
          const before = parts[index - 1];
          return before === undefined ? start : before.offset + before.length;
        };
        const wrong = parts.find(
          ({ partNumber, offset }, index) => partNumber !== index + 1 || offset !== expectedOffset(index),
        );
        expect(wrong).toBeUndefined();
        const lengths = parts.map((part) => part.length);
        expect(parts.length).toBeLessThanOrEqual(10_000);
        if (parts.length === 0) {
          expect(isLarge).toBe(false);
          expect(total).toBeLessThanOrEqual(FIVE_GB);
          expect(total).toBeLessThanOrEqual(Math.max(partSizeBytes ?? FIVE_GB, 2 * sizes.minimumBytes - 1));
        } else {
          expect(parts.length).toBeGreaterThan(1);
          expect(expectedOffset(parts.length)).toBe(start + total);
          expect(Math.max(...lengths)).toBeLessThanOrEqual(FIVE_GB);
          expect(Math.min(...lengths)).toBeGreaterThanOrEqual(sizes.minimumBytes);
          expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("keeps parts within partSizeBytes unless the minimum or their number forbids it", () => {
    const length = fc.nat({ max: 100_000_000_000 });
    const partSize = fc.integer({ min: 10_000_000, max: FIVE_GB });
    fc.assert(
      fc.property(length, partSize, (total, partSizeBytes) => {
        fc.pre(total / partSizeBytes < 9999);
        const lengths = lengthsOf(total, { partSizeBytes });
        expect(Math.max(0, ...lengths)).toBeLessThanOrEqual(partSizeBytes);
      }),
      { numRuns: 300 },
    );
  });
});

test("a span ends where the source ends, and is empty behind it", () => {
  expect(spanOf(11)).toEqual({ offset: 0, length: 11 });
  expect(spanOf(11, 3)).toEqual({ offset: 3, length: 8 });
  expect(spanOf(11, 3, 7)).toEqual({ offset: 3, length: 7 });
  expect(spanOf(11, 3, 70)).toEqual({ offset: 3, length: 8 });
  expect(spanOf(11, 11)).toEqual({ offset: 11, length: 0 });
});

test("a range names its first and last byte (b2sdk 37)", () => {
  expect(rangeOf({ offset: 3, length: 7 })).toBe("bytes=3-9");
  expect(rangeOf({ offset: 0, length: 1 })).toBe("bytes=0-0");
  expect(rangeOf({ offset: 12, length: 0 })).toBe("bytes=12-12");
});
