import type { components } from "../raw/index.ts";

/** A bucket's id and name. */
export type NamedBucket = Pick<components["schemas"]["Bucket"], "bucketId" | "bucketName">;

/** Remembers which bucket name belongs to which id, so that finding a known bucket makes no request. */
export class BucketNames {
  readonly #names = new Map<string, string>();

  /** Gives the known bucket of a name or an id, or all known ones when neither is given. */
  find({
    bucketId,
    bucketName,
  }: {
    readonly bucketId?: string | undefined;
    readonly bucketName?: string | undefined;
  }): NamedBucket[] {
    return [...this.#names]
      .map(([id, name]) => ({ bucketId: id, bucketName: name }))
      .filter((bucket) => bucketId === undefined || bucket.bucketId === bucketId)
      .filter((bucket) => bucketName === undefined || bucket.bucketName === bucketName);
  }

  /** Adds a bucket; whichever had its name before is forgotten. */
  put({ bucketId, bucketName }: NamedBucket): void {
    for (const { bucketId: former } of this.find({ bucketName })) {
      this.#names.delete(former);
    }
    this.#names.set(bucketId, bucketName);
  }

  /** Forgets a bucket. */
  remove(bucketId: string): void {
    this.#names.delete(bucketId);
  }

  /** Forgets all buckets but the given ones. */
  replace(buckets: readonly NamedBucket[]): void {
    this.#names.clear();
    for (const bucket of buckets) {
      this.put(bucket);
    }
  }
}
