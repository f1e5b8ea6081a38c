import type { OperationId } from "../../generated/operations.ts";
import { Refusal } from "./refusal.ts";
import type { ApiVersion } from "./routes.ts";
import type { StoredKey } from "./store.ts";
import type { AnswerOf, Schemas } from "./wire.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Turns the fields of a request into those that v4 has. Only one call differs: before v4, a new key could be
 * restricted to one bucket, by `bucketId`; `bucketIds` was a field that the service did not know and ignored.
 */
export function requestInV4(version: ApiVersion, id: OperationId, fields: Fields): Fields {
  if (version === 4 || id !== "b2_create_key") return fields;
  const { bucketId, bucketIds: _, ...others } = fields;
  return bucketId === undefined ? others : { ...others, bucketIds: [bucketId] };
}

/** Turns an answer of v4 into the shape that it has in the version of the request. */
export function answerInVersion(version: ApiVersion, id: OperationId, answer: object): object {
  if (version === 4) return answer;
  const shapes = version === 1 ? { ...beforeV4, ...inV1 } : beforeV4;
  // The answer is that of this operation, so the shape of the same operation takes it.
  const shape = shapes[id] as ((answer: object, version: ApiVersion) => object) | undefined;
  return shape ? shape(answer, version) : answer;
}

/** Tells whether a version of the API can express a key: before v4 there was room for one bucket only. */
export function canExpress(version: ApiVersion, { bucketIds }: StoredKey): boolean {
  return version === 4 || bucketIds === null || bucketIds.length === 1;
}

/** Refuses to authorize a key that the version of the call cannot express. */
export function requireExpressible(version: ApiVersion, key: StoredKey): void {
  if (canExpress(version, key)) return;
  throw new Refusal(
    401,
    "unsupported",
    `An application key for several buckets needs v4 of the API, not v${version}`,
  );
}

type Shapes = {
  readonly [Id in OperationId]?: (answer: AnswerOf<Id>, version: ApiVersion) => object;
};

/** Answers that v1, v2 and v3 give in a shape of their own. */
const beforeV4: Shapes = {
  b2_authorize_account: authorizationOf,
  b2_create_key: withOneBucket,
  b2_delete_key: withOneBucket,
  b2_list_keys: ({ keys, ...others }) => ({ ...others, keys: keys.map(withOneBucket) }),
};

/** Answers that only v1 gives in a shape of their own; v2 made all answers about files alike. */
const inV1: Shapes = {
  b2_list_file_names: ({ files, ...others }) => ({ ...others, files: files.map(listed) }),
  b2_list_file_versions: ({ files, ...others }) => ({ ...others, files: files.map(listed) }),
  b2_hide_file: withoutOwner,
  b2_start_large_file: unfinished,
  b2_list_unfinished_large_files: ({ files, ...others }) => ({ ...others, files: files.map(unfinished) }),
};

/**
 * The answer of b2_authorize_account. v3 keeps the restrictions beside the URLs; v2 and v1 know no API suites and keep
 * the URLs at the top. The pages say that v1 had no `bucketName`, but rclone, which authorized with v1 for years,
 * takes a bucket without one for deleted: it is given.
 */
function authorizationOf({ apiInfo, ...account }: Schemas["Authorization"], version: ApiVersion): object {
  const { allowed, ...storage } = apiInfo.storageApi;
  const { buckets, ...restrictions } = allowed;
  const [bucket] = buckets ?? [];
  const flat = { ...restrictions, bucketId: bucket?.id ?? null, bucketName: bucket?.name ?? null };
  if (version === 3)
    return { ...account, apiInfo: { storageApi: { ...storage, ...flat, infoType: "storageApi" } } };
  const { applicationKeyExpirationTimestamp: _, ...identity } = account;
  const oldName = version === 1 && { minimumPartSize: storage.recommendedPartSize };
  return { ...identity, ...storage, ...oldName, allowed: flat };
}

/** A key with its one bucket, or none. */
function withOneBucket({ bucketIds, ...key }: Schemas["ApplicationKey"]): object {
  return { ...key, bucketId: bucketIds?.[0] ?? null };
}

/** An entry of a listing of v1. */
function listed({ contentLength, ...version }: Schemas["FileVersion"]): object {
  return { ...withoutOwner(version), size: contentLength };
}

/** A file version without the account and the bucket that it lies in. */
function withoutOwner({
  accountId: _,
  bucketId: __,
  ...version
}: Pick<Schemas["FileVersion"], "accountId" | "bucketId">): object {
  return version;
}

/** A large file that is not finished, without the fields that say so. */
function unfinished({
  action: _,
  contentLength: __,
  contentSha1: ___,
  ...file
}: Schemas["FileVersion"]): object {
  return file;
}
