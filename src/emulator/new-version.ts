import { createHash } from "node:crypto";
import type { OperationId } from "../../generated/operations.ts";
import { resolveContentType } from "./content-types.ts";
import { encryptionOf } from "./encryption.ts";
import { checkFileInfo, checkFileName } from "./file-rules.ts";
import { checkContentType } from "./header-values.ts";
import { badRequest } from "./refusal.ts";
import { lockOf } from "./retention.ts";
import type { Service } from "./service.ts";
import type { StoredBucket, StoredVersion } from "./store.ts";
import type { RequestOf } from "./wire.ts";

/** What a request says about a file that it makes. */
export type FileRequest = Readonly<
  Omit<RequestOf<"b2_start_large_file">, "bucketId" | "customUploadTimestamp">
>;

/** What is known of a file before its contents. */
type FileDescription = Pick<
  StoredVersion,
  | "bucketId"
  | "fileName"
  | "contentType"
  | "fileInfo"
  | "encryption"
  | "customerKey"
  | "retention"
  | "legalHold"
>;

/** Room for file name and file info in headers; less where the service adds headers of its own. */
const infoLimits = { usual: 7000, withEncryptionOrLock: 2048 };

/**
 * Checks what a request says about a new file and completes it by the bucket's settings.
 *
 * @param id - The operation that makes the file: refusals depend on it.
 * @throws Refusal when name, file info, encryption or lock are not legal.
 */
export function describeFile(
  id: OperationId,
  bucket: StoredBucket,
  request: FileRequest,
  now: number,
): FileDescription {
  const { fileName, contentType, fileInfo = {} } = request;
  checkFileName(fileName);
  checkContentType(contentType);
  const encrypted = encryptionOf(bucket, request.serverSideEncryption);
  const isLimited = encrypted.encryption.mode !== null || bucket.fileLock.isFileLockEnabled;
  const limit = isLimited ? infoLimits.withEncryptionOrLock : infoLimits.usual;
  return {
    bucketId: bucket.bucketId,
    fileName,
    contentType: resolveContentType(contentType, fileName),
    fileInfo: checkFileInfo(fileName, fileInfo, limit),
    ...encrypted,
    ...lockOf(id, bucket, request, now),
  };
}

/**
 * Gives a new version its ID and its upload timestamp: now, but later than that of all versions of its name.
 *
 * @param chosen - Upload timestamp that takes the place of now, and orders the version among the others of its name.
 */
export function newVersion(
  { store, clock }: Pick<Service, "store" | "clock">,
  kind: "small" | "large",
  file: Omit<StoredVersion, "fileId" | "uploadTimestamp">,
  chosen?: number,
): StoredVersion {
  const now = clock.now();
  const uploadTimestamp = chosen ?? store.uploadTimestamp(file.bucketId, file.fileName, now);
  const fileId = store.newFileId(file.bucketId, kind, now, uploadTimestamp);
  return { ...file, fileId, uploadTimestamp };
}

/** Latest time that a file ID can hold: its year has four digits. */
const latestTimestamp = Date.UTC(9999, 11, 31);

/** Reads an upload timestamp that a client chose: a number, or a string of digits; not in the future. */
export function checkUploadTimestamp(chosen: number | string | undefined, now: number): number | undefined {
  if (chosen === undefined) return undefined;
  const timestamp = Number(chosen);
  if (timestamp > Math.min(now, latestTimestamp)) throw badRequest("The upload timestamp is in the future");
  return timestamp;
}

const hashOfNothing = (algorithm: string) => createHash(algorithm).digest("hex");

/** Makes a marker that hides the other versions of a name. Its digests are those that the service answers. */
export function newHideMarker(
  service: Pick<Service, "store" | "clock">,
  names: Pick<StoredVersion, "bucketId" | "fileName">,
  chosen?: number,
): StoredVersion {
  const { bucketId, fileName } = names;
  const marker = {
    bucketId,
    fileName,
    action: "hide",
    contentLength: 0,
    contentType: "application/x-bz-hide-marker",
    contentSha1: hashOfNothing("sha1"),
    contentMd5: hashOfNothing("md5"),
    fileInfo: {},
    pieces: [],
    encryption: { mode: null, algorithm: null },
    retention: { mode: null, retainUntilTimestamp: null },
    legalHold: null,
  } as const;
  return newVersion(service, "small", marker, chosen);
}
