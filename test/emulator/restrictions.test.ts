import { expect, test } from "vitest";
import { type OperationId, type OperationRow, operations } from "../../generated/operations.ts";
import type { components } from "../../generated/schema.ts";
import { authorize, type PlainClient, send, startForTest } from "./plain-client.ts";

type Authorization = components["schemas"]["Authorization"];

/** A bucket with a file and an unfinished large file below `in/`, and an empty bucket. */
interface World {
  readonly accountId: string;
  readonly bucketId: string;
  readonly otherId: string;
  readonly fileId: string;
  readonly largeFileId: string;
  readonly applicationKeyId: string;
}

/** Makes one call in a world where it is legal, with every field that needs a capability of its own. */
type Attempt = (client: PlainClient, world: World) => Promise<{ status: number; body?: unknown }>;

type Restricted = Exclude<OperationId, "b2_authorize_account">;

const fileName = "in/file";
const later = Date.UTC(2100, 0);
const contentType = "text/plain";
const fileRetention = { mode: "governance", retainUntilTimestamp: later };
const encryption = { mode: "SSE-B2", algorithm: "AES256" };

const json =
  (operation: OperationId, body: (world: World) => object): Attempt =>
  (client, world) =>
    client.post(operation, body(world));

const bucketSettings = {
  defaultServerSideEncryption: encryption,
  fileLockEnabled: true,
  defaultRetention: { mode: "governance", period: { duration: 1, unit: "days" } },
  replicationConfiguration: { asReplicationSource: null, asReplicationDestination: null },
};

const attempts: Readonly<Record<Restricted, Attempt>> = {
  b2_create_key: json("b2_create_key", ({ accountId }) => ({
    accountId,
    keyName: "new",
    capabilities: ["listFiles"],
  })),
  b2_list_keys: json("b2_list_keys", ({ accountId }) => ({ accountId })),
  b2_delete_key: json("b2_delete_key", ({ applicationKeyId }) => ({ applicationKeyId })),
  b2_create_bucket: json("b2_create_bucket", ({ accountId }) => ({
    accountId,
    bucketName: "new-bucket",
    bucketType: "allPrivate",
    ...bucketSettings,
  })),
  b2_list_buckets: json("b2_list_buckets", ({ accountId, bucketId }) => ({ accountId, bucketId })),
  b2_update_bucket: json("b2_update_bucket", ({ accountId, bucketId }) => ({
    accountId,
    bucketId,
    ...bucketSettings,
  })),
  b2_delete_bucket: json("b2_delete_bucket", ({ accountId, bucketId }) => ({ accountId, bucketId })),
  b2_get_bucket_notification_rules: json("b2_get_bucket_notification_rules", ({ bucketId }) => ({
    bucketId,
  })),
  b2_set_bucket_notification_rules: json("b2_set_bucket_notification_rules", ({ bucketId }) => ({
    bucketId,
    eventNotificationRules: [],
  })),
  b2_get_upload_url: json("b2_get_upload_url", ({ bucketId }) => ({ bucketId })),
  b2_upload_file: async (client, { bucketId }) => {
    const target = await client.post("b2_get_upload_url", { bucketId });
    if (target.status !== 200) return target;
    return send(target.body as Parameters<typeof send>[0], "x", {
      "X-Bz-File-Name": fileName,
      "Content-Type": contentType,
      "X-Bz-File-Retention-Mode": "governance",
      "X-Bz-File-Retention-Retain-Until-Timestamp": String(later),
      "X-Bz-File-Legal-Hold": "on",
    });
  },
  b2_copy_file: json("b2_copy_file", ({ fileId }) => ({
    sourceFileId: fileId,
    fileName: "in/copy",
    fileRetention,
    legalHold: "on",
  })),
  b2_get_file_info: json("b2_get_file_info", ({ fileId }) => ({ fileId })),
  b2_list_file_names: json("b2_list_file_names", ({ bucketId }) => ({ bucketId, prefix: "in/" })),
  b2_list_file_versions: json("b2_list_file_versions", ({ bucketId }) => ({ bucketId, prefix: "in/" })),
  b2_hide_file: json("b2_hide_file", ({ bucketId }) => ({ bucketId, fileName })),
  b2_delete_file_version: json("b2_delete_file_version", ({ fileId }) => ({
    fileId,
    fileName,
    bypassGovernance: true,
  })),
  b2_download_file_by_id: ({ emulator, token }, { fileId }) =>
    fetch(`${emulator.url}/b2api/v4/b2_download_file_by_id?fileId=${fileId}`, {
      headers: { authorization: token },
    }).then(drained),
  b2_download_file_by_name: (client) => client.download("my-bucket", fileName).then(drained),
  b2_head_file_by_name: (client) => client.download("my-bucket", fileName, { method: "HEAD" }).then(drained),
  b2_get_download_authorization: json("b2_get_download_authorization", ({ bucketId }) => ({
    bucketId,
    fileNamePrefix: "in/",
    validDurationInSeconds: 60,
  })),
  b2_update_file_legal_hold: json("b2_update_file_legal_hold", ({ fileId }) => ({
    fileId,
    fileName,
    legalHold: "on",
  })),
  b2_update_file_retention: json("b2_update_file_retention", ({ fileId }) => ({
    fileId,
    fileName,
    fileRetention,
    bypassGovernance: true,
  })),
  b2_start_large_file: json("b2_start_large_file", ({ bucketId }) => ({
    bucketId,
    fileName: "in/new",
    contentType,
    fileRetention,
    legalHold: "on",
  })),
  b2_get_upload_part_url: json("b2_get_upload_part_url", ({ largeFileId }) => ({ fileId: largeFileId })),
  b2_upload_part: async (client, { largeFileId }) => {
    const target = await client.post("b2_get_upload_part_url", { fileId: largeFileId });
    if (target.status !== 200) return target;
    return send(target.body as Parameters<typeof send>[0], "x", { "X-Bz-Part-Number": "2" });
  },
  b2_copy_part: json("b2_copy_part", ({ fileId, largeFileId }) => ({
    sourceFileId: fileId,
    largeFileId,
    partNumber: 2,
  })),
  b2_list_parts: json("b2_list_parts", ({ largeFileId }) => ({ fileId: largeFileId })),
  b2_list_unfinished_large_files: json("b2_list_unfinished_large_files", ({ bucketId }) => ({
    bucketId,
    namePrefix: "in/",
  })),
  b2_finish_large_file: json("b2_finish_large_file", ({ largeFileId }) => ({
    fileId: largeFileId,
    partSha1Array: ["11f6ad8ec52a2984abaafd7c3b516503785c2072"],
  })),
  b2_cancel_large_file: json("b2_cancel_large_file", ({ largeFileId }) => ({ fileId: largeFileId })),
};

/** Calls that no file name limits. */
const withoutName: readonly OperationId[] = [
  "b2_create_key",
  "b2_list_keys",
  "b2_delete_key",
  "b2_create_bucket",
  "b2_list_buckets",
  "b2_update_bucket",
  "b2_delete_bucket",
  "b2_get_bucket_notification_rules",
  "b2_set_bucket_notification_rules",
  "b2_get_upload_url",
];

/** Capabilities that a key for some buckets cannot have. */
const accountWide: readonly string[] = [
  "listKeys",
  "writeKeys",
  "deleteKeys",
  "writeBuckets",
  "deleteBuckets",
  "readBucketLogging",
  "writeBucketLogging",
  "readBucketLifecycleRules",
  "writeBucketLifecycleRules",
];

async function drained(response: Response) {
  const text = await response.text();
  return { status: response.status, ...(response.ok || text === "" ? {} : { body: JSON.parse(text) }) };
}

async function build(): Promise<{ b2: PlainClient; world: World; everything: string[] }> {
  const b2 = await startForTest({ minimumPartSizeBytes: 1 });
  const { accountId, applicationKeyId, applicationKey } = b2.emulator;
  const { bucketId } = await b2.createBucket("my-bucket", { fileLockEnabled: true });
  const { bucketId: otherId } = await b2.createBucket("other-bucket");
  const { fileId } = await b2.upload(bucketId, fileName, "content");
  const { fileId: largeFileId } = await b2.uploadParts(bucketId, "in/large", ["x"]);
  const { key } = await b2.withKey({ capabilities: ["listFiles"] });
  const { body } = await authorize(b2.emulator, applicationKeyId, applicationKey);
  return {
    b2,
    world: {
      accountId,
      bucketId,
      otherId,
      fileId: String(fileId),
      largeFileId,
      applicationKeyId: key.applicationKeyId,
    },
    everything: (body as Authorization).apiInfo.storageApi.allowed.capabilities,
  };
}

/** All capabilities that an operation can need; uploads also those of asking for the URL. */
function neededBy(id: Restricted): string[] {
  const { required, conditional }: OperationRow["capabilities"] = operations[id].capabilities;
  return [...new Set([...required, ...conditional.map(({ capability }) => capability)])];
}

const copies: readonly OperationId[] = ["b2_copy_file", "b2_copy_part"];

/** What a call without the right to make it answers. HEAD answers have no body. */
function unauthorized(id: OperationId) {
  return {
    status: 401,
    ...(id !== "b2_head_file_by_name" && { body: { status: 401, code: "unauthorized" } }),
  };
}

/** What a call answers that may not read its file: copies have a code of their own for their source. */
function unreadable(id: OperationId) {
  return copies.includes(id)
    ? { status: 403, body: { status: 403, code: "access_denied" } }
    : unauthorized(id);
}

test.each(Object.keys(attempts) as Restricted[])(
  "%s needs its capabilities, bucket and names",
  async (id) => {
    const { b2, world, everything } = await build();
    const attempt = async (request: object) => attempts[id]((await b2.withKey(request)).client, world);
    const needed = neededBy(id);

    for (const missing of needed) {
      const capabilities = everything.filter((capability) => capability !== missing);
      const expected = missing === "readFiles" ? unreadable(id) : unauthorized(id);
      expect([missing, await attempt({ capabilities })]).toMatchObject([missing, expected]);
    }
    const capabilities = everything.filter((capability) => !accountWide.includes(capability));
    expect(await attempt({ capabilities, bucketIds: [world.otherId] })).toMatchObject(unreadable(id));
    if (!withoutName.includes(id)) {
      expect(await attempt({ capabilities, namePrefix: "out/" })).toMatchObject(unreadable(id));
    }

    const isAccountWide = needed.some((capability) => accountWide.includes(capability));
    const places = isAccountWide ? {} : { bucketIds: [world.bucketId], namePrefix: "in/" };
    const { status, body } = await attempt({ capabilities: needed, ...places });
    const legal = id === "b2_delete_bucket" ? 400 : 200; // the bucket of this world holds files
    expect({ status, body }).toMatchObject({ status: legal });
  },
);

test("a copy needs a destination within the key's buckets and names", async () => {
  const { b2, world } = await build();
  const { bucketId, otherId, fileId } = world;
  const { client } = await b2.withKey({
    capabilities: ["readFiles", "writeFiles"],
    bucketIds: [bucketId],
    namePrefix: "in/",
  });
  const request = { sourceFileId: fileId, fileName: "in/copy" };
  for (const wrong of [{ destinationBucketId: otherId }, { fileName: "out/copy" }]) {
    expect(await client.post("b2_copy_file", { ...request, ...wrong })).toMatchObject(
      unauthorized("b2_copy_file"),
    );
  }
  await client.call("b2_copy_file", request);
});

test.each(accountWide)("a key for some buckets cannot have %s", async (capability) => {
  const { b2, world } = await build();
  const request = { accountId: world.accountId, keyName: "key", capabilities: [capability, "listFiles"] };
  expect(await b2.fail("b2_create_key", { ...request, bucketIds: [world.bucketId] })).toMatchObject({
    status: 400,
    code: "bad_request",
  });
  await b2.call("b2_create_key", request);
});

test("settings that a key may not read are held back, and named on downloads", async () => {
  const { b2, world } = await build();
  const { accountId, bucketId, fileId } = world;
  await b2.call("b2_update_file_legal_hold", { fileId, fileName, legalHold: "on" });
  await b2.call("b2_update_file_retention", { fileId, fileName, fileRetention });
  const hidden = { isClientAuthorizedToRead: false, value: null };
  const capabilities = ["listBuckets", "listFiles", "readFiles"];
  const { client } = await b2.withKey({ capabilities });
  const { buckets } = await client.call("b2_list_buckets", { accountId, bucketId });
  expect(buckets).toMatchObject([
    { fileLockConfiguration: hidden, defaultServerSideEncryption: hidden, replicationConfiguration: hidden },
  ]);
  const hiddenOfFile = { fileRetention: hidden, legalHold: hidden };
  expect(await client.call("b2_get_file_info", { fileId })).toMatchObject(hiddenOfFile);
  for (const listing of ["b2_list_file_names", "b2_list_file_versions"] as const) {
    const { files } = await client.call(listing, { bucketId });
    expect(files[0]).toMatchObject(hiddenOfFile);
  }
  const { headers } = await client.download("my-bucket", fileName, { method: "HEAD" });
  expect(headers.get("x-bz-client-unauthorized-to-read")?.split(",")).toEqual([
    "X-Bz-File-Retention-Mode",
    "X-Bz-File-Retention-Retain-Until-Timestamp",
    "X-Bz-File-Legal-Hold",
  ]);
  expect(headers.has("x-bz-file-legal-hold")).toBe(false);
});

test("settings that a key may read are shown", async () => {
  const { b2, world } = await build();
  const { accountId, bucketId, fileId } = world;
  const shown = { isClientAuthorizedToRead: true };
  const { buckets } = await b2.call("b2_list_buckets", { accountId, bucketId });
  expect(buckets).toMatchObject([
    { fileLockConfiguration: shown, defaultServerSideEncryption: shown, replicationConfiguration: shown },
  ]);
  expect(await b2.call("b2_get_file_info", { fileId })).toMatchObject({
    fileRetention: shown,
    legalHold: shown,
  });
  const { headers } = await b2.download("my-bucket", fileName, { method: "HEAD" });
  expect(headers.has("x-bz-client-unauthorized-to-read")).toBe(false);
});

test("the public may download from a public bucket whatever its key is restricted to", async () => {
  const { b2, world } = await build();
  const { accountId, bucketId, otherId } = world;
  await b2.call("b2_update_bucket", { accountId, bucketId, bucketType: "allPublic" });
  const { client } = await b2.withKey({ capabilities: ["listFiles"], bucketIds: [otherId] });
  expect((await client.download("my-bucket", fileName)).status).toBe(200);
});
