import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import { apiFor, emulatorForTest, fileForTest, folderForTest } from "../support.ts";
import type { Order } from "./transfer-program.ts";

const PARTS = 60;
const PART_BYTES = 100_000;

test("an upload of 60 parts whose process is killed goes on with the parts that are missing", async () => {
  const emulator = await emulatorForTest({ buckets: ["my-bucket"] });
  const folder = await folderForTest();
  const path = await fileForTest(folder, "source", PARTS * PART_BYTES);
  const order: Order = { deed: "upload", path, partSizeBytes: PART_BYTES };

  const killed = start(emulator, order);
  await until(emulator, "b2_upload_part", PARTS / 2);
  killed.kill("SIGKILL");
  await once(killed, "exit");
  expect(await exitCode(start(emulator, order))).toBe(0);

  const { byOperation } = emulator.requests;
  expect(byOperation).toMatchObject({ b2_start_large_file: 1, b2_finish_large_file: 1 });
  // Only what was under way when the process died may be sent twice.
  expect(byOperation.b2_upload_part).toBeLessThanOrEqual(PARTS + 10);
  const bucket = await apiFor(emulator).getBucketByName("my-bucket");
  const stored = await (await bucket.downloadFileByName("stored")).bytes();
  expect(Buffer.compare(stored, await readFile(path))).toBe(0);
});

test("a download whose process is killed goes on with the bytes that are missing", async () => {
  const emulator = await emulatorForTest({ buckets: ["my-bucket"] });
  const folder = await folderForTest();
  const source = await fileForTest(folder, "source", 6_000_000);
  const bucket = await apiFor(emulator).getBucketByName("my-bucket");
  await bucket.uploadLocalFile(source, "stored");
  // The emulator's clock stands still, so the answer stays in its middle.
  const fault = emulator.faults.add({
    operation: "b2_download_file_by_name",
    delay: { millis: 1000, when: "middle" },
  });
  const order: Order = { deed: "download", path: join(folder, "target") };

  const killed = start(emulator, order);
  await recordedBytes(folder, 2_000_000);
  killed.kill("SIGKILL");
  await once(killed, "exit");
  expect(await readdir(folder)).not.toContain("target");
  fault.remove();
  const progress: number[] = [];
  const again = await bucket.downloadFileByName("stored");
  await again.saveTo(order.path, { resume: true, onProgress: ({ bytes }) => progress.push(bytes) });

  expect(progress[0]).toBeGreaterThan(2_000_000);
  expect(Buffer.compare(await readFile(order.path), await readFile(source))).toBe(0);
  expect((await readdir(folder)).sort()).toEqual(["source", "target"]);
});

test("a service that refuses connections for a while, and comes back without its tokens, only delays an upload", async () => {
  const dataDir = await folderForTest();
  const settings = { dataDir, minimumPartSizeBytes: 100_000, recommendedPartSizeBytes: 1_000_000 };
  const first = await startEmulator({ ...settings, buckets: ["my-bucket"] });
  const port = Number(new URL(first.url).port);
  let emulator: Emulator | undefined;
  onTestFinished(async () => {
    await first.close();
    await emulator?.close();
  });
  let refused = 0;
  const comeBack = async () => {
    emulator = await startEmulator({ ...settings, port });
  };
  const b2 = apiFor(first, {
    retry: { firstDelayMillis: 20 },
    hooks: {
      onRetry: ({ error }) => {
        if (error !== undefined && ++refused === 6) void comeBack();
      },
    },
  });
  const bucket = await b2.getBucketByName("my-bucket");
  const path = await fileForTest(dataDir, "source", 5_000_000);
  const uploading = bucket.uploadLocalFile(path, "stored");
  await first.requests.next("b2_upload_part");
  await first.close();
  const { id } = await uploading;

  expect(emulator?.requests.byOperation).toMatchObject({ b2_authorize_account: 1, b2_finish_large_file: 1 });
  expect((await bucket.getFileInfoById(id ?? "")).size).toBe(5_000_000);
});

function start({ url, applicationKeyId, applicationKey }: Emulator, order: Order): ChildProcess {
  const program = fileURLToPath(new URL("transfer-program.ts", import.meta.url));
  const options = { realm: url, applicationKeyId, applicationKey };
  const child = spawn(
    process.execPath,
    [
      "--import=ts-blank-space/register",
      "--conditions=b2kit-source",
      program,
      JSON.stringify([options, order]),
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  await once(child, "exit");
  return child.exitCode;
}

async function until({ requests }: Emulator, operation: "b2_upload_part", times: number): Promise<void> {
  while (requests.count(operation) < times) {
    await requests.next(operation);
  }
}

/** Waits until the record of a download that can be continued tells of so many bytes: it follows what is written. */
async function recordedBytes(folder: string, bytes: number): Promise<void> {
  await expect.poll(() => readRecord(folder), { timeout: 20_000 }).toBeGreaterThanOrEqual(bytes);
}

async function readRecord(folder: string): Promise<number> {
  const name = (await readdir(folder)).find((each) => each.endsWith("-spans"));
  const line = name === undefined ? "" : await readFile(join(folder, name), "utf8");
  return sum([...line.matchAll(/"length":(\d+)}/g)].map(([, length]) => Number(length)));
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
