import { inspect } from "node:util";
import { Keyv } from "keyv";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { KeyvAccountInfo } from "../../src/session/account-info.ts";
import { AccountInfoError } from "../../src/session/account-info-error.ts";
import { isMasterKey, recordName } from "../../src/session/account-key.ts";
import { apiFor, emulatorForTest } from "../support.ts";
import { authorizationFor, keyFor } from "./account-samples.ts";

const HOUR_MILLIS = 60 * 60 * 1000;
const key = keyFor("any");

/** Makes account info over a store in memory, with the failures that it reports. */
function infoOver(store: object = new Map()) {
  const failures: AccountInfoError[] = [];
  const keyv = new Keyv({ store });
  const info = new KeyvAccountInfo(keyv, { onStoreError: (error) => failures.push(error) });
  return { info, keyv, failures };
}

/** A store whose every method does the same. */
function storeThat(behave: () => unknown) {
  const method = vi.fn(behave);
  return { get: method, set: method, delete: method, clear: method, method };
}

function freezeTime(): void {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
}

describe("a stored authorization", () => {
  test("is stored without the application key, and under a name that does not tell it", async () => {
    const map = new Map();
    const { info } = infoOver(map);
    await info.set(key, authorizationFor("any"));
    await info.buckets.put(key, { bucketId: "1", bucketName: "one" });
    expect(map.size).toBe(2);
    expect(inspect([...map])).not.toContain(key.applicationKey);
  });

  test("says until when its token works, 24 hours from now", async () => {
    freezeTime();
    const { info } = infoOver();
    const { expiresMillis } = await info.set(key, authorizationFor("any"));
    expect(expiresMillis).toBe(Date.now() + 24 * HOUR_MILLIS);
    vi.setSystemTime(Date.now() + HOUR_MILLIS);
    expect((await info.get(key))?.expiresMillis).toBe(expiresMillis);
  });

  test("ends with its application key, if that ends sooner", async () => {
    freezeTime();
    const { info } = infoOver();
    const applicationKeyExpirationTimestamp = Date.now() + HOUR_MILLIS;
    const held = await info.set(key, { ...authorizationFor("any"), applicationKeyExpirationTimestamp });
    expect(held.expiresMillis).toBe(applicationKeyExpirationTimestamp);
    vi.setSystemTime(applicationKeyExpirationTimestamp - 1);
    expect(await info.get(key)).toBeDefined();
    vi.setSystemTime(applicationKeyExpirationTimestamp);
    expect(await info.get(key)).toBeUndefined();
  });

  test("is not stored when its application key has ended by this machine's clock", async () => {
    const map = new Map();
    const { info } = infoOver(map);
    await info.set(key, { ...authorizationFor("any"), applicationKeyExpirationTimestamp: 1 });
    expect(map.size).toBe(0);
  });

  test.each([
    "expiresMillis",
    "accountId",
    "authorizationToken",
    "apiInfo",
    "apiInfo.storageApi",
    "apiInfo.storageApi.apiUrl",
    "apiInfo.storageApi.downloadUrl",
    "apiInfo.storageApi.s3ApiUrl",
    "apiInfo.storageApi.recommendedPartSize",
    "apiInfo.storageApi.absoluteMinimumPartSize",
    "apiInfo.storageApi.allowed",
    "apiInfo.storageApi.allowed.capabilities",
    "apiInfo.storageApi.allowed.buckets",
    "apiInfo.storageApi.allowed.namePrefix",
  ])("is ignored when the record lacks %s", async (path) => {
    const { info, keyv } = infoOver();
    const authorization = await info.set(key, authorizationFor("any"));
    const removed = JSON.parse(JSON.stringify(authorization));
    const steps = path.split(".");
    const last = steps.pop() ?? "";
    delete steps.reduce((outer, step) => outer[step], removed)[last];
    const name = recordName("authorization", key);
    await keyv.set(name, { version: 1, authorization });
    expect(await info.get(key)).toBeDefined();
    await keyv.set(name, { version: 1, authorization: removed });
    expect(await info.get(key)).toBeUndefined();
  });

  test("with the single-bucket restriction of an old API version is asked for again (b2sdk 20)", async () => {
    const { info, keyv } = infoOver();
    const authorization = await info.set(key, authorizationFor("any"));
    const { capabilities, namePrefix } = authorization.apiInfo.storageApi.allowed;
    const allowed = { capabilities, namePrefix, bucketId: "1", bucketName: "one" };
    const apiInfo = { storageApi: { ...authorization.apiInfo.storageApi, allowed } };
    const old = { ...authorization, apiInfo };
    await keyv.set(recordName("authorization", key), { version: 1, authorization: old });
    expect(await info.get(key)).toBeUndefined();
  });
});

describe("bucket names", () => {
  const [one, two] = [
    { bucketId: "1", bucketName: "one" },
    { bucketId: "2", bucketName: "two" },
  ];

  test("of another key or realm are not known, those of the same key still are (b2sdk 16)", async () => {
    const { info } = infoOver();
    await info.buckets.put(key, one);
    expect(await info.buckets.list(keyFor("other"))).toEqual([]);
    expect(await info.buckets.list({ ...key, realm: "https://api.example.net" })).toEqual([]);
    await info.set(key, authorizationFor("renewed"));
    expect(await info.buckets.list(key)).toEqual([one]);
  });

  test("are not taken from the account that was used before (b2sdk 16)", async () => {
    const [first, second] = [await emulatorForTest(), await emulatorForTest()];
    const b2 = apiFor(first);
    const { id } = await b2.createBucket("first-bucket", "allPrivate");
    const { url: realm, applicationKeyId, applicationKey } = second;
    await b2.authorizeAccount({ realm, applicationKeyId, applicationKey });
    await expect(b2.getBucketByName("first-bucket")).rejects.toThrow("first-bucket");
    await b2.authorizeAccount({
      realm: first.url,
      applicationKeyId: first.applicationKeyId,
      applicationKey: first.applicationKey,
    });
    first.requests.clear();
    expect((await b2.getBucketByName("first-bucket")).id).toBe(id);
    expect(first.requests.total).toBe(0);
  });

  test("are replaced by the name's new id and the id's new name", async () => {
    const { info } = infoOver();
    await info.buckets.put(key, one, two);
    await info.buckets.put(key, { bucketId: "3", bucketName: "one" });
    expect(await info.buckets.idOf(key, "one")).toBe("3");
    expect(await info.buckets.nameOf(key, "1")).toBeUndefined();
    expect(await info.buckets.list(key)).toHaveLength(2);
  });

  test("are all forgotten but those of a new list", async () => {
    const { info } = infoOver();
    await info.buckets.put(key, one);
    await info.buckets.replaceAll(key, [two]);
    expect(await info.buckets.list(key)).toEqual([two]);
    await info.buckets.clear(key);
    expect(await info.buckets.list(key)).toEqual([]);
  });

  test("are all kept when many are added at once", async () => {
    const { info } = infoOver();
    const buckets = Array.from({ length: 20 }, (_, i) => ({ bucketId: `${i}`, bucketName: `name-${i}` }));
    await Promise.all(buckets.map((bucket) => info.buckets.put(key, bucket)));
    expect(await info.buckets.list(key)).toEqual(buckets);
  });

  test("hold no more than id and name", async () => {
    const { info } = infoOver();
    await info.buckets.put(key, { ...one, bucketInfo: { secret: "of somebody" } } as typeof one);
    expect(await info.buckets.list(key)).toEqual([one]);
  });

  test("are not written when nothing changes", async () => {
    const map = new Map();
    const { info } = infoOver(map);
    await info.buckets.put(key, one, two);
    const set = vi.spyOn(map, "set");
    await info.buckets.put(key, two);
    await info.buckets.replaceAll(key, [one, two]);
    await info.buckets.remove(key, "3");
    expect(set).not.toHaveBeenCalled();
  });

  test("stay removed when another process brings them back, until they are put again", async () => {
    const map = new Map();
    const [here, there] = [infoOver(map).info, infoOver(map).info];
    await here.buckets.put(key, one, two);
    await here.buckets.remove(key, "1");
    await there.buckets.put(key, one);
    expect(await here.buckets.idOf(key, "one")).toBeUndefined();
    await here.buckets.remove(key, "1");
    expect(await there.buckets.idOf(key, "one")).toBeUndefined();
    await here.buckets.put(key, one);
    expect(await here.buckets.idOf(key, "one")).toBe("1");
  });

  test.each([{ version: 2, buckets: [one] }, { version: 1, buckets: [{ bucketId: 1 }] }, { version: 1 }])(
    "are ignored in the record %j",
    async (record) => {
      const { info, keyv } = infoOver();
      await keyv.set(recordName("buckets", key), record);
      expect(await info.buckets.list(key)).toEqual([]);
    },
  );
});

describe("a store that does not work", () => {
  test.each<[string, () => unknown]>([
    ["throws", () => assertFails()],
    ["rejects", () => Promise.reject(new Error("connection lost"))],
    ["rejects with something that is no error", () => Promise.reject(undefined)],
  ])("makes no method reject when it %s, and is reported each time", async (_, behave) => {
    const { info, failures } = infoOver(storeThat(behave));
    const authorization = authorizationFor("any");
    expect(await info.get(key)).toBeUndefined();
    expect(await info.set(key, authorization)).toMatchObject(authorization);
    await info.delete(key);
    await info.clear();
    expect(await info.buckets.list(key)).toEqual([]);
    await info.buckets.put(key, { bucketId: "1", bucketName: "one" });
    const deeds = failures.map(({ message }) => /could not be (\w+)/.exec(message)?.[1]);
    expect(deeds).toEqual(["read", "written", "deleted", "deleted", "read", "read", "written"]);
    expect(failures[0]).toBeInstanceOf(AccountInfoError);
  });

  test("is reported once for each failure when it tells it by an event as well or alone", async () => {
    let tell = (_: Error) => {};
    const store = {
      ...storeThat(() => tell(new Error("socket closed"))),
      on: (_: string, listener: typeof tell) => {
        tell = listener;
      },
    };
    const { info, failures } = infoOver(store);
    expect(await info.get(key)).toBeUndefined();
    await info.set(key, authorizationFor("any"));
    expect(failures.map(({ message }) => message)).toEqual([
      "The account info could not be read: socket closed",
      "The account info could not be written: socket closed",
    ]);
  });

  test("is reported when it refuses to write", async () => {
    const { info, failures } = infoOver(storeThat(() => false));
    await info.set(key, authorizationFor("any"));
    expect(failures.map(({ message }) => message)).toEqual([
      "The account info could not be written: the store refused it",
    ]);
  });

  test("is waited for 5 seconds, then left alone for 30, then asked again", async () => {
    freezeTime();
    const store = storeThat(() => new Promise(() => {}));
    const { info, failures } = infoOver(store);
    const got = info.get(key);
    await vi.advanceTimersByTimeAsync(4999);
    expect(failures).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await got).toBeUndefined();
    expect(failures.map(({ message }) => message)).toEqual([
      "The account info could not be read: no answer within 5000 ms",
    ]);
    await info.set(key, authorizationFor("any"));
    expect(store.method).toHaveBeenCalledTimes(1);
    vi.setSystemTime(Date.now() + 30_000);
    void info.get(key);
    expect(store.method).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(5000);
  });

  test("is reported without what it quotes of tokens, records and connections", async () => {
    const { authorizationToken } = authorizationFor("any");
    const store = storeThat(() => {
      throw Object.assign(new Error(`redis://user:pass@host: cannot write ${authorizationToken}`), {
        code: "EREDIS",
        row: { authorizationToken },
      });
    });
    const { info, failures } = infoOver(store);
    await info.set(key, authorizationFor("any"));
    expect(failures[0]?.message).toBe(
      "The account info could not be written: EREDIS: redis://…@host: cannot write …",
    );
    expect(inspect(failures, { depth: 9, showHidden: true })).not.toMatch(/token_of|pass/);
  });

  test("is reported without quoting a record that is not JSON", async () => {
    const { info, failures } = infoOver(storeThat(() => '{"value": 4_token_of_any'));
    expect(await info.get(key)).toBeUndefined();
    expect(failures.map(({ message }) => message)).toEqual([
      "The account info could not be read: the stored record is damaged",
    ]);
  });

  test("gives one process warning for reading and one for writing when nobody listens", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const info = new KeyvAccountInfo(new Keyv({ store: storeThat(() => assertFails()) }));
    for (let time = 0; time < 3; time++) {
      await info.get(key);
      await info.set(key, authorizationFor("any"));
    }
    expect(warn.mock.calls.map(([message]) => message)).toEqual([
      "The account info could not be read: the disk is on fire",
      "The account info could not be written: the disk is on fire",
    ]);
  });

  test("does not begin to throw at other users of the same Keyv", async () => {
    const { keyv, info, failures } = infoOver(storeThat(() => assertFails()));
    await info.get(key);
    expect(failures).toHaveLength(1);
    expect(await keyv.get("something else")).toBeUndefined();
  });
});

describe("account info in the memory of the process", () => {
  test("keeps an authorization until its token ends, whatever becomes of what it gave out", async () => {
    freezeTime();
    const info = new KeyvAccountInfo();
    await info.set(key, authorizationFor("any"));
    const held = await info.get(key);
    Object.assign(held ?? {}, { accountId: "another" });
    expect(await info.get(key)).toMatchObject(authorizationFor("any"));
    vi.setSystemTime(Date.now() + 24 * HOUR_MILLIS);
    expect(await info.get(key)).toBeUndefined();
  });

  test("forgets what is deleted, and everything when it is cleared", async () => {
    const info = new KeyvAccountInfo();
    const other = keyFor("other");
    await info.set(key, authorizationFor("any"));
    await info.set(other, authorizationFor("other"));
    await info.delete(key);
    expect([await info.get(key), await info.get(other)]).toEqual([
      undefined,
      expect.objectContaining(authorizationFor("other")),
    ]);
    await info.clear();
    expect(await info.get(other)).toBeUndefined();
  });
});

test("a Keyv of a class of one's own keeps account info", async () => {
  class TeamKeyv extends Keyv {
    constructor(team: string, store: Map<string, unknown>) {
      super({ store, namespace: team });
    }
  }
  const map = new Map<string, unknown>();
  await new KeyvAccountInfo(new TeamKeyv("red", map)).set(key, authorizationFor("any"));
  expect([...map.keys()]).toEqual([`red:${recordName("authorization", key)}`]);
  expect(await new KeyvAccountInfo(new TeamKeyv("red", map)).get(key)).toMatchObject(authorizationFor("any"));
});

describe("account identity", () => {
  test.each([
    ["account_id", true],
    ["ACCOUNT_ID", false],
    ["001account_id0000000000", true],
    ["account_id0000000000", false],
    ["01account_id0000000000", false],
    ["0001account_id0000000000", false],
    ["001account_id000000000", false],
    ["001account_id00000000000", false],
    ["001account_id0000000001", false],
    ["001account_is0000000000", false],
    ["", false],
  ])("takes the key id %j for the master key's: %s (b2sdk 18)", (applicationKeyId, expected) => {
    expect(isMasterKey("account_id", applicationKeyId)).toBe(expected);
  });

  test("knows the emulator's master key", async () => {
    const { accountId, applicationKeyId } = await emulatorForTest();
    expect(isMasterKey(accountId, applicationKeyId)).toBe(true);
  });
});

function assertFails(): never {
  throw new Error("the disk is on fire");
}
