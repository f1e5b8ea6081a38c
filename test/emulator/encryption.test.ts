import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderForTest } from "../support.ts";
import { type PlainClient, send, sha1Of, startForTest } from "./plain-client.ts";

const prefix = "X-Bz-Server-Side-Encryption";

function keyOf(letter: string) {
  const bytes = Buffer.alloc(32, letter);
  const customerKey = bytes.toString("base64");
  const customerKeyMd5 = createHash("md5").update(bytes).digest("base64");
  return {
    json: { mode: "SSE-C", algorithm: "AES256", customerKey, customerKeyMd5 },
    headers: {
      [`${prefix}-Customer-Algorithm`]: "AES256",
      [`${prefix}-Customer-Key`]: customerKey,
      [`${prefix}-Customer-Key-Md5`]: customerKeyMd5,
    },
  };
}

const right = keyOf("r");
const wrong = keyOf("w");
const managed = { mode: "SSE-B2", algorithm: "AES256" };

async function start() {
  const b2 = await startForTest({ minimumPartSizeBytes: 5 });
  const { bucketId } = await b2.createBucket();
  return { b2, bucketId };
}

async function tryUpload(b2: PlainClient, bucketId: string, headers: object) {
  const target = await b2.call("b2_get_upload_url", { bucketId });
  return send(target, "content", { "X-Bz-File-Name": "a", "Content-Type": "text/plain", ...headers });
}

test("a file under SSE-B2 says so everywhere, and needs no key", async () => {
  const { b2, bucketId } = await start();
  const file = await b2.upload(bucketId, "a", "content", { [prefix]: "AES256" });
  expect(file.serverSideEncryption).toEqual(managed);
  const response = await b2.download("my-bucket", "a");
  expect(response.headers.get(prefix)).toBe("AES256");
  expect(await response.text()).toBe("content");
});

test("a file under SSE-C is readable with its key only", async () => {
  const { b2, bucketId } = await start();
  const { fileId, ...file } = await b2.upload(bucketId, "a", "content", right.headers);
  expect(file.serverSideEncryption).toEqual({ mode: "SSE-C", algorithm: "AES256" });
  const response = await b2.download("my-bucket", "a", { headers: right.headers });
  expect(await response.text()).toBe("content");
  expect(response.headers.get(`${prefix}-Customer-Algorithm`)).toBe("AES256");
  expect(response.headers.get(`${prefix}-Customer-Key-Md5`)).toBe(right.json.customerKeyMd5);
  expect(response.headers.get(`${prefix}-Customer-Key`)).toBeNull();
  for (const headers of [{}, wrong.headers]) {
    const refused = await b2.download("my-bucket", "a", { headers });
    expect([refused.status, (await refused.json()).code]).toEqual([403, "access_denied"]);
    expect((await b2.download("my-bucket", "a", { method: "HEAD", headers })).status).toBe(403);
    const url = `${b2.emulator.url}/b2api/v4/b2_download_file_by_id?fileId=${fileId}`;
    expect((await fetch(url, { headers: { authorization: b2.token, ...headers } })).status).toBe(403);
  }
  expect(await b2.call("b2_get_file_info", { fileId })).toMatchObject({
    serverSideEncryption: { mode: "SSE-C" },
  });
});

test.each([
  ["a key without its MD5", { [`${prefix}-Customer-Key-Md5`]: undefined }],
  ["an MD5 of another key", { [`${prefix}-Customer-Key-Md5`]: wrong.json.customerKeyMd5 }],
  ["a short key", { [`${prefix}-Customer-Key`]: "c2hvcnQ=" }],
  ["another algorithm", { [`${prefix}-Customer-Algorithm`]: "AES128" }],
])("%s is malformed: 400 on uploads and downloads", async (_, change) => {
  const { b2, bucketId } = await start();
  await b2.upload(bucketId, "a", "content", right.headers);
  const entries = Object.entries({ ...right.headers, ...change }).filter(([, value]) => value !== undefined);
  const headers = Object.fromEntries(entries) as Record<string, string>;
  expect(await tryUpload(b2, bucketId, headers)).toMatchObject({
    status: 400,
    body: { code: "bad_request" },
  });
  expect((await b2.download("my-bucket", "a", { headers })).status).toBe(400);
});

test("a key for a file that has none, and both kinds of encryption at once, are refused", async () => {
  const { b2, bucketId } = await start();
  await b2.upload(bucketId, "a", "content");
  expect((await b2.download("my-bucket", "a", { headers: right.headers })).status).toBe(400);
  const both = await tryUpload(b2, bucketId, { ...right.headers, [prefix]: "AES256" });
  expect(both).toMatchObject({ status: 400, body: { code: "bad_request" } });
  expect(await tryUpload(b2, bucketId, { [prefix]: "NONE" })).toMatchObject({ status: 400 });
});

test("every part of a large file under SSE-C comes with the key of the start", async () => {
  const { b2, bucketId } = await start();
  const request = {
    bucketId,
    fileName: "large",
    contentType: "text/plain",
    serverSideEncryption: right.json,
  };
  const { fileId, serverSideEncryption } = await b2.call("b2_start_large_file", request);
  expect(serverSideEncryption).toMatchObject({ mode: "SSE-C" });
  const target = await b2.call("b2_get_upload_part_url", { fileId });
  const sendPart = (headers: object) => send(target, "content", { "X-Bz-Part-Number": "1", ...headers });
  for (const headers of [{}, wrong.headers]) {
    expect(await sendPart(headers)).toMatchObject({ status: 403, body: { code: "access_denied" } });
  }
  expect(await sendPart(right.headers)).toMatchObject({
    status: 200,
    body: { serverSideEncryption: { mode: "SSE-C", algorithm: "AES256" } },
  });
  await b2.call("b2_finish_large_file", { fileId, partSha1Array: [sha1Of("content")] });
  const response = await b2.download("my-bucket", "large", { headers: right.headers });
  expect(await response.text()).toBe("content");
});

test("copies need the key of their source and are encrypted as they ask", async () => {
  const { b2, bucketId } = await start();
  const { fileId: sourceFileId } = await b2.upload(bucketId, "a", "content", right.headers);
  const plain = await b2.upload(bucketId, "b", "content");
  const request = { sourceFileId, fileName: "copy" };
  for (const key of [undefined, wrong.json]) {
    const refused = { ...request, sourceServerSideEncryption: key };
    expect(await b2.fail("b2_copy_file", refused)).toMatchObject({ status: 403, code: "access_denied" });
  }
  const needless = { ...request, sourceFileId: plain.fileId, sourceServerSideEncryption: right.json };
  expect(await b2.fail("b2_copy_file", needless)).toMatchObject({ status: 400, code: "bad_request" });
  const sourceServerSideEncryption = right.json;
  const modeOf = async (destination: object) => {
    const copy = await b2.call("b2_copy_file", { ...request, sourceServerSideEncryption, ...destination });
    return copy.serverSideEncryption?.mode;
  };
  expect(await modeOf({})).toBeNull();
  expect(await modeOf({ destinationServerSideEncryption: { mode: "none" } })).toBeNull();
  expect(await modeOf({ destinationServerSideEncryption: managed })).toBe("SSE-B2");
  expect(await modeOf({ destinationServerSideEncryption: wrong.json })).toBe("SSE-C");
  expect((await b2.download("my-bucket", "copy", { headers: wrong.headers })).status).toBe(200);
});

test("a copied part needs the keys of its source and of its large file", async () => {
  const { b2, bucketId } = await start();
  const { fileId: sourceFileId } = await b2.upload(bucketId, "a", "content", right.headers);
  const { fileId: largeFileId } = await b2.call("b2_start_large_file", {
    bucketId,
    fileName: "large",
    contentType: "text/plain",
    serverSideEncryption: wrong.json,
  });
  const request = { sourceFileId, largeFileId, partNumber: 1, sourceServerSideEncryption: right.json };
  for (const destinationServerSideEncryption of [undefined, right.json]) {
    const refused = { ...request, destinationServerSideEncryption };
    expect(await b2.fail("b2_copy_part", refused)).toMatchObject({ status: 403, code: "access_denied" });
  }
  const part = await b2.call("b2_copy_part", { ...request, destinationServerSideEncryption: wrong.json });
  expect(part.serverSideEncryption).toEqual({ mode: "SSE-C", algorithm: "AES256" });
});

test("a bucket's default encrypts what asks for nothing, until it is removed", async () => {
  const b2 = await startForTest();
  const { accountId } = b2.emulator;
  const bucket = await b2.createBucket("my-bucket", { defaultServerSideEncryption: managed });
  const { bucketId } = bucket;
  expect(bucket.defaultServerSideEncryption.value).toEqual(managed);
  const modeOf = async (headers = {}) =>
    (await b2.upload(bucketId, "a", "", headers)).serverSideEncryption?.mode;
  expect(await modeOf()).toBe("SSE-B2");
  expect(await modeOf(right.headers)).toBe("SSE-C");
  const update = { accountId, bucketId, defaultServerSideEncryption: { mode: "none" } };
  const updated = await b2.call("b2_update_bucket", update);
  expect(updated.defaultServerSideEncryption.value).toEqual({ mode: null, algorithm: null });
  expect(await modeOf()).toBeNull();
  const customer = { accountId, bucketId, defaultServerSideEncryption: right.json };
  expect(await b2.fail("b2_update_bucket", customer)).toMatchObject({ code: "bad_request" });
});

test("names and info of encrypted files have room for 2,048 bytes instead of 7,000", async () => {
  const { b2, bucketId } = await start();
  const info = { "X-Bz-Info-long": "x".repeat(3000) };
  expect(await tryUpload(b2, bucketId, info)).toMatchObject({ status: 200 });
  for (const headers of [{ [prefix]: "AES256" }, right.headers]) {
    expect(await tryUpload(b2, bucketId, { ...info, ...headers })).toMatchObject({ status: 400 });
  }
});

test("the key is kept nowhere, and recognised after a restart", async () => {
  const dataDir = await folderForTest();
  const first = await startForTest({ dataDir });
  const { bucketId } = await first.createBucket();
  await first.upload(bucketId, "a", "content", right.headers);
  await first.emulator.close();
  expect(readFileSync(join(dataDir, "journal.jsonl"), "utf8")).not.toContain(right.json.customerKey);
  const second = await startForTest({ dataDir });
  expect((await second.download("my-bucket", "a", { headers: right.headers })).status).toBe(200);
  expect((await second.download("my-bucket", "a", { headers: wrong.headers })).status).toBe(403);
});
