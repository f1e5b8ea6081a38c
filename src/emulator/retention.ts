import type { OperationId } from "../../generated/operations.ts";
import type { AnyCall, Handler } from "./call.ts";
import type { Caller } from "./caller.ts";
import { findBucket } from "./lookup.ts";
import { badRequest, notFound, Refusal } from "./refusal.ts";
import { rowOf } from "./routes.ts";
import type { StoredBucket, StoredVersion } from "./store.ts";
import type { HeadersOf, RequestOf, Schemas } from "./wire.ts";

const dayMillis = 24 * 60 * 60 * 1000;

/** Longest default retention: a simulator of the vendor's has this limit, with years of 365 days. */
const longestDefaultDays = 3000;

const noRetention = { mode: null, retainUntilTimestamp: null } as const;

type Retention = StoredVersion["retention"];
type LockRequest = Pick<RequestOf<"b2_start_large_file">, "fileRetention" | "legalHold">;

/**
 * Decides the lock of a new file: as its request asks, else by the bucket's default. A request whose retention is
 * null asks for none, whatever the default.
 *
 * @throws Refusal when the bucket has no file lock, or the retention is not legal.
 */
export function lockOf(
  id: OperationId,
  bucket: StoredBucket,
  { fileRetention, legalHold }: LockRequest,
  now: number,
): Pick<StoredVersion, "retention" | "legalHold"> {
  if (fileRetention || legalHold) requireFileLock(id, bucket);
  return {
    retention: fileRetention ? checkRetention(fileRetention, now) : defaultRetentionFrom(bucket, now),
    legalHold: legalHold ?? null,
  };
}

/** The description gives the code for buckets without file lock to some operations only. */
function requireFileLock(id: OperationId, { fileLock, bucketName }: StoredBucket): void {
  if (fileLock.isFileLockEnabled) return;
  const hasCode = rowOf(id).errors[400]?.includes("bucket_missing_file_lock");
  const code = hasCode ? "bucket_missing_file_lock" : "bad_request";
  throw new Refusal(400, code, `Bucket ${bucketName} is not file lock enabled`);
}

function checkRetention({ mode, retainUntilTimestamp }: Retention, now: number): Retention {
  if ((mode === null) !== (retainUntilTimestamp === null)) {
    throw badRequest("fileRetention needs both mode and retainUntilTimestamp, or null for both");
  }
  if (retainUntilTimestamp !== null && retainUntilTimestamp <= now) {
    throw badRequest("retainUntilTimestamp must be in the future");
  }
  return { mode, retainUntilTimestamp };
}

function defaultRetentionFrom({ fileLock }: StoredBucket, now: number): Retention {
  const { mode, period } = fileLock.defaultRetention;
  return mode && period ? { mode, retainUntilTimestamp: now + daysOf(period) * dayMillis } : noRetention;
}

const daysOf = ({ duration, unit }: Schemas["RetentionPeriod"]) => duration * (unit === "years" ? 365 : 1);

type FileLockRequest = Pick<RequestOf<"b2_update_bucket">, "fileLockEnabled" | "defaultRetention">;

/**
 * Decides the lock settings of a bucket. File lock can be switched on, never off.
 *
 * @param isReplicated - Whether the bucket is a replication source, which must not become lock-enabled.
 */
export function fileLockOf(
  { fileLockEnabled, defaultRetention }: FileLockRequest,
  former: StoredBucket["fileLock"],
  isReplicated: boolean,
): StoredBucket["fileLock"] {
  if (fileLockEnabled === false && former.isFileLockEnabled) {
    throw new Refusal(400, "file_lock_conflict", "File lock cannot be disabled");
  }
  if (fileLockEnabled && !former.isFileLockEnabled && isReplicated) {
    throw new Refusal(
      400,
      "source_replication_conflict",
      "File lock cannot be enabled on a replication source",
    );
  }
  const isFileLockEnabled = fileLockEnabled || former.isFileLockEnabled;
  if (defaultRetention && !isFileLockEnabled) {
    throw badRequest("defaultRetention needs a bucket with file lock enabled");
  }
  return {
    isFileLockEnabled,
    defaultRetention: defaultRetention ? checkDefault(defaultRetention) : former.defaultRetention,
  };
}

function checkDefault(request: Schemas["DefaultRetentionRequest"]): Schemas["DefaultRetention"] {
  const { mode, period } = request;
  if (mode === null || mode === "none" || !period) return { mode: null, period: null };
  if (daysOf(period) > longestDefaultDays) {
    throw badRequest(`The default retention is longer than ${longestDefaultDays} days`);
  }
  return { mode, period };
}

export const updateFileRetention: Handler<"b2_update_file_retention"> = (call) => {
  const { service, body } = call;
  const now = service.clock.now();
  const version = findLockable(call, body);
  const fileRetention = checkRetention(body.fileRetention, now);
  checkChange(version.retention, fileRetention, body.bypassGovernance ?? false, now);
  service.store.commit(["version", version.fileId, { ...version, retention: fileRetention }]);
  return { fileId: version.fileId, fileName: version.fileName, fileRetention };
};

/**
 * Compliance can only be lengthened, and governance too unless it is bypassed. Governance may become compliance if
 * it does not get shorter. A retention that is over protects nothing.
 */
function checkChange(former: Retention, wanted: Retention, bypassGovernance: boolean, now: number): void {
  if (!isRetained(former, now)) return;
  const isWeaker =
    (wanted.retainUntilTimestamp ?? 0) < (former.retainUntilTimestamp ?? 0) ||
    (former.mode === "compliance" && wanted.mode !== "compliance");
  if (!isWeaker || (former.mode === "governance" && bypassGovernance)) return;
  const hint = former.mode === "governance" ? " without bypassGovernance" : "";
  throw denied(`A ${former.mode} retention cannot be shortened or removed${hint}`);
}

export const updateFileLegalHold: Handler<"b2_update_file_legal_hold"> = (call) => {
  const { service, body } = call;
  const version = findLockable(call, body);
  const { legalHold } = body;
  service.store.commit(["version", version.fileId, { ...version, legalHold }]);
  return { fileId: version.fileId, fileName: version.fileName, legalHold };
};

/** Finds a version that can be locked: one with this name and ID, in a bucket with file lock, no hide marker. */
function findLockable(call: AnyCall, names: Pick<StoredVersion, "fileId" | "fileName">): StoredVersion {
  const version = call.service.store.versions.get(names.fileId);
  if (version?.fileName !== names.fileName) {
    throw notFound(`There is no version ${names.fileId} of ${names.fileName}`);
  }
  call.caller.requireFile(version);
  requireFileLock(call.id, findBucket(call, version.bucketId));
  if (version.action === "hide") throw badRequest("A hide marker cannot be locked");
  return version;
}

/** Tells whether a version must stay for now, by legal hold or retention, with no way around it. */
export function isLocked(
  { action, retention, legalHold }: StoredVersion,
  now: number,
  bypassGovernance = false,
): boolean {
  if (action !== "upload") return false; // a lock protects what is stored: unfinished files can be cancelled
  if (legalHold === "on") return true;
  return isRetained(retention, now) && !(retention.mode === "governance" && bypassGovernance);
}

/** Refuses to delete a locked version. Pages differ between 401 and 403; this is the one of the vendor's SDKs. */
export function checkDeletion(version: StoredVersion, now: number, bypassGovernance = false): void {
  if (isLocked(version, now, bypassGovernance)) {
    throw denied(`Version ${version.fileId} is under legal hold or retention`);
  }
}

function isRetained({ mode, retainUntilTimestamp }: Retention, now: number): boolean {
  return mode !== null && (retainUntilTimestamp ?? 0) > now;
}

const denied = (message: string) => new Refusal(403, "access_denied", message);

const modeHeader = "X-Bz-File-Retention-Mode";
const untilHeader = "X-Bz-File-Retention-Retain-Until-Timestamp";
const holdHeader = "X-Bz-File-Legal-Hold";

/** The headers by which downloads tell a file's lock, or that it has one that the caller may not read. */
export function lockHeaders({ retention, legalHold }: StoredVersion, caller: Caller): Record<string, string> {
  const headers: Record<string, string> = {};
  const hidden: string[] = [];
  if (retention.mode !== null) {
    if (caller.can("readFileRetentions")) {
      headers[modeHeader] = retention.mode;
      headers[untilHeader] = String(retention.retainUntilTimestamp);
    } else hidden.push(modeHeader, untilHeader);
  }
  if (legalHold !== null) {
    if (caller.can("readFileLegalHolds")) headers[holdHeader] = legalHold;
    else hidden.push(holdHeader);
  }
  return hidden.length > 0 ? { ...headers, "X-Bz-Client-Unauthorized-To-Read": hidden.join(",") } : headers;
}

/** Reads what the headers of an upload say about its lock. */
export function lockInHeaders(headers: HeadersOf<"b2_upload_file">): LockRequest {
  const mode = headers[modeHeader] ?? null;
  const retainUntilTimestamp = headers[untilHeader] ?? null;
  const legalHold = headers[holdHeader];
  return {
    ...((mode !== null || retainUntilTimestamp !== null) && {
      fileRetention: { mode, retainUntilTimestamp },
    }),
    ...(legalHold && { legalHold }),
  };
}
