import { appendFile, readFile, utimes, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import {
  type Bucket,
  ChecksumError,
  CustomerKey,
  type FileVersion,
  LocalFileError,
  type SourceContent,
  type TransferProgress,
  UploadError,
  type UploadOptions,
} from "../../src/index.ts";
import { nodeTransport, type Transport } from "../../src/raw/index.ts";
import { apiFor, fileForTest, folderForTest } from "../support.ts";
import {
  bytesOf,
  countUnfinished,
  inChunks,
  PART,
  read,
  recordingTransport,
  sha1,
  start,
} from "./support.ts";

const kinds: ReadonlyArray<[string, (bytes: Uint8Array<ArrayBuffer>) => SourceContent]> = [
  ["bytes", (bytes) => bytes],
  ["an ArrayBuffer", (bytes) => bytes.buffer],
  ["a Blob", (bytes) => new Blob([bytes])],
  ["a web stream", (bytes) => new Blob([bytes]).stream()],
  ["a Node stream", (bytes) => Readable.from(inChunks(bytes))],
  ["an async iterable", (bytes) => inChunks(bytes)],
];

describe.each(kinds)("upload of %s", (_, make) => {
  test.each([
    ["nothing", 0, 0],
    ["one byte", 1, 0],
    ["more than a chunk", 1_048_577, 2],
    ["some parts", 3 * PART, 3],
  ])("stores %s", async (_title, size, parts) => {
    const { emulator, bucket } = await start();
    const bytes = bytesOf(size);
    const isStream =
      typeof make(new Uint8Array(0)) === "object" && Symbol.asyncIterator in make(new Uint8Array(0));
    const stored = await bucket.upload(make(bytes), "stored");
    expect(stored.size).toBe(size);
    expect(Buffer.compare(await read(bucket, "stored"), bytes)).toBe(0);
    const isLarge = isStream ? size > PART : size >= 1.1 * PART;
    expect(emulator.requests.count("b2_upload_part")).toBe(isLarge ? parts : 0);
    expect(emulator.requests.count("b2_upload_file")).toBe(isLarge ? 0 : 1);
  });

  test("stores a range", async () => {
    const { bucket } = await start();
    const bytes = bytesOf(2 * PART);
    await bucket.upload({ source: make(bytes), offset: 1000, length: 1_500_000 }, "stored");
    expect(Buffer.compare(await read(bucket, "stored"), bytes.subarray(1000, 1_501_000))).toBe(0);
  });
});

describe("the boundary between one request and parts", () => {
  test.each([
    [undefined, 1_099_999, 0],
    [undefined, 1_100_000, 2],
    [200_000, 299_999, 0],
    [200_000, 300_000, 2],
    [200_000, 1_000_000, 5],
  ])("with a part size of %s, %d bytes make %d parts", async (partSizeBytes, size, parts) => {
    const { emulator, bucket } = await start();
    await bucket.uploadBytes(bytesOf(size), "stored", partSizeBytes === undefined ? {} : { partSizeBytes });
    expect(emulator.requests.count("b2_upload_part")).toBe(parts);
  });
});

/** Everything that can be told about a file, in one set of options. */
const settings = {
  contentType: "text/x-special",
  fileInfo: { author: "Zoë" },
  cacheControl: "max-age=60",
  contentLanguage: "de",
  encryption: { mode: "SSE-B2" },
  customUploadTimestamp: 1_600_000_000_000,
} as const satisfies UploadOptions;

function expectSettings(stored: FileVersion): void {
  expect(stored).toMatchObject({
    contentType: "text/x-special",
    uploadTimestamp: 1_600_000_000_000,
    serverSideEncryption: { mode: "SSE-B2" },
  });
  const headers = { "b2-cache-control": "max-age=60", "b2-content-language": "de" };
  expect(stored.fileInfo).toMatchObject({ author: "Zoë", ...headers });
}

describe("settings", () => {
  const entries: ReadonlyArray<
    [string, (bucket: Bucket, bytes: Uint8Array<ArrayBuffer>) => Promise<FileVersion>]
  > = [
    ["uploadBytes", (bucket, bytes) => bucket.uploadBytes(bytes, "a", settings)],
    [
      "uploadLocalFile",
      async (bucket, bytes) => {
        const path = `${await folderForTest()}/source`;
        await writeFile(path, bytes);
        return await bucket.uploadLocalFile(path, "a", settings);
      },
    ],
    ["upload", (bucket, bytes) => bucket.upload(new Blob([bytes]), "a", settings)],
    ["uploadUnboundStream", (bucket, bytes) => bucket.uploadUnboundStream(inChunks(bytes), "a", settings)],
    ["createFile", (bucket, bytes) => bucket.createFile([{ source: bytes }], "a", settings)],
    [
      "createFile of what arrives",
      (bucket, bytes) => bucket.createFile(arriving({ source: bytes }), "a", settings),
    ],
    ["concatenate", (bucket, bytes) => bucket.concatenate([bytes], "a", settings)],
    ["concatenate of what arrives", (bucket, bytes) => bucket.concatenate(arriving(bytes), "a", settings)],
  ];

  async function* arriving<T>(item: T): AsyncGenerator<T> {
    yield item;
  }

  test.each(entries)(
    "b2sdk 48: of %s reach small files, their own upload time included",
    async (_, upload) => {
      const { emulator, bucket } = await start();
      expectSettings(await upload(bucket, bytesOf(1000)));
      expect(emulator.requests.count("b2_upload_file")).toBe(1);
    },
  );

  test.each(entries)("of %s reach large files, their own upload time included", async (_, upload) => {
    const { emulator, bucket } = await start();
    expectSettings(await upload(bucket, bytesOf(2 * PART)));
    expect(emulator.requests.count("b2_upload_part")).toBe(2);
  });

  test.each([1000, 2 * PART])("a customer's key encrypts %d bytes, and its name is kept", async (size) => {
    const { bucket } = await start();
    const encryption = { mode: "SSE-C", key: new CustomerKey(bytesOf(32), "my-key") } as const;
    const stored = await bucket.uploadBytes(bytesOf(size), "a", { encryption });
    expect(stored.fileInfo.sse_c_key_id).toBe("my-key");
    expect(Buffer.compare(await read(bucket, "a", encryption), bytesOf(size))).toBe(0);
    await expect(read(bucket, "a")).rejects.toThrow();
  });

  test.each([1000, 2 * PART])("retention and legal hold lock %d bytes", async (size) => {
    const { b2 } = await start();
    const bucket = await b2.createBucket("locked-bucket", "allPrivate", { fileLockEnabled: true });
    const retention = { mode: "governance", retainUntilTimestamp: Date.now() + 3_600_000 } as const;
    const stored = await bucket.uploadBytes(bytesOf(size), "a", {
      fileRetention: retention,
      legalHold: "on",
    });
    expect(stored.fileRetention?.value).toEqual(retention);
    expect(stored.legalHold?.value).toBe("on");
  });

  test("the time of the last change comes from local files and Files, unless the caller gives another", async () => {
    const { bucket } = await start();
    const path = await fileForTest(await folderForTest(), "source", 10);
    await utimes(path, 1_600_000_000, 1_600_000_000.5);
    const fileInfo = { src_last_modified_millis: "5" };
    const file = new File(["x"], "x", { lastModified: 7 });
    const stored = [
      await bucket.uploadLocalFile(path, "a"),
      await bucket.uploadLocalFile(path, "b", { fileInfo }),
      await bucket.upload(file, "c"),
      await bucket.upload(new Blob(["x"]), "d"),
    ];
    const times = stored.map((version) => version.fileInfo.src_last_modified_millis);
    expect(times).toEqual(["1600000000500", "5", "7", undefined]);
  });

  test.each<[string, UploadOptions, RegExp]>([
    ["another customer key", conflictingKey(), /fileInfo names the customer key other/],
    ["a broken SHA-1", { contentSha1: "abc" }, /40 lower-case hex digits/],
    ["a broken SHA-1 of the whole", { largeFileSha1: "omitted" }, /40 lower-case hex digits/],
    ["two SHA-1s", { contentSha1: "a".repeat(40), largeFileSha1: "b".repeat(40) }, /but differ/],
    ["no concurrency", { concurrency: 0 }, /concurrency must be/],
  ])("%s is refused before a request is made", async (_, options, message) => {
    const { emulator, bucket } = await start();
    await expect(bucket.uploadBytes(bytesOf(10), "a", options)).rejects.toThrow(message);
    expect(emulator.requests.total).toBe(0);
  });

  function conflictingKey(): UploadOptions {
    const encryption = { mode: "SSE-C", key: new CustomerKey(bytesOf(32), "my-key") } as const;
    return { encryption, fileInfo: { SSE_C_Key_ID: "other" } };
  }

  test.each([99_999, 5_000_000_001])(
    "a part size of %d is refused before anything is sent",
    async (partSizeBytes) => {
      const { emulator, bucket } = await start();
      const options = { partSizeBytes };
      await expect(bucket.uploadBytes(bytesOf(10), "a", options)).rejects.toThrow(RangeError);
      await expect(bucket.uploadUnboundStream(inChunks(bytesOf(10)), "a", options)).rejects.toThrow(
        RangeError,
      );
      expect(emulator.requests.count("b2_get_upload_url")).toBe(0);
    },
  );
});

describe("checksums", () => {
  const headerOf = (requests: ReturnType<typeof recordingTransport>["requests"], text: string) =>
    requests.filter(({ url }) => url.includes(text)).map(({ headers }) => headers["x-bz-content-sha1"]);

  test("of a short file go ahead of it, of a longer one in one request behind it", async () => {
    const { transport, requests } = recordingTransport();
    const { bucket } = await start({ transport });
    await bucket.uploadBytes(bytesOf(1000), "a");
    await bucket.uploadBytes(bytesOf(1_060_000), "b");
    expect(headerOf(requests, "b2_upload_file")).toEqual([sha1(bytesOf(1000)), "hex_digits_at_end"]);
  });

  test("b2sdk 44: large files get large_file_sha1, small ones do not", async () => {
    const { transport, requests } = recordingTransport();
    const { bucket } = await start({ transport });
    const bytes = bytesOf(2_500_000);
    const path = await fileForTest(await folderForTest(), "source", 2_500_000);
    const content = await readFile(path);
    expect((await bucket.uploadLocalFile(path, "a")).fileInfo.large_file_sha1).toBe(sha1(content));
    expect((await bucket.upload({ source: bytes, offset: 1 }, "b")).fileInfo.large_file_sha1).toBe(
      sha1(bytes.subarray(1)),
    );
    expect((await bucket.uploadBytes(bytesOf(1000), "c")).fileInfo).toEqual({});
    const parts = [content.subarray(0, PART), content.subarray(PART, 2 * PART), content.subarray(2 * PART)];
    expect(headerOf(requests, "b2_upload_part").slice(0, 3).sort()).toEqual(parts.map(sha1).sort());
  });

  test("of parts come behind them when the pass over the whole is left out", async () => {
    const { transport, requests } = recordingTransport();
    const { bucket } = await start({ transport });
    const bytes = bytesOf(2_200_000);
    const options = { largeFileSha1: "omit", partSizeBytes: 1_100_000 };
    const stored = await bucket.uploadBytes(bytes, "a", options);
    expect(stored.fileInfo).toEqual({});
    expect(headerOf(requests, "b2_upload_part")).toEqual(["hex_digits_at_end", "hex_digits_at_end"]);
    expect(Buffer.compare(await read(bucket, "a"), bytes)).toBe(0);
  });

  test("of a stream's parts come behind them", async () => {
    const { transport, requests } = recordingTransport();
    const { bucket } = await start({ transport });
    const stored = await bucket.upload(inChunks(bytesOf(2_200_000)), "a", { partSizeBytes: 1_100_000 });
    expect(stored.fileInfo).toEqual({});
    expect(headerOf(requests, "b2_upload_part")).toEqual(["hex_digits_at_end", "hex_digits_at_end"]);
  });

  test.each<[string, (bytes: Uint8Array<ArrayBuffer>) => SourceContent, keyof UploadOptions]>([
    ["bytes by contentSha1", (bytes) => bytes, "contentSha1"],
    ["bytes by largeFileSha1", (bytes) => bytes, "largeFileSha1"],
    ["a stream by contentSha1", (bytes) => inChunks(bytes), "contentSha1"],
    ["a stream by largeFileSha1", (bytes) => inChunks(bytes), "largeFileSha1"],
  ])("that are given are kept with large files: %s", async (_, make, option) => {
    const { bucket } = await start();
    const bytes = bytesOf(2 * PART);
    const stored = await bucket.upload(make(bytes), "a", { [option]: sha1(bytes) });
    expect(stored.fileInfo.large_file_sha1).toBe(sha1(bytes));
  });

  test.each<[string, number, UploadOptions]>([
    ["a short file", 1000, {}],
    ["a file in one request", 1_060_000, {}],
    ["a large file", 2 * PART, {}],
    ["a large file that is not to keep them", 2 * PART, { largeFileSha1: "omit" }],
  ])("b2sdk 40: that are given and wrong stop %s", async (_, size, options) => {
    const { bucket } = await start();
    const upload = bucket.uploadBytes(bytesOf(size), "a", { ...options, contentSha1: "0".repeat(40) });
    const error = await upload.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ChecksumError);
    expect(String(error)).toContain(`the SHA-1 ${sha1(bytesOf(size))}, not ${"0".repeat(40)}`);
    await expect(bucket.getFileInfoByName("a")).rejects.toThrow();
    expect(await countUnfinished(bucket)).toBe(0);
  });

  test.each([1000, 1_000_000])(
    "that are given and wrong stop a stream of %d bytes before a request",
    async (size) => {
      const { emulator, bucket } = await start();
      const options = { contentSha1: "0".repeat(40) };
      await expect(bucket.upload(inChunks(bytesOf(size)), "a", options)).rejects.toThrow(ChecksumError);
      expect(emulator.requests.total).toBe(0);
    },
  );

  test("that are given and wrong keep a large stream from being finished", async () => {
    const { emulator, bucket } = await start();
    const options = { largeFileSha1: "0".repeat(40) };
    const upload = bucket.upload(inChunks(bytesOf(2 * PART)), "a", options);
    const error = await upload.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ChecksumError);
    expect(error).toHaveProperty("fileId");
    expect(emulator.requests.count("b2_finish_large_file")).toBe(0);
  });
});

describe("a file that changes while it is sent", () => {
  /** Lets something happen when the first request of a kind begins. */
  function asSoonAs(text: string, act: () => Promise<void>): Transport {
    const inner = nodeTransport();
    let isDone = false;
    return async (request) => {
      if (request.url.includes(text) && !isDone) {
        isDone = true;
        await act();
      }
      return await inner(request);
    };
  }

  test.each<[string, string, number, UploadOptions]>([
    ["in one request", "b2_upload_file", 1_060_000, {}],
    ["in parts", "b2_upload_part", 3 * PART, {}],
    ["in parts hashed on the way", "b2_upload_part", 3 * PART, { largeFileSha1: "omit" }],
  ])("%s is not stored", async (_, operation, size, options) => {
    const path = await fileForTest(await folderForTest(), "source", size);
    const transport = asSoonAs(operation, () => appendFile(path, "more"));
    const { emulator, bucket } = await start({ transport });
    const error = await bucket.uploadLocalFile(path, "a", options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LocalFileError);
    expect(String(error)).toMatch(/changed while it was read: upload it again when it is at rest/);
    expect(emulator.requests.count("b2_finish_large_file")).toBe(0);
    await expect(bucket.getFileInfoByName("a")).rejects.toThrow();
    expect(error).toHaveProperty("fileId", operation === "b2_upload_part" ? expect.any(String) : undefined);
  });

  test("without a trace in its size or time is refused by the service, and the error says why", async () => {
    const path = await fileForTest(await folderForTest(), "source", 3 * PART);
    await utimes(path, 1_600_000_000, 1_600_000_000);
    const transport = asSoonAs("b2_upload_part", async () => {
      await writeFile(path, bytesOf(3 * PART, 5), { flag: "r+" });
      await utimes(path, 1_600_000_000, 1_600_000_000);
    });
    const { bucket } = await start({ transport });
    const upload = bucket.uploadLocalFile(path, "a", { concurrency: 1 });
    const error = await upload.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LocalFileError);
    expect(String(error)).toMatch(/The content changed while it was sent/);
  });
});

describe("progress", () => {
  test.each<[string, SourceContent, number | undefined]>([
    ["bytes", bytesOf(3_500_000), 3_500_000],
    ["a Blob", new Blob([bytesOf(3_500_000)]), 3_500_000],
    ["one request", bytesOf(1_060_000), 1_060_000],
    ["a short file", bytesOf(10), 10],
    ["a stream", new Blob([bytesOf(3_500_000)]).stream(), undefined],
  ])("of %s never falls and ends with all bytes", async (_, source, total) => {
    const { bucket } = await start();
    const seen: TransferProgress[] = [];
    const { size } = await bucket.upload(source, "a", { onProgress: (progress) => seen.push(progress) });
    const bytes = seen.map((progress) => progress.bytes);
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
    expect(seen.at(-1)).toEqual({ bytes: size, totalBytes: size });
    expect(seen[0]?.totalBytes).toBe(total);
  });

  test("does not count bytes again that are sent again", async () => {
    const { emulator, bucket } = await start();
    emulator.faults.add({ operation: "b2_upload_part", nth: [1, 3], reset: "after" });
    const seen: number[] = [];
    await bucket.uploadBytes(bytesOf(3 * PART), "a", { onProgress: ({ bytes }) => seen.push(bytes) });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(3 * PART);
  });
});

describe("abort", () => {
  const reason = new Error("enough");

  test.each<[string, number]>([
    ["one request", 1_060_000],
    ["parts", 5 * PART],
  ])("ends %s with its reason and leaves no version", async (_, size) => {
    const { bucket } = await start();
    const controller = new AbortController();
    const options = { signal: controller.signal, onProgress: () => controller.abort(reason) };
    await expect(bucket.uploadBytes(bytesOf(size), "a", options)).rejects.toBe(reason);
    await expect(bucket.getFileInfoByName("a")).rejects.toThrow();
  });

  test.each<[string, number]>([
    ["one request", 900_000],
    ["parts", 5 * PART],
  ])("reads no chunk more for %s", async (_, size) => {
    const { bucket } = await start();
    const controller = new AbortController();
    let chunks = 0;
    async function* read() {
      for (let left = size; left > 0; left -= 100_000) {
        if (++chunks === 3) {
          controller.abort(reason);
        }
        yield bytesOf(100_000);
      }
    }
    const upload = bucket.uploadUnboundStream(read(), "a", { signal: controller.signal });
    await expect(upload).rejects.toBe(reason);
    expect(chunks).toBe(3);
  });

  test("before the beginning makes no request", async () => {
    const { emulator, bucket } = await start();
    const options = { signal: AbortSignal.abort(reason) };
    await expect(bucket.uploadBytes(bytesOf(10), "a", options)).rejects.toBe(reason);
    expect(emulator.requests.total).toBe(0);
  });

  test("ends the waiting for a slot", async () => {
    const { emulator, bucket } = await start({ concurrency: 1 });
    emulator.faults.add({ operation: "b2_upload_file", nth: 1, stall: "response" });
    const [first, second] = [new AbortController(), new AbortController()];
    const stuck = bucket.uploadBytes(bytesOf(10), "a", { signal: first.signal });
    await emulator.requests.next("b2_upload_file");
    const waiting = bucket.uploadBytes(bytesOf(10), "b", { signal: second.signal });
    second.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    first.abort(reason);
    await expect(stuck).rejects.toBe(reason);
    expect(emulator.requests.count("b2_upload_file")).toBe(1);
  });

  test("closes a stream that it never began to read", async () => {
    const { bucket } = await start();
    let isCancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      cancel: () => {
        isCancelled = true;
      },
    });
    await expect(bucket.uploadUnboundStream(stream, "a", { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(isCancelled).toBe(true);
  });

  test("ends the reading of a stream that never goes on, and closes it", async () => {
    const { bucket } = await start();
    const controller = new AbortController();
    let isCancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      start: (out) => out.enqueue(bytesOf(10)),
      cancel: () => {
        isCancelled = true;
      },
    });
    const upload = bucket.uploadUnboundStream(stream, "a", { signal: controller.signal });
    controller.abort(reason);
    await expect(upload).rejects.toBe(reason);
    expect(isCancelled).toBe(true);
  });
});

describe("many uploads at once", () => {
  test("stay within the concurrency of the account, and take turns", async () => {
    const inner = nodeTransport();
    const names: string[] = [];
    let [running, most] = [0, 0];
    const transport: Transport = async (request) => {
      const isUpload = /b2_upload_(file|part)/.test(request.url);
      if (!isUpload) return await inner(request);
      names.push(request.headers["x-bz-file-name"] ?? "large");
      most = Math.max(most, ++running);
      return await inner(request).finally(() => running--);
    };
    const { bucket } = await start({ transport, concurrency: 2 });
    const large = bucket.uploadBytes(bytesOf(6 * PART), "large");
    const small = ["a", "b", "c"].map((name) => bucket.uploadBytes(bytesOf(1000), name));
    await Promise.all([large, ...small]);
    expect(most).toBe(2);
    expect(names.lastIndexOf("large")).toBe(names.length - 1);
  });

  test("hold no more files open than a process may", async () => {
    const { emulator, b2, bucket } = await start();
    const path = await fileForTest(await folderForTest(), "source", 10);
    const uploads = Array.from({ length: 300 }, (_, index) => bucket.uploadLocalFile(path, `file ${index}`));
    await Promise.all(uploads);
    expect(emulator.requests.count("b2_upload_file")).toBe(300);
    expect(emulator.requests.count("b2_get_upload_url")).toBeLessThanOrEqual(16);
    expect(b2).toBeDefined();
  });

  test("share upload URLs, whichever object of the bucket they use", async () => {
    const { emulator, b2 } = await start();
    for (const name of ["a", "b", "c"]) {
      const bucket = await b2.getBucketByName("my-bucket");
      await bucket.uploadBytes(bytesOf(10), name);
    }
    expect(emulator.requests.count("b2_get_upload_url")).toBe(1);
  });
});

test("a key for a prefix uploads large files below it: b2sdk 46", async () => {
  const { emulator, b2, bucket } = await start();
  const key = await b2.createKey({
    keyName: "prefix",
    capabilities: ["listFiles", "writeFiles", "readFiles", "listBuckets"],
    bucketIds: [bucket.id],
    namePrefix: "mine/",
  });
  const mine = apiFor({ ...emulator, applicationKeyId: key.id, applicationKey: key.applicationKey });
  const restricted = await mine.getBucketByName("my-bucket");
  await restricted.uploadBytes(bytesOf(2 * PART), "mine/a");
  await expect(restricted.uploadBytes(bytesOf(2 * PART), "yours/a")).rejects.toThrow(/prefix/);
  expect(Buffer.compare(await read(restricted, "mine/a"), bytesOf(2 * PART))).toBe(0);
});

test("an upload error names the file and what failed", async () => {
  const { emulator, bucket } = await start();
  emulator.faults.add({ operation: "b2_upload_part", status: 400, code: "bad_request" });
  const error = await bucket.uploadBytes(bytesOf(2 * PART), "a").catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UploadError);
  expect(error).toMatchObject({ bucketName: "my-bucket", fileName: "a", fileId: expect.any(String) });
});
