import { execFile, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { mkdir, open, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { isTemporaryName } from "../../src/download/local-target.ts";
import { cutSpans, endOf } from "../../src/download/span.ts";
import {
  type B2ApiOptions,
  type Bucket,
  CapExceededError,
  ChecksumError,
  type DownloadOptions,
  LocalFileError,
  type SaveOptions,
  type TransferProgress,
  UnavailableError,
  type UploadOptions,
} from "../../src/index.ts";
import { nodeTransport, type Transport } from "../../src/raw/index.ts";
import { folderForTest } from "../support.ts";
import { replaceFile, type StoredFile, storedFile } from "./support.ts";

const byName = "b2_download_file_by_name";
const byId = "b2_download_file_by_id";

/** A stored file and an empty folder to save it in. */
async function place(size: number, options: UploadOptions & { readonly api?: B2ApiOptions } = {}) {
  const folder = await folderForTest();
  return { ...(await storedFile(size, options)), folder, target: join(folder, "target") };
}

async function save(
  bucket: Bucket,
  path: string,
  options: SaveOptions & DownloadOptions = {},
): Promise<void> {
  await (await bucket.downloadFileByName("file", options)).saveTo(path, options);
}

async function expectSaved({ bytes }: StoredFile, target: string): Promise<void> {
  expect(Buffer.compare(await readFile(target), bytes)).toBe(0);
  expect(await readdir(dirname(target))).toEqual([basename(target)]);
}

/** How a file is saved: in one go, or in ranges. */
const strategies: Array<[string, SaveOptions]> = [
  ["in one go", {}],
  ["in ranges", { rangeSizeBytes: 100_000 }],
];

/** A transport that notes which ranges are asked for, and how many answers are open at once. */
function watching() {
  const inner = nodeTransport();
  const watched = { ranges: [] as string[], open: 0, most: 0 };
  const transport: Transport = async (request) => {
    if (!/\/file\/|b2_download_file_by_id/.test(request.url)) {
      return await inner(request);
    }
    watched.ranges.push(request.headers.range ?? "all");
    watched.open += 1;
    watched.most = Math.max(watched.most, watched.open);
    const response = await inner(request);
    const { readTo } = response.body;
    return {
      ...response,
      body: {
        ...response.body,
        readTo: (take) => (readTo?.(take) ?? Promise.reject()).finally(() => watched.open--),
      },
    };
  };
  return { watched, transport };
}

describe.each(strategies)("saving %s", (strategy, options) => {
  const isParallel = strategy === "in ranges";

  test.each([0, 1, 99_999, 100_000, 100_001, 1_050_000, 2_500_000])(
    "writes exactly the %d bytes that were stored",
    async (size) => {
      const stored = await place(size);
      await save(stored.bucket, stored.target, options);
      await expectSaved(stored, stored.target);
      const ranges = isParallel && size > 100_000 ? Math.ceil(size / 100_000) - 1 : 0;
      expect(stored.emulator.requests.count(byName)).toBe(1);
      expect(stored.emulator.requests.count(byId)).toBe(ranges);
    },
  );

  test("writes a range alone, and compares nothing", async () => {
    const { emulator, bucket, target, bytes } = await place(1_000_000);
    emulator.faults.add({ operation: "*", corrupt: 10 });
    await save(bucket, target, { ...options, offset: 100_001, length: 500_002 });
    const saved = await readFile(target);
    const wrong = [...saved.keys()].filter((index) => saved[index] !== bytes[100_001 + index]);
    expect(saved.length).toBe(500_002);
    expect(wrong.length).toBe(isParallel ? 5 : 1);
  });

  test("b2sdk 51: completes although every answer breaks off after four bytes", async () => {
    const stored = await place(60);
    stored.emulator.faults.add({ operation: byName, truncate: 4 });
    stored.emulator.faults.add({ operation: byId, truncate: 4 });
    await save(stored.bucket, stored.target, isParallel ? { rangeSizeBytes: 20 } : {});
    await expectSaved(stored, stored.target);
  });

  test("survives resets, silence, refusals and a token that dies on the way", async () => {
    const { transport } = impatient();
    const stored = await place(1_000_000, { api: { transport, retry: { firstDelayMillis: 1 } } });
    const { faults, requests } = stored.emulator;
    faults.add({ operation: byName, truncate: 30_000 });
    faults.add({ operation: byId, nth: 1, reset: "before" });
    faults.add({ operation: byId, nth: 2, status: 503 });
    faults.add({ operation: byId, nth: 3, stall: "response" });
    faults.add({ operation: byId, nth: 4, expireToken: true });
    faults.add({ operation: byId, nth: 5, truncate: 30_000 });
    await save(stored.bucket, stored.target, options);
    await expectSaved(stored, stored.target);
    expect(requests.count("b2_authorize_account")).toBe(1);
  });

  test("keeps to one version when another takes the name on the way", async () => {
    const stored = await place(1_000_000);
    stored.emulator.faults.add({ operation: byName, truncate: 50_000 });
    const downloaded = await stored.bucket.downloadFileByName("file");
    await replaceFile(stored.bucket, 1_000_000);
    await downloaded.saveTo(stored.target, options);
    await expectSaved(stored, stored.target);
  });

  test.each<[string, UploadOptions]>([
    ["stored in one request", {}],
    ["stored in parts", { partSizeBytes: 300_000 }],
  ])("notices a wrong byte of a file that was %s, and leaves nothing behind", async (_, upload) => {
    const { emulator, bucket, target, folder } = await place(1_000_000, upload);
    emulator.faults.add({ operation: isParallel ? byId : byName, nth: 1, corrupt: 50_000 });
    const saved = save(bucket, target, options);
    await expect(saved).rejects.toBeInstanceOf(ChecksumError);
    await expect(saved).rejects.toMatchObject({ fileName: "file" });
    expect(await readdir(folder)).toEqual([]);
  });

  test("leaves an existing file as it was when it fails", async () => {
    const { emulator, bucket, target } = await place(1_000_000);
    await writeFile(target, "before");
    emulator.faults.add({ operation: byName, corrupt: 50_000 });
    await expect(save(bucket, target, options)).rejects.toBeInstanceOf(ChecksumError);
    expect(await readFile(target, "utf8")).toBe("before");
    expect(await readdir(dirname(target))).toEqual(["target"]);
  });

  test("ends at once with the signal's reason, and leaves nothing behind", async () => {
    const { emulator, bucket, target, folder } = await place(1_000_000);
    for (const where of ["download", "save"]) {
      const controller = new AbortController();
      const { signal } = controller;
      const downloaded = await bucket.downloadFileByName("file", where === "download" ? { signal } : {});
      const saved = downloaded.saveTo(target, {
        ...options,
        ...(where === "save" && { signal }),
        onProgress: () => controller.abort("enough"),
      });
      await expect(saved).rejects.toBe("enough");
      expect(await readdir(folder)).toEqual([]);
    }
    const { total } = emulator.requests;
    await emulatorIsIdle();
    expect(emulator.requests.total).toBe(total);
  });

  test("b2sdk 55: tells progress that never falls and ends at the size", async () => {
    const { emulator, bucket, target } = await place(1_000_000);
    emulator.faults.add({ operation: byId, every: 2, truncate: 30_000 });
    const seen: TransferProgress[] = [];
    await save(bucket, target, { ...options, onProgress: (progress) => seen.push(progress) });
    const moved = seen.map(({ bytes }) => bytes);
    expect(moved).toEqual([...moved].sort((a, b) => a - b));
    expect(moved.at(-1)).toBe(1_000_000);
    expect(new Set(seen.map(({ totalBytes }) => totalBytes))).toEqual(new Set([1_000_000]));
  });

  test("sets the time when the file was last modified, unless that is no time", async () => {
    for (const [millis, expected] of [
      ["1600000000123", 1_600_000_000_123],
      ["never", undefined],
      ["99999999999999999999", undefined],
    ] as const) {
      const { bucket, target } = await place(250_000, { fileInfo: { src_last_modified_millis: millis } });
      await save(bucket, target, options);
      const { mtimeMs, birthtimeMs } = await stat(target);
      expect(Math.round(mtimeMs - (expected ?? birthtimeMs)) >= 0).toBe(true);
      expect(Math.round(mtimeMs) === expected).toBe(expected !== undefined);
    }
  });
});

async function emulatorIsIdle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A transport that gives up a silent connection soon. */
function impatient(): { transport: Transport } {
  const inner = nodeTransport({ idleTimeoutMillis: 200 });
  return { transport: (request) => inner({ ...request, answerTimeoutMillis: 1000 }) };
}

describe("ranges", () => {
  test("cover the file without overlap, and the open answer brings the first", async () => {
    const { watched, transport } = watching();
    const { bucket, target, bytes } = await place(1_000_000, { api: { transport } });
    await save(bucket, target, { rangeSizeBytes: 300_000 });
    const pieces = cutSpans([{ offset: 0, length: bytes.length }], 300_000).slice(1);
    expect(watched.ranges).toEqual([
      "all",
      ...pieces.map((piece) => `bytes=${piece.offset}-${endOf(piece) - 1}`),
    ]);
  });

  test("come as many at a time as the call wants", async () => {
    for (const concurrency of [1, 3]) {
      const { watched, transport } = watching();
      const { bucket, target } = await place(1_000_000, { api: { transport } });
      await save(bucket, target, { rangeSizeBytes: 50_000, concurrency });
      expect(watched.most).toBe(concurrency);
      expect(watched.ranges.length).toBe(concurrency === 1 ? 1 : 20);
    }
  });

  test("come no more at a time than the account's concurrency allows", async () => {
    const { watched, transport } = watching();
    const { bucket, target, folder } = await place(1_000_000, { api: { transport, concurrency: 2 } });
    const open = [await bucket.downloadFileByName("file"), await bucket.downloadFileByName("file")];
    watched.most = 0;
    await Promise.all(
      open.map((file, i) => file.saveTo(join(folder, `${i}`), { rangeSizeBytes: 50_000, concurrency: 10 })),
    );
    await expectSame([target, "0", "1"].slice(1).map((name) => join(folder, name)));
    expect(watched.most).toBeLessThanOrEqual(2 + 1); // One answer may be open that waits for its turn.
  });

  test("of a large file let a small one through", async () => {
    const { bucket, folder } = await place(1_000_000, { api: { concurrency: 1 } });
    const done: string[] = [];
    const large = await bucket.downloadFileByName("file");
    const small = await bucket.downloadFileByName("file", { offset: 0, length: 1000 });
    await Promise.all([
      large.saveTo(join(folder, "large"), { rangeSizeBytes: 10_000 }).then(() => done.push("large")),
      small.saveTo(join(folder, "small")).then(() => done.push("small")),
    ]);
    expect(done).toEqual(["small", "large"]);
  });

  test("stop when one of them fails for good", async () => {
    const { emulator, bucket, target, folder } = await place(1_000_000);
    emulator.faults.add({ operation: byId, nth: 2, status: 403, code: "download_cap_exceeded" });
    const saved = save(bucket, target, { rangeSizeBytes: 10_000, concurrency: 2 });
    await expect(saved).rejects.toBeInstanceOf(CapExceededError);
    expect(emulator.requests.count(byId)).toBeLessThan(10);
    expect(await readdir(folder)).toEqual([]);
  });

  test("end with one error when the service stays away", async () => {
    const { emulator, bucket, target, folder } = await place(1_000_000, {
      api: { retry: { firstDelayMillis: 1, transferBudgetMillis: 20 } },
    });
    emulator.faults.add({ operation: byId, status: 503 });
    const saved = save(bucket, target, { rangeSizeBytes: 100_000 });
    await expect(saved).rejects.toBeInstanceOf(UnavailableError);
    expect(await readdir(folder)).toEqual([]);
  });
});

async function expectSame(paths: readonly string[]): Promise<void> {
  const [first = Buffer.alloc(0), ...others] = await Promise.all(paths.map((path) => readFile(path)));
  for (const other of others) {
    expect(Buffer.compare(first, other)).toBe(0);
  }
}

test("many files saved at once are open a hundred-odd at a time", async () => {
  const { bucket, folder } = await place(10);
  const opened = await Promise.all(Array.from({ length: 150 }, () => bucket.downloadFileByName("file")));
  let most = 0;
  const onProgress = () => {
    most = Math.max(most, readdirSync(folder).filter(isTemporaryName).length);
  };
  await Promise.all(opened.map((file, i) => file.saveTo(join(folder, `${i}`), { onProgress })));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(128);
  expect((await readdir(folder)).length).toBe(150);
});

describe("a target", () => {
  test("that cannot be written is explained, and nothing is left behind", async () => {
    const { bucket, folder } = await place(10);
    await mkdir(join(folder, "folder"));
    await writeFile(join(folder, "file"), "");
    for (const [path, message] of [
      ["folder", /it is a folder; name a file in it/],
      ["missing/target", /its folder does not exist/],
      ["file/target", /a part of the path is not a folder/],
      ["x".repeat(300), /the name is too long/],
    ] as const) {
      const saved = save(bucket, join(folder, path));
      await expect(saved).rejects.toBeInstanceOf(LocalFileError);
      await expect(saved).rejects.toThrow(message);
    }
    expect((await readdir(folder)).sort()).toEqual(["file", "folder"]);
  });

  test("where nobody may write is explained", async () => {
    const { bucket } = await place(10);
    const saved = save(bucket, "/sys/target");
    await expect(saved).rejects.toThrow(/permission denied|the file system is read-only/);
    await expect(saved).rejects.toBeInstanceOf(LocalFileError);
  });

  test("on a full disk is explained", async () => {
    const { bucket } = await place(10);
    const saved = save(bucket, "/dev/full");
    await expect(saved).rejects.toThrow(/Cannot save to \/dev\/full: the disk is full/);
    await expect(saved).rejects.toBeInstanceOf(LocalFileError);
  });

  test.each(strategies)("that fills up %s leaves nothing behind", async (_, options) => {
    const { emulator, folder, target } = await place(1_000_000);
    const { stderr, code } = await runProgram(emulator, target, options, "ulimit -f 400; trap '' XFSZ;");
    expect(stderr).toMatch(/LocalFileError: Cannot save to .*target: the file is larger than/);
    expect(code).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test("that is a link stays one, and the file behind it is replaced", async () => {
    const stored = await place(1000);
    const { bucket, folder, target } = stored;
    await mkdir(join(folder, "elsewhere"));
    await writeFile(join(folder, "elsewhere", "real"), "before");
    await symlink("elsewhere/real", target);
    await save(bucket, target);
    expect(await readlink(target)).toBe("elsewhere/real");
    await expectSaved(stored, join(folder, "elsewhere", "real"));
  });

  test("that is a link to nothing is replaced, one to a folder is not", async () => {
    const stored = await place(1000);
    await symlink("nowhere", stored.target);
    await save(stored.bucket, stored.target);
    await expectSaved(stored, stored.target);
    await symlink(".", join(stored.folder, "link"));
    await expect(save(stored.bucket, join(stored.folder, "link"))).rejects.toThrow(/it is a folder/);
  });

  test("that others may not read stays so", async () => {
    const stored = await place(1000);
    await writeFile(stored.target, "secret", { mode: 0o600 });
    await save(stored.bucket, stored.target);
    expect((await stat(stored.target)).mode & 0o777).toBe(0o600);
    await expectSaved(stored, stored.target);
  });

  test("may have a name as long as the file system allows", async () => {
    const stored = await place(1000);
    for (const name of ["x".repeat(255), "ü".repeat(127), "🦊".repeat(63)]) {
      await save(stored.bucket, join(stored.folder, name), { resume: true });
    }
    expect((await readdir(stored.folder)).length).toBe(3);
  });
});

describe("b2sdk 52: a target that cannot be sought in", () => {
  async function pipe(folder: string): Promise<string> {
    const path = join(folder, "pipe");
    await promisify(execFile)("mkfifo", [path]);
    return path;
  }

  test("gets the bytes in order, in one go", async () => {
    const { emulator, bucket, folder, bytes } = await place(1_000_000);
    const path = await pipe(folder);
    const [read] = await Promise.all([readFile(path), save(bucket, path, { rangeSizeBytes: 100_000 })]);
    expect(Buffer.compare(read, bytes)).toBe(0);
    expect(emulator.requests.byOperation).toEqual({ [byName]: 1 });
    expect((await stat(path)).isFIFO()).toBe(true);
  });

  test("goes on after a break", async () => {
    const { emulator, bucket, folder, bytes } = await place(1_000_000);
    emulator.faults.add({ operation: byName, truncate: 300_000 });
    const path = await pipe(folder);
    const [read] = await Promise.all([readFile(path), save(bucket, path)]);
    expect(Buffer.compare(read, bytes)).toBe(0);
  });

  test("is told afterwards that the bytes were wrong", async () => {
    const { emulator, bucket, folder } = await place(1_000_000);
    emulator.faults.add({ operation: byName, corrupt: 300_000 });
    const path = await pipe(folder);
    const reading = readFile(path);
    await expect(save(bucket, path)).rejects.toBeInstanceOf(ChecksumError);
    expect((await reading).length).toBe(1_000_000);
  });

  test("does not keep an aborted download, although nobody reads it any more", async () => {
    const { bucket, folder } = await place(1_000_000);
    const path = await pipe(folder);
    const reader = await open(path, "r+"); // Opens the pipe, and never reads.
    onTestFinished(() => reader.close());
    const controller = new AbortController();
    const saved = save(bucket, path, {
      signal: controller.signal,
      onProgress: ({ bytes }) => bytes > 200_000 && setImmediate(() => controller.abort("enough")),
    });
    await expect(saved).rejects.toBe("enough");
  });

  test("stays a device", async () => {
    const { bucket } = await place(1000);
    await save(bucket, "/dev/null");
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
  });

  test.each([
    ["/dev/fd/1", ""],
    ["/dev/stderr", "exec 2>&1;"],
    ["/dev/stdout", "exec > >(cat);"],
  ])("may be %s, after %j", async (path, before) => {
    const { emulator, bytes } = await place(300_000);
    const { stdout, code } = await runProgram(emulator, path, {}, before);
    expect(code).toBe(0);
    expect(Buffer.compare(stdout, bytes)).toBe(0);
  });

  test("may be /dev/stdout, a file, and follows what was written there before", async () => {
    const { emulator, bytes, target } = await place(300_000);
    const { code } = await runProgram(emulator, "/dev/stdout", {}, `exec >'${target}'; echo -n before;`);
    expect(code).toBe(0);
    expect(Buffer.compare(await readFile(target), Buffer.concat([Buffer.from("before"), bytes]))).toBe(0);
  });

  test("may be a file that is open under a number, and follows what was written there before", async () => {
    const { emulator, bytes, target } = await place(300_000);
    const { code } = await runProgram(emulator, "/dev/fd/5", {}, `exec 5>'${target}'; echo -n before >&5;`);
    expect(code).toBe(0);
    expect(Buffer.compare(await readFile(target), Buffer.concat([Buffer.from("before"), bytes]))).toBe(0);
  });
});

const programPath = fileURLToPath(new URL("save-program.ts", import.meta.url));
const nodeArguments = ["--import=ts-blank-space/register", "--conditions=b2kit-source"];

/** Saves the file in a process of its own, after some shell commands. */
async function runProgram(
  { url, applicationKeyId, applicationKey }: StoredFile["emulator"],
  path: string,
  options: SaveOptions,
  before = "",
): Promise<{ stdout: Buffer; stderr: string; code: number }> {
  const program = [...nodeArguments, programPath, url, applicationKeyId, applicationKey, path];
  const shell = spawn("bash", [
    "-c",
    `${before} exec "$@"`,
    "bash",
    process.execPath,
    ...program,
    JSON.stringify(options),
  ]);
  const [stdout, stderr, [code]] = await Promise.all([
    shell.stdout.toArray(),
    shell.stderr.toArray(),
    once(shell, "close"),
  ]);
  return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString(), code };
}

describe("b2sdk 54: saving at a position", () => {
  test.each(strategies)("overwrites these bytes of an existing file, %s", async (_, options) => {
    const { bucket, target, bytes } = await place(500_000);
    const before = Buffer.alloc(1_000_000, "b");
    await writeFile(target, before);
    await save(bucket, target, { ...options, offset: 100, length: 450_000, position: 200_000 });
    const expected = Buffer.from(before);
    expected.set(bytes.subarray(100, 450_100), 200_000);
    expect(Buffer.compare(await readFile(target), expected)).toBe(0);
  });

  test("verifies a whole file, behind the end of the existing one, too", async () => {
    const { emulator, bucket, target, bytes } = await place(500_000);
    await writeFile(target, "0123456789");
    await save(bucket, target, { position: 10, rangeSizeBytes: 100_000 });
    expect(Buffer.compare((await readFile(target)).subarray(10), bytes)).toBe(0);
    emulator.faults.add({ operation: byName, corrupt: 1000 });
    await expect(save(bucket, target, { position: 10 })).rejects.toBeInstanceOf(ChecksumError);
  });

  test("needs an existing file", async () => {
    const { bucket, target, folder } = await place(10);
    await expect(save(bucket, target, { position: 0 })).rejects.toThrow(
      /there is no such file to write into/,
    );
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("options that make no sense are refused before anything is written", () => {
  test.each<[SaveOptions, RegExp]>([
    [{ concurrency: 0 }, /concurrency must be a whole number from 1/],
    [{ rangeSizeBytes: 0 }, /rangeSizeBytes must be a whole number from 1, not 0/],
    [{ position: -1 }, /position must be a whole number from 0, not -1/],
    [{ position: 0, resume: true }, /resume or position, not both/],
  ])("%j", async (options, message) => {
    const { emulator, bucket, target, folder } = await place(10);
    await expect(save(bucket, target, options)).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual([]);
    expect(emulator.requests.byOperation).toEqual({ [byName]: 1 });
  });
});

test("flushes the content to the disk before it gets its name", async () => {
  const recorder = `
    import fs from "node:fs";
    import { syncBuiltinESMExports } from "node:module";
    for (const name of ["fsync", "renameSync"]) {
      const original = fs[name];
      fs[name] = (...values) => (console.log(name), original(...values));
    }
    syncBuiltinESMExports();`;
  const recording = `data:text/javascript;base64,${Buffer.from(recorder).toString("base64")}`;
  const { emulator, target } = await place(300_000);
  const { stdout } = await runProgram(emulator, target, {}, `export NODE_OPTIONS="--import=${recording}";`);
  expect(stdout.toString().trim().split("\n")).toEqual(["fsync", "renameSync"]);
});

describe("a download that can be resumed", () => {
  const size = 2_000_000;

  /** Lets a download fail half-way, and tells what it left. */
  async function interrupted(options: SaveOptions) {
    const { watched, transport } = watching();
    const stored = await place(size, { api: { transport } });
    const controller = new AbortController();
    await expect(
      save(stored.bucket, stored.target, {
        ...options,
        resume: true,
        signal: controller.signal,
        onProgress: ({ bytes }) => bytes > size / 2 && controller.abort("enough"),
      }),
    ).rejects.toBe("enough");
    const left = await readdir(stored.folder);
    expect(left.length).toBe(2);
    expect(left.every(isTemporaryName)).toBe(true);
    watched.ranges = [];
    return { ...stored, watched, left: left.map((name) => join(stored.folder, name)).sort() };
  }

  /** Number of bytes that were asked for in ranges. */
  const asked = (ranges: readonly string[]) =>
    ranges
      .map((range) => /bytes=(\d+)-(\d+)/.exec(range) ?? ["", "0", "-1"])
      .reduce((sum, [, first, last]) => sum + Number(last) - Number(first) + 1, 0);

  test.each(strategies)("goes on with what arrived %s, and cleans up", async (_, options) => {
    const { watched, ...stored } = await interrupted(options);
    const seen: number[] = [];
    await save(stored.bucket, stored.target, {
      ...options,
      resume: true,
      onProgress: ({ bytes }) => seen.push(bytes),
    });
    await expectSaved(stored, stored.target);
    expect(seen[0]).toBeGreaterThan(size / 4);
    expect(seen.at(-1)).toBe(size);
    expect(asked(watched.ranges)).toBe(size - (seen[0] ?? 0));
  });

  test("goes on with another concurrency and other ranges", async () => {
    const { watched, ...stored } = await interrupted({ rangeSizeBytes: 100_000 });
    await save(stored.bucket, stored.target, { resume: true });
    await expectSaved(stored, stored.target);
    expect(asked(watched.ranges)).toBeLessThan(size);
  });

  test("asks for nothing more when everything is there", async () => {
    const { watched, ...stored } = await interrupted({});
    const [content = "", record = ""] = stored.left;
    await writeFile(content, stored.bytes);
    await writeFile(record, JSON.stringify([{ offset: 0, length: size }]));
    await save(stored.bucket, stored.target, { resume: true });
    await expectSaved(stored, stored.target);
    expect(watched.ranges).toEqual(["all"]);
  });

  test("begins anew when the file is another by now", async () => {
    const { bucket, target, folder } = await interrupted({});
    await replaceFile(bucket, size);
    await save(bucket, target, { resume: true });
    const now = await (await bucket.downloadFileByName("file")).bytes();
    expect(Buffer.compare(await readFile(target), now)).toBe(0);
    expect(await readdir(folder)).toContain("target");
  });

  test("is fetched again as a whole when what was there is wrong", async () => {
    const { watched, ...stored } = await interrupted({});
    const [content = ""] = stored.left;
    const wrong = await readFile(content);
    wrong[0] = ~(wrong[0] ?? 0);
    await writeFile(content, wrong);
    const seen: number[] = [];
    await save(stored.bucket, stored.target, { resume: true, onProgress: ({ bytes }) => seen.push(bytes) });
    await expectSaved(stored, stored.target);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test("fails, and leaves nothing, when all of it is wrong", async () => {
    const { watched: _, ...stored } = await interrupted({});
    stored.emulator.faults.add({ operation: "*", corrupt: 1000 });
    await expect(save(stored.bucket, stored.target, { resume: true })).rejects.toBeInstanceOf(ChecksumError);
    expect(await readdir(stored.folder)).toEqual([]);
  });

  test.each([
    "",
    "[{",
    "{}",
    '[{"offset":0,"length":1e99}]',
    '[{"offset":-5,"length":10}]',
    `[{"offset":0,"length":${size + 1}}]`,
    '[{"offset":0,"length":"10"}]',
    "[null]",
  ])("begins anew when its record is %j", async (text) => {
    const { watched, ...stored } = await interrupted({});
    const [, record = ""] = stored.left;
    await writeFile(record, text);
    await save(stored.bucket, stored.target, { resume: true });
    await expectSaved(stored, stored.target);
    expect(watched.ranges).toEqual(["all"]);
  });

  test("trusts its record no further than the content reaches", async () => {
    const { watched, ...stored } = await interrupted({});
    const [content = ""] = stored.left;
    await writeFile(content, "");
    await save(stored.bucket, stored.target, { resume: true });
    await expectSaved(stored, stored.target);
    expect(watched.ranges).toEqual(["all"]);
  });

  test.each(strategies)("goes on after its process was killed %s", async (_, options) => {
    const { watched, transport } = watching();
    const long = 8_000_000;
    const stored = await place(long, { api: { transport } });
    const { url, applicationKeyId, applicationKey, faults } = stored.emulator;
    faults.add({ operation: byId, nth: 50, stall: "response" });
    faults.add({ operation: byName, delay: { millis: 1e9, when: "middle" } });
    const json = JSON.stringify({ ...options, resume: true });
    const program = fork(programPath, [url, applicationKeyId, applicationKey, stored.target, json], {
      execArgv: nodeArguments,
    });
    onTestFinished(() => void program.kill());
    await expect.poll(() => recordedBytes(stored.folder), { timeout: 20_000 }).toBeGreaterThan(long / 4);
    program.kill("SIGKILL");
    await once(program, "close");
    faults.clear();
    expect((await readdir(stored.folder)).every(isTemporaryName)).toBe(true);

    const seen: number[] = [];
    await save(stored.bucket, stored.target, {
      ...options,
      resume: true,
      onProgress: ({ bytes }) => seen.push(bytes),
    });
    await expectSaved(stored, stored.target);
    expect(seen[0]).toBeGreaterThan(long / 4);
    expect(asked(watched.ranges)).toBe(long - (seen[0] ?? 0));
  });

  async function recordedBytes(folder: string): Promise<number> {
    const name = (await readdir(folder)).find((found) => found.endsWith("-spans"));
    const [line = ""] = name === undefined ? [] : (await readFile(join(folder, name), "utf8")).split("\n", 1);
    const spans: Array<{ length: number }> = line === "" ? [] : JSON.parse(line);
    return spans.reduce((sum, { length }) => sum + length, 0);
  }
});
