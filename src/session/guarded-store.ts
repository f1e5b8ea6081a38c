import type { Keyv } from "keyv";
import { AccountInfoError } from "./account-info-error.ts";
import { MemoryRecords, type Records } from "./memory-records.ts";
import { valueAt } from "./stored-value.ts";

/** What happens when a store does not work. */
export interface GuardedStoreOptions {
  /**
   * Is told of every failure of the store. The call that met it goes on without the store.
   * @defaultValue on Node, a process warning for the first failure to read, to write and to delete; elsewhere nothing
   */
  readonly onStoreError?: (error: AccountInfoError) => void;
  /**
   * How long a call waits for the store. A store that took longer is left alone for 30 seconds.
   * @defaultValue 5,000
   */
  readonly storeTimeoutMillis?: number;
}

type Deed = "read" | "written" | "deleted";

const REST_MILLIS = 30_000;
const LONGEST_REASON = 300;

/**
 * A Keyv, or this process's memory, whose failures are reported instead of thrown, and which no call waits for without
 * end.
 */
export class GuardedStore {
  readonly #records: Records;
  readonly #adapter: unknown;
  readonly #timeoutMillis: number;
  readonly #tell: (deed: Deed, error: AccountInfoError) => void;
  readonly #secrets = new Set<string>();
  #emitted: unknown;
  #restsUntil = 0;

  constructor(
    store: Keyv | undefined,
    { onStoreError, storeTimeoutMillis = 5000 }: GuardedStoreOptions = {},
  ) {
    const onError = (error: unknown) => {
      this.#emitted = error;
    };
    this.#records = store === undefined ? new MemoryRecords() : throwing(store).on("error", onError);
    this.#adapter = store?.store;
    this.#timeoutMillis = storeTimeoutMillis;
    this.#tell = onStoreError ? (_, error) => onStoreError(error) : warnOnce();
  }

  /** Gives what is stored, of whatever form; undefined when there is nothing, or the store fails. */
  async get(name: string): Promise<unknown> {
    return await this.#reach("read", () => this.#records.get(name));
  }

  async set(name: string, value: object, lifeMillis: number): Promise<void> {
    await this.#reach("written", async () => {
      if (!(await this.#records.set(name, value, lifeMillis))) {
        throw new AccountInfoError("the store refused it");
      }
    });
  }

  async delete(...names: string[]): Promise<void> {
    await this.#reach("deleted", () => Promise.all(names.map((name) => this.#records.delete(name))));
  }

  /** Deletes everything in the namespace of the Keyv. */
  async clear(): Promise<void> {
    await this.#reach("deleted", () => this.#records.clear());
  }

  /**
   * Waits for the turn to replace a record, and gives what ends it; undefined when the store knows no turns: those
   * that do have a method `lock`.
   */
  async lock(name: string): Promise<(() => Promise<void>) | undefined> {
    const adapter = this.#adapter;
    if (!canLock(adapter) || Date.now() < this.#restsUntil) {
      return undefined;
    }
    const report = (error: unknown) => this.#report("written", error);
    try {
      const release = await adapter.lock(name);
      return () => release().catch(report);
    } catch (error) {
      report(error);
      return undefined;
    }
  }

  /** Makes sure that reports do not show a text, should the store quote it. */
  conceal(secret: string): void {
    this.#secrets.add(secret);
  }

  async #reach<T>(deed: Deed, work: () => Promise<T>): Promise<T | undefined> {
    if (Date.now() < this.#restsUntil) {
      return undefined;
    }
    this.#emitted = undefined;
    try {
      const result = await this.#withinTime(work());
      if (this.#emitted !== undefined) {
        this.#report(deed, this.#emitted); // Some stores tell failures by an event alone.
      }
      return result;
    } catch (error) {
      this.#report(deed, error);
      return undefined;
    }
  }

  async #withinTime<T>(work: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#restsUntil = Date.now() + REST_MILLIS;
        const reason = this.#emitted === undefined ? "" : ` (${this.#reasonOf(this.#emitted)})`;
        reject(new AccountInfoError(`no answer within ${this.#timeoutMillis} ms${reason}`));
      }, this.#timeoutMillis);
    });
    try {
      return await Promise.race([work, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  #report(deed: Deed, error: unknown): void {
    // The error of a foreign store is not passed on: it may hold the record, or the store's password.
    const known = error instanceof AccountInfoError;
    const message = `The account info could not be ${deed}: ${known ? error.message : this.#reasonOf(error)}`;
    this.#tell(deed, new AccountInfoError(message, known ? { path: error.path, cause: error.cause } : {}));
  }

  #reasonOf(error: unknown): string {
    if (error instanceof SyntaxError) {
      return "the stored record is damaged"; // JSON.parse quotes the place.
    }
    const code = valueAt(error, "code");
    const message = error instanceof Error ? error.message : String(error);
    const reason = [...(typeof code === "string" ? [code] : []), ...(message ? [message] : [])].join(": ");
    const withoutSecrets = [...this.#secrets].reduce((text, secret) => text.replaceAll(secret, "…"), reason);
    return withoutSecrets.replace(/:\/\/[^/@\s]*@/g, "://…@").slice(0, LONGEST_REASON);
  }
}

/** Gives a second Keyv on the same store, which throws; the caller's own keeps its ways. */
function throwing(store: Keyv): Keyv {
  const second = new (classOf(store))({ ...store.opts, throwOnErrors: true });
  second.hooks = store.hooks;
  return second;
}

/**
 * Finds the class Keyv behind an object of it, or of a class derived from it. It is not imported, so that only those
 * load it who use it: it costs time at the start, and is not made for browsers.
 */
function classOf(store: Keyv): typeof Keyv {
  let prototype = Object.getPrototypeOf(store);
  while ("get" in Object.getPrototypeOf(prototype)) {
    prototype = Object.getPrototypeOf(prototype);
  }
  return prototype.constructor;
}

/** A store that lets one process at a time replace a record. */
interface LockingStore {
  lock(name: string): Promise<() => Promise<void>>;
}

function canLock(store: unknown): store is LockingStore {
  return typeof valueAt(store, "lock") === "function";
}

function warnOnce(): (deed: Deed, error: AccountInfoError) => void {
  const told = new Set<Deed>();
  return (deed, { message }) => {
    if (!told.has(deed)) {
      told.add(deed);
      globalThis.process?.emitWarning?.(message, { type: "B2KitWarning", code: "B2KIT_ACCOUNT_INFO" });
    }
  };
}
