import { Keyv } from "keyv";
import type { Authorization } from "../raw/client.ts";

/** Identifies one authorization: a realm and an application key. */
export interface AccountKey {
  readonly realm: string;
  readonly applicationKeyId: string;
}

/** What is stored for one realm and application key. */
interface StoredAccount {
  readonly version: typeof RECORD_VERSION;
  readonly authorization: Authorization;
}

const RECORD_VERSION = 1;
const TOKEN_LIFE_MILLIS = 24 * 60 * 60 * 1000;

/**
 * Keeps the answer of b2_authorize_account in any Keyv store, under one key for each realm and application key.
 *
 * In memory by default. The record holds the account token, which works for up to 24 hours, and never the
 * application key itself.
 */
export class KeyvAccountInfo {
  readonly #store: Keyv;

  constructor(store: Keyv = new Keyv()) {
    this.#store = store;
    store.throwOnErrors = true; // Keyv swallows failures of the store otherwise.
  }

  /** Gives the stored authorization; undefined when there is none or it was written by another version. */
  async get(key: AccountKey): Promise<Authorization | undefined> {
    const stored = await this.#store.get<StoredAccount>(storageKey(key));
    return stored?.version === RECORD_VERSION ? stored.authorization : undefined;
  }

  /** Stores an authorization until its token has certainly expired. */
  async set(key: AccountKey, authorization: Authorization): Promise<void> {
    const record: StoredAccount = { version: RECORD_VERSION, authorization };
    await this.#store.set(storageKey(key), record, TOKEN_LIFE_MILLIS);
  }
}

function storageKey({ realm, applicationKeyId }: AccountKey): string {
  return `b2kit:${realm}:${applicationKeyId}`;
}
