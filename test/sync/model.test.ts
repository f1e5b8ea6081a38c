import { rm } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Emulator, Fault } from "../../src/emulator/index.ts";
import { type Bucket, Filter, NotFoundError } from "../../src/index.ts";
import { nodeTransport, type Transport } from "../../src/raw/index.ts";
import { describeEvent, type SyncFolder, type SyncOptions, sync } from "../../src/sync/index.ts";
import { PlainClient } from "../emulator/plain-client.ts";
import { apiFor, emulatorForTest, folderForTest } from "../support.ts";
import { hear, readFiles, THEN, timeOf, versionsOf, writeFiles } from "./support.ts";

/** A file of the model: content, and modification time in milliseconds after a moment. */
interface File {
  readonly content: string;
  readonly millis: number;
}

type Tree = Readonly<Record<string, File>>;

/** A folder that the model is compared with. */
interface Place {
  readonly folder: SyncFolder;
  put(name: string, file: File): Promise<void>;
  /** Removes a file; in B2 it hides it. */
  remove(name: string): Promise<void>;
  read(): Promise<Tree>;
  /** How many versions of a name there are, where names have several. */
  countVersions?(name: string): Promise<number>;
}

async function placeOnDisk(): Promise<Place> {
  const root = await folderForTest();
  return {
    folder: root,
    put: (name, { content, millis }) => writeFiles(root, { [name]: content }, THEN + millis),
    remove: (name) => rm(join(root, name), { force: true }),
    read: async () => {
      const files = Object.entries(await readFiles(root)).map(async ([name, content]) => {
        return [name, { content, millis: (await timeOf(join(root, name))) - THEN }] as const;
      });
      return Object.fromEntries(await Promise.all(files));
    },
  };
}

async function placeInB2(emulator: Emulator, bucket: Bucket, prefix: string): Promise<Place> {
  const client = await PlainClient.authorize(emulator);
  return {
    folder: { bucket, prefix },
    put: async (name, { content, millis }) => {
      const time = { "X-Bz-Info-src_last_modified_millis": String(THEN + millis) };
      await client.upload(bucket.id, `${prefix}/${name}`, content, time);
    },
    remove: async (name) => {
      await client.post("b2_hide_file", { bucketId: bucket.id, fileName: `${prefix}/${name}` });
    },
    read: () => readStored(bucket, `${prefix}/`),
    countVersions: async (name) => (await versionsOf(bucket, `${prefix}/${name}`)).length,
  };
}

async function readStored(bucket: Bucket, prefix: string): Promise<Tree> {
  const files: Record<string, File> = {};
  try {
    for await (const { fileVersion } of bucket.ls(prefix, { recursive: true })) {
      const content = await (await fileVersion.download()).text();
      files[fileVersion.name.slice(prefix.length)] = { content, millis: fileVersion.modTimeMillis - THEN };
    }
    return files;
  } catch (error) {
    if (error instanceof NotFoundError) {
      return await readStored(bucket, prefix); // The service still does what an aborted run asked for.
    }
    throw error;
  }
}

/** A transport whose answers are dated by the emulator's clock. */
function datedTransport({ clock }: Emulator): Transport {
  const inner = nodeTransport();
  return async (request) => {
    const response = await inner(request);
    const headers = new Headers(response.headers);
    headers.set("Date", new Date(clock.now()).toUTCString());
    return { ...response, headers };
  };
}

const directions: Record<string, readonly [source: "disk" | "b2", destination: "disk" | "b2"]> = {
  "local to B2": ["disk", "b2"],
  "B2 to local": ["b2", "disk"],
  "B2 to B2": ["b2", "b2"],
};

const LARGE = "large ".repeat(40_000); // Three parts.
const files = fc.record({
  content: fc.oneof({ weight: 9, arbitrary: fc.constantFrom("", "one", "two", "three") }, fc.constant(LARGE)),
  millis: fc.constantFrom(0, 1, 1000, 5000),
});
/** No file shares its name with a folder, which a local folder could not hold. */
const names = fc.constantFrom("a", "a.tmp", "b", "d/a", "d/b.tmp", "d-/a", "d/d/c", "\u{1f98a}", "\uffee");
/** Files that are written, or removed. */
const edits = fc.array(fc.tuple(names, fc.option(files, { freq: 5 })), { maxLength: 9 });

/** Options, and which names they exclude by the model. */
const exclusions = fc.constantFrom<[Partial<SyncOptions>, RegExp]>(
  [{}, /^$/],
  [{ filters: [Filter.exclude("*.tmp")] }, /\.tmp$/],
  [{ excludeDirRegexes: ["d$"] }, /^d\//],
  [{ excludeFileRegexes: [/a/], includeFileRegexes: [/\//] }, /^[^/]*a[^/]*$/],
);
const options = fc.record({
  compareVersionMode: fc.constantFrom("modTime", "size", "sha1", "none"),
  compareThreshold: fc.constantFrom(0, 0, 2, 1000),
  newerFileMode: fc.constantFrom("skip", "replace", "raiseError"),
  keepDaysOrDelete: fc.constantFrom("noDelete", "delete", "keepBeforeDelete"),
  deleteExcluded: fc.boolean(),
});
type Options = typeof options extends fc.Arbitrary<infer Value> ? Value : never;

/** What goes wrong with a run. */
interface Trouble {
  readonly faults: readonly Fault[];
  /** Whether files may be left undone. */
  readonly isFatal: boolean;
  /** Aborts at this event. */
  readonly abortAt?: number;
}

const share = { operation: "*", share: 0.2 } as const;
const troubles = fc
  .integer({ min: 1, max: 1000 })
  .chain((seed) =>
    fc.constantFrom<Trouble | undefined>(
      undefined,
      undefined,
      { faults: [{ ...share, seed, status: 503 }], isFatal: false },
      { faults: [{ ...share, seed, reset: "before" }], isFatal: false },
      { faults: [{ ...share, seed, reset: "after" }], isFatal: false },
      { faults: [{ ...share, seed, status: 403, code: "access_denied" }], isFatal: true },
      { faults: [{ ...share, seed, expireToken: true }], isFatal: true },
      { faults: [], isFatal: true, abortAt: seed % 12 },
    ),
  );

/** What the destination holds afterwards, decided name by name. */
function modelOf(source: Tree, destination: Tree, excluded: RegExp, chosen: Options): Tree {
  const result: Record<string, File> = {};
  for (const name of new Set([...Object.keys(source), ...Object.keys(destination)])) {
    const isExcluded = excluded.test(name);
    const from = isExcluded ? undefined : source[name];
    const to = destination[name];
    const isKept = chosen.keepDaysOrDelete === "noDelete" || (isExcluded && !chosen.deleteExcluded);
    const left = from === undefined ? (isKept ? to : undefined) : winner(from, to, chosen);
    if (left !== undefined) {
      result[name] = left;
    }
  }
  return result;
}

function winner(from: File, to: File | undefined, chosen: Options): File {
  const { compareVersionMode: mode, compareThreshold: threshold } = chosen;
  if (to === undefined) {
    return from;
  }
  const apart = Math.abs(from.content.length - to.content.length);
  const isSame = {
    none: true,
    size: apart <= threshold,
    sha1: from.content === to.content,
    modTime: Math.abs(from.millis - to.millis) <= threshold && apart === 0,
  };
  const isNewer = mode === "modTime" && to.millis - from.millis > threshold;
  return isSame[mode] || (isNewer && chosen.newerFileMode !== "replace") ? to : from;
}

/** What stands at the beginning of a round, and what is done with it. */
interface Round {
  readonly emulator: Emulator;
  readonly source: Place;
  readonly destination: Place;
  readonly chosen: Options;
  readonly excluded: RegExp;
  readonly syncOptions: SyncOptions;
  readonly trouble: Trouble | undefined;
}

/** Plans, does, and finds nothing to do any more. */
async function checkRound(round: Round): Promise<void> {
  const { emulator, source, destination, chosen, excluded, trouble } = round;
  const before = await destination.read();
  const expected = modelOf(await source.read(), before, excluded, chosen);
  const planned = await linesOf(round, { dryRun: true });
  if (trouble?.isFatal) {
    await interrupt(round, trouble);
    for (const [name, file] of Object.entries(await destination.read())) {
      expect([before[name], expected[name]]).toContainEqual(file);
    }
    await linesOf(round);
  } else {
    trouble?.faults.map((fault) => emulator.faults.add(fault));
    expect(await linesOf(round)).toEqual(planned);
    emulator.faults.clear();
  }
  expect(await destination.read()).toEqual(expected);
  if (trouble?.isFatal || trouble?.faults.some(({ reset }) => reset === "after")) {
    // An upload whose answer was lost was repeated, and left an old version.
    const late = actionsOf(await linesOf(round));
    expect(late.filter((line) => !line.endsWith("(old version)"))).toEqual([]);
  }
  expect(actionsOf(await linesOf(round))).toEqual([]);
  if (chosen.keepDaysOrDelete === "delete" && chosen.newerFileMode === "replace") {
    await expectNoOldVersions(round, expected);
  }
}

/** Lets a run fail or abort. */
async function interrupt(round: Round, { faults, abortAt }: Trouble): Promise<void> {
  const { emulator, source, destination, syncOptions } = round;
  const added = faults.map((fault) => emulator.faults.add(fault));
  const aborter = new AbortController();
  const run = sync(source.folder, destination.folder, { ...syncOptions, signal: aborter.signal });
  let events = 0;
  try {
    for await (const _ of run) {
      events += 1;
      if (events === abortAt) {
        aborter.abort(new Error("enough"));
      }
    }
  } catch (error) {
    expect(aborter.signal.reason === error || added.some(({ hits }) => hits > 0)).toBe(true);
  }
  emulator.faults.clear();
}

/** What a run tells, in an order that does not depend on which transfer is faster. */
async function linesOf(round: Round, more: SyncOptions = {}): Promise<string[]> {
  const { source, destination, syncOptions } = round;
  const { events } = await hear(sync(source.folder, destination.folder, { ...syncOptions, ...more }));
  return events.flatMap((event) => describeEvent(event) ?? []).sort();
}

const actionsOf = (lines: readonly string[]) => lines.filter((line) => !/^(failed|skip) /.test(line));

async function expectNoOldVersions({ destination, chosen, excluded }: Round, expected: Tree): Promise<void> {
  for (const name of Object.keys(expected)) {
    if (chosen.deleteExcluded || !excluded.test(name)) {
      expect([name, await destination.countVersions?.(name)]).toEqual([name, destination.countVersions && 1]);
    }
  }
}

async function apply(changes: ReadonlyArray<[string, File | null]>, place: Place): Promise<void> {
  for (const [name, file] of changes) {
    await (file === null ? place.remove(name) : place.put(name, file));
  }
}

test.each(Object.entries(directions))(
  "%s: any trees, edits, options and troubles give what a naive model gives, and then nothing",
  async (_, [from, to]) => {
    const emulator = await emulatorForTest({ recommendedPartSizeBytes: 100_000 });
    const b2 = apiFor(emulator, { transport: datedTransport(emulator) });
    const bucket = await b2.createBucket("modelled-bucket", "allPrivate");
    let runs = 0;
    const makePlace = async (kind: "disk" | "b2", name: string) =>
      kind === "disk" ? await placeOnDisk() : await placeInB2(emulator, bucket, `run-${runs}/${name}`);
    const property = fc.asyncProperty(
      fc.array(fc.tuple(edits, edits, troubles), { minLength: 1, maxLength: 2 }),
      options.filter(({ keepDaysOrDelete }) => to === "b2" || keepDaysOrDelete !== "keepBeforeDelete"),
      exclusions,
      async (rounds, chosen, [policies, excluded]) => {
        runs += 1;
        const source = await makePlace(from, "from");
        const destination = await makePlace(to, "to");
        const keepDays = chosen.keepDaysOrDelete === "keepBeforeDelete" ? { keepDays: 1 } : {};
        const syncOptions = { ...chosen, ...keepDays, ...policies, allowEmptySource: true };
        for (const [sourceEdits, destinationEdits, trouble] of rounds) {
          await apply(sourceEdits, source);
          await apply(destinationEdits, destination);
          emulator.clock.advance(8000); // What was made before is told from what a run makes.
          await checkRound({ emulator, source, destination, chosen, excluded, syncOptions, trouble });
        }
      },
    );
    await fc.assert(property, { numRuns: 12, endOnFailure: true });
  },
);
