/**
 * Measures transfers against the marks that they have to keep, in turn with what the system's own tools need.
 *
 * Usage: npm run bench -- --help
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { parseArgs, promisify } from "node:util";
import blankTypes from "ts-blank-space";
import { blocks, smallBytes } from "./bench-client.ts";
import type { Order, Report } from "./bench-program.ts";
import type { Counts, ServiceUrls } from "./bench-service.ts";
import { projectFolder, runCommand } from "./command.ts";
import { hasCommand } from "./conformance.ts";
import { type Cost, costOf, describeMachine, median, megabytes, verdict } from "./measurement.ts";

const smallFiles = 2000;
const atOnce = 10;

/** Longest time for which the event loop may stand still while a large file moves. */
const blockMarkMillis = 20;

/** One job, what it is compared with, and what it has to keep. */
interface Job {
  readonly what: string;
  /** The job of the client program, where it is not named as this one. */
  readonly program?: string;
  readonly secure?: boolean;
  /** Floors or other jobs whose processor time together is the measure. */
  readonly floor: readonly string[];
  /** What else is measured, to be shown beside the floor. */
  readonly beside?: readonly string[];
  readonly ratioMark?: number;
  readonly residentMark?: number;
  /** Whether one large file moves, so that the event loop must not stand still. */
  readonly large: boolean;
  /** What rclone is told to do the same. */
  readonly rclone?: (place: Place) => readonly string[];
}

/** Where a run finds and puts things. */
interface Place {
  readonly source: string;
  readonly target: string;
  readonly folder: string;
  readonly url: string;
}

const up = { what: "1 GiB up", floor: ["sha1", "sha1", "curl-up"], large: true };
const down = { what: "1 GiB down, verified", floor: ["curl-down", "sha1"], large: true };

const jobs: Readonly<Record<string, Job>> = {
  up: {
    ...{ ...up, ratioMark: 1, residentMark: 90e6 },
    rclone: ({ source }) => ["copyto", source, ":b2:bench/uploaded"],
  },
  "up-omit": {
    ...{ ...up, what: "1 GiB up, without large_file_sha1", floor: ["sha1", "curl-up"] },
    ...{ ratioMark: 1, residentMark: 90e6 },
  },
  "up-8": { ...up, what: "1 GiB up, 8 parts at once", floor: ["up"], ratioMark: 1.1, residentMark: 130e6 },
  down: {
    ...{ ...down, ratioMark: 1.15, residentMark: 110e6 },
    rclone: ({ target }) => ["copyto", ":b2:bench/large", target],
  },
  "down-8": {
    ...{
      ...down,
      what: "1 GiB down, 8 ranges at once",
      floor: ["down"],
      ratioMark: 1.1,
      residentMark: 130e6,
    },
  },
  "tls-up": {
    ...{ ...up, what: "1 GiB up, TLS", program: "up", secure: true },
    ...{ floor: ["sha1", "sha1", "curl-tls-up"], ratioMark: 1, residentMark: 90e6 },
    rclone: ({ source }) => ["copyto", source, ":b2:bench/uploaded"],
  },
  "tls-up-omit": {
    ...{ ...up, what: "1 GiB up, without large_file_sha1, TLS", program: "up-omit", secure: true },
    ...{ floor: ["sha1", "curl-tls-up"], ratioMark: 1, residentMark: 90e6 },
  },
  "tls-up-8": {
    ...{ ...up, what: "1 GiB up, 8 parts at once, TLS", program: "up-8", secure: true },
    ...{ floor: ["tls-up"], ratioMark: 1.1, residentMark: 130e6 },
  },
  "tls-down": {
    ...{ ...down, what: "1 GiB down, verified, TLS", program: "down", secure: true },
    ...{ floor: ["curl-tls-down", "sha1"], ratioMark: 1.15, residentMark: 110e6 },
    rclone: ({ target }) => ["copyto", ":b2:bench/large", target],
  },
  "tls-down-8": {
    ...{ ...down, what: "1 GiB down, 8 ranges at once, TLS", program: "down-8", secure: true },
    ...{ floor: ["tls-down"], ratioMark: 1.1, residentMark: 130e6 },
  },
  "stream-up": {
    ...{ ...up, what: "1 GiB unbound stream up, 10 MB parts, 4 at once", floor: ["sha1", "curl-up"] },
    residentMark: 150e6,
  },
  "small-up": {
    ...{ what: "2,000 × 10 KiB up, 10 at once", floor: ["bare-small-up"], ratioMark: 1.3, large: false },
    rclone: ({ folder }) => ["copy", folder, ":b2:bench/uploaded", "--transfers=10", "--checkers=10"],
  },
  "small-down": {
    ...{ what: "2,000 × 10 KiB down, 10 at once", floor: ["bare-small-down"], ratioMark: 1.4, large: false },
    beside: ["bare-small-down-unflushed"],
    rclone: ({ target }) => ["copy", ":b2:bench/small", target, "--transfers=10", "--checkers=10"],
  },
};

const usage = `Usage: npm run bench -- [options]

Measures transfers against the marks that they have to keep. Needs bash, curl and openssl.

  --runs N         runs of each job and floor (default: 5)
  --mebibytes N    size of the large file (default: 1024)
  --only JOB       measures one job and what it is compared with; can be given again
                   (${Object.keys(jobs).join(", ")})
  --profile DIR    runs each job once more and writes a processor profile of the client to this folder
`;

interface Plan {
  readonly runs: number;
  readonly bytes: number;
  readonly only: readonly string[];
  readonly profileFolder: string | undefined;
}

function readPlan(args: string[]): Plan | undefined {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: "string", default: "5" },
      mebibytes: { type: "string", default: "1024" },
      only: { type: "string", multiple: true },
      profile: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  const only = values.only ?? Object.keys(jobs);
  const unknown = only.find((name) => jobs[name] === undefined);
  if (unknown !== undefined) throw new TypeError(`no job is named ${unknown}\n\n${usage}`);
  return {
    runs: Number(values.runs),
    bytes: Number(values.mebibytes) * (1 << 20),
    only,
    profileFolder: values.profile,
  };
}

/** One thing that is run in each round: a job, a floor or rclone. */
type Measured = (options: { watch?: boolean; profile?: string }) => Promise<Sample>;
type Sample = Cost & Partial<Report> & { readonly uploadUrls?: number };

async function main(args: string[]): Promise<number> {
  const plan = readPlan(args);
  if (!plan) return 0;
  const workshop = await mkdtemp(join(tmpdir(), "b2kit-bench-"));
  process.once("exit", () => rmSync(workshop, { recursive: true, force: true }));
  const scene = await Scene.set(workshop, plan);
  const machine = describeMachine();
  const samples = await measure(scene, plan);
  const rows = plan.only.map((name) => [name, rowOf(name, samples)] as const);
  console.log(`\nMachine: ${machine}; client and service ${scene.pinned ? "on a core each" : "not pinned"}.`);
  console.log(
    `Medians of ${plan.runs} runs in turn; ${plan.bytes / (1 << 20)} MiB for each GiB in the names.`,
  );
  console.table(Object.fromEntries(rows.map(([name, row]) => [`${name}: ${jobs[name]?.what}`, row])));
  const others = [...samples].filter(([name]) => !plan.only.includes(name));
  console.table(Object.fromEntries(others.map(([name, of]) => [name, plainRow(of)])));
  return rows.some(([, { reached }]) => reached !== "yes") ? 1 : 0;
}

/** A line of the table; a mark stands behind the value that it is for. */
interface Row {
  readonly cpu: string;
  readonly ratio: string;
  readonly memory: string;
  readonly block: string;
  readonly wall: string;
  readonly "upload URLs": number;
  readonly rclone: string;
  readonly reached: string;
}

function rowOf(name: string, samples: ReadonlyMap<string, readonly Sample[]>): Row {
  const { floor = [], ratioMark, residentMark, large } = jobs[name] ?? {};
  const of = (other: string, value: (sample: Sample) => number) =>
    median(samples.get(other)?.map(value) ?? []);
  const cpu = of(name, ({ cpuSeconds }) => cpuSeconds);
  const floorCpu = floor.reduce((sum, other) => sum + of(other, ({ cpuSeconds }) => cpuSeconds), 0);
  const memory = of(name, ({ peakResidentBytes }) => peakResidentBytes);
  const block = of(name, ({ blockMillis = 0 }) => blockMillis);
  const urls = of(name, ({ uploadUrls = 0 }) => uploadUrls);
  const rclone = `rclone ${name}`;
  const kept = {
    CPU: ratioMark === undefined || cpu / floorCpu <= ratioMark,
    memory: residentMark === undefined || memory < residentMark,
    block: !large || block < blockMarkMillis,
    "upload URLs": urls <= atOnce,
  };
  const missed = Object.entries(kept).flatMap(([what, holds]) => (holds ? [] : [what]));
  return {
    cpu: seconds(cpu),
    ratio: floorCpu > 0 ? beside((cpu / floorCpu).toFixed(2), ratioMark && `≤ ${ratioMark}`) : "",
    memory: beside(megabytes(memory), residentMark && `< ${megabytes(residentMark)}`),
    block: beside(`${block.toFixed(0)} ms`, large && `< ${blockMarkMillis} ms`),
    wall: seconds(of(name, ({ wallSeconds }) => wallSeconds)),
    "upload URLs": urls,
    rclone: samples.has(rclone)
      ? `${(of(rclone, ({ cpuSeconds }) => cpuSeconds) / floorCpu).toFixed(2)}, ${megabytes(of(rclone, ({ peakResidentBytes }) => peakResidentBytes))}`
      : "",
    reached: missed.length === 0 ? verdict(true) : `${verdict(false)}: ${missed.join(", ")}`,
  };
}

const seconds = (value: number) => `${value.toFixed(2)} s`;
const beside = (value: string, mark: string | number | false | undefined) =>
  mark ? `${value} (${mark})` : value;

/** A line on what the jobs are compared with. */
function plainRow(samples: readonly Sample[]) {
  return {
    cpu: seconds(median(samples.map(({ cpuSeconds }) => cpuSeconds))),
    wall: seconds(median(samples.map(({ wallSeconds }) => wallSeconds))),
    memory: megabytes(median(samples.map(({ peakResidentBytes }) => peakResidentBytes))),
  };
}

/** Runs everything once to warm up, watching the event loops, and then in turn. */
async function measure(scene: Scene, plan: Plan): Promise<Map<string, Sample[]>> {
  const all = measures(scene, plan.only);
  const samples = new Map([...all.keys()].map((name) => [name, [] as Sample[]]));
  const blocks = new Map<string, number>();
  for (const [name, run] of all) {
    const { blockMillis } = await run({ watch: true });
    if (blockMillis !== undefined) blocks.set(name, blockMillis);
  }
  for (let round = 1; round <= plan.runs; round++) {
    for (const [name, run] of all) {
      const sample = await run({});
      const blockMillis = blocks.get(name);
      samples.get(name)?.push({ ...sample, ...(blockMillis !== undefined && { blockMillis }) });
      const { cpuSeconds, wallSeconds } = sample;
      console.log(
        `${round}/${plan.runs} ${name}: ${cpuSeconds.toFixed(2)} s CPU, ${wallSeconds.toFixed(2)} s`,
      );
    }
  }
  if (plan.profileFolder !== undefined) {
    for (const name of plan.only) await all.get(name)?.({ profile: join(plan.profileFolder, name) });
  }
  return samples;
}

/** Names everything that is measured for these jobs, floors first. */
function measures(scene: Scene, only: readonly string[]): Map<string, Measured> {
  const all = new Map<string, Measured>();
  const add = (name: string): void => {
    const job = jobs[name];
    for (const other of [...(job?.floor ?? []), ...(job?.beside ?? [])]) add(other);
    all.set(name, job === undefined ? scene.floor(name) : scene.job(name, job));
    const told = job?.rclone;
    if (told && scene.hasRclone) all.set(`rclone ${name}`, scene.rclone(told, job.secure ?? false));
  };
  for (const name of only) add(name);
  return all;
}

/** The files, the service and the tools of one run. */
class Scene {
  readonly pinned: boolean;
  readonly hasRclone: boolean;
  readonly #workshop: string;
  readonly #urls: ServiceUrls;
  readonly #onClientCore: (command: readonly string[]) => readonly string[];

  private constructor(workshop: string, urls: ServiceUrls, pinned: boolean, hasRclone: boolean) {
    this.#workshop = workshop;
    this.#urls = urls;
    this.pinned = pinned;
    this.hasRclone = hasRclone;
    const core = String(availableParallelism() - 1);
    this.#onClientCore = (command) => (pinned ? ["taskset", "-c", core, ...command] : command);
  }

  static async set(workshop: string, { bytes }: Plan): Promise<Scene> {
    const folder = join(workshop, "small");
    await mkdir(folder);
    await writeFile(join(workshop, "large"), blocks(bytes));
    for (let number = 0; number < smallFiles; number++) {
      await writeFile(join(folder, String(number)), blocks(smallBytes));
    }
    const program = await readFile(join(projectFolder, "scripts", "bench-program.ts"), "utf8");
    await writeFile(join(workshop, "program.mjs"), blankTypes(program));
    const certificate = await makeCertificate(workshop);
    const pinned = availableParallelism() > 1 && (await hasCommand("taskset"));
    const service = join(projectFolder, "scripts", "bench-service.ts");
    const serve = [process.execPath, ...process.execArgv, service, String(bytes), String(smallFiles)];
    const urls = await startService([
      ...(pinned ? ["taskset", "-c", "0"] : []),
      ...[...serve, certificate.key, certificate.certificate],
    ]);
    return new Scene(workshop, urls, pinned, await hasCommand("rclone"));
  }

  /** Gives one of the floors by its name. */
  floor(name: string): Measured {
    const secure = name.startsWith("curl-tls");
    const { url, source, target } = this.#place(secure);
    const curl = [
      "curl",
      "--silent",
      "--show-error",
      "--fail",
      ...(secure ? ["--cacert", this.#certificate] : []),
    ];
    const upload = [
      ...curl,
      "--request",
      "POST",
      "--header",
      "Expect:",
      "--header",
      "X-Bz-Content-Sha1: none",
    ];
    const commands: Record<string, readonly string[]> = {
      sha1: ["openssl", "sha1", source],
      "curl-up": [...upload, "--upload-file", source, `${url}/b2api/v4/b2_upload_part/0`],
      "curl-down": [...curl, "--output", target, `${url}/file/bench/large`],
    };
    const command = commands[name.replace("-tls", "")];
    return command === undefined
      ? this.#client(name, false)
      : async () => await this.#run(command, process.env);
  }

  /** Gives one of the jobs. */
  job(name: string, { program = name, secure = false }: Job): Measured {
    return this.#client(program, secure);
  }

  /** Gives what rclone needs for the same. */
  rclone(told: NonNullable<Job["rclone"]>, secure: boolean): Measured {
    const place = this.#place(secure);
    const settings = { TYPE: "b2", ACCOUNT: "bench-key-id", KEY: "bench-key", ENDPOINT: place.url };
    const entries = Object.entries(settings).map(([name, value]) => [`RCLONE_B2_${name}`, value]);
    const env = {
      ...process.env,
      ...Object.fromEntries(entries),
      RCLONE_CONFIG: join(this.#workshop, "none"),
    };
    const command = ["rclone", "--ca-cert", this.#certificate, "--retries=1", ...told(place)];
    return async () => await this.#run(command, env);
  }

  #client(job: string, secure: boolean): Measured {
    return async ({ watch = false, profile }) => {
      const entry = pathToFileURL(join(projectFolder, "dist", "src", "index.js")).href;
      const { url, source, target, folder } = this.#place(secure);
      const order: Order = { job, url, entry, source, target, folder, smallFiles, atOnce, watch };
      const env = {
        ...process.env,
        BENCH: JSON.stringify(order),
        NODE_EXTRA_CA_CERTS: secure ? this.#certificate : undefined,
      };
      const recorded = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
      const command = [process.execPath, ...recorded, join(this.#workshop, "program.mjs")];
      await this.#counts(); // Those of others are not this client's.
      const cost = await this.#run(command, env);
      const { bytes, requests } = await this.#counts();
      if (job.endsWith("-up") && bytes < smallFiles * smallBytes)
        throw new Error(`${job} sent ${bytes} bytes`);
      const { b2_get_upload_url: uploadUrls = 0 } = requests;
      return { ...cost, ...(JSON.parse(cost.stdout) as Report), uploadUrls };
    };
  }

  async #run(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Cost> {
    await mkdir(join(this.#workshop, "target"), { recursive: true });
    const cost = await costOf(this.#onClientCore(command), { env });
    await rm(join(this.#workshop, "target"), { recursive: true });
    return cost;
  }

  /** Gives what the service counted since it was asked last. */
  async #counts(): Promise<Counts> {
    return (await (await fetch(`${this.#urls.url}/counts`)).json()) as Counts;
  }

  get #certificate(): string {
    return join(this.#workshop, "certificate.pem");
  }

  #place(secure: boolean): Place {
    return {
      source: join(this.#workshop, "large"),
      target: join(this.#workshop, "target", "file"),
      folder: join(this.#workshop, "small"),
      url: secure ? this.#urls.secureUrl : this.#urls.url,
    };
  }
}

/** Makes a certificate for this machine that only this run trusts. */
async function makeCertificate(folder: string): Promise<{ key: string; certificate: string }> {
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const made = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", certificate];
  await promisify(execFile)("openssl", ["req", "-x509", ...names, ...made]);
  return { key, certificate };
}

async function startService([command = "", ...args]: readonly string[]): Promise<ServiceUrls> {
  const service = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  process.once("exit", () => service.kill());
  const [line] = await once(createInterface({ input: service.stdout }), "line");
  service.stdout.destroy();
  service.unref(); // It serves as long as this process has work of its own.
  return JSON.parse(line) as ServiceUrls;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

await runCommand(import.meta.url, main);
