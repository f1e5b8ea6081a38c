import { describe, expect, test } from "vitest";
import {
  type Bucket,
  type BucketChanges,
  ConflictError,
  type CreateBucketOptions,
  type CreateKeyOptions,
  RefusedError,
  RestrictionError,
} from "../src/index.ts";
import { apiFor, emulatorForTest } from "./support.ts";

const corsRule = {
  corsRuleName: "from-our-site",
  allowedOrigins: ["https://www.example.com"],
  allowedOperations: ["b2_download_file_by_name" as const],
  allowedHeaders: ["range"],
  exposeHeaders: ["x-bz-content-sha1"],
  maxAgeSeconds: 3600,
};
const lifecycleRule = {
  fileNamePrefix: "logs/",
  daysFromHidingToDeleting: 1,
  daysFromUploadingToHiding: 30,
  daysFromStartingToCancelingUnfinishedLargeFiles: 2,
};
const encryption = { mode: "SSE-B2" as const, algorithm: "AES256" as const };
const retention = { mode: "governance" as const, period: { duration: 7, unit: "days" as const } };
const readable = <T>(value: T) => ({ isClientAuthorizedToRead: true, value });

async function start(fileLockEnabled = false) {
  const emulator = await emulatorForTest();
  const b2 = apiFor(emulator);
  const bucket = await b2.createBucket("test-bucket", "allPrivate", { fileLockEnabled });
  const withKey = async (capabilities: CreateKeyOptions["capabilities"]) => {
    const key = await b2.createKey({ keyName: "limited", capabilities });
    return apiFor(emulator, { applicationKeyId: key.id, applicationKey: key.applicationKey });
  };
  return { emulator, b2, bucket, withKey };
}

describe("a bucket's settings", () => {
  test("are those that it was created with", async () => {
    const { b2 } = await start();
    const bucket = await b2.createBucket("another-bucket", "allPublic", {
      bucketInfo: { owner: "ops" },
      corsRules: [corsRule],
      lifecycleRules: [lifecycleRule],
      defaultServerSideEncryption: encryption,
      fileLockEnabled: true,
    });
    const fresh = await bucket.getFreshState();
    for (const { type, info, corsRules, lifecycleRules, ...others } of [bucket, fresh].map(settingsOf)) {
      expect({ type, info }).toEqual({ type: "allPublic", info: { owner: "ops" } });
      expect(corsRules).toEqual([corsRule]);
      expect(lifecycleRules).toEqual([lifecycleRule]);
      expect(others.defaultServerSideEncryption).toEqual(readable(encryption));
      expect(others.fileLockConfiguration?.value?.isFileLockEnabled).toBe(true);
    }
  });

  test.each<[string, BucketChanges, keyof Bucket, unknown]>([
    ["type", { bucketType: "allPublic" }, "type", "allPublic"],
    ["info", { bucketInfo: { a: "1" } }, "info", { a: "1" }],
    ["CORS rules", { corsRules: [corsRule] }, "corsRules", [corsRule]],
    ["lifecycle rules", { lifecycleRules: [lifecycleRule] }, "lifecycleRules", [lifecycleRule]],
    [
      "default encryption",
      { defaultServerSideEncryption: encryption },
      "defaultServerSideEncryption",
      readable(encryption),
    ],
    [
      "file lock",
      { fileLockEnabled: true },
      "fileLockConfiguration",
      readable({ isFileLockEnabled: true, defaultRetention: { mode: null, period: null } }),
    ],
    [
      "file lock and default retention",
      { fileLockEnabled: true, defaultRetention: retention },
      "fileLockConfiguration",
      readable({ isFileLockEnabled: true, defaultRetention: retention }),
    ],
  ])("change in %s alone", async (_, changes, name, expected) => {
    const { bucket } = await start();
    const changed = await bucket.update(changes);
    for (const now of [changed, await bucket.getFreshState()]) {
      expect(now[name]).toEqual(expected);
      expect(now.revision).toBeGreaterThan(bucket.revision ?? 0);
      expect(JSON.parse(JSON.stringify(now)).bucketId).toBe(bucket.id);
    }
    const { [name]: _changed, revision: _rises, ...others } = settingsOf(bucket) as Record<string, unknown>;
    expect(settingsOf(changed)).toMatchObject(others);
  });

  test("keep CORS and lifecycle rules apart that several programs change at once", async () => {
    const { bucket } = await start();
    const names = ["from-site-a", "from-site-b", "from-site-c"];
    await Promise.all(
      names.flatMap((corsRuleName) => [
        bucket.setCorsRule({ ...corsRule, corsRuleName }),
        bucket.setLifecycleRule({ ...lifecycleRule, fileNamePrefix: `${corsRuleName}/` }),
      ]),
    );
    await bucket.setCorsRule({ ...corsRule, corsRuleName: "from-site-b", maxAgeSeconds: 1 });
    await bucket.removeCorsRule("from-site-a");
    await bucket.removeLifecycleRule("from-site-c/");
    const { corsRules = [], lifecycleRules = [] } = await bucket.getFreshState();
    expect(corsRules.map(({ corsRuleName, maxAgeSeconds }) => [corsRuleName, maxAgeSeconds]).sort()).toEqual([
      ["from-site-b", 1],
      ["from-site-c", 3600],
    ]);
    expect(lifecycleRules.map(({ fileNamePrefix }) => fileNamePrefix).sort()).toEqual([
      "from-site-a/",
      "from-site-b/",
    ]);
  });

  test("are emptied by empty lists and maps", async () => {
    const { bucket } = await start();
    await bucket.update({ bucketInfo: { a: "1" }, corsRules: [corsRule], lifecycleRules: [lifecycleRule] });
    const emptied = await bucket.update({ bucketInfo: {}, corsRules: [], lifecycleRules: [] });
    expect(settingsOf(emptied)).toMatchObject({ info: {}, corsRules: [], lifecycleRules: [] });
  });

  test("that the key may not read say so", async () => {
    const { bucket, withKey } = await start();
    await bucket.update({ defaultServerSideEncryption: encryption });
    const limited = await withKey(["listBuckets"]);
    const { defaultServerSideEncryption, fileLockConfiguration } = await (
      await limited.getBucketByName("test-bucket")
    ).getFreshState();
    const hidden = { isClientAuthorizedToRead: false, value: null };
    expect({ defaultServerSideEncryption, fileLockConfiguration }).toEqual({
      defaultServerSideEncryption: hidden,
      fileLockConfiguration: hidden,
    });
  });

  test.each<[string, Omit<CreateBucketOptions, "signal">]>([
    ["writeBucketEncryption", { defaultServerSideEncryption: encryption }],
    ["writeBucketRetentions", { fileLockEnabled: true }],
    ["writeBucketRetentions", { defaultRetention: retention }],
    ["writeBucketReplications", { replicationConfiguration: { asReplicationSource: null } }],
  ])("need %s for %o, and are refused before a request without", async (capability, changes) => {
    const { emulator, withKey } = await start();
    const limited = await withKey(["listBuckets", "writeBuckets"]);
    const bucket = await limited.getBucketByName("test-bucket");
    await bucket.update({ bucketInfo: {}, fileLockEnabled: false });
    emulator.requests.clear();
    const refusal = `it needs the capability ${capability}; the application key has capabilities listBuckets, writeBuckets`;
    await expect(bucket.update(changes)).rejects.toThrow(refusal);
    await expect(limited.createBucket("another-bucket", "allPrivate", changes)).rejects.toThrow(refusal);
    await expect(bucket.update(changes)).rejects.toBeInstanceOf(RestrictionError);
    expect(emulator.requests.total).toBe(0);
  });
});

describe("file lock", () => {
  test("cannot be taken from a bucket, and the conflict says so (b2sdk 27)", async () => {
    const { bucket } = await start(true);
    const error = await bucket.update({ fileLockEnabled: false }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ code: "file_lock_conflict", status: 400 });
  });

  test("cannot be given to a replication source, and the conflict says so (b2sdk 27)", async () => {
    const { emulator, b2, bucket } = await start();
    const { id: destinationBucketId } = await b2.createBucket("destination-bucket", "allPrivate");
    const rule = {
      replicationRuleName: "all",
      destinationBucketId,
      fileNamePrefix: "",
      includeExistingFiles: false,
      isEnabled: true,
      priority: 1,
    };
    const asReplicationSource = {
      sourceApplicationKeyId: emulator.applicationKeyId,
      replicationRules: [rule],
    };
    const source = await bucket.update({ replicationConfiguration: { asReplicationSource } });
    expect(source.replicationConfiguration?.value?.asReplicationSource).toEqual(asReplicationSource);
    const error = await source.update({ fileLockEnabled: true }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ code: "source_replication_conflict", status: 400 });
    const freed = await source.update({ replicationConfiguration: { asReplicationSource: null } });
    expect(freed.replicationConfiguration?.value).toBeNull();
  });
});

describe("event notification rules", () => {
  const rule = {
    name: "tell-me-of-uploads",
    eventTypes: ["b2:ObjectCreated:*" as const],
    isEnabled: true,
    objectNamePrefix: "in/",
    targetConfiguration: {
      targetType: "webhook" as const,
      url: "https://www.example.com/hook",
      hmacSha256SigningSecret: "0123456789abcdef0123456789abcdef",
    },
  };

  test("are set, come in the order of their names, and end with none", async () => {
    const { bucket } = await start();
    expect(await bucket.getNotificationRules()).toEqual([]);
    const rules = [
      { ...rule, name: "the-second", objectNamePrefix: "b/" },
      { ...rule, name: "a-first-one", objectNamePrefix: "a/" },
    ];
    const names = (found: { name: string }[]) => found.map(({ name }) => name);
    expect(names(await bucket.setNotificationRules(rules))).toEqual(["a-first-one", "the-second"]);
    expect(names(await bucket.getNotificationRules())).toEqual(["a-first-one", "the-second"]);
    expect((await bucket.getNotificationRules())[0]).toMatchObject({
      isSuspended: false,
      ...rules[1],
    });
    expect(await bucket.setNotificationRules([])).toEqual([]);
  });

  test("as they were answered can be set again", async () => {
    const { bucket } = await start();
    await bucket.setNotificationRules([rule]);
    const answered = await bucket.getNotificationRules();
    expect(await bucket.setNotificationRules(answered)).toEqual(answered);
  });

  test.each([
    ["event_types_empty", []],
    ["event_type_invalid", ["b2:ObjectCreated:Never"]],
    ["event_type_overlap", ["b2:ObjectCreated:*", "b2:ObjectCreated:Copy"]],
    ["event_type_categories", ["b2:ObjectCreated:*", "b2:ObjectDeleted:*"]],
  ])("that are wrong are refused with %s", async (code, eventTypes) => {
    const { bucket } = await start();
    const rules = [{ ...rule, eventTypes: eventTypes as typeof rule.eventTypes }];
    const error = await bucket.setNotificationRules(rules).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code, operation: "b2_set_bucket_notification_rules" });
  });
});

/** The settings by the names of their getters. */
function settingsOf(bucket: Bucket) {
  const { type, info, corsRules, lifecycleRules, revision, options } = bucket;
  const { defaultServerSideEncryption, fileLockConfiguration, replicationConfiguration } = bucket;
  return {
    ...{ type, info, corsRules, lifecycleRules, revision, options },
    ...{ defaultServerSideEncryption, fileLockConfiguration, replicationConfiguration },
  };
}
