import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ComposedPart,
  ComposePlan,
  growingSizes,
  planComposition,
} from "../../src/copy/compose-plan.ts";
import type { Intent } from "../../src/copy/write-intents.ts";

const MB = 1_000_000;
const GB = 1000 * MB;
const MINIMUM = 5 * MB;
const RECOMMENDED = 100 * MB;
const MAXIMUM = 5 * GB;
const sizes = { minimumBytes: MINIMUM, recommendedBytes: RECOMMENDED };

/** A source of a layout: its name begins with `c` when it can be copied, with `u` when it must be uploaded. */
type Source = readonly [name: string, length: number, destinationOffset?: number];

/** What is expected of a part: `[name, offset, length]` for one source, a list of those for several. */
type Piece = readonly [name: string, offset: number, length: number];

interface Layout {
  readonly title: string;
  readonly intents: readonly Source[];
  readonly parts: readonly (Piece | { readonly sent: readonly Piece[] })[];
}

/** Writes intents, one behind the other where no offset is given. */
function toIntents(sources: readonly Source[]): Intent<string>[] {
  let end = 0;
  return sources.map(([source, length, destinationOffset = end]) => {
    end = destinationOffset + length;
    return { source, isStored: source.startsWith("c"), destinationOffset, length };
  });
}

/** Writes a part as the layouts do: bare when it is copied or comes from one local source. */
function toLayout({ pieces, isCopy }: ComposedPart<string>): Layout["parts"][number] {
  const written = pieces.map(({ source, offset, length }): Piece => [source, offset, length]);
  const [only, ...others] = written;
  const isPlain = others.length === 0 && (isCopy || only?.[0].startsWith("u"));
  return only !== undefined && isPlain ? only : { sent: written };
}

const evenly = (name: string, lengths: readonly number[]): Piece[] =>
  lengths.map((length, index) => [name, lengths.slice(0, index).reduce((sum, one) => sum + one, 0), length]);

const layouts: readonly Layout[] = [
  {
    title: "long copies and long uploads in turn are parts as they are",
    intents: [
      ["c1", RECOMMENDED],
      ["u2", RECOMMENDED],
      ["c3", RECOMMENDED],
      ["u4", RECOMMENDED],
    ],
    parts: [
      ["c1", 0, RECOMMENDED],
      ["u2", 0, RECOMMENDED],
      ["c3", 0, RECOMMENDED],
      ["u4", 0, RECOMMENDED],
    ],
  },
  {
    title: "one upload of a part's size is one part",
    intents: [["u", RECOMMENDED]],
    parts: [["u", 0, RECOMMENDED]],
  },
  { title: "one copy of 5 GB is one part", intents: [["c", MAXIMUM]], parts: [["c", 0, MAXIMUM]] },
  {
    title: "a long upload is cut into parts, the last of them short",
    intents: [["u", 5 * RECOMMENDED + 2 * MINIMUM]],
    parts: evenly("u", [...Array(5).fill(RECOMMENDED), 2 * MINIMUM]),
  },
  {
    title: "a remainder below the minimum joins the part before it",
    intents: [["u", 2 * RECOMMENDED + MINIMUM - 1]],
    parts: evenly("u", [RECOMMENDED, RECOMMENDED + MINIMUM - 1]),
  },
  {
    title: "a long copy is cut at 5 GB",
    intents: [["c", 5 * MAXIMUM]],
    parts: evenly("c", Array(5).fill(MAXIMUM)),
  },
  {
    title: "a copy whose last part would be short is cut evenly into one part more",
    intents: [["c", 5 * MAXIMUM + MINIMUM / 2]],
    parts: evenly("c", [...Array(2).fill(3_571_785_715), ...Array(5).fill(3_571_785_714)]),
  },
  {
    title: "a lone short copy is copied",
    intents: [["c", MINIMUM - 1]],
    parts: [["c", 0, MINIMUM - 1]],
  },
  {
    title: "a short copy behind a copy is downloaded and sent",
    intents: [
      ["c1", RECOMMENDED],
      ["c2", MINIMUM - 1],
    ],
    parts: [["c1", 0, RECOMMENDED], { sent: [["c2", 0, MINIMUM - 1]] }],
  },
  {
    title: "a short copy before a copy borrows bytes of it up to the minimum",
    intents: [
      ["c1", MINIMUM - MB],
      ["c2", RECOMMENDED],
    ],
    parts: [
      {
        sent: [
          ["c1", 0, MINIMUM - MB],
          ["c2", 0, MB],
        ],
      },
      ["c2", MB, RECOMMENDED - MB],
    ],
  },
  {
    title: "a short copy joins the upload before it",
    intents: [
      ["u1", RECOMMENDED],
      ["c2", MINIMUM - 1],
      ["c3", RECOMMENDED],
    ],
    parts: [
      {
        sent: [
          ["u1", 0, RECOMMENDED],
          ["c2", 0, MINIMUM - 1],
        ],
      },
      ["c3", 0, RECOMMENDED],
    ],
  },
  {
    title: "two short copies that are long enough together are a part of their own",
    intents: [
      ["u1", RECOMMENDED],
      ["c2", MINIMUM - 1],
      ["c3", MINIMUM - 1],
      ["c4", RECOMMENDED],
    ],
    parts: [
      ["u1", 0, RECOMMENDED],
      {
        sent: [
          ["c2", 0, MINIMUM - 1],
          ["c3", 0, MINIMUM - 1],
        ],
      },
      ["c4", 0, RECOMMENDED],
    ],
  },
  {
    title: "uploads are joined and cut at a part's size",
    intents: ["u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8"].map((name) => [name, 37_500_000]),
    parts: [
      {
        sent: [
          ["u1", 0, 37_500_000],
          ["u2", 0, 37_500_000],
          ["u3", 0, 25 * MB],
        ],
      },
      {
        sent: [
          ["u3", 25 * MB, 12_500_000],
          ["u4", 0, 37_500_000],
          ["u5", 0, 37_500_000],
          ["u6", 0, 12_500_000],
        ],
      },
      {
        sent: [
          ["u6", 12_500_000, 25 * MB],
          ["u7", 0, 37_500_000],
          ["u8", 0, 37_500_000],
        ],
      },
    ],
  },
  {
    title: "a copy that cannot lend enough bytes is sent with the short upload before it",
    intents: [
      ["u1", MINIMUM - 2 * MB],
      ["c2", MINIMUM + MB],
      ["u3", RECOMMENDED],
    ],
    parts: [
      {
        sent: [
          ["u1", 0, MINIMUM - 2 * MB],
          ["c2", 0, MINIMUM + MB],
          ["u3", 0, RECOMMENDED - 9 * MB],
        ],
      },
      ["u3", RECOMMENDED - 9 * MB, 9 * MB],
    ],
  },
  {
    title: "a copy lends bytes when the minimum is left of it",
    intents: [
      ["u1", MINIMUM - 2 * MB],
      ["c2", MINIMUM + 2 * MB],
    ],
    parts: [
      {
        sent: [
          ["u1", 0, MINIMUM - 2 * MB],
          ["c2", 0, 2 * MB],
        ],
      },
      ["c2", 2 * MB, MINIMUM],
    ],
  },
  {
    title: "of two uploads that overlap, the second is used from its beginning",
    intents: [
      ["u1", 2 * RECOMMENDED, 0],
      ["u2", 2 * RECOMMENDED, RECOMMENDED],
    ],
    parts: [
      ["u1", 0, RECOMMENDED],
      ["u2", 0, RECOMMENDED],
      ["u2", RECOMMENDED, RECOMMENDED],
    ],
  },
  {
    title: "of stairs of uploads only the first and the last are read",
    intents: [
      ["u1", RECOMMENDED, 0],
      ["u2", RECOMMENDED, 25 * MB],
      ["u3", RECOMMENDED, 50 * MB],
      ["u4", RECOMMENDED, 75 * MB],
    ],
    parts: [
      {
        sent: [
          ["u1", 0, 75 * MB],
          ["u4", 0, 25 * MB],
        ],
      },
      ["u4", 25 * MB, 75 * MB],
    ],
  },
  {
    title: "a copy replaces the beginning of an upload",
    intents: [
      ["u1", 2 * RECOMMENDED, 0],
      ["c2", RECOMMENDED, 0],
    ],
    parts: [
      ["c2", 0, RECOMMENDED],
      ["u1", RECOMMENDED, RECOMMENDED],
    ],
  },
  {
    title: "a copy replaces the end of an upload",
    intents: [
      ["u1", 2 * RECOMMENDED, 0],
      ["c2", RECOMMENDED, RECOMMENDED],
    ],
    parts: [
      ["u1", 0, RECOMMENDED],
      ["c2", 0, RECOMMENDED],
    ],
  },
  {
    title: "a copy replaces the middle of an upload",
    intents: [
      ["u1", 3 * RECOMMENDED, 0],
      ["c2", RECOMMENDED, RECOMMENDED],
    ],
    parts: [
      ["u1", 0, RECOMMENDED],
      ["c2", 0, RECOMMENDED],
      ["u1", 2 * RECOMMENDED, RECOMMENDED],
    ],
  },
  {
    title: "an upload replaces short copies",
    intents: [
      ["u1", RECOMMENDED, 0],
      ["c2", MINIMUM - 1, 0],
      ["c3", MINIMUM - 1, MINIMUM - 1],
      ["c4", MINIMUM - 1, 2 * (MINIMUM - 1)],
    ],
    parts: [["u1", 0, RECOMMENDED]],
  },
  {
    title: "a copy keeps what would leave the next one short, and only the rest is downloaded",
    intents: [
      ["c1", MINIMUM + MB, 0],
      ["c2", MINIMUM, MINIMUM - MB],
    ],
    parts: [["c1", 0, MINIMUM + MB], { sent: [["c2", 2 * MB, MINIMUM - 2 * MB]] }],
  },
  {
    title: "of stairs of copies each is protected down to the minimum",
    intents: [
      ["c1", MINIMUM + MB, 0],
      ["c2", MINIMUM + MB, MINIMUM - MB],
      ["c3", MINIMUM + MB, 2 * (MINIMUM - MB)],
    ],
    parts: [["c1", 0, MINIMUM], ["c2", MB, MINIMUM], { sent: [["c3", 2 * MB, MINIMUM - MB]] }],
  },
  {
    title: "protected copies win over the upload under them",
    intents: [
      ["u1", RECOMMENDED, 0],
      ["c2", MINIMUM + MB, 0],
      ["c3", MINIMUM + MB, MINIMUM - MB],
    ],
    parts: [
      ["c2", 0, MINIMUM],
      ["c3", MB, MINIMUM],
      ["u1", 2 * MINIMUM, RECOMMENDED - 2 * MINIMUM],
    ],
  },
  {
    title: "the upload replaces what is left of a copy that another one made short",
    intents: [
      ["u1", RECOMMENDED, 0],
      ["c2", MINIMUM + MB, 0],
      ["c3", MINIMUM, MINIMUM - MB],
    ],
    parts: [
      ["c2", 0, MINIMUM + MB],
      ["u1", MINIMUM + MB, RECOMMENDED - MINIMUM - MB],
    ],
  },
  { title: "an empty upload is one empty part", intents: [["u", 0]], parts: [{ sent: [] }] },
  { title: "no intents at all make an empty file", intents: [], parts: [{ sent: [] }] },
];

describe("planComposition", () => {
  test.each(layouts.map((layout) => [layout.title, layout] as const))(
    "%s (b2sdk 49)",
    (_, { intents, parts }) => {
      expect(planComposition(toIntents(intents), sizes).map(toLayout)).toEqual(parts);
    },
  );

  test("refuses a hole and names it, whatever the order of the intents (b2sdk 49)", () => {
    const intents: Source[] = [
      ["u1", RECOMMENDED, 0],
      ["u2", RECOMMENDED, RECOMMENDED + 2 * MB],
      ["c3", RECOMMENDED, MB],
      ["c4", RECOMMENDED, RECOMMENDED + 3 * MB],
    ];
    expect(() => planComposition(toIntents(intents), sizes)).toThrow(
      new RangeError("The write intents leave a hole: nothing fills bytes 101000000 to 101999999"),
    );
    expect(() => planComposition(toIntents([["u1", 1, 1]]), sizes)).toThrow(/nothing fills bytes 0 to 0/);
  });

  test("grows the parts so that 10,000 of them reach (b2sdk 49)", () => {
    const parts = planComposition(toIntents([["u", 10_001 * RECOMMENDED]]), sizes);
    expect(parts).toHaveLength(6667);
  });

  test("sends short copies together where there would be over 10,000 parts", () => {
    const alternating = Array.from(
      { length: 12_000 },
      (_, i): Source => [`${i % 2 ? "c" : "u"}${i}`, MINIMUM],
    );
    const parts = planComposition(toIntents(alternating), sizes);
    expect(parts.length).toBeLessThanOrEqual(10_000);
    expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(12_000 * MINIMUM);
  });

  test("refuses a file over 10 TB", () => {
    const tooFar: Source[] = [
      ["c1", 10_000 * GB],
      ["u2", 1],
    ];
    expect(() => planComposition(toIntents(tooFar), sizes)).toThrow(/10000000000001 bytes or more.*10 TB/);
  });

  test("cuts no part over 5 GB when parts of 5 GB are asked for", () => {
    const lengths = planComposition(toIntents([["u", MAXIMUM + MINIMUM - 1]]), {
      minimumBytes: MINIMUM,
      recommendedBytes: MAXIMUM,
    }).map((part) => part.length);
    expect(lengths).toEqual([2_502_500_000, 2_502_499_999]);
  });
});

describe("ComposePlan", () => {
  test("completes parts as the intents come in, and refuses one that comes too late", () => {
    const plan = new ComposePlan<string>(sizes);
    const given = toIntents([
      ["u1", RECOMMENDED],
      ["c2", RECOMMENDED],
      ["c3", RECOMMENDED],
      ["u4", 1],
    ]);
    expect(given.map((intent) => plan.add(intent).map(toLayout))).toEqual([
      [],
      [],
      [],
      [
        ["u1", 0, RECOMMENDED],
        ["c2", 0, RECOMMENDED],
      ],
    ]);
    const late = { source: "u5", isStored: false, destinationOffset: 0, length: 1 };
    expect(() => plan.add(late)).toThrow(/must come sorted: offset 0 came after 300000000/);
    expect(plan.end().map(toLayout)).toEqual([
      ["c3", 0, RECOMMENDED],
      ["u4", 0, 1],
    ]);
  });
});

test("parts of a file of unknown length stay as they are up to the 2,500th, then grow so that 10,000 reach 10 TB", () => {
  const least = { minimumBytes: MINIMUM, recommendedBytes: MINIMUM };
  expect(growingSizes(least, 2499, 2499 * MINIMUM)).toEqual(least);
  let bytes = 0;
  for (let parts = 0; parts < 10_000; parts++) {
    const { minimumBytes, recommendedBytes } = growingSizes(least, parts, bytes);
    expect(recommendedBytes).toBeGreaterThanOrEqual(minimumBytes);
    expect(minimumBytes).toBeLessThanOrEqual(MAXIMUM / 2);
    bytes += minimumBytes;
  }
  expect(bytes).toBeGreaterThan(10_000 * GB);
});

test("copies of over 5 GB are cut also where the sizes have grown", () => {
  const grown = { minimumBytes: MAXIMUM / 2, recommendedBytes: MAXIMUM / 2 };
  const plan = new ComposePlan<string>(sizes, () => grown);
  const [intent] = toIntents([["c", MAXIMUM + 1]]);
  const parts = [...(intent ? plan.add(intent) : []), ...plan.end()];
  expect(parts.map(({ length }) => length)).toEqual([2_500_000_001, 2_500_000_000]);
});

test("an arriving composition takes on the growing sizes", () => {
  const grow = (parts: number) => (parts < 2 ? small : { minimumBytes: 50, recommendedBytes: 60 });
  const plan = new ComposePlan<string>(small, grow);
  const intents = toIntents([
    ["c1", 20],
    ["c2", 20],
    ["c3", 20],
    ["c4", 20],
    ["u5", 20],
    ["c6", 60],
  ]);
  const parts = [...intents.flatMap((intent) => plan.add(intent)), ...plan.end()];
  expect(parts.map(({ length, isCopy }) => [length, isCopy])).toEqual([
    [20, true],
    [20, true],
    [60, false],
    [60, true],
  ]);
});

/** Small sizes, so that random layouts meet all the limits. */
const small = { minimumBytes: 5, recommendedBytes: 20 };

const coveringIntents = fc
  .array(
    fc.record({
      isStored: fc.boolean(),
      length: fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 70 })),
      /** How far it reaches back over what is covered already. */
      back: fc.oneof(fc.constant(0), fc.nat({ max: 12 }), fc.nat({ max: 100 })),
    }),
    { maxLength: 40 },
  )
  .map((drafts) => {
    let end = 0;
    return drafts.map(({ isStored, length, back }, index): Intent<Intent<string>> => {
      const destinationOffset = Math.max(0, end - back);
      end = Math.max(end, destinationOffset + length);
      const source = { source: `${index}`, isStored, destinationOffset, length };
      return { ...source, source };
    });
  });

describe("any layout", () => {
  const inProperty = (
    check: (parts: ComposedPart<Intent<string>>[], intents: Intent<Intent<string>>[]) => void,
  ) =>
    fc.assert(
      fc.property(coveringIntents, (intents) => check(planComposition(intents, small), intents)),
      { numRuns: 2000 },
    );

  test("is covered exactly, in order, every byte by one that an intent gives it (b2sdk 49)", () => {
    inProperty((parts, intents) => {
      let end = 0;
      for (const [index, part] of parts.entries()) {
        expect(part).toMatchObject({ partNumber: index + 1, offset: end });
        for (const { source, offset, length } of part.pieces) {
          expect(source.destinationOffset + offset).toBe(end);
          expect(length).toBeGreaterThan(0);
          expect(offset + length).toBeLessThanOrEqual(source.length);
          end += length;
        }
        expect(part.offset + part.length).toBe(end);
      }
      expect(end).toBe(
        Math.max(0, ...intents.map(({ destinationOffset, length }) => destinationOffset + length)),
      );
    });
  });

  test("has no part that breaks a limit, and copies only what can be copied (b2sdk 49)", () => {
    inProperty((parts) => {
      for (const part of parts.slice(0, -1)) {
        expect(part.length).toBeGreaterThanOrEqual(small.minimumBytes);
      }
      for (const { isCopy, length, pieces } of parts) {
        expect(isCopy && (pieces.length !== 1 || !pieces[0]?.source.isStored)).toBe(false);
        expect(isCopy || length < small.recommendedBytes + small.minimumBytes).toBe(true);
        expect(isCopy && parts.length > 1 && length < small.minimumBytes).toBe(false);
      }
    });
  });

  test("downloads nothing twice, and no more of a copy than the minimum before and behind it", () => {
    inProperty((parts) => {
      const sent = new Map<Intent<string>, number>();
      for (const { source, length } of parts.flatMap(({ isCopy, pieces }) => (isCopy ? [] : pieces))) {
        if (source.isStored) {
          sent.set(source, (sent.get(source) ?? 0) + length);
        }
      }
      expect(Math.max(0, ...sent.values())).toBeLessThan(2 * small.minimumBytes);
    });
  });

  test("is planned alike whether its intents come at once or one by one (b2sdk 49)", () => {
    inProperty((parts, intents) => {
      const plan = new ComposePlan<Intent<string>>(small);
      const sorted = intents.toSorted((a, b) => a.destinationOffset - b.destinationOffset);
      expect([...sorted.flatMap((intent) => plan.add(intent)), ...plan.end()]).toEqual(parts);
    });
  });

  test("uploads nothing that could be copied whole: an upload covered by one long copy is left out", () => {
    const spans = fc.tuple(
      fc.integer({ min: 5, max: 100 }),
      fc.nat({ max: 99 }),
      fc.integer({ min: 1, max: 100 }),
    );
    fc.assert(
      fc.property(spans, ([copied, offset, local]) => {
        fc.pre(offset + local <= copied);
        const parts = planComposition(
          toIntents([
            ["c", copied, 0],
            ["u", local, offset],
          ]),
          small,
        );
        expect(parts.map(toLayout)).toEqual([["c", 0, copied]]);
      }),
    );
  });
});
