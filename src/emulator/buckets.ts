import type { Call, Handler } from "./call.ts";
import { bucketForm } from "./forms.ts";
import { newBucketId } from "./ids.ts";
import { checkAccount, findBucket } from "./lookup.ts";
import { badRequest, Refusal, unauthorized } from "./refusal.ts";
import type { Store, StoredBucket } from "./store.ts";
import type { RequestOf, Schemas } from "./wire.ts";

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
  checkBucketName(request.bucketName);
  const bucketId = newBucketId(store.account.accountId);
  const bucket: StoredBucket = {
    bucketId,
    bucketName: request.bucketName,
    bucketType: request.bucketType,
    options: ["s3"],
    revision: 2,
    fileLock: {
      isFileLockEnabled: request.fileLockEnabled ?? false,
      defaultRetention: { mode: null, period: null },
    },
    encryption: encryptionOf(request.defaultServerSideEncryption),
    replication: null,
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
  requireNamedBucket(call);
  const types = body.bucketTypes ?? usualTypes;
  if (types.length === 0 || (types.length > 1 && types.includes("all"))) {
    throw badRequest('bucketTypes must list bucket types, or be exactly ["all"]');
  }
  const wanted = [...store.buckets.values()].filter(
    ({ bucketId, bucketName, bucketType }) =>
      (body.bucketId === undefined || bucketId === body.bucketId) &&
      (body.bucketName === undefined || bucketName.toLowerCase() === body.bucketName.toLowerCase()) &&
      (types.includes("all") || types.some((type) => type === bucketType)),
  );
  return { buckets: wanted.map((bucket) => bucketForm(bucket, store.account.accountId, caller)) };
};

/** A key that is restricted to buckets must name one of them. */
function requireNamedBucket({ service, body, caller }: Call<"b2_list_buckets">): void {
  if (!caller.key.bucketIds) return;
  const bucketId = body.bucketId ?? (body.bucketName && service.store.bucketNamed(body.bucketName)?.bucketId);
  if (!bucketId)
    throw unauthorized("The application key is restricted to buckets: bucketId or bucketName must name one");
  caller.requireBucket(bucketId);
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
  const updated: StoredBucket = {
    ...bucket,
    bucketType: body.bucketType ?? bucket.bucketType,
    fileLock: fileLockOf(body, bucket),
    encryption: body.defaultServerSideEncryption
      ? encryptionOf(body.defaultServerSideEncryption)
      : bucket.encryption,
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
  if (request.bucketInfo) checkBucketInfo(request.bucketInfo);
  return {
    bucketInfo: request.bucketInfo ?? former.bucketInfo,
    corsRules: request.corsRules ?? former.corsRules,
    lifecycleRules: request.lifecycleRules ?? former.lifecycleRules,
  };
}

function checkBucketName(name: string): void {
  if (!/^[A-Za-z0-9-]{6,63}$/.test(name)) {
    throw badRequest(`Invalid bucket name ${name}: 6 to 63 letters, digits and hyphens`);
  }
  if (name.toLowerCase().startsWith("b2-")) throw badRequest("Bucket names that begin with b2- are reserved");
}

function checkBucketInfo(info: Readonly<Record<string, string>>): void {
  const keys = Object.keys(info);
  if (keys.length > 10) throw badRequest("bucketInfo has more than 10 entries");
  const bad = keys.find((key) => !/^[A-Za-z0-9\-_.`~!#$%^&*'+|]{1,50}$/.test(key) || /^b2-/i.test(key));
  if (bad !== undefined) throw badRequest(`Bad bucketInfo key: ${bad}`);
}

/** No two rules may cover the same file. */
function checkLifecycleRules(rules: readonly Schemas["LifecycleRule"][]): void {
  const prefixes = rules.map(({ fileNamePrefix }) => fileNamePrefix);
  for (const [index, prefix] of prefixes.entries()) {
    const other = prefixes.find((candidate, place) => place !== index && candidate.startsWith(prefix));
    if (other !== undefined) throw badRequest(`Lifecycle rules overlap: "${prefix}" covers "${other}"`);
  }
}

/** File lock can be switched on, never off. */
function fileLockOf(
  { fileLockEnabled, defaultRetention }: RequestOf<"b2_update_bucket">,
  { fileLock }: StoredBucket,
): StoredBucket["fileLock"] {
  if (fileLockEnabled === false && fileLock.isFileLockEnabled) {
    throw new Refusal(400, "file_lock_conflict", "File lock cannot be disabled");
  }
  if (defaultRetention)
    throw new Refusal(501, "not_implemented", "The emulator does not have defaultRetention yet");
  return { ...fileLock, isFileLockEnabled: fileLockEnabled || fileLock.isFileLockEnabled };
}

function encryptionOf(
  request: RequestOf<"b2_create_bucket">["defaultServerSideEncryption"],
): StoredBucket["encryption"] {
  return request?.mode === "SSE-B2"
    ? { mode: "SSE-B2", algorithm: "AES256" }
    : { mode: null, algorithm: null };
}
