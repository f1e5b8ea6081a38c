import type { Session } from "../session/session.ts";
import { type Filter, isShown, shownPrefix } from "./filter.ts";
import { foldedPages } from "./folders.ts";
import { narrowed, withinKeyPrefix } from "./key-prefix.ts";
import { Listing } from "./listing.ts";
import {
  chainedPages,
  changedPages,
  checkFetchCount,
  type FileQuery,
  type FileVersionFields,
  filePages,
  type ListedBucket,
  MOST_FILES,
  type PageSource,
} from "./pages.ts";
import { parseWildcard } from "./wildcard.ts";

export type { ListedBucket } from "./pages.ts";

/** Options of a directory listing. */
export interface LsOptions {
  /**
   * Lists everything below the path instead of one level.
   * @defaultValue false
   */
  readonly recursive?: boolean;
  /**
   * Shows only the newest version of each name, and no hidden ones. Without it hide markers and unfinished large
   * files are shown, too, the versions of a name from newest to oldest.
   * @defaultValue true
   */
  readonly latestOnly?: boolean;
  /**
   * Takes the path as a pattern over full names: `*` (which crosses `/`), `?`, `[…]`, `[!…]`; case counts, and `[*]`
   * stands for a star itself. Needs `recursive`. Only what the pattern's beginning leaves open is asked for.
   * @defaultValue false
   */
  readonly withWildcard?: boolean;
  /**
   * Shows or leaves out names; see {@link Filter}. Filters judge the full names of files, before they become
   * folders: a folder is shown when something in it is. A listing of one level with filters therefore reads folders
   * up to the first file that is shown, where one without asks the service for folders.
   */
  readonly filters?: readonly Filter[];
  /**
   * Entries for each request, at most 10,000; the service bills each 1,000 as one transaction.
   * @defaultValue 1,000 for the first request, 10,000 for those behind it
   */
  readonly fetchCount?: number | undefined;
  /**
   * Refuses to list when the application key is restricted to a part of the path, instead of showing that part: for
   * those who act on what is absent.
   * @defaultValue false
   */
  readonly needsAll?: boolean;
  /** Ends the listing at any moment; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lists a path as a directory, in UTF-8 byte order. A path without final `/` shows the file of that name, if there
 * is one, and then what the folder of that name holds.
 *
 * A page of files and folders costs one class C call; the file's own name one more. With a key that is restricted
 * to names below the path, the way to them is shown and nothing else.
 *
 * @throws `TypeError` for a wildcard without `recursive`, `RangeError` for a wrong `fetchCount`. With the first
 * item: {@link RestrictionError} when nothing at the path is open to the application key.
 * @see b2_list_file_names, b2_list_file_versions
 */
export function ls(
  session: Session,
  bucket: ListedBucket,
  path = "",
  options: LsOptions = {},
): Listing<FileVersionFields> {
  const {
    recursive = false,
    latestOnly = true,
    withWildcard = false,
    needsAll = false,
    fetchCount,
    signal,
  } = options;
  checkFetchCount(fetchCount, MOST_FILES);
  if (withWildcard && !recursive) {
    throw new TypeError(
      "withWildcard needs recursive: a pattern is matched against full names, at any depth",
    );
  }
  const listed: Listed = { session, bucket, latestOnly, fetchCount, filters: options.filters ?? [] };
  const plan = (keyPrefix: string) => {
    if (needsAll && !path.startsWith(keyPrefix)) {
      return undefined;
    }
    return withWildcard ? matching(listed, path, keyPrefix) : directory(listed, path, recursive, keyPrefix);
  };
  const operation = latestOnly ? "b2_list_file_names" : "b2_list_file_versions";
  return new Listing(withinKeyPrefix(session, bucket, operation, path, plan), signal);
}

/** What all parts of one listing share. */
interface Listed {
  readonly session: Session;
  readonly bucket: ListedBucket;
  readonly latestOnly: boolean;
  readonly fetchCount: number | undefined;
  readonly filters: readonly Filter[];
}

type Source = PageSource<FileVersionFields>;

/** The file that a path names, and what the folder of that name holds. */
function directory(listed: Listed, path: string, recursive: boolean, keyPrefix: string): Source | undefined {
  const isFolder = path === "" || path.endsWith("/");
  const level = isFolder ? path : `${path}/`;
  const prefix = prefixWithin(listed, level, keyPrefix);
  if (prefix === undefined) {
    return undefined;
  }
  const folder = recursive ? shown(listed, { prefix }) : oneLevel(listed, level, prefix);
  return isFolder || !path.startsWith(keyPrefix) ? folder : chainedPages(exactName(listed, path), folder);
}

/** Folders come from the service, unless filters have to see what is in them. */
function oneLevel(listed: Listed, level: string, prefix: string): Source {
  const isFolded = listed.filters.length === 0;
  const isOneFolder = isFolded && prefix.includes("/", level.length); // One entry proves that there is something.
  return foldedPages(
    shown(listed, { prefix, isFolded, ...(isOneFolder && { fetchCount: 1 }) }),
    level,
    prefix,
  );
}

/** Every file whose name matches a pattern. */
function matching(listed: Listed, path: string, keyPrefix: string): Source | undefined {
  const pattern = parseWildcard(path);
  if (pattern.isLiteral) {
    return exactName(listed, pattern.prefix);
  }
  const prefix = prefixWithin(listed, pattern.prefix, keyPrefix);
  return prefix === undefined
    ? undefined
    : changedPages(shown(listed, { prefix }), (items) =>
        items.filter(({ fileName }) => pattern.matches(fileName)),
      );
}

/** The versions of one name. Of the newest alone there is one, so no more is asked for. */
function exactName(listed: Listed, name: string): Source {
  return shown(listed, { prefix: name, isExact: true, ...(listed.latestOnly && { fetchCount: 1 }) });
}

/** What names begin with that lie below `start`, are open to the key, and may pass the filters. */
function prefixWithin({ filters }: Listed, start: string, keyPrefix: string): string | undefined {
  const open = narrowed(start, keyPrefix);
  return open === undefined ? undefined : (narrowed(open, shownPrefix(filters)) ?? open);
}

/** Pages of the files that the filters show. */
function shown({ session, bucket, filters, ...settings }: Listed, query: Partial<FileQuery>): Source {
  const pages = filePages(session, bucket, { ...settings, prefix: "", ...query });
  return filters.length === 0
    ? pages
    : changedPages(pages, (items) => items.filter(({ fileName }) => isShown(filters, fileName)));
}
