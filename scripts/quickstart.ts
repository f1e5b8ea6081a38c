/**
 * Sends files to B2 and brings them back verified: the main job of b2kit, from the first request to the last.
 *
 * Usage: npm run quickstart [-- file or folder]
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, open, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { parseArgs } from "node:util";
import { B2Api, type Bucket } from "b2kit";
import { startEmulator } from "b2kit/emulator";
import { nodeTransport, operations, type Transport } from "b2kit/raw";
import cliProgress from "cli-progress";

const BIG_FILE_BYTES = 32 * 1024 * 1024;
const PART_BYTES = 8 * 1024 * 1024;
const FILES_AT_ONCE = 4;

/** A file of this machine and its name in the bucket. */
interface Item {
  readonly path: string;
  readonly name: string;
  readonly size: number;
}

/** What is still to be undone at the end, the last first. */
const cleanups: Array<() => Promise<unknown>> = [];
const interrupted = new AbortController();
const { signal } = interrupted;

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  if (positionals.length > 1) {
    throw new TypeError("Usage: npm run quickstart [-- file or folder]");
  }
  const folder = await temporaryFolder();
  const items = positionals[0] === undefined ? await defaultItems(folder) : await itemsOf(positionals[0]);
  const requests = countRequests();
  const b2 = new B2Api({
    ...(await chooseService()),
    transport: requests.transport,
    retry: { budgetMillis: 20_000 },
  });
  const report: Row[] = [];
  const step = async (name: string, work: () => Promise<Moved>) => {
    const before = requests.snapshot();
    const moved = await work();
    report.push({ step: name, ...moved, ...requests.since(before) });
  };
  let bucket!: Bucket;
  await step("authorize and make a bucket", async () => {
    bucket = await b2.createBucket(`b2kit-quickstart-${randomBytes(6).toString("hex")}`, "allPrivate", {
      signal,
    });
    console.log(`Made the bucket ${bucket.name}.`);
    return { files: 0, bytes: 0 };
  });
  const cleanUp = () => emptyAndDelete(b2, bucket);
  cleanups.push(cleanUp);
  await step("upload", () => upload(bucket, items));
  await step("list", () => list(bucket));
  await step("download and compare", () => downloadAndCompare(bucket, items, join(folder, "downloaded")));
  await step("clean up", cleanUp);
  cleanups.splice(cleanups.indexOf(cleanUp), 1);
  console.log("\nWhat was done, with the service's requests by transaction class:");
  console.table(Object.fromEntries([...report, total(report)].map(({ step: name, ...row }) => [name, row])));
  console.log("Everything came back with the size and SHA-1 that it left with.");
}

/** The real service when credentials are set, else an emulator for the time of this run. */
async function chooseService() {
  if (process.env.B2_APPLICATION_KEY_ID || process.env.B2_APPLICATION_KEY) {
    console.log(
      `Using the service at ${process.env.B2_REALM ?? "production"} with the key from the environment.`,
    );
    return {};
  }
  const emulator = await startEmulator();
  cleanups.push(() => emulator.close());
  const { url, applicationKeyId, applicationKey } = emulator;
  console.log(
    `B2_APPLICATION_KEY_ID and B2_APPLICATION_KEY are not set: using the embedded emulator at ${url}.`,
  );
  return { realm: url, applicationKeyId, applicationKey };
}

interface Moved {
  readonly files: number;
  readonly bytes: number;
}

async function upload(bucket: Bucket, items: readonly Item[]): Promise<Moved> {
  const progress = showProgress("Uploading", items);
  await forEach(items, async (item) => {
    await bucket.uploadLocalFile(item.path, item.name, {
      partSizeBytes: PART_BYTES,
      signal,
      onProgress: ({ bytes }) => progress.moved(item, bytes),
    });
    progress.done(item);
  });
  progress.end();
  return sum(items);
}

/** Lists folder by folder, as a person would walk through them. */
async function list(bucket: Bucket, path = "", depth = 0): Promise<Moved> {
  let [files, bytes] = [0, 0];
  for await (const { fileVersion, folderName } of bucket.ls(path, { signal })) {
    const indent = "  ".repeat(depth + 1);
    if (folderName === undefined) {
      console.log(
        `${indent}${fileVersion.name.slice(path.length)}  ${fileVersion.size.toLocaleString("en")} bytes`,
      );
      files += 1;
      bytes += fileVersion.size;
    } else {
      console.log(`${indent}${folderName.slice(path.length)}`);
      const below = await list(bucket, folderName, depth + 1);
      files += below.files;
      bytes += below.bytes;
    }
  }
  return { files, bytes };
}

async function downloadAndCompare(bucket: Bucket, items: readonly Item[], folder: string): Promise<Moved> {
  const progress = showProgress("Downloading", items);
  const different: string[] = [];
  await forEach(items, async (item) => {
    const target = join(folder, item.name);
    await mkdir(dirname(target), { recursive: true });
    const downloaded = await bucket.downloadFileByName(item.name, { signal });
    await downloaded.saveTo(target, { onProgress: ({ bytes }) => progress.moved(item, bytes) });
    progress.done(item);
    if ((await stat(target)).size !== item.size || (await sha1(target)) !== (await sha1(item.path))) {
      different.push(item.name);
    }
  });
  progress.end();
  if (different.length > 0) {
    throw new Error(`These files came back different: ${different.join(", ")}`);
  }
  return sum(items);
}

async function emptyAndDelete(b2: B2Api, bucket: Bucket): Promise<Moved> {
  let [files, bytes] = [0, 0];
  for await (const { fileVersion } of bucket.ls("", { recursive: true, latestOnly: false })) {
    if (fileVersion.id !== null) {
      await bucket.deleteFileVersion(fileVersion.id, fileVersion.name);
      files += 1;
      bytes += fileVersion.size;
    }
  }
  await b2.deleteBucket(bucket);
  return { files, bytes };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "b2kit-quickstart-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The project's own description, sources and README, and one file large enough for several parts. */
async function defaultItems(folder: string): Promise<Item[]> {
  const big = join(folder, "32-mebibytes.bin");
  const file = await open(big, "w");
  for (let written = 0; written < BIG_FILE_BYTES; written += 1024 * 1024) {
    await file.write(randomBytes(1024 * 1024));
  }
  await file.close();
  const own = await Promise.all(["spec", "src", "README.md", big].map(itemsOf));
  return own.flat();
}

/** The files at a path, named as they stand below its parent folder. */
async function itemsOf(path: string): Promise<Item[]> {
  const { size, isFolder } = await stat(path).then(
    (found) => ({ size: found.size, isFolder: found.isDirectory() }),
    () => {
      throw new TypeError(`There is no file or folder ${path}`);
    },
  );
  const root = basename(resolve(path));
  if (!isFolder) {
    return [{ path, name: root, size }];
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(
    files.map(async (file) => ({
      path: file,
      name: join(root, relative(path, file)).split(sep).join("/"),
      size: (await stat(file)).size,
    })),
  );
}

/** Does the work for several items at a time. */
async function forEach<T>(all: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = all.values();
  const worker = async () => {
    for (const item of waiting) {
      signal.throwIfAborted();
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, worker));
}

interface Shown {
  moved(item: Item, bytes: number): void;
  done(item: Item): void;
  end(): void;
}

/** A progress bar on a terminal, a line for each file elsewhere. */
function showProgress(verb: string, items: readonly Item[]): Shown {
  if (!process.stdout.isTTY) {
    return {
      moved: () => {},
      done: ({ name, size }) => console.log(`${verb} ${name}: ${size.toLocaleString("en")} bytes, done`),
      end: () => {},
    };
  }
  const bar = new cliProgress.SingleBar({
    format: `${verb} {bar} {percentage}% | {value}/{total} bytes | {eta_formatted}`,
  });
  bar.start(sum(items).bytes, 0);
  const moved = new Map<Item, number>();
  const show = (item: Item, bytes: number) => {
    bar.increment(bytes - (moved.get(item) ?? 0));
    moved.set(item, bytes);
  };
  return { moved: show, done: (item) => show(item, item.size), end: () => bar.stop() };
}

type Counts = { A: number; B: number; C: number };
type Row = { step: string } & Moved & Counts;

/** A transport that counts its requests by transaction class. */
function countRequests() {
  const inner = nodeTransport();
  const counts: Counts = { A: 0, B: 0, C: 0 };
  const classes = new Map<string, keyof Counts>(
    Object.values(operations).map(({ operationId, transactionClass }) => [operationId, transactionClass]),
  );
  const transport: Transport = (request) => {
    const operation = /\/b2api\/v\d+\/(\w+)/.exec(request.url)?.[1] ?? "b2_download_file_by_name";
    counts[classes.get(operation) ?? "C"] += 1;
    return inner(request);
  };
  return {
    transport,
    snapshot: () => ({ ...counts }),
    since: (before: Counts): Counts => ({
      A: counts.A - before.A,
      B: counts.B - before.B,
      C: counts.C - before.C,
    }),
  };
}

function total(rows: readonly Row[]): Row {
  const requests = (name: keyof Counts) => rows.reduce((count, row) => count + row[name], 0);
  const uploaded = rows.find(({ step }) => step === "upload") ?? { files: 0, bytes: 0 };
  return {
    step: "total",
    files: uploaded.files,
    bytes: uploaded.bytes,
    A: requests("A"),
    B: requests("B"),
    C: requests("C"),
  };
}

function sum(items: readonly Item[]): Moved {
  return { files: items.length, bytes: items.reduce((bytes, { size }) => bytes + size, 0) };
}

async function sha1(path: string): Promise<string> {
  const hash = createHash("sha1");
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk);
  }
  return hash.digest("hex");
}

async function undo(): Promise<void> {
  for (const cleanup of cleanups.reverse()) {
    await cleanup().catch((error: Error) => {
      console.error(`Could not clean up: ${error.message}`);
      process.exitCode = 1;
    });
  }
}

for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => {
    console.error(`\nStopped by ${name}: cleaning up…`);
    interrupted.abort(new Error(`Stopped by ${name}`));
  });
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof TypeError ? 2 : 1;
} finally {
  await undo();
}
