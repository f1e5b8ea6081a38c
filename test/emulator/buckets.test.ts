import { expect, test } from "vitest";
import { startForTest } from "./plain-client.ts";

test("a new bucket has what was asked for, and revision 2", async () => {
  const b2 = await startForTest();
  const lifecycleRules = [
    {
      fileNamePrefix: "logs/",
      daysFromUploadingToHiding: 7,
      daysFromHidingToDeleting: 1,
      daysFromStartingToCancelingUnfinishedLargeFiles: null,
    },
  ];
  const bucket = await b2.createBucket("my-bucket", { bucketInfo: { project: "x" }, lifecycleRules });
  expect(bucket).toMatchObject({
    accountId: b2.emulator.accountId,
    bucketName: "my-bucket",
    bucketType: "allPrivate",
    bucketInfo: { project: "x" },
    lifecycleRules,
    corsRules: [],
    revision: 2,
    defaultServerSideEncryption: { isClientAuthorizedToRead: true, value: { mode: null, algorithm: null } },
  });
  const { buckets } = await b2.call("b2_list_buckets", { accountId: b2.emulator.accountId });
  expect(buckets).toEqual([bucket]);
});

test("buckets asked for at the start are there", async () => {
  const b2 = await startForTest({ buckets: ["first-bucket", "second-bucket"] });
  const { buckets } = await b2.call("b2_list_buckets", { accountId: b2.emulator.accountId });
  expect(buckets.map(({ bucketName }) => bucketName)).toEqual(["first-bucket", "second-bucket"]);
});

test("a bucket name is taken without regard to case", async () => {
  const b2 = await startForTest();
  await b2.createBucket("my-bucket");
  const { accountId } = b2.emulator;
  const again = { accountId, bucketName: "My-Bucket", bucketType: "allPrivate" };
  expect(await b2.fail("b2_create_bucket", again)).toMatchObject({
    status: 400,
    code: "duplicate_bucket_name",
  });
});

test.each([
  ["a name of five letters", { bucketName: "short" }],
  ["an underscore in the name", { bucketName: "my_bucket" }],
  ["a reserved name", { bucketName: "b2-bucket" }],
  ["an unknown type", { bucketType: "secret" }],
  ["no type", { bucketType: undefined }],
  [
    "lifecycle rules that overlap",
    {
      lifecycleRules: ["a", "ab"].map((fileNamePrefix) => ({ fileNamePrefix, daysFromHidingToDeleting: 1 })),
    },
  ],
  ["a reserved bucketInfo key", { bucketInfo: { "b2-x": "1" } }],
])("%s is a bad request", async (_, wrong) => {
  const b2 = await startForTest();
  const request = {
    accountId: b2.emulator.accountId,
    bucketName: "my-bucket",
    bucketType: "allPrivate",
    ...wrong,
  };
  expect(await b2.fail("b2_create_bucket", request)).toMatchObject({ status: 400, code: "bad_request" });
});

test("a listing finds buckets by ID, by name and by type", async () => {
  const b2 = await startForTest();
  const { accountId } = b2.emulator;
  const first = await b2.createBucket("first-bucket");
  const second = await b2.createBucket("second-bucket", { bucketType: "allPublic" });
  const names = async (filter: object) => {
    const { buckets } = await b2.call("b2_list_buckets", { accountId, ...filter });
    return buckets.map(({ bucketName }) => bucketName);
  };
  expect(await names({ bucketId: first.bucketId })).toEqual(["first-bucket"]);
  expect(await names({ bucketName: second.bucketName })).toEqual(["second-bucket"]);
  expect(await names({ bucketName: null, bucketTypes: ["allPublic"] })).toEqual(["second-bucket"]);
  expect(await names({ bucketTypes: ["all"] })).toEqual(["first-bucket", "second-bucket"]);
  expect(await names({ bucketName: "no-such-bucket" })).toEqual([]);
  expect(await b2.fail("b2_list_buckets", { accountId, bucketTypes: ["all", "allPublic"] })).toMatchObject({
    status: 400,
  });
});

test("an update changes what it names, raises the revision, and can insist on one", async () => {
  const b2 = await startForTest();
  const { accountId } = b2.emulator;
  const { bucketId } = await b2.createBucket("my-bucket", { bucketInfo: { a: "1" } });
  const updated = await b2.call("b2_update_bucket", {
    accountId,
    bucketId,
    bucketType: "allPublic",
    ifRevisionIs: 2,
  });
  expect(updated).toMatchObject({ bucketType: "allPublic", bucketInfo: { a: "1" }, revision: 3 });
  const late = { accountId, bucketId, bucketInfo: {}, ifRevisionIs: 2 };
  expect(await b2.fail("b2_update_bucket", late)).toMatchObject({ status: 409, code: "conflict" });
  expect(await b2.call("b2_update_bucket", { accountId, bucketId, bucketInfo: {} })).toMatchObject({
    bucketInfo: {},
  });
});

test("only an empty bucket can be deleted", async () => {
  const b2 = await startForTest();
  const { accountId } = b2.emulator;
  const { bucketId } = await b2.createBucket();
  const { fileId } = await b2.upload(bucketId, "a");
  expect(await b2.fail("b2_delete_bucket", { accountId, bucketId })).toMatchObject({
    code: "cannot_delete_non_empty_bucket",
  });
  await b2.call("b2_delete_file_version", { fileName: "a", fileId });
  expect(await b2.call("b2_delete_bucket", { accountId, bucketId })).toMatchObject({
    bucketName: "my-bucket",
  });
  expect(await b2.fail("b2_delete_bucket", { accountId, bucketId })).toMatchObject({
    status: 400,
    code: "bad_bucket_id",
  });
});

test("an account has at most 100 buckets", async () => {
  const names = Array.from({ length: 100 }, (_, index) => `bucket-${index}`);
  const b2 = await startForTest({ buckets: names });
  const more = { accountId: b2.emulator.accountId, bucketName: "one-more", bucketType: "allPrivate" };
  expect(await b2.fail("b2_create_bucket", more)).toMatchObject({ status: 400, code: "too_many_buckets" });
});
