import { checkHeaderValue } from "./header-values.ts";
import type { StoredBucket } from "./store.ts";

type BucketInfo = StoredBucket["bucketInfo"];

/** Refuses a bucketInfo whose `Cache-Control`, which goes with every download of the bucket, is not a legal header. */
export function checkBucketInfo(info: BucketInfo): void {
  const cacheControl = cacheControlOf(info);
  if (cacheControl !== undefined) checkHeaderValue("Cache-Control", cacheControl);
}

/** Tells the `Cache-Control` that a bucket gives to downloads of files without one of their own. */
export function cacheControlOf(info: BucketInfo): string | undefined {
  return Object.entries(info).find(([key]) => key.toLowerCase() === "cache-control")?.[1];
}
