import { expect, test } from "vitest";
import { startForTest } from "./plain-client.ts";

async function start() {
  const b2 = await startForTest();
  const { accountId, applicationKeyId } = b2.emulator;
  const { bucketId } = await b2.createBucket("source-bucket");
  const { bucketId: destinationBucketId } = await b2.createBucket("destination");
  const rule = {
    replicationRuleName: "to-destination",
    destinationBucketId,
    fileNamePrefix: "",
    includeExistingFiles: false,
    isEnabled: true,
    priority: 128,
  };
  const asReplicationSource = { sourceApplicationKeyId: applicationKeyId, replicationRules: [rule] };
  return { b2, accountId, applicationKeyId, bucketId, rule, asReplicationSource };
}

test("both directions are stored, replaced and removed", async () => {
  const { b2, accountId, applicationKeyId, bucketId, asReplicationSource } = await start();
  const valueAfter = async (replicationConfiguration: object) => {
    const update = { accountId, bucketId, replicationConfiguration };
    return (await b2.call("b2_update_bucket", update)).replicationConfiguration?.value;
  };
  expect(await valueAfter({ asReplicationSource })).toEqual({
    asReplicationSource,
    asReplicationDestination: null,
  });
  const asReplicationDestination = { sourceToDestinationKeyMapping: { other: applicationKeyId } };
  expect(await valueAfter({ asReplicationDestination, asReplicationSource: null })).toEqual({
    asReplicationSource: null,
    asReplicationDestination,
  });
  expect(await valueAfter({ asReplicationSource: null, asReplicationDestination: null })).toBeNull();
});

test("a new bucket can come with a replication", async () => {
  const { b2, asReplicationSource } = await start();
  const replicationConfiguration = { asReplicationSource };
  const bucket = await b2.createBucket("another-bucket", { replicationConfiguration });
  expect(bucket.replicationConfiguration?.value).toMatchObject({ asReplicationSource });
});

test("file lock cannot be enabled on a replication source unless the replication goes", async () => {
  const { b2, accountId, bucketId, asReplicationSource } = await start();
  await b2.call("b2_update_bucket", {
    accountId,
    bucketId,
    replicationConfiguration: { asReplicationSource },
  });
  expect(await b2.fail("b2_update_bucket", { accountId, bucketId, fileLockEnabled: true })).toMatchObject({
    status: 400,
    code: "source_replication_conflict",
  });
  const replicationConfiguration = { asReplicationSource: null };
  const both = { accountId, bucketId, fileLockEnabled: true, replicationConfiguration };
  expect(await b2.call("b2_update_bucket", both)).toMatchObject({
    fileLockConfiguration: { value: { isFileLockEnabled: true } },
    replicationConfiguration: { value: null },
  });
});

test.each<[string, object, object]>([
  ["an unknown key", {}, { sourceApplicationKeyId: "unknown" }],
  ["no rule", {}, { replicationRules: [] }],
  ["an illegal rule name", { replicationRuleName: "to destination" }, {}],
  ["a priority of zero", { priority: 0 }, {}],
  ["no prefix", { fileNamePrefix: undefined }, {}],
])("%s is a bad request", async (_, ruleChange, sourceChange) => {
  const { b2, accountId, bucketId, rule, asReplicationSource } = await start();
  const replicationRules = [{ ...rule, ...ruleChange }];
  const source = { ...asReplicationSource, replicationRules, ...sourceChange };
  const request = { accountId, bucketId, replicationConfiguration: { asReplicationSource: source } };
  expect(await b2.fail("b2_update_bucket", request)).toMatchObject({ status: 400, code: "bad_request" });
});

test("rules of the same name, to the bucket itself, or mapped to unknown keys are refused", async () => {
  const { b2, accountId, bucketId, rule, asReplicationSource } = await start();
  const wrong = [
    { asReplicationSource: { ...asReplicationSource, replicationRules: [rule, rule] } },
    {
      asReplicationSource: {
        ...asReplicationSource,
        replicationRules: [{ ...rule, destinationBucketId: bucketId }],
      },
    },
    { asReplicationDestination: { sourceToDestinationKeyMapping: { other: "unknown" } } },
    { asReplicationDestination: { sourceToDestinationKeyMapping: {} } },
    {},
  ];
  for (const replicationConfiguration of wrong) {
    const request = { accountId, bucketId, replicationConfiguration };
    expect(await b2.fail("b2_update_bucket", request)).toMatchObject({ status: 400, code: "bad_request" });
  }
});
