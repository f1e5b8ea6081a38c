import { describe, expect, test } from "vitest";
import { type B2Api, type Bucket, type CreateKeyOptions, RestrictionError } from "../../src/index.ts";
import { ReplicationSetupHelper } from "../../src/replication/index.ts";
import { apiFor, emulatorForTest } from "../support.ts";

const SOURCE_CAPABILITIES = ["readFiles", "readFileLegalHolds", "readFileRetentions"];
const DESTINATION_CAPABILITIES = ["writeFiles", "writeFileLegalHolds", "writeFileRetentions", "deleteFiles"];

async function start() {
  const emulator = await emulatorForTest();
  const b2 = apiFor(emulator);
  const source = await b2.createBucket("source-bucket", "allPrivate");
  const destination = await b2.createBucket("destination-bucket", "allPrivate");
  return { emulator, b2, source, destination, helper: new ReplicationSetupHelper(b2) };
}

const rulesOf = ({ replicationConfiguration }: Bucket) =>
  replicationConfiguration?.value?.asReplicationSource?.replicationRules ?? [];
const sourceKeyOf = ({ replicationConfiguration }: Bucket) =>
  replicationConfiguration?.value?.asReplicationSource?.sourceApplicationKeyId ?? "";
const mappingOf = ({ replicationConfiguration }: Bucket) =>
  replicationConfiguration?.value?.asReplicationDestination?.sourceToDestinationKeyMapping ?? {};

async function keyNames(b2: B2Api): Promise<string[]> {
  const names = [];
  for await (const { name } of b2.listKeys()) {
    names.push(name);
  }
  return names.sort();
}

describe("setupBoth", () => {
  test("makes a key for each side, the destination's consent and a rule", async () => {
    const { b2, source, destination, helper } = await start();
    const done = await helper.setupBoth(source, destination);
    expect(rulesOf(done.source)).toEqual([
      {
        replicationRuleName: "destination-bucket",
        destinationBucketId: destination.id,
        fileNamePrefix: "",
        includeExistingFiles: false,
        isEnabled: true,
        priority: 128,
      },
    ]);
    const sourceKey = await b2.getKey(sourceKeyOf(done.source));
    expect(sourceKey).toMatchObject({
      name: "source-bucket-replisrc",
      bucketIds: [source.id],
      namePrefix: null,
      capabilities: SOURCE_CAPABILITIES,
    });
    const [[consented, destinationKeyId = ""] = []] = Object.entries(mappingOf(done.destination));
    expect(consented).toBe(sourceKey?.id);
    expect(await b2.getKey(destinationKeyId)).toMatchObject({
      name: "destination-bucket-replidst",
      bucketIds: [destination.id],
      capabilities: DESTINATION_CAPABILITIES,
    });
    expect((await source.getFreshState()).replicationConfiguration).toEqual(
      done.source.replicationConfiguration,
    );
  });

  test("changes the destination before the source", async () => {
    const { emulator, source, destination, helper } = await start();
    emulator.faults.add({ operation: "b2_update_bucket", nth: 2, status: 400, code: "bad_request" });
    await expect(helper.setupBoth(source, destination)).rejects.toThrow(/b2_update_bucket failed/);
    expect(Object.keys(mappingOf(await destination.getFreshState()))).toHaveLength(1);
    expect(rulesOf(await source.getFreshState())).toEqual([]);
  });

  test("uses the keys again for further rules, whose priority is 5 more and whose name gets a number", async () => {
    const { b2, source, destination, helper } = await start();
    await helper.setupBoth(source, destination, { prefix: "a/" });
    const second = await helper.setupBoth(source, destination, { prefix: "b/", includeExistingFiles: true });
    await helper.setupBoth(source, destination, { name: "mine", priority: 7 });
    const third = await helper.setupBoth(source, destination);
    expect(rulesOf(third.source).map((rule) => [rule.replicationRuleName, rule.priority])).toEqual([
      ["destination-bucket", 128],
      ["destination-bucket2", 133],
      ["mine", 7],
      ["destination-bucket3", 138],
    ]);
    expect(rulesOf(second.source)[1]).toMatchObject({ fileNamePrefix: "b/", includeExistingFiles: true });
    expect(await keyNames(b2)).toEqual(["destination-bucket-replidst", "source-bucket-replisrc"]);
  });

  test("keeps what a bucket in the middle of a chain does in the other direction", async () => {
    const { b2, source, destination, helper } = await start();
    const last = await b2.createBucket("last-bucket", "allPrivate");
    const first = await helper.setupBoth(source, destination);
    const { source: middle } = await helper.setupBoth(destination, last);
    expect(mappingOf(middle)).toEqual(mappingOf(first.destination));
    expect(rulesOf(middle)).toHaveLength(1);
    const other = await b2.createBucket("other-source", "allPrivate");
    const { destination: again } = await helper.setupBoth(other, destination);
    expect(rulesOf(again)).toEqual(rulesOf(middle));
    expect(Object.keys(mappingOf(again))).toHaveLength(2);
  });

  test.each<[string, Partial<CreateKeyOptions>]>([
    ["for a prefix only", { namePrefix: "some/" }],
    ["without a capability", { capabilities: ["readFiles", "writeFiles"] }],
    ["that ends", { validDurationInSeconds: 60 }],
  ])("makes new keys in place of those %s", async (_, unsuitable) => {
    const { b2, source, destination, helper } = await start();
    const capabilities = [
      ...SOURCE_CAPABILITIES,
      ...DESTINATION_CAPABILITIES,
    ] as CreateKeyOptions["capabilities"];
    const bad = await b2.createKey({ keyName: "unsuitable", capabilities, ...unsuitable });
    await helper.setupDestination(bad.id, destination);
    await destination.update({
      replicationConfiguration: {
        asReplicationDestination: { sourceToDestinationKeyMapping: { [bad.id]: bad.id } },
      },
    });
    await helper.setupSource(source, bad.id, destination);
    const done = await helper.setupBoth(source, destination);
    expect(sourceKeyOf(done.source)).not.toBe(bad.id);
    const mapping = mappingOf(done.destination);
    expect(mapping[bad.id]).toBe(bad.id);
    expect(mapping[sourceKeyOf(done.source)]).not.toBe(bad.id);
  });

  test("drops consents whose key is gone, which the service would refuse", async () => {
    const { b2, source, destination, helper } = await start();
    const done = await helper.setupBoth(source, destination);
    await b2.deleteKeyById(Object.values(mappingOf(done.destination))[0] ?? "");
    const other = await b2.createBucket("other-source", "allPrivate");
    const { source: otherSource, destination: again } = await helper.setupBoth(other, destination);
    expect(Object.keys(mappingOf(again))).toEqual([sourceKeyOf(otherSource)]);
  });

  test("loses nothing of several at once, and makes one key where it begins anew", async () => {
    const { b2, destination, helper } = await start();
    const sources = await Promise.all(
      ["one", "two", "three", "four"].map((name) => b2.createBucket(`source-${name}`, "allPrivate")),
    );
    await Promise.all(sources.map((source) => helper.setupBoth(source, destination)));
    expect(Object.keys(mappingOf(await destination.getFreshState()))).toHaveLength(4);
    const made = (await keyNames(b2)).filter((name) => name.endsWith("-replidst"));
    expect(made.length).toBeLessThanOrEqual(4);
  });

  test("works between two accounts", async () => {
    const { b2, source } = await start();
    const otherAccount = apiFor(await emulatorForTest());
    const destination = await otherAccount.createBucket("far-away-bucket", "allPrivate");
    const done = await new ReplicationSetupHelper(b2, otherAccount).setupBoth(source, destination);
    expect(rulesOf(done.source)[0]?.destinationBucketId).toBe(destination.id);
    expect(await keyNames(b2)).toEqual(["source-bucket-replisrc"]);
    expect(await keyNames(otherAccount)).toEqual(["far-away-bucket-replidst"]);
  });

  test.each([
    ["a priority of 0", { priority: 0 }, RangeError],
    ["a priority beyond 31 bits", { priority: 2 ** 31 }, RangeError],
    ["half a priority", { priority: 1.5 }, RangeError],
    ["a name with a blank", { name: "my rule" }, TypeError],
    ["an empty name", { name: "" }, TypeError],
    ["a long name", { name: "x".repeat(65) }, TypeError],
  ])("refuses %s before anything is changed", async (_, options, kind) => {
    const { emulator, source, destination, helper } = await start();
    emulator.requests.clear();
    await expect(helper.setupBoth(source, destination, options)).rejects.toThrow(kind);
    expect(emulator.requests.total).toBe(0);
  });

  test("refuses a name that is taken", async () => {
    const { source, destination, helper } = await start();
    await helper.setupBoth(source, destination, { name: "mine" });
    await expect(helper.setupBoth(source, destination, { name: "mine" })).rejects.toThrow(
      /named mine already/,
    );
  });

  test("refuses to overwrite what the key may not read", async () => {
    const { emulator, b2, source, destination, helper } = await start();
    await helper.setupBoth(source, destination);
    const key = await b2.createKey({
      keyName: "blind",
      capabilities: ["listBuckets", "writeBuckets", "writeBucketReplications", "listKeys", "writeKeys"],
    });
    const blind = apiFor(emulator, { applicationKeyId: key.id, applicationKey: key.applicationKey });
    const [from, to] = await Promise.all([
      blind.getBucketById(source.id),
      blind.getBucketById(destination.id),
    ]);
    const refused = new ReplicationSetupHelper(blind).setupBoth(from, to);
    await expect(refused).rejects.toBeInstanceOf(RestrictionError);
    await expect(refused).rejects.toThrow(/lacks readBucketReplications/);
    expect(rulesOf(await source.getFreshState())).toHaveLength(1);
  });
});

test("names of keys and rules stay within the service's limits for the longest bucket names", async () => {
  const { b2, source, helper } = await start();
  const destination = await b2.createBucket(`long-${"x".repeat(58)}`, "allPrivate");
  let done = await helper.setupBoth(source, destination);
  for (let rule = 2; rule <= 11; rule++) {
    done = await helper.setupBoth(source, destination, { prefix: `${rule}/` });
  }
  const names = rulesOf(done.source).map(({ replicationRuleName }) => replicationRuleName);
  expect(new Set(names).size).toBe(11);
  expect(Math.max(...names.map((name) => name.length))).toBe(64);
});
