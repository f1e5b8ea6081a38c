import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planParts } from "../../src/upload/part-plan.ts";

const sizes = { minimumBytes: 5_000_000, recommendedBytes: 100_000_000 };
const TEN_TB = 10_000_000_000_000;

describe("planParts", () => {
  test.each([
    [0, 0],
    [1, 0],
    [104_999_999, 0],
    [105_000_000, 2],
    [200_000_000, 2],
    [204_999_999, 2],
    [205_000_000, 3],
  ])("cuts %d bytes into %d parts (0: one plain upload)", (size, parts) => {
    expect(planParts(size, sizes)).toHaveLength(parts);
  });

  test("gives the last part what would be too short for a part of its own", () => {
    expect(planParts(204_999_999, sizes).at(-1)).toEqual({
      partNumber: 2,
      offset: 100_000_000,
      length: 104_999_999,
    });
  });

  test("grows the parts so that 10 TB fit, with room to spare", () => {
    const parts = planParts(TEN_TB, sizes);
    expect(parts).toHaveLength(6667);
    expect(parts[0]?.length).toBe(1_500_000_000);
  });

  test("moves the boundary with partSizeBytes", () => {
    expect(planParts(9_999_999, sizes, 5_000_000)).toEqual([]);
    expect(planParts(10_000_000, sizes, 5_000_000)).toHaveLength(2);
  });

  test("refuses what the service would refuse", () => {
    expect(() => planParts(1, sizes, 4_999_999)).toThrow(RangeError);
    expect(() => planParts(1, sizes, 5_000_000_001)).toThrow(RangeError);
    expect(() => planParts(TEN_TB + 1, sizes)).toThrow(/10 TB/);
  });

  test("covers every byte once, in order, within the service's limits", () => {
    const size = fc.oneof(
      fc.nat({ max: 1_000_000_000 }),
      fc.maxSafeNat().map((n) => n % (TEN_TB + 1)),
    );
    const partSize = fc.integer({ min: sizes.minimumBytes, max: 5_000_000_000 });
    fc.assert(
      fc.property(size, partSize, (total, partSizeBytes) => {
        const parts = planParts(total, sizes, partSizeBytes);
        const expectedOffset = (index: number) => {
          const before = parts[index - 1];
          return before === undefined ? 0 : before.offset + before.length;
        };
        const wrong = parts.find(
          ({ partNumber, offset, length }, index) =>
            partNumber !== index + 1 ||
            offset !== expectedOffset(index) ||
            length > 5_000_000_000 ||
            (index < parts.length - 1 && length < sizes.minimumBytes),
        );
        expect(wrong).toBeUndefined();
        expect(parts.length).toBeLessThanOrEqual(10_000);
        expect(parts.length).not.toBe(1);
        if (parts.length === 0) {
          expect(total).toBeLessThanOrEqual(5_000_000_000);
        } else {
          expect(expectedOffset(parts.length)).toBe(total);
        }
      }),
      { numRuns: 300 },
    );
  });
});
