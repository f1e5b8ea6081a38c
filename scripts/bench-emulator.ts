import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs, promisify } from "node:util";
import type { components } from "../generated/schema.ts";
import { blocks, type Transfer } from "./bench-client.ts";
import type { Reached } from "./bench-server.ts";
import { projectFolder, runCommand } from "./command.ts";
import { describeMachine, median, megabytes, verdict } from "./measurement.ts";
import { usageOf } from "./process-usage.ts";

type Schemas = components["schemas"];

const usage = `Usage: npm run bench:emulator -- [options]

Measures the emulator against the marks that it has to keep. Needs Linux and a build in dist.

  --runs N        runs of each transfer (default: 5)
  --mebibytes N   size of each transfer (default: 1024)
  --names N       file names in the listed bucket; 0 measures transfers only (default: 100000)
  --profile DIR   writes processor profiles of the servers to this folder
`;

/** What the emulator has to keep. */
const marks = { cpuRatio: 1.5, residentBytes: 150e6, entriesPerSecond: 50_000 };

const pageSize = 10_000;
const uploadsAtOnce = 16;

interface Plan {
  readonly runs: number;
  readonly bytes: number;
  readonly names: number;
  readonly profileFolder: string | undefined;
}

/** A server under measurement, in a process of its own. */
interface Measured {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly reached: Reached;
}

/** A value beside the mark that it has to keep. */
interface Row {
  readonly measure: string;
  readonly emulator: string;
  readonly bare?: string;
  readonly ratio?: string;
  readonly mark?: string;
  readonly holds?: "yes" | "NO";
}

const script = (name: string) => join(projectFolder, "scripts", name);
const thousands = (count: number) => Math.round(count).toLocaleString("en");

async function main(args: string[]): Promise<number> {
  const plan = readPlan(args);
  if (!plan) return 0;
  console.log(describeMachine());
  const rows = [
    ...(await measureTransfers(plan)),
    ...(plan.names > 0 ? await measureListing(plan) : []),
    ...(plan.names > 0 ? await measureChecking(plan) : []),
  ];
  console.table(Object.fromEntries(rows.map(({ measure, ...values }) => [measure, values])));
  return rows.some(({ holds }) => holds === "NO") ? 1 : 0;
}

function readPlan(args: string[]): Plan | undefined {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: "string", default: "5" },
      mebibytes: { type: "string", default: "1024" },
      names: { type: "string", default: "100000" },
      profile: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) console.log(usage);
  return values.help
    ? undefined
    : {
        runs: Number(values.runs),
        bytes: Number(values.mebibytes) * (1 << 20),
        names: Number(values.names),
        profileFolder: values.profile,
      };
}

/** Starts the emulator as users start it: the command of the build, which holds no compiler in memory. */
async function startBuiltEmulator({ profileFolder }: Plan): Promise<Measured> {
  const command = join(projectFolder, "dist", "src", "emulator", "command.js");
  const server = startNode([command, "emulator", "--port", "0", "--quiet"], profileFolder);
  const settings = new Map<string, string>();
  for await (const line of createInterface({ input: server.stdout })) {
    const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    if (name && value) settings.set(name, value);
    if (settings.size === 3) break;
  }
  const [url, applicationKeyId, applicationKey] = settings.values();
  if (!url || !applicationKeyId || !applicationKey)
    throw new Error(`${command} says nothing: run npm run build`);
  return measured(server, { url, applicationKeyId, applicationKey });
}

/** Starts one of the servers of bench-server.ts. */
async function startServer(plan: Plan, ...args: readonly string[]): Promise<Measured> {
  const server = startNode([...process.execArgv, script("bench-server.ts"), ...args], plan.profileFolder);
  const [line] = await once(createInterface({ input: server.stdout }), "line");
  return measured(server, JSON.parse(line) as Reached);
}

const running = new Set<ChildProcess>();

function startNode(args: readonly string[], profileFolder: string | undefined) {
  const profile = profileFolder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`];
  const started = spawn(process.execPath, [...profile, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  running.add(started);
  started.once("exit", () => running.delete(started));
  return started;
}

function measured(server: ChildProcess, reached: Reached): Measured {
  if (server.pid === undefined) throw new Error("the server did not start");
  return { process: server, pid: server.pid, reached };
}

async function stop({ process: server }: Measured): Promise<void> {
  server.kill("SIGTERM");
  if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
}

/** Measures uploads and downloads of one file, on the emulator and on a bare server by turns. */
async function measureTransfers(plan: Plan): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "b2kit-bench-"));
  const clean = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", clean);
  return measureTransfersWith(plan, join(folder, "sent")).finally(clean);
}

/** @param sent - Path for the file that the bare server sends. */
async function measureTransfersWith(plan: Plan, sent: string): Promise<Row[]> {
  await writeBlocks(sent, plan.bytes);
  const emulator = await startBuiltEmulator(plan);
  const hashing = await startServer(plan, "hash");
  const writing = await startServer(plan, "hash-and-write", `${sent}.written`);
  const sending = await startServer(plan, "send", sent);
  const sendingMemory = await startServer(plan, "send-memory", String(plan.bytes));
  const client = await Client.authorize(emulator.reached);
  const { bucketId, bucketName } = await client.createBucket();
  const digest = digestOf(plan.bytes);
  const uploads = new Comparison("upload");
  const downloads = new Comparison("download");
  const kept = new Comparison("upload (bare: hashes and writes)");
  const fromMemory = new Comparison("download (bare: from memory)");
  for (let run = 0; run < plan.runs; run++) {
    const { uploadUrl, authorizationToken } = await client.uploadTarget(bucketId);
    const uploadHeaders = {
      Authorization: authorizationToken,
      "X-Bz-File-Name": "big",
      "X-Bz-Content-Sha1": digest,
      "Content-Type": "application/octet-stream",
    };
    const upload: Transfer = { method: "POST", url: uploadUrl, headers: uploadHeaders, bytes: plan.bytes };
    const download: Transfer = {
      method: "GET",
      url: `${emulator.reached.url}/file/${bucketName}/big`,
      headers: { Authorization: client.token },
      bytes: plan.bytes,
    };
    await touchMemory(sent, plan.bytes);
    await uploads.run("emulator", emulator, upload);
    await uploads.run("bare", hashing, { ...upload, url: hashing.reached.url });
    kept.repeat("emulator", uploads);
    await touchMemory(sent, plan.bytes);
    await kept.run("bare", writing, { ...upload, url: writing.reached.url });
    await downloads.run("emulator", emulator, download);
    await downloads.run("bare", sending, { ...download, url: sending.reached.url });
    fromMemory.repeat("emulator", downloads);
    await fromMemory.run("bare", sendingMemory, { ...download, url: sendingMemory.reached.url });
    await client.deleteVersions(bucketId);
  }
  const { peakResidentBytes } = usageOf(emulator.pid);
  for (const server of [emulator, hashing, writing, sending, sendingMemory]) await stop(server);
  return [
    uploads.row(marks.cpuRatio),
    downloads.row(marks.cpuRatio),
    kept.row(),
    fromMemory.row(),
    {
      measure: "peak resident memory of the transfers",
      emulator: megabytes(peakResidentBytes),
      mark: `< ${megabytes(marks.residentBytes)}`,
      holds: verdict(peakResidentBytes < marks.residentBytes),
    },
  ];
}

/** The processor time of one kind of transfer on two servers. */
class Comparison {
  readonly #name: string;
  readonly #seconds: Record<"emulator" | "bare", number[]> = { emulator: [], bare: [] };

  constructor(name: string) {
    this.#name = name;
  }

  async run(side: "emulator" | "bare", { pid }: Measured, transfer: Transfer): Promise<void> {
    const before = usageOf(pid).cpuSeconds;
    await promisify(execFile)(process.execPath, [
      ...process.execArgv,
      script("bench-client.ts"),
      JSON.stringify(transfer),
    ]);
    const seconds = usageOf(pid).cpuSeconds - before;
    this.#seconds[side].push(seconds);
    console.log(
      `${this.#name} of ${transfer.bytes} bytes, ${side}: ${seconds.toFixed(2)} s of processor time`,
    );
  }

  /** Takes over the last run of another comparison. */
  repeat(side: "emulator" | "bare", other: Comparison): void {
    this.#seconds[side].push(...other.#seconds[side].slice(-1));
  }

  /** @param mark - The ratio that the emulator has to keep, if any. */
  row(mark?: number): Row {
    const emulator = median(this.#seconds.emulator);
    const bare = median(this.#seconds.bare);
    return {
      measure: `${this.#name}, processor time`,
      emulator: `${emulator.toFixed(2)} s`,
      bare: `${bare.toFixed(2)} s`,
      ratio: (emulator / bare).toFixed(2),
      ...(mark !== undefined && { mark: `≤ ${mark}`, holds: verdict(emulator / bare <= mark) }),
    };
  }
}

function writeBlocks(path: string, bytes: number): Promise<void> {
  return writeFile(path, blocks(bytes));
}

/**
 * Writes as much as an upload will, and removes it again. On a virtual machine the system may have lent free memory
 * to the host; who touches it first pays for it with up to two seconds a GiB.
 */
async function touchMemory(path: string, bytes: number): Promise<void> {
  await writeBlocks(`${path}.touched`, bytes);
  await rm(`${path}.touched`);
}

function digestOf(bytes: number): string {
  const hash = createHash("sha1");
  for (const chunk of blocks(bytes)) hash.update(chunk);
  return hash.digest("hex");
}

/** Measures how fast a bucket of many names is listed, parsing included. */
async function measureListing(plan: Plan): Promise<Row[]> {
  const emulator = await startBuiltEmulator(plan);
  const client = await Client.authorize(emulator.reached);
  const { bucketId } = await client.createBucket();
  const started = performance.now();
  await client.fill(bucketId, plan.names);
  const filled = secondsSince(started);
  const names = await listingRate(client, "b2_list_file_names", bucketId, plan);
  const versions = await listingRate(client, "b2_list_file_versions", bucketId, plan);
  const { peakResidentBytes } = usageOf(emulator.pid);
  await stop(emulator);
  const mark = `≥ ${thousands(marks.entriesPerSecond)}`;
  const holds = (rate: number) => verdict(rate >= marks.entriesPerSecond);
  return [
    { measure: "listed names a second", emulator: thousands(names), mark, holds: holds(names) },
    { measure: "listed versions a second", emulator: thousands(versions), mark, holds: holds(versions) },
    { measure: "uploads of empty files a second", emulator: thousands(plan.names / filled) },
    {
      measure: `peak resident memory with ${thousands(plan.names)} files`,
      emulator: megabytes(peakResidentBytes),
    },
  ];
}

/** Lists a whole bucket several times; answers entries a second in the middle one. */
async function listingRate(
  client: Client,
  operation: "b2_list_file_names" | "b2_list_file_versions",
  bucketId: string,
  { runs, names }: Plan,
): Promise<number> {
  const rates: number[] = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    const listed = await client.list(operation, bucketId);
    rates.push(listed / secondsSince(started));
    if (listed !== names) throw new Error(`${operation} lists ${listed} of ${names} entries`);
  }
  return median(rates);
}

const secondsSince = (started: number) => (performance.now() - started) / 1000;

/** Measures what `checkAnswers` costs those who wait for the answers. Both servers run from source. */
async function measureChecking(plan: Plan): Promise<Row[]> {
  const names = Math.min(plan.names, pageSize);
  const plain = await checkingCosts({ ...plan, names }, "emulator");
  const checking = await checkingCosts({ ...plan, names }, "checking-emulator");
  const compare = (what: string, side: (costs: typeof plain) => number, digits: number): Row => ({
    measure: `checkAnswers: ${what}`,
    emulator: `${side(checking).toFixed(digits)} ms`,
    bare: `${side(plain).toFixed(digits)} ms`,
    ratio: (side(checking) / side(plain)).toFixed(2),
  });
  return [
    compare("b2_get_file_info", ({ call }) => call, 3),
    compare(`a page of ${thousands(names)} names`, ({ page }) => page, 1),
  ];
}

/** Milliseconds of a small call and of a whole page, in the middle. */
async function checkingCosts(plan: Plan, kind: string): Promise<{ call: number; page: number }> {
  const emulator = await startServer(plan, kind);
  const client = await Client.authorize(emulator.reached);
  const { bucketId } = await client.createBucket();
  await client.fill(bucketId, plan.names);
  const { files } = await client.call<Schemas["ListFileNamesResponse"]>("b2_list_file_names", { bucketId });
  const fileId = files[0]?.fileId;
  const call = await medianMillis(2000, () => client.call("b2_get_file_info", { fileId }));
  const page = await medianMillis(plan.runs * 2, () =>
    client.call("b2_list_file_names", { bucketId, maxFileCount: pageSize }),
  );
  await stop(emulator);
  return { call, page };
}

async function medianMillis(times: number, action: () => Promise<unknown>): Promise<number> {
  const millis: number[] = [];
  for (let time = 0; time < times; time++) {
    const started = performance.now();
    await action();
    millis.push(performance.now() - started);
  }
  return median(millis);
}

/** The least of a B2 client, on connections that are used again. */
class Client {
  readonly #url: string;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: uploadsAtOnce });
  readonly #accountId: string;
  readonly token: string;

  private constructor(url: string, { accountId, authorizationToken }: Schemas["Authorization"]) {
    this.#url = url;
    this.#accountId = accountId;
    this.token = authorizationToken;
  }

  static async authorize({ url, applicationKeyId, applicationKey }: Reached): Promise<Client> {
    const pair = Buffer.from(`${applicationKeyId}:${applicationKey}`).toString("base64");
    const headers = { Authorization: `Basic ${pair}` };
    const answer = await fetch(`${url}/b2api/v4/b2_authorize_account`, { headers });
    return new Client(url, (await answer.json()) as Schemas["Authorization"]);
  }

  call<Answer>(operation: string, body: object): Promise<Answer> {
    const url = `${this.#url}/b2api/v4/${operation}`;
    return this.#send(url, { Authorization: this.token }, JSON.stringify(body));
  }

  async #send<Answer>(url: string, headers: http.OutgoingHttpHeaders, body: string): Promise<Answer> {
    const length = { "Content-Length": Buffer.byteLength(body) };
    const request = http.request(url, {
      method: "POST",
      agent: this.#agent,
      headers: { ...headers, ...length },
    });
    request.end(body);
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    if (response.statusCode !== 200) throw new Error(`${url} answers ${response.statusCode} ${text}`);
    return JSON.parse(text) as Answer;
  }

  createBucket(): Promise<Schemas["Bucket"]> {
    const bucket = { accountId: this.#accountId, bucketName: "bench-bucket", bucketType: "allPrivate" };
    return this.call("b2_create_bucket", bucket);
  }

  uploadTarget(bucketId: string): Promise<Schemas["GetUploadUrlResponse"]> {
    return this.call("b2_get_upload_url", { bucketId });
  }

  /** Stores empty files, several at a time. */
  async fill(bucketId: string, names: number): Promise<void> {
    const numbers = Array.from({ length: names }, (_, index) => index).values();
    const digest = digestOf(0);
    const work = async () => {
      const { uploadUrl, authorizationToken } = await this.uploadTarget(bucketId);
      for (const number of numbers) {
        const headers = {
          Authorization: authorizationToken,
          "X-Bz-File-Name": `photos/${number % 365}/${String(number).padStart(7, "0")}.jpg`,
          "X-Bz-Content-Sha1": digest,
          "Content-Type": "b2/x-auto",
        };
        await this.#send(uploadUrl, headers, "");
      }
    };
    await Promise.all(Array.from({ length: uploadsAtOnce }, work));
  }

  /** Reads a whole listing page by page and counts its entries. */
  async list(operation: "b2_list_file_names" | "b2_list_file_versions", bucketId: string): Promise<number> {
    let listed = 0;
    let cursor: object | undefined = {};
    while (cursor) {
      const page: Partial<Schemas["ListFileVersionsResponse"]> & Schemas["ListFileNamesResponse"] =
        await this.call(operation, { bucketId, maxFileCount: pageSize, ...cursor });
      listed += page.files.length;
      const { nextFileName: startFileName, nextFileId: startFileId } = page;
      cursor = startFileName === null ? undefined : { startFileName, startFileId };
    }
    return listed;
  }

  async deleteVersions(bucketId: string): Promise<void> {
    const { files } = await this.call<Schemas["ListFileVersionsResponse"]>("b2_list_file_versions", {
      bucketId,
    });
    for (const { fileId, fileName } of files) {
      await this.call("b2_delete_file_version", { fileId, fileName });
    }
  }
}

process.once("exit", () => {
  for (const server of running) server.kill("SIGTERM");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

await runCommand(import.meta.url, main);
