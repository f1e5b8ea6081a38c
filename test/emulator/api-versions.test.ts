import { expect, test } from "vitest";
import type { OperationId } from "../../generated/operations.ts";
import { type PlainClient, send, startForTest } from "./plain-client.ts";

type Answer = Record<string, unknown>;

/** Asks by a version of the API; JSON in, JSON out. */
async function ask(b2: PlainClient, version: number, operation: OperationId, body: object = {}) {
  const response = await fetch(`${b2.emulator.url}/b2api/v${version}/${operation}`, {
    method: "POST",
    headers: { authorization: b2.token },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

async function authorizeBy(b2: PlainClient, version: number, key: Answer) {
  const pair = `${key.applicationKeyId}:${key.applicationKey}`;
  const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
  const response = await fetch(`${b2.emulator.url}/b2api/v${version}/b2_authorize_account`, {
    headers: { authorization },
  });
  return { status: response.status, body: (await response.json()) as Answer };
}

async function startWithKeys() {
  const b2 = await startForTest();
  const { bucketId } = await b2.createBucket("my-bucket");
  const { bucketId: otherId } = await b2.createBucket("other-bucket");
  const capabilities = ["listFiles", "listBuckets"];
  const one = { capabilities, bucketIds: [bucketId], namePrefix: "a/" };
  const single = await b2.withKey(one);
  const several = await b2.withKey({ capabilities, bucketIds: [bucketId, otherId] });
  const free = await b2.withKey({ capabilities });
  return { b2, bucketId, otherId, single, several, free, capabilities };
}

test("v1, v2 and v3 authorize in shapes of their own", async () => {
  const { b2, bucketId, single, capabilities } = await startWithKeys();
  const { url, accountId } = b2.emulator;
  const urls = { apiUrl: url, downloadUrl: url, s3ApiUrl: url };
  const sizes = { recommendedPartSize: 100_000_000, absoluteMinimumPartSize: 5_000_000 };
  const restriction = { capabilities, bucketId, bucketName: "my-bucket", namePrefix: "a/" };
  const authorizationToken = expect.any(String);
  const v2 = { accountId, authorizationToken, ...urls, ...sizes, allowed: restriction };
  const storageApi = { ...urls, ...sizes, ...restriction, infoType: "storageApi" };
  const v3 = {
    accountId,
    authorizationToken,
    applicationKeyExpirationTimestamp: null,
    apiInfo: { storageApi },
  };
  expect((await authorizeBy(b2, 1, single.key)).body).toEqual({ ...v2, minimumPartSize: 100_000_000 });
  expect((await authorizeBy(b2, 2, single.key)).body).toEqual(v2);
  expect((await authorizeBy(b2, 3, single.key)).body).toEqual(v3);
});

test("a token of one version works for all", async () => {
  const { b2, bucketId, single } = await startWithKeys();
  const { body } = await authorizeBy(b2, 2, single.key);
  single.client.token = String(body.authorizationToken);
  for (const version of [1, 2, 3, 4]) {
    const answer = await ask(single.client, version, "b2_list_file_names", { bucketId, prefix: "a/" });
    expect(answer.status).toBe(200);
  }
});

test.each([1, 2, 3])("v%i knows keys for one bucket, and nothing of keys for several", async (version) => {
  const { b2, bucketId, single, several, free, capabilities } = await startWithKeys();
  const { accountId } = b2.emulator;
  expect(await authorizeBy(b2, version, several.key)).toMatchObject({
    status: 401,
    body: { code: "unsupported" },
  });
  expect((await authorizeBy(b2, version, free.key)).status).toBe(200);

  const made = await ask(b2, version, "b2_create_key", { accountId, keyName: "old", capabilities, bucketId });
  expect(made.body).toMatchObject({ bucketId, applicationKey: expect.any(String) });
  expect(made.body).not.toHaveProperty("bucketIds");

  const { body } = await ask(b2, version, "b2_list_keys", { accountId, maxKeyCount: 2 });
  const { keys } = body as { keys: Answer[] };
  expect(keys.map((key) => [key.applicationKeyId, key.bucketId])).toEqual([
    [single.key.applicationKeyId, bucketId],
    [free.key.applicationKeyId, null],
  ]);
  expect(body.nextApplicationKeyId).toBe(made.body.applicationKeyId);

  const { applicationKeyId } = several.key;
  expect(await ask(b2, version, "b2_delete_key", { applicationKeyId })).toMatchObject({
    status: 400,
    body: { code: "bad_request" },
  });
  const deleted = await ask(b2, version, "b2_delete_key", { applicationKeyId: single.key.applicationKeyId });
  expect(deleted).toMatchObject({ status: 200, body: { bucketId } });
  expect((await ask(b2, 4, "b2_delete_key", { applicationKeyId })).status).toBe(200);
});

test("a key made by v3 is a key for one bucket in v4, and bucketIds means nothing to v3", async () => {
  const { b2, bucketId, capabilities } = await startWithKeys();
  const { accountId } = b2.emulator;
  const request = { accountId, keyName: "old", capabilities };
  const { body } = await ask(b2, 3, "b2_create_key", { ...request, bucketId });
  const listed = await b2.call("b2_list_keys", {
    accountId,
    startApplicationKeyId: body.applicationKeyId,
  });
  expect(listed.keys).toMatchObject([{ bucketIds: [bucketId] }]);
  const unrestricted = await ask(b2, 3, "b2_create_key", { ...request, bucketIds: [bucketId] });
  expect(unrestricted.body).toMatchObject({ bucketId: null });
});

test("a bucket ID in a query of v3 stays text", async () => {
  const { b2, capabilities } = await startWithKeys();
  const query = new URLSearchParams({
    accountId: b2.emulator.accountId,
    keyName: "old",
    capabilities: JSON.stringify(capabilities),
    bucketId: "123456789012345678901234",
  });
  const response = await fetch(`${b2.emulator.url}/b2api/v3/b2_create_key?${query}`, {
    headers: { authorization: b2.token },
  });
  expect(await response.json()).toMatchObject({
    code: "bad_request",
    message: expect.stringContaining("123456789012345678901234"),
  });
});

test("v1 lists files with size and without owner, v2 with contentLength and owner", async () => {
  const b2 = await startForTest();
  const { bucketId } = await b2.createBucket();
  await b2.upload(bucketId, "a", "content");
  for (const operation of ["b2_list_file_names", "b2_list_file_versions"] as const) {
    const old = (await ask(b2, 1, operation, { bucketId })).body as { files: Answer[] };
    expect(old.files).toMatchObject([{ action: "upload", fileName: "a", size: 7 }]);
    for (const missing of ["accountId", "bucketId", "contentLength"]) {
      expect(old.files[0]).not.toHaveProperty(missing);
    }
    const next = (await ask(b2, 2, operation, { bucketId })).body as { files: Answer[] };
    expect(next).toEqual((await ask(b2, 4, operation, { bucketId })).body);
    expect(next.files).toMatchObject([{ bucketId, contentLength: 7 }]);
  }
  const hidden = await ask(b2, 1, "b2_hide_file", { bucketId, fileName: "a" });
  expect(hidden.body).toMatchObject({ action: "hide", fileName: "a" });
  expect(hidden.body).not.toHaveProperty("accountId");
  expect(hidden.body).not.toHaveProperty("bucketId");
});

test("v1 answers unfinished large files without action, length and digest", async () => {
  const b2 = await startForTest();
  const { bucketId } = await b2.createBucket();
  const request = { bucketId, fileName: "large", contentType: "text/plain" };
  const started = (await ask(b2, 1, "b2_start_large_file", request)).body;
  const { files } = (await ask(b2, 1, "b2_list_unfinished_large_files", { bucketId })).body as {
    files: Answer[];
  };
  for (const file of [started, files[0]]) {
    expect(file).toMatchObject({ bucketId, fileName: "large" });
    for (const missing of ["action", "contentLength", "contentSha1"]) {
      expect(file).not.toHaveProperty(missing);
    }
  }
  expect((await ask(b2, 2, "b2_start_large_file", request)).body).toMatchObject({ action: "start" });
});

test("v1 lists the buckets of a restricted key, later versions want one of them named", async () => {
  const { b2, single, several } = await startWithKeys();
  const { accountId } = b2.emulator;
  const namesFor = async ({ client }: typeof single) => {
    const { body } = await ask(client, 1, "b2_list_buckets", { accountId });
    return (body as { buckets: Answer[] }).buckets.map(({ bucketName }) => bucketName);
  };
  expect(await namesFor(single)).toEqual(["my-bucket"]);
  expect(await namesFor(several)).toEqual(["my-bucket", "other-bucket"]);
  for (const version of [2, 3, 4]) {
    expect(await ask(single.client, version, "b2_list_buckets", { accountId })).toMatchObject({
      status: 401,
      body: { code: "unauthorized" },
    });
  }
});

test.each([1, 2, 3, 4])("upload URLs, uploads and downloads by ID go by v%i", async (version) => {
  const b2 = await startForTest();
  const { bucketId } = await b2.createBucket();
  const { body } = await ask(b2, version, "b2_get_upload_url", { bucketId });
  const target = body as { uploadUrl: string; authorizationToken: string };
  expect(target.uploadUrl).toContain(`/b2api/v${version}/b2_upload_file/`);
  const headers = { "X-Bz-File-Name": "a", "Content-Type": "text/plain" };
  const { fileId } = (await send(target, "content", headers)).body as { fileId: string };
  const url = `${b2.emulator.url}/b2api/v${version}/b2_download_file_by_id?fileId=${fileId}`;
  expect(await (await fetch(url, { headers: { authorization: b2.token } })).text()).toBe("content");
});
