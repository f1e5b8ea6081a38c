import { checkBucketInfo } from "./bucket-info.ts";
import type { Call, Handler } from "./call.ts";
import { checkCorsRules } from "./cors.ts";
import { defaultEncryptionOf } from "./encryption.ts";
import { bucketForm } from "./forms.ts";
import { newBucketId } from "./ids.ts";
import { checkLifecycleRules } from "./lifecycle.ts";
import { checkAccount, findBucket } from "./lookup.ts";
import { badRequest, Refusal, unauthorized } from "./refusal.ts";
import { isReplicationSource, replicationOf } from "./replication.ts";
import { fileLockOf } from "./retention.ts";
import type { Store, StoredBucket } from "./store.ts";
import type { RequestOf } from "./wire.ts";

const mostBuckets = 100;

/** Bucket types that a listing shows unless it asks for others. */
const usualTypes: readonly string[] = ["allPublic", "allPrivate", "snapshot"];

export const createBucket: Handler<"b2_create_bucket"> = (call) => {
  checkAccount(call);
  const { service, body, caller } = call;
  const { store } = service;
  if (caller.key.bucketIds) throw unauthorized("The application key is restricted to existing buckets");
  if (store.buckets.size >= mostBuckets) {
    throw new Refusal(400, "too_many_buckets", `The account has ${mostBuckets} buckets already`);
  }
  if (store.bucketNamed(body.bucketName)) {
    throw new Refusal(400, "duplicate_bucket_name", `Bucket name ${body.bucketName} is already in use`);
  }
  const bucket = addBucket(store, body);
  return bucketForm(bucket, store.account.accountId, caller);
};

/** Puts a new bucket into the store. The service's first revision is 2. */
export function addBucket(
  store: Store,
  request: Omit<RequestOf<"b2_create_bucket">, "accountId">,
): StoredBucket {
  const bucketId = newBucketId(store.account.accountId);
  const bucket: StoredBucket = {
    bucketId,
    bucketName: request.bucketName,
    bucketType: request.bucketType,
    options: ["s3"],
    revision: 2,
    ...protectionOf(store, bucketId, request, unprotected),
    notificationRules: [],
    ...settingsOf(request, { bucketInfo: {}, corsRules: [], lifecycleRules: [] }),
  };
  store.commit(["bucket", bucketId, bucket]);
  return bucket;
}

export const listBuckets: Handler<"b2_list_buckets"> = (call) => {
  checkAccount(call);
  const { service, body, caller } = call;
  const { store } = service;
  const bucketIds = reachableIds(call);
  const types = body.bucketTypes ?? usualTypes;
  if (types.length === 0 || (types.length > 1 && types.includes("all"))) {
    throw badRequest('bucketTypes must list bucket types, or be exactly ["all"]');
  }
  const wanted = [...store.buckets.values()].filter(
    ({ bucketId, bucketName, bucketType }) =>
      bucketIds?.includes(bucketId) !== false &&
      (body.bucketId === undefined || bucketId === body.bucketId) &&
      (body.bucketName === undefined || bucketName.toLowerCase() === body.bucketName.toLowerCase()) &&
      (types.includes("all") || types.some((type) => type === bucketType)),
  );
  return { buckets: wanted.map((bucket) => bucketForm(bucket, store.account.accountId, caller)) };
};

/**
 * Tells which buckets a listing may show; undefined for all. A key that is restricted to buckets must name one of them;
 * v1 shows those that it may use.
 */
function reachableIds({
  service,
  body,
  caller,
  route,
}: Call<"b2_list_buckets">): readonly string[] | undefined {
  const { bucketIds } = caller.key;
  if (!bucketIds) return undefined;
  const namesNone = body.bucketId === undefined && body.bucketName === undefined;
  if (route.version === 1 && namesNone) return bucketIds;
  const bucketId = body.bucketId ?? (body.bucketName && service.store.bucketNamed(body.bucketName)?.bucketId);
  if (!bucketId)
    throw unauthorized("The application key is restricted to buckets: bucketId or bucketName must name one");
  caller.requireBucket(bucketId);
  return bucketIds;
}

export const updateBucket: Handler<"b2_update_bucket"> = (call) => {
  checkAccount(call);
  const { service, body, caller } = call;
  const { store } = service;
  const bucket = findBucket(call, body.bucketId);
  if (body.ifRevisionIs !== undefined && body.ifRevisionIs !== bucket.revision) {
    throw new Refusal(
      409,
      "conflict",
      `The bucket is at revision ${bucket.revision}, not ${body.ifRevisionIs}`,
    );
  }
  service.lifecycle.run(); // what the former rules owe
  const updated: StoredBucket = {
    ...bucket,
    bucketType: body.bucketType ?? bucket.bucketType,
    ...protectionOf(store, bucket.bucketId, body, bucket),
    ...settingsOf(body, bucket),
    revision: bucket.revision + 1,
  };
  store.commit(["bucket", bucket.bucketId, updated]);
  return bucketForm(updated, store.account.accountId, caller);
};

export const deleteBucket: Handler<"b2_delete_bucket"> = (call) => {
  checkAccount(call);
  const { service, body, caller } = call;
  const { store } = service;
  const bucket = findBucket(call, body.bucketId);
  if (store.namesOf(bucket.bucketId).names.length > 0) {
    throw new Refusal(
      400,
      "cannot_delete_non_empty_bucket",
      `Bucket ${bucket.bucketName} holds file versions`,
    );
  }
  store.commit(["bucket", bucket.bucketId, null]);
  return bucketForm(bucket, store.account.accountId, caller);
};

type Settings = Pick<StoredBucket, "bucketInfo" | "corsRules" | "lifecycleRules">;
type SettingsRequest = Pick<RequestOf<"b2_update_bucket">, "bucketInfo" | "corsRules" | "lifecycleRules">;

/** Checks the settings that a request gives, and completes them by the former ones. */
function settingsOf(request: SettingsRequest, former: Settings): Settings {
  if (request.lifecycleRules) checkLifecycleRules(request.lifecycleRules);
  if (request.corsRules) checkCorsRules(request.corsRules);
  if (request.bucketInfo) checkBucketInfo(request.bucketInfo);
  return {
    bucketInfo: request.bucketInfo ?? former.bucketInfo,
    corsRules: request.corsRules ?? former.corsRules,
    lifecycleRules: request.lifecycleRules ?? former.lifecycleRules,
  };
}

type Protection = Pick<StoredBucket, "fileLock" | "encryption" | "replication">;
type ProtectionRequest = Pick<
  RequestOf<"b2_update_bucket">,
  "fileLockEnabled" | "defaultRetention" | "defaultServerSideEncryption" | "replicationConfiguration"
>;

const unprotected: Protection = {
  fileLock: { isFileLockEnabled: false, defaultRetention: { mode: null, period: null } },
  encryption: { mode: null, algorithm: null },
  replication: null,
};

/** Checks what a request says about lock, encryption and replication, and completes it by the former settings. */
function protectionOf(
  store: Store,
  bucketId: string,
  request: ProtectionRequest,
  former: Protection,
): Protection {
  const { defaultServerSideEncryption, replicationConfiguration } = request;
  const replication = replicationConfiguration
    ? replicationOf(store, bucketId, replicationConfiguration)
    : former.replication;
  const staysReplicated = isReplicationSource(former) && isReplicationSource({ replication });
  return {
    fileLock: fileLockOf(request, former.fileLock, staysReplicated),
    encryption: defaultServerSideEncryption
      ? defaultEncryptionOf(defaultServerSideEncryption)
      : former.encryption,
    replication,
  };
}
