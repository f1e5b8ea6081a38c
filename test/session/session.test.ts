import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import { describe, expect, test, vi } from "vitest";
import type { Emulator } from "../../src/emulator/index.ts";
import type { CreateKeyOptions } from "../../src/index.ts";
import {
  AuthorizationError,
  type B2Api,
  type B2ApiOptions,
  ClockSkewError,
  ConflictError,
  NotFoundError,
  RefusedError,
  RestrictionError,
  UnavailableError,
} from "../../src/index.ts";
import { nodeTransport } from "../../src/raw/index.ts";
import {
  apiFor,
  type CannedAnswer,
  cannedTransport,
  emulatorForTest,
  fileForTest,
  folderForTest,
} from "../support.ts";

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );

/** A facade with a key of its own. */
async function apiWithKey(
  emulator: Emulator,
  key: Partial<CreateKeyOptions>,
  options: B2ApiOptions = {},
): Promise<B2Api> {
  const created = await apiFor(emulator).createKey({
    keyName: "test-key",
    capabilities: ["listBuckets", "listFiles", "readFiles", "writeFiles", "deleteFiles"],
    ...key,
  });
  return apiFor(emulator, {
    applicationKeyId: created.id,
    applicationKey: created.applicationKey,
    ...options,
  });
}

describe("answers that are not the service's", () => {
  test.each<[string, CannedAnswer]>([
    ["HTML with 502", [502, "<html>Bad Gateway</html>", { "Content-Type": "text/html" }]],
    ["a JSON array with 503", [503, []]],
    ["swapped code and status", [503, { code: 503, status: "service_unavailable", message: "" }]],
    ["an empty 500", [500, ""]],
    ["a huge 500", [500, "x".repeat(1_000_000)]],
  ])("%s is repeated like any failure of the service (b2sdk 7)", async (_, answer) => {
    const emulator = await emulatorForTest();
    const b2 = apiFor(emulator, { transport: cannedTransport("b2_list_buckets", [answer]) });
    expect(await b2.listBuckets()).toEqual([]);
  });

  test("bad_json is refused without a wait (b2sdk 6)", async () => {
    const canned: CannedAnswer = [400, { status: 400, code: "bad_json", message: "no" }];
    const b2 = apiFor(await emulatorForTest(), {
      transport: cannedTransport("b2_list_buckets", [canned]),
      retry: { firstDelayMillis: 1e9, budgetMillis: 1e12 },
    });
    const error = await failure(b2.listBuckets());
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ code: "bad_json" });
  });

  test.each<[string, CannedAnswer]>([
    ["without a code", [404, ""]],
    ["with not_found", [404, { status: 404, code: "not_found", message: "" }]],
  ])("a 404 %s is NotFoundError (b2sdk 12)", async (_, answer) => {
    const b2 = apiFor(await emulatorForTest(), { transport: cannedTransport("b2_get_file_info", [answer]) });
    expect(await failure(b2.getFileInfo("4_z"))).toBeInstanceOf(NotFoundError);
  });

  test("what looks like an S3 endpoint as realm is explained (b2sdk 8)", async () => {
    const transport = cannedTransport("b2_authorize_account", [[400, "<?xml version='1.0'?><Error/>"]]);
    const b2 = apiFor(await emulatorForTest(), {
      realm: "https://s3.us-west-004.backblazeb2.com",
      transport,
    });
    await expect(b2.listBuckets()).rejects.toThrow(/S3-compatible API/);
  });
});

describe("authorization", () => {
  test.each([11, -11])("with a clock %d minutes off is refused (b2sdk 10)", async (minutes) => {
    const emulator = await emulatorForTest();
    vi.useFakeTimers({ now: Date.now() + minutes * 60_000, toFake: ["Date"] });
    try {
      const error = await failure(apiFor(emulator).listBuckets());
      expect(error).toBeInstanceOf(ClockSkewError);
      expect(String(error)).toMatch(minutes > 0 ? /11 minutes ahead of/ : /11 minutes behind/);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each(["unsupported", "email_not_verified", "no_payment_history", "bad_auth_token", "unauthorized"])(
    "refused with %s is reported once, never repeated",
    async (code) => {
      const emulator = await emulatorForTest();
      const canned: CannedAnswer = [401, { status: 401, code, message: "" }];
      const b2 = apiFor(emulator, { transport: cannedTransport("b2_authorize_account", [canned]) });
      const error = await failure(b2.listBuckets());
      expect(error).toBeInstanceOf(AuthorizationError);
      expect(error).toMatchObject({ code });
      expect(emulator.requests.total).toBe(0);
    },
  );

  test.each<[string, CannedAnswer]>([
    ["expired_auth_token", [401, { status: 401, code: "expired_auth_token", message: "" }]],
    ["bad_auth_token", [401, { status: 401, code: "bad_auth_token", message: "" }]],
    ["an empty body", [401, ""]],
    ["HTML", [401, "<html>no</html>"]],
  ])("is renewed after 401 with %s (b2sdk 13)", async (_, answer) => {
    const emulator = await emulatorForTest();
    const b2 = apiFor(emulator, { transport: cannedTransport("b2_list_buckets", [answer]) });
    await b2.listBuckets();
    expect(emulator.requests.count("b2_authorize_account")).toBe(2);
  });

  test("is renewed after a HEAD that was answered 401, which has no body", async () => {
    const emulator = await emulatorForTest();
    const b2 = apiFor(emulator, { transport: cannedTransport("/file/", [[401, ""]]) });
    const bucket = await b2.createBucket("test-bucket", "allPrivate");
    await bucket.uploadLocalFile(await fileForTest(await folderForTest(), "source", 3), "a");
    expect((await bucket.getFileInfoByName("a")).size).toBe(3);
    expect(emulator.requests.count("b2_authorize_account")).toBe(2);
  });

  test("is renewed again for a call whose next tokens die too, but not for ever", async () => {
    const emulator = await emulatorForTest();
    const refusal: CannedAnswer = [401, { status: 401, code: "expired_auth_token", message: "" }];
    const retry = { firstDelayMillis: 1 };
    const lucky = apiFor(emulator, {
      retry,
      transport: cannedTransport("b2_list_buckets", [refusal, refusal, refusal]),
    });
    expect(await lucky.listBuckets()).toEqual([]);
    expect(emulator.requests.count("b2_authorize_account")).toBe(4);
    const refused = apiFor(emulator, {
      retry,
      transport: cannedTransport("b2_list_buckets", [refusal, refusal, refusal, refusal]),
    });
    expect(await failure(refused.listBuckets())).toBeInstanceOf(AuthorizationError);
    expect(emulator.requests.count("b2_authorize_account")).toBe(8);
    expect(emulator.requests.count("b2_list_buckets")).toBe(1);
  });

  test("is renewed before a token of 24 hours ends", async () => {
    const emulator = await emulatorForTest();
    const b2 = apiFor(emulator);
    await b2.listBuckets();
    const date = vi.spyOn(Date, "now").mockReturnValue(Date.now() + (24 * 60 - 9) * 60_000);
    try {
      const error = await failure(b2.listBuckets());
      expect(error).toBeInstanceOf(ClockSkewError); // It asked, and the emulator's own clock did not move.
    } finally {
      date.mockRestore();
    }
    expect(emulator.requests.count("b2_authorize_account")).toBe(2);
    expect(emulator.requests.count("b2_list_buckets")).toBe(1);
  });

  test("is not renewed for a 401 that comes late, when the token was replaced meanwhile", async () => {
    const emulator = await emulatorForTest();
    const inner = nodeTransport();
    let answerLate = () => {};
    const isAnswered = new Promise<void>((resolve) => {
      answerLate = resolve;
    });
    const b2 = apiFor(emulator, {
      transport: async (request) => {
        const response = await inner(request);
        if (request.url.includes("b2_get_file_info") && response.status === 401) {
          await isAnswered;
        }
        return response;
      },
    });
    await b2.authorizeAccount();
    emulator.clock.advance(25 * 60 * 60 * 1000);
    const late = failure(
      b2.getFileInfo("4_z0123456789abcdef01234567_f100_d20200101_m000000_c001_v0001_t0000"),
    );
    await b2.listBuckets();
    expect(emulator.requests.count("b2_authorize_account")).toBe(2);
    answerLate();
    expect(await late).not.toBeInstanceOf(AuthorizationError);
    expect(emulator.requests.count("b2_get_file_info")).toBe(2);
    expect(emulator.requests.count("b2_authorize_account")).toBe(2);
  });

  test.each(["email_not_verified", "no_payment_history", "unauthorized"])(
    "is not renewed for a call that is refused with %s",
    async (code) => {
      const emulator = await emulatorForTest();
      const transport = cannedTransport("b2_list_buckets", [[401, { status: 401, code, message: "" }]]);
      const error = await failure(apiFor(emulator, { transport }).listBuckets());
      expect(error).toBeInstanceOf(AuthorizationError);
      expect(error).toMatchObject({ code });
      expect(emulator.requests.count("b2_authorize_account")).toBe(1);
    },
  );

  test("with another key replaces the account, its token and its buckets (b2sdk 16)", async () => {
    const [one, two] = [await emulatorForTest(), await emulatorForTest()];
    const b2 = apiFor(one);
    await b2.createBucket("bucket-of-one", "allPrivate");
    const { url: realm, applicationKeyId, applicationKey } = two;
    await b2.authorizeAccount({ realm, applicationKeyId, applicationKey });
    expect(await b2.getAccountId()).toBe(two.accountId);
    expect(await failure(b2.getBucketByName("bucket-of-one"))).toBeInstanceOf(NotFoundError);
  });

  test("tells the master key from others (b2sdk 18)", async () => {
    const emulator = await emulatorForTest();
    expect(await apiFor(emulator).isMasterKey()).toBe(true);
    expect(await (await apiWithKey(emulator, {})).isMasterKey()).toBe(false);
  });

  test("an aborted caller stops waiting, others go on", async () => {
    const emulator = await emulatorForTest();
    const b2 = apiFor(emulator);
    const controller = new AbortController();
    const reason = new Error("enough");
    const [stopped, other] = [b2.listBuckets({ signal: controller.signal }), b2.listBuckets()];
    controller.abort(reason);
    await expect(stopped).rejects.toBe(reason);
    expect(await other).toEqual([]);
    expect(emulator.requests.count("b2_authorize_account")).toBe(1);
  });
});

describe("an application key's restrictions", () => {
  test("refuse a call for want of a capability before any request, and say what the key may do (b2sdk 14)", async () => {
    const emulator = await emulatorForTest();
    const b2 = await apiWithKey(emulator, { capabilities: ["listFiles"] });
    await b2.authorizeAccount();
    emulator.requests.clear();
    const error = await failure(b2.listBuckets());
    expect(error).toBeInstanceOf(RestrictionError);
    expect(String(error)).toMatch(
      /needs the capability listBuckets; .* capabilities listFiles, no restrictions/,
    );
    expect(emulator.requests.total).toBe(0);
  });

  test("answer name and id of their buckets without a request (b2sdk 22)", async () => {
    const emulator = await emulatorForTest();
    const bucket = await apiFor(emulator).createBucket("allowed-one", "allPrivate");
    const b2 = await apiWithKey(emulator, { bucketIds: [bucket.id] });
    await b2.authorizeAccount();
    emulator.requests.clear();
    expect((await b2.getBucketByName("allowed-one")).id).toBe(bucket.id);
    expect((await b2.getBucketById(bucket.id)).name).toBe("allowed-one");
    expect(emulator.requests.total).toBe(0);
  });

  test("whose only bucket is gone are explained (b2sdk 23)", async () => {
    const emulator = await emulatorForTest();
    const owner = apiFor(emulator);
    const bucket = await owner.createBucket("soon-gone-bucket", "allPrivate");
    const b2 = await apiWithKey(emulator, { bucketIds: [bucket.id] });
    await owner.deleteBucket(bucket);
    await expect(b2.listBuckets()).rejects.toThrow(`Every bucket that the key is for is gone: ${bucket.id}`);
    await expect(b2.getBucketByName("soon-gone-bucket")).rejects.toBeInstanceOf(RestrictionError);
  });

  test("to two buckets list exactly those, find each, and refuse any other (b2sdk 24)", async () => {
    const emulator = await emulatorForTest();
    const owner = apiFor(emulator);
    const buckets = await Promise.all(
      ["allowed-a", "allowed-b", "forbidden-c"].map((name) => owner.createBucket(name, "allPrivate")),
    );
    const [a, b, c] = buckets;
    const b2 = await apiWithKey(emulator, { bucketIds: [a?.id ?? "", b?.id ?? ""] });
    expect((await b2.listBuckets()).map(({ name }) => name).sort()).toEqual(["allowed-a", "allowed-b"]);
    expect((await b2.getBucketByName("allowed-b")).id).toBe(b?.id);
    emulator.requests.clear();
    await expect(b2.getBucketByName("forbidden-c")).rejects.toThrow(/buckets allowed-a, allowed-b/);
    await expect(b2.getBucketByName("Allowed-A")).rejects.toBeInstanceOf(RestrictionError);
    await expect(b2.getBucketById(c?.id ?? "")).rejects.toBeInstanceOf(RestrictionError);
    await expect(b2.checkBucketNameRestrictions("forbidden-c")).rejects.toBeInstanceOf(RestrictionError);
    await expect(b2.checkBucketIdRestrictions(c?.id ?? "")).rejects.toBeInstanceOf(RestrictionError);
    await b2.checkBucketNameRestrictions("allowed-a");
    await b2.checkBucketIdRestrictions(b?.id ?? "");
    expect(emulator.requests.total).toBe(0);
  });

  test("to a prefix refuse the versions of other names, and of names that cannot be, before any request", async () => {
    const emulator = await emulatorForTest();
    await apiFor(emulator).createBucket("test-bucket", "allPrivate");
    const b2 = await apiWithKey(emulator, { namePrefix: "mine/" });
    const bucket = await b2.getBucketByName("test-bucket");
    emulator.requests.clear();
    await expect(bucket.listFileVersions("yours/a").next()).rejects.toBeInstanceOf(RestrictionError);
    expect(() => bucket.listFileVersions("")).toThrow(/file name is empty/);
    expect(() => bucket.listFileVersions("a\u0000")).toThrow(TypeError);
    expect(() => bucket.listFileVersions("ä".repeat(513))).toThrow(RangeError);
    expect(emulator.requests.total).toBe(0);
  });

  test("to a prefix refuse other names before any request", async () => {
    const emulator = await emulatorForTest();
    const { id } = await apiFor(emulator).createBucket("test-bucket", "allPrivate");
    const b2 = await apiWithKey(emulator, { bucketIds: [id], namePrefix: "mine/" });
    const bucket = await b2.getBucketByName("test-bucket");
    const source = await fileForTest(await folderForTest(), "source", 3);
    await bucket.uploadLocalFile(source, "mine/a");
    emulator.requests.clear();
    await expect(bucket.hideFile("yours/a")).rejects.toThrow(
      /"yours\/a" does not begin with the key's prefix/,
    );
    await expect(bucket.uploadLocalFile(source, "yours/a")).rejects.toBeInstanceOf(RestrictionError);
    await expect(bucket.downloadFileByName("yours/a")).rejects.toBeInstanceOf(RestrictionError);
    expect(emulator.requests.byTransactionClass).toEqual({ A: 0, B: 0, C: 0 });
    expect(await (await bucket.downloadFileByName("mine/a")).bytes()).toHaveLength(3);
  });

  test.each(["mine/", "mine"])(
    "to the prefix %s let everything below it be looked up and moved",
    async (namePrefix) => {
      const emulator = await emulatorForTest();
      const { id } = await apiFor(emulator).createBucket("test-bucket", "allPrivate");
      const capabilities: CreateKeyOptions["capabilities"] = [
        "listBuckets",
        "listFiles",
        "readFiles",
        "writeFiles",
        "deleteFiles",
        "shareFiles",
      ];
      const b2 = await apiWithKey(emulator, { bucketIds: [id], namePrefix, capabilities });
      const bucket = await b2.getBucketByName("test-bucket");
      const stored = await bucket.uploadBytes(new Uint8Array(3), "mine/a");
      expect(await b2.getFileInfoByName("test-bucket", "mine/a")).toMatchObject({ id: stored.id });
      expect(await bucket.getFileInfoByName("mine/a")).toMatchObject({ id: stored.id });
      expect(await b2.getFileInfo(stored.id ?? "")).toMatchObject({ name: "mine/a" });
      expect((await bucket.listFileVersions("mine/a").next()).value).toMatchObject({ id: stored.id });
      expect(await bucket.getDownloadAuthorization("mine/", 60)).not.toBe("");
      await bucket.hideFile("mine/a");
      await bucket.unhideFile("mine/a");
      await bucket.copy(stored.id ?? "", "mine/b");
      await stored.delete();
      const names: string[] = [];
      for await (const { fileVersion } of bucket.ls("mine")) {
        names.push(fileVersion.name);
      }
      expect(names).toEqual(["mine/b"]);
      expect(emulator.requests.list.map(({ status }) => status)).not.toContain(401);
    },
  );

  test("are told with a 401 that says unauthorized, even without words of the service (b2sdk 14, 15)", async () => {
    const canned: CannedAnswer = [401, { status: 401, code: "unauthorized", message: "" }];
    const b2 = apiFor(await emulatorForTest(), { transport: cannedTransport("b2_list_buckets", [canned]) });
    const error = await failure(b2.listBuckets());
    expect(error).toBeInstanceOf(AuthorizationError);
    expect(String(error)).toMatch(
      /401 unauthorized; the application key has capabilities .*listBuckets.* no restrictions/,
    );
  });
});

test("the caller's own User-Agent stands behind b2kit's and the runtime's, after one space (b2sdk 11)", async () => {
  const agents = new Set<string | undefined>();
  const inner = nodeTransport();
  const b2 = apiFor(await emulatorForTest(), {
    userAgentAppend: "backup-tool/2.1 (nightly)",
    transport: async (request) => {
      agents.add(new Headers(request.headers).get("User-Agent") ?? undefined);
      return await inner(request);
    },
  });
  const bucket = await b2.createBucket("test-bucket", "allPrivate");
  await bucket.uploadLocalFile(await fileForTest(await folderForTest(), "source", 1), "a");
  await (await bucket.downloadFileByName("a")).bytes();
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  expect([...agents]).toEqual([`b2kit/${version} node/${process.versions.node} backup-tool/2.1 (nightly)`]);
});

describe("calls that are not repeated blindly", () => {
  const lost: CannedAnswer = [503, { status: 503, code: "service_unavailable", message: "" }];

  /** Lets the real service act, and loses its answer once. */
  function losing(text: string): NonNullable<B2ApiOptions["transport"]> {
    const real = cannedTransport("", []);
    const canned = cannedTransport("", [lost]);
    let isLost = false;
    return async (request) => {
      if (isLost || !request.url.includes(text)) {
        return await real(request);
      }
      isLost = true;
      (await real(request)).discard();
      return await canned(request);
    };
  }

  test("a bucket that was created although the answer was lost is found", async () => {
    const emulator = await emulatorForTest();
    const b2 = apiFor(emulator, { transport: losing("b2_create_bucket") });
    expect((await b2.createBucket("test-bucket", "allPrivate")).name).toBe("test-bucket");
    expect(emulator.requests.count("b2_create_bucket")).toBe(1);
  });

  test("a bucket that was not created is created", async () => {
    const emulator = await emulatorForTest();
    const b2 = apiFor(emulator, { transport: cannedTransport("b2_create_bucket", [lost]) });
    expect((await b2.createBucket("test-bucket", "allPrivate")).name).toBe("test-bucket");
  });

  test("deletions and hiding whose answer was lost count as done", async () => {
    const emulator = await emulatorForTest();
    const owner = apiFor(emulator);
    const { name, id } = await owner.createBucket("test-bucket", "allPrivate");
    const version = await (await owner.getBucketByName(name)).uploadLocalFile(
      await fileForTest(await folderForTest(), "source", 1),
      "a",
    );
    const key = await owner.createKey({ keyName: "a-key", capabilities: ["listFiles"] });
    const bucketLosing = async (text: string) =>
      await apiFor(emulator, { transport: losing(text) }).getBucketById(id);

    const marker = await (await bucketLosing("b2_hide_file")).hideFile("a");
    expect(marker.action).toBe("hide");
    await (await bucketLosing("b2_delete_file_version")).deleteFileVersion(marker.id ?? "", "a");
    await (await bucketLosing("b2_delete_file_version")).deleteFileVersion(version.id ?? "", "a");
    await apiFor(emulator, { transport: losing("b2_delete_key") }).deleteKey(key);
    expect(await owner.getKey(key.id)).toBeUndefined();
    await apiFor(emulator, { transport: losing("b2_delete_bucket") }).deleteBucket(id);
    expect(await owner.listBuckets()).toEqual([]);
  });

  test("a key whose answer was lost is named, because its secret is lost", async () => {
    const emulator = await emulatorForTest();
    const b2 = apiFor(emulator, { transport: losing("b2_create_key") });
    const error = await failure(b2.createKey({ keyName: "my-key", capabilities: ["listFiles"] }));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(String(error)).toMatch(/a key named my-key exists/);
    expect(emulator.requests.count("b2_create_key")).toBe(1);
  });

  test("a key that was not created is created", async () => {
    const b2 = apiFor(await emulatorForTest(), { transport: cannedTransport("b2_create_key", [lost]) });
    expect((await b2.createKey({ keyName: "my-key", capabilities: ["listFiles"] })).name).toBe("my-key");
  });
});

describe("secrets", () => {
  test("show in no rendering of facade, keys and errors", async () => {
    const emulator = await emulatorForTest();
    const b2 = apiFor(emulator);
    const key = await b2.createKey({ keyName: "my-key", capabilities: ["listFiles"] });
    const { authorizationToken } = (
      await b2.raw.GET("/b2api/v4/b2_authorize_account", {
        baseUrl: emulator.url,
        headers: {
          Authorization: `Basic ${btoa(`${emulator.applicationKeyId}:${emulator.applicationKey}`)}`,
        },
      })
    ).data ?? { authorizationToken: "?" };
    const bucket = await b2.createBucket("test-bucket", "allPrivate");
    const errors = await Promise.all([
      failure(b2.getBucketByName("missing-bucket")),
      failure(b2.createBucket("test-bucket", "allPrivate")),
      failure(apiFor(emulator, { applicationKey: key.applicationKey }).listBuckets()),
      failure(bucket.downloadFileByName("missing")),
    ]);
    const shown = [b2, bucket, key, ...errors].map(
      (value) => `${inspect(value, { depth: 12, showHidden: true })} ${JSON.stringify(value)}`,
    );
    for (const secret of [emulator.applicationKey, key.applicationKey, authorizationToken]) {
      expect(secret.length).toBeGreaterThan(10);
      expect(shown.join()).not.toContain(secret);
    }
  });
});

describe("buckets and files", () => {
  test("a stale revision is a conflict, and change() repeats it (b2sdk 26)", async () => {
    const emulator = await emulatorForTest();
    const b2 = apiFor(emulator);
    const bucket = await b2.createBucket("test-bucket", "allPrivate");
    const stale = bucket.revision ?? 0;
    await bucket.setInfo({ first: "1" });
    const error = await failure(bucket.update({ bucketInfo: {} }, { ifRevisionIs: stale }));
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ code: "conflict", status: 409 });
    let rounds = 0;
    const changed = await bucket.change(({ info }) => {
      rounds += 1;
      return { bucketInfo: { ...info, second: "2" } };
    });
    expect(changed.info).toEqual({ first: "1", second: "2" });
    expect(rounds).toBe(1);
  });

  test("two changes at once lose nothing", async () => {
    const b2 = apiFor(await emulatorForTest());
    const bucket = await b2.createBucket("test-bucket", "allPrivate");
    const names = ["a", "b", "c", "d", "e", "f"];
    await Promise.all(
      names.map((name) => bucket.change(({ info }) => ({ bucketInfo: { ...info, [name]: name } }))),
    );
    expect(Object.keys((await bucket.getFreshState()).info ?? {}).sort()).toEqual(names);
    await Promise.all(
      names.map((prefix) =>
        bucket.setLifecycleRule({ fileNamePrefix: `${prefix}/`, daysFromHidingToDeleting: 1 }),
      ),
    );
    await bucket.removeLifecycleRule("a/");
    expect((await bucket.getFreshState()).lifecycleRules).toHaveLength(5);
  });

  test("nothing to update is refused before a request", async () => {
    const bucket = await apiFor(await emulatorForTest()).createBucket("test-bucket", "allPrivate");
    await expect(bucket.update({})).rejects.toThrow(TypeError);
  });

  test("a cached name is never stale after delete, nor after the service says that it is", async () => {
    const emulator = await emulatorForTest();
    const b2 = apiFor(emulator);
    const bucket = await b2.createBucket("test-bucket", "allPrivate");
    await b2.deleteBucket(bucket);
    expect(await failure(b2.getBucketByName("test-bucket"))).toBeInstanceOf(NotFoundError);
    const second = await b2.createBucket("test-bucket", "allPrivate");
    await apiFor(emulator).deleteBucket(second.id);
    expect((await b2.getBucketByName("test-bucket")).id).toBe(second.id);
    expect(await failure(second.setInfo({}))).toBeInstanceOf(NotFoundError);
    expect(await failure(b2.getBucketByName("test-bucket"))).toBeInstanceOf(NotFoundError);
  });

  test("keys are listed in the order of ids across pages; an unknown one is undefined (b2sdk 25)", async () => {
    const b2 = apiFor(await emulatorForTest());
    const created = [];
    for (const keyName of ["key-c", "key-a", "key-b"]) {
      created.push(await b2.createKey({ keyName, capabilities: ["listFiles"] }));
    }
    const listed = [];
    for await (const key of b2.listKeys()) {
      listed.push(key);
    }
    expect(listed.map(({ id }) => id)).toEqual(created.map(({ id }) => id).sort());
    expect((await b2.getKey(created[1]?.id ?? ""))?.name).toBe("key-a");
    expect(await b2.getKey("0040a1b2c3d4e5f0000009999")).toBeUndefined();
  });

  test("hide and unhide leave one version, and unhide refuses what is not hidden (b2sdk 34)", async () => {
    const b2 = apiFor(await emulatorForTest());
    const bucket = await b2.createBucket("test-bucket", "allPrivate");
    await bucket.uploadLocalFile(await fileForTest(await folderForTest(), "source", 1), "a");
    await bucket.hideFile("a");
    expect(await failure(bucket.hideFile("a"))).toBeInstanceOf(ConflictError);
    expect(await failure(bucket.downloadFileByName("a"))).toBeInstanceOf(NotFoundError);
    expect((await bucket.unhideFile("a")).action).toBe("hide");
    expect(await failure(bucket.unhideFile("a"))).toBeInstanceOf(ConflictError);
    expect(await failure(bucket.unhideFile("missing"))).toBeInstanceOf(NotFoundError);
    const versions = [];
    for await (const version of bucket.listFileVersions("a")) {
      versions.push(version.action);
    }
    expect(versions).toEqual(["upload"]);
  });

  test("names and info with ?, %3F and %253F stay distinct on every way (b2sdk 56)", async () => {
    const b2 = apiFor(await emulatorForTest());
    const bucket = await b2.createBucket("test-bucket", "allPrivate");
    const source = await fileForTest(await folderForTest(), "source", 1);
    const names = ["a?b", "a%3Fb", "a%253Fb", "a+b", "a b", "a%2Bb", "ä/🦊", "a\\b", "./a/../b"];
    for (const name of names) {
      await bucket.uploadLocalFile(source, name, { fileInfo: { original: name } });
    }
    for (const name of names) {
      const version = await bucket.getFileInfoByName(name);
      expect(version.name).toBe(name);
      expect(version.fileInfo.original).toBe(name);
      expect((await bucket.getFileInfoById(version.id)).name).toBe(name);
      expect((await bucket.downloadFileByName(name)).downloadVersion.id).toBe(version.id);
      const response = await fetch(await b2.getDownloadUrlForFileId(version.id), {
        headers: {
          Authorization: (await bucket.getDownloadAuthorization("", 60)).slice(0, 0) || (await tokenOf(b2)),
        },
      });
      expect(response.status).toBe(200);
      await response.body?.cancel();
    }
  });
});

async function tokenOf(b2: B2Api): Promise<string> {
  let token = "";
  b2.raw.use({
    onRequest({ request }) {
      token = request.headers.get("Authorization") ?? "";
    },
  });
  await b2.raw.POST("/b2api/v4/b2_list_buckets", { body: { accountId: await b2.getAccountId() } });
  return token;
}
