import type { Caller } from "./caller.ts";
import type { StoredBucket, StoredVersion } from "./store.ts";
import type { Schemas } from "./wire.ts";

/** Shows a bucket to a caller: settings that its key may not read are held back. */
export function bucketForm(bucket: StoredBucket, accountId: string, caller: Caller): Schemas["Bucket"] {
  const { fileLock, encryption, replication, notificationRules: _, ...open } = bucket;
  return {
    accountId,
    ...open,
    fileLockConfiguration: readable(caller.can("readBucketRetentions"), fileLock),
    defaultServerSideEncryption: readable(caller.can("readBucketEncryption"), encryption),
    replicationConfiguration: readable(caller.can("readBucketReplications"), replication),
  };
}

/** Shows a file version to a caller: lock settings that its key may not read are held back. */
export function versionForm(
  version: StoredVersion,
  accountId: string,
  caller: Caller,
): Schemas["StoredFileVersion"] {
  const { pieces: _, customerKey: __, encryption, retention, legalHold, ...open } = version;
  if (version.action === "hide") return { accountId, ...open };
  return {
    accountId,
    ...open,
    fileRetention: readable(caller.can("readFileRetentions"), retention),
    legalHold: readable(caller.can("readFileLegalHolds"), legalHold),
    serverSideEncryption: encryption,
  };
}

/** Shows the folder of a listing with a delimiter. */
export function folderForm(fileName: string, bucketId: string, accountId: string): Schemas["FileVersion"] {
  return {
    accountId,
    action: "folder",
    bucketId,
    contentLength: 0,
    contentMd5: null,
    contentSha1: null,
    contentType: null,
    fileId: null,
    fileInfo: {},
    fileName,
    uploadTimestamp: 0,
  };
}

/** The wire's wrapper of settings that need a capability to be read. */
function readable<Value>(
  isClientAuthorizedToRead: boolean,
  value: Value,
): { isClientAuthorizedToRead: boolean; value: Value | null } {
  return { isClientAuthorizedToRead, value: isClientAuthorizedToRead ? value : null };
}
