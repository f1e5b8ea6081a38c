import { mkdtempSync, readdirSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomFrom } from "../src/emulator/random.ts";
import { runCommand } from "./command.ts";
import { startProcess } from "./emulator-process.ts";
import { SoakClient, type Tally } from "./soak-client.ts";
import { SoakWorker } from "./soak-worker.ts";

/** Settings of {@link soak}. */
export interface SoakOptions {
  /** Data folder; kept. */
  readonly dataDir: string;
  /** How often the emulator is killed. */
  readonly moments: number;
  /** Decides what the load does and when the emulator is killed. */
  readonly seed: number;
  /** How many workers make requests at the same time. */
  readonly workers?: number;
  /** Each time, the emulator is killed soon after so many acknowledged requests at most. */
  readonly mostRequests?: number;
  readonly log?: (line: string) => void;
}

/** What a soak run did. */
export interface SoakReport {
  readonly kills: number;
  /** Requests whose success was acknowledged, and which were found to have lasted. */
  readonly acknowledged: number;
  /** How often each operation was acknowledged, the checks included. */
  readonly byOperation: Readonly<Tally>;
  /** Requests that were under way when the emulator was killed, by whether they turned out to be done. */
  readonly interrupted: { readonly done: number; readonly undone: number };
}

/** The emulator is killed up to so long after an answer, so that it may be anywhere in the requests that follow. */
const mostMillis = 5;

/** Before one of so many moments, a start is killed while it writes the journal anew. */
const startsForOneKill = 8;

/**
 * Kills an emulator with SIGKILL at random moments of a mixed load, starts it again on the same data, and compares
 * everything that was acknowledged with what is there.
 *
 * Each worker has a bucket of its own and one request at a time: what it was doing when the emulator died may be done
 * or not, but not by half; everything before it has to be as it was acknowledged.
 *
 * @throws when something acknowledged is lost, something deleted is back, or something half-made is there.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { dataDir, moments, seed, mostRequests = 120, log = () => {} } = options;
  const random = randomFrom(seed);
  const workers = Array.from(
    { length: options.workers ?? 8 },
    (_, index) => new SoakWorker(index, randomFrom(seed * 1000 + index)),
  );
  let acknowledged = 0;
  const byOperation: Tally = new Map();
  const interrupted = { done: 0, undone: 0 };
  for (let moment = 1; moment <= moments; moment++) {
    if (moment % startsForOneKill === 0) await killDuringStart(dataDir);
    const emulator = await startProcess(dataDir);
    try {
      const client = await SoakClient.authorize(emulator, byOperation);
      for (const worker of workers) {
        const outcome = await worker.verify(client);
        if (outcome) interrupted[outcome]++;
      }
      checkFolder(dataDir, workers);
      const limit = 1 + Math.floor(random() * mostRequests);
      const kill = () => setTimeout(() => void emulator.kill(), random() * mostMillis);
      acknowledged += await loadUntil(limit, workers, client, kill);
      log(`moment ${moment}: killed after ${limit} acknowledged requests, ${acknowledged} in all`);
    } finally {
      await emulator.kill();
    }
  }
  await verifyOnceMore(dataDir, workers);
  return { kills: moments, acknowledged, byOperation, interrupted };
}

/** Kills a starting emulator as soon as it begins to write its journal anew, or after its start if that is not seen. */
async function killDuringStart(dataDir: string): Promise<void> {
  let kill = () => {};
  const watcher = watch(dataDir, (_, name) => {
    if (name === "journal.jsonl.new") kill();
  });
  const onSpawn = (killNow: () => void) => {
    kill = killNow;
  };
  const emulator = await startProcess(dataDir, { onSpawn }).catch(() => undefined);
  watcher.close();
  await emulator?.kill();
}

/** Lets all workers make requests until the connections break, and has that begin when so many were acknowledged. */
async function loadUntil(
  limit: number,
  workers: readonly SoakWorker[],
  client: SoakClient,
  kill: () => void,
): Promise<number> {
  let acknowledged = 0;
  const onAcknowledged = () => {
    if (++acknowledged === limit) kill();
  };
  await Promise.all(workers.map((worker) => worker.runUntilCut(client, onAcknowledged)));
  return acknowledged;
}

async function verifyOnceMore(dataDir: string, workers: readonly SoakWorker[]): Promise<void> {
  const emulator = await startProcess(dataDir);
  try {
    const client = await SoakClient.authorize(emulator, new Map());
    for (const worker of workers) await worker.verify(client);
    checkFolder(dataDir, workers);
  } finally {
    await emulator.kill();
  }
}

/** Nothing that was not finished may lie in the folder: neither files of broken uploads nor contents of nobody. */
function checkFolder(dataDir: string, workers: readonly SoakWorker[]): void {
  const contents = readdirSync(join(dataDir, "contents"));
  const expected = workers.reduce((sum, worker) => sum + worker.files, 0);
  if (contents.length !== expected || contents.some((name) => name.endsWith(".part"))) {
    throw new Error(`the contents folder has ${contents.length} files, ${expected} are needed: ${contents}`);
  }
  const others = readdirSync(dataDir).filter((name) => !["contents", "journal.jsonl", "lock"].includes(name));
  if (others.length > 0) throw new Error(`the data folder has what it should not: ${others}`);
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { moments: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
  });
  const dataDir = mkdtempSync(join(tmpdir(), "b2kit-soak-"));
  const report = await soak({
    dataDir,
    moments: Number(values.moments),
    seed: Number(values.seed),
    log: (line) => console.log(line),
  });
  rmSync(dataDir, { recursive: true }); // stays for a look when something was lost
  const { kills, acknowledged, byOperation, interrupted } = report;
  console.log([...byOperation].map(([operation, count]) => `${operation} ${count}`).join(", "));
  console.log(
    `${kills} kills: all ${acknowledged} acknowledged requests lasted; of ${interrupted.done + interrupted.undone} ` +
      `interrupted ones ${interrupted.done} were done and ${interrupted.undone} not, none by half.`,
  );
  return 0;
}

await runCommand(import.meta.url, main);
