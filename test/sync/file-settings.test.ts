import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { Emulator } from "../../src/emulator/index.ts";
import { type B2Api, type Bucket, CustomerKey, type FileEncryption } from "../../src/index.ts";
import {
  type EncryptionSettingsProvider,
  type SyncFolder,
  type SyncOptions,
  sync,
} from "../../src/sync/index.ts";
import { apiFor, emulatorForTest, folderForTest } from "../support.ts";
import { changes, readFiles, storeFiles, THEN, timeOf, writeFiles } from "./support.ts";

let emulator: Emulator;
let b2: B2Api;
let bucket: Bucket;
let other: Bucket;
let root: string;

beforeEach(async () => {
  emulator = await emulatorForTest();
  b2 = apiFor(emulator);
  bucket = await b2.createBucket("first-bucket", "allPrivate", { fileLockEnabled: true });
  other = await b2.createBucket("second-bucket", "allPrivate");
  root = await folderForTest();
});

const run = (source: SyncFolder, destination: SyncFolder, options?: SyncOptions) =>
  sync(source, destination, options).result;

describe("encryption", () => {
  const keyOf = (byte: number, id: string): FileEncryption => ({
    mode: "SSE-C",
    key: new CustomerKey(new Uint8Array(32).fill(byte), id),
  });
  const keys = { one: keyOf(1, "one"), two: keyOf(2, "two") };

  /** Everything in the first bucket has one key, in the second another, but `plain` has none. */
  const provider: EncryptionSettingsProvider = {
    forWrite: ({ bucket: to, fileName }) => keyFor(to, fileName),
    forRead: async ({ bucket: from, fileVersion }) => keyFor(from, fileVersion.name),
  };
  const keyFor = ({ id }: Bucket, name: string) =>
    name.endsWith("plain") ? undefined : keys[id === bucket.id ? "one" : "two"];
  const files = { secret: "hush", "folder/large": "0123456789".repeat(250_000), plain: "hello" };

  test("is chosen by bucket and file, in every direction, and a second run does nothing", async () => {
    await writeFiles(root, files);
    const back = await folderForTest();
    const ways: Array<[SyncFolder, SyncFolder]> = [
      [root, { bucket }],
      [{ bucket }, { bucket: other, prefix: "copy" }],
      [{ bucket: other, prefix: "copy" }, back],
    ];
    for (const [source, destination] of ways) {
      const options = { encryptionSettingsProvider: provider };
      expect(await run(source, destination, options)).toMatchObject({
        isComplete: true,
        transferred: { files: 3 },
      });
      for (const compareVersionMode of ["modTime", "size", "sha1", "none"] as const) {
        const again = await run(source, destination, { ...options, compareVersionMode });
        expect(again).toMatchObject({ isComplete: true, transferred: { files: 0 } });
      }
    }
    expect(await readFiles(back)).toEqual(files);
    const { serverSideEncryption, fileInfo } = await other.getFileInfoByName("copy/secret", {
      encryption: keys.two,
    });
    expect([serverSideEncryption.mode, fileInfo.sse_c_key_id]).toEqual(["SSE-C", "two"]);
    expect((await other.getFileInfoByName("copy/plain")).serverSideEncryption.mode).toBeNull();
  });

  test("of copies may end: the key's name goes with it", async () => {
    await writeFiles(root, { secret: "hush" });
    await run(root, { bucket }, { encryptionSettingsProvider: provider });
    const encryptionSettingsProvider: EncryptionSettingsProvider = {
      forRead: () => keys.one,
      forWrite: () => ({ mode: "SSE-B2" }),
    };
    await run({ bucket }, { bucket: other }, { encryptionSettingsProvider });
    const copy = await other.getFileInfoByName("secret");
    expect(copy.serverSideEncryption).toMatchObject({ mode: "SSE-B2" });
    expect(copy.fileInfo).toEqual({ src_last_modified_millis: String(THEN) });
  });

  test("without its key fails for that file alone", async () => {
    await writeFiles(root, files);
    await run(root, { bucket }, { encryptionSettingsProvider: provider });
    const result = await run({ bucket }, join(root, "back"));
    expect(result).toMatchObject({ isComplete: false, failed: 2, transferred: { files: 1 } });
    expect(await readFiles(join(root, "back"))).toEqual({ plain: "hello" });
  });
});

describe("settings of each file", () => {
  const DAY = 24 * 3_600_000;

  test("are asked for by name and stored, and a second run does nothing", async () => {
    await writeFiles(root, { "a.txt": "1", "b.log": "2" });
    const until = Date.now() + DAY;
    const asked: string[] = [];
    const fileSettings: SyncOptions["fileSettings"] = async ({ fileName, source }) => {
      asked.push(`${fileName} ${source.relativePath} ${source.size}`);
      return fileName.endsWith(".log")
        ? { contentType: "text/x-log", fileInfo: { kept: "yes" }, cacheControl: "no-store" }
        : { fileRetention: { mode: "governance", retainUntilTimestamp: until }, legalHold: "on" };
    };
    await run(root, { bucket, prefix: "p" }, { fileSettings });
    expect(asked.sort()).toEqual(["p/a.txt a.txt 1", "p/b.log b.log 1"]);
    expect(await bucket.getFileInfoByName("p/b.log")).toMatchObject({
      contentType: "text/x-log",
      fileInfo: { kept: "yes", src_last_modified_millis: String(THEN) },
      headers: { cacheControl: "no-store" },
    });
    const { fileRetention, legalHold } = await bucket.getFileInfoByName("p/a.txt");
    expect([fileRetention.value?.mode, legalHold.value]).toEqual(["governance", "on"]);
    expect(await run(root, { bucket, prefix: "p" }, { fileSettings })).toMatchObject({
      transferred: { files: 0 },
    });
    expect(asked).toHaveLength(2);
  });

  test("of a copy take the place of the source's, and keep the rest", async () => {
    await writeFiles(root, { a: "1" });
    const stored = { contentType: "text/x-a", fileInfo: { kept: "yes" } };
    await run(root, { bucket }, { fileSettings: () => stored });
    await run({ bucket }, { bucket: other }, { fileSettings: () => ({ contentType: "text/x-b" }) });
    expect(await other.getFileInfoByName("a")).toMatchObject({
      contentType: "text/x-b",
      fileInfo: { kept: "yes", src_last_modified_millis: String(THEN) },
    });
    await run(
      { bucket },
      { bucket: other, prefix: "new" },
      { fileSettings: () => ({ fileInfo: { mine: "1" } }) },
    );
    expect(await other.getFileInfoByName("new/a")).toMatchObject({
      contentType: "text/x-a",
      fileInfo: { mine: "1", src_last_modified_millis: String(THEN) },
    });
  });

  test("that cannot be given fail for that file alone", async () => {
    await writeFiles(root, { a: "1", b: "2" });
    const fileSettings: SyncOptions["fileSettings"] = ({ fileName }) => {
      if (fileName === "a") {
        throw new Error("nobody knows");
      }
      return {};
    };
    const result = await run(root, { bucket }, { fileSettings });
    expect(result).toMatchObject({ failed: 1, transferred: { files: 1 } });
    expect(result.failures).toEqual([{ relativePath: "a", message: "nobody knows" }]);
  });
});

test("versions under retention are reported and stay, unless governance is bypassed", async () => {
  const retainUntilTimestamp = Date.now() + 24 * 3_600_000;
  await writeFiles(root, { locked: "1", stays: "2" });
  const fileSettings: SyncOptions["fileSettings"] = () => ({
    fileRetention: { mode: "governance", retainUntilTimestamp },
  });
  await run(root, { bucket }, { fileSettings });
  const empty = await folderForTest();
  await writeFiles(empty, { stays: "2" });
  const removal = { keepDaysOrDelete: "delete" } as const;
  expect(await run(empty, { bucket }, removal)).toMatchObject({ failed: 1, removed: { deleted: 0 } });
  expect(await run(empty, { bucket }, { ...removal, bypassGovernance: true })).toMatchObject({
    isComplete: true,
    removed: { deleted: 1 },
  });
});

test("modification times survive a way through two buckets and back", async () => {
  await storeFiles(emulator, bucket, { timed: "1" }, THEN - 5000);
  await storeFiles(emulator, bucket, { timeless: "2" }, null);
  const { uploadTimestamp } = await bucket.getFileInfoByName("timeless");
  emulator.clock.advance(10_000);
  await run({ bucket }, { bucket: other });
  await run({ bucket: other }, root);
  expect(await timeOf(join(root, "timed"))).toBe(THEN - 5000);
  expect(await timeOf(join(root, "timeless"))).toBe(uploadTimestamp);
  emulator.requests.clear();
  await run(root, { bucket });
  expect(changes(emulator)).toEqual({});
});
