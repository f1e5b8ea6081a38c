import { expect, test } from "vitest";
import { PlainClient, send, startForTest } from "./plain-client.ts";

const day = 24 * 60 * 60 * 1000;

async function start(settings: object = { fileLockEnabled: true }) {
  const b2 = await startForTest({ minimumPartSizeBytes: 5 });
  const { bucketId } = await b2.createBucket("my-bucket", settings);
  const inDays = (days: number) => b2.emulator.clock.now() + days * day;
  return { b2, bucketId, inDays, accountId: b2.emulator.accountId };
}

const lockHeaders = (mode: string, until: number) => ({
  "X-Bz-File-Retention-Mode": mode,
  "X-Bz-File-Retention-Retain-Until-Timestamp": String(until),
});

test("file lock is off unless asked for, can be switched on, and never off again", async () => {
  const { b2, bucketId, accountId } = await start({});
  const update = (fileLockEnabled: boolean) => ({ accountId, bucketId, fileLockEnabled });
  const lockOf = async (enabled: boolean) =>
    (await b2.call("b2_update_bucket", update(enabled))).fileLockConfiguration.value;
  const defaultRetention = { mode: null, period: null };
  expect(await lockOf(false)).toEqual({ isFileLockEnabled: false, defaultRetention });
  expect(await lockOf(true)).toEqual({ isFileLockEnabled: true, defaultRetention });
  expect(await b2.fail("b2_update_bucket", update(false))).toMatchObject({
    status: 400,
    code: "file_lock_conflict",
  });
});

test("an upload stores retention and legal hold, and downloads tell them to keys that may read them", async () => {
  const { b2, bucketId, inDays, accountId } = await start();
  const until = inDays(1);
  const file = await b2.upload(bucketId, "a", "x", {
    ...lockHeaders("governance", until),
    "X-Bz-File-Legal-Hold": "on",
  });
  expect(file).toMatchObject({
    fileRetention: {
      isClientAuthorizedToRead: true,
      value: { mode: "governance", retainUntilTimestamp: until },
    },
    legalHold: { isClientAuthorizedToRead: true, value: "on" },
  });
  const { headers } = await b2.download("my-bucket", "a", { method: "HEAD" });
  expect(headers.get("x-bz-file-retention-mode")).toBe("governance");
  expect(headers.get("x-bz-file-retention-retain-until-timestamp")).toBe(String(until));
  expect(headers.get("x-bz-file-legal-hold")).toBe("on");
  expect(headers.has("x-bz-client-unauthorized-to-read")).toBe(false);

  const key = { accountId, keyName: "reader", capabilities: ["readFiles"] };
  const { applicationKeyId, applicationKey } = await b2.call("b2_create_key", key);
  const reader = await PlainClient.authorize(b2.emulator, applicationKeyId, applicationKey);
  const withheld = (await reader.download("my-bucket", "a", { method: "HEAD" })).headers;
  expect(withheld.has("x-bz-file-legal-hold")).toBe(false);
  expect(withheld.get("x-bz-client-unauthorized-to-read")?.split(",")).toEqual([
    "X-Bz-File-Retention-Mode",
    "X-Bz-File-Retention-Retain-Until-Timestamp",
    "X-Bz-File-Legal-Hold",
  ]);
  expect(await reader.call("b2_get_file_info", { fileId: file.fileId })).toMatchObject({
    legalHold: { isClientAuthorizedToRead: false, value: null },
  });
});

test("lock headers need the capabilities for them", async () => {
  const { b2, bucketId, inDays, accountId } = await start();
  const key = { accountId, keyName: "writer", capabilities: ["writeFiles"] };
  const { applicationKeyId, applicationKey } = await b2.call("b2_create_key", key);
  const writer = await PlainClient.authorize(b2.emulator, applicationKeyId, applicationKey);
  for (const headers of [lockHeaders("governance", inDays(1)), { "X-Bz-File-Legal-Hold": "off" }]) {
    const target = await writer.call("b2_get_upload_url", { bucketId });
    const named = { "X-Bz-File-Name": "a", "Content-Type": "text/plain", ...headers };
    expect(await send(target, "x", named)).toMatchObject({ status: 401, body: { code: "unauthorized" } });
  }
});

test.each([
  ["a mode without a time", { "X-Bz-File-Retention-Mode": "governance" }],
  ["a time without a mode", { "X-Bz-File-Retention-Retain-Until-Timestamp": "4102444800000" }],
  ["a time in the past", lockHeaders("governance", 1_000_000)],
  ["an unknown mode", lockHeaders("eternal", 4_102_444_800_000)],
  ["an unknown legal hold", { "X-Bz-File-Legal-Hold": "maybe" }],
])("%s is a bad request", async (_, headers) => {
  const { b2, bucketId } = await start();
  await expect(b2.upload(bucketId, "a", "x", headers)).rejects.toThrow('"bad_request"');
});

test("a bucket without file lock takes no locks", async () => {
  const { b2, bucketId, inDays, accountId } = await start({});
  const fileRetention = { mode: "governance", retainUntilTimestamp: inDays(1) };
  const { fileId } = await b2.upload(bucketId, "a", "x");
  const missing = { status: 400, code: "bucket_missing_file_lock" };
  const names = { fileName: "a", fileId };
  expect(await b2.fail("b2_update_file_retention", { ...names, fileRetention })).toMatchObject(missing);
  expect(await b2.fail("b2_update_file_legal_hold", { ...names, legalHold: "on" })).toMatchObject(missing);
  await expect(b2.upload(bucketId, "a", "x", { "X-Bz-File-Legal-Hold": "on" })).rejects.toThrow("400");
  const copy = { sourceFileId: fileId, fileName: "b", fileRetention };
  expect(await b2.fail("b2_copy_file", copy)).toMatchObject({ status: 400 });
  const large = { bucketId, fileName: "b", contentType: "text/plain", legalHold: "on" };
  expect(await b2.fail("b2_start_large_file", large)).toMatchObject({ status: 400 });
  const defaultRetention = { mode: "governance", period: { duration: 1, unit: "days" } };
  expect(await b2.fail("b2_update_bucket", { accountId, bucketId, defaultRetention })).toMatchObject({
    status: 400,
  });
});

test("the default retention locks new uploads, large files and copies, until it is removed", async () => {
  const defaultRetention = { mode: "governance", period: { duration: 2, unit: "years" } };
  const { b2, bucketId, accountId } = await start({ fileLockEnabled: true, defaultRetention });
  const retentionOf = ({ fileRetention }: { fileRetention?: { value: unknown } }) => fileRetention?.value;
  const before = b2.emulator.clock.now();
  const file = await b2.upload(bucketId, "a", "x");
  const after = b2.emulator.clock.now();
  const { mode, retainUntilTimestamp } = retentionOf(file) as { mode: string; retainUntilTimestamp: number };
  expect(mode).toBe("governance");
  expect(retainUntilTimestamp).toBeGreaterThanOrEqual(before + 730 * day);
  expect(retainUntilTimestamp).toBeLessThanOrEqual(after + 730 * day);
  expect(retentionOf((await b2.uploadParts(bucketId, "large", [])).file)).toMatchObject({
    mode: "governance",
  });
  const request = { sourceFileId: file.fileId, fileName: "b" };
  expect(retentionOf(await b2.call("b2_copy_file", request))).toMatchObject({ mode: "governance" });
  const none = { mode: null, retainUntilTimestamp: null };
  expect(retentionOf(await b2.call("b2_copy_file", { ...request, fileRetention: none }))).toEqual(none);
  for (const removed of [{ mode: null, period: null }, { mode: "none" }]) {
    const bucket = await b2.call("b2_update_bucket", { accountId, bucketId, defaultRetention: removed });
    expect(bucket.fileLockConfiguration.value?.defaultRetention).toEqual({ mode: null, period: null });
  }
  expect(retentionOf(await b2.upload(bucketId, "a", "x"))).toEqual(none);
});

test.each([
  [3000, "days", 200],
  [3001, "days", 400],
  [9, "years", 400],
  [0, "days", 400],
])("a default retention of %d %s answers %d", async (duration, unit, status) => {
  const { b2, bucketId, accountId } = await start();
  const defaultRetention = { mode: "compliance", period: { duration, unit } };
  const answer = await b2.post("b2_update_bucket", { accountId, bucketId, defaultRetention });
  expect(answer.status).toBe(status);
});

test("a version under legal hold stays until the hold is lifted, whatever is bypassed", async () => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.upload(bucketId, "a", "x");
  const names = { fileName: "a", fileId };
  expect(await b2.call("b2_update_file_legal_hold", { ...names, legalHold: "on" })).toEqual({
    ...names,
    legalHold: "on",
  });
  const bypass = { ...names, bypassGovernance: true };
  expect(await b2.fail("b2_delete_file_version", bypass)).toMatchObject({
    status: 403,
    code: "access_denied",
  });
  await b2.call("b2_update_file_legal_hold", { ...names, legalHold: "off" });
  expect(await b2.call("b2_delete_file_version", names)).toEqual(names);
});

test("governance keeps a version unless it is bypassed or over", async () => {
  const { b2, bucketId, inDays } = await start();
  const denied = { status: 403, code: "access_denied" };
  const upload = async () => {
    const { fileId } = await b2.upload(bucketId, "a", "x", lockHeaders("governance", inDays(2)));
    return { fileName: "a", fileId };
  };
  const first = await upload();
  const second = await upload();
  expect(await b2.fail("b2_delete_file_version", first)).toMatchObject(denied);
  await b2.call("b2_delete_file_version", { ...first, bypassGovernance: true });
  b2.emulator.clock.advance(2 * day + 1000);
  const later = await PlainClient.authorize(b2.emulator);
  await later.call("b2_delete_file_version", second);
});

test("bypassing needs the capability", async () => {
  const { b2, bucketId, inDays, accountId } = await start();
  const { fileId } = await b2.upload(bucketId, "a", "x", lockHeaders("governance", inDays(2)));
  const key = { accountId, keyName: "deleter", capabilities: ["deleteFiles", "writeFileRetentions"] };
  const { applicationKeyId, applicationKey } = await b2.call("b2_create_key", key);
  const deleter = await PlainClient.authorize(b2.emulator, applicationKeyId, applicationKey);
  const request = { fileName: "a", fileId, bypassGovernance: true };
  const refused = { status: 401, code: "unauthorized" };
  expect(await deleter.fail("b2_delete_file_version", request)).toMatchObject(refused);
  const fileRetention = { mode: null, retainUntilTimestamp: null };
  expect(await deleter.fail("b2_update_file_retention", { ...request, fileRetention })).toMatchObject(
    refused,
  );
});

test("compliance cannot be bypassed, shortened or removed, only lengthened, until it is over", async () => {
  const { b2, bucketId, inDays } = await start();
  const until = inDays(5);
  const { fileId } = await b2.upload(bucketId, "a", "x", lockHeaders("compliance", until));
  const names = { fileName: "a", fileId, bypassGovernance: true };
  const denied = { status: 403, code: "access_denied" };
  expect(await b2.fail("b2_delete_file_version", names)).toMatchObject(denied);
  const update = (mode: string | null, retainUntilTimestamp: number | null) => ({
    ...names,
    fileRetention: { mode, retainUntilTimestamp },
  });
  for (const weaker of [
    update("compliance", until - 1),
    update("governance", until + day),
    update(null, null),
  ]) {
    expect(await b2.fail("b2_update_file_retention", weaker)).toMatchObject(denied);
  }
  const { fileRetention } = await b2.call("b2_update_file_retention", update("compliance", until + 1));
  expect(fileRetention).toEqual({ mode: "compliance", retainUntilTimestamp: until + 1 });
  b2.emulator.clock.advance(6 * day);
  const later = await PlainClient.authorize(b2.emulator);
  await later.call("b2_update_file_retention", update(null, null));
  await later.call("b2_delete_file_version", { fileName: "a", fileId });
});

test("governance can be lengthened by anybody, and shortened or removed with a bypass", async () => {
  const { b2, bucketId, inDays } = await start();
  const until = inDays(5);
  const { fileId } = await b2.upload(bucketId, "a", "x", lockHeaders("governance", until));
  const update = (mode: string | null, retainUntilTimestamp: number | null, bypassGovernance = false) => ({
    fileName: "a",
    fileId,
    fileRetention: { mode, retainUntilTimestamp },
    bypassGovernance,
  });
  const denied = { status: 403, code: "access_denied" };
  await b2.call("b2_update_file_retention", update("governance", until + day));
  expect(await b2.fail("b2_update_file_retention", update("governance", until))).toMatchObject(denied);
  expect(await b2.fail("b2_update_file_retention", update(null, null))).toMatchObject(denied);
  await b2.call("b2_update_file_retention", update("governance", until, true));
  await b2.call("b2_update_file_retention", update(null, null, true));
  await b2.call("b2_update_file_retention", update("compliance", until));
});

test("updates of a lock need a version with this name, and no hide marker", async () => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.upload(bucketId, "a", "x");
  const wrongName = { fileName: "b", fileId, legalHold: "on" };
  expect(await b2.fail("b2_update_file_legal_hold", wrongName)).toMatchObject({ status: 404 });
  const marker = await b2.call("b2_hide_file", { bucketId, fileName: "a" });
  const hold = { fileName: "a", fileId: marker.fileId, legalHold: "on" };
  expect(await b2.fail("b2_update_file_legal_hold", hold)).toMatchObject({ status: 400 });
});

test("a locked large file can be cancelled until it is finished", async () => {
  const { b2, bucketId, inDays } = await start();
  const fileRetention = { mode: "compliance", retainUntilTimestamp: inDays(1) };
  const request = { bucketId, fileName: "large", contentType: "text/plain", fileRetention, legalHold: "on" };
  const { fileId } = await b2.call("b2_start_large_file", request);
  expect(await b2.call("b2_cancel_large_file", { fileId })).toMatchObject({ fileId });
});
