import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Fault } from "../../src/emulator/index.ts";
import { type Bucket, ConflictError, CustomerKey, UploadError, type UploadOptions } from "../../src/index.ts";
import { nodeTransport, type Transport } from "../../src/raw/index.ts";
import { planParts } from "../../src/upload/part-plan.ts";
import { adoptParts, type StoredPart } from "../../src/upload/resume.ts";
import { apiFor } from "../support.ts";
import { bytesOf, countUnfinished, inChunks, PART, read, type Started, start } from "./support.ts";

const SIZE = 5 * PART;
const content = bytesOf(SIZE);

/** Lets an upload break off behind so many parts, and counts requests from here; gives the unfinished file's id. */
async function breakOff(
  { emulator, bucket }: Started,
  parts: number,
  options: UploadOptions = {},
  bytes = content,
): Promise<string> {
  const nth = Array.from({ length: 20 }, (_, index) => index + parts + 1);
  const fault: Fault = { operation: "b2_upload_part", nth, status: 400, code: "bad_request" };
  const added = emulator.faults.add(fault);
  const error = await bucket
    .uploadBytes(bytes, "a", { concurrency: 1, ...options })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UploadError);
  expect(added.hits).toBeGreaterThan(0);
  emulator.faults.clear();
  emulator.requests.clear();
  return (error as UploadError).fileId ?? "";
}

async function expectStored(bucket: Bucket, bytes: Uint8Array = content): Promise<void> {
  expect(Buffer.compare(await read(bucket, "a"), bytes)).toBe(0);
}

describe("an upload that broke off", () => {
  test.each([0, 1, 3, 4])("b2sdk 45: is resumed with %d parts stored", async (stored) => {
    const place = await start();
    const fileId = await breakOff(place, stored);
    const { emulator, bucket } = place;
    expect((await bucket.uploadBytes(content, "a")).id).toBe(fileId);
    expect(emulator.requests.byOperation).toMatchObject({
      b2_list_unfinished_large_files: 1,
      b2_list_parts: 1,
      b2_upload_part: 5 - stored,
      b2_finish_large_file: 1,
    });
    expect(emulator.requests.count("b2_start_large_file")).toBe(0);
    await expectStored(bucket);
    expect(await countUnfinished(bucket)).toBe(0);
  });

  test("b2sdk 45: is resumed with all parts stored", async () => {
    const place = await start();
    const { emulator, bucket } = place;
    emulator.faults.add({ operation: "b2_finish_large_file", times: 1, status: 400, code: "bad_request" });
    await expect(bucket.uploadBytes(content, "a")).rejects.toThrow(UploadError);
    emulator.requests.clear();
    await bucket.uploadBytes(content, "a");
    expect(emulator.requests.count("b2_upload_part")).toBe(0);
    await expectStored(bucket);
  });

  test.each<[string, UploadOptions, UploadOptions]>([
    ["with content type, info and headers", {}, {}],
    ["hashed on the way", { largeFileSha1: "omit" }, { largeFileSha1: "omit" }],
    ["with an upload time of its own", { customUploadTimestamp: 1_600_000_000_000 }, {}],
    ["cut otherwise", { partSizeBytes: 700_000 }, { partSizeBytes: 1_000_000 }],
  ])("is resumed %s", async (_, before, after) => {
    const place = await start();
    const settings = { contentType: "text/plain", fileInfo: { Author: "Zoë" }, cacheControl: "no-cache" };
    const fileId = await breakOff(place, 2, { ...settings, ...before });
    const stored = await place.bucket.uploadBytes(content, "a", { ...settings, ...before, ...after });
    expect(stored.id).toBe(fileId);
    const all = Math.ceil(SIZE / (before.partSizeBytes ?? PART));
    expect(place.emulator.requests.count("b2_upload_part")).toBe(all - 2);
    await expectStored(place.bucket);
  });

  test("is resumed with the customer key that it was started with", async () => {
    const place = await start();
    const encryption = { mode: "SSE-C", key: new CustomerKey(bytesOf(32), "my-key") } as const;
    const fileId = await breakOff(place, 3, { encryption });
    const stored = await place.bucket.uploadBytes(content, "a", { encryption });
    expect(stored.id).toBe(fileId);
    expect(place.emulator.requests.count("b2_upload_part")).toBe(2);
    expect(Buffer.compare(await read(place.bucket, "a", encryption), content)).toBe(0);
  });

  const keyed = (id?: string) => ({ mode: "SSE-C", key: new CustomerKey(bytesOf(32), id) }) as const;

  test.each<[string, UploadOptions, UploadOptions]>([
    ["content type", { contentType: "text/plain" }, { contentType: "text/html" }],
    ["file info", { fileInfo: { author: "Zoë" } }, { fileInfo: { author: "Eve" } }],
    ["header", { cacheControl: "no-cache" }, {}],
    ["encryption", {}, { encryption: { mode: "SSE-B2" } }],
    ["customer key", { encryption: keyed("one") }, { encryption: keyed("other") }],
    ["customer key without a name", { encryption: keyed() }, { encryption: keyed() }],
    ["upload time", {}, { customUploadTimestamp: 1_600_000_000_000 }],
    ["kind of checksum", {}, { largeFileSha1: "omit" }],
  ])("b2sdk 45: is begun anew with another %s", async (_, before, after) => {
    const place = await start();
    await breakOff(place, 3, before);
    await place.bucket.uploadBytes(content, "a", after);
    expect(place.emulator.requests.count("b2_start_large_file")).toBe(1);
    expect(place.emulator.requests.count("b2_upload_part")).toBe(5);
  });

  test.each<[string, Uint8Array<ArrayBuffer>, UploadOptions]>([
    ["content", bytesOf(SIZE, 9), {}],
    ["content, hashed on the way", bytesOf(SIZE, 9), { largeFileSha1: "omit" }],
    ["length", bytesOf(SIZE + 1, SIZE), {}],
  ])("b2sdk 45: is begun anew with another %s", async (_, bytes, options) => {
    const place = await start();
    await breakOff(place, 3, options);
    await place.bucket.uploadBytes(bytes, "a", options);
    expect(place.emulator.requests.count("b2_start_large_file")).toBe(1);
    await expectStored(place.bucket, bytes);
  });

  test.each<[string, UploadOptions, UploadOptions]>([
    [
      "retention",
      {},
      { fileRetention: { mode: "governance", retainUntilTimestamp: Date.now() + 3_600_000 } },
    ],
    ["legal hold", { legalHold: "on" }, {}],
  ])("b2sdk 45: is begun anew with another %s", async (_, before, after) => {
    const { emulator, b2 } = await start();
    const bucket = await b2.createBucket("locked-bucket", "allPrivate", { fileLockEnabled: true });
    const first = await breakOff({ emulator, b2, bucket }, 3, before);
    expect((await bucket.uploadBytes(content, "a", after)).id).not.toBe(first);
    const second = await breakOff({ emulator, b2, bucket }, 3, after);
    expect((await bucket.uploadBytes(content, "a", after)).id).toBe(second);
  });

  test("is not looked for with a key that may not list files", async () => {
    const place = await start();
    await breakOff(place, 3);
    const { emulator, b2, bucket } = place;
    const key = await b2.createKey({
      keyName: "writer",
      capabilities: ["writeFiles", "listBuckets"],
      bucketIds: [bucket.id],
    });
    const writer = apiFor({ ...emulator, applicationKeyId: key.id, applicationKey: key.applicationKey });
    await (await writer.getBucketByName("my-bucket")).uploadBytes(content, "a");
    expect(emulator.requests.count("b2_upload_part")).toBe(5);
  });

  test("costs uploads in one request nothing, and others one class C request", async () => {
    const { emulator, bucket } = await start();
    await bucket.uploadBytes(bytesOf(1000), "a");
    await bucket.uploadUnboundStream(inChunks(bytesOf(2 * PART)), "b");
    expect(emulator.requests.byTransactionClass.C).toBe(0);
    await bucket.uploadBytes(bytesOf(2 * PART), "c");
    expect(emulator.requests.byTransactionClass.C).toBe(1);
  });

  test("begins its progress with what is stored", async () => {
    const place = await start();
    await breakOff(place, 3);
    const seen: number[] = [];
    await place.bucket.uploadBytes(content, "a", {
      onProgress: ({ bytes }) => seen.push(bytes),
      concurrency: 1,
    });
    expect(seen.slice(0, 3)).toEqual([PART, 2 * PART, 3 * PART]);
    expect(seen.at(-1)).toBe(SIZE);
  });

  test("is compared no further than a chunk after an abort", async () => {
    const place = await start();
    const options = { largeFileSha1: "omit", partSizeBytes: 2_500_000 } as const;
    await breakOff(place, 1, options);
    const controller = new AbortController();
    const reason = new Error("enough");
    const read = vi.spyOn(Blob.prototype, "arrayBuffer").mockImplementation(() => {
      controller.abort(reason);
      return Promise.resolve(new ArrayBuffer(1_048_576));
    });
    const upload = place.bucket.upload(new Blob([content]), "a", { ...options, signal: controller.signal });
    await expect(upload).rejects.toBe(reason);
    expect(read).toHaveBeenCalledTimes(1);
    read.mockRestore();
  });

  test("is taken up by one of two uploads of the same content", async () => {
    const place = await start();
    const fileId = await breakOff(place, 3);
    const { bucket } = place;
    const both = await Promise.all([bucket.uploadBytes(content, "a"), bucket.uploadBytes(content, "a")]);
    expect(both.filter(({ id }) => id === fileId)).toHaveLength(1);
    expect(await countUnfinished(bucket)).toBe(0);
  });

  test("and was left several times is resumed where most is stored", async () => {
    const { emulator, bucket } = await start();
    const nth = Array.from({ length: 20 }, (_, index) => index + 4);
    emulator.faults.add({ operation: "b2_upload_part", nth, status: 400, code: "bad_request" });
    const upload = () => bucket.uploadBytes(content, "a", { concurrency: 1 });
    await Promise.allSettled([upload(), upload()]); // They share three parts, unequally.
    emulator.faults.clear();
    expect(await countUnfinished(bucket)).toBe(2);
    emulator.requests.clear();
    await upload();
    expect(emulator.requests.count("b2_upload_part")).toBeLessThanOrEqual(3);
    await expectStored(bucket);
  });
});

describe("continueLargeFileId", () => {
  test("resumes streams, whose parts are compared in memory", async () => {
    const place = await start();
    const { emulator, bucket } = place;
    const fileId = await breakOff(place, 3, { largeFileSha1: "omit" });
    const stored = await bucket.uploadUnboundStream(inChunks(content), "a", { continueLargeFileId: fileId });
    expect(stored.id).toBe(fileId);
    expect(emulator.requests.count("b2_upload_part")).toBe(2);
    await expectStored(bucket);
  });

  test("resumes with a key that may not list files", async () => {
    const place = await start();
    const { emulator, b2, bucket } = place;
    const fileId = await breakOff(place, 3);
    const capabilities = ["writeFiles" as const, "listBuckets" as const];
    const key = await b2.createKey({ keyName: "writer", capabilities, bucketIds: [bucket.id] });
    const writer = apiFor({ ...emulator, applicationKeyId: key.id, applicationKey: key.applicationKey });
    const own = await writer.getBucketByName("my-bucket");
    expect((await own.uploadBytes(content, "a", { continueLargeFileId: fileId })).id).toBe(fileId);
    expect(emulator.requests.count("b2_upload_part")).toBe(2);
  });

  test("sends parts again that are not the same", async () => {
    const place = await start();
    const fileId = await breakOff(place, 3, { largeFileSha1: "omit" });
    const bytes = content.slice();
    bytes[PART] = (bytes[PART] ?? 0) ^ 1;
    const options = { continueLargeFileId: fileId, largeFileSha1: "omit" };
    expect((await place.bucket.uploadBytes(bytes, "a", options)).id).toBe(fileId);
    expect(place.emulator.requests.count("b2_upload_part")).toBe(3);
    await expectStored(place.bucket, bytes);
  });

  test.each<[string, UploadOptions, RegExp]>([
    ["another content type", { contentType: "text/x-other" }, /its content type is another/],
    ["other file info", { fileInfo: { author: "Zoë" } }, /its file info is another/],
    ["another encryption", { encryption: { mode: "SSE-B2" } }, /its encryption is another/],
    ["no SHA-1 of the whole", { largeFileSha1: "omit" }, /started for content with the SHA-1/],
  ])("refuses a file that was started with %s", async (_, options, message) => {
    const place = await start();
    const continueLargeFileId = await breakOff(place, 3, { contentType: "text/plain" });
    const upload = place.bucket.uploadBytes(content, "a", {
      contentType: "text/plain",
      ...options,
      continueLargeFileId,
    });
    await expect(upload).rejects.toThrow(ConflictError);
    await expect(upload).rejects.toThrow(message);
    expect(place.emulator.requests.count("b2_upload_part")).toBe(0);
  });

  test.each<[string, Uint8Array<ArrayBuffer>, string, RegExp]>([
    ["of other content", bytesOf(SIZE, 9), "a", /started for content with the SHA-1/],
    ["of another name", content, "b", /not unfinished, or has another name/],
  ])("refuses a file %s", async (_, bytes, name, message) => {
    const place = await start();
    const continueLargeFileId = await breakOff(place, 3);
    await expect(place.bucket.uploadBytes(bytes, name, { continueLargeFileId })).rejects.toThrow(message);
  });

  test("refuses a file with more parts than the content gives", async () => {
    const place = await start();
    const options = { largeFileSha1: "omit" } as const;
    const continueLargeFileId = await breakOff(place, 4, options);
    const upload = place.bucket.uploadBytes(bytesOf(2 * PART), "a", { ...options, continueLargeFileId });
    await expect(upload).rejects.toThrow(/more parts than the content gives/);
  });

  test("takes up copied parts, which are not copied again", async () => {
    const { emulator, bucket } = await start();
    const source = await bucket.uploadBytes(content, "source");
    const options = { partSizeBytes: PART, concurrency: 1 };
    emulator.faults.add({ operation: "b2_copy_part", nth: [3, 4], status: 400, code: "bad_request" });
    const error = await bucket.copy(source.id ?? "", "a", options).catch((reason: unknown) => reason);
    const continueLargeFileId = (error as UploadError).fileId ?? "";
    emulator.faults.clear();
    emulator.requests.clear();
    const copy = await bucket.copy(source.id ?? "", "a", { ...options, continueLargeFileId });
    expect(copy.id).toBe(continueLargeFileId);
    expect(emulator.requests.count("b2_copy_part")).toBe(3);
    await expectStored(bucket);
  });
});

describe("a lost answer of b2_start_large_file", () => {
  test("leaves no file behind when the SHA-1 of the whole tells it", async () => {
    const { emulator, bucket } = await start();
    emulator.faults.add({ operation: "b2_start_large_file", times: 1, reset: "after" });
    await bucket.uploadBytes(content, "a");
    expect(emulator.requests.count("b2_start_large_file")).toBe(1);
    expect(await countUnfinished(bucket)).toBe(0);
  });

  test("costs an empty unfinished file when nothing tells it", async () => {
    const { emulator, bucket } = await start();
    emulator.faults.add({ operation: "b2_start_large_file", times: 1, reset: "after" });
    await bucket.uploadUnboundStream(inChunks(content), "a");
    expect(await countUnfinished(bucket)).toBe(1);
    await expectStored(bucket);
  });

  test("is not answered by a file with parts, which another process may be making", async () => {
    const inner = nodeTransport();
    let breakOffOther: (() => Promise<unknown>) | undefined;
    const transport: Transport = async (request) => {
      if (request.url.includes("b2_start_large_file")) {
        const first = breakOffOther;
        breakOffOther = undefined;
        await first?.();
      }
      return await inner(request);
    };
    const place = await start({ transport });
    const { emulator, bucket } = place;
    let other = "";
    breakOffOther = async () => {
      other = await breakOff(place, 3);
      emulator.faults.add({ operation: "b2_start_large_file", times: 1, reset: "before" });
    };
    expect((await bucket.uploadBytes(content, "a")).id).not.toBe(other);
    expect(await countUnfinished(bucket)).toBe(1);
  });
});

describe("adoptParts", () => {
  const sizes = { minimumBytes: 100, recommendedBytes: 1000 };
  const plan = (size: number) => (partBytes: number) => planParts(size, sizes, partBytes);
  const left = (parts: readonly StoredPart[]) => [
    {
      fileId: "",
      fields: undefined,
      isNamed: false,
      parts: new Map(parts.map((part) => [part.partNumber, part])),
    },
  ];
  const stored = (part: { partNumber: number; length: number }): StoredPart => ({
    partNumber: part.partNumber,
    contentLength: part.length,
    contentSha1: "",
  });

  test("finds the part size of an earlier upload, whichever parts but the last it stored", () => {
    const size = fc.integer({ min: 2200, max: 50_000 });
    const partSize = fc.integer({ min: 100, max: 1000 });
    fc.assert(
      fc.property(size, partSize, fc.infiniteStream(fc.boolean()), (total, partBytes, chosen) => {
        const earlier = planParts(total, sizes, partBytes);
        const parts = earlier.slice(0, -1).filter((_) => chosen.next().value);
        const adopted = adoptParts(planParts(total, sizes), left(parts.map(stored)), plan(total));
        if (parts.length > 0) {
          expect(adopted).toEqual(earlier);
        } else {
          expect(adopted).toEqual(planParts(total, sizes));
        }
      }),
    );
  });

  test("keeps the plan when the stored parts fit none", () => {
    const planned = planParts(5000, sizes);
    const parts = [stored({ partNumber: 1, length: 300 }), stored({ partNumber: 2, length: 400 })];
    expect(adoptParts(planned, left(parts), plan(5000))).toBe(planned);
    expect(adoptParts(planned, left([stored({ partNumber: 1, length: 7 })]), plan(5000))).toBe(planned);
    expect(adoptParts(planned, [], plan(5000))).toBe(planned);
  });
});
