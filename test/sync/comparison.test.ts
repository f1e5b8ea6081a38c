import { describe, expect, test } from "vitest";
import {
  type CompareVersionMode,
  compareContents,
  compareFiles,
  type DigestOf,
} from "../../src/sync/comparison.ts";
import type { LocalSyncPath, StoredVersion } from "../../src/sync/sync-path.ts";

const local = (modTimeMillis: number, size = 10): LocalSyncPath => ({
  type: "local",
  relativePath: "a",
  absolutePath: "/a",
  modTimeMillis,
  size,
});

const selectedVersion: StoredVersion = { id: "1", action: "upload", uploadTimestamp: 0 };

const compare = (
  compareVersionMode: CompareVersionMode,
  source: LocalSyncPath,
  destination: LocalSyncPath,
  compareThreshold = 0,
) => compareFiles(source, destination, { compareVersionMode, compareThreshold });

describe("by modification time", () => {
  test.each([
    [100, 100, 0, "same"],
    [200, 100, 0, "different"],
    [100, 200, 0, "destinationNewer"],
    [200, 100, 100, "same"],
    [100, 200, 100, "same"],
    [201, 100, 100, "different"],
    [100, 201, 100, "destinationNewer"],
  ])(
    "source %d and destination %d with a threshold of %d are %s",
    (source, destination, threshold, expected) => {
      expect(compare("modTime", local(source), local(destination), threshold)).toBe(expected);
    },
  );

  test.each([
    [122.9999, 122],
    [122.9999, 123],
    [122.4, 122],
    [122.6, 123],
  ])("the local time %d equals %d, however its fraction was dropped", (fraction, whole) => {
    expect(compare("modTime", local(fraction), local(whole))).toBe("same");
    expect(compare("modTime", local(whole), local(fraction))).toBe("same");
  });

  test("files of equal times and different sizes are different (in b2sdk they are the same)", () => {
    expect(compare("modTime", local(100, 10), local(100, 11))).toBe("different");
  });
});

test("by size, times do not count", () => {
  expect(compare("size", local(100, 10), local(200, 10))).toBe("same");
  expect(compare("size", local(100, 10), local(200, 11))).toBe("different");
  expect(compare("size", local(100, 10), local(200, 15), 5)).toBe("same");
  expect(compare("size", local(100, 10), local(200, 16), 5)).toBe("different");
});

test("by nothing, files are the same", () => {
  expect(compare("none", local(100, 10), local(200, 11))).toBe("same");
});

describe("by SHA-1", () => {
  const stored = (contentSha1: string | undefined, modTimeMillis = 100) =>
    ({ ...local(modTimeMillis), type: "b2", selectedVersion, allVersions: [], contentSha1 }) as const;

  test("files of different sizes are different, and none is read", () => {
    expect(compare("sha1", local(100, 10), local(100, 11))).toBe("different");
    expect(compare("sha1", local(100), local(200))).toBe("unknown");
  });

  test.each([
    ["the same", "one", "one", "same"],
    ["different", "one", "two", "different"],
  ])("contents with %s digests are told", async (_, left, right, expected) => {
    const digestOf: DigestOf = async (path) => (path.type === "b2" ? path.contentSha1 : left);
    expect(await compareContents(local(100), stored(right), digestOf)).toBe(expected);
  });

  test("without a digest in B2 the times decide, and nothing is read", async () => {
    const digestOf = async () => expect.unreachable();
    const unknown = (time: number) => stored(undefined, time);
    expect(await compareContents(local(100), unknown(100), digestOf)).toBe("same");
    expect(await compareContents(unknown(200), local(100), digestOf)).toBe("different");
  });
});
