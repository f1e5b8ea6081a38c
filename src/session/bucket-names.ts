import type { components } from "../raw/index.ts";
import { type AccountKey, recordName } from "./account-key.ts";
import type { GuardedStore } from "./guarded-store.ts";
import { valueAt } from "./stored-value.ts";

/** A bucket's id and name. */
export type NamedBucket = Pick<components["schemas"]["Bucket"], "bucketId" | "bucketName">;

const RECORD_VERSION = 1;
const LIFE_MILLIS = 24 * 60 * 60 * 1000;

/**
 * Remembers the ids of bucket names and the names of ids, for a day after the last change, one list for each
 * application key. None of the methods fails: a store out of order knows no bucket.
 *
 * The list is a record of its own, so that writing it never touches an authorization. Changes made in this process
 * follow one another. Two processes that change a list at the same moment may lose one change: a lost name costs a
 * request, and a bucket that was removed here stays removed here.
 */
export class BucketNames {
  readonly #store: GuardedStore;
  readonly #removed = new Set<string>();
  #lastChange: Promise<void> = Promise.resolve();

  constructor(store: GuardedStore) {
    this.#store = store;
  }

  /** Gives every bucket that is known, in no particular order. */
  async list(key: AccountKey): Promise<NamedBucket[]> {
    return (await this.#stored(key)).filter(({ bucketId }) => !this.#removed.has(bucketId));
  }

  /** Gives the id of a bucket; undefined when it is not known. */
  async idOf(key: AccountKey, bucketName: string): Promise<string | undefined> {
    return (await this.list(key)).find((bucket) => bucket.bucketName === bucketName)?.bucketId;
  }

  /** Gives the name of a bucket; undefined when it is not known. */
  async nameOf(key: AccountKey, bucketId: string): Promise<string | undefined> {
    return (await this.list(key)).find((bucket) => bucket.bucketId === bucketId)?.bucketName;
  }

  /** Adds buckets. Writes nothing when all of them are known. */
  async put(key: AccountKey, ...buckets: readonly NamedBucket[]): Promise<void> {
    await this.#change(key, (known) => {
      this.#readmit(buckets);
      const others = known.filter((old) => !buckets.some((added) => areAtOdds(old, added)));
      const isNew = buckets.some((added) => !known.some((old) => isEqual(old, added)));
      return isNew ? [...others, ...buckets] : known;
    });
  }

  /** Forgets a bucket. */
  async remove(key: AccountKey, bucketId: string): Promise<void> {
    await this.#change(key, (known) => {
      this.#removed.add(bucketId);
      return known.filter((bucket) => bucket.bucketId !== bucketId);
    });
  }

  /** Forgets every bucket that is not among the given ones, and adds these. */
  async replaceAll(key: AccountKey, buckets: readonly NamedBucket[]): Promise<void> {
    await this.#change(key, () => {
      this.#readmit(buckets);
      return buckets;
    });
  }

  /** Forgets all buckets. */
  async clear(key: AccountKey): Promise<void> {
    await this.replaceAll(key, []);
  }

  #readmit(buckets: readonly NamedBucket[]): void {
    for (const { bucketId } of buckets) {
      this.#removed.delete(bucketId);
    }
  }

  async #stored(key: AccountKey): Promise<NamedBucket[]> {
    const stored = await this.#store.get(recordName("buckets", key));
    return isBucketList(stored) ? stored.buckets : [];
  }

  /** Reads, changes and writes a list after all changes that were begun before; an equal list is not written. */
  async #change(key: AccountKey, change: (known: NamedBucket[]) => readonly NamedBucket[]): Promise<void> {
    const changed = this.#lastChange.then(async () => {
      const stored = await this.#stored(key);
      const known = stored.filter(({ bucketId }) => !this.#removed.has(bucketId));
      const buckets = change(known).map(({ bucketId, bucketName }) => ({ bucketId, bucketName }));
      if (buckets.length !== stored.length || buckets.some((bucket, i) => !isEqual(bucket, stored[i]))) {
        const record = { version: RECORD_VERSION, buckets };
        await this.#store.set(recordName("buckets", key), record, LIFE_MILLIS);
      }
    });
    this.#lastChange = changed.catch(() => {});
    await changed;
  }
}

function isEqual(one: NamedBucket, other: NamedBucket | undefined): boolean {
  return one.bucketId === other?.bucketId && one.bucketName === other.bucketName;
}

/** Tells whether two entries cannot stand in one list: a name has one id, and an id has one name. */
function areAtOdds(one: NamedBucket, other: NamedBucket): boolean {
  return one.bucketId === other.bucketId || one.bucketName === other.bucketName;
}

/** Tells whether a record is a list that this version wrote. */
function isBucketList(stored: unknown): stored is { buckets: NamedBucket[] } {
  const buckets = valueAt(stored, "buckets");
  return (
    valueAt(stored, "version") === RECORD_VERSION &&
    Array.isArray(buckets) &&
    buckets.every((bucket) =>
      ["bucketId", "bucketName"].every((field) => typeof valueAt(bucket, field) === "string"),
    )
  );
}
