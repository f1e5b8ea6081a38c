import { checkFileName } from "../file-name.ts";
import type { components } from "../raw/index.ts";
import type { Session } from "../session/session.ts";
import { narrowed, withinKeyPrefix } from "./key-prefix.ts";
import { Listing } from "./listing.ts";
import {
  checkFetchCount,
  type FileVersionFields,
  filePages,
  type ListedBucket,
  MOST_FILES,
  partPages,
  unfinishedPages,
} from "./pages.ts";

type Schemas = components["schemas"];

const MOST_UNFINISHED = 100;
const MOST_PARTS = 1000;

/** Options of a listing of one file's versions. */
export interface ListFileVersionsOptions {
  /**
   * Versions for each request, at most 10,000; the service bills each 1,000 as one transaction.
   * @defaultValue 1,000 for the first request, 10,000 for those behind it
   */
  readonly fetchCount?: number | undefined;
  /** Ends the listing at any moment; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lists the versions of precisely one name from newest to oldest, hide markers and unfinished large files
 * included. Names that only begin with it are neither shown nor read beyond the page on which they appear.
 *
 * One class C call gives up to `fetchCount` versions.
 *
 * @throws `RangeError` for a wrong `fetchCount`, `TypeError` or `RangeError` for a name that no file can have. With
 * the first item: {@link RestrictionError} when the name does not begin with the prefix to which the application key
 * is restricted.
 * @see b2_list_file_versions
 */
export function listFileVersions(
  session: Session,
  bucket: ListedBucket,
  fileName: string,
  { fetchCount, signal }: ListFileVersionsOptions = {},
): Listing<FileVersionFields> {
  checkFileName(fileName);
  checkFetchCount(fetchCount, MOST_FILES);
  const query = { latestOnly: false, prefix: fileName, isExact: true, fetchCount };
  return new Listing(filePages(session, bucket, query), signal);
}

/** Options of a listing of unfinished large files. */
export interface ListUnfinishedLargeFilesOptions {
  /**
   * Shows only names that begin with this. With a key that is restricted to a longer prefix, that prefix is used.
   * @defaultValue ""
   */
  readonly prefix?: string | undefined;
  /** Begins with this file, which is shown, too. Files come in the order of their ids, which is that of their start. */
  readonly startFileId?: string | undefined;
  /**
   * Files for each request, at most 100.
   * @defaultValue 100
   */
  readonly fetchCount?: number | undefined;
  /** Ends the listing at any moment; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lists the large files of a bucket that are neither finished nor cancelled. One class C call gives up to 100.
 *
 * @throws `RangeError` for a wrong `fetchCount`. With the first item: {@link RestrictionError} when the application
 * key is restricted to other names.
 * @see b2_list_unfinished_large_files
 */
export function listUnfinishedLargeFiles(
  session: Session,
  bucket: ListedBucket,
  options: ListUnfinishedLargeFilesOptions = {},
): Listing<Schemas["StoredFileVersion"]> {
  const { prefix = "", startFileId, fetchCount = MOST_UNFINISHED, signal } = options;
  checkFetchCount(fetchCount, MOST_UNFINISHED);
  const plan = (keyPrefix: string) => {
    const asked = narrowed(prefix, keyPrefix);
    return asked === undefined
      ? undefined
      : unfinishedPages(session, bucket, { prefix: asked, startFileId, fetchCount });
  };
  const pages = withinKeyPrefix(session, bucket, "b2_list_unfinished_large_files", prefix, plan);
  return new Listing(pages, signal);
}

/** Options of a listing of parts. */
export interface ListPartsOptions {
  /**
   * Begins with this part.
   * @defaultValue 1
   */
  readonly startPartNumber?: number | undefined;
  /**
   * Parts for each request, at most 1,000.
   * @defaultValue 1,000
   */
  readonly fetchCount?: number | undefined;
  /** Ends the listing at any moment; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lists the stored parts of an unfinished large file in the order of their numbers. One class C call gives up to
 * 1,000; a file has at most 10,000.
 *
 * @throws `RangeError` for a wrong `fetchCount`.
 * @see b2_list_parts
 */
export function listParts(
  session: Session,
  fileId: string,
  { startPartNumber, fetchCount = MOST_PARTS, signal }: ListPartsOptions = {},
): Listing<Schemas["Part"]> {
  checkFetchCount(fetchCount, MOST_PARTS);
  return new Listing(partPages(session, fileId, startPartNumber, fetchCount), signal);
}
