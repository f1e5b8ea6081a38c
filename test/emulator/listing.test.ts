import fc from "fast-check";
import { expect, test } from "vitest";
import { type Choice, entriesOf, pageOf } from "../../src/emulator/listing.ts";
import { type Indexed, NameIndex } from "../../src/emulator/name-index.ts";
import { compareNames, endOfPrefix, lowerBound } from "../../src/emulator/name-order.ts";

const everything: Choice<Indexed> = (versions) => versions;
const fileName = fc.string({
  unit: fc.constantFrom("a", "b", "/", "é", "\uFF61", "\u{1F600}"),
  minLength: 1,
  maxLength: 6,
});

function indexOf(names: readonly string[]): NameIndex<Indexed> {
  const index = new NameIndex<Indexed>();
  for (const [number, name] of names.entries()) {
    index.put({ fileName: name, fileId: String(number), uploadTimestamp: number });
  }
  return index;
}

test("names compare like their UTF-8 bytes", () => {
  const property = fc.property(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "binary" }),
    (left, right) => {
      const expected = Buffer.compare(Buffer.from(left), Buffer.from(right));
      expect(Math.sign(compareNames(left, right))).toBe(expected);
    },
  );
  fc.assert(property);
});

test("searches find what a walk finds", () => {
  const property = fc.property(fc.uniqueArray(fileName), fileName, (unordered, wanted) => {
    const names = unordered.sort(compareNames);
    const first = names.findIndex((name) => compareNames(name, wanted) >= 0);
    expect(lowerBound(names, wanted)).toBe(first < 0 ? names.length : first);
    const behind = names.findLastIndex((name) => name.startsWith(wanted) || compareNames(name, wanted) < 0);
    expect(endOfPrefix(names, wanted)).toBe(behind + 1);
  });
  fc.assert(property);
});

test("pages of any size together show each name or folder once, in order", () => {
  const property = fc.property(
    fc.uniqueArray(fileName),
    fc.constantFrom("", "a", "a/", "é"),
    fc.constantFrom(undefined, "/", "\u{1F600}"),
    fc.integer({ min: 1, max: 4 }),
    (names, prefix, delimiter, size) => {
      const index = indexOf(names);
      const shown: string[] = [];
      for (let startFileName = ""; ; ) {
        const page = pageOf(entriesOf(index, { prefix, delimiter, startFileName }, everything), size);
        shown.push(...page.entries.map((entry) => entry.fileName));
        if (!page.next) break;
        startFileName = page.next.fileName;
      }
      expect(shown).toEqual(expectedListing(names, prefix, delimiter));
    },
  );
  fc.assert(property);
});

function expectedListing(names: readonly string[], prefix: string, delimiter: string | undefined): string[] {
  const shown = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => {
      const end = delimiter === undefined ? -1 : name.indexOf(delimiter, prefix.length);
      return end < 0 ? name : name.slice(0, end + (delimiter?.length ?? 0));
    });
  return [...new Set(shown)].sort(compareNames);
}

test("an index agrees with a list of versions", () => {
  const version = fc.record({
    fileName,
    fileId: fc.constantFrom("1", "2", "3", "4"),
    uploadTimestamp: fc.nat(9),
  });
  const step = fc.tuple(fc.constantFrom("put", "delete"), version);
  const property = fc.property(fc.array(step), (steps) => {
    const index = new NameIndex<Indexed>();
    const model = new Map<string, Indexed>();
    for (const [action, each] of steps) {
      const id = `${each.fileName} ${each.fileId}`;
      if (action === "put") {
        index.put(each);
        model.set(id, each);
      } else {
        index.delete(each);
        model.delete(id);
      }
    }
    const names = [...new Set([...model.values()].map((each) => each.fileName))].sort(compareNames);
    expect(index.names).toEqual(names);
    for (const name of names) {
      const versions = index.versionsOf(name);
      expect(new Set(versions)).toEqual(
        new Set([...model.values()].filter((each) => each.fileName === name)),
      );
      const times = versions.map(({ uploadTimestamp }) => uploadTimestamp);
      expect(times).toEqual([...times].sort((left, right) => right - left));
    }
  });
  fc.assert(property);
});

test("a folder of 100,000 names costs a page no more than one name", () => {
  const index = new NameIndex<Indexed>();
  for (let number = 0; number < 100_000; number++) {
    const name = `folder/${String(number).padStart(6, "0")}`;
    index.put({ fileName: name, fileId: name, uploadTimestamp: 0 });
  }
  index.put({ fileName: "last", fileId: "last", uploadTimestamp: 0 });
  let looked = 0;
  const counting: Choice<Indexed> = (versions) => {
    looked++;
    return versions;
  };
  const range = { prefix: "", delimiter: "/", startFileName: "" };
  const { entries } = pageOf(entriesOf(index, range, counting), 10);
  expect(entries.map((entry) => entry.fileName)).toEqual(["folder/", "last"]);
  expect(looked).toBe(2);
});
