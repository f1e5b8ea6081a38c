/**
 * Measures synchronisations of unchanged trees: entries a second, memory, and requests by transaction class.
 *
 * Usage: npm run bench:sync [-- ROUNDS]
 */
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { B2Api } from "b2kit";
import { type Emulator, startEmulator } from "b2kit/emulator";
import { fill } from "./bench-fill.ts";
import { runCommand } from "./command.ts";
import { type Cost, costOf, describeMachine, median, megabytes, verdict } from "./measurement.ts";

const bucketName = "many-small-files";
const filesInFolder = 1000;
const foldersInPart = 20;
const modTimeMillis = Date.UTC(2024, 1, 29, 12, 34, 56, 789);

/** The whole tree, and a part of it. */
const trees = {
  part: { path: "tree/part-0", files: 20_000 },
  whole: { path: "tree", files: 200_000 },
} as const;

/** Pages of the service's listings are 1,000 names at first and 10,000 then; two more requests find the bucket. */
const mostRequests = (files: number) => 2 + 1 + Math.ceil(files / 10_000);

/** Without a limit Node lets its heap grow while there is memory, whatever is held. */
const smallHeap = 64;

/** Memory may grow by so much from the part to the whole, in a small heap: by a page or two, as they are collected. */
const flatBytes = 30e6;

/** One line of the table: a tree that is the same on both sides, and what the program is told. */
interface Job {
  readonly name: string;
  readonly tree: keyof typeof trees;
  readonly isDownload?: boolean;
  readonly options?: object;
  /** Limit of the heap in MiB, beside its young generation. */
  readonly heap?: number;
}

const partInSmallHeap: Job = { name: "up, small heap", tree: "part", heap: smallHeap };
const wholeInSmallHeap: Job = { name: "up, small heap", tree: "whole", heap: smallHeap };
const jobs: readonly Job[] = [
  { name: "up", tree: "whole" },
  { name: "up, delete", tree: "whole", options: { keepDaysOrDelete: "delete" } },
  { name: "up, sha1", tree: "part", options: { compareVersionMode: "sha1" } },
  { name: "down", tree: "whole", isDownload: true },
  partInSmallHeap,
  wholeInSmallHeap,
];

/** What the jobs cost. */
interface Row extends Cost {
  readonly classes: Readonly<Record<string, number>>;
}

async function main([times = "3"]: string[]): Promise<number> {
  const rounds = Number(times);
  const folder = await mkdtemp(join(tmpdir(), "b2kit-bench-"));
  const emulator = await startEmulator();
  try {
    await makeTrees(emulator, folder);
    await writeFile(join(folder, "program.mjs"), program);
    const rows = new Map<Job, Row[]>(jobs.map((job) => [job, []]));
    for (let round = 1; round <= rounds; round++) {
      for (const [job, samples] of rows) {
        samples.push(await measure(emulator, folder, job));
        console.log(
          `${round}/${rounds} ${job.name}, ${job.tree}: ${samples.at(-1)?.wallSeconds.toFixed(2)} s`,
        );
      }
    }
    return report(rows);
  } finally {
    await emulator.close();
    await rm(folder, { recursive: true });
  }
}

async function makeTrees(emulator: Emulator, folder: string): Promise<void> {
  const { url: realm, applicationKeyId, applicationKey } = emulator;
  const b2 = new B2Api({ realm, applicationKeyId, applicationKey });
  const { id } = await b2.createBucket(bucketName, "allPrivate");
  const names = Array.from({ length: trees.whole.files }, (_, number) => nameOf(number));
  console.log(`Making ${names.length} files here and there…`);
  for (const name of names) {
    const path = join(folder, name);
    if (name.endsWith("/file-000")) mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "");
    utimesSync(path, modTimeMillis / 1000, modTimeMillis / 1000);
  }
  await fill(emulator, id, names, { src_last_modified_millis: String(modTimeMillis) });
}

function nameOf(number: number): string {
  const [folder, file] = [Math.floor(number / filesInFolder), number % filesInFolder];
  const [part, inPart] = [Math.floor(folder / foldersInPart), folder % foldersInPart];
  const padded = (value: number, digits: number) => String(value).padStart(digits, "0");
  return `tree/part-${part}/folder-${padded(inPart, 2)}/file-${padded(file, 3)}`;
}

/** Synchronises in a process of its own, which must find nothing to do. */
async function measure(emulator: Emulator, folder: string, job: Job): Promise<Row> {
  const { tree, isDownload = false, options = {}, heap } = job;
  const { path, files } = trees[tree];
  const places = [join(folder, path), `b2://${bucketName}/${path}`];
  const order = { places: isDownload ? places.toReversed() : places, options };
  emulator.requests.clear();
  const limits = heap === undefined ? [] : [`--max-old-space-size=${heap}`];
  const cost = await costOf([process.execPath, ...limits, join(folder, "program.mjs")], {
    env: {
      ...process.env,
      B2_REALM: emulator.url,
      B2_APPLICATION_KEY_ID: emulator.applicationKeyId,
      B2_APPLICATION_KEY: emulator.applicationKey,
      B2KIT: new URL("../dist/src/", import.meta.url).href,
      ORDER: JSON.stringify(order),
    },
  });
  const { scanned, transferred, isComplete } = JSON.parse(cost.stdout);
  if (!isComplete || transferred.files > 0 || scanned.source !== files) {
    throw new Error(`the trees are not the same: ${cost.stdout}`);
  }
  return { ...cost, classes: { ...emulator.requests.byTransactionClass } };
}

/** The built package is measured, as its users run it. */
const program = `
  const { B2Api } = await import(process.env.B2KIT + "index.js");
  const { sync } = await import(process.env.B2KIT + "sync/index.js");
  const { places, options } = JSON.parse(process.env.ORDER);
  const result = await sync(...places, { b2: new B2Api(), ...options }).result;
  console.log(JSON.stringify(result));
`;

/** Prints the table, and tells by the exit code whether memory is flat and requests are few. */
function report(rows: ReadonlyMap<Job, readonly Row[]>): number {
  const middle = (job: Job, of: (row: Row) => number) => median((rows.get(job) ?? []).map(of));
  const peakOf = (job: Job) => middle(job, ({ peakResidentBytes }) => peakResidentBytes);
  const table = jobs.map((job) => {
    const { files } = trees[job.tree];
    const { A = 0, B = 0, C = 0 } = rows.get(job)?.[0]?.classes ?? {};
    return {
      job: job.name,
      files,
      "entries/s": Math.round((2 * files) / middle(job, ({ wallSeconds }) => wallSeconds)),
      "CPU s": middle(job, ({ cpuSeconds }) => cpuSeconds).toFixed(2),
      peak: megabytes(peakOf(job)),
      ...{ A, B, C },
      "few requests": verdict(A + B + C <= mostRequests(files)),
    };
  });
  console.log(`\nUnchanged trees of empty files, both sides scanned and compared (medians):`);
  console.table(table);
  const grown = peakOf(wholeInSmallHeap) - peakOf(partInSmallHeap);
  const isFlat = grown < flatBytes;
  console.log(`In a heap of ${smallHeap} MiB the whole needs ${megabytes(grown)} more than the part.`);
  console.log(`Flat memory: ${verdict(isFlat)}\nMachine: ${describeMachine()}`);
  return isFlat && table.every((row) => row["few requests"] === verdict(true)) ? 0 : 1;
}

await runCommand(import.meta.url, main);
