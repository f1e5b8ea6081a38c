import { describe, expect, test } from "vitest";
import type { Emulator, Fault } from "../../src/emulator/index.ts";
import { type Bucket, type CopyOptions, UnavailableError } from "../../src/index.ts";
import { nodeTransport, type Transport } from "../../src/raw/index.ts";
import { apiFor, emulatorForTest, fileForTest, folderForTest } from "../support.ts";

const MINUTE = 60_000;

const lost: Fault = { operation: "b2_copy_file", times: 1, reset: "after" };
const refused: Fault = { operation: "b2_copy_file", times: 1, status: 503 };

async function start(options: { readonly transport?: Transport } = {}) {
  const emulator = await emulatorForTest();
  const b2 = apiFor(emulator, options);
  const bucket = await b2.createBucket("test-bucket", "allPrivate");
  const path = await fileForTest(await folderForTest(), "source", 1000);
  const source = await bucket.uploadLocalFile(path, "source", { fileInfo: { Colour: "blue" } });
  emulator.requests.clear();
  return { emulator, b2, bucket, fileId: source.id ?? "" };
}

async function idsOf(bucket: Bucket, name: string): Promise<Array<string | null>> {
  const ids: Array<string | null> = [];
  for await (const { id } of bucket.listFileVersions(name)) {
    ids.push(id);
  }
  return ids;
}

describe("a copy whose answer is lost", () => {
  test.each<[string, CopyOptions]>([
    ["of a whole file", {}],
    ["of a range", { offset: 10, length: 20 }],
    ["of more than there is", { offset: 10, length: 5000 }],
    ["with new metadata", { contentType: "image/png", fileInfo: { Shape: "round" } }],
    ["with a type by the name", { contentType: "b2/x-auto" }],
    ["with encryption", { encryption: { mode: "SSE-B2" } }],
  ])("%s is found and not made again", async (_, options) => {
    const { emulator, bucket, fileId } = await start();
    emulator.faults.add(lost);
    const copy = await bucket.copy(fileId, "copy", options);
    expect(await idsOf(bucket, "copy")).toEqual([copy.id]);
    expect(emulator.requests.count("b2_copy_file")).toBe(1);
  });

  test("is made again when it was not made", async () => {
    const { emulator, bucket, fileId } = await start();
    emulator.faults.add(refused);
    const copy = await bucket.copy(fileId, "copy");
    expect(await idsOf(bucket, "copy")).toEqual([copy.id]);
    expect(emulator.requests.count("b2_copy_file")).toBe(2);
  });

  test.each<[string, CopyOptions]>([
    ["size", { length: 999 }],
    ["type", { contentType: "image/png" }],
    ["file info", { fileInfo: { colour: "red" } }],
    ["encryption", { encryption: { mode: "SSE-B2" } }],
  ])("is not taken for one with another %s", async (_, options) => {
    const { emulator, bucket, fileId } = await start();
    emulator.clock.advance(MINUTE);
    const other = await bucket.copy(fileId, "copy");
    emulator.faults.add(refused);
    const copy = await bucket.copy(fileId, "copy", options);
    expect(await idsOf(bucket, "copy")).toEqual([copy.id, other.id]);
  });

  test("is not taken for the same copy made before", async () => {
    const { emulator, bucket, fileId } = await start();
    emulator.clock.advance(-MINUTE);
    const before = await bucket.copy(fileId, "copy");
    emulator.clock.advance(MINUTE);
    emulator.faults.add(refused);
    const copy = await bucket.copy(fileId, "copy");
    expect(await idsOf(bucket, "copy")).toEqual([copy.id, before.id]);
  });

  test("is not taken for the same copy made a moment before and hidden", async () => {
    const { emulator, bucket, fileId } = await start();
    const before = await bucket.copy(fileId, "copy");
    const marker = await bucket.hideFile("copy");
    emulator.faults.add(refused);
    const copy = await bucket.copy(fileId, "copy");
    expect(await idsOf(bucket, "copy")).toEqual([copy.id, marker.id, before.id]);
  });

  test("is told from other content of the same size and metadata", async () => {
    const { emulator, bucket, fileId } = await start();
    const path = await fileForTest(await folderForTest(), "source", 2000);
    const { id } = await bucket.uploadLocalFile(path, "other");
    emulator.clock.advance(MINUTE);
    const metadata = { contentType: "image/png", fileInfo: {} };
    const other = await bucket.copy(id ?? "", "copy", { ...metadata, length: 1000 });
    emulator.faults.add(refused);
    const copy = await bucket.copy(fileId, "copy", metadata);
    expect(await idsOf(bucket, "copy")).toEqual([copy.id, other.id]);
  });

  test.each([
    ["behind", -5 * MINUTE],
    ["ahead of", 5 * MINUTE],
  ])(
    "is found, and an older one is not, by a service whose clock is %s this machine's",
    async (_, millis) => {
      const { emulator, bucket, fileId } = await start({ transport: shiftedTransport(millis) });
      emulator.clock.advance(millis - MINUTE);
      const before = await bucket.copy(fileId, "copy");
      emulator.clock.advance(MINUTE);
      emulator.faults.add(refused);
      const second = await bucket.copy(fileId, "copy");
      emulator.clock.advance(MINUTE);
      emulator.faults.clear();
      emulator.faults.add(lost);
      const third = await bucket.copy(fileId, "copy");
      expect(await idsOf(bucket, "copy")).toEqual([third.id, second.id, before.id]);
    },
  );

  test("is reported as open when the key may not look", async () => {
    const { emulator, b2, bucket, fileId } = await start();
    const capabilities = ["listBuckets" as const, "readFiles" as const, "writeFiles" as const];
    const key = await b2.createKey({ keyName: "blind", capabilities });
    const blind = apiFor(loginOf(emulator, key.id, key.applicationKey));
    emulator.faults.add(lost);
    const error = await (await blind.getBucketByName("test-bucket")).copy(fileId, "copy").catch((e) => e);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(String(error)).toMatch(/whether "copy" was copied cannot be told: .*listFiles/);
    expect(await idsOf(bucket, "copy")).toHaveLength(1);
  });
});

function loginOf({ url }: Emulator, applicationKeyId: string, applicationKey: string) {
  return { url, applicationKeyId, applicationKey };
}

/** Lets answers carry a clock that differs from this machine's. */
function shiftedTransport(millis: number): Transport {
  const inner = nodeTransport();
  return async (request) => {
    const response = await inner(request);
    const headers = new Headers(response.headers);
    headers.set("Date", new Date(Date.parse(headers.get("Date") ?? "") + millis).toUTCString());
    return { ...response, headers };
  };
}
