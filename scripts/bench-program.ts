/**
 * One client of `npm run bench`: does one job in a process of its own and prints a {@link Report} as JSON.
 *
 * Stands alone, because it runs without its types as plain JavaScript and imports the built package by its address:
 * neither a compiler nor anything else of the benchmark may be in the process that is measured.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile, rename, writeFile } from "node:fs/promises";
import http from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";

/** What the client is told in its environment, as JSON in BENCH. */
export interface Order {
  /** Name of a function of {@link work}. */
  readonly job: string;
  /** The service. */
  readonly url: string;
  /** Address of the built package's entry. */
  readonly entry: string;
  /** File to send. */
  readonly source: string;
  /** File to write; with a number appended for small ones. */
  readonly target: string;
  /** Folder with small files to send, named by number. */
  readonly folder: string;
  /** Number of small files, and how many of them move at once. */
  readonly smallFiles: number;
  readonly atOnce: number;
  /** Whether the event loop is watched, which costs processor time itself. */
  readonly watch: boolean;
}

/** What a client tells of itself. */
export interface Report {
  readonly peakResidentBytes: number;
  /** Longest time that the event loop stood still while the job ran; undefined when it was not watched. */
  readonly blockMillis?: number;
}

const order: Order = JSON.parse(process.env.BENCH ?? "");
const { source, target, folder, smallFiles, atOnce, url } = order;

/** Gets ready, which belongs to the costs but moves no bytes, and gives what does. */
type Work = () => Promise<() => Promise<unknown>>;

const work: Readonly<Record<string, Work>> = {
  up: async () => {
    const bucket = await openBucket();
    return () => bucket.uploadLocalFile(source, "uploaded");
  },
  "up-omit": async () => {
    const bucket = await openBucket();
    return () => bucket.uploadLocalFile(source, "uploaded", { largeFileSha1: "omit" });
  },
  "up-8": async () => {
    const bucket = await openBucket();
    return () => bucket.uploadLocalFile(source, "uploaded", { concurrency: 8 });
  },
  down: async () => {
    const bucket = await openBucket();
    return async () => (await bucket.downloadFileByName("large")).saveTo(target);
  },
  "down-8": async () => {
    const bucket = await openBucket();
    return async () => (await bucket.downloadFileByName("large")).saveTo(target, { concurrency: 8 });
  },
  "stream-up": async () => {
    const bucket = await openBucket();
    const options = { partSizeBytes: 10_000_000, concurrency: 4 };
    return () => bucket.uploadUnboundStream(createReadStream(source), "uploaded", options);
  },
  "small-up": async () => {
    const bucket = await openBucket();
    return () => eachSmallFile((number) => bucket.uploadLocalFile(`${folder}/${number}`, `small/${number}`));
  },
  "small-down": async () => {
    const bucket = await openBucket();
    return () =>
      eachSmallFile(async (number) =>
        (await bucket.downloadFileByName(`small/${number}`)).saveTo(`${target}${number}`),
      );
  },
  "bare-small-up": async () => bareUploads,
  "bare-small-down": async () => () => bareDownloads(keep),
  "bare-small-down-unflushed": async () => () => bareDownloads(writeFile),
};

async function openBucket() {
  const { B2Api }: typeof import("b2kit") = await import(order.entry);
  const credentials = { applicationKeyId: "bench-key-id", applicationKey: "bench-key" };
  return await new B2Api({ realm: url, ...credentials }).getBucketByName("bench");
}

/** Works through the small files, some at once; each slot begins with `prepare`. */
async function eachSmallFile<Slot>(
  act: (number: number, slot: Slot) => Promise<unknown>,
  prepare: () => Slot | Promise<Slot> = () => undefined as Slot,
): Promise<void> {
  const numbers = Array.from({ length: smallFiles }, (_, number) => number).values();
  const worker = async () => {
    const slot = await prepare();
    for (const number of numbers) await act(number, slot);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

const agent = new http.Agent({ keepAlive: true });

/** The floor of small uploads: reads, hashes and sends each file with what `node:http` offers. */
async function bareUploads(): Promise<void> {
  const askForUrl = async (): Promise<{ uploadUrl: string; authorizationToken: string }> => {
    const headers = { Authorization: "bench-token", "Content-Type": "application/json" };
    const body = Buffer.from('{"bucketId":"bench-bucket-id"}');
    return JSON.parse(String(await exchange("POST", `${url}/b2api/v4/b2_get_upload_url`, headers, body)));
  };
  await eachSmallFile(async (number, { uploadUrl, authorizationToken }) => {
    const body = await readFile(`${folder}/${number}`);
    const headers = {
      Authorization: authorizationToken,
      "X-Bz-File-Name": `small/${number}`,
      "X-Bz-Content-Sha1": createHash("sha1").update(body).digest("hex"),
      "Content-Type": "b2/x-auto",
    };
    JSON.parse(String(await exchange("POST", uploadUrl, headers, body)));
  }, askForUrl);
  agent.destroy();
}

/** The floor of small downloads: receives, hashes and writes each file with what Node offers. */
async function bareDownloads(write: (path: string, body: Buffer) => Promise<void>): Promise<void> {
  const headers = { Authorization: "bench-token" };
  await eachSmallFile(async (number) => {
    const body = await exchange("GET", `${url}/file/bench/small/${number}`, headers);
    createHash("sha1").update(body).digest("hex");
    await write(`${target}${number}`, body);
  });
  agent.destroy();
}

/** Writes a file that is whole or not there, whatever happens. */
async function keep(path: string, body: Buffer): Promise<void> {
  const file = await open(`${path}.temporary`, "wx");
  try {
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.temporary`, path);
}

function exchange(
  method: string,
  address: string,
  headers: Readonly<Record<string, string>>,
  body?: Buffer,
): Promise<Buffer> {
  const length = body && { "Content-Length": body.length };
  return new Promise((resolve, reject) => {
    const request = http.request(
      address,
      { method, headers: { ...headers, ...length }, agent },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve(Buffer.concat(chunks)));
      },
    );
    request.on("error", reject).end(body);
  });
}

async function main(): Promise<Report> {
  const prepare = work[order.job];
  if (prepare === undefined) throw new Error(`no job is named ${order.job}`);
  const run = await prepare();
  const block = order.watch ? await longestBlock(run) : void (await run());
  const peakResidentBytes = process.resourceUsage().maxRSS * 1024;
  return { peakResidentBytes, ...(block !== undefined && { blockMillis: block }) };
}

/** Runs the work beside a timer of 1 ms and gives the longest it was late. */
async function longestBlock(run: () => Promise<unknown>): Promise<number> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  await run();
  delays.disable();
  return Math.max(0, delays.max / 1e6 - 1);
}

console.log(JSON.stringify(await main()));
