import fc from "fast-check";
import { expect, test } from "vitest";
import { compareFileNames } from "../../src/file-name.ts";
import { mergeByName, type Pair } from "../../src/sync/merge.ts";
import { all } from "../listing/support.ts";

interface Named {
  readonly relativePath: string;
}

async function* stream(...names: readonly string[]): AsyncGenerator<Named> {
  for (const relativePath of names) {
    yield { relativePath };
  }
}

const names = (pairs: readonly Pair<Named>[]) =>
  pairs.map(({ source, destination }) => [source?.relativePath, destination?.relativePath]);

test("files of equal names come in pairs, others alone", async () => {
  const pairs = await all(mergeByName(stream("a", "b", "d", "f"), stream("b", "e")));
  expect(names(pairs)).toEqual([
    ["a", undefined],
    ["b", "b"],
    ["d", undefined],
    [undefined, "e"],
    ["f", undefined],
  ]);
  expect(await all(mergeByName(stream(), stream()))).toEqual([]);
});

test("names are ordered as their UTF-8 bytes are", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, text, (left, right) => {
      const expected = Buffer.compare(Buffer.from(left), Buffer.from(right));
      expect(Math.sign(compareFileNames(left, right))).toBe(expected);
    }),
  );
});

test("every name of any two streams comes once, in order", async () => {
  const name = fc.string({ unit: fc.constantFrom("a", "/", ".", "0", "\uffee", "\u{1f98a}"), maxLength: 3 });
  const sorted = fc.uniqueArray(name).map((list) => list.sort(compareFileNames));
  await fc.assert(
    fc.asyncProperty(sorted, sorted, async (left, right) => {
      const union = [...new Set([...left, ...right])].sort(compareFileNames);
      const pairs = await all(mergeByName(stream(...left), stream(...right)));
      const naive = union.map((each) => [left, right].map((list) => list.find((other) => other === each)));
      expect(names(pairs)).toEqual(naive);
    }),
  );
});

test("a stream out of order is an error, since files would look absent", async () => {
  await expect(all(mergeByName(stream("a", "c", "b"), stream("d")))).rejects.toThrow(
    /"b" behind .*not in order/,
  );
  await expect(all(mergeByName(stream("x"), stream("a", "a")))).rejects.toThrow(/not in order/);
});

test("both streams end when the merge is left", async () => {
  const ended: string[] = [];
  async function* endless(name: string): AsyncGenerator<Named> {
    try {
      for (let number = 1; ; number++) {
        yield { relativePath: `${name}${"0".repeat(number)}` };
      }
    } finally {
      ended.push(name);
    }
  }
  for await (const _ of mergeByName(endless("a"), endless("b"))) {
    break;
  }
  expect(ended.sort()).toEqual(["a", "b"]);
});
