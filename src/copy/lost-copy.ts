import type { Span } from "../download/span.ts";
import { quote } from "../raw/encoding.ts";
import type { components } from "../raw/index.ts";
import { RestrictionError, UnavailableError } from "../session/errors.ts";
import type { CallOptions, Session } from "../session/session.ts";
import { isSameFileInfo } from "../upload/file-settings.ts";
import type { TargetName } from "../upload/large-file.ts";
import { findVersionSince } from "../upload/lost-version.ts";
import { sha1Of } from "./copied-metadata.ts";
import type { SourceFields } from "./copy-options.ts";
import { spanOf } from "./copy-plan.ts";

type Schemas = components["schemas"];
type FileVersion = Schemas["FileVersion"];

/** A copy whose outcome is open. */
export interface LostCopy {
  readonly to: TargetName;
  readonly source: SourceFields;
  /** What the service was asked for. */
  readonly request: Pick<Schemas["CopyFileRequest"], "contentType" | "fileInfo"> & {
    readonly destinationServerSideEncryption?: Schemas["FileServerSideEncryptionRequest"];
  };
  /** The bytes that were to be copied, when not all of the source. */
  readonly span: Span | undefined;
  /** When the first request was made, in milliseconds since 1970 by this machine's clock. */
  readonly startedMillis: number;
}

/**
 * Finds the version that a copy made although its answer was lost: newer than its start, with the same size, SHA-1,
 * type and file info. Makes one class C request.
 *
 * @throws {@link UnavailableError} when the key may not list files, so that it cannot be told.
 */
export async function findLostCopy(
  session: Session,
  copy: LostCopy,
  { signal }: CallOptions = {},
): Promise<FileVersion | undefined> {
  const isIt = (version: FileVersion) => isCopy(version, copy);
  try {
    return (await findVersionSince(session, copy.to, copy, isIt, signal))?.data;
  } catch (error) {
    throw error instanceof RestrictionError ? untold(copy.to, error) : error;
  }
}

function isCopy(version: FileVersion, { source, request, span }: LostCopy): boolean {
  const { contentType = source.contentType, fileInfo = source.fileInfo } = request;
  const { length } = span === undefined ? spanOf(source.contentLength) : span;
  const encryption = request.destinationServerSideEncryption?.mode;
  return (
    (version.action === "upload" || version.action === "copy") &&
    version.contentLength === length &&
    (length < source.contentLength || isSameSha1(version, source)) &&
    (contentType === "b2/x-auto" || version.contentType === contentType) &&
    isSameFileInfo(version.fileInfo, fileInfo) &&
    (encryption === undefined || version.serverSideEncryption?.mode === encryption)
  );
}

/** Compares digests where both are known. */
function isSameSha1(version: SourceFields, source: SourceFields): boolean {
  const [copied, original] = [sha1Of(version), sha1Of(source)];
  return copied === undefined || original === undefined || copied === original;
}

function untold({ bucketName, fileName }: TargetName, cause: RestrictionError): UnavailableError {
  return new UnavailableError(
    `b2_copy_file got no answer, and whether ${quote(fileName)} was copied cannot be told: ${cause.message}`,
    { operation: "b2_copy_file", bucketName, fileName, cause },
  );
}
