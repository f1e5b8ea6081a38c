import { describe, expect, test } from "vitest";
import {
  AuthorizationError,
  type B2ApiOptions,
  CustomerKey,
  type FileEncryption,
  NotFoundError,
  RefusedError,
  RestrictionError,
  type UploadOptions,
} from "../src/index.ts";
import { apiFor, cannedTransport, emulatorForTest, fileForTest, folderForTest } from "./support.ts";

const failure = (promise: Promise<unknown>) =>
  promise.then(() => undefined).catch((reason: unknown) => reason);

const DAY_MILLIS = 24 * 60 * 60 * 1000;

/** A moment some days from now, in whole seconds as the service keeps it. */
const inDays = (days: number) => Math.floor((Date.now() + days * DAY_MILLIS) / 1000) * 1000;

async function start(options: { readonly fileLockEnabled?: boolean; readonly api?: B2ApiOptions } = {}) {
  const emulator = await emulatorForTest();
  const b2 = apiFor(emulator, options.api);
  const bucket = await b2.createBucket("test-bucket", "allPrivate", {
    fileLockEnabled: options.fileLockEnabled ?? false,
  });
  const source = await fileForTest(await folderForTest(), "source", 1000);
  const upload = (name: string, settings: UploadOptions = {}) =>
    bucket.uploadLocalFile(source, name, settings);
  return { emulator, b2, bucket, source, upload };
}

describe("a look at a file by its name", () => {
  const settings = {
    cacheControl: "max-age=10",
    contentDisposition: "attachment",
    contentLanguage: "de",
    expires: new Date("2030-01-02T03:04:05Z"),
    fileInfo: { author: "Zoë", src_last_modified_millis: "1234" },
  };

  test("tells what its download would", async () => {
    const { emulator, b2, upload } = await start();
    const stored = await upload("größe + more", { ...settings, contentType: "text/plain" });
    emulator.requests.clear();
    const found = await b2.getFileInfoByName("test-bucket", "größe + more");
    expect(emulator.requests.byOperation).toEqual({ b2_head_file_by_name: 1 });
    expect(found).toMatchObject({
      id: stored.id,
      name: "größe + more",
      size: 1000,
      contentType: "text/plain",
      contentSha1: stored.contentSha1,
      isContentSha1Verified: true,
      modTimeMillis: 1234,
      uploadTimestamp: stored.uploadTimestamp,
      fileInfo: { author: "Zoë" },
      serverSideEncryption: { mode: null, algorithm: null },
      fileRetention: { isClientAuthorizedToRead: true, value: { mode: null, retainUntilTimestamp: null } },
      legalHold: { isClientAuthorizedToRead: true, value: null },
    });
    expect(found.headers).toEqual({ ...stored.headers, expires: "Wed, 02 Jan 2030 03:04:05 GMT" });
    expect(found.expires).toEqual(settings.expires);
    expect(found.expires).toEqual(stored.expires);
  });

  test("and a version from a listing write the service's fields as JSON, the SHA-1 among them", async () => {
    const { b2, bucket, upload } = await start();
    const stored = await upload("a", settings);
    await bucket.uploadBytes(new Uint8Array(2_500_000), "large");
    await bucket.hideFile("a");
    const { data } = await b2.raw.POST("/b2api/v4/b2_list_file_versions", { body: { bucketId: bucket.id } });
    const listed: unknown[] = [];
    for await (const { fileVersion } of bucket.ls("", { recursive: true, latestOnly: false })) {
      listed.push(JSON.parse(JSON.stringify(fileVersion)));
    }
    expect(listed).toHaveLength(3);
    expect(listed).toEqual(data?.files);
    const found = JSON.parse(JSON.stringify(await bucket.getFileInfoByName("large")));
    expect(found).toMatchObject({
      name: "large",
      size: 2_500_000,
      contentSha1: expect.stringMatching(/^\w{40}$/),
    });
    expect(JSON.parse(JSON.stringify(stored)).contentSha1).toBe(stored.contentSha1);
  });

  test("carries the key of a file encrypted with one of the caller's", async () => {
    const { bucket, upload } = await start();
    const own = (byte: number): FileEncryption => ({
      mode: "SSE-C",
      key: new CustomerKey(new Uint8Array(32).fill(byte), "my-key"),
    });
    await upload("secret", { encryption: own(1) });
    const found = await bucket.getFileInfoByName("secret", { encryption: own(1) });
    expect(found).toMatchObject({
      size: 1000,
      serverSideEncryption: { mode: "SSE-C", algorithm: "AES256" },
      fileInfo: { sse_c_key_id: "my-key" },
    });
    expect(await failure(bucket.getFileInfoByName("secret", { encryption: own(2) }))).toMatchObject({
      status: 403,
    });
    expect(await failure(bucket.getFileInfoByName("secret"))).toBeInstanceOf(RefusedError);
    await upload("plain", { encryption: { mode: "SSE-B2" } });
    expect((await bucket.getFileInfoByName("plain")).serverSideEncryption.mode).toBe("SSE-B2");
  });

  test("tells retention and legal hold, or that the key may not read them", async () => {
    const { emulator, b2, bucket, upload } = await start({ fileLockEnabled: true });
    const fileRetention = { mode: "governance" as const, retainUntilTimestamp: inDays(2) };
    await upload("locked", { fileRetention, legalHold: "on" });
    expect(await bucket.getFileInfoByName("locked")).toMatchObject({
      fileRetention: { isClientAuthorizedToRead: true, value: fileRetention },
      legalHold: { isClientAuthorizedToRead: true, value: "on" },
    });
    const key = await b2.createKey({ keyName: "reader", capabilities: ["listBuckets", "readFiles"] });
    const reader = apiFor(emulator, { applicationKeyId: key.id, applicationKey: key.applicationKey });
    const hidden = { isClientAuthorizedToRead: false, value: null };
    expect(await reader.getFileInfoByName("test-bucket", "locked")).toMatchObject({
      fileRetention: hidden,
      legalHold: hidden,
    });
  });

  test("tells a missing file from a name that no file has", async () => {
    const { emulator, b2 } = await start();
    expect(await failure(b2.getFileInfoByName("test-bucket", "missing"))).toBeInstanceOf(NotFoundError);
    emulator.requests.clear();
    await expect(b2.getFileInfoByName("test-bucket", "line\nbreak")).rejects.toThrow(/control character/);
    expect(emulator.requests.total).toBe(0);
  });
});

test("a download answered whole (200) and the rest of one (206) both succeed (b2sdk 1)", async () => {
  const statuses: unknown[] = [];
  const { emulator, bucket, upload } = await start({
    api: {
      hooks: {
        onResponse: ({ operation, status }) => void (/download/.test(operation) && statuses.push(status)),
      },
    },
  });
  await upload("file");
  emulator.faults.add({ operation: "b2_download_file_by_name", truncate: 400 });
  expect(await (await bucket.downloadFileByName("file")).bytes()).toHaveLength(1000);
  expect(statuses).toEqual([200, 206]);
});

describe("file lock", () => {
  test("governance retention yields to a bypass only (b2sdk 35)", async () => {
    const { bucket, upload } = await start({ fileLockEnabled: true });
    const retention = { mode: "governance" as const, retainUntilTimestamp: inDays(2) };
    const version = await upload("locked", { fileRetention: retention });
    expect(version.fileRetention).toEqual({ isClientAuthorizedToRead: true, value: retention });
    const shorter = { ...retention, retainUntilTimestamp: inDays(1) };
    expect(await failure(version.delete())).toMatchObject({ code: "access_denied" });
    expect(await failure(version.updateRetention(shorter))).toMatchObject({ code: "access_denied" });
    expect(await version.updateRetention(shorter, { bypassGovernance: true })).toEqual(shorter);
    await bucket.deleteFileVersion(version.id ?? "", "locked", { bypassGovernance: true });
    expect(await failure(version.getFreshState())).toBeInstanceOf(NotFoundError);
  });

  test("a key without the right to bypass is refused before a request", async () => {
    const { emulator, b2, upload } = await start({ fileLockEnabled: true });
    const { id, name } = await upload("locked");
    const key = await b2.createKey({
      keyName: "no-bypass",
      capabilities: ["deleteFiles", "writeFileRetentions"],
    });
    const limited = apiFor(emulator, { applicationKeyId: key.id, applicationKey: key.applicationKey });
    await limited.authorizeAccount();
    emulator.requests.clear();
    const bypass = { bypassGovernance: true };
    const none = { mode: null, retainUntilTimestamp: null };
    for (const refused of [
      limited.deleteFileVersion(id ?? "", name, bypass),
      limited.updateFileRetention(id ?? "", name, none, bypass),
    ]) {
      await expect(refused).rejects.toThrow(/it needs the capability bypassGovernance/);
    }
    expect(emulator.requests.total).toBe(0);
  });

  test("legal hold is set and lifted, and forbids deletion meanwhile", async () => {
    const { b2, upload } = await start({ fileLockEnabled: true });
    const version = await upload("held");
    expect(await version.updateLegalHold("on")).toBe("on");
    expect((await version.getFreshState()).legalHold?.value).toBe("on");
    expect(await failure(version.delete())).toMatchObject({ code: "access_denied" });
    expect(await b2.updateFileLegalHold(version.id ?? "", "held", "off")).toBe("off");
    await version.delete();
  });

  test("a retention of a bucket without file lock is refused", async () => {
    const { upload } = await start();
    const version = await upload("file");
    const retention = { mode: "compliance" as const, retainUntilTimestamp: inDays(1) };
    expect(await failure(version.updateRetention(retention))).toBeInstanceOf(RefusedError);
    expect(await failure(version.updateLegalHold("on"))).toBeInstanceOf(RefusedError);
  });
});

describe("download authorizations", () => {
  test("open what begins with their prefix, with the headers that they fix", async () => {
    const { bucket, upload } = await start();
    await upload("open/file");
    await upload("closed");
    const token = await bucket.getDownloadAuthorization("open/", 60, {
      b2ContentDisposition: 'attachment; filename="a b.bin"',
    });
    const ask = async (name: string, query: Record<string, string>) =>
      await fetch(`${await bucket.getDownloadUrl(name)}?${new URLSearchParams(query)}`);
    const fixed = { Authorization: token, b2ContentDisposition: 'attachment; filename="a b.bin"' };
    const answer = await ask("open/file", fixed);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Disposition")).toBe(fixed.b2ContentDisposition);
    expect((await answer.arrayBuffer()).byteLength).toBe(1000);
    expect((await ask("open/file", { Authorization: token })).ok).toBe(false);
    expect((await ask("closed", fixed)).status).toBe(401);
    expect((await ask("open/file", {})).status).toBe(401);
  });

  test.each([0, -1, 604_801, 1.5, Number.NaN])(
    "of %d seconds are refused before a request",
    async (seconds) => {
      const { emulator, bucket } = await start();
      emulator.requests.clear();
      await expect(bucket.getDownloadAuthorization("", seconds)).rejects.toThrow(RangeError);
      expect(emulator.requests.total).toBe(0);
    },
  );

  test("beyond the key's prefix are refused before a request", async () => {
    const { emulator, b2 } = await start();
    const key = await b2.createKey({
      keyName: "sharer",
      capabilities: ["listBuckets", "shareFiles"],
      namePrefix: "mine/",
    });
    const sharer = apiFor(emulator, { applicationKeyId: key.id, applicationKey: key.applicationKey });
    const bucket = await sharer.getBucketByName("test-bucket");
    expect(await bucket.getDownloadAuthorization("mine/2026/", 60)).toMatch(/./);
    emulator.requests.clear();
    await expect(bucket.getDownloadAuthorization("", 60)).rejects.toBeInstanceOf(RestrictionError);
    expect(emulator.requests.total).toBe(0);
  });
});

describe("large files", () => {
  test("that are cancelled are gone, which is no error after a lost answer", async () => {
    const { emulator, b2, bucket } = await start();
    const begin = async () => {
      const body = { bucketId: bucket.id, fileName: "large", contentType: "b2/x-auto" };
      const { data } = await b2.raw.POST("/b2api/v4/b2_start_large_file", { body });
      return data?.fileId ?? "";
    };
    const ids = [await begin(), await begin()];
    await bucket.cancelLargeFile(ids[0] ?? "");
    emulator.faults.add({ operation: "b2_cancel_large_file", nth: 1, reset: "after" });
    await b2.cancelLargeFile(ids[1] ?? "");
    const unfinished = [];
    for await (const version of bucket.listUnfinishedLargeFiles()) {
      unfinished.push(version);
    }
    expect(unfinished).toEqual([]);
    expect(await failure(bucket.cancelLargeFile(ids[0] ?? ""))).toBeInstanceOf(RefusedError);
  });
});

describe("keys", () => {
  test("hold what they were created with, and their secret shows where it is asked for only", async () => {
    const { emulator, b2, bucket } = await start();
    const other = await b2.createBucket("other-bucket", "allPrivate");
    const created = await b2.createKey({
      keyName: "two-buckets",
      capabilities: ["listBuckets", "listFiles"],
      bucketIds: [bucket.id, other.id],
      namePrefix: "mine/",
      validDurationInSeconds: 3600,
    });
    const expected = {
      name: "two-buckets",
      accountId: emulator.accountId,
      capabilities: ["listBuckets", "listFiles"],
      bucketIds: [bucket.id, other.id],
      namePrefix: "mine/",
    };
    expect(created).toMatchObject(expected);
    expect(created.hasCapabilities("listFiles", "listBuckets")).toBe(true);
    expect(created.hasCapabilities("listFiles", "readFiles")).toBe(false);
    expect(Math.abs((created.expirationTimestamp ?? 0) - Date.now() - 3_600_000)).toBeLessThan(60_000);
    const found = await b2.getKey(created.id);
    expect(found).toMatchObject(expected);
    expect(found).not.toHaveProperty("applicationKey");
    expect(JSON.stringify(created)).not.toContain(created.applicationKey);
    await b2.deleteKey(created);
    expect(await b2.getKey(created.id)).toBeUndefined();
  });

  test("whose time is over are refused", async () => {
    const { emulator, b2 } = await start();
    const key = await b2.createKey({
      keyName: "short-lived",
      capabilities: ["listBuckets"],
      validDurationInSeconds: 60,
    });
    const short = apiFor(emulator, { applicationKeyId: key.id, applicationKey: key.applicationKey });
    expect(await short.listBuckets()).toHaveLength(1);
    emulator.clock.advance(61_000);
    expect(await failure(short.listBuckets())).toBeInstanceOf(AuthorizationError);
  });
});

test("unhiding finds the marker behind an empty page", async () => {
  const { emulator, bucket, upload } = await start();
  await upload("a");
  await bucket.hideFile("a");
  const empty = { files: [], nextFileName: "a", nextFileId: null };
  const transport = cannedTransport("b2_list_file_versions", [[200, empty]]);
  const other = await apiFor(emulator, { transport }).getBucketByName("test-bucket");
  expect((await other.unhideFile("a")).action).toBe("hide");
});
