import { fork } from "node:child_process";
import { once } from "node:events";
import { appendFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { isTemporaryName } from "../../src/download/local-target.ts";
import type { Emulator, Fault } from "../../src/emulator/index.ts";
import type { Bucket } from "../../src/index.ts";
import { nodeTransport, type Transport } from "../../src/raw/index.ts";
import { type SyncFolder, type SyncOptions, sync } from "../../src/sync/index.ts";
import { apiFor, emulatorForTest, folderForTest } from "../support.ts";
import { changes, hear, readFiles, storedFiles, storeFiles, versionsOf, writeFiles } from "./support.ts";

const programPath = fileURLToPath(new URL("sync-program.ts", import.meta.url));

let emulator: Emulator;
let bucket: Bucket;
let root: string;

beforeEach(async () => {
  emulator = await emulatorForTest();
  bucket = await apiFor(emulator).createBucket("interrupted-bucket", "allPrivate");
  root = await folderForTest();
});

const names = Array.from({ length: 20 }, (_, index) => `folder-${index % 5}/file-${index}`);
const files = Object.fromEntries(names.map((name, index) => [name, `content ${index} `.repeat(index * 30)]));

/** A direction, its faults, and what both sides hold. */
interface Direction {
  prepare(): Promise<void>;
  readonly folders: () => [source: SyncFolder, destination: SyncFolder];
  readonly result: () => Promise<Record<string, string>>;
  /** The operation that moves a file. */
  readonly operation: "b2_upload_file" | "b2_download_file_by_id" | "b2_copy_file";
}

const directions: Record<string, Direction> = {
  "local to B2": {
    prepare: () => writeFiles(root, files),
    folders: () => [root, { bucket }],
    result: () => storedFiles(bucket),
    operation: "b2_upload_file",
  },
  "B2 to local": {
    prepare: () => storeFiles(emulator, bucket, files),
    folders: () => [{ bucket }, root],
    result: () => readFiles(root),
    operation: "b2_download_file_by_id",
  },
  "B2 to B2": {
    prepare: () =>
      storeFiles(emulator, bucket, Object.fromEntries(names.map((name) => [`a/${name}`, files[name] ?? ""]))),
    folders: () => [
      { bucket, prefix: "a" },
      { bucket, prefix: "b" },
    ],
    result: () => storedFiles(bucket, "b/"),
    operation: "b2_copy_file",
  },
};

const troubles: ReadonlyArray<Omit<Fault, "operation">> = [
  { every: 7, times: 3, status: 503, code: "service_unavailable" },
  { nth: [2, 9], status: 429, code: "too_many_requests", retryAfter: 0 },
  { nth: [4, 11], reset: "before" },
  { nth: [6, 13], reset: "after" },
  { nth: 3, expireToken: true },
] as const;

describe.each(Object.entries(directions))("%s", (_, { prepare, folders, result, operation }) => {
  beforeEach(() => prepare());

  test("errors, resets, lost answers and a dead token cost repetitions and nothing else", async () => {
    const faults = troubles.map((trouble) => emulator.faults.add({ operation, ...trouble } as Fault));
    emulator.faults.add({ operation: "b2_list_file_names", nth: 1, status: 503 });
    const { result: first } = await hear(sync(...folders()));
    expect(first).toMatchObject({ isComplete: true, failures: [], transferred: { files: names.length } });
    expect(faults.map(({ hits }) => hits)).not.toContain(0);
    expect(await result()).toEqual(files);
    expect(await sync(...folders()).result).toMatchObject({ isComplete: true, transferred: { files: 0 } });
  });

  test("files that fail do not stop the others, and the next run does the rest", async () => {
    emulator.faults.add({ operation, every: 3, status: 403, code: "access_denied" });
    const { events, result: first } = await hear(sync(...folders()));
    expect(first).toMatchObject({ isComplete: false, failed: 6, transferred: { files: 14 } });
    expect(first.failures).toHaveLength(6);
    expect(events.filter(({ type }) => type === "failed")).toHaveLength(6);
    emulator.faults.clear();
    expect(await sync(...folders()).result).toMatchObject({ isComplete: true, transferred: { files: 6 } });
    expect(await result()).toEqual(files);
  });

  test.each([1, 7])(
    "an abort after %d files leaves whole files, and the next run does the rest",
    async (after) => {
      const aborter = new AbortController();
      const reason = new Error("enough");
      const run = sync(...folders(), { signal: aborter.signal, concurrency: 3 });
      let transferred = 0;
      const heard = (async () => {
        for await (const { type } of run) {
          transferred += type === "transferred" ? 1 : 0;
          if (transferred === after) {
            aborter.abort(reason);
          }
        }
      })();
      await expect(heard).rejects.toBe(reason);
      await expect(run.result).rejects.toBe(reason);
      const partly = await result();
      expect(Object.keys(partly).length).toBeGreaterThanOrEqual(after);
      expect(Object.keys(partly).length).toBeLessThan(names.length);
      expect(files).toMatchObject(partly);
      const rest = await sync(...folders()).result;
      expect(rest.transferred.files).toBe(names.length - Object.keys(partly).length);
      expect(await result()).toEqual(files);
      expect((await readdir(root, { recursive: true })).filter((name) => name.includes(".b2kit"))).toEqual(
        [],
      );
    },
  );

  test("an abort before the start does nothing", async () => {
    emulator.requests.clear();
    await expect(sync(...folders(), { signal: AbortSignal.abort("no") }).result).rejects.toBe("no");
    expect(emulator.requests.total).toBe(0);
  });

  test("a loop over the events that is left ends the work", async () => {
    const run = sync(...folders(), { concurrency: 2 });
    for await (const { type } of run) {
      if (type === "transferred") {
        break;
      }
    }
    await expect(run.result).rejects.toThrow("The loop over the events was left");
    expect(Object.keys(await result()).length).toBeLessThan(names.length);
  });

  test("as many files are under way as are allowed, without a warning of the runtime", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on("warning", onWarning);
    onTestFinished(() => void process.off("warning", onWarning));
    let waiting = 0;
    let open = () => {};
    const isOpen = new Promise<void>((resolve) => {
      open = resolve;
    });
    const wait = async () => {
      waiting += 1;
      await (waiting === 12 ? open() : isOpen);
      return undefined;
    };
    const encryptionSettingsProvider = { forRead: wait, forWrite: wait };
    let [underWay, most] = [0, 0];
    for await (const event of sync(...folders(), { concurrency: 12, encryptionSettingsProvider })) {
      underWay += event.type === "planned" ? 1 : event.type === "transferred" ? -1 : 0;
      most = Math.max(most, underWay);
    }
    expect([12, 13]).toContain(most); // One more is planned and waits.
    expect(warnings).toEqual([]);
  });
});

test("a removal that fails is reported, and the others go on", async () => {
  await storeFiles(emulator, bucket, { a: "1", b: "2", c: "3", keep: "4" });
  await storeFiles(emulator, bucket, { a: "11" });
  await writeFiles(root, { keep: "4" });
  emulator.faults.add({ operation: "b2_delete_file_version", nth: 1, status: 403, code: "access_denied" });
  const { result } = await hear(sync(root, { bucket }, { keepDaysOrDelete: "delete", concurrency: 1 }));
  expect(result).toMatchObject({ isComplete: false, failed: 1, removed: { deleted: 2 } });
  expect(result.failures[0]?.relativePath).toBe("a");
  // The oldest version could not be deleted: the newest stays, so that the old one does not show.
  expect(await storedFiles(bucket)).toEqual({ a: "11", keep: "4" });
  expect(await versionsOf(bucket, "a")).toEqual(["upload", "upload"]);
});

test("an abort while things are removed leaves no old version to be seen", async () => {
  await storeFiles(emulator, bucket, { a: "old", keep: "1" });
  await storeFiles(emulator, bucket, { a: "newer" });
  await writeFiles(root, { keep: "1" });
  const aborter = new AbortController();
  const run = sync(root, { bucket }, { keepDaysOrDelete: "delete", signal: aborter.signal });
  const heard = (async () => {
    for await (const { type } of run) {
      if (type === "removed") {
        aborter.abort();
      }
    }
  })();
  await expect(heard).rejects.toThrow("aborted");
  const left = await storedFiles(bucket);
  expect([{ a: "newer", keep: "1" }, { keep: "1" }]).toContainEqual(left);
});

describe("a file that changes while it is uploaded", () => {
  const SIZE = 24 * 1024 * 1024; // More than the sockets on the way take at once.

  beforeEach(async () => {
    emulator = await emulatorForTest({ recommendedPartSizeBytes: 100_000_000 });
    bucket = await apiFor(emulator).createBucket("changing-bucket", "allPrivate");
    await writeFile(join(root, "a"), Buffer.alloc(SIZE));
  });

  /** Changes the file in the middle of so many uploads of it. */
  async function changeDuring(uploads: number): Promise<void> {
    const nth = Array.from({ length: uploads }, (_, index) => index + 1);
    emulator.faults.add({ operation: "b2_upload_file", nth, delay: { millis: 1000, when: "body" } });
    for (let upload = 0; upload < uploads; upload++) {
      await emulator.requests.next("b2_upload_file");
      await appendFile(join(root, "a"), "more");
      await setImmediate();
      emulator.clock.advance(1000);
    }
  }

  test("is sent again", async () => {
    const [{ result }] = await Promise.all([hear(sync(root, { bucket })), changeDuring(1)]);
    expect(result).toMatchObject({ isComplete: true, transferred: { files: 1 } });
    expect((await bucket.getFileInfoByName("a")).size).toBe(SIZE + 4);
    expect(await versionsOf(bucket, "a")).toEqual(["upload"]);
    expect(await sync(root, { bucket }).result).toMatchObject({ transferred: { files: 0 } });
  });

  test("is reported when it never rests, and stored by the next run", async () => {
    const [{ result }] = await Promise.all([hear(sync(root, { bucket })), changeDuring(3)]);
    expect(result).toMatchObject({ isComplete: false, failed: 1 });
    expect(result.failures[0]?.message).toMatch(/changed while it was read/);
    expect(await storedFiles(bucket)).toEqual({});
    emulator.faults.clear();
    expect(await sync(root, { bucket }).result).toMatchObject({
      isComplete: true,
      transferred: { files: 1 },
    });
  });
});

describe("a process that is killed in the middle of a large file", () => {
  const small = Object.fromEntries(["a", "b/c", "b/d", "e"].map((name) => [name, name]));
  const all = { ...small, large: "0123456789abcdef".repeat(400_000) }; // 6.4 MB, in parts of 1 MB

  /** Synchronises in another process until something is true, and kills it. */
  async function killWhen(isTrue: () => Promise<boolean>, ...folders: [string, string]): Promise<void> {
    const { url, applicationKeyId, applicationKey } = emulator;
    const program = fork(programPath, [url, applicationKeyId, applicationKey, ...folders], {
      execArgv: ["--import=ts-blank-space/register", "--conditions=b2kit-source"],
    });
    onTestFinished(() => void program.kill("SIGKILL"));
    await expect.poll(isTrue, { timeout: 20_000 }).toBe(true);
    program.kill("SIGKILL");
    await once(program, "close");
    emulator.faults.clear();
  }

  test("is continued by the next upload with the parts and files that are missing", async () => {
    await writeFiles(root, all);
    emulator.faults.add({ operation: "b2_upload_part", nth: [3, 4, 5, 6, 7], stall: "response" });
    const isInTheMiddle = async () => emulator.requests.count("b2_upload_part") > 2;
    await killWhen(isInTheMiddle, root, `b2://${bucket.name}`);
    expect(await storedFiles(bucket)).toEqual(small);
    emulator.requests.clear();
    expect(await sync(root, { bucket }).result).toMatchObject({
      isComplete: true,
      transferred: { files: 1 },
    });
    const { b2_upload_part: parts = 0, ...others } = changes(emulator);
    expect(parts).toBeLessThan(7);
    expect(others).toEqual({ b2_finish_large_file: 1 });
    expect(await storedFiles(bucket)).toEqual(all);
  });

  test("is continued by the next download with the bytes and files that are missing", async () => {
    await storeFiles(emulator, bucket, all);
    emulator.faults.add({
      operation: "b2_download_file_by_id",
      nth: 5,
      delay: { millis: 1e9, when: "middle" },
    });
    const isInTheMiddle = async () => {
      const record = (await readdir(root)).find((name) => name.endsWith("-spans"));
      return record !== undefined && (await stat(join(root, record))).size > 0;
    };
    await killWhen(isInTheMiddle, `b2://${bucket.name}`, root);
    const left = await readdir(root, { recursive: true });
    expect(left.filter((name) => !isTemporaryName(name)).sort()).toEqual(["a", "b", "b/c", "b/d", "e"]);

    const ranges: Array<string | undefined> = [];
    const inner = nodeTransport();
    const transport: Transport = (request) => {
      if (request.url.includes("b2_download_file_by_id")) {
        ranges.push(request.headers.range);
      }
      return inner(request);
    };
    const b2 = apiFor(emulator, { transport });
    const { result } = sync(`b2://${bucket.name}`, root, { b2 });
    expect(await result).toMatchObject({ isComplete: true, transferred: { files: 1 } });
    expect(ranges.at(-1)).toMatch(/^bytes=[1-9]/);
    expect(await readFiles(root)).toEqual(all);
  });
});

test("options that make no sense are refused before anything is done", async () => {
  const wrong: Array<[SyncOptions, RegExp]> = [
    [{ compareThreshold: -1 }, /compareThreshold/],
    [{ concurrency: 0 }, /concurrency/],
    [{ uploadMode: "partly" } as unknown as SyncOptions, /uploadMode must be one of full, incremental/],
    [{ keepDays: 3 }, /belong together/],
    [{ keepDaysOrDelete: "keepBeforeDelete" }, /belong together/],
    [{ keepDaysOrDelete: "keepBeforeDelete", keepDays: 0 }, /keepDays must not be 0/],
    [{ includeFileRegexes: ["a"] }, /give both/],
  ];
  for (const [options, message] of wrong) {
    expect(() => sync(root, { bucket }, options)).toThrow(message);
  }
  expect(() => sync(root, join(root, "b"))).toThrow(/Both folders are local/);
  expect(() => sync(root, "b2://bucket/folder")).toThrow(/needs the option b2/);
  expect(() => sync(root, "b2:///folder")).toThrow(/b2:\/\/bucket\/folder/);
  expect(() => sync("", { bucket })).toThrow(/empty/);
  const keep = { keepDaysOrDelete: "keepBeforeDelete", keepDays: 3 } as const;
  expect(() => sync({ bucket }, root, keep)).toThrow(/a local destination/);
});
