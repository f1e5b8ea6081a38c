import type { Indexed, NameIndex } from "./name-index.ts";
import { compareNames, endOfPrefix, lowerBound } from "./name-order.ts";
import type { RequestOf } from "./wire.ts";

/** Where a page begins and what it may hold. */
export type ListingRange = Readonly<Required<Pick<ListRequest, "prefix" | "startFileName">>> & {
  /** One character that turns everything behind it into a folder; undefined for a flat listing. */
  readonly delimiter: string | undefined;
};

type ListRequest = RequestOf<"b2_list_file_names">;

/** One line of a listing: a version, or a folder (whose name ends with the delimiter). */
export type Entry<Version> =
  | { readonly fileName: string; readonly version: Version }
  | { readonly fileName: string; readonly version?: undefined };

/** Picks what a listing shows of a name's versions, newest first. */
export type Choice<Version> = (versions: readonly Version[]) => readonly Version[];

/** One page, and the entry that the next page begins with. */
export interface Page<Version> {
  readonly entries: readonly Entry<Version>[];
  readonly next: Entry<Version> | undefined;
}

/**
 * Walks names in order and yields what a listing shows, a folder once. Stops looking into a folder at its first
 * visible file and jumps behind its last by binary search, so a page costs no more than what it shows.
 */
export function* entriesOf<Version extends Indexed>(
  index: NameIndex<Version>,
  { prefix, delimiter, startFileName }: ListingRange,
  choose: Choice<Version>,
): Generator<Entry<Version>> {
  const { names } = index;
  const first = compareNames(prefix, startFileName) > 0 ? prefix : startFileName;
  for (let position = lowerBound(names, first); position < names.length; ) {
    const fileName = names[position] as string;
    if (!fileName.startsWith(prefix)) return;
    const visible = choose(index.versionsOf(fileName));
    const folder = delimiter === undefined ? undefined : folderOf(fileName, prefix, delimiter);
    if (folder === undefined || visible.length === 0) {
      for (const version of visible) yield { fileName, version };
      position++;
    } else {
      yield { fileName: folder };
      position = endOfPrefix(names, folder, position);
    }
  }
}

/** Tells the folder below `prefix` in which a name lies, delimiter included; undefined when it lies directly there. */
function folderOf(fileName: string, prefix: string, delimiter: string): string | undefined {
  const index = fileName.indexOf(delimiter, prefix.length);
  return index < 0 ? undefined : fileName.slice(0, index + delimiter.length);
}

/** Takes up to `most` entries for a page, and one more to know where the next page begins. */
export function pageOf<Version>(entries: Iterable<Entry<Version>>, most: number): Page<Version> {
  const taken: Entry<Version>[] = [];
  for (const entry of entries) {
    if (taken.length === most) return { entries: taken, next: entry };
    taken.push(entry);
  }
  return { entries: taken, next: undefined };
}
