import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Emulator } from "../../src/emulator/index.ts";
import type { B2Api, B2ApiOptions, Bucket, FileVersion, UploadOptions } from "../../src/index.ts";
import { apiFor, emulatorForTest, fileForTest, folderForTest } from "../support.ts";

/** An emulator with a file in its one bucket, its requests counted from here. */
export interface StoredFile {
  readonly emulator: Emulator;
  readonly b2: B2Api;
  readonly bucket: Bucket;
  readonly bytes: Buffer;
  readonly stored: FileVersion;
  readonly fileId: string;
}

/** Stores a file of reproducible bytes under the name `file`. */
export async function storedFile(
  size: number,
  { api, ...options }: UploadOptions & { readonly api?: B2ApiOptions } = {},
): Promise<StoredFile> {
  const emulator = await emulatorForTest();
  const b2 = apiFor(emulator, api);
  const bucket = await b2.createBucket("test-bucket", "allPrivate");
  const path = await fileForTest(await folderForTest(), "source", size);
  const stored = await bucket.uploadLocalFile(path, "file", options);
  emulator.requests.clear();
  return { emulator, b2, bucket, bytes: await readFile(path), stored, fileId: stored.id ?? "" };
}

/** Replaces the file by another of the same size. */
export async function replaceFile(bucket: Bucket, size: number): Promise<void> {
  const path = await fileForTest(await folderForTest(), "other", size + 1);
  await bucket.uploadLocalFile(path, "file");
}

export const sha1 = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("hex");
