import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../src/emulator/index.ts";
import {
  ConflictError,
  CustomerKey,
  type FileEncryption,
  type TransferProgress,
  UploadError,
  type UploadOptions,
} from "../../src/index.ts";
import { apiFor, emulatorForTest, folderForTest } from "../support.ts";

const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest("hex");

/** Bytes that differ from place to place. */
function bytesOf(length: number, seed: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (Math.imul(index + 1, 2_654_435_761) + seed) >>> 13);
}

/** A bucket with a stored file of 500,000 bytes, five times the least part. */
async function start(options: UploadOptions = {}) {
  const emulator = await emulatorForTest();
  const bucket = await apiFor(emulator).createBucket("test-bucket", "allPrivate");
  const stored = bytesOf(500_000, 1);
  const source = await bucket.uploadBytes(stored, "stored", options);
  const fileId = source.id ?? "";

  /** Lets an operation break off with its nth call from here, and gives the unfinished file. */
  async function breakOff(
    operation: Fault["operation"],
    nth: number,
    transfer: () => Promise<unknown>,
  ): Promise<string> {
    emulator.requests.clear();
    emulator.faults.add({ operation, nth, status: 403, code: "transaction_cap_exceeded" });
    const error = await transfer().catch((reason: unknown) => reason);
    emulator.faults.clear();
    emulator.requests.clear();
    expect(error).toBeInstanceOf(UploadError);
    return (error as UploadError).fileId ?? "";
  }

  async function contentOf(name: string, encryption?: FileEncryption): Promise<Uint8Array> {
    return await (await bucket.downloadFileByName(name, encryption && { encryption })).bytes();
  }

  return { emulator, bucket, source, fileId, stored, breakOff, contentOf };
}

const inTurn = { partSizeBytes: 100_000, concurrency: 1 };

describe("a large copy that broke off", () => {
  test("goes on by itself with the parts that were copied, and reports them as done", async () => {
    const { emulator, bucket, fileId, stored, breakOff, contentOf } = await start();
    const left = await breakOff("b2_copy_part", 4, () => bucket.copy(fileId, "copy", inTurn));
    const seen: TransferProgress[] = [];
    const copy = await bucket.copy(fileId, "copy", { ...inTurn, onProgress: (told) => seen.push(told) });
    expect(copy.id).toBe(left);
    expect(emulator.requests.byOperation).toMatchObject({ b2_copy_part: 2 });
    expect(emulator.requests.count("b2_start_large_file")).toBe(0);
    expect(seen.map(({ bytes }) => bytes)).toEqual([100_000, 200_000, 300_000, 400_000, 500_000]);
    expect(Buffer.compare(await contentOf("copy"), stored)).toBe(0);
  });

  test("of a range, which has no SHA-1, goes on with the file that is named, and starts anew otherwise", async () => {
    const { emulator, bucket, fileId, stored, breakOff, contentOf } = await start();
    const range = { ...inTurn, offset: 7, length: 450_000 };
    const left = await breakOff("b2_copy_part", 3, () => bucket.copy(fileId, "copy", range));
    expect((await bucket.copy(fileId, "copy", range)).id).not.toBe(left);
    expect(emulator.requests.count("b2_copy_part")).toBe(4);
    emulator.requests.clear();
    expect((await bucket.copy(fileId, "copy", { ...range, continueLargeFileId: left })).id).toBe(left);
    expect(emulator.requests.count("b2_copy_part")).toBe(2);
    expect(Buffer.compare(await contentOf("copy"), stored.subarray(7, 450_007))).toBe(0);
  });

  test("starts anew when it has other metadata, another source or other parts", async () => {
    const { emulator, bucket, fileId, breakOff } = await start();
    const other = await bucket.uploadBytes(bytesOf(500_000, 2), "other");
    await breakOff("b2_copy_part", 4, () => bucket.copy(fileId, "copy", inTurn));
    for (const [id, options] of [
      [fileId, { contentType: "image/png" }],
      [other.id ?? "", {}],
      [fileId, { partSizeBytes: 125_000 }],
    ] as const) {
      emulator.requests.clear();
      await bucket.copy(id, "copy", { ...inTurn, ...options });
      expect(emulator.requests.count("b2_start_large_file")).toBe(1);
    }
  });

  test("is not continued as another content when it is named", async () => {
    const { bucket, fileId, breakOff } = await start();
    const other = await bucket.uploadBytes(bytesOf(500_000, 2), "other");
    const left = await breakOff("b2_copy_part", 4, () => bucket.copy(fileId, "copy", inTurn));
    const copying = bucket.copy(other.id ?? "", "copy", { ...inTurn, continueLargeFileId: left });
    await expect(copying).rejects.toBeInstanceOf(ConflictError);
  });

  test("copies again what has a gap before it: only the parts before tell where it begins", async () => {
    const { emulator, bucket, fileId, stored, breakOff, contentOf } = await start();
    // Parts 1 and 3 are there, the third of them with other bytes.
    const partial = await breakOff("b2_copy_part", 2, () => bucket.copy(fileId, "copy", inTurn));
    await apiFor(emulator).raw.POST("/b2api/v4/b2_copy_part", {
      body: { sourceFileId: fileId, largeFileId: partial, partNumber: 3, range: "bytes=1-100000" },
    });
    emulator.requests.clear();
    expect((await bucket.copy(fileId, "copy", inTurn)).id).toBe(partial);
    expect(emulator.requests.count("b2_copy_part")).toBe(4);
    expect(Buffer.compare(await contentOf("copy"), stored)).toBe(0);
  });

  test("goes on under its customer key", async () => {
    const encryption: FileEncryption = {
      mode: "SSE-C",
      key: new CustomerKey(new Uint8Array(32).fill(1), "one"),
    };
    const { emulator, bucket, fileId, stored, breakOff, contentOf } = await start();
    const options = { ...inTurn, encryption };
    await breakOff("b2_copy_part", 4, () => bucket.copy(fileId, "copy", options));
    await bucket.copy(fileId, "copy", options);
    expect(emulator.requests.count("b2_copy_part")).toBe(2);
    expect(Buffer.compare(await contentOf("copy", encryption), stored)).toBe(0);
  });
});

describe("a composed file that broke off", () => {
  test("goes on with the file that is named: what was copied is not copied, what was sent not sent again", async () => {
    const { emulator, bucket, fileId, stored, breakOff, contentOf } = await start();
    const local = bytesOf(200_000, 2);
    const sources = [{ fileId }, local, { fileId, offset: 9, length: 300_000 }, local];
    const once = { concurrency: 1 };
    const left = await breakOff("b2_upload_part", 2, () => bucket.concatenate(sources, "whole", once));
    const named = { ...once, continueLargeFileId: left };
    expect((await bucket.concatenate(sources, "whole", named)).id).toBe(left);
    expect(emulator.requests.byOperation).toMatchObject({ b2_upload_part: 1, b2_finish_large_file: 1 });
    expect(emulator.requests.count("b2_copy_part")).toBe(0);
    const expected = Buffer.concat([stored, local, stored.subarray(9, 300_009), local]);
    expect(Buffer.compare(await contentOf("whole"), expected)).toBe(0);
  });

  test("goes on by itself when the SHA-1 of the whole is given, and only with the same", async () => {
    const { emulator, bucket, fileId, stored, breakOff, contentOf } = await start();
    const local = bytesOf(200_000, 2);
    const expected = Buffer.concat([stored, local]);
    const options = { concurrency: 1, largeFileSha1: sha1(expected) };
    const compose = (largeFileSha1: string) =>
      bucket.concatenate([{ fileId }, local], "whole", { ...options, largeFileSha1 });
    const left = await breakOff("b2_upload_part", 1, () => compose(options.largeFileSha1));
    const other = await compose("0".repeat(40));
    expect(other.id).not.toBe(left);
    await other.delete();
    emulator.requests.clear();
    expect((await compose(options.largeFileSha1)).id).toBe(left);
    expect(emulator.requests.count("b2_copy_part")).toBe(0);
    expect(Buffer.compare(await contentOf("whole"), expected)).toBe(0);
  });

  test("goes on when its sources arrive one by one", async () => {
    const { emulator, bucket, fileId, stored, breakOff, contentOf } = await start();
    async function* sources() {
      for (let index = 0; index < 6; index++) {
        yield { fileId, offset: index, length: 400_000 };
      }
    }
    const once = { concurrency: 1 };
    const left = await breakOff("b2_copy_part", 5, () => bucket.concatenate(sources(), "whole", once));
    await bucket.concatenate(sources(), "whole", { ...once, continueLargeFileId: left });
    expect(emulator.requests.count("b2_copy_part")).toBe(2);
    const expected = Array.from({ length: 6 }, (_, index) => stored.subarray(index, index + 400_000));
    expect(Buffer.compare(await contentOf("whole"), Buffer.concat(expected))).toBe(0);
  });

  test("of streams goes on with the file that is named", async () => {
    const { emulator, bucket, fileId, stored, breakOff, contentOf } = await start();
    const local = bytesOf(200_000, 2);
    const sources = () => [
      { source: new Blob([local]).stream(), length: local.length },
      { fileId },
      { source: new Blob([local]).stream(), length: local.length },
    ];
    const once = { concurrency: 1 };
    const left = await breakOff("b2_upload_part", 2, () => bucket.concatenate(sources(), "whole", once));
    await bucket.concatenate(sources(), "whole", { ...once, continueLargeFileId: left });
    expect(emulator.requests.byOperation).toMatchObject({ b2_upload_part: 1 });
    expect(Buffer.compare(await contentOf("whole"), Buffer.concat([local, stored, local]))).toBe(0);
  });
});

test("an incremental upload that broke off goes on by itself", async () => {
  const { emulator, bucket, stored, breakOff, contentOf } = await start();
  const path = join(await folderForTest(), "local");
  const grown = Buffer.concat([stored, bytesOf(350_000, 2)]);
  await writeFile(path, grown);
  const options = { ...inTurn, uploadMode: "incremental" as const };
  const left = await breakOff("b2_upload_part", 2, () => bucket.uploadLocalFile(path, "stored", options));
  expect((await bucket.uploadLocalFile(path, "stored", options)).id).toBe(left);
  expect(emulator.requests.byOperation).toMatchObject({ b2_upload_part: 2 });
  expect(emulator.requests.count("b2_copy_part")).toBe(0);
  expect(Buffer.compare(await contentOf("stored"), grown)).toBe(0);
});
