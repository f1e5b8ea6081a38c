import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Filter } from "../../src/listing/filter.ts";
import { ScanFilter, type ScanPolicies } from "../../src/sync/scan-policies.ts";

const names = [
  ".dot_file",
  "hello.",
  "hello/a/1",
  "hello/a/2",
  "hello/b",
  "hello0",
  "inner/a.bin",
  "inner/a.txt",
  "inner/b.bin",
  "inner/b.txt",
  "inner/more/a.bin",
  "inner/more/a.txt",
  "\u81ea\u7531",
];

const excluded = (policies: ScanPolicies) => {
  const filter = new ScanFilter(policies);
  return names.filter((name) => filter.excludesPath(name));
};

describe("regular expressions of b2sdk's kind", () => {
  test.each([
    [
      "a file pattern",
      { excludeFileRegexes: [".*\\.bin"] },
      ["inner/a.bin", "inner/b.bin", "inner/more/a.bin"],
    ],
    ["a pattern for everything", { excludeFileRegexes: [".*"] }, names],
    [
      "an exception",
      { excludeFileRegexes: [".*\\.bin"], includeFileRegexes: [".*a\\.bin"] },
      ["inner/b.bin"],
    ],
    ["a pattern with an open end", { excludeFileRegexes: ["hello/a"] }, ["hello/a/1", "hello/a/2"]],
    ["a pattern that is anchored at the beginning", { excludeFileRegexes: ["a"] }, []],
    [
      "folder patterns",
      { excludeDirRegexes: ["hello", "more", "hello0"] },
      ["hello/a/1", "hello/a/2", "hello/b"],
    ],
    [
      "a folder pattern with an end",
      { excludeDirRegexes: ["hello$", "inn$"] },
      ["hello/a/1", "hello/a/2", "hello/b"],
    ],
    ["a folder pattern with a slash, which no folder has", { excludeDirRegexes: ["inner/$"] }, []],
    [
      "a folder pattern before an exception",
      {
        excludeDirRegexes: ["inner/more"],
        excludeFileRegexes: ["inner"],
        includeFileRegexes: [".*a\\.bin"],
      },
      ["inner/a.txt", "inner/b.bin", "inner/b.txt", "inner/more/a.bin", "inner/more/a.txt"],
    ],
  ])("%s", (_, policies, expected) => {
    expect(excluded(policies)).toEqual(expected);
  });
});

describe("regular expressions of JavaScript", () => {
  test("match anywhere, and their flags count", () => {
    expect(excluded({ excludeFileRegexes: [/\.BIN$/i] })).toHaveLength(3);
    expect(excluded({ excludeDirRegexes: [/(^|\/)more$/] })).toEqual([
      "inner/more/a.bin",
      "inner/more/a.txt",
    ]);
  });

  test("with the flags g and y match each time", () => {
    const filter = new ScanFilter({ excludeFileRegexes: [/a/g, /b/y] });
    expect([filter.excludesFile("a"), filter.excludesFile("a")]).toEqual([true, true]);
    expect([filter.excludesFile("b"), filter.excludesFile("b")]).toEqual([true, true]);
  });
});

describe("wildcards", () => {
  test("judge files, the last that matches decides", () => {
    const filters = [Filter.exclude("*.bin"), Filter.include("inner/more/*")];
    expect(excluded({ filters })).toEqual(["inner/a.bin", "inner/b.bin"]);
    expect(excluded({ filters: [Filter.include("inner/*.txt")] })).toHaveLength(names.length - 3);
  });

  test("with a final slash judge folders with all that they hold", () => {
    expect(excluded({ filters: [Filter.exclude("inner/")] })).toHaveLength(6);
    expect(excluded({ filters: [Filter.exclude("*/more/")] })).toEqual([
      "inner/more/a.bin",
      "inner/more/a.txt",
    ]);
    const filters = [Filter.exclude("*/"), Filter.include("hello/")];
    expect(excluded({ filters })).toEqual(names.filter((name) => /^inner|^hello\/a/.test(name)));
  });

  test("for folders say nothing of files outside", () => {
    expect(excluded({ filters: [Filter.include("inner/")] })).toEqual([]);
  });
});

test("a path is judged by every folder above it, in any order of questions", () => {
  const path = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(path), fc.constantFrom("a", "b/a", "a/b", "c$"), (paths, pattern) => {
      const filter = new ScanFilter({ excludeDirRegexes: [pattern], excludeFileRegexes: ["b$"] });
      for (const parts of paths) {
        const above = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
        const naive =
          parts.join("/") === "b" || above.some((folder) => new RegExp(`^(?:${pattern})`).test(folder));
        expect(filter.excludesPath(parts.join("/"))).toBe(naive);
      }
    }),
  );
});

describe("time windows", () => {
  test("include their bounds", () => {
    const filter = new ScanFilter({ excludeModifiedBefore: 1001, excludeModifiedAfter: 1999 });
    const times = [1000, 1000.6, 1001, 1999, 1999.4, 2000];
    expect(times.filter((time) => filter.excludesTimes(time))).toEqual([1000, 2000]);
  });

  test("of uploads judge versions in B2 and no local files", () => {
    const filter = new ScanFilter({ excludeUploadedBefore: 10, excludeUploadedAfter: 20 });
    expect([9, 10, 20, 21].filter((time) => filter.excludesTimes(0, time))).toEqual([9, 21]);
    expect(filter.excludesTimes(0)).toBe(false);
    expect([filter.hasTimeWindow, new ScanFilter({}).hasTimeWindow]).toEqual([true, false]);
  });
});

describe("are refused", () => {
  test("with includes that make exceptions from nothing", () => {
    expect(() => new ScanFilter({ includeFileRegexes: [".*"] })).toThrow(/give both/);
  });

  test.each(["excludeDirRegexes", "excludeFileRegexes", "includeFileRegexes"])(
    "with a wrong pattern in %s",
    (option) => {
      const policies = { excludeFileRegexes: [".*"], [option]: ["*"] };
      expect(() => new ScanFilter(policies)).toThrow(
        new TypeError(`${option} holds "*", which is no regular expression`),
      );
    },
  );

  test.each([
    "excludeModifiedBefore",
    "excludeModifiedAfter",
    "excludeUploadedBefore",
    "excludeUploadedAfter",
  ])("with a wrong time in %s", (option) => {
    expect(() => new ScanFilter({ [option]: -1 })).toThrow(RangeError);
    expect(() => new ScanFilter({ [option]: Number.NaN })).toThrow(RangeError);
  });
});
