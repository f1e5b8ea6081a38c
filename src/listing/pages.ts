import type { components } from "../raw/index.ts";
import type { CallContext, Session } from "../session/session.ts";

type Schemas = components["schemas"];

/** One line of a listing as the wire carries it: a file version, hide marker, unfinished file or folder. */
export type FileVersionFields = Schemas["FileVersion"];

/** One page of a listing and the way to the next. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Fetches the page behind this one; undefined at the end. A page may be empty and still have a next. */
  readonly next: PageSource<Item> | undefined;
}

/**
 * Fetches one page with one request. Nothing of the folder `beyond` is wanted any more: a page that would begin in
 * it begins behind it.
 */
export type PageSource<Item> = (signal: AbortSignal, beyond?: string) => Promise<Page<Item>>;

/** The bucket whose names are listed. */
export interface ListedBucket {
  readonly id: string;
  /** Told by errors, and checked against the key's restrictions, where it is known. */
  readonly name?: string | undefined;
}

/** What the pages of a file listing hold. */
export interface FileQuery {
  /** Only the newest version of each name, and no hidden ones. */
  readonly latestOnly: boolean;
  /** Every name begins with it. */
  readonly prefix: string;
  /** Only the file whose name is the prefix itself. */
  readonly isExact?: boolean;
  /** What lies below the next `/` behind the prefix comes as one folder. */
  readonly isFolded?: boolean;
  /** Entries for each request; by default 1,000 for the first, which cost one transaction, and 10,000 for others. */
  readonly fetchCount?: number | undefined;
}

/** Most entries of one page of files. */
export const MOST_FILES = 10_000;
const FIRST_FILES = 1000;

type FileCursor = Pick<Schemas["ListFileVersionsRequest"], "startFileName" | "startFileId">;
type FileAnswer = Schemas["ListFileNamesResponse"] | Schemas["ListFileVersionsResponse"];

/**
 * Gives the pages of a bucket's names or versions.
 *
 * @see b2_list_file_names, b2_list_file_versions
 */
export function filePages(
  session: Session,
  bucket: ListedBucket,
  query: FileQuery,
): PageSource<FileVersionFields> {
  const { prefix, isExact = false, isFolded = false, fetchCount } = query;
  return pagesFrom<FileVersionFields, FileCursor>(async (cursor, signal, beyond) => {
    const body = {
      bucketId: bucket.id,
      maxFileCount: fetchCount ?? (cursor === undefined ? FIRST_FILES : MOST_FILES),
      ...(prefix !== "" && { prefix }),
      ...(isFolded && { delimiter: "/" }),
      ...(isExact && { startFileName: prefix }),
      ...behind(cursor, beyond),
    };
    const context = {
      bucketId: bucket.id,
      bucketName: bucket.name,
      ...(isExact && { fileName: prefix }),
      signal,
    };
    const answer = await listFiles(session, query.latestOnly, body, context);
    const next = cursorOf(answer);
    return isExact
      ? {
          items: answer.files.filter(({ fileName }) => fileName === prefix),
          next: next?.startFileName === prefix ? next : undefined,
        }
      : { items: answer.files, next };
  });
}

async function listFiles(
  session: Session,
  latestOnly: boolean,
  body: Schemas["ListFileVersionsRequest"],
  context: CallContext,
): Promise<FileAnswer> {
  const init = { body, signal: context.signal };
  const { data } = latestOnly
    ? await session.call(
        "b2_list_file_names",
        (raw) => raw.POST("/b2api/v4/b2_list_file_names", init),
        context,
      )
    : await session.call(
        "b2_list_file_versions",
        (raw) => raw.POST("/b2api/v4/b2_list_file_versions", init),
        context,
      );
  return data;
}

function cursorOf(answer: FileAnswer): FileCursor | undefined {
  if (answer.nextFileName === null) {
    return undefined;
  }
  // A folder has no id, so a cursor of versions may be a name alone.
  const startFileId = "nextFileId" in answer ? answer.nextFileId : null;
  return { startFileName: answer.nextFileName, ...(startFileId !== null && { startFileId }) };
}

/** Moves a cursor out of a folder: `0` follows `/` in the order of names. */
function behind(cursor: FileCursor | undefined, folder: string | undefined): FileCursor | undefined {
  return folder !== undefined && cursor?.startFileName?.startsWith(folder)
    ? { startFileName: `${folder.slice(0, -1)}0` }
    : cursor;
}

/** Where a listing of unfinished large files begins, and what it holds. */
export interface UnfinishedQuery {
  readonly prefix: string;
  readonly startFileId: string | undefined;
  readonly fetchCount: number;
}

/**
 * Gives the pages of a bucket's unfinished large files.
 *
 * @see b2_list_unfinished_large_files
 */
export function unfinishedPages(
  session: Session,
  bucket: ListedBucket,
  { prefix, startFileId, fetchCount }: UnfinishedQuery,
): PageSource<Schemas["StoredFileVersion"]> {
  return pagesFrom(async (cursor: string | undefined, signal) => {
    const body = {
      bucketId: bucket.id,
      maxFileCount: fetchCount,
      ...(prefix !== "" && { namePrefix: prefix }),
      ...(cursor !== undefined && { startFileId: cursor }),
    };
    const { data } = await session.call(
      "b2_list_unfinished_large_files",
      (raw) => raw.POST("/b2api/v4/b2_list_unfinished_large_files", { body, signal }),
      { bucketId: bucket.id, bucketName: bucket.name, signal },
    );
    return { items: data.files, next: data.nextFileId ?? undefined };
  }, startFileId);
}

/**
 * Gives the pages of an unfinished large file's parts.
 *
 * @see b2_list_parts
 */
export function partPages(
  session: Session,
  fileId: string,
  startPartNumber: number | undefined,
  maxPartCount: number,
): PageSource<Schemas["Part"]> {
  return pagesFrom(async (cursor: number | undefined, signal) => {
    const body = { fileId, maxPartCount, ...(cursor !== undefined && { startPartNumber: cursor }) };
    const { data } = await session.call(
      "b2_list_parts",
      (raw) => raw.POST("/b2api/v4/b2_list_parts", { body, signal }),
      { fileId, signal },
    );
    return { items: data.parts, next: data.nextPartNumber ?? undefined };
  }, startPartNumber);
}

/** One page as it was answered, and the cursor of the next. */
interface AnsweredPage<Item, Cursor> {
  readonly items: readonly Item[];
  readonly next: Cursor | undefined;
}

/** Fetches the page at a cursor; the first page of all has none. */
type Fetch<Item, Cursor> = (
  cursor: Cursor | undefined,
  signal: AbortSignal,
  beyond: string | undefined,
) => Promise<AnsweredPage<Item, Cursor>>;

/** Gives the pages that follow each other by cursors. */
export function pagesFrom<Item, Cursor>(fetch: Fetch<Item, Cursor>, cursor?: Cursor): PageSource<Item> {
  return async (signal, beyond) => {
    const { items, next } = await fetch(cursor, signal, beyond);
    return { items, next: next === undefined ? undefined : pagesFrom(fetch, next) };
  };
}

/** Gives the same pages with their items changed, a whole page at a time. */
export function changedPages<Item, Changed>(
  source: PageSource<Item>,
  change: (items: readonly Item[]) => readonly Changed[],
): PageSource<Changed> {
  return async (signal, beyond) => {
    const { items, next } = await source(signal, beyond);
    return { items: change(items), next: next && changedPages(next, change) };
  };
}

/** Gives the pages of one listing and then those of another. */
export function chainedPages<Item>(first: PageSource<Item>, second: PageSource<Item>): PageSource<Item> {
  return async (signal, beyond) => {
    const { items, next } = await first(signal, beyond);
    return { items, next: next ? chainedPages(next, second) : second };
  };
}

/** Refuses a page size that the service would refuse, before a request is spent. */
export function checkFetchCount(fetchCount: number | undefined, most: number): void {
  if (fetchCount !== undefined && !(Number.isInteger(fetchCount) && fetchCount >= 1 && fetchCount <= most)) {
    throw new RangeError(
      `fetchCount must be a whole number from 1 to ${most.toLocaleString("en")}, not ${fetchCount}`,
    );
  }
}
