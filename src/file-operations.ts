import { DownloadVersion } from "./download/download-version.ts";
import { decryptionHeaders, type FileEncryption } from "./encryption.ts";
import { filePages } from "./listing/pages.ts";
import { quote } from "./raw/encoding.ts";
import { type components, downloadHeaders } from "./raw/index.ts";
import { ConflictError, NotFoundError } from "./session/errors.ts";
import type { CallContext, CallOptions, Session } from "./session/session.ts";

// What B2Api, Bucket and FileVersion have in common: one function an operation on a stored file.

type Schemas = components["schemas"];

/** One version of a file, and its bucket as far as it is known. */
export type VersionRef = Pick<CallContext, "bucketId" | "bucketName"> &
  Readonly<Pick<Schemas["DeleteFileVersionRequest"], "fileId" | "fileName">>;

/** A name in a bucket. */
export type NameRef = Pick<CallContext, "bucketName"> & Readonly<Schemas["HideFileRequest"]>;

/** Options of a change that governance retention forbids otherwise. */
export interface BypassOptions extends CallOptions {
  /**
   * Overrides governance retention; the key needs the capability `bypassGovernance`.
   * @defaultValue false
   */
  readonly bypassGovernance?: boolean;
}

/** Options of a look at a file by its name. */
export interface HeadOptions extends CallOptions {
  /** The key of a file that was encrypted with one of yours. */
  readonly encryption?: FileEncryption;
}

export async function getFileInfo(
  session: Session,
  fileId: string,
  { signal }: CallOptions = {},
): Promise<Schemas["FileVersion"]> {
  const { data } = await session.call(
    "b2_get_file_info",
    (raw) => raw.POST("/b2api/v4/b2_get_file_info", { body: { fileId }, signal }),
    { fileId, signal },
  );
  return data;
}

export async function headFile(
  session: Session,
  bucketName: string,
  fileName: string,
  { encryption, signal }: HeadOptions = {},
): Promise<DownloadVersion> {
  const params = { path: { bucketName, fileName }, header: decryptionHeaders(encryption) };
  const { response } = await session.call(
    "b2_head_file_by_name",
    (raw) => raw.HEAD("/file/{bucketName}/{fileName}", { params, signal }),
    { bucketName, fileName, signal },
  );
  return new DownloadVersion(downloadHeaders(response));
}

export async function hideFile(
  session: Session,
  file: NameRef,
  { signal }: CallOptions = {},
): Promise<Schemas["FileVersion"]> {
  const { bucketId, fileName } = file;
  return await session.reconcile(
    "b2_hide_file",
    (raw) => raw.POST("/b2api/v4/b2_hide_file", { body: { bucketId, fileName }, signal }),
    async () => {
      const newest = await newestVersion(session, file, signal);
      return newest?.action === "hide" ? newest : undefined;
    },
    { ...file, signal },
  );
}

/** Deletes the hide marker if it is the newest version of the name, and gives it. */
export async function unhideFile(
  session: Session,
  file: NameRef,
  options: BypassOptions = {},
): Promise<Schemas["FileVersion"]> {
  const newest = await newestVersion(session, file, options.signal);
  const shown = quote(file.fileName);
  if (newest === undefined) {
    throw new NotFoundError(`There is no file ${shown} in the bucket`, file);
  }
  if (newest.action !== "hide" || newest.fileId === null) {
    throw new ConflictError(`The file ${shown} is not hidden`, file);
  }
  await deleteFileVersion(session, { ...file, fileId: newest.fileId }, options);
  return newest;
}

export async function deleteFileVersion(
  session: Session,
  { fileId, fileName, ...bucket }: VersionRef,
  { bypassGovernance, signal }: BypassOptions = {},
): Promise<void> {
  const body = { fileId, fileName, ...(bypassGovernance !== undefined && { bypassGovernance }) };
  await session.reconcile(
    "b2_delete_file_version",
    (raw) => raw.POST("/b2api/v4/b2_delete_file_version", { body, signal }),
    async () => ((await isThere(session, fileId, signal)) ? undefined : { fileId, fileName }),
    { ...bucket, fileName, fields: body, signal },
  );
}

export async function cancelLargeFile(
  session: Session,
  fileId: string,
  { signal }: CallOptions = {},
): Promise<void> {
  await session.reconcile<unknown>(
    "b2_cancel_large_file",
    (raw) => raw.POST("/b2api/v4/b2_cancel_large_file", { body: { fileId }, signal }),
    async () => ((await isThere(session, fileId, signal)) ? undefined : { fileId }),
    { fileId, signal },
  );
}

export async function updateFileRetention(
  session: Session,
  { fileId, fileName, ...bucket }: VersionRef,
  fileRetention: Schemas["FileRetentionRequest"],
  { bypassGovernance, signal }: BypassOptions = {},
): Promise<Schemas["UpdateFileRetentionResponse"]["fileRetention"]> {
  const body = {
    fileId,
    fileName,
    fileRetention,
    ...(bypassGovernance !== undefined && { bypassGovernance }),
  };
  const { data } = await session.call(
    "b2_update_file_retention",
    (raw) => raw.POST("/b2api/v4/b2_update_file_retention", { body, signal }),
    { ...bucket, fileName, fields: body, signal },
  );
  return data.fileRetention;
}

export async function updateFileLegalHold(
  session: Session,
  { fileId, fileName, ...bucket }: VersionRef,
  legalHold: Schemas["LegalHold"],
  { signal }: CallOptions = {},
): Promise<Schemas["LegalHold"]> {
  const { data } = await session.call(
    "b2_update_file_legal_hold",
    (raw) =>
      raw.POST("/b2api/v4/b2_update_file_legal_hold", { body: { fileId, fileName, legalHold }, signal }),
    { ...bucket, fileName, signal },
  );
  return data.legalHold;
}

/** Tells whether a version still exists; makes one request. */
async function isThere(session: Session, fileId: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await getFileInfo(session, fileId, { signal });
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) {
      return false;
    }
    throw error;
  }
}

/** Gives the newest version of a name, hide markers included; makes one request, more behind an empty page. */
async function newestVersion(
  session: Session,
  { bucketId, bucketName, fileName }: NameRef,
  signal = new AbortController().signal,
): Promise<Schemas["FileVersion"] | undefined> {
  const query = { latestOnly: false, prefix: fileName, isExact: true, fetchCount: 1 };
  let page = await filePages(session, { id: bucketId, name: bucketName }, query)(signal);
  while (page.items.length === 0 && page.next) {
    page = await page.next(signal);
  }
  return page.items[0];
}
