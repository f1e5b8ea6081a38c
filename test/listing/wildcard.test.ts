import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseWildcard } from "../../src/listing/wildcard.ts";
import { matchesNaively } from "./naive-wildcard.ts";

const names = [
  "abc",
  "aac",
  "akc",
  "atc",
  "a",
  "*.txt",
  "a.txt",
  "a/b.txt",
  "A.txt",
  "\u{1f98a}",
  "[",
  "]",
  "-",
];
const matching = (pattern: string) => names.filter((name) => parseWildcard(pattern).matches(name));

test.each([
  ["a[!ck]c", ["abc", "aac", "atc"]],
  ["a[tc]c", ["atc"]],
  ["a?c", ["abc", "aac", "akc", "atc"]],
  ["[*].txt", ["*.txt"]],
  ["*.txt", ["*.txt", "a.txt", "a/b.txt", "A.txt"]],
  ["a*", ["abc", "aac", "akc", "atc", "a", "a.txt", "a/b.txt"]],
  ["?", ["a", "\u{1f98a}", "[", "]", "-"]],
  ["a[a-c]c", ["abc", "aac"]],
  ["a[!a-c]c", ["akc", "atc"]],
])("the pattern %s matches as fnmatch says (b2sdk 31)", (pattern, expected) => {
  expect(matching(pattern)).toEqual(expected);
});

test.each([
  ["[", "a bracket that nothing closes stands for itself", ["["]],
  ["[]]", "a closing bracket stands for itself at the beginning of a set", ["]"]],
  ["[!]", "an empty set is none", []],
  ["[!]]", "so it does behind the exclamation mark", ["a", "\u{1f98a}", "[", "-"]],
  ["[-a]", "a hyphen stands for itself at the beginning of a set", ["a", "-"]],
  ["[a-]", "and at its end", ["a", "-"]],
  ["[z-a]", "a range from high to low holds nothing", []],
  ["[!z-a]", "and everything lies outside it", ["a", "\u{1f98a}", "[", "]", "-"]],
  ["[\u{1f000}-\u{1ffff}]", "a range may hold astral characters", ["\u{1f98a}"]],
])("%s: %s", (pattern, _, expected) => {
  expect(matching(pattern)).toEqual(expected);
});

test.each([
  ["b/ab*.txt", "b/ab", false],
  ["b/[*]?", "b/*", false],
  ["b/[*]", "b/*", true],
  ["b/[ab]", "b/", false],
  ["a[b", "a[b", true],
  ["*", "", false],
  ["\u{1f98a}?", "\u{1f98a}", false],
])("what begins %s is %j", (pattern, prefix, isLiteral) => {
  expect(parseWildcard(pattern)).toMatchObject({ prefix, isLiteral });
});

describe("for any pattern", () => {
  const characters = (...all: string[]) =>
    fc.array(fc.constantFrom(...all), { maxLength: 9 }).map((some) => some.join(""));
  const pattern = characters(
    "a",
    "b",
    "c",
    "/",
    "*",
    "?",
    "[",
    "]",
    "!",
    "-",
    "^",
    "\\",
    ".",
    "\n",
    "\u{1f98a}",
  );
  const name = characters("a", "b", "c", "/", "*", "[", "]", "!", "-", "^", "\\", ".", "\n", "\u{1f98a}");

  test("a name matches when a naive model says so", () => {
    const property = fc.property(pattern, name, (pattern, name) => {
      expect(parseWildcard(pattern).matches(name)).toBe(matchesNaively(pattern, name));
    });
    fc.assert(property, { numRuns: 3000 });
  });

  test("matching names begin with the prefix, and are the prefix when nothing in the pattern is special", () => {
    const property = fc.property(pattern, name, (pattern, name) => {
      const { prefix, isLiteral, matches } = parseWildcard(pattern);
      expect(isLiteral && !matches(prefix)).toBe(false);
      if (matches(name)) {
        expect(name.startsWith(prefix)).toBe(true);
        expect(isLiteral).toBe(isLiteral && name === prefix);
      }
    });
    fc.assert(property, { numRuns: 3000 });
  });
});

test("many stars take no time that grows with their number", () => {
  expect(parseWildcard("*a".repeat(60)).matches(`${"a".repeat(1000)}b`)).toBe(false);
});
