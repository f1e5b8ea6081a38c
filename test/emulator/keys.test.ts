import { expect, test } from "vitest";
import { Clock } from "../../src/emulator/index.ts";
import { folderForTest } from "../support.ts";
import { authorize, send, startForTest } from "./plain-client.ts";

const hourMillis = 60 * 60 * 1000;

async function start() {
  const b2 = await startForTest({ clock: new Clock(() => 1_800_000_000_000) });
  const { bucketId } = await b2.createBucket("my-bucket");
  const { bucketId: otherId } = await b2.createBucket("other-bucket");
  return { b2, bucketId, otherId };
}

const refused = { status: 401, code: "unauthorized" };

test("a key is listed without its secret until it is deleted, and its tokens die with it", async () => {
  const { b2 } = await start();
  const { accountId } = b2.emulator;
  const { key, client } = await b2.withKey({ capabilities: ["listBuckets"] });
  const { applicationKey, ...open } = key;
  expect(applicationKey).toMatch(/^K004.{27}$/);
  expect((await b2.call("b2_list_keys", { accountId })).keys).toEqual([open]);
  await client.call("b2_list_buckets", { accountId });
  const { applicationKeyId } = key;
  expect(await b2.call("b2_delete_key", { applicationKeyId })).toEqual(open);
  expect(await client.fail("b2_list_buckets", { accountId })).toMatchObject({
    status: 401,
    code: "bad_auth_token",
  });
  expect((await authorize(b2.emulator, applicationKeyId, applicationKey)).status).toBe(401);
  expect(await b2.fail("b2_delete_key", { applicationKeyId })).toMatchObject({
    status: 400,
    code: "bad_request",
  });
});

test("keys are listed in pages", async () => {
  const { b2 } = await start();
  const { accountId } = b2.emulator;
  const made = [];
  for (let number = 0; number < 3; number++) {
    made.push((await b2.withKey({ capabilities: ["listFiles"] })).key.applicationKeyId);
  }
  const first = await b2.call("b2_list_keys", { accountId, maxKeyCount: 2 });
  const second = await b2.call("b2_list_keys", {
    accountId,
    startApplicationKeyId: first.nextApplicationKeyId,
  });
  expect([...first.keys, ...second.keys].map((key) => key.applicationKeyId)).toEqual(made);
  expect(second.nextApplicationKeyId).toBeNull();
});

test("a key and its tokens end at its time", async () => {
  const { b2 } = await start();
  const { accountId, clock } = b2.emulator;
  const { key, client } = await b2.withKey({ capabilities: ["listBuckets"], validDurationInSeconds: 3600 });
  expect(key.expirationTimestamp).toBe(clock.now() + hourMillis);
  clock.advance(hourMillis - 1);
  await client.call("b2_list_buckets", { accountId });
  clock.advance(1);
  expect(await client.fail("b2_list_buckets", { accountId })).toMatchObject({ code: "expired_auth_token" });
  expect((await authorize(b2.emulator, key.applicationKeyId, key.applicationKey)).status).toBe(401);
});

test("a key that has expired is listed until it is deleted", async () => {
  const { b2 } = await start();
  const { accountId, clock } = b2.emulator;
  const { key } = await b2.withKey({ capabilities: ["listBuckets"], validDurationInSeconds: 1 });
  clock.advance(hourMillis);
  const { applicationKeyId, expirationTimestamp } = key;
  expect((await b2.call("b2_list_keys", { accountId })).keys).toMatchObject([
    { applicationKeyId, expirationTimestamp },
  ]);
  await b2.call("b2_delete_key", { applicationKeyId });
  expect((await b2.call("b2_list_keys", { accountId })).keys).toEqual([]);
});

test("uploads end with the key that asked for their URL", async () => {
  const { b2, bucketId } = await start();
  const capabilities = ["writeFiles"];
  const headers = { "X-Bz-File-Name": "a", "Content-Type": "text/plain" };
  const short = await b2.withKey({ capabilities, validDurationInSeconds: 60 });
  const deleted = await b2.withKey({ capabilities });
  const ofShort = await short.client.call("b2_get_upload_url", { bucketId });
  const ofDeleted = await deleted.client.call("b2_get_upload_url", { bucketId });
  b2.emulator.clock.advance(60_000);
  await b2.call("b2_delete_key", { applicationKeyId: deleted.key.applicationKeyId });
  expect(await send(ofShort, "x", headers)).toMatchObject({
    status: 401,
    body: { code: "expired_auth_token" },
  });
  expect(await send(ofDeleted, "x", headers)).toMatchObject({
    status: 401,
    body: { code: "bad_auth_token" },
  });
});

test("keys survive a restart, deletions too, and no key ID comes twice", async () => {
  const dataDir = await folderForTest();
  const first = await startForTest({ dataDir });
  const { bucketId } = await first.createBucket();
  const request = { capabilities: ["listFiles"], bucketIds: [bucketId], namePrefix: "a/" };
  const { key } = await first.withKey({ ...request, validDurationInSeconds: 3600 });
  const { key: last } = await first.withKey(request);
  await first.call("b2_delete_key", { applicationKeyId: last.applicationKeyId });
  await first.emulator.close();

  const second = await startForTest({ dataDir });
  const { applicationKey, ...open } = key;
  expect((await second.call("b2_list_keys", { accountId: open.accountId })).keys).toEqual([open]);
  expect((await authorize(second.emulator, open.applicationKeyId, applicationKey)).status).toBe(200);
  expect((await authorize(second.emulator, last.applicationKeyId, last.applicationKey)).status).toBe(401);
  expect((await second.withKey(request)).key.applicationKeyId > last.applicationKeyId).toBe(true);
});

test("a key that may create keys can give what it does not have itself", async () => {
  const { b2 } = await start();
  const { client } = await b2.withKey({ capabilities: ["writeKeys"] });
  const { key } = await client.withKey({ capabilities: ["listBuckets", "listBuckets", "deleteKeys"] });
  expect(key.capabilities).toEqual(["listBuckets", "deleteKeys"]);
});

test("the master key is neither listed nor deleted", async () => {
  const { b2 } = await start();
  const { accountId, applicationKeyId } = b2.emulator;
  expect((await b2.call("b2_list_keys", { accountId })).keys).toEqual([]);
  expect(await b2.fail("b2_delete_key", { applicationKeyId })).toMatchObject({ code: "bad_request" });
});

test("an authorization says what its key may do", async () => {
  const { b2, bucketId, otherId } = await start();
  const { key } = await b2.withKey({
    capabilities: ["listFiles"],
    bucketIds: [bucketId, otherId],
    namePrefix: "photos/",
  });
  await b2.call("b2_delete_bucket", { accountId: b2.emulator.accountId, bucketId: otherId });
  const { body } = await authorize(b2.emulator, key.applicationKeyId, key.applicationKey);
  expect(body).toMatchObject({
    apiInfo: {
      storageApi: {
        allowed: {
          capabilities: ["listFiles"],
          buckets: [
            { id: bucketId, name: "my-bucket" },
            { id: otherId, name: null },
          ],
          namePrefix: "photos/",
        },
      },
    },
  });
});

test.each([
  ["an unknown capability", { capabilities: ["fly"] }],
  ["no capability", { capabilities: [] }],
  ["account-wide capabilities within buckets", { capabilities: ["writeKeys"], bucketIds: ["mine"] }],
  ["an unknown bucket", { capabilities: ["listFiles"], bucketIds: ["0".repeat(24)] }],
  ["a name with a space", { capabilities: ["listFiles"], keyName: "a b" }],
  ["no bucket in its list", { capabilities: ["listFiles"], bucketIds: [] }],
  ["a name of 101 characters", { capabilities: ["listFiles"], keyName: "k".repeat(101) }],
  ["a prefix longer than a name", { capabilities: ["listFiles"], namePrefix: "é".repeat(513) }],
  ["a prefix that no name has", { capabilities: ["listFiles"], namePrefix: "a\nb" }],
  ["no second to live", { capabilities: ["listFiles"], validDurationInSeconds: 0 }],
  ["1,000 days", { capabilities: ["listFiles"], validDurationInSeconds: 86_400_000 }],
])("a key with %s is a bad request", async (_, wrong) => {
  const { b2, bucketId } = await start();
  const request = { accountId: b2.emulator.accountId, keyName: "key", ...wrong };
  const text = JSON.stringify(request).replace('"mine"', JSON.stringify(bucketId));
  expect(await b2.fail("b2_create_key", JSON.parse(text))).toMatchObject({
    status: 400,
    code: "bad_request",
  });
});

test("every call needs its capability", async () => {
  const { b2, bucketId } = await start();
  const { accountId } = b2.emulator;
  const { client } = await b2.withKey({ capabilities: ["listFiles"] });
  await client.call("b2_list_file_names", { bucketId });
  expect(await client.fail("b2_list_buckets", { accountId })).toMatchObject(refused);
  expect(await client.fail("b2_get_upload_url", { bucketId })).toMatchObject(refused);
  expect((await client.download("my-bucket", "a")).status).toBe(401);
});

test("some fields need capabilities of their own", async () => {
  const { b2 } = await start();
  const { client } = await b2.withKey({ capabilities: ["writeBuckets"] });
  const request = { accountId: b2.emulator.accountId, bucketName: "new-bucket", bucketType: "allPrivate" };
  expect(await client.fail("b2_create_bucket", { ...request, fileLockEnabled: true })).toMatchObject(refused);
  const plain = await client.call("b2_create_bucket", { ...request, fileLockEnabled: false });
  expect(plain.fileLockConfiguration).toEqual({ isClientAuthorizedToRead: false, value: null });
});

test("a key for one bucket reaches no other", async () => {
  const { b2, bucketId, otherId } = await start();
  const { accountId } = b2.emulator;
  const { fileId } = await b2.upload(otherId, "a");
  const capabilities = ["listBuckets", "listFiles", "readFiles", "writeFiles"];
  const { client } = await b2.withKey({ capabilities, bucketIds: [bucketId] });
  await client.call("b2_list_file_names", { bucketId });
  for (const name of ["bucketId", "bucketName"] as const) {
    const { buckets } = await client.call("b2_list_buckets", {
      accountId,
      [name]: { bucketId, bucketName: "my-bucket" }[name],
    });
    expect(buckets).toHaveLength(1);
  }
  expect(await client.fail("b2_list_buckets", { accountId })).toMatchObject(refused);
  expect(await client.fail("b2_list_buckets", { accountId, bucketId: otherId })).toMatchObject(refused);
  expect(await client.fail("b2_list_buckets", { accountId, bucketName: "other-bucket" })).toMatchObject(
    refused,
  );
  expect(await client.fail("b2_list_file_names", { bucketId: otherId })).toMatchObject(refused);
  expect(await client.fail("b2_get_file_info", { fileId })).toMatchObject(refused);
  expect((await client.download("other-bucket", "a")).status).toBe(401);
});

test("a key for a prefix reaches no other names", async () => {
  const { b2, bucketId } = await start();
  const outside = await b2.upload(bucketId, "secret");
  const capabilities = ["listFiles", "readFiles", "writeFiles", "deleteFiles"];
  const { client } = await b2.withKey({ capabilities, namePrefix: "photos/" });
  const inside = await client.upload(bucketId, "photos/a", "content");
  expect((await client.call("b2_list_file_names", { bucketId, prefix: "photos/" })).files).toEqual([
    expect.objectContaining({ fileName: "photos/a" }),
  ]);
  expect(await client.fail("b2_list_file_names", { bucketId })).toMatchObject(refused);
  expect(await client.fail("b2_list_file_versions", { bucketId, prefix: "photo" })).toMatchObject(refused);
  expect(await client.fail("b2_list_unfinished_large_files", { bucketId })).toMatchObject(refused);
  const { fileId } = outside;
  expect(await client.fail("b2_delete_file_version", { fileName: "secret", fileId })).toMatchObject(refused);
  expect(await client.fail("b2_hide_file", { bucketId, fileName: "secret" })).toMatchObject(refused);
  expect((await client.download("my-bucket", "secret")).status).toBe(401);
  expect((await client.download("my-bucket", inside.fileName)).status).toBe(200);
  const target = await client.call("b2_get_upload_url", { bucketId });
  const upload = await send(target, "x", { "X-Bz-File-Name": "secret", "Content-Type": "text/plain" });
  expect(upload).toMatchObject({ status: 401, body: { code: "unauthorized" } });
});

test("a download authorization covers its prefix for its time, with its headers", async () => {
  const { b2, bucketId } = await start();
  await b2.upload(bucketId, "shared/a", "content");
  await b2.upload(bucketId, "private/a", "secret");
  const ask = async (extra: object = {}) => {
    const request = { bucketId, fileNamePrefix: "shared/", validDurationInSeconds: 60, ...extra };
    return (await b2.call("b2_get_download_authorization", request)).authorizationToken;
  };
  const status = async (path: string, token: string, query: Record<string, string> = {}) => {
    const search = new URLSearchParams({ Authorization: token, ...query });
    return (await fetch(`${b2.emulator.url}${path}?${search}`)).status;
  };
  const token = await ask();
  const typed = await ask({ b2ContentType: "image/png" });
  expect(await status("/file/my-bucket/shared/a", token)).toBe(200);
  expect(await status("/file/my-bucket/private/a", token)).toBe(401);
  expect(await status("/file/my-bucket/shared/a", token, { b2ContentType: "image/png" })).toBe(401);
  expect(await status("/file/my-bucket/shared/a", typed, { b2ContentType: "image/png" })).toBe(200);
  expect(await status("/file/my-bucket/shared/a", typed)).toBe(401);
  expect(await b2.fail("b2_list_file_names", { bucketId }, token)).toMatchObject({ code: "bad_auth_token" });
  b2.emulator.clock.advance(60_000);
  expect(await status("/file/my-bucket/shared/a", token)).toBe(401);
});
