import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import { beforeEach, expect, test, vi } from "vitest";
import type { Emulator } from "../../src/emulator/index.ts";
import type { Bucket } from "../../src/index.ts";
import { describeResult, type SyncResult, showProgress, sync } from "../../src/sync/index.ts";
import { apiFor, emulatorForTest, folderForTest } from "../support.ts";
import { storeFiles, writeFiles } from "./support.ts";

let emulator: Emulator;
let bucket: Bucket;
let root: string;

beforeEach(async () => {
  emulator = await emulatorForTest();
  bucket = await apiFor(emulator).createBucket("displayed-bucket", "allPrivate");
  root = await folderForTest();
  await writeFiles(root, { a: "1", "b/c": "22", "bell\u0007": "3" });
  await storeFiles(emulator, bucket, { gone: "4" });
});

const lines = [
  "upload a",
  "upload b/c",
  /^skip bell\\u0007: .*control/,
  "delete gone",
  /^complete: 2 files \(3 B\) in .+, 1 deleted, 1 skipped$/,
];

/** Synchronises with a stream as the place where it is shown; gives what was written to it. */
async function shownOn(properties: Partial<NodeJS.WriteStream>, signal?: AbortSignal): Promise<string> {
  const stream = Object.assign(new PassThrough(), properties) as unknown as NodeJS.WriteStream;
  const run = sync(root, { bucket }, { keepDaysOrDelete: "delete", signal });
  const shown = showProgress(run, { stream }).finally(() => stream.end());
  const written = text(stream as unknown as PassThrough);
  await shown;
  return await written;
}

test("away from a terminal every action is a line, with a summary at the end", async () => {
  const written = await shownOn({});
  expect(written.trimEnd().split("\n")).toEqual(lines.map((line) => expect.stringMatching(line)));
});

test("on a terminal a bar with bytes, files and time stands below the lines, and is gone in the end", async () => {
  const written = await shownOn({ isTTY: true, columns: 120 });
  const [, afterwards = ""] = written.split("\u001b[0J"); // What lay below was cleared.
  expect(stripVTControlCharacters(afterwards)).toBe(afterwards);
  expect(afterwards).toMatch(/^complete/);
  const shown = stripVTControlCharacters(written);
  for (const line of lines.slice(0, -1)) {
    expect(shown.split("\n")).toContainEqual(expect.stringMatching(line));
  }
  expect(shown).toMatch(/ 100% 3 B of 3 B \| 2 of 2 files \| [\d.]+ K?B\/s \| 0 s left/);
  expect(process.listenerCount("SIGINT")).toBe(0);
});

test("on a terminal lines are enough where cli-progress is not installed", async () => {
  vi.doMock("cli-progress", () => {
    throw new Error("not there");
  });
  const written = await shownOn({ isTTY: true, columns: 120 });
  expect(written.trimEnd().split("\n")).toEqual(lines.map((line) => expect.stringMatching(line)));
  vi.doUnmock("cli-progress");
});

test("an abort ends the display with the signal's reason", async () => {
  await expect(shownOn({ isTTY: true }, AbortSignal.abort("enough"))).rejects.toBe("enough");
});

test("a summary tells what there is to tell", () => {
  const result: SyncResult = {
    isComplete: false,
    isDryRun: true,
    scanned: { source: 5, destination: 5 },
    transferred: { files: 1234, bytes: 5_678_000_000 },
    removed: { hidden: 1, deleted: 0 },
    skipped: 0,
    failed: 2,
    failures: [],
    durationMillis: 3_725_000,
    bytesPerSecond: 0,
  };
  const line = "incomplete dry run: 1234 files (5.7 GB) in 1 h 2 min, 1 hidden, 2 failed";
  expect(describeResult(result)).toBe(line);
  const { durationMillis: _, ...others } = result;
  expect(describeResult({ ...others, durationMillis: 61_500 })).toMatch(/ in 1 min 2 s,/);
});
