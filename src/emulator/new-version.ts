import { resolveContentType } from "./content-types.ts";
import { checkFileInfo, checkFileName } from "./file-rules.ts";
import type { Service } from "./service.ts";
import type { StoredBucket, StoredVersion } from "./store.ts";

/** What a request says about a file that it makes. */
export interface FileRequest {
  readonly fileName: string;
  readonly contentType: string;
  readonly fileInfo: Readonly<Record<string, string>>;
  /** Whether it asks for SSE-B2; the bucket's default may add it. */
  readonly wantsEncryption: boolean;
}

/** What is known of a file before its contents. */
type FileDescription = Pick<
  StoredVersion,
  "bucketId" | "fileName" | "contentType" | "fileInfo" | "encryption" | "retention" | "legalHold"
>;

/** Room for file name and file info in headers; less where the service adds headers of its own. */
const infoLimits = { usual: 7000, withEncryptionOrLock: 2048 };

/**
 * Checks what a request says about a new file and completes it by the bucket's settings.
 *
 * @throws Refusal when name or file info are not legal.
 */
export function describeFile(bucket: StoredBucket, request: FileRequest): FileDescription {
  const { fileName, contentType, wantsEncryption } = request;
  checkFileName(fileName);
  const isEncrypted = wantsEncryption || bucket.encryption.mode === "SSE-B2";
  const isLimited = isEncrypted || bucket.fileLock.isFileLockEnabled;
  const limit = isLimited ? infoLimits.withEncryptionOrLock : infoLimits.usual;
  return {
    bucketId: bucket.bucketId,
    fileName,
    contentType: resolveContentType(contentType, fileName),
    fileInfo: checkFileInfo(fileName, request.fileInfo, limit),
    encryption: isEncrypted ? { mode: "SSE-B2", algorithm: "AES256" } : { mode: null, algorithm: null },
    retention: { mode: null, retainUntilTimestamp: null },
    legalHold: null,
  };
}

/** Gives a new version its ID and its upload timestamp, later than that of all versions of its name. */
export function newVersion(
  { store, clock }: Service,
  kind: "small" | "large",
  file: Omit<StoredVersion, "fileId" | "uploadTimestamp">,
): StoredVersion {
  const uploadTimestamp = store.uploadTimestamp(file.bucketId, file.fileName, clock.now());
  const fileId = store.newFileId(file.bucketId, kind, uploadTimestamp);
  return { ...file, fileId, uploadTimestamp };
}
