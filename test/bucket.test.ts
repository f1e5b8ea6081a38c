import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type B2Api,
  type Bucket,
  ChecksumError,
  LocalFileError,
  type LsOptions,
  NotFoundError,
  UploadError,
} from "../src/index.ts";
import { nodeTransport, type Transport } from "../src/raw/index.ts";
import { apiFor, emulatorForTest, fileForTest, folderForTest } from "./support.ts";

const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest("hex");

async function bucketForTest(b2: B2Api): Promise<Bucket> {
  return await b2.createBucket("test-bucket", "allPrivate");
}

describe("uploadLocalFile and saveTo", () => {
  test.each([
    ["an empty file", 0],
    ["one byte", 1],
    ["one byte short of the boundary", 1_099_999],
    ["two parts", 1_100_000],
    ["several parts, the last one longer", 3_099_999],
  ])("bring %s there and back", async (_, size) => {
    const emulator = await emulatorForTest();
    const folder = await folderForTest();
    const source = await fileForTest(folder, "source", size);
    await utimes(source, 1_600_000_000, 1_600_000_000.123);
    const bucket = await bucketForTest(apiFor(emulator));
    const stored = await bucket.uploadLocalFile(source, "größe + more/file");
    expect(stored).toMatchObject({ name: "größe + more/file", size, modTimeMillis: 1_600_000_000_123 });
    expect(stored.contentSha1).toBe(sha1(await readFile(source)));
    expect(emulator.requests.count("b2_upload_file")).toBe(size < 1_100_000 ? 1 : 0);

    const target = join(folder, "target");
    const downloaded = await bucket.downloadFileByName("größe + more/file");
    expect(downloaded.downloadVersion).toMatchObject({ id: stored.id, name: stored.name, size });
    await downloaded.saveTo(target);
    expect(Buffer.compare(await readFile(target), await readFile(source))).toBe(0);
    expect(Math.round((await stat(target)).mtimeMs)).toBe(1_600_000_000_123);
    expect((await readdir(folder)).sort()).toEqual(["source", "target"]);
  });

  test("keep content type and file info", async () => {
    const bucket = await bucketForTest(apiFor(await emulatorForTest()));
    const source = await fileForTest(await folderForTest(), "source", 10);
    const fileInfo = { author: "Zoë & 100% +", src_last_modified_millis: "1" };
    await bucket.uploadLocalFile(source, "a.txt", { contentType: "text/x-special", fileInfo });
    const { downloadVersion } = await bucket.downloadFileByName("a.txt");
    expect(downloadVersion).toMatchObject({ contentType: "text/x-special", fileInfo, modTimeMillis: 1 });
  });

  test("use one upload URL for uploads one after the other", async () => {
    const emulator = await emulatorForTest();
    const bucket = await bucketForTest(apiFor(emulator));
    const source = await fileForTest(await folderForTest(), "source", 10);
    for (const name of ["a", "b", "c"]) {
      await bucket.uploadLocalFile(source, name);
    }
    expect(emulator.requests.count("b2_get_upload_url")).toBe(1);
  });

  test("report progress that never falls and ends at the size", async () => {
    const bucket = await bucketForTest(apiFor(await emulatorForTest()));
    const folder = await folderForTest();
    const source = await fileForTest(folder, "source", 3_000_000);
    const up: number[] = [];
    const down: number[] = [];
    await bucket.uploadLocalFile(source, "a", { onProgress: ({ bytes }) => up.push(bytes) });
    const downloaded = await bucket.downloadFileByName("a");
    await downloaded.saveTo(join(folder, "target"), { onProgress: ({ bytes }) => down.push(bytes) });
    for (const seen of [up, down]) {
      expect(seen.at(-1)).toBe(3_000_000);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
    }
  });

  test("survive an account token that expires in between", async () => {
    const emulator = await emulatorForTest();
    const bucket = await bucketForTest(apiFor(emulator));
    const folder = await folderForTest();
    const source = await fileForTest(folder, "source", 1_500_000);
    await bucket.uploadLocalFile(source, "a");
    emulator.clock.advance(25 * 60 * 60 * 1000);
    await bucket.uploadLocalFile(source, "b");
    emulator.clock.advance(25 * 60 * 60 * 1000);
    await (await bucket.downloadFileByName("b")).saveTo(join(folder, "target"));
    expect(emulator.requests.count("b2_authorize_account")).toBe(3);
  });

  test("hand the content out as bytes, text and stream, once", async () => {
    const bucket = await bucketForTest(apiFor(await emulatorForTest()));
    const source = await fileForTest(await folderForTest(), "source", 300_000);
    await bucket.uploadLocalFile(source, "a");
    const bytes = await (await bucket.downloadFileByName("a")).bytes();
    expect(Buffer.compare(bytes, await readFile(source))).toBe(0);
    const once = await bucket.downloadFileByName("a");
    await once.stream().cancel();
    await expect(once.bytes()).rejects.toThrow(/read already/);
  });
});

describe("failing transfers", () => {
  /** Lets the nth request whose URL holds a text fail in a way of its own. */
  function failing(text: string, nth: number, fail: () => ReturnType<Transport>): Transport {
    const inner = nodeTransport();
    let seen = 0;
    return (request) => (request.url.includes(text) && ++seen === nth ? fail() : inner(request));
  }
  const answer = (status: number, code: string, headers: HeadersInit = {}): ReturnType<Transport> =>
    Promise.resolve({
      status,
      headers: new Headers(headers),
      body: (async function* () {
        yield new TextEncoder().encode(JSON.stringify({ status, code, message: "on purpose" }));
      })(),
      discard: () => {},
    });

  test.each([
    ["503", () => answer(503, "service_unavailable"), 2],
    ["500", () => answer(500, "internal_error"), 2],
    ["408", () => answer(408, "request_timeout"), 2],
    ["an expired upload token", () => answer(401, "expired_auth_token"), 2],
    ["429", () => answer(429, "too_many_requests", { "Retry-After": "0" }), 1],
  ])("an upload answered by %s is sent again", async (_, fail, uploadUrls) => {
    const emulator = await emulatorForTest();
    const bucket = await bucketForTest(apiFor(emulator, { transport: failing("b2_upload_file", 1, fail) }));
    const source = await fileForTest(await folderForTest(), "source", 1000);
    expect((await bucket.uploadLocalFile(source, "a")).contentSha1).toBe(sha1(await readFile(source)));
    expect(emulator.requests.count("b2_upload_file")).toBe(1);
    expect(emulator.requests.count("b2_get_upload_url")).toBe(uploadUrls);
  });

  test("only the failed part of a large file is sent again", async () => {
    const emulator = await emulatorForTest();
    const transport = failing("b2_upload_part", 2, () => answer(503, "service_unavailable"));
    const bucket = await bucketForTest(apiFor(emulator, { transport }));
    const source = await fileForTest(await folderForTest(), "source", 5_000_000);
    await bucket.uploadLocalFile(source, "a");
    expect(emulator.requests.count("b2_upload_part")).toBe(5);
  });

  test("a cap ends an upload at once and leaves the large file to be resumed", async () => {
    const emulator = await emulatorForTest();
    const transport = failing("b2_upload_part", 2, () => answer(403, "storage_cap_exceeded"));
    const bucket = await bucketForTest(apiFor(emulator, { transport }));
    const source = await fileForTest(await folderForTest(), "source", 5_000_000);
    const error = await bucket.uploadLocalFile(source, "a").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UploadError);
    expect(error).toMatchObject({ cause: { name: "CapExceededError", code: "storage_cap_exceeded" } });
    const unfinished = await collect(bucket, "", { latestOnly: false });
    expect(unfinished).toEqual(["a"]);
    expect(emulator.requests.count("b2_cancel_large_file")).toBe(0);
  });

  test.each([
    ["was stored although the answer was lost", true],
    ["was not stored", false],
  ])("a finish answered by 503 that %s is put right", async (_, stored) => {
    const emulator = await emulatorForTest();
    const inner = nodeTransport();
    let finishes = 0;
    const transport: Transport = async (request) => {
      if (request.url.includes("b2_finish_large_file") && ++finishes === 1) {
        if (stored) {
          (await inner(request)).discard();
        }
        return await answer(503, "service_unavailable");
      }
      return await inner(request);
    };
    const bucket = await bucketForTest(apiFor(emulator, { transport }));
    const source = await fileForTest(await folderForTest(), "source", 2_000_000);
    expect(await bucket.uploadLocalFile(source, "a")).toMatchObject({ action: "upload", size: 2_000_000 });
    expect(await collect(bucket, "", { latestOnly: false })).toEqual(["a"]);
  });

  test("a download that breaks off goes on where it was", async () => {
    const emulator = await emulatorForTest();
    const inner = nodeTransport();
    let broken = 0;
    const transport: Transport = async (request) => {
      const response = await inner(request);
      if (!/\/file\/|b2_download_file_by_id/.test(request.url) || broken++ > 2) {
        return response;
      }
      return { ...response, body: cut(response.body) };
    };
    const bucket = await bucketForTest(apiFor(emulator, { transport }));
    const folder = await folderForTest();
    const source = await fileForTest(folder, "source", 900_000);
    await bucket.uploadLocalFile(source, "a");
    await (await bucket.downloadFileByName("a")).saveTo(join(folder, "target"));
    expect(Buffer.compare(await readFile(join(folder, "target")), await readFile(source))).toBe(0);
    expect(emulator.requests.count("b2_download_file_by_id")).toBeGreaterThan(0);
  });

  test("a corrupted download of a large file leaves nothing behind", async () => {
    const emulator = await emulatorForTest();
    const inner = nodeTransport();
    const transport: Transport = async (request) => {
      const response = await inner(request);
      return request.url.includes("/file/") ? { ...response, body: corrupt(response.body) } : response;
    };
    const bucket = await bucketForTest(apiFor(emulator, { transport }));
    const folder = await folderForTest();
    await bucket.uploadLocalFile(await fileForTest(folder, "source", 2_000_000), "a");
    const downloaded = await bucket.downloadFileByName("a");
    await expect(downloaded.saveTo(join(folder, "target"))).rejects.toBeInstanceOf(ChecksumError);
    expect(await readdir(folder)).toEqual(["source"]);
  });

  test("an abort rejects with its reason and leaves no temporary file", async () => {
    const bucket = await bucketForTest(apiFor(await emulatorForTest()));
    const folder = await folderForTest();
    const source = await fileForTest(folder, "source", 5_000_000);
    const reason = new Error("enough");
    const up = new AbortController();
    const upload = bucket.uploadLocalFile(source, "a", {
      signal: up.signal,
      onProgress: () => up.abort(reason),
    });
    await expect(upload).rejects.toBe(reason);

    await bucket.uploadLocalFile(source, "a");
    const down = new AbortController();
    const downloaded = await bucket.downloadFileByName("a", { signal: down.signal });
    const saved = downloaded.saveTo(join(folder, "target"), { onProgress: () => down.abort(reason) });
    await expect(saved).rejects.toBe(reason);
    expect(await readdir(folder)).toEqual(["source"]);
  });

  async function* cut(body: AsyncIterable<Uint8Array<ArrayBuffer>>) {
    const { TransportError } = await import("../src/index.ts");
    for await (const chunk of body) {
      yield chunk.slice(0, 10_000);
      throw new TransportError("cut on purpose", "receiving");
    }
  }

  async function* corrupt(body: AsyncIterable<Uint8Array<ArrayBuffer>>) {
    for await (const chunk of body) {
      chunk[0] = (chunk[0] ?? 0) ^ 1;
      yield chunk;
    }
  }
});

describe("bad input", () => {
  test.each([
    ["", /empty/],
    ["a\nb", /control character/],
    ["a\u007fb", /control character/],
    ["ü".repeat(513), /1026 bytes/],
    ["a\ud800", /surrogate/],
  ])("the file name %j is refused before any request", async (name, message) => {
    const emulator = await emulatorForTest();
    const bucket = await bucketForTest(apiFor(emulator));
    emulator.requests.clear();
    const source = await fileForTest(await folderForTest(), "source", 1);
    await expect(bucket.uploadLocalFile(source, name)).rejects.toThrow(message);
    await expect(bucket.downloadFileByName(name)).rejects.toThrow(message);
    expect(emulator.requests.total).toBe(0);
  });

  test("a missing local file and a folder are refused before any request", async () => {
    const emulator = await emulatorForTest();
    const bucket = await bucketForTest(apiFor(emulator));
    emulator.requests.clear();
    const folder = await folderForTest();
    const missing = bucket.uploadLocalFile(join(folder, "missing"), "a");
    await expect(missing).rejects.toThrow(/Cannot read .*missing: there is no such file/);
    await expect(missing).rejects.toBeInstanceOf(LocalFileError);
    await expect(bucket.uploadLocalFile(folder, "a")).rejects.toThrow(/it is a folder/);
    expect(emulator.requests.total).toBe(0);
  });

  test("a target that cannot be written is explained, and nothing is left behind", async () => {
    const bucket = await bucketForTest(apiFor(await emulatorForTest()));
    const folder = await folderForTest();
    await bucket.uploadLocalFile(await fileForTest(folder, "source", 1), "a");
    await mkdir(join(folder, "taken"));
    const save = async (path: string) => (await bucket.downloadFileByName("a")).saveTo(join(folder, path));
    await expect(save("taken")).rejects.toThrow(/taken: it is a folder/);
    await expect(save("missing/target")).rejects.toThrow(/its folder does not exist/);
    await expect(save("source/target")).rejects.toThrow(/not a folder/);
    expect((await readdir(folder)).sort()).toEqual(["source", "taken"]);
  });

  test("a missing file is not found", async () => {
    const bucket = await bucketForTest(apiFor(await emulatorForTest()));
    const error = await bucket.downloadFileByName("missing").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(String(error)).toContain('file "missing"');
  });
});

test("ls tells folders from files", async () => {
  const bucket = await bucketForTest(apiFor(await emulatorForTest()));
  const source = await fileForTest(await folderForTest(), "source", 1);
  for (const name of ["a", "a/1", "b"]) {
    await bucket.uploadLocalFile(source, name);
  }
  const shown: unknown[] = [];
  for await (const { fileVersion, folderName } of bucket.ls()) {
    shown.push([fileVersion.name, fileVersion.action, folderName]);
  }
  expect(shown).toEqual([
    ["a", "upload", undefined],
    ["a/", "folder", "a/"],
    ["b", "upload", undefined],
  ]);
});

async function collect(bucket: Bucket, path = "", options: LsOptions = {}): Promise<string[]> {
  const shown: string[] = [];
  for await (const { fileVersion, folderName } of bucket.ls(path, options)) {
    shown.push(folderName ?? fileVersion.name);
  }
  return shown;
}
