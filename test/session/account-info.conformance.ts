import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Keyv } from "keyv";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { B2ApiOptions } from "../../src/index.ts";
import { KeyvAccountInfo } from "../../src/session/account-info.ts";
import { recordName } from "../../src/session/account-key.ts";
import { apiFor, emulatorForTest } from "../support.ts";
import { authorizationFor, keyFor } from "./account-samples.ts";
import type { Order, Outcome } from "./store-process.ts";
import type { StorePlace } from "./stores.ts";

/** A kind of store, ready to be opened as often as wanted. */
export interface StoreUnderTest {
  /** Opens what is stored, as another process would. */
  open(): Promise<Keyv>;
  /** Where processes find it; undefined for a store that ends with its process. */
  readonly place?: StorePlace;
  /** Whether processes that find nothing stored authorize one after another. */
  readonly takesTurns?: boolean;
  /** Takes the store away from those who have it open. */
  vanish(): Promise<unknown>;
  /** Gives it back, empty or not. */
  comeBack(): Promise<unknown>;
  /** Ends the store and removes what it left. */
  close(): Promise<unknown>;
}

/** Starting processes takes long on a busy machine. */
const PATIENCE_MILLIS = 120_000;

const HOUR_MILLIS = 60 * 60 * 1000;
const DAY_MILLIS = 24 * HOUR_MILLIS;

/** Declares what must hold for account info in a kind of store. */
export function describeAccountInfo(name: string, isShared: boolean, start: () => Promise<StoreUnderTest>) {
  describe(`account info in ${name}`, () => {
    let store!: StoreUnderTest;
    beforeAll(async () => {
      store = await start();
    }, 60_000);
    afterAll(async () => {
      await store?.close();
    });

    async function open(): Promise<{ keyv: Keyv; info: KeyvAccountInfo; failures: string[] }> {
      const keyv = await store.open();
      onTestFinished(async () => {
        // Forced, because Redis else waits for a farewell of the server; PostgreSQL's adapters share one pool.
        await Promise.allSettled([keyv.store.disconnect?.(true)]);
      });
      const failures: string[] = [];
      const report = ({ message }: Error) => failures.push(message);
      return {
        keyv,
        info: new KeyvAccountInfo(keyv, { onStoreError: report, storeTimeoutMillis: 2000 }),
        failures,
      };
    }

    test("gives what was stored, to others too, and only for the same key, secret and realm", async () => {
      const writer = await open();
      const key = keyFor("stored");
      const held = await writer.info.set(key, authorizationFor("stored"));
      expect(held).toMatchObject(authorizationFor("stored"));
      const reader = isShared ? await open() : writer;
      expect(await reader.info.get(key)).toEqual(held);
      expect(await reader.info.get({ ...key, applicationKey: "another-secret" })).toBeUndefined();
      expect(await reader.info.get({ ...key, applicationKeyId: "another-id" })).toBeUndefined();
      expect(await reader.info.get({ ...key, realm: "https://api.example.net" })).toBeUndefined();
      expect([...writer.failures, ...reader.failures]).toEqual([]);
    });

    test("forgets an authorization when its token ends, after 24 hours", async () => {
      const { info, failures } = await open();
      const key = keyFor("ending");
      await info.set(key, authorizationFor("ending"));
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY_MILLIS - HOUR_MILLIS });
      onTestFinished(() => void vi.useRealTimers());
      expect(await info.get(key)).toBeDefined();
      vi.setSystemTime(Date.now() + HOUR_MILLIS);
      expect(await info.get(key)).toBeUndefined();
      expect(failures).toEqual([]);
    });

    test.each<[string, (record: Record<string, unknown>) => unknown]>([
      ["of an unknown future version", (record) => ({ ...record, version: 2 })],
      ["without a version", ({ version: _, ...record }) => record],
      ["without an authorization", ({ authorization: _, ...record }) => record],
      ["that is a text", () => "4_token_of_nobody"],
      ["that is null", () => null],
    ])("ignores a record %s", async (_, change) => {
      const { keyv, info, failures } = await open();
      const key = keyFor("odd");
      await info.set(key, authorizationFor("odd"));
      const record = await keyv.get<Record<string, unknown>>(recordName("authorization", key));
      await keyv.set(recordName("authorization", key), change(record ?? {}));
      expect(await info.get(key)).toBeUndefined();
      await info.set(key, authorizationFor("new"));
      expect(await info.get(key)).toMatchObject(authorizationFor("new"));
      expect(failures).toEqual([]);
    });

    test("knows buckets by name and id until they are removed", async () => {
      const { info, failures } = await open();
      const key = keyFor("buckets");
      await info.buckets.put(key, { bucketId: "1", bucketName: "one" }, { bucketId: "2", bucketName: "two" });
      expect(await info.buckets.idOf(key, "one")).toBe("1");
      expect(await info.buckets.nameOf(key, "2")).toBe("two");
      await info.buckets.remove(key, "1");
      expect(await info.buckets.idOf(key, "one")).toBeUndefined();
      expect(await info.buckets.list(key)).toEqual([{ bucketId: "2", bucketName: "two" }]);
      expect(failures).toEqual([]);
    });

    test("keeps what belongs to other keys when one key's info is deleted, and nothing when all is", async () => {
      const { info, failures } = await open();
      const [one, other] = [keyFor("one"), keyFor("other")];
      for (const key of [one, other]) {
        await info.set(key, authorizationFor("any"));
        await info.buckets.put(key, { bucketId: "1", bucketName: "one" });
      }
      await info.delete(one);
      expect(await info.get(one)).toBeUndefined();
      expect(await info.buckets.list(one)).toEqual([]);
      expect(await info.get(other)).toBeDefined();
      expect(await info.buckets.list(other)).toHaveLength(1);
      await info.clear();
      expect(await info.get(other)).toBeUndefined();
      expect(failures).toEqual([]);
    });

    test.runIf(isShared)(
      "lets two processes authorize once between them, and once more a day later",
      async () => {
        const { emulator, options, bucketId } = await serviceForTest();
        const processes = [startProcess(store.place, options), startProcess(store.place, options)];
        for (const process of processes) {
          const found = await ask(process, { deed: "find bucket", name: "shared-bucket" });
          expect(found).toEqual({ found: bucketId, storeErrors: [] });
        }
        expect(emulator.requests.count("b2_authorize_account")).toBe(1);
        expect(emulator.requests.count("b2_list_buckets")).toBe(1); // The second found the bucket in the store.

        emulator.clock.advance(DAY_MILLIS + HOUR_MILLIS);
        for (const process of processes) {
          const { error } = await ask(process, { deed: "find bucket", name: "no-such-bucket" });
          expect(error).toMatch(/no-such-bucket/);
        }
        expect(emulator.requests.count("b2_authorize_account")).toBe(2);
      },
      PATIENCE_MILLIS,
    );

    test.runIf(isShared)(
      "lets processes that start at once on an empty store share one authorization, if it takes turns",
      async () => {
        const { emulator, options, bucketId } = await serviceForTest();
        const processes = Array.from({ length: 3 }, () => startProcess(store.place, options));
        await Promise.all(processes.map((process) => ask(process, { deed: "write", keys: [], times: 0 })));
        emulator.faults.add({
          operation: "b2_authorize_account",
          delay: { millis: 300, when: "answer" }, // Until all have found the store empty.
        });
        const askAll = (name: string) =>
          Promise.all(processes.map((process) => ask(process, { deed: "find bucket", name })));
        const found = { found: bucketId, storeErrors: [] };
        expect(await askAll("shared-bucket")).toEqual([found, found, found]);
        expect(emulator.requests.count("b2_authorize_account")).toBeLessThanOrEqual(store.takesTurns ? 1 : 3);

        emulator.requests.clear();
        emulator.clock.advance(DAY_MILLIS + HOUR_MILLIS);
        await askAll("no-such-bucket");
        expect(emulator.requests.count("b2_authorize_account")).toBeLessThanOrEqual(store.takesTurns ? 1 : 3);
        expect(await askAll("shared-bucket")).toEqual([found, found, found]);
      },
      PATIENCE_MILLIS,
    );

    test.runIf(isShared)(
      "loses no authorization to processes that write at once",
      async () => {
        const place = store.place;
        const keys = ["a", "b", "c"].map((letter) => keyFor(letter));
        const outcomes = await Promise.all(
          Array.from({ length: 3 }, () => ask(startProcess(place, {}), { deed: "write", keys, times: 5 })),
        );
        expect(outcomes).toEqual(outcomes.map(() => ({ storeErrors: [] })));
        const { info, failures } = await open();
        for (const key of keys) {
          expect((await info.get(key))?.authorizationToken).toMatch(/^4_token_of_\d+-4$/);
          expect((await info.buckets.list(key)).length).toBeGreaterThan(0);
        }
        expect(failures).toEqual([]);
      },
      PATIENCE_MILLIS,
    );

    test("breaks no call when it vanishes mid-way, says so without secrets, and is used again when it is back", async () => {
      const { emulator, options } = await serviceForTest();
      const { info, failures } = await open();
      const b2 = apiFor(emulator, { ...options, accountInfo: info });
      await b2.getBucketByName("shared-bucket");
      expect(failures).toEqual([]);

      await store.vanish();
      expect(await b2.listBuckets()).toHaveLength(1);
      expect((await b2.getBucketByName("shared-bucket")).name).toBe("shared-bucket");
      emulator.clock.advance(DAY_MILLIS + HOUR_MILLIS);
      expect(await b2.listBuckets()).toHaveLength(1);
      await apiFor(emulator, { ...options, accountInfo: info }).getBucketByName("shared-bucket");
      expect(failures.length).toBeGreaterThan(0);
      for (const failure of failures) {
        expect(failure).toMatch(/^The account info could not be (read|written): ./);
        expect(failure).not.toContain(emulator.applicationKey);
        expect(failure).not.toMatch(/4_[\w-]{20}/);
      }

      await store.comeBack();
      vi.useFakeTimers({ toFake: ["Date"] });
      onTestFinished(() => void vi.useRealTimers());
      await vi.waitFor(async () => {
        vi.setSystemTime(Date.now() + 60_000); // A store that did not answer in time is left alone for a while.
        await info.set(keyFor("later"), authorizationFor("later"));
        expect(await info.get(keyFor("later"))).toMatchObject(authorizationFor("later"));
      }, 20_000);
    });
  });
}

/** Starts a service with one bucket, and counts from then on. */
async function serviceForTest() {
  const emulator = await emulatorForTest();
  const { id } = await apiFor(emulator).createBucket("shared-bucket", "allPrivate");
  emulator.requests.clear();
  const { url: realm, applicationKeyId, applicationKey } = emulator;
  const options: B2ApiOptions = { realm, applicationKeyId, applicationKey };
  return { emulator, options, bucketId: id };
}

function startProcess(place: StorePlace | undefined, options: B2ApiOptions): ChildProcess {
  const script = fileURLToPath(new URL("store-process.ts", import.meta.url));
  const child = fork(script, [JSON.stringify([place, options])], {
    execArgv: ["--import", "ts-blank-space/register", "--conditions=b2kit-source"],
  });
  onTestFinished(() => void child.kill());
  return child;
}

async function ask(child: ChildProcess, order: Order): Promise<Outcome> {
  child.send(order);
  const [outcome] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => [{ error: `The process ended with ${code}`, storeErrors: [] }]),
  ]);
  return outcome;
}
