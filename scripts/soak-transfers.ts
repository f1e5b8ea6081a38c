import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readlink, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { inspect, parseArgs } from "node:util";
import type { Fault } from "../src/emulator/index.ts";
import { randomFrom } from "../src/emulator/random.ts";
import { B2Api, type Bucket, type RetryEvent } from "../src/index.ts";
import { nodeTransport } from "../src/raw/index.ts";
import { runCommand } from "./command.ts";
import { startProcess } from "./emulator-process.ts";

/** Settings of {@link soakTransfers}. */
export interface TransferSoakOptions {
  readonly files: number;
  readonly largestBytes: number;
  /** Decides sizes, contents and which calls fail. */
  readonly seed: number;
  readonly log?: (line: string) => void;
}

/** What a soak of transfers did. */
export interface TransferSoakReport {
  readonly files: number;
  readonly bytes: number;
  /** Calls that were repeated. */
  readonly retries: number;
  /** Most resident memory in each quarter of the run, in bytes. */
  readonly peakBytes: readonly number[];
}

const PART_BYTES = 5_000_000;
const FILES_AT_ONCE = 10;
const BLOCK_BYTES = 64 * 1024;

/** One call in twenty fails, in one of these ways. */
const failures = [
  { operation: "*", status: 503 },
  { operation: "*", status: 500 },
  { operation: "*", status: 429, retryAfter: 0 },
  { operation: "*", status: 408 },
  { operation: "*", reset: "before" },
  { operation: "*", reset: "during" },
  { operation: "*", reset: "after" },
  { operation: "*", expireToken: true },
  { operation: "b2_download_file_by_name", truncate: 20_000 },
  { operation: "b2_download_file_by_id", truncate: 1_000_000 },
  { operation: "*", stall: "request" },
  { operation: "*", stall: "response" },
] as const satisfies readonly Fault[];

const SHARE = 0.05;

/**
 * Sends files up and down while one call in twenty fails at random, then looks for anything wrong or left behind.
 *
 * @throws when a byte is wrong, a file is missing or there twice, or a connection, file handle, timer, temporary
 * file or unfinished large file remains.
 */
export async function soakTransfers(options: TransferSoakOptions): Promise<TransferSoakReport> {
  const { log = () => {}, seed } = options;
  const folder = await mkdtemp(join(tmpdir(), "b2kit-soak-"));
  const emulator = await startProcess(join(folder, "emulator"), { args: ["--bucket", "my-bucket"] });
  try {
    const before = await resources();
    const agent = new http.Agent({ keepAlive: true, scheduling: "lifo" });
    const repeated: RetryEvent[] = [];
    const b2 = new B2Api({
      ...emulator,
      realm: emulator.url,
      retry: { firstDelayMillis: 5, maxDelayMillis: 100 },
      hooks: { onRetry: (event) => void repeated.push(event) },
      transport: impatient(agent),
    });
    const bucket = await b2.getBucketByName("my-bucket");
    await addFailures(emulator.url, agent, seed);
    const files = planFiles(options);
    const work = { bucket, folder: join(folder, "files") };
    await mkdir(work.folder);
    const watched = await moveAll(files, work, log);
    await control(emulator.url, agent, "DELETE");
    await expectNothingLeft(bucket, work.folder);
    await expectStoredOnce(bucket, files, repeated);
    agent.destroy();
    await expectResources(before);
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    return { files: files.length, bytes, retries: repeated.length, peakBytes: watched };
  } finally {
    await emulator.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

interface SoakFile {
  readonly name: string;
  readonly size: number;
  readonly seed: number;
}

interface Workplace {
  readonly bucket: Bucket;
  readonly folder: string;
}

/** Chooses sizes: most files are small, some are cut into parts, one is empty and one as large as allowed. */
function planFiles({ files, largestBytes, seed }: TransferSoakOptions): SoakFile[] {
  const random = randomFrom(seed);
  return Array.from({ length: files }, (_, index) => {
    const size = index === 0 ? 0 : index === 1 ? largestBytes : Math.floor(largestBytes * random() ** 8);
    return { name: `folder ${index % 10}/file ${index}`, size, seed: seed * 100_000 + index };
  });
}

async function moveAll(
  files: readonly SoakFile[],
  work: Workplace,
  log: (line: string) => void,
): Promise<number[]> {
  const peaks = [0, 0, 0, 0];
  let done = 0;
  const waiting = files.values();
  const worker = async () => {
    for (const file of waiting) {
      await moveUpAndDown(file, work);
      const quarter = Math.min(3, Math.floor((4 * done++) / files.length));
      peaks[quarter] = Math.max(peaks[quarter] ?? 0, process.memoryUsage.rss());
      if (done % 100 === 0) log(`${done} of ${files.length} files`);
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, worker));
  return peaks;
}

async function moveUpAndDown({ name, size, seed }: SoakFile, { bucket, folder }: Workplace): Promise<void> {
  const source = join(folder, `up-${seed}`);
  const target = join(folder, `down-${seed}`);
  const sha1 = await writeRandom(source, size, seed);
  await bucket.uploadLocalFile(source, name, { partSizeBytes: PART_BYTES });
  const downloaded = await bucket.downloadFileByName(name);
  await downloaded.saveTo(target);
  const arrived = await sha1Of(target);
  if (arrived !== sha1) throw new Error(`${name} came back with SHA-1 ${arrived} instead of ${sha1}`);
  await rm(source);
  await rm(target);
}

/** Writes bytes that look random and are the same each time; gives their SHA-1. */
async function writeRandom(path: string, size: number, seed: number): Promise<string> {
  const sha1 = createHash("sha1");
  const file = await open(path, "w");
  for (const block of randomBlocks(size, seed)) {
    sha1.update(block);
    await file.write(block);
  }
  await file.close();
  return sha1.digest("hex");
}

/** Gives blocks that each are to be used before the next is asked for. */
function* randomBlocks(size: number, seed: number): Generator<Uint8Array> {
  const block = new Uint32Array(BLOCK_BYTES / 4);
  let state = seed;
  for (let left = size; left > 0; left -= BLOCK_BYTES) {
    for (let index = 0; index < block.length; index++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      block[index] = state ^ (state >>> 15);
    }
    yield new Uint8Array(block.buffer, 0, Math.min(left, BLOCK_BYTES));
  }
}

async function sha1Of(path: string): Promise<string> {
  const sha1 = createHash("sha1");
  for await (const chunk of createReadStream(path)) sha1.update(chunk);
  return sha1.digest("hex");
}

/**
 * Gives up a silent connection after ten seconds instead of a minute. Less would take a busy machine's answers for lost
 * ones, and send again what is stored a moment later.
 */
function impatient(httpAgent: http.Agent) {
  const transport = nodeTransport({ httpAgent, idleTimeoutMillis: 10_000 });
  return (request: Parameters<typeof transport>[0]) => transport({ ...request, answerTimeoutMillis: 10_000 });
}

async function addFailures(url: string, agent: http.Agent, seed: number): Promise<void> {
  for (const [index, failure] of failures.entries()) {
    await control(url, agent, "POST", { ...failure, share: SHARE / failures.length, seed: seed + index });
  }
}

/** Changes the emulator's faults over HTTP, by the agent whose connections are ended with the rest. */
async function control(url: string, agent: http.Agent, method: string, fault?: Fault): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const request = http.request(new URL("/emulator/faults", url), { method, agent, headers });
  request.end(fault && JSON.stringify(fault));
  const [answer] = await once(request, "response");
  const told = await text(answer);
  if (answer.statusCode !== 200)
    throw new Error(`${method} of faults was answered ${answer.statusCode}: ${told}`);
}

async function expectNothingLeft(bucket: Bucket, folder: string): Promise<void> {
  const left = await readdir(folder);
  if (left.length > 0) throw new Error(`files are left behind: ${left.join(", ")}`);
  for await (const { name } of bucket.listUnfinishedLargeFiles()) {
    throw new Error(`a large file stayed unfinished: ${name}`);
  }
}

/** Expects one version of each file, and tells what was repeated for others. */
async function expectStoredOnce(
  bucket: Bucket,
  files: readonly SoakFile[],
  repeated: readonly RetryEvent[],
): Promise<void> {
  const missing = new Set(files.map(({ name }) => name));
  const twice: string[] = [];
  for await (const { fileVersion } of bucket.ls("", { recursive: true, latestOnly: false })) {
    if (!missing.delete(fileVersion.name)) twice.push(fileVersion.name);
  }
  if (missing.size + twice.length > 0) {
    const told = repeated.filter(({ fileName = "" }) => twice.includes(fileName));
    throw new Error(`missing: ${[...missing]}; stored more than once: ${twice}, after ${inspect(told)}`);
  }
}

/** Lists open file handles, sockets among them, and what keeps this process alive. */
async function resources(): Promise<{ handles: string[]; active: string[] }> {
  await setImmediate();
  const targets = await Promise.all(
    (await readdir("/proc/self/fd")).map((handle) => readlink(join("/proc/self/fd", handle)).catch(() => "")),
  );
  return { handles: targets.sort(), active: process.getActiveResourcesInfo().sort() };
}

async function expectResources(before: Awaited<ReturnType<typeof resources>>): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    await setImmediate(); // Closing a socket takes some turns of the loop.
  }
  const after = await resources();
  if (JSON.stringify(after) !== JSON.stringify(before)) {
    throw new Error(`before: ${JSON.stringify(before)}, after: ${JSON.stringify(after)}`);
  }
}

await runCommand(import.meta.url, async (args) => {
  const { values } = parseArgs({
    args,
    options: {
      files: { type: "string", default: "2000" },
      mebibytes: { type: "string", default: "57" },
      seed: { type: "string", default: "1" },
    },
  });
  const report = await soakTransfers({
    files: Number(values.files),
    largestBytes: Number(values.mebibytes) * 1024 * 1024,
    seed: Number(values.seed),
    log: console.log,
  });
  const peaks = report.peakBytes.map((peak) => `${Math.round(peak / 1e6)} MB`).join(", ");
  console.log(
    `${report.files} files of ${Math.round(report.bytes / 1e6)} MB went up and came back whole through ${report.retries} repeated calls; nothing is left behind; most memory by quarter: ${peaks}`,
  );
  return 0;
});
