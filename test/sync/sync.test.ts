import { appendFileSync } from "node:fs";
import { access, chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { Emulator } from "../../src/emulator/index.ts";
import type { B2Api, Bucket } from "../../src/index.ts";
import { describeEvent, type SyncFolder, type SyncOptions, sync } from "../../src/sync/index.ts";
import { apiFor, emulatorForTest, folderForTest } from "../support.ts";
import {
  becomeNobody,
  changes,
  hear,
  readFiles,
  storedFiles,
  storeFiles,
  THEN,
  timeOf,
  versionsOf,
  writeFiles,
} from "./support.ts";

let emulator: Emulator;
let b2: B2Api;
let bucket: Bucket;
let root: string;

beforeEach(async () => {
  emulator = await emulatorForTest();
  b2 = apiFor(emulator);
  bucket = await b2.createBucket("synchronised-bucket", "allPrivate");
  root = await folderForTest();
});

/** Synchronises, and gives the lines that it tells. */
async function lines(source: SyncFolder, destination: SyncFolder, options?: SyncOptions): Promise<string[]> {
  const { events } = await hear(sync(source, destination, options));
  return events.flatMap((event) => describeEvent(event) ?? []);
}

const COMPARISONS = ["modTime", "size", "sha1", "none"] as const;

describe("local to B2", () => {
  test("uploads what is new with its modification time, and then nothing", async () => {
    await writeFiles(root, { "a.txt": "one", "b/c.txt": "two", "b/empty": "" });
    const { events, result } = await hear(sync(root, { bucket, prefix: "folder" }));
    expect(await storedFiles(bucket, "folder/")).toEqual({ "a.txt": "one", "b/c.txt": "two", "b/empty": "" });
    const { fileInfo } = await bucket.getFileInfoByName("folder/a.txt");
    expect(fileInfo).toEqual({ src_last_modified_millis: String(THEN) });
    expect(result).toMatchObject({
      isComplete: true,
      transferred: { files: 3, bytes: 6 },
      scanned: { source: 3, destination: 0 },
    });
    const transferred = events.flatMap((event) =>
      event.type === "transferred" ? [[event.action.relativePath, event.bytes]] : [],
    );
    expect(transferred.sort()).toEqual([
      ["a.txt", 3],
      ["b/c.txt", 3],
      ["b/empty", 0],
    ]);
    for (const compareVersionMode of COMPARISONS) {
      emulator.requests.clear();
      expect(await lines(root, { bucket, prefix: "folder/" }, { compareVersionMode })).toEqual([]);
      expect(emulator.requests.byOperation).toEqual({ b2_list_file_names: 1 });
    }
  });

  test("uploads a file in parts, which is not sent again either", async () => {
    await writeFiles(root, { large: "0123456789".repeat(250_000) });
    await sync(root, { bucket }).result;
    expect(emulator.requests.count("b2_finish_large_file")).toBe(1);
    for (const compareVersionMode of COMPARISONS) {
      expect(await lines(root, { bucket }, { compareVersionMode })).toEqual([]);
    }
  });

  test("sends only the end of a file that has grown, when that is wanted", async () => {
    const beginning = "0123456789".repeat(50_000);
    await writeFiles(root, { log: beginning, small: "1" });
    await sync(root, { bucket }).result;
    await writeFiles(root, { log: `${beginning}more`, small: "12" }, THEN + 1000);
    emulator.requests.clear();
    await sync(root, { bucket }, { uploadMode: "incremental" }).result;
    expect(changes(emulator)).toMatchObject({ b2_copy_part: 1, b2_upload_part: 1, b2_upload_file: 1 });
    expect(await storedFiles(bucket)).toEqual({ log: `${beginning}more`, small: "12" });
    expect(await lines(root, { bucket }, { compareVersionMode: "sha1" })).toEqual([]);
  });

  test("replaces what is different by the chosen comparison", async () => {
    await storeFiles(emulator, bucket, { time: "123", size: "123", sha1: "123", same: "123" });
    await writeFiles(root, { time: "123" }, THEN + 5000);
    await writeFiles(root, { size: "1234", sha1: "abc", same: "123" });
    const dryRun = (options: SyncOptions) => lines(root, { bucket }, { ...options, dryRun: true });
    expect(await dryRun({})).toEqual(["upload size", "upload time"]);
    expect(await dryRun({ compareThreshold: 5000 })).toEqual(["upload size"]);
    expect(await dryRun({ compareVersionMode: "size" })).toEqual(["upload size"]);
    expect(await dryRun({ compareVersionMode: "size", compareThreshold: 1 })).toEqual([]);
    expect((await dryRun({ compareVersionMode: "sha1" })).sort()).toEqual(["upload sha1", "upload size"]);
    expect(await dryRun({ compareVersionMode: "none" })).toEqual([]);
    const compareVersionMode: SyncOptions["compareVersionMode"] = async ({ relativePath }) =>
      relativePath === "same";
    expect(await dryRun({ compareVersionMode })).toEqual(["upload same"]);
  });

  test("takes a folder as a URL of the account", async () => {
    await writeFiles(root, { a: "1" });
    await sync(root, `b2://${bucket.name}/x/y/`, { b2 }).result;
    await sync(root, `b2:${bucket.name}`, { b2 }).result;
    expect(await storedFiles(bucket)).toEqual({ a: "1", "x/y/a": "1" });
  });
});

describe("B2 to local", () => {
  test("downloads what is new with its modification time, and then nothing", async () => {
    await storeFiles(emulator, bucket, { "p/a": "one", "p/b/c": "two", "p/b/empty": "", q: "no" });
    const target = join(root, "made/with/parents");
    const { result } = await hear(sync({ bucket, prefix: "p" }, target));
    expect(await readFiles(target)).toEqual({ a: "one", "b/c": "two", "b/empty": "" });
    expect(await timeOf(join(target, "b/c"))).toBe(THEN);
    expect(result).toMatchObject({ isComplete: true, transferred: { files: 3, bytes: 6 } });
    for (const compareVersionMode of COMPARISONS) {
      emulator.requests.clear();
      expect(await lines({ bucket, prefix: "p" }, target, { compareVersionMode })).toEqual([]);
      expect(emulator.requests.byOperation).toEqual({ b2_list_file_names: 1 });
    }
  });

  test("gives a file without modification time that of its upload", async () => {
    await storeFiles(emulator, bucket, { a: "1" }, null);
    await sync({ bucket }, root).result;
    expect(await timeOf(join(root, "a"))).toBe((await bucket.getFileInfoByName("a")).uploadTimestamp);
    expect(await lines({ bucket }, root)).toEqual([]);
  });

  test("skips unsafe names with a report, and writes nothing elsewhere", async () => {
    await storeFiles(emulator, bucket, {
      "../up": "x",
      "a//b": "x",
      "a/./b": "x",
      good: "y",
      "folder/": "",
      "\\z": "x",
    });
    const inner = join(root, "inner");
    const { events, result } = await hear(sync({ bucket }, inner));
    const skipped = events.flatMap((event) => (event.type === "skipped" ? [event.relativePath] : []));
    expect(skipped.sort()).toEqual(["../up", "\\z", "a/./b", "a//b", "folder/"]);
    expect(await readFiles(root)).toEqual({ "inner/good": "y" });
    expect(result).toMatchObject({ isComplete: true, skipped: 5, transferred: { files: 1 } });
  });

  test("keeps a file and a folder of the same name apart", async () => {
    await storeFiles(emulator, bucket, { a: "file", "a-": "x", "a/b": "below", "a/b/c": "below" });
    const below = (name: string) => `it lies below the name of another file, "${name}"`;
    expect(await lines({ bucket }, root)).toEqual([
      "download a",
      "download a-",
      `skip a/b: ${below("a")}`,
      `skip a/b/c: ${below("a")}`,
    ]);
    expect(await readFiles(root)).toEqual({ a: "file", "a-": "x" });
    await rm(join(root, "a"));
    await writeFiles(root, { "a/other": "mine" });
    expect(await lines({ bucket }, root)).toEqual([
      "skip a: a folder stands in its place",
      "download a/b",
      `skip a/b/c: ${below("a/b")}`,
    ]);
  });

  test("does not write where a file stands in the place of a folder", async () => {
    await storeFiles(emulator, bucket, { "a/b": "1" });
    await writeFiles(root, { a: "mine" });
    expect(await lines({ bucket }, root)).toEqual(["skip a/b: a file stands in the place of its folder"]);
  });

  test("does not follow symbolic links of the target", async () => {
    const outside = await folderForTest();
    await writeFiles(outside, { secret: "mine" });
    await symlink(outside, join(root, "link"));
    await symlink(join(outside, "secret"), join(root, "file"));
    await storeFiles(emulator, bucket, { "link/secret": "theirs", "link/new": "theirs", file: "theirs" });
    const reason = "at the destination, it is a symbolic link stands in the way";
    expect(await lines({ bucket }, root, { keepDaysOrDelete: "delete" })).toEqual([
      `skip file: ${reason}`,
      `skip link/new: ${reason}`,
      `skip link/secret: ${reason}`,
    ]);
    expect(await readFiles(outside)).toEqual({ secret: "mine" });
  });
});

describe("B2 to B2", () => {
  test("copies in the service, with type, info and time, and then nothing", async () => {
    await storeFiles(emulator, bucket, { "from/a.txt": "one", "from/b/c": "two" });
    await storeFiles(emulator, bucket, { "from/timeless": "3" }, null);
    const other = await b2.createBucket("another-bucket", "allPrivate");
    emulator.requests.clear();
    const { result } = await hear(sync({ bucket, prefix: "from" }, { bucket: other, prefix: "to" }));
    expect(result).toMatchObject({ isComplete: true, transferred: { files: 3, bytes: 7 } });
    expect(changes(emulator)).toEqual({ b2_copy_file: 3 });
    expect(await storedFiles(other, "to/")).toEqual({ "a.txt": "one", "b/c": "two", timeless: "3" });
    expect((await other.getFileInfoByName("to/a.txt")).contentType).toBe("text/plain");
    for (const compareVersionMode of COMPARISONS) {
      expect(
        await lines({ bucket, prefix: "from" }, { bucket: other, prefix: "to" }, { compareVersionMode }),
      ).toEqual([]);
    }
  });

  test("refuses folders of which one lies in the other", async () => {
    await expect(sync({ bucket, prefix: "a" }, { bucket, prefix: "a/b" }).result).rejects.toThrow(
      /lies in the other/,
    );
    await expect(sync({ bucket }, { bucket, prefix: "a" }).result).rejects.toThrow(TypeError);
    await storeFiles(emulator, bucket, { "a/x": "1" });
    expect(await lines({ bucket, prefix: "a" }, { bucket, prefix: "ab" })).toEqual(["copy x"]);
  });

  test("copies names that no local folder could have", async () => {
    await storeFiles(emulator, bucket, { "from/../x": "1", "from//y": "2", "from/z/": "3" });
    expect(await lines({ bucket, prefix: "from" }, { bucket, prefix: "to" })).toEqual([
      "copy ../x",
      "copy /y",
      "copy z/",
    ]);
  });
});

describe("what the source has not", () => {
  const KEEP = { keepDaysOrDelete: "keepBeforeDelete", keepDays: 7 } as const;
  const DELETE = { keepDaysOrDelete: "delete" } as const;

  test("stays, unless its removal is asked for", async () => {
    await storeFiles(emulator, bucket, { gone: "1", stays: "2" });
    await writeFiles(root, { stays: "2" });
    expect(await lines(root, { bucket })).toEqual([]);
    await writeFiles(root, { mine: "3" });
    expect(await lines({ bucket }, root)).toEqual(["download gone"]);
    expect(Object.keys(await readFiles(root)).sort()).toEqual(["gone", "mine", "stays"]);
  });

  test("is deleted in B2 with all versions, behind a replaced file, too", async () => {
    await storeFiles(emulator, bucket, { gone: "1", hidden: "1", replaced: "old", stays: "2" });
    await storeFiles(emulator, bucket, { gone: "12", stays: "2" });
    await bucket.hideFile("hidden");
    await writeFiles(root, { stays: "2", replaced: "newer" });
    const { events, result } = await hear(sync(root, { bucket }, DELETE));
    expect(events.flatMap((event) => describeEvent(event) ?? []).sort()).toEqual([
      "delete gone",
      "delete gone (old version)",
      "delete hidden (hide marker)",
      "delete hidden (old version)",
      "delete replaced (old version)",
      "delete stays (old version)",
      "upload replaced",
    ]);
    expect(result).toMatchObject({ isComplete: true, removed: { deleted: 6, hidden: 0 } });
    expect(await versionsOf(bucket, "gone")).toEqual([]);
    expect(await versionsOf(bucket, "hidden")).toEqual([]);
    expect(await versionsOf(bucket, "stays")).toEqual(["upload"]);
    expect(await storedFiles(bucket)).toEqual({ stays: "2", replaced: "newer" });
    emulator.requests.clear();
    expect(await lines(root, { bucket }, DELETE)).toEqual([]);
    expect(emulator.requests.byOperation).toEqual({ b2_list_file_versions: 1 });
  });

  test("is hidden, and deleted when its days are over", async () => {
    await storeFiles(emulator, bucket, { gone: "1", replaced: "old" });
    await writeFiles(root, { replaced: "newer" });
    expect((await lines(root, { bucket }, KEEP)).sort()).toEqual(["hide gone", "upload replaced"]);
    expect(await versionsOf(bucket, "gone")).toEqual(["hide", "upload"]);
    expect(await lines(root, { bucket }, KEEP)).toEqual([]);
    const nowMillis = Date.now() + 8 * 24 * 3_600_000;
    expect((await lines(root, { bucket }, { ...KEEP, nowMillis })).sort()).toEqual([
      "delete gone (hide marker)",
      "delete gone (old version)",
      "delete replaced (old version)",
    ]);
    expect(await versionsOf(bucket, "gone")).toEqual([]);
    expect(await storedFiles(bucket)).toEqual({ replaced: "newer" });
  });

  test("is deleted from this machine, with the folders that are empty then", async () => {
    await storeFiles(emulator, bucket, { "a/stays": "1", hidden: "1" });
    await bucket.hideFile("hidden");
    await writeFiles(root, { "a/stays": "1", "a/b/c/gone": "2", "a/gone": "3", hidden: "1" });
    await mkdir(join(root, "a/b/empty"));
    expect((await lines({ bucket }, root, DELETE)).sort()).toEqual([
      "delete a/b/c/gone",
      "delete a/gone",
      "delete hidden",
    ]);
    expect(await readFiles(root)).toEqual({ "a/stays": "1" });
    await expect(access(join(root, "a/b/c"))).rejects.toThrow(/ENOENT/);
    await access(join(root, "a/b/empty"));
  });

  test("stays when no folder of this machine could have it", async () => {
    await storeFiles(emulator, bucket, { "folder/": "", "../up": "1", a: "1", gone: "1" });
    await writeFiles(root, { a: "1" });
    expect((await lines(root, { bucket }, DELETE)).sort()).toEqual([
      "delete gone",
      "skip ../up: no local folder can have it, so that it is not removed: it holds . or .. as a part, which lead elsewhere",
      "skip folder/: no local folder can have it, so that it is not removed: its name stands for a folder",
    ]);
  });

  test("stays when the transfer that would replace it fails", async () => {
    await storeFiles(emulator, bucket, { a: "old" });
    await writeFiles(root, { a: "newer" });
    emulator.faults.add({ operation: "b2_upload_file", status: 403, code: "cap_exceeded" });
    const { result } = await hear(sync(root, { bucket }, DELETE));
    expect(result).toMatchObject({ isComplete: false, failed: 1, removed: { deleted: 0 } });
    expect(await storedFiles(bucket)).toEqual({ a: "old" });
  });

  test("stays when the destination cannot be scanned to the end", async () => {
    await storeFiles(emulator, bucket, { a: "1", b: "2" });
    await writeFiles(root, { z: "3" });
    emulator.faults.add({ operation: "b2_list_file_versions", status: 400, code: "bad_request" });
    await expect(sync(root, { bucket }, DELETE).result).rejects.toMatchObject({ code: "bad_request" });
    emulator.faults.clear();
    expect(Object.keys(await storedFiles(bucket))).toEqual(["a", "b"]);
  });

  test("stays on this machine when it was changed since the scan", async () => {
    await storeFiles(emulator, bucket, { a: "1" });
    await writeFiles(root, { a: "1", b: "2" });
    const syncPolicy: SyncOptions["syncPolicy"] = ({ actions }) => {
      appendFileSync(join(root, "b"), "more");
      return actions;
    };
    const run = sync({ bucket }, root, { ...DELETE, syncPolicy });
    expect(await run.result).toMatchObject({ failed: 1, removed: { deleted: 0 } });
    expect(await readFiles(root)).toEqual({ a: "1", b: "2more" });
  });
});

describe("an empty source", () => {
  const DELETE = { keepDaysOrDelete: "delete" } as const;

  test.each([
    ["on this machine", "local"],
    ["in B2", "b2"],
  ])("%s is an error, unless it is allowed", async (_, side) => {
    await storeFiles(emulator, bucket, { "full/a": "1" });
    await writeFiles(root, { "full/a": "1" });
    await mkdir(join(root, "empty/folder"), { recursive: true });
    const run = (options: SyncOptions = {}) =>
      side === "local"
        ? sync(join(root, "empty"), { bucket, prefix: "full" }, { ...DELETE, ...options })
        : sync({ bucket, prefix: "empty" }, join(root, "full"), { ...DELETE, ...options });
    await expect(run().result).rejects.toThrow(/No file takes part in .*empty.*allowEmptySource/);
    expect([await storedFiles(bucket, "full/"), await readFiles(join(root, "full"))]).toEqual([
      { a: "1" },
      { a: "1" },
    ]);
    expect(await run({ allowEmptySource: true }).result).toMatchObject({ removed: { deleted: 1 } });
  });

  test("that is not there is an error in any case", async () => {
    const allowEmptySource = true;
    await expect(sync(join(root, "missing"), { bucket }, { allowEmptySource }).result).rejects.toThrow(
      /is not there/,
    );
  });
});

describe("a file that is newer at the destination", () => {
  beforeEach(async () => {
    await storeFiles(emulator, bucket, { a: "newer", b: "2" }, THEN + 1);
    await writeFiles(root, { a: "older", b: "two" });
  });

  test("fails, and the others go on", async () => {
    await writeFiles(root, { c: "3" });
    const { result } = await hear(sync(root, { bucket }));
    expect(result).toMatchObject({ isComplete: false, failed: 2, transferred: { files: 1 } });
    const at = "of 2024-01-01T12:00:00.124Z instead of 2024-01-01T12:00:00.123Z";
    expect(result.failures[0]).toEqual({
      relativePath: "a",
      message: `"a" is left as it is: the destination has a newer one, ${at}; newerFileMode decides`,
    });
  });

  test("is skipped or replaced when that is wanted", async () => {
    const { result } = await hear(
      sync(root, { bucket }, { newerFileMode: "skip", keepDaysOrDelete: "delete" }),
    );
    expect(result).toMatchObject({ isComplete: true, skipped: 2, transferred: { files: 0 } });
    await sync(root, { bucket }, { newerFileMode: "replace" }).result;
    expect(await storedFiles(bucket)).toEqual({ a: "older", b: "two" });
  });
});

describe("what the policies exclude", () => {
  const policies = { excludeFileRegexes: [/\.tmp$/], excludeDirRegexes: ["cache$"] };

  test("is neither transferred nor removed, on whichever side it is", async () => {
    await storeFiles(emulator, bucket, { "b.tmp": "theirs", "cache/x": "theirs", gone: "1" });
    await writeFiles(root, { a: "1", "a.tmp": "mine", "cache/y": "mine" });
    const options = { ...policies, keepDaysOrDelete: "delete" } as const;
    expect(await lines(root, { bucket }, options)).toEqual(["upload a", "delete gone"]);
    expect(await lines({ bucket }, root, options)).toEqual([]);
  });

  test("is removed with deleteExcluded", async () => {
    await storeFiles(emulator, bucket, { "b.tmp": "theirs", "cache/x": "theirs", a: "1" });
    await writeFiles(root, { a: "1", "b.tmp": "mine" });
    const options = { ...policies, keepDaysOrDelete: "delete", deleteExcluded: true } as const;
    expect((await lines(root, { bucket }, options)).sort()).toEqual(["delete b.tmp", "delete cache/x"]);
  });

  test("by its time is not removed either, if it is the source's or the destination's", async () => {
    await storeFiles(emulator, bucket, { old: "theirs", both: "theirs", gone: "1" }, THEN - 1000);
    await storeFiles(emulator, bucket, { gone: "1" });
    await writeFiles(root, { both: "mine" }, THEN - 2000);
    await writeFiles(root, { fresh: "mine" });
    const options = { excludeModifiedBefore: THEN - 500, keepDaysOrDelete: "delete" } as const;
    expect((await lines(root, { bucket }, options)).sort()).toEqual([
      "delete gone",
      "delete gone (old version)",
      "upload fresh",
    ]);
    expect((await lines(root, { bucket }, { ...options, deleteExcluded: true })).sort()).toEqual([
      "delete both",
      "delete old",
    ]);
  });

  test("does not stop what the source has from replacing what is too old to take part", async () => {
    await storeFiles(emulator, bucket, { a: "old" }, THEN - 1000);
    await writeFiles(root, { a: "fresh" });
    expect(await lines(root, { bucket }, { excludeModifiedBefore: THEN - 500 })).toEqual(["upload a"]);
  });

  test("of symbolic links is a report, and protects what the link led to", async () => {
    await storeFiles(emulator, bucket, { "link/a": "1", "gone/a": "1" });
    await writeFiles(root, { "real/a": "1" });
    await symlink("real", join(root, "link"));
    const options = { excludeAllSymlinks: true, keepDaysOrDelete: "delete" } as const;
    expect(await lines(root, { bucket }, options)).toEqual([
      "skip link: it is a symbolic link",
      "upload real/a",
      "delete gone/a",
    ]);
    expect(await lines(root, { bucket }, { ...options, deleteExcluded: true })).toEqual(["delete link/a"]);
  });
});

test("what cannot be read at the source fails, and is not removed from the destination", async () => {
  await storeFiles(emulator, bucket, { "broken/a": "1", "odd\ufffd": "2", gone: "3" });
  await writeFiles(root, { a: "1" });
  await symlink("missing", join(root, "broken"));
  await writeFile(Buffer.concat([Buffer.from(`${root}/odd`), Buffer.from([0xff])]), "");
  expect(await lines(root, { bucket }, { keepDaysOrDelete: "delete" })).toEqual([
    "upload a",
    "skip broken: it is a symbolic link that leads nowhere",
    "skip odd\ufffd: its name is not valid UTF-8",
    "delete gone",
  ]);
});

test("a file that may not be read fails in a dry run, too, and is not removed from the destination", async () => {
  await storeFiles(emulator, bucket, { a: "1", locked: "old" });
  await writeFiles(root, { a: "1", locked: "newer" });
  await chmod(root, 0o755);
  await chmod(join(root, "locked"), 0);
  becomeNobody();
  const options = { keepDaysOrDelete: "delete" } as const;
  for (const dryRun of [true, false]) {
    const { result } = await hear(sync(root, { bucket }, { ...options, dryRun }));
    expect(result).toMatchObject({ isComplete: false, removed: { deleted: 0 } });
    const message = `Cannot read ${join(root, "locked")}: permission denied`;
    expect(result.failures).toEqual([{ relativePath: "locked", message }]);
  }
});

test("names that B2 does not take are skipped with a report", async () => {
  await writeFiles(root, { "a\nb": "1", good: "2", [`${"x".repeat(250)}/${"y".repeat(250)}`]: "3" });
  const prefix = "p".repeat(600);
  const { events, result } = await hear(sync(root, { bucket, prefix }));
  expect(result).toMatchObject({ isComplete: true, skipped: 2, transferred: { files: 1 } });
  const skipped = events.flatMap((event) => (event.type === "skipped" ? [event.reason] : []));
  expect(skipped[0]).toMatch(/control character/);
  expect(skipped[1]).toMatch(/1102 bytes in UTF-8/);
});

test("a dry run tells what a real run tells, and changes nothing", async () => {
  await storeFiles(emulator, bucket, { gone: "1", different: "12", same: "1", "up/../x": "1" });
  await writeFiles(root, { new: "1", different: "123", same: "1" });
  const options = { keepDaysOrDelete: "delete" } as const;
  emulator.requests.clear();
  const dry = await hear(sync(root, { bucket }, { ...options, dryRun: true }));
  expect(emulator.requests.byOperation).toEqual({ b2_list_file_versions: 1 });
  const real = await hear(sync(root, { bucket }, options));
  const told = ({ events }: typeof dry) => events.flatMap((event) => describeEvent(event) ?? []);
  expect(told(dry)).toEqual(told(real));
  expect(told(dry)).toHaveLength(5);
  const { durationMillis: _, bytesPerSecond: __, isDryRun, ...result } = dry.result;
  expect(isDryRun).toBe(true);
  expect(real.result).toMatchObject(result);
});

test("a dry run into a folder that is not there makes none", async () => {
  await storeFiles(emulator, bucket, { a: "1" });
  expect(await lines({ bucket }, join(root, "new"), { dryRun: true })).toEqual(["download a"]);
  await expect(access(join(root, "new"))).rejects.toThrow(/ENOENT/);
});

test("transfers start while the scans go on, removals when both have ended", async () => {
  await storeFiles(emulator, bucket, { "0": "gone" });
  await writeFiles(root, { "a/1": "1", "b/2": "2", "c/3": "3", "d/4": "4" });
  const { events } = await hear(sync(root, { bucket }, { keepDaysOrDelete: "delete", concurrency: 1 }));
  const moments = events.map((event) =>
    event.type === "scanned" ? `${event.side} scanned` : event.type === "planned" ? "" : event.type,
  );
  expect(moments.filter(Boolean).slice(0, 2)).toEqual(["destination scanned", "transferred"]);
  expect(moments.indexOf("source scanned")).toBeGreaterThan(moments.indexOf("transferred"));
  expect(moments.at(-1)).toBe("removed");
});

test("a policy of the caller's own chooses among what is planned", async () => {
  await storeFiles(emulator, bucket, { changed: "old", gone: "1", kept: "1" });
  await writeFiles(root, { changed: "newer", new: "1", unwanted: "1" });
  const asked: Record<string, unknown> = {};
  const syncPolicy: SyncOptions["syncPolicy"] = ({ relativePath, source, destination, actions }) => {
    asked[relativePath] = [source?.size, destination?.size, actions.map(({ type }) => type).join()];
    return actions.filter(
      ({ type }) =>
        !["unwanted", "kept"].includes(relativePath) && (relativePath !== "changed" || type !== "upload"),
    );
  };
  expect(await lines(root, { bucket }, { keepDaysOrDelete: "delete", syncPolicy })).toEqual([
    "upload new",
    "delete gone",
  ]);
  expect(asked).toEqual({
    changed: [5, 3, "upload,delete"],
    gone: [undefined, 1, "delete"],
    kept: [undefined, 1, "delete"],
    new: [1, undefined, "upload"],
    unwanted: [1, undefined, "upload"],
  });
  expect(await storedFiles(bucket)).toEqual({ changed: "old", kept: "1", new: "1" });
});
