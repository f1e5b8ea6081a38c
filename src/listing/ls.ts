import type { components } from "../raw/index.ts";
import type { Session } from "../session/session.ts";
import { items, type Page } from "./pages.ts";

/** Options of a directory listing. */
export interface LsOptions {
  /**
   * Lists everything below the path instead of one level.
   * @defaultValue false
   */
  readonly recursive?: boolean;
  /**
   * Shows only the newest version of each name, and no hidden ones.
   * @defaultValue true
   */
  readonly latestOnly?: boolean;
  /**
   * Entries for each request, at most 10,000; the service bills each 1,000 as one transaction.
   * @defaultValue 1,000
   */
  readonly fetchCount?: number;
  readonly signal?: AbortSignal;
}

/** The bucket whose names are listed. */
export interface ListedBucket {
  readonly id: string;
  readonly name: string;
}

type FileVersion = components["schemas"]["FileVersion"];
type ListAnswer =
  | components["schemas"]["ListFileNamesResponse"]
  | components["schemas"]["ListFileVersionsResponse"];
type ListBody = components["schemas"]["ListFileVersionsRequest"];
type Cursor = { readonly startFileName: string; readonly startFileId?: string };

/**
 * Lists a path as a directory, in UTF-8 byte order. A path without final `/` shows the file of that name, if there
 * is one, and then what the folder of that name holds.
 *
 * A page of files and folders costs one class C call; the file's own name one more.
 *
 * @see b2_list_file_names, b2_list_file_versions
 */
export async function* ls(
  session: Session,
  bucket: ListedBucket,
  path = "",
  options: LsOptions = {},
): AsyncGenerator<FileVersion> {
  const { fetchCount = 1000 } = options;
  if (!Number.isInteger(fetchCount) || fetchCount < 1 || fetchCount > 10_000) {
    throw new RangeError(`fetchCount must be a whole number from 1 to 10,000, not ${fetchCount}`);
  }
  const isFolder = path === "" || path.endsWith("/");
  if (!isFolder) {
    yield* exactName(session, bucket, path, options);
  }
  yield* entries(session, bucket, isFolder ? path : `${path}/`, options);
}

async function* exactName(session: Session, bucket: ListedBucket, name: string, options: LsOptions) {
  const fetchCount = options.latestOnly === false ? (options.fetchCount ?? 1000) : 1;
  for await (const entry of entries(session, bucket, name, { ...options, recursive: true, fetchCount })) {
    if (entry.fileName !== name) {
      return;
    }
    yield entry;
  }
}

function entries(
  session: Session,
  bucket: ListedBucket,
  prefix: string,
  options: LsOptions,
): AsyncGenerator<FileVersion> {
  const { recursive = false, latestOnly = true, fetchCount = 1000, signal } = options;
  return items(async (cursor: Cursor | undefined): Promise<Page<FileVersion, Cursor>> => {
    const body = {
      bucketId: bucket.id,
      maxFileCount: fetchCount,
      ...(prefix !== "" && { prefix }),
      ...(!recursive && { delimiter: "/" }),
      ...cursor,
    };
    const { data } = await fetchPage(session, bucket, latestOnly, body, signal);
    return { items: data.files, next: nextCursor(data) };
  });
}

function fetchPage(
  session: Session,
  bucket: ListedBucket,
  latestOnly: boolean,
  body: ListBody,
  signal: AbortSignal | undefined,
) {
  const init = { body, signal };
  return latestOnly
    ? session.call("b2_list_file_names", (raw) => raw.POST("/b2api/v4/b2_list_file_names", init), {
        bucketName: bucket.name,
        signal,
      })
    : session.call("b2_list_file_versions", (raw) => raw.POST("/b2api/v4/b2_list_file_versions", init), {
        bucketName: bucket.name,
        signal,
      });
}

function nextCursor(data: ListAnswer): Cursor | undefined {
  if (data.nextFileName === null) {
    return undefined;
  }
  const startFileId = "nextFileId" in data ? data.nextFileId : null;
  return { startFileName: data.nextFileName, ...(startFileId !== null && { startFileId }) };
}
