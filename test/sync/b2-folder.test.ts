import { beforeEach, describe, expect, test } from "vitest";
import { Clock, type Emulator } from "../../src/emulator/index.ts";
import { type Bucket, RestrictionError } from "../../src/index.ts";
import { type B2ScanSettings, scanB2Folder } from "../../src/sync/b2-folder.ts";
import { ScanFilter, type ScanPolicies } from "../../src/sync/scan-policies.ts";
import { PlainClient, sha1Of } from "../emulator/plain-client.ts";
import { all } from "../listing/support.ts";
import { apiFor, emulatorForTest } from "../support.ts";

let emulator: Emulator;
let bucket: Bucket;
let client: PlainClient;

/** The time of the emulator, which the tests move; far from any real one. */
let now: number;

beforeEach(async () => {
  now = 1_700_000_000_000;
  emulator = await emulatorForTest({ clock: new Clock(() => now) });
  bucket = await apiFor(emulator).createBucket("scanned-bucket", "allPrivate");
  client = await PlainClient.authorize(emulator);
});

/** Stores a file a second later than the last. */
async function upload(fileName: string, content = "", info: Record<string, string> = {}): Promise<void> {
  now += 1000;
  const headers = Object.entries(info).map(([name, value]) => [`X-Bz-Info-${name}`, value]);
  await client.upload(bucket.id, fileName, content, Object.fromEntries(headers));
}

async function hide(fileName: string): Promise<void> {
  now += 1000;
  await client.call("b2_hide_file", { bucketId: bucket.id, fileName });
}

/** The names of a scan, with the times of their versions in seconds since the beginning; hide markers are negative. */
async function scan(
  prefix: string,
  { policies = {}, ...settings }: Partial<B2ScanSettings> & { policies?: ScanPolicies } = {},
  scanned = bucket,
) {
  const filter = new ScanFilter(policies);
  const defaults: B2ScanSettings = { filter, role: "source", needsAllVersions: false };
  const found = await all(scanB2Folder(scanned, prefix, { ...defaults, ...settings }));
  return found.map((path) =>
    path.type === "obstacle"
      ? [path.relativePath]
      : [
          path.relativePath,
          ...path.allVersions.map(({ action, uploadTimestamp }) => secondsOf(action, uploadTimestamp)),
        ],
  );
}

const secondsOf = (action: string, timestamp: number) =>
  ((timestamp - 1_700_000_000_000) / 1000) * (action === "hide" ? -1 : 1);

test("names come below the prefix, in UTF-8 byte order, hidden ones are absent", async () => {
  for (const name of ["p/b", "p/a/1", "p/a", "p/\u{1f98a}", "p/\uffee", "p", "q", "p0", "p/hidden"]) {
    await upload(name);
  }
  await hide("p/hidden");
  expect((await scan("p/")).map(([name]) => name)).toEqual(["a", "a/1", "b", "\uffee", "\u{1f98a}"]);
  expect((await scan("")).map(([name]) => name)).toHaveLength(8);
  expect(await scan("missing/")).toEqual([]);
});

test("what is known of the newest version stands for the name", async () => {
  await upload("a", "old");
  await upload("a", "newer", { src_last_modified_millis: "123" });
  await upload("b", "", { src_last_modified_millis: "no number" });
  const settings = { filter: new ScanFilter({}), role: "source", needsAllVersions: false } as const;
  const [a, b] = await all(scanB2Folder(bucket, "", settings));
  expect(a).toMatchObject({ type: "b2", modTimeMillis: 123, size: 5, contentSha1: sha1Of("newer") });
  expect(b).toMatchObject({ modTimeMillis: now, size: 0 });
});

describe("with all versions", () => {
  test("those of a name come together, with hide markers and without unfinished large files", async () => {
    await upload("a"); // 1
    await upload("b"); // 2
    await upload("a"); // 3
    await hide("b"); // 4
    await client.call("b2_start_large_file", {
      bucketId: bucket.id,
      fileName: "a",
      contentType: "text/plain",
    });
    await client.call("b2_start_large_file", {
      bucketId: bucket.id,
      fileName: "c",
      contentType: "text/plain",
    });
    const settings = { role: "destination", needsAllVersions: true } as const;
    expect(await scan("", settings)).toEqual([
      ["a", 3, 1],
      ["b", -4, 2],
    ]);
    expect(await scan("", { ...settings, role: "source" })).toEqual([["a", 3, 1]]);
    expect(await scan("")).toEqual([["a", 3]]);
  });
});

describe("time windows", () => {
  const at = (seconds: number) => 1_700_000_000_000 + seconds * 1000;

  test("of a source choose among the versions, as it was at a moment", async () => {
    await upload("a"); // 1
    await upload("b"); // 2
    await hide("a"); // 3
    await upload("b"); // 4
    await upload("c"); // 5
    const then = (seconds: number) => scan("", { policies: { excludeUploadedAfter: at(seconds) } });
    expect(await then(1)).toEqual([["a", -3, 1], ["b"], ["c"]]);
    expect(await then(2.5)).toEqual([["a", -3, 1], ["b", 4, 2], ["c"]]);
    expect(await then(4)).toEqual([["b", 4, 2], ["c"]]);
  });

  test("look at the modification time of each version", async () => {
    await upload("a", "", { src_last_modified_millis: "1000" });
    await upload("a", "", { src_last_modified_millis: "2000" });
    await upload("b", "", { src_last_modified_millis: "1001" });
    await upload("b", "", { src_last_modified_millis: "1999" });
    const policies = { excludeModifiedBefore: 1001, excludeModifiedAfter: 1999 };
    expect(await scan("", { policies })).toEqual([["a"], ["b", 4, 3]]);
  });

  test("say nothing of a destination", async () => {
    await upload("a");
    const policies = { excludeUploadedAfter: 0 };
    expect(await scan("", { policies, role: "destination" })).toEqual([["a", 1]]);
  });
});

test("excluded names and folders are left out", async () => {
  for (const name of ["p/a.tmp", "p/b", "p/c/d", "p/c/e/f"]) {
    await upload(name);
  }
  const policies = { excludeDirRegexes: ["c/e"], excludeFileRegexes: [/\.tmp$/] };
  expect((await scan("p/", { policies })).map(([name]) => name)).toEqual(["b", "c/d"]);
});

test("nothing but pages of a listing is asked for", async () => {
  for (const name of ["a", "b", "c"]) {
    await upload(name);
  }
  emulator.requests.clear();
  await scan("");
  expect(emulator.requests.byOperation).toEqual({ b2_list_file_names: 1 });
  emulator.requests.clear();
  await scan("", { needsAllVersions: true });
  expect(emulator.requests.byOperation).toEqual({ b2_list_file_versions: 1 });
});

test("a key that sees a part of the folder is refused: the rest would look absent", async () => {
  await upload("p/q/a");
  const { key } = await client.withKey({ capabilities: ["listBuckets", "listFiles"], namePrefix: "p/q/" });
  const restricted = await apiFor({ ...emulator, ...key }).getBucketByName(bucket.name);
  await expect(scan("p/", {}, restricted)).rejects.toThrow(RestrictionError);
  await expect(scan("", {}, restricted)).rejects.toThrow(/do not begin with the key's prefix/);
  expect(await scan("p/q/", {}, restricted)).toEqual([["a", 1]]);
});

test("a name shared by a file and a folder, and names of folders, are names like others", async () => {
  for (const name of ["f", "f/", "f/g", "f//h"]) {
    await upload(name);
  }
  expect((await scan("f/")).map(([name]) => name)).toEqual(["", "/h", "g"]);
  expect((await scan("")).map(([name]) => name)).toEqual(["f", "f/", "f//h", "f/g"]);
});
