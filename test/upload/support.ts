import { createHash } from "node:crypto";
import type { Emulator, EmulatorOptions } from "../../src/emulator/index.ts";
import type { B2Api, B2ApiOptions, Bucket, FileEncryption } from "../../src/index.ts";
import { nodeTransport, type Transport, type TransportRequest } from "../../src/raw/index.ts";
import { apiFor, emulatorForTest } from "../support.ts";

/** Size of the emulator's usual parts, and so the boundary of uploads in one request. */
export const PART = 1_000_000;

export interface Started {
  readonly emulator: Emulator;
  readonly b2: B2Api;
  readonly bucket: Bucket;
}

/** Starts an emulator with a bucket, and counts requests from here. */
export async function start(options: B2ApiOptions = {}, emulation: EmulatorOptions = {}): Promise<Started> {
  const emulator = await emulatorForTest({ buckets: ["my-bucket"], ...emulation });
  const b2 = apiFor(emulator, options);
  const bucket = await b2.getBucketByName("my-bucket");
  emulator.requests.clear();
  return { emulator, b2, bucket };
}

/** Makes bytes that look random and are the same each time. */
export function bytesOf(size: number, seed = size): Uint8Array<ArrayBuffer> {
  let state = seed + 1;
  return Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

export const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest("hex");

export async function read(bucket: Bucket, name: string, encryption?: FileEncryption): Promise<Uint8Array> {
  return await (await bucket.downloadFileByName(name, encryption && { encryption })).bytes();
}

/** Hands bytes out in chunks of a size. */
export async function* inChunks(bytes: Uint8Array, size = 70_000): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) {
    yield bytes.subarray(offset, offset + size);
  }
}

/** Lets requests through and keeps what was asked. */
export function recordingTransport(): { transport: Transport; requests: TransportRequest[] } {
  const inner = nodeTransport();
  const requests: TransportRequest[] = [];
  const transport: Transport = (request) => {
    requests.push(request);
    return inner(request);
  };
  return { transport, requests };
}

/** Counts the versions of a name that are files. */
export async function countVersions(bucket: Bucket, name: string): Promise<number> {
  let count = 0;
  for await (const { action } of bucket.listFileVersions(name)) {
    count += action === "upload" ? 1 : 0;
  }
  return count;
}

export async function countUnfinished(bucket: Bucket): Promise<number> {
  let count = 0;
  for await (const _ of bucket.listUnfinishedLargeFiles()) {
    count += 1;
  }
  return count;
}
