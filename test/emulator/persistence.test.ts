import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startForTest } from "./plain-client.ts";

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "b2kit-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const contentsOf = (folder: string) => readdirSync(join(folder, "contents"));

test("a restart with the same folder goes on with the same account, key, buckets and files", async () => {
  const dataDir = makeFolder();
  const first = await startForTest({ dataDir, minimumPartSizeBytes: 1 });
  const bucket = await first.createBucket();
  const { bucketId } = bucket;
  await first.upload(bucketId, "small", "content");
  await first.upload(bucketId, "hidden", "x");
  await first.call("b2_hide_file", { bucketId, fileName: "hidden" });
  const finished = await first.uploadParts(bucketId, "large", ["first ", "second"]);
  await first.call("b2_finish_large_file", finished);
  const unfinished = await first.uploadParts(bucketId, "unfinished", ["begun, ", "then finished"]);
  const before = await first.call("b2_list_file_versions", { bucketId });
  await first.emulator.close();

  const second = await startForTest({ dataDir, minimumPartSizeBytes: 1, buckets: ["my-bucket"] });
  expect(second.emulator).toMatchObject({
    accountId: first.emulator.accountId,
    applicationKeyId: first.emulator.applicationKeyId,
    applicationKey: first.emulator.applicationKey,
  });
  const { buckets } = await second.call("b2_list_buckets", { accountId: second.emulator.accountId });
  expect(buckets).toEqual([bucket]);
  expect(await second.call("b2_list_file_versions", { bucketId })).toEqual(before);
  await second.call("b2_finish_large_file", unfinished);
  for (const [name, content] of Object.entries({
    small: "content",
    large: "first second",
    unfinished: "begun, then finished",
  })) {
    expect(await (await second.download("my-bucket", name)).text()).toBe(content);
  }
});

test("what was deleted stays deleted, and its contents are gone", async () => {
  const dataDir = makeFolder();
  const first = await startForTest({ dataDir });
  const { bucketId } = await first.createBucket();
  const { fileId } = await first.upload(bucketId, "a", "content");
  expect(contentsOf(dataDir)).toHaveLength(1);
  await first.call("b2_delete_file_version", { fileName: "a", fileId });
  await expect.poll(() => contentsOf(dataDir)).toHaveLength(0);
  await first.emulator.close();
  const second = await startForTest({ dataDir });
  expect((await second.call("b2_list_file_versions", { bucketId })).files).toEqual([]);
});

test("a line that a killed process left half-written does not count", async () => {
  const dataDir = makeFolder();
  const first = await startForTest({ dataDir });
  const { bucketId } = await first.createBucket();
  await first.upload(bucketId, "a", "content");
  await first.emulator.close();
  appendFileSync(join(dataDir, "journal.jsonl"), '[["version","4_z');
  const second = await startForTest({ dataDir });
  expect((await second.call("b2_list_file_names", { bucketId })).files).toMatchObject([{ fileName: "a" }]);
  await second.upload(bucketId, "b");
  await second.emulator.close();
  const third = await startForTest({ dataDir });
  expect((await third.call("b2_list_file_names", { bucketId })).files).toHaveLength(2);
});

test("contents that no version refers to are removed at the start", async () => {
  const dataDir = makeFolder();
  const first = await startForTest({ dataDir });
  const { bucketId } = await first.createBucket();
  await first.upload(bucketId, "a", "content");
  await first.emulator.close();
  const [kept] = contentsOf(dataDir);
  writeFileSync(join(dataDir, "contents", "0123.part"), "left over");
  await startForTest({ dataDir });
  expect(contentsOf(dataDir)).toEqual([kept]);
});

test("a start writes the journal anew, without what is gone", async () => {
  const dataDir = makeFolder();
  const first = await startForTest({ dataDir });
  const { bucketId } = await first.createBucket();
  for (let round = 0; round < 20; round++) {
    const { fileId } = await first.upload(bucketId, "a");
    await first.call("b2_delete_file_version", { fileName: "a", fileId });
  }
  await first.emulator.close();
  const lines = () => readFileSync(join(dataDir, "journal.jsonl"), "utf8").trimEnd().split("\n").length;
  expect(lines()).toBe(42);
  await startForTest({ dataDir });
  expect(lines()).toBe(2);
});
