import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startProcess } from "../../scripts/emulator-process.ts";
import { startEmulator } from "../../src/emulator/index.ts";
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
  for (const leftOver of [`${"0".repeat(32)}.part`, "1".repeat(32), "notes.txt"]) {
    writeFileSync(join(dataDir, "contents", leftOver), "left over");
  }
  await startForTest({ dataDir });
  expect(contentsOf(dataDir).sort()).toEqual([kept, "notes.txt"]); // which is none of the emulator's
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

test("a journal of many chunks is read line by line, whatever its characters", async () => {
  const dataDir = makeFolder();
  const first = await startForTest({ dataDir });
  const { bucketId } = await first.createBucket();
  const names = Array.from({ length: 1500 }, (_, index) => `${index}-${"é€😀".repeat(80)}`);
  for (const fileName of names)
    await first.call("b2_start_large_file", { bucketId, fileName, contentType: "a/b" });
  await first.emulator.close();
  expect(readFileSync(join(dataDir, "journal.jsonl")).length).toBeGreaterThan(1 << 20);
  const second = await startForTest({ dataDir });
  const { files } = await second.call("b2_list_file_versions", { bucketId, maxFileCount: 10_000 });
  expect(new Set(files.map(({ fileName }) => fileName))).toEqual(new Set(names));
});

test("a journal that was being written anew when the process was killed does not count", async () => {
  const dataDir = makeFolder();
  const first = await startForTest({ dataDir });
  const { bucketId } = await first.createBucket();
  await first.emulator.close();
  writeFileSync(join(dataDir, "journal.jsonl.new"), '[["account","",{"accountId":"');
  const second = await startForTest({ dataDir });
  expect(second.emulator.accountId).toBe(first.emulator.accountId);
  expect((await second.call("b2_list_file_names", { bucketId })).files).toEqual([]);
  expect(readdirSync(dataDir)).not.toContain("journal.jsonl.new");
});

test("a damaged journal is an error that names the line, and stays as it is", async () => {
  const dataDir = makeFolder();
  const journal = join(dataDir, "journal.jsonl");
  writeFileSync(journal, "[]\nnonsense\n[]\n");
  await expect(startEmulator({ dataDir })).rejects.toThrow(`line 2 of ${journal} is damaged`);
  expect(readFileSync(journal, "utf8")).toBe("[]\nnonsense\n[]\n");
});

test("a copy that was stored after its source was deleted keeps its contents", async () => {
  const dataDir = makeFolder();
  const first = await startForTest({ dataDir });
  const { bucketId } = await first.createBucket();
  const { fileId } = await first.upload(bucketId, "source", "content");
  await first.emulator.close();
  // What a copy leaves that was reading while its source was deleted.
  const journal = join(dataDir, "journal.jsonl");
  const lines = readFileSync(journal, "utf8").trimEnd().split("\n");
  const [[, , source]] = JSON.parse(lines.at(-1) ?? "");
  const copy = { ...source, fileId: fileId?.replace("_f1", "_f3"), fileName: "copy" };
  appendFileSync(journal, `${JSON.stringify([["version", fileId, null]])}\n`);
  appendFileSync(journal, `${JSON.stringify([["version", copy.fileId, copy]])}\n`);
  const second = await startForTest({ dataDir });
  expect(await (await second.download("my-bucket", "copy")).text()).toBe("content");
  expect((await second.download("my-bucket", "source")).status).toBe(404);
});

test("a folder serves one emulator at a time", async () => {
  const dataDir = makeFolder();
  const first = await startForTest({ dataDir });
  const inUse = `is in use by another emulator (process ${process.pid}): one server at a time`;
  await expect(startEmulator({ dataDir })).rejects.toThrow(inUse);
  await first.createBucket();
  await first.emulator.close();
  await expect(startEmulator({ dataDir, buckets: ["x"] })).rejects.toThrow("is not legal");
  expect((await startForTest({ dataDir })).emulator.accountId).toBe(first.emulator.accountId);
});

test("a folder is free again when the process that had it was killed", async () => {
  const dataDir = makeFolder();
  const child = await startProcess(dataDir);
  onTestFinished(() => child.kill());
  await expect(startEmulator({ dataDir })).rejects.toThrow(
    `is in use by another emulator (process ${child.pid})`,
  );
  await child.kill();
  expect(readdirSync(dataDir)).toContain("lock");
  await startForTest({ dataDir });
});

test("the lock of a process whose number was given to another one does not count", async () => {
  const dataDir = makeFolder();
  writeFileSync(join(dataDir, "lock"), `${process.ppid} 1`);
  await startForTest({ dataDir });
});
