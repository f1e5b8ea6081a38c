import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CustomerKey, type FileEncryption, type UploadLocalFileOptions } from "../../src/index.ts";
import { apiFor, emulatorForTest, folderForTest } from "../support.ts";

/** What an upload of these bytes does: sends them all, copies what is stored, or copies it and sends the rest. */
type Way = "sent" | "copied" | "copied and sent";

const MINIMUM = 100_000;
const small = Buffer.from("Hello world!");
const big = Buffer.alloc(3 * MINIMUM, "0123456789");
const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest("hex");

/** Gives a function that uploads bytes to one name as a local file, and tells how that was done. */
async function start() {
  const emulator = await emulatorForTest({ minimumPartSizeBytes: MINIMUM });
  const b2 = apiFor(emulator);
  const bucket = await b2.createBucket("test-bucket", "allPrivate");
  const path = join(await folderForTest(), "local");
  const upload = async (bytes: Uint8Array, options: UploadLocalFileOptions = {}) => {
    await writeFile(path, bytes);
    emulator.requests.clear();
    const file = await bucket.uploadLocalFile(path, "file", { uploadMode: "incremental", ...options });
    const { requests } = emulator;
    const copied = requests.count("b2_copy_part") + requests.count("b2_copy_file");
    const sent = requests.count("b2_upload_part") + requests.count("b2_upload_file");
    const way: Way = copied === 0 ? "sent" : sent === 0 ? "copied" : "copied and sent";
    const { encryption } = options;
    const downloaded = await bucket.downloadFileByName("file", encryption && { encryption });
    expect(Buffer.compare(await downloaded.bytes(), bytes)).toBe(0);
    return { way, file, requests };
  };
  return { emulator, b2, bucket, upload };
}

describe("an incremental upload", () => {
  const steps: [string, Uint8Array, Way][] = [
    ["of a name that is not there", big, "sent"],
    ["of the stored bytes and some more", Buffer.concat([big, small]), "copied and sent"],
    ["of those and many more", Buffer.concat([big, small, big]), "copied and sent"],
    ["of what is stored already", Buffer.concat([big, small, big]), "copied"],
    ["of a file truncated below the minimum", small, "sent"],
    ["of a longer file whose stored beginning is below the minimum", Buffer.concat([small, small]), "sent"],
    ["of another small file", Buffer.from("HELLO WORLD!Hello world!"), "sent"],
    ["of a long file after a small one", big, "sent"],
    ["of a truncated file that is above the minimum", big.subarray(1, 2 * MINIMUM), "sent"],
    ["of a longer file with another beginning", Buffer.concat([small, big]), "sent"],
  ];

  test("copies what is stored of the file and sends the rest, where that is enough for a part (b2sdk 47)", async () => {
    const { upload } = await start();
    const ways: [string, Way][] = [];
    for (const [title, bytes] of steps) {
      ways.push([title, (await upload(bytes)).way]);
    }
    expect(ways).toEqual(steps.map(([title, , way]) => [title, way]));
  });

  test("sends no more than the rest, and stores the SHA-1 of the whole", async () => {
    const { emulator, upload } = await start();
    await upload(big);
    const whole = Buffer.concat([big, small]);
    const moved: number[] = [];
    const { file, requests } = await upload(whole, { onProgress: ({ bytes }) => moved.push(bytes) });
    expect(requests.byOperation).toMatchObject({
      b2_head_file_by_name: 1,
      b2_copy_part: 1,
      b2_upload_part: 1,
    });
    const { src_last_modified_millis: modified, ...info } = file.fileInfo;
    expect(info).toEqual({ large_file_sha1: sha1(whole) });
    expect(Number(modified)).toBeGreaterThan(0);
    const steps = moved.map((bytes, index) => bytes - (moved[index - 1] ?? 0));
    expect(new Set(steps)).toEqual(new Set([big.length, small.length]));
    expect(emulator.requests.count("b2_get_file_info")).toBe(0);
  });

  test("asks for nothing when the file is too short for a copied part", async () => {
    const { upload } = await start();
    const { requests } = await upload(big.subarray(0, MINIMUM - 1));
    expect(requests.count("b2_head_file_by_name")).toBe(0);
  });

  test("has the metadata of its options, not of what was stored", async () => {
    const { upload } = await start();
    await upload(big, { contentType: "text/old", fileInfo: { old: "value" } });
    const { file } = await upload(Buffer.concat([big, small]), { fileInfo: { colour: "blue" } });
    expect(file.fileInfo).toMatchObject({ colour: "blue" });
    expect(file.fileInfo).not.toHaveProperty("old");
    expect(file.contentType).not.toBe("text/old");
  });

  test("sends everything when the stored file tells no SHA-1", async () => {
    const { bucket, upload } = await start();
    const parts = [big, big].map((bytes) => ({ source: new Blob([bytes]).stream(), length: bytes.length }));
    await bucket.concatenate(parts, "file", { partSizeBytes: 2 * MINIMUM });
    expect((await upload(Buffer.concat([big, big, small]))).way).toBe("sent");
  });

  const encryption: FileEncryption = {
    mode: "SSE-C",
    key: new CustomerKey(new Uint8Array(32).fill(1), "one"),
  };

  test("copies what is encrypted with the same customer key, and sends what is not readable", async () => {
    const { upload } = await start();
    await upload(big, { encryption });
    expect((await upload(Buffer.concat([big, small]), { encryption })).way).toBe("copied and sent");
    expect((await upload(Buffer.concat([big, small, big]))).way).toBe("sent");
  });

  test("sends everything with a key that may not read", async () => {
    const { emulator, b2, bucket, upload } = await start();
    await upload(big);
    const key = await b2.createKey({
      keyName: "writer",
      capabilities: ["listBuckets", "writeFiles"],
      bucketIds: [bucket.id],
    });
    const writer = apiFor({ ...emulator, applicationKeyId: key.id, applicationKey: key.applicationKey });
    const path = join(await folderForTest(), "local");
    await writeFile(path, Buffer.concat([big, small]));
    const own = await writer.getBucketByName("test-bucket");
    const file = await own.uploadLocalFile(path, "file", { uploadMode: "incremental" });
    expect(file.size).toBe(big.length + small.length);
  });
});
