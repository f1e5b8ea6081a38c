import type { Keyv } from "keyv";
import type { Authorization } from "../raw/call.ts";
import { type AccountKey, recordName } from "./account-key.ts";
import { BucketNames } from "./bucket-names.ts";
import { GuardedStore, type GuardedStoreOptions } from "./guarded-store.ts";
import { valueAt } from "./stored-value.ts";

export type { AccountKey } from "./account-key.ts";

/** Settings of {@link KeyvAccountInfo}. */
export type AccountInfoOptions = GuardedStoreOptions;

/** An authorization, and when its token ends. */
export type HeldAuthorization = Authorization & {
  /** When the token ends at the latest, in milliseconds since 1970 UTC. */
  readonly expiresMillis: number;
};

/** What is stored for one realm and application key. */
interface StoredAccount {
  readonly version: typeof RECORD_VERSION;
  readonly authorization: HeldAuthorization;
}

const RECORD_VERSION = 1;
const TOKEN_LIFE_MILLIS = 24 * 60 * 60 * 1000;

/**
 * Keeps authorizations and bucket names in any Keyv store; in memory by default.
 *
 * Processes that share a store share the authorization: it is one record for each realm and application key, with
 * the answer of b2_authorize_account. The account token in it works for up to 24 hours; the application key itself
 * is never stored. Bucket names are a second record. Processes that start at the same moment on an empty
 * {@link FileStore} authorize once between them, too; on any other store each of them may, because Keyv knows no locks.
 * A store that fails or does not answer is reported and costs
 * requests, never a call: no method rejects for its sake.
 *
 * Give `@keyv/postgres` the option `maxUses: 1`: it ends the process when a connection of its pool is lost at rest.
 *
 * @example
 * const accountInfo = new KeyvAccountInfo(new Keyv({ store: new FileStore() }));
 * const b2 = new B2Api({ accountInfo });
 */
export class KeyvAccountInfo {
  /** The ids of bucket names and the names of ids, as far as they are known. */
  readonly buckets: BucketNames;
  readonly #store: GuardedStore;

  /**
   * @param store - Stays as it is: other uses of the same Keyv do not begin to throw. Without, this process's memory.
   */
  constructor(store?: Keyv, options: AccountInfoOptions = {}) {
    this.#store = new GuardedStore(store, options);
    this.buckets = new BucketNames(this.#store);
  }

  /**
   * Gives the stored authorization; undefined when there is none, its time is over, the record is damaged or of
   * another version, or the store fails.
   */
  async get(key: AccountKey): Promise<HeldAuthorization | undefined> {
    const stored = await this.#store.get(recordName("authorization", key));
    if (!isStoredAccount(stored) || stored.authorization.expiresMillis <= Date.now()) {
      return undefined;
    }
    this.#store.conceal(stored.authorization.authorizationToken);
    return stored.authorization;
  }

  /**
   * Stores a new authorization until its token or its key ends, and gives it with this time, even if the store
   * fails.
   */
  async set(key: AccountKey, authorization: Authorization): Promise<HeldAuthorization> {
    this.#store.conceal(authorization.authorizationToken);
    const now = Date.now();
    const keyEnds = authorization.applicationKeyExpirationTimestamp ?? Number.POSITIVE_INFINITY;
    const expiresMillis = Math.min(now + TOKEN_LIFE_MILLIS, keyEnds);
    const held = { ...authorization, expiresMillis };
    if (expiresMillis > now) {
      const record: StoredAccount = { version: RECORD_VERSION, authorization: held };
      await this.#store.set(recordName("authorization", key), record, expiresMillis - now);
    }
    return held;
  }

  /**
   * Waits for other processes that are about to store an authorization for the key, and gives what lets the next one
   * go on; undefined when the store has no `lock`, as only {@link FileStore} does.
   */
  async lock(key: AccountKey): Promise<(() => Promise<void>) | undefined> {
    return await this.#store.lock(recordName("authorization", key));
  }

  /** Removes what is stored for one application key: authorization and bucket names. */
  async delete(key: AccountKey): Promise<void> {
    await this.#store.delete(recordName("authorization", key), recordName("buckets", key));
  }

  /** Removes everything in the Keyv's namespace, whoever put it there. */
  async clear(): Promise<void> {
    await this.#store.clear();
  }
}

/** The fields that a usable authorization has, with the types that each may be of. */
const NEEDED_FIELDS = {
  expiresMillis: ["number"],
  accountId: ["string"],
  authorizationToken: ["string"],
  "apiInfo.storageApi.apiUrl": ["string"],
  "apiInfo.storageApi.downloadUrl": ["string"],
  "apiInfo.storageApi.s3ApiUrl": ["string"],
  "apiInfo.storageApi.absoluteMinimumPartSize": ["number"],
  "apiInfo.storageApi.recommendedPartSize": ["number"],
  "apiInfo.storageApi.allowed.capabilities": ["array"],
  "apiInfo.storageApi.allowed.buckets": ["array", "null"],
  "apiInfo.storageApi.allowed.namePrefix": ["string", "null"],
};

/** Tells whether a record was written by this version and is whole. */
function isStoredAccount(stored: unknown): stored is StoredAccount {
  return (
    valueAt(stored, "version") === RECORD_VERSION &&
    Object.entries(NEEDED_FIELDS).every(([path, types]) =>
      types.includes(typeOf(valueAt(stored, `authorization.${path}`))),
    )
  );
}

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}
