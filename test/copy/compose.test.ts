import { readFile, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import {
  type Bucket,
  type ComposeSource,
  CustomerKey,
  type FileEncryption,
  NotFoundError,
  type TransferProgress,
  UploadError,
  type WriteIntent,
} from "../../src/index.ts";
import { apiFor, emulatorForTest, fileForTest, folderForTest } from "../support.ts";

/** Makes bytes that differ from place to place and from seed to seed. */
function bytesOf(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let index = 0, state = seed; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** A bucket on an emulator with parts from 100,000 to 1,000,000 bytes, and a stored file of 500,000. */
async function start({ encryption }: { readonly encryption?: FileEncryption } = {}) {
  const emulator = await emulatorForTest();
  const b2 = apiFor(emulator);
  const bucket = await b2.createBucket("test-bucket", "allPrivate");
  const stored = bytesOf(500_000, 1);
  const version = await store(bucket, "stored", stored, encryption);
  emulator.requests.clear();
  return { emulator, b2, bucket, stored, version, fileId: version.id ?? "" };
}

async function store(bucket: Bucket, name: string, bytes: Uint8Array, encryption?: FileEncryption) {
  return await bucket.concatenate([bytes], name, encryption && { encryption });
}

async function contentOf(bucket: Bucket, name: string, encryption?: FileEncryption): Promise<Uint8Array> {
  const downloaded = await bucket.downloadFileByName(name, encryption && { encryption });
  return await downloaded.bytes();
}

const join = (...parts: Uint8Array[]) => Buffer.concat(parts);
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

async function* arriving<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

describe("concatenate", () => {
  test("copies what is stored and sends what is local, in the order that is given", async () => {
    const { emulator, bucket, fileId, stored } = await start();
    const local = bytesOf(300_000, 2);
    const file = await bucket.concatenate(
      [{ fileId }, local, { fileId, offset: 7, length: 200_000 }],
      "whole",
    );
    expect(file).toMatchObject({ name: "whole", size: 1_000_000 });
    expect(same(await contentOf(bucket, "whole"), join(stored, local, stored.subarray(7, 200_007)))).toBe(
      true,
    );
    expect(emulator.requests.byOperation).toMatchObject({
      b2_get_file_info: 1,
      b2_copy_part: 2,
      b2_upload_part: 1,
    });
  });

  test("takes every kind of source", async () => {
    const { bucket, version, stored } = await start();
    const folder = await folderForTest();
    const path = await fileForTest(folder, "local", 150_000);
    const parts = [2, 3, 4, 5, 6].map((seed) => bytesOf(120_000, seed)) as [
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
    ];
    const [one, two, three, four, five] = parts;
    const sources: ComposeSource[] = [
      version,
      { path },
      { source: { path }, offset: 10, length: 20 },
      one,
      two.buffer,
      new Blob([three]),
      { source: new Blob([four]).stream(), length: four.length },
      { source: Readable.from([five]), length: five.length },
    ];
    await bucket.concatenate(sources, "whole");
    const local = await readFile(path);
    const expected = join(stored, local, local.subarray(10, 30), ...parts);
    expect(same(await contentOf(bucket, "whole"), expected)).toBe(true);
  });

  test("downloads and sends copies that are too short for a part, with their neighbours", async () => {
    const { emulator, bucket, fileId, stored } = await start();
    const local = bytesOf(50_000, 2);
    const sources = [{ fileId, offset: 5, length: 60_000 }, local, { fileId, length: 500_000 }];
    await bucket.concatenate(sources, "whole");
    expect(same(await contentOf(bucket, "whole"), join(stored.subarray(5, 60_005), local, stored))).toBe(
      true,
    );
    expect(emulator.requests.byOperation).toMatchObject({ b2_upload_part: 1, b2_copy_part: 1 });
    expect(emulator.requests.count("b2_get_file_info")).toBe(0);
  });

  test("copies a lone source with one request, without its metadata", async () => {
    const { emulator, bucket, version, stored } = await start();
    const source = await version.copy("source", {
      fileInfo: { colour: "blue" },
      contentType: "text/x-special",
    });
    emulator.requests.clear();
    const whole = await bucket.concatenate([source], "whole", { fileInfo: { shape: "round" } });
    expect(emulator.requests.byOperation).toEqual({ b2_copy_file: 1 });
    expect(whole.fileInfo).toEqual({ shape: "round" });
    expect(whole.contentType).not.toBe("text/x-special");
    await bucket.concatenate([{ fileId: source.id ?? "", offset: 9, length: 10 }], "range");
    expect(same(await contentOf(bucket, "range"), stored.subarray(9, 19))).toBe(true);
  });

  test("of local content alone is an upload, with the SHA-1 that makes its download verifiable", async () => {
    const { emulator, bucket } = await start();
    const parts = [2, 3, 4].map((seed) => bytesOf(700_000, seed));
    const file = await bucket.concatenate(parts, "whole");
    expect(file.contentSha1).toMatch(/^[0-9a-f]{40}$/);
    expect(emulator.requests.count("b2_upload_part")).toBe(3);
    expect(same(await contentOf(bucket, "whole"), join(...parts))).toBe(true);
  });

  test.each<[string, ComposeSource[]]>([
    ["nothing", []],
    ["empty sources", [new Uint8Array(0), new Blob([])]],
  ])("of %s makes an empty file", async (_, sources) => {
    const { bucket } = await start();
    expect(await bucket.concatenate(sources, "empty")).toMatchObject({ size: 0 });
    expect(await bucket.concatenate(arriving(sources), "empty")).toMatchObject({ size: 0 });
  });

  test("opens files of this machine only while it reads them, however many there are", async () => {
    const { bucket } = await start();
    const path = await fileForTest(await folderForTest(), "local", 10);
    const local = await readFile(path);
    const count = 3000;
    await bucket.concatenate(Array(count).fill({ path }), "whole");
    expect(same(await contentOf(bucket, "whole"), join(...Array<Uint8Array>(count).fill(local)))).toBe(true);
  });
});

describe("createFile", () => {
  test("puts sources where they are to go, in any order, and prefers stored bytes to local ones", async () => {
    const { emulator, bucket, fileId, stored } = await start();
    const local = bytesOf(900_000, 2);
    const intents: WriteIntent[] = [
      { source: { fileId, offset: 100_000, length: 300_000 }, destinationOffset: 200_000 },
      { source: local, destinationOffset: 0 },
    ];
    await bucket.createFile(intents, "whole");
    const expected = join(
      local.subarray(0, 200_000),
      stored.subarray(100_000, 400_000),
      local.subarray(500_000),
    );
    expect(same(await contentOf(bucket, "whole"), expected)).toBe(true);
    expect(emulator.requests.byOperation).toMatchObject({ b2_upload_part: 2, b2_copy_part: 1 });
  });

  test("refuses a hole, a wrong offset and a stream without length before anything is stored", async () => {
    const { emulator, bucket, fileId } = await start();
    const bytes = bytesOf(10, 2);
    const refused: [WriteIntent[], RegExp][] = [
      [[{ source: bytes }, { source: bytes, destinationOffset: 11 }], /hole: nothing fills bytes 10 to 10/],
      [[{ source: bytes, destinationOffset: -1 }], /destinationOffset must be/],
      [[{ source: new Blob([bytes]).stream() }], /must tell its length/],
      [[{ source: { fileId, offset: 0.5, length: 1 } }], /offset must be a whole/],
      [[{ source: { fileId, offset: 500_001 } }], /not within the 500000 bytes/],
      [[{ source: { fileId, offset: 499_999, length: 2 } }], /not within the 500000 bytes/],
      [[{ source: "text" as never }], /holds no bytes/],
    ];
    for (const [intents, message] of refused) {
      await expect(bucket.createFile(intents, "whole")).rejects.toThrow(message);
    }
    expect(Object.keys(emulator.requests.byOperation)).toEqual(["b2_get_file_info"]);
  });

  test("refuses hide markers and folders as sources", async () => {
    const { bucket } = await start();
    const marker = await bucket.hideFile("stored");
    await expect(bucket.concatenate([{ fileId: marker.id ?? "" }], "whole")).rejects.toThrow(/hide/);
  });

  test("notices a stored range that reaches behind the end of its file", async () => {
    const { bucket, fileId } = await start();
    const sources = [{ fileId, offset: 300_000, length: 300_000 }, bytesOf(200_000, 2)];
    const composing = bucket.concatenate(sources, "whole");
    await expect(composing).rejects.toThrow(/200000 bytes .* instead of 300000/);
  });
});

describe("intents that arrive", () => {
  test("are read while the file is made, no further than the parts under way", async () => {
    const { bucket, fileId, stored } = await start();
    let given = 0;
    let stored1 = 0;
    let most = 0;
    async function* intents(): AsyncGenerator<WriteIntent> {
      for (; given < 30; given++) {
        most = Math.max(most, given - stored1);
        yield { source: { fileId, offset: given, length: 100_000 } };
      }
    }
    const totals = new Set<number | undefined>();
    const onProgress = ({ bytes, totalBytes }: TransferProgress) => {
      totals.add(totalBytes);
      stored1 = bytes / 100_000;
    };
    await bucket.createFile(intents(), "whole", { concurrency: 2, onProgress });
    const expected = Array.from({ length: 30 }, (_, index) => stored.subarray(index, index + 100_000));
    expect(same(await contentOf(bucket, "whole"), join(...expected))).toBe(true);
    expect(most).toBeLessThanOrEqual(2 + 4);
    expect([...totals]).toEqual([undefined, 3_000_000]);
  });

  test.each([0, 1, 2, 3])("are not waited for after an abort behind %d of them", async (count) => {
    const { bucket, fileId } = await start();
    const abort = new AbortController();
    const reason = new Error("enough");
    async function* intents(): AsyncGenerator<WriteIntent> {
      for (let index = 0; index < count; index++) {
        yield { source: { fileId, length: 500_000 } };
      }
      setImmediate(() => abort.abort(reason));
      await new Promise(() => {}); // nothing comes any more
    }
    const composing = bucket.createFile(intents(), "whole", { signal: abort.signal });
    await expect(composing).rejects.toBe(reason);
  });

  test("that make one part take one request", async () => {
    const { emulator, bucket, fileId, stored } = await start();
    await bucket.createFile(arriving([{ source: { fileId, length: 10 } }]), "copy");
    await bucket.createFile(arriving([{ source: stored.subarray(0, 10) }]), "upload");
    expect(emulator.requests.byOperation).toMatchObject({ b2_copy_file: 1, b2_upload_file: 1 });
    expect(emulator.requests.count("b2_start_large_file")).toBe(0);
    expect(same(await contentOf(bucket, "copy"), await contentOf(bucket, "upload"))).toBe(true);
  });

  test("are ended, and the file left unfinished, when one comes too late", async () => {
    const { bucket, fileId } = await start();
    let ended = false;
    async function* intents(): AsyncGenerator<WriteIntent> {
      try {
        for (let index = 0; index < 5; index++) {
          yield { source: { fileId, length: 500_000 } };
        }
        yield { source: { fileId, length: 500_000 }, destinationOffset: 0 };
        yield { source: { fileId } };
      } finally {
        ended = true;
      }
    }
    const error = await bucket.createFile(intents(), "whole").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UploadError);
    expect(String(error)).toMatch(/must come sorted/);
    expect(ended).toBe(true);
  });
});

describe("a composed file", () => {
  const key = (fill: number, id?: string): FileEncryption => ({
    mode: "SSE-C",
    key: new CustomerKey(new Uint8Array(32).fill(fill), id),
  });

  test.each([
    ["copied and sent parts", 400_000],
    ["one part that is copied", 0],
    ["one part that is sent", -490_000],
  ])("of %s reads and is encrypted with customer keys", async (_, localLength) => {
    const encryption = key(1, "from");
    const { bucket, fileId, stored } = await start({ encryption });
    const range = { fileId, length: 500_000 + Math.min(0, localLength), encryption };
    const local = bytesOf(Math.abs(localLength), 2);
    const to = key(2, "to");
    const file = await bucket.concatenate([range, local], "whole", { encryption: to });
    expect(file.fileInfo).toMatchObject({ sse_c_key_id: "to" });
    expect(same(await contentOf(bucket, "whole", to), join(stored.subarray(0, range.length), local))).toBe(
      true,
    );
  });

  test("gets metadata, timestamp, retention and hold that are given", async () => {
    const { b2, fileId } = await start();
    const locked = await b2.createBucket("locked-bucket", "allPrivate", { fileLockEnabled: true });
    const retainUntilTimestamp = Math.floor(Date.now() / 1000) * 1000 + 86_400_000;
    const file = await locked.concatenate([{ fileId }, bytesOf(200_000, 2)], "whole", {
      contentType: "text/x-special",
      cacheControl: "no-store",
      fileInfo: { colour: "blue" },
      customUploadTimestamp: 1_500_000_000_000,
      fileRetention: { mode: "governance", retainUntilTimestamp },
      legalHold: "on",
      encryption: { mode: "SSE-B2" },
    });
    expect(file).toMatchObject({
      contentType: "text/x-special",
      fileInfo: { colour: "blue", "b2-cache-control": "no-store" },
      uploadTimestamp: 1_500_000_000_000,
      fileRetention: { value: { mode: "governance", retainUntilTimestamp } },
      legalHold: { value: "on" },
      serverSideEncryption: { mode: "SSE-B2" },
    });
  });

  test("is made although parts, answers and the downloads in them fail", async () => {
    const { emulator, bucket, fileId, stored } = await start();
    emulator.faults.add({ operation: "b2_copy_part", nth: 1, reset: "after" });
    emulator.faults.add({ operation: "b2_upload_part", nth: 1, status: 503 });
    emulator.faults.add({ operation: "b2_download_file_by_id", nth: 1, truncate: 1000 });
    emulator.faults.add({ operation: "b2_download_file_by_id", nth: 3, status: 503 });
    emulator.faults.add({ operation: "b2_finish_large_file", nth: 1, reset: "after" });
    const short = { fileId, offset: 3, length: 90_000 };
    await bucket.concatenate([short, bytesOf(20_000, 2), { fileId }], "whole");
    const expected = join(stored.subarray(3, 90_003), bytesOf(20_000, 2), stored);
    expect(same(await contentOf(bucket, "whole"), expected)).toBe(true);
  });

  test("whose source is gone tells so, and which file is unfinished", async () => {
    const { bucket, version, fileId } = await start();
    await version.delete();
    const short = { fileId, length: 90_000 };
    const error = await bucket
      .concatenate([bytesOf(1_100_000, 2), short], "whole")
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UploadError);
    expect((error as UploadError).cause).toBeInstanceOf(NotFoundError);
  });

  test("is not made of a local file that changed after it was planned", async () => {
    const { bucket, fileId } = await start();
    const path = await fileForTest(await folderForTest(), "local", 200_000);
    async function* sources(): AsyncGenerator<ComposeSource> {
      yield { fileId };
      yield { path };
      await writeFile(path, "shorter");
    }
    await expect(bucket.concatenate(sources(), "whole")).rejects.toThrow(/changed/);
  });

  test("ends with the reason of an abort", async () => {
    const { bucket, fileId } = await start();
    const abort = new AbortController();
    const reason = new Error("enough");
    const composing = bucket.concatenate([{ fileId }, bytesOf(2_000_000, 2)], "whole", {
      signal: abort.signal,
      onProgress: () => abort.abort(reason),
    });
    await expect(composing).rejects.toBe(reason);
  });

  test("reports progress up to its size", async () => {
    const { bucket, fileId } = await start();
    const seen: TransferProgress[] = [];
    await bucket.concatenate([{ fileId }, bytesOf(200_000, 2)], "whole", { onProgress: (p) => seen.push(p) });
    expect(seen.at(-1)).toEqual({ bytes: 700_000, totalBytes: 700_000 });
  });
});
