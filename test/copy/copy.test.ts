import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import {
  type B2Api,
  type Bucket,
  type CopyOptions,
  CustomerKey,
  type FileEncryption,
  type FileVersion,
  NotFoundError,
  RefusedError,
  RestrictionError,
  type TransferProgress,
  UploadError,
  type UploadOptions,
} from "../../src/index.ts";
import { nodeTransport, type Transport } from "../../src/raw/index.ts";
import { apiFor, emulatorForTest, fileForTest, folderForTest } from "../support.ts";

const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest("hex");

/** A bucket with a source of 500,000 bytes, five times the least part, and the requests counted from here. */
async function start({ size = 500_000, ...options }: UploadOptions & { readonly size?: number } = {}) {
  const emulator = await emulatorForTest();
  const b2 = apiFor(emulator);
  const bucket = await b2.createBucket("test-bucket", "allPrivate");
  const { source, bytes } = await store(bucket, "source", size, {
    contentType: "text/x-special",
    fileInfo: { colour: "blue" },
    ...options,
  });
  emulator.requests.clear();
  return { emulator, b2, bucket, source, fileId: source.id ?? "", bytes };
}

async function store(bucket: Bucket, name: string, size: number, options: UploadOptions = {}) {
  const path = await fileForTest(await folderForTest(), "source", size);
  const source = await bucket.uploadLocalFile(path, name, options);
  return { source, bytes: await readFile(path) };
}

async function contentOf(bucket: Bucket, name: string, encryption?: FileEncryption): Promise<Uint8Array> {
  const downloaded = await bucket.downloadFileByName(name, encryption && { encryption });
  return await downloaded.bytes();
}

async function namesIn(bucket: Bucket): Promise<string[]> {
  const names: string[] = [];
  for await (const { fileVersion } of bucket.ls("", { latestOnly: false, recursive: true })) {
    names.push(fileVersion.name);
  }
  return names;
}

describe("a copy", () => {
  test("of a whole file takes one request and keeps content, type and file info", async () => {
    const { emulator, bucket, source, fileId, bytes } = await start();
    const copy = await bucket.copy(fileId, "copy");
    expect(emulator.requests.byOperation).toEqual({ b2_copy_file: 1 });
    expect(copy).toMatchObject({ name: "copy", size: 500_000, contentType: "text/x-special" });
    expect(copy.fileInfo).toEqual(source.fileInfo);
    expect(copy.contentSha1).toBe(sha1(bytes));
    expect(Buffer.compare(await contentOf(bucket, "copy"), bytes)).toBe(0);
  });

  test("goes to the bucket that was asked for, whichever the source is in", async () => {
    const { b2, bucket, source, fileId } = await start({ size: 10 });
    const other = await b2.createBucket("other-bucket", "allPrivate");
    expect(await other.copy(fileId, "a")).toMatchObject({ bucketId: other.id, name: "a" });
    expect(await source.copy("b", { bucket: other })).toMatchObject({ bucketId: other.id, name: "b" });
    expect(await source.copy("c")).toMatchObject({ bucketId: bucket.id, name: "c" });
  });

  test("replaces type and file info without asking for the source when both are given", async () => {
    const { emulator, bucket, fileId } = await start({ size: 10 });
    const options = { contentType: "image/png", fileInfo: { shape: "round" }, cacheControl: "no-store" };
    const copy = await bucket.copy(fileId, "copy", options);
    expect(emulator.requests.byOperation).toEqual({ b2_copy_file: 1 });
    expect(copy.contentType).toBe("image/png");
    expect(copy.fileInfo).toEqual({ shape: "round", "b2-cache-control": "no-store" });
  });

  test.each<[string, CopyOptions, object]>([
    ["a type keeps the file info", { contentType: "image/png" }, { contentType: "image/png" }],
    [
      "a header keeps type and file info",
      { contentLanguage: "de" },
      { info: { "b2-content-language": "de" } },
    ],
  ])("that is given only %s", async (_, options, { info, ...expected }: { info?: object }) => {
    const { emulator, bucket, source, fileId } = await start({ size: 10 });
    const copy = await bucket.copy(fileId, "copy", options);
    expect(copy).toMatchObject({ contentType: "text/x-special", ...expected });
    expect(copy.fileInfo).toEqual({ ...source.fileInfo, ...info });
    expect(emulator.requests.byOperation).toEqual({ b2_get_file_info: 1, b2_copy_file: 1 });
  });

  test("that is given only file info keeps the type", async () => {
    const { bucket, fileId } = await start({ size: 10 });
    const copy = await bucket.copy(fileId, "copy", { fileInfo: { shape: "round" } });
    expect(copy).toMatchObject({ contentType: "text/x-special" });
    expect(copy.fileInfo).toEqual({ shape: "round" });
  });

  test("of a version at hand asks for nothing that the version knows", async () => {
    const { emulator, source } = await start();
    await source.copy("a", { contentType: "image/png" });
    await source.copy("b", { offset: 7 });
    expect(emulator.requests.byOperation).toEqual({ b2_copy_file: 2 });
    await source.copy("c", { partSizeBytes: 250_000 });
    expect(emulator.requests.count("b2_get_file_info")).toBe(0);
  });

  test("of what is not there is not found", async () => {
    const { bucket, source, fileId } = await start({ size: 10 });
    await source.delete();
    await expect(bucket.copy(fileId, "copy")).rejects.toBeInstanceOf(NotFoundError);
  });

  test.each<[string, CopyOptions, RegExp]>([
    ["", {}, /empty/],
    ["a", { offset: -1 }, /offset/],
    ["a", { offset: 0.5 }, /offset/],
    ["a", { length: 0 }, /length/],
    ["a", { concurrency: 0 }, /concurrency/],
  ])("to %j with %o is refused before any request", async (name, options, message) => {
    const { emulator, bucket, fileId } = await start({ size: 10 });
    await expect(bucket.copy(fileId, name, options)).rejects.toThrow(message);
    expect(emulator.requests.total).toBe(0);
  });
});

describe("a copied range", () => {
  const info = { colour: "blue", src_last_modified_millis: "1" };

  test.each<[string, CopyOptions, number, number]>([
    ["offset 3, length 7", { offset: 3, length: 7 }, 3, 10],
    ["the first byte", { length: 1 }, 0, 1],
    ["all from offset 3", { offset: 3 }, 3, 11],
    ["more than there is", { offset: 3, length: 100 }, 3, 11],
    ["exactly everything", { length: 11 }, 0, 11],
    [
      "all from offset 3, metadata given",
      { offset: 3, contentType: "text/x-special", fileInfo: info },
      3,
      11,
    ],
  ])("holds %s (b2sdk 37)", async (_, options, first, end) => {
    const { bucket, fileId, bytes } = await start({ size: 11, fileInfo: info });
    const copy = await bucket.copy(fileId, "copy", options);
    expect(copy).toMatchObject({ size: end - first, contentType: "text/x-special" });
    expect(copy.fileInfo).toEqual(info);
    expect(Buffer.compare(await contentOf(bucket, "copy"), bytes.subarray(first, end))).toBe(0);
  });

  test.each<[string, CopyOptions]>([
    ["behind the end", { offset: 12, length: 15 }],
    ["at the end", { offset: 11 }],
    ["behind the end, with new metadata", { offset: 12, length: 15, contentType: "a/b", fileInfo: {} }],
    ["behind the end, in parts", { offset: 12, length: 200_000, partSizeBytes: 100_000 }],
  ])("%s is refused by the service and creates nothing (b2sdk 37)", async (_, options) => {
    const { bucket, fileId } = await start({ size: 11 });
    const error = await bucket.copy(fileId, "copy", options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ status: 416, code: "range_not_satisfiable" });
    expect(await namesIn(bucket)).toEqual(["source"]);
  });

  test("of a large file does not claim the SHA-1 of the whole", async () => {
    const { bucket, source, fileId, bytes } = await start({ size: 1_200_000 });
    expect(source.fileInfo).toHaveProperty("large_file_sha1");
    const copy = await bucket.copy(fileId, "copy", { offset: 1, length: 10 });
    const { large_file_sha1: _, ...others } = source.fileInfo;
    expect(copy.fileInfo).toEqual(others);
    expect(copy.contentSha1).toBe(sha1(bytes.subarray(1, 11)));
  });

  test("that is all of a large file keeps its SHA-1", async () => {
    const { bucket, source, fileId } = await start({ size: 1_200_000 });
    const copy = await bucket.copy(fileId, "copy", { length: 1_300_000 });
    expect(copy.fileInfo).toEqual(source.fileInfo);
  });
});

describe("a copy in parts", () => {
  test("follows when the service finds the source too large (b2sdk 38)", async () => {
    const { emulator, bucket, source, fileId, bytes } = await start();
    emulator.faults.add({ operation: "b2_copy_file", times: 1, status: 400, code: "source_too_large" });
    const copy = await bucket.copy(fileId, "copy");
    expect(copy).toMatchObject({ action: "upload", size: 500_000, contentType: "text/x-special" });
    expect(copy.fileInfo).toEqual({ ...source.fileInfo, large_file_sha1: sha1(bytes) });
    expect(Buffer.compare(await contentOf(bucket, "copy"), bytes)).toBe(0);
    expect(emulator.requests.byOperation).toMatchObject({
      b2_copy_file: 1,
      b2_get_file_info: 1,
      b2_copy_part: 2,
    });
  });

  test("follows without asking for a source that is known", async () => {
    const { emulator, source } = await start();
    emulator.faults.add({ operation: "b2_copy_file", times: 1, status: 400, code: "source_too_large" });
    expect(await source.copy("copy")).toMatchObject({ size: 500_000, contentType: "text/x-special" });
    expect(emulator.requests.count("b2_get_file_info")).toBe(0);
  });

  test("is made at once when the source is known to be too long for one request", async () => {
    const { emulator, bucket, fileId, bytes } = await start();
    await bucket.copy(fileId, "copy", { partSizeBytes: 200_000 });
    expect(Buffer.compare(await contentOf(bucket, "copy"), bytes)).toBe(0);
    expect(emulator.requests.byOperation).toMatchObject({ b2_copy_part: 4 });
    expect(emulator.requests.count("b2_copy_file")).toBe(0);
  });

  test("keeps the large_file_sha1 of a large source, so that its download is verified", async () => {
    const { bucket, source, fileId, bytes } = await start({ size: 1_200_000 });
    const copy = await bucket.copy(fileId, "copy", { partSizeBytes: 400_000 });
    expect(copy.fileInfo).toEqual(source.fileInfo);
    expect(copy.contentSha1).toBe(sha1(bytes));
  });

  test("of a range keeps type and file info but no SHA-1 of other content", async () => {
    const { bucket, source, fileId, bytes } = await start({ size: 1_200_000 });
    const range = { offset: 100_001, length: 700_000 };
    const copy = await bucket.copy(fileId, "copy", { ...range, partSizeBytes: 300_000 });
    const { large_file_sha1: _, ...others } = source.fileInfo;
    expect(copy).toMatchObject({ size: 700_000, contentType: "text/x-special" });
    expect(copy.fileInfo).toEqual(others);
    expect(Buffer.compare(await contentOf(bucket, "copy"), bytes.subarray(100_001, 800_001))).toBe(0);
  });

  test("takes type, file info and headers that are given, and adds the SHA-1", async () => {
    const { bucket, fileId, bytes } = await start();
    const copy = await bucket.copy(fileId, "copy", {
      contentType: "image/png",
      fileInfo: { shape: "round" },
      expires: new Date(0),
      partSizeBytes: 200_000,
    });
    expect(copy.contentType).toBe("image/png");
    expect(copy.fileInfo).toEqual({
      shape: "round",
      "b2-expires": "Thu, 01 Jan 1970 00:00:00 GMT",
      large_file_sha1: sha1(bytes),
    });
  });

  test("gives the copy an upload timestamp of its own", async () => {
    const { emulator, bucket, fileId, bytes } = await start();
    const copy = await bucket.copy(fileId, "copy", { customUploadTimestamp: 1_500_000_000_000 });
    expect(copy).toMatchObject({ uploadTimestamp: 1_500_000_000_000, contentType: "text/x-special" });
    expect(Buffer.compare(await contentOf(bucket, "copy"), bytes)).toBe(0);
    expect(emulator.requests.count("b2_copy_part")).toBe(2);
  });

  test("is refused where an upload timestamp needs one and the source is too short", async () => {
    const { bucket, fileId } = await start({ size: 199_999 });
    const copy = bucket.copy(fileId, "copy", { customUploadTimestamp: 1 });
    await expect(copy).rejects.toThrow(/customUploadTimestamp/);
    expect(await namesIn(bucket)).toEqual(["source"]);
  });

  test("makes no more requests at once than it may", async () => {
    const { emulator, fileId } = await start();
    let now = 0;
    let most = 0;
    const inner = nodeTransport();
    const transport: Transport = async (request) => {
      const isPart = request.url.includes("b2_copy_part");
      most = Math.max(most, isPart ? ++now : 0);
      return await inner(request).finally(() => (isPart ? now-- : 0));
    };
    const bucket = await apiFor(emulator, { transport }).getBucketByName("test-bucket");
    await bucket.copy(fileId, "copy", { partSizeBytes: 100_000, concurrency: 2 });
    expect(most).toBe(2);
  });

  test("repeats a part alone when its answer fails or is lost", async () => {
    const { emulator, bucket, fileId, bytes } = await start();
    emulator.faults.add({ operation: "b2_copy_part", nth: 2, status: 503 });
    emulator.faults.add({ operation: "b2_copy_part", nth: 3, reset: "after" });
    await bucket.copy(fileId, "copy", { partSizeBytes: 100_000 });
    expect(emulator.requests.count("b2_copy_part")).toBe(7);
    expect(Buffer.compare(await contentOf(bucket, "copy"), bytes)).toBe(0);
  });

  test("is finished once although the answer is lost", async () => {
    const { emulator, bucket, fileId } = await start();
    emulator.faults.add({ operation: "b2_finish_large_file", times: 1, reset: "after" });
    const copy = await bucket.copy(fileId, "copy", { partSizeBytes: 200_000 });
    expect(copy).toMatchObject({ action: "upload", size: 500_000 });
    expect(await namesIn(bucket)).toEqual(["copy", "source"]);
  });

  test("that fails says which large file is unfinished, and does not cancel it", async () => {
    const { emulator, bucket, fileId } = await start();
    emulator.faults.add({
      operation: "b2_copy_part",
      nth: 2,
      status: 403,
      code: "transaction_cap_exceeded",
    });
    const copying = bucket.copy(fileId, "copy", { partSizeBytes: 100_000, concurrency: 1 });
    const error = await copying.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UploadError);
    expect(error).toMatchObject({ fileName: "copy", cause: { name: "CapExceededError", partNumber: 2 } });
    const unfinished: FileVersion[] = [];
    for await (const file of bucket.listUnfinishedLargeFiles()) {
      unfinished.push(file);
    }
    expect(unfinished.map(({ id }) => id)).toEqual([(error as UploadError).fileId]);
    expect(emulator.requests.count("b2_copy_part")).toBe(2);
    expect(emulator.requests.count("b2_cancel_large_file")).toBe(0);
  });

  test("reports each part once it is copied, and ends at the size", async () => {
    const { bucket, fileId } = await start();
    const seen: number[] = [];
    const onProgress = ({ bytes, totalBytes }: TransferProgress) => {
      expect(totalBytes).toBe(500_000);
      seen.push(bytes);
    };
    await bucket.copy(fileId, "a", { partSizeBytes: 100_000, onProgress });
    expect(seen).toEqual([100_000, 200_000, 300_000, 400_000, 500_000]);
    await bucket.copy(fileId, "b", { onProgress });
    expect(seen.at(-1)).toBe(500_000);
    expect(seen).toHaveLength(6);
  });

  test("ends with the reason of an abort, and starts no further part", async () => {
    const { emulator, bucket, fileId } = await start();
    const abort = new AbortController();
    const reason = new Error("enough");
    const copying = bucket.copy(fileId, "copy", {
      partSizeBytes: 100_000,
      concurrency: 1,
      signal: abort.signal,
      onProgress: () => abort.abort(reason),
    });
    await expect(copying).rejects.toBe(reason);
    expect(emulator.requests.count("b2_copy_part")).toBe(1);
    expect(emulator.requests.count("b2_finish_large_file")).toBe(0);
  });
});

describe.each([
  ["small", undefined],
  ["large", 200_000],
])("a %s copy", (_, partSizeBytes) => {
  const sized = (options: CopyOptions) => ({
    ...options,
    ...(partSizeBytes !== undefined && { partSizeBytes }),
  });

  test("gets the retention and legal hold that are given, with and without a length (b2sdk 39)", async () => {
    const { b2, fileId } = await start();
    const locked = await b2.createBucket("locked-bucket", "allPrivate", { fileLockEnabled: true });
    const retainUntilTimestamp = Math.floor(Date.now() / 1000) * 1000 + 86_400_000;
    const lock = {
      fileRetention: { mode: "governance" as const, retainUntilTimestamp },
      legalHold: "on" as const,
    };
    for (const length of [{}, { length: 500_000 }]) {
      const copy = await locked.copy(fileId, "copy", sized({ ...lock, ...length }));
      expect(copy.fileRetention).toEqual({ isClientAuthorizedToRead: true, value: lock.fileRetention });
      expect(copy.legalHold).toEqual({ isClientAuthorizedToRead: true, value: "on" });
    }
  });

  const sse: FileEncryption = { mode: "SSE-B2" };
  const first: FileEncryption = { mode: "SSE-C", key: new CustomerKey(new Uint8Array(32).fill(1), "first") };
  const second: FileEncryption = {
    mode: "SSE-C",
    key: new CustomerKey(new Uint8Array(32).fill(2), "second"),
  };
  const given = { contentType: "text/plain", fileInfo: { new: "value" } };

  // Source, what the copy is asked for, encryption of the copy and the key that its file info names.
  test.each<[string, FileEncryption | undefined, CopyOptions, string | null, string | undefined]>([
    ["none to SSE-B2", undefined, { encryption: sse }, "SSE-B2", undefined],
    ["none to SSE-C, given metadata", undefined, { encryption: first, ...given }, "SSE-C", "first"],
    ["none to SSE-C", undefined, { encryption: first }, "SSE-C", "first"],
    ["SSE-B2 to none", sse, {}, null, undefined],
    ["SSE-B2 to none, source named", sse, { sourceEncryption: sse }, null, undefined],
    ["SSE-B2 to SSE-B2", sse, { sourceEncryption: sse, encryption: sse }, "SSE-B2", undefined],
    ["SSE-B2 to SSE-C, given metadata", sse, { encryption: first, ...given }, "SSE-C", "first"],
    ["SSE-B2 to SSE-C", sse, { sourceEncryption: sse, encryption: first }, "SSE-C", "first"],
    ["SSE-C to none, given metadata", first, { sourceEncryption: first, ...given }, null, undefined],
    ["SSE-C to none", first, { sourceEncryption: first }, null, undefined],
    ["SSE-C to the same", first, { sourceEncryption: first, encryption: first }, "SSE-C", "first"],
    ["SSE-C to SSE-B2", first, { sourceEncryption: first, encryption: sse }, "SSE-B2", undefined],
    [
      "SSE-C to SSE-B2, given metadata",
      first,
      { sourceEncryption: first, encryption: sse, ...given },
      "SSE-B2",
      undefined,
    ],
    [
      "SSE-C to another key, given metadata",
      first,
      { sourceEncryption: first, encryption: second, ...given },
      "SSE-C",
      "second",
    ],
    ["SSE-C to another key", first, { sourceEncryption: first, encryption: second }, "SSE-C", "second"],
  ])("from %s is encrypted as asked and names its key (b2sdk 36)", async (_, from, options, mode, keyId) => {
    const { bucket, source, fileId, bytes } = await start(from && { encryption: from });
    const copy = await bucket.copy(fileId, "copy", sized(options));
    expect(copy.serverSideEncryption?.mode).toBe(mode);
    expect(copy.contentType).toBe(options.contentType ?? source.contentType);
    const { sse_c_key_id: named, large_file_sha1: _sha1, ...others } = copy.fileInfo;
    expect(named).toBe(keyId);
    const { sse_c_key_id: _id, ...inherited } = source.fileInfo;
    expect(others).toEqual(options.fileInfo ?? inherited);
    const key = options.encryption?.mode === "SSE-C" ? options.encryption : undefined;
    expect(Buffer.compare(await contentOf(bucket, "copy", key), bytes)).toBe(0);
  });
});

describe("customer keys", () => {
  const key = (fill: number, id?: string): FileEncryption => ({
    mode: "SSE-C",
    key: new CustomerKey(new Uint8Array(32).fill(fill), id),
  });

  test("are not asked after when one key encrypts both", async () => {
    const encryption = key(1, "first");
    const { emulator, bucket, fileId } = await start({ size: 10, encryption });
    await bucket.copy(fileId, "copy", { sourceEncryption: encryption, encryption });
    expect(emulator.requests.byOperation).toEqual({ b2_copy_file: 1 });
  });

  test("without a name do not leave the name of the key before", async () => {
    const { bucket, fileId } = await start({ size: 10, encryption: key(1, "first") });
    const copy = await bucket.copy(fileId, "copy", { sourceEncryption: key(1), encryption: key(2) });
    expect(copy.fileInfo).not.toHaveProperty("sse_c_key_id");
    const same = await bucket.copy(fileId, "same", { sourceEncryption: key(1), encryption: key(1) });
    expect(same.fileInfo).toHaveProperty("sse_c_key_id", "first");
  });

  test("get the name under which they encrypt the copy", async () => {
    const { bucket, fileId } = await start({ size: 10, encryption: key(1, "first") });
    const options = { sourceEncryption: key(1, "first"), encryption: key(1, "renamed") };
    const copy = await bucket.copy(fileId, "copy", options);
    expect(copy.fileInfo).toHaveProperty("sse_c_key_id", "renamed");
  });

  test("are refused when the file info names another, before any request", async () => {
    const { emulator, bucket, fileId } = await start({ size: 10 });
    const options = { encryption: key(1, "first"), fileInfo: { sse_c_key_id: "second" } };
    await expect(bucket.copy(fileId, "copy", options)).rejects.toThrow(/customer key second, but first/);
    expect(emulator.requests.total).toBe(0);
  });

  test("that do not fit the source are refused by the service", async () => {
    const { bucket, fileId } = await start({ size: 10, encryption: key(1, "first") });
    const copy = bucket.copy(fileId, "copy", { sourceEncryption: key(2) });
    await expect(copy).rejects.toMatchObject({ status: 403, code: "access_denied" });
  });
});

describe("a restricted key", () => {
  async function restricted(b2: B2Api, realm: string, limits: { bucketIds: string[]; namePrefix?: string }) {
    const capabilities = ["listBuckets" as const, "readFiles" as const, "writeFiles" as const];
    const created = await b2.createKey({ keyName: "limited", capabilities, ...limits });
    return apiFor({ url: realm, applicationKeyId: created.id, applicationKey: created.applicationKey });
  }

  test("copies to names with its prefix only, and refuses others before a request", async () => {
    const { emulator, b2, bucket } = await start({ size: 10 });
    const { source } = await store(bucket, "mine/source", 10);
    const limited = await restricted(b2, emulator.url, { bucketIds: [bucket.id], namePrefix: "mine/" });
    const own = await limited.getBucketByName("test-bucket");
    await own.copy(source.id ?? "", "mine/copy", { contentType: "image/png" });
    emulator.requests.clear();
    const wrong = own.copy(source.id ?? "", "other", { contentType: "image/png" });
    await expect(wrong).rejects.toBeInstanceOf(RestrictionError);
    expect(emulator.requests.total).toBe(0);
  });

  test("refuses a bucket that is not its own before a request", async () => {
    const { emulator, b2, bucket, fileId } = await start({ size: 10 });
    const other = await b2.createBucket("other-bucket", "allPrivate");
    const limited = await restricted(b2, emulator.url, { bucketIds: [bucket.id] });
    const version = await limited.getFileInfo(fileId);
    emulator.requests.clear();
    await expect(version.copy("copy", { bucket: other })).rejects.toBeInstanceOf(RestrictionError);
    expect(emulator.requests.total).toBe(0);
  });
});
