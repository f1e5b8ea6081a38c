import type { OperationId } from "../../generated/operations.ts";
import type { AnyCall } from "./call.ts";
import { badRequest, notFound, Refusal } from "./refusal.ts";
import { rowOf } from "./routes.ts";
import type { StoredBucket, StoredVersion } from "./store.ts";

/** Finds a bucket by ID for a caller whose key reaches it. */
export function findBucket({ id, service, caller }: AnyCall, bucketId: string): StoredBucket {
  caller.requireBucket(bucketId);
  const bucket = service.store.buckets.get(bucketId);
  if (!bucket) throw missingBucket(id, bucketId);
  return bucket;
}

/** Operations differ in how they refuse an unknown bucket; the description says which code each one has. */
function missingBucket(id: OperationId, bucketId: string): Refusal {
  const known = rowOf(id).errors[400] ?? [];
  const code = (["bad_bucket_id", "invalid_bucket_id"] as const).find((candidate) =>
    known.includes(candidate),
  );
  return new Refusal(400, code ?? "bad_request", `Bucket ${bucketId} does not exist`);
}

/** Finds a file version by ID for a caller whose key reaches it. */
export function findVersion({ service, caller }: AnyCall, fileId: string): StoredVersion {
  const version = service.store.versions.get(fileId);
  if (!version) throw notFound(`File ${fileId} does not exist`);
  caller.requireFile(version);
  return version;
}

/** Finds a large file that was started, and neither finished nor cancelled. */
export function findUnfinished({ service, caller }: AnyCall, fileId: string): StoredVersion {
  const version = service.store.versions.get(fileId);
  if (version?.action !== "start")
    throw badRequest(`Invalid fileId: ${fileId} is not an unfinished large file`);
  caller.requireFile(version);
  return version;
}

/** Refuses an account other than that of the server. */
export function checkAccount({ service, body }: AnyCall & { readonly body: { accountId: string } }): void {
  if (body.accountId !== service.store.account.accountId)
    throw badRequest(`Invalid accountId: ${body.accountId}`);
}
