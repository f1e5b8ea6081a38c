import { describe, expect, test } from "vitest";
import type { Fault } from "../../src/emulator/index.ts";
import { CapExceededError, UnavailableError, UploadError, type UploadOptions } from "../../src/index.ts";
import { nodeTransport, type Transport, TransportError } from "../../src/raw/index.ts";
import { apiFor } from "../support.ts";
import { bytesOf, countUnfinished, countVersions, inChunks, PART, read, sha1, start } from "./support.ts";

const SHORT = 1000;
const LONG = 1_060_000; // More than one chunk, hashed while it is sent.

describe("an upload whose answer is lost", () => {
  test.each([
    ["a short file", SHORT, {}],
    ["a longer one, hashed on the way", LONG, {}],
    ["one with file info", SHORT, { fileInfo: { Author: "Zoë" }, cacheControl: "no-cache" }],
    ["one with a time of its own", SHORT, { customUploadTimestamp: 1_600_000_000_000 }],
  ])("is found and not sent again: %s", async (_, size, options: UploadOptions) => {
    const { emulator, bucket } = await start();
    emulator.faults.add({ operation: "b2_upload_file", times: 1, reset: "after" });
    const stored = await bucket.uploadBytes(bytesOf(size), "a", options);
    expect(stored.contentSha1).toBe(sha1(bytesOf(size)));
    expect(emulator.requests.byOperation).toEqual({
      b2_get_upload_url: 1,
      b2_upload_file: 1,
      b2_list_file_versions: 1,
    });
  });

  test.each<Fault>([
    { operation: "b2_upload_file", times: 1, reset: "before" },
    { operation: "b2_upload_file", times: 1, reset: "during" },
  ])("is sent again when nothing was stored", async (fault) => {
    const { emulator, bucket } = await start();
    emulator.faults.add(fault);
    await bucket.uploadBytes(bytesOf(LONG), "a");
    expect(await countVersions(bucket, "a")).toBe(1);
    expect(emulator.requests.count("b2_upload_file")).toBe(2);
  });

  test.each<[string, Uint8Array<ArrayBuffer>, UploadOptions]>([
    ["content", bytesOf(SHORT, 7), {}],
    ["size", bytesOf(SHORT + 1), {}],
    ["file info", bytesOf(SHORT), { fileInfo: { author: "Zoë" } }],
  ])("is not taken for one with another %s", async (_, bytes, options) => {
    const { emulator, bucket } = await start();
    await bucket.uploadBytes(bytesOf(SHORT), "a");
    emulator.faults.add({ operation: "b2_upload_file", times: 1, reset: "before" });
    await bucket.uploadBytes(bytes, "a", options);
    expect(await countVersions(bucket, "a")).toBe(2);
  });

  test("is not taken for the same content stored before", async () => {
    const { emulator, bucket } = await start();
    emulator.clock.advance(-60_000);
    await bucket.uploadBytes(bytesOf(SHORT), "a");
    emulator.clock.advance(60_000);
    emulator.faults.add({ operation: "b2_upload_file", times: 1, reset: "before" });
    await bucket.uploadBytes(bytesOf(SHORT), "a");
    expect(await countVersions(bucket, "a")).toBe(2);
  });

  test("is sent again with a key that may not list files, so that two versions can be there", async () => {
    const { emulator, b2, bucket } = await start();
    const capabilities = ["writeFiles", "listBuckets"] as const;
    const key = await b2.createKey({
      keyName: "writer",
      capabilities: [...capabilities],
      bucketIds: [bucket.id],
    });
    const writer = apiFor({ ...emulator, applicationKeyId: key.id, applicationKey: key.applicationKey });
    emulator.faults.add({ operation: "b2_upload_file", times: 1, reset: "after" });
    await (await writer.getBucketByName("my-bucket")).uploadBytes(bytesOf(SHORT), "a");
    expect(await countVersions(bucket, "a")).toBe(2);
  });

  test("is looked up before it counts as failed", async () => {
    const retry = { firstDelayMillis: 1, transferBudgetMillis: -1 };
    const { emulator, bucket } = await start({ retry });
    emulator.faults.add({ operation: "b2_upload_file", times: 1, reset: "after" });
    await bucket.uploadBytes(bytesOf(SHORT), "a");
    expect(emulator.requests.count("b2_upload_file")).toBe(1);
  });
});

describe("an answer with another SHA-1 than that of the bytes", () => {
  test.each([SHORT, LONG])("is not believed: the stored version tells (%d bytes)", async (size) => {
    const { emulator, bucket } = await start();
    emulator.faults.add({ operation: "b2_upload_file", times: 1, wrongSha1: true });
    const stored = await bucket.uploadBytes(bytesOf(size), "a");
    expect(stored.contentSha1).toBe(sha1(bytesOf(size)));
    expect(await countVersions(bucket, "a")).toBe(1);
    expect(emulator.requests.count("b2_upload_file")).toBe(1);
  });

  test("lets a part be sent again", async () => {
    const { emulator, bucket } = await start();
    emulator.faults.add({ operation: "b2_upload_part", nth: 2, wrongSha1: true });
    await bucket.uploadBytes(bytesOf(3 * PART), "a");
    expect(emulator.requests.count("b2_upload_part")).toBe(4);
    expect(Buffer.compare(await read(bucket, "a"), bytesOf(3 * PART))).toBe(0);
  });
});

describe("b2sdk 42: failures of an upload", () => {
  test("that may pass are repeated with another URL", async () => {
    const { emulator, bucket } = await start();
    emulator.faults.add({ operation: "b2_upload_file", times: 1, status: 503 });
    await bucket.uploadBytes(bytesOf(SHORT), "a");
    expect(emulator.requests.count("b2_get_upload_url")).toBe(2);
  });

  test("end it when the time for repetitions is spent", async () => {
    const retry = { firstDelayMillis: 1, transferBudgetMillis: 5 };
    const { emulator, bucket } = await start({ retry });
    emulator.faults.add({ operation: "b2_upload_file", status: 503 });
    const error = await bucket.uploadBytes(bytesOf(SHORT), "a").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ status: 503, attempts: emulator.requests.count("b2_upload_file") });
  });

  test("that will not pass end it at once", async () => {
    const { emulator, bucket } = await start();
    emulator.faults.add({ operation: "b2_upload_file", status: 403, code: "storage_cap_exceeded" });
    await expect(bucket.uploadBytes(bytesOf(SHORT), "a")).rejects.toThrow(CapExceededError);
    expect(emulator.requests.count("b2_upload_file")).toBe(1);
  });
});

test("when upload URLs cannot be had, the upload waits as long as its own time allows", async () => {
  const retry = { firstDelayMillis: 1, budgetMillis: 0 };
  const { emulator, bucket } = await start({ retry });
  emulator.faults.add({ operation: "b2_get_upload_url", times: 5, status: 503 });
  await bucket.uploadBytes(bytesOf(SHORT), "a");
  expect(emulator.requests.count("b2_get_upload_url")).toBe(6);
  expect(emulator.requests.count("b2_upload_file")).toBe(1);
});

test("429 waits and keeps the URL, as often as it comes", async () => {
  const { emulator, bucket } = await start();
  emulator.faults.add({ operation: "b2_upload_part", times: 4, status: 429, retryAfter: 0.001 });
  await bucket.uploadBytes(bytesOf(3 * PART), "a", { concurrency: 1 });
  expect(emulator.requests.count("b2_get_upload_part_url")).toBe(1);
  expect(emulator.requests.count("b2_upload_part")).toBe(7);
});

test("attempts and time are counted from the byte that went furthest", async () => {
  // Each attempt comes one chunk further; no time at all is left for what brings nothing.
  const inner = nodeTransport();
  let attempt = 0;
  const transport: Transport = async (request) => {
    if (!request.url.includes("b2_upload_file") || ++attempt > 3) return await inner(request);
    let chunks = 0;
    await request.content?.writeTo(async () => {
      if (++chunks > attempt) throw new TransportError("reset", "sending");
    });
    throw new Error("unreachable");
  };
  const hooked: number[] = [];
  const { bucket } = await start({
    transport,
    retry: { firstDelayMillis: 60_000, transferBudgetMillis: 30_000 },
    hooks: { onRetry: ({ delayMillis }) => hooked.push(delayMillis) },
  });
  const bytes = bytesOf(5_000_000);
  await bucket.uploadBytes(bytes, "a", { partSizeBytes: 5_000_000 });
  expect(hooked).toEqual([0, 0, 0]);
  expect(Buffer.compare(await read(bucket, "a"), bytes)).toBe(0);
});

describe("a large file that fails", () => {
  test("stops the other parts at once and stays to be resumed", async () => {
    const { emulator, bucket } = await start();
    emulator.faults.add({ operation: "b2_upload_part", nth: 2, status: 403, code: "storage_cap_exceeded" });
    emulator.faults.add({ operation: "b2_upload_part", nth: [1, 3, 4], stall: "request" });
    const error = await bucket.uploadBytes(bytesOf(9 * PART), "a").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UploadError);
    expect(error).toMatchObject({ fileId: expect.any(String), cause: { code: "storage_cap_exceeded" } });
    expect(emulator.requests.count("b2_upload_part")).toBeLessThanOrEqual(4);
    expect(await countUnfinished(bucket)).toBe(1);
  });

  test.each<[string, Fault]>([
    ["a refused part", { operation: "b2_upload_part", nth: 2, status: 403, code: "storage_cap_exceeded" }],
    ["a refused end", { operation: "b2_finish_large_file", status: 400, code: "bad_request" }],
  ])("is cancelled if the caller asked for it: %s", async (_, fault) => {
    const { emulator, bucket } = await start();
    emulator.faults.add(fault);
    const upload = bucket.uploadBytes(bytesOf(3 * PART), "a", { cancelOnFailure: true });
    const error = await upload.catch((reason: unknown) => reason);
    expect(error).not.toBeInstanceOf(UploadError);
    expect(error).toMatchObject({ code: "code" in fault ? fault.code : "" });
    expect(await countUnfinished(bucket)).toBe(0);
  });

  test("is cancelled after an abort, too, if the caller asked for it", async () => {
    const { bucket } = await start();
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = () => controller.abort(reason);
    const options = { cancelOnFailure: true, signal: controller.signal, onProgress };
    await expect(bucket.uploadBytes(bytesOf(5 * PART), "a", options)).rejects.toBe(reason);
    expect(await countUnfinished(bucket)).toBe(0);
  });
});

describe("b2sdk 43: a stream", () => {
  test("that makes a small file survives a failure", async () => {
    const { emulator, bucket } = await start();
    emulator.faults.add({ operation: "b2_upload_file", times: 1, status: 503 });
    await bucket.uploadUnboundStream(inChunks(bytesOf(SHORT)), "a");
    expect(Buffer.compare(await read(bucket, "a"), bytesOf(SHORT))).toBe(0);
  });

  test("is read and closed once, although parts are sent again", async () => {
    const { emulator, bucket } = await start();
    emulator.faults.add({ operation: "b2_upload_part", nth: [1, 4], reset: "during" });
    let closed = 0;
    async function* stream() {
      try {
        yield* inChunks(bytesOf(3 * PART + 5));
      } finally {
        closed += 1;
      }
    }
    await bucket.uploadUnboundStream(stream(), "a");
    expect(emulator.requests.count("b2_upload_part")).toBe(6);
    expect(closed).toBe(1);
    expect(Buffer.compare(await read(bucket, "a"), bytesOf(3 * PART + 5))).toBe(0);
  });

  test("that fails itself ends the upload with its own error", async () => {
    const { bucket } = await start();
    const broken = (size: number) =>
      (async function* () {
        yield* inChunks(bytesOf(size));
        throw new Error("broken pipe");
      })();
    await expect(bucket.uploadUnboundStream(broken(SHORT), "a")).rejects.toThrow(/^broken pipe$/);
    const error = await bucket.uploadUnboundStream(broken(3 * PART), "a").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UploadError);
    expect(error).toMatchObject({ cause: { message: "broken pipe" }, fileId: expect.any(String) });
  });
});
