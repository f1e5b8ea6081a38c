import type { StoredVersion, SyncPath } from "./sync-path.ts";

/**
 * How two files of the same name are compared.
 *
 * - `modTime`: by modification time, `src_last_modified_millis` in B2, and at equal times by size
 * - `size`: by length
 * - `sha1`: by length and content; local files of equal length are read. Where B2 knows no SHA-1, as for some large
 *   files of other programs, by `modTime`
 * - `none`: not at all; a file that is there is taken for the same
 */
export type CompareVersionMode = "modTime" | "size" | "sha1" | "none";

/** What a comparison found; `unknown` when only the contents' digests can tell. */
export type Verdict = "same" | "different" | "destinationNewer" | "unknown";

/** How to compare. */
export interface ComparisonSettings {
  readonly compareVersionMode: CompareVersionMode;
  /** Milliseconds for modification times, bytes for sizes: up to this difference they are equal. */
  readonly compareThreshold: number;
}

/** Compares what is known of two files without reading them. */
export function compareFiles(
  source: SyncPath<StoredVersion>,
  destination: SyncPath<StoredVersion>,
  { compareVersionMode, compareThreshold }: ComparisonSettings,
): Verdict {
  const sizeDifference = Math.abs(source.size - destination.size);
  switch (compareVersionMode) {
    case "none":
      return "same";
    case "size":
      return sizeDifference > compareThreshold ? "different" : "same";
    case "sha1":
      return sizeDifference > 0 ? "different" : "unknown";
    case "modTime":
      return compareTimes(source, destination, compareThreshold);
  }
}

/**
 * Compares by modification time, and by size at equal times.
 *
 * A local time may have a fraction that B2 has not, cut off by some programs and rounded by others, so that less
 * than a millisecond more than the threshold still counts as equal.
 */
export function compareTimes(
  source: SyncPath<StoredVersion>,
  destination: SyncPath<StoredVersion>,
  thresholdMillis: number,
): Verdict {
  const millis = source.modTimeMillis - destination.modTimeMillis;
  if (Math.abs(millis) < thresholdMillis + 1) {
    return source.size === destination.size ? "same" : "different";
  }
  return millis > 0 ? "different" : "destinationNewer";
}

/** Gives the SHA-1 of a file's content where it can be known. */
export type DigestOf = (path: SyncPath<StoredVersion>) => Promise<string | undefined>;

/** Compares two files of equal length by their contents, or by time where a digest is not known. */
export async function compareContents(
  source: SyncPath<StoredVersion>,
  destination: SyncPath<StoredVersion>,
  digestOf: DigestOf,
): Promise<Verdict> {
  const known = [source, destination].filter((path) => path.type === "b2");
  if (known.some(({ contentSha1 }) => contentSha1 === undefined)) {
    return compareTimes(source, destination, 0);
  }
  const [left, right] = await Promise.all([digestOf(source), digestOf(destination)]);
  return left === right ? "same" : "different";
}
