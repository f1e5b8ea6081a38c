import { expect, test } from "vitest";
import { folderForTest } from "../support.ts";
import { PlainClient, startForTest } from "./plain-client.ts";

const day = 24 * 60 * 60 * 1000;

async function start(lifecycleRules: readonly object[], settings: object = {}) {
  const b2 = await startForTest();
  const { bucketId } = await b2.createBucket("my-bucket", { lifecycleRules, ...settings });
  return { b2, bucketId };
}

/** Moves the clock, and lists what is there then, newest first. */
async function after(b2: PlainClient, bucketId: string, days: number): Promise<string[]> {
  b2.emulator.clock.advance(days * day);
  const later = await PlainClient.authorize(b2.emulator);
  const { files } = await later.call("b2_list_file_versions", { bucketId });
  return files.map(({ fileName, action }) => `${action} ${fileName}`);
}

test("files are hidden when they have been there long enough, below the prefix only", async () => {
  const { b2, bucketId } = await start([{ fileNamePrefix: "logs/", daysFromUploadingToHiding: 3 }]);
  await b2.upload(bucketId, "logs/a");
  await b2.upload(bucketId, "other");
  expect(await after(b2, bucketId, 2.9)).toEqual(["upload logs/a", "upload other"]);
  expect(await after(b2, bucketId, 0.2)).toEqual(["hide logs/a", "upload logs/a", "upload other"]);
  expect(await after(b2, bucketId, 100)).toEqual(["hide logs/a", "upload logs/a", "upload other"]);
});

test("hidden and superseded versions are deleted, then the marker that hides nothing any more", async () => {
  const { b2, bucketId } = await start([{ fileNamePrefix: "", daysFromHidingToDeleting: 2 }]);
  await b2.upload(bucketId, "hidden");
  await b2.upload(bucketId, "replaced", "1");
  await b2.upload(bucketId, "replaced", "12");
  await b2.upload(bucketId, "stays");
  await b2.call("b2_hide_file", { bucketId, fileName: "hidden" });
  expect(await after(b2, bucketId, 1.9)).toHaveLength(5);
  expect(await after(b2, bucketId, 0.2)).toEqual(["upload replaced", "upload stays"]);
  expect(await (await fetchFile(b2, "replaced")).text()).toBe("12");
});

test.each([
  ["one jump", [6]],
  ["many steps", [1, 1, 1.1, 1, 1, 0.9]],
])("hiding and deleting follow each other in %s", async (_, steps) => {
  const rule = { fileNamePrefix: "", daysFromUploadingToHiding: 3, daysFromHidingToDeleting: 2 };
  const { b2, bucketId } = await start([rule]);
  await b2.upload(bucketId, "a");
  let left: string[] = [];
  for (const days of steps) left = await after(b2, bucketId, days);
  expect(left).toEqual([]);
});

test("unfinished large files are cancelled", async () => {
  const rule = { fileNamePrefix: "", daysFromStartingToCancelingUnfinishedLargeFiles: 1 };
  const { b2, bucketId } = await start([rule]);
  await b2.uploadParts(bucketId, "large", ["part"]);
  await b2.upload(bucketId, "a");
  expect(await after(b2, bucketId, 0.9)).toEqual(["upload a", "start large"]);
  expect(await after(b2, bucketId, 0.2)).toEqual(["upload a"]);
});

test("a locked version outlives its time until the lock ends", async () => {
  const rule = { fileNamePrefix: "", daysFromHidingToDeleting: 1 };
  const { b2, bucketId } = await start([rule], { fileLockEnabled: true });
  await b2.upload(bucketId, "a", "", {
    "X-Bz-File-Retention-Mode": "governance",
    "X-Bz-File-Retention-Retain-Until-Timestamp": String(b2.emulator.clock.now() + 5 * day),
  });
  await b2.call("b2_hide_file", { bucketId, fileName: "a" });
  expect(await after(b2, bucketId, 3)).toEqual(["hide a", "upload a"]);
  expect(await after(b2, bucketId, 3)).toEqual([]);
});

test("ages count from an upload timestamp that the client chose", async () => {
  const { b2, bucketId } = await start([{ fileNamePrefix: "", daysFromUploadingToHiding: 10 }]);
  const timestamp = b2.emulator.clock.now() - 8 * day;
  await b2.upload(bucketId, "a", "", { "X-Bz-Custom-Upload-Timestamp": String(timestamp) });
  await b2.upload(bucketId, "b");
  expect(await after(b2, bucketId, 3)).toEqual(["hide a", "upload a", "upload b"]);
});

test("a new rule hides old files from now on, and deletes them only after its time", async () => {
  const { b2, bucketId } = await start([]);
  await b2.upload(bucketId, "a");
  await after(b2, bucketId, 100);
  const later = await PlainClient.authorize(b2.emulator);
  const { accountId } = b2.emulator;
  const rule = { fileNamePrefix: "", daysFromUploadingToHiding: 3, daysFromHidingToDeleting: 2 };
  await later.call("b2_update_bucket", { accountId, bucketId, lifecycleRules: [rule] });
  expect(await after(b2, bucketId, 1)).toEqual(["hide a", "upload a"]);
  expect(await after(b2, bucketId, 2)).toEqual([]);
});

test("what fell due while no server ran happens at the next start", async () => {
  const dataDir = await folderForTest();
  const first = await startForTest({ dataDir });
  const lifecycleRules = [{ fileNamePrefix: "", daysFromUploadingToHiding: 1 }];
  const { bucketId } = await first.createBucket("my-bucket", { lifecycleRules });
  const timestamp = first.emulator.clock.now() - 2 * day;
  await first.upload(bucketId, "a", "", { "X-Bz-Custom-Upload-Timestamp": String(timestamp) });
  await first.emulator.close();
  const second = await startForTest({ dataDir });
  expect(await after(second, bucketId, 0)).toEqual(["hide a", "upload a"]);
});

test.each([
  ["without a number of days", [{ fileNamePrefix: "a" }]],
  ["with nothing but null", [{ fileNamePrefix: "a", daysFromHidingToDeleting: null }]],
  ["of zero days", [{ fileNamePrefix: "a", daysFromHidingToDeleting: 0 }]],
  [
    "with overlapping prefixes",
    ["a/", "a/b"].map((fileNamePrefix) => ({ fileNamePrefix, daysFromHidingToDeleting: 1 })),
  ],
  [
    "with the same prefix",
    ["a", "a"].map((fileNamePrefix) => ({ fileNamePrefix, daysFromHidingToDeleting: 1 })),
  ],
])("rules %s are a bad request", async (_, lifecycleRules) => {
  const { b2, bucketId } = await start([]);
  const request = { accountId: b2.emulator.accountId, bucketId, lifecycleRules };
  expect(await b2.fail("b2_update_bucket", request)).toMatchObject({ status: 400, code: "bad_request" });
});

async function fetchFile(b2: PlainClient, name: string) {
  return (await PlainClient.authorize(b2.emulator)).download("my-bucket", name);
}
