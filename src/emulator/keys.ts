import { canExpress } from "./api-versions.ts";
import type { Handler } from "./call.ts";
import { applicationKeyIdOf, newApplicationKey } from "./ids.ts";
import { checkAccount } from "./lookup.ts";
import { badRequest } from "./refusal.ts";
import type { Store, StoredKey } from "./store.ts";
import type { RequestOf, Schemas } from "./wire.ts";

const defaultCount = 100;
const longestPrefixBytes = 1024;

/** What a key cannot do within some buckets only: what the service's list for such keys leaves out. */
const accountWide: readonly Schemas["Capability"][] = [
  "listKeys",
  "writeKeys",
  "deleteKeys",
  "writeBuckets",
  "deleteBuckets",
  "readBucketLogging",
  "writeBucketLogging",
  "readBucketLifecycleRules",
  "writeBucketLifecycleRules",
];

/**
 * A key may give others what it cannot do itself: `writeKeys` amounts to full access, as the service's pages say.
 */
export const createKey: Handler<"b2_create_key"> = (call) => {
  checkAccount(call);
  const { body, service } = call;
  const { store, clock } = service;
  checkRestrictions(store, body);
  const { account } = store;
  const number = account.keysMade + 1;
  const life = body.validDurationInSeconds;
  const key: StoredKey = {
    accountId: account.accountId,
    applicationKeyId: applicationKeyIdOf(account.accountId, number),
    applicationKey: newApplicationKey(),
    keyName: body.keyName,
    capabilities: [...new Set(body.capabilities)],
    bucketIds: body.bucketIds ? [...new Set(body.bucketIds)] : null,
    namePrefix: body.namePrefix || null,
    expirationTimestamp: life === undefined ? null : clock.now() + life * 1000,
    options: ["s3"],
  };
  store.commit(["account", "", { ...account, keysMade: number }], ["key", key.applicationKeyId, key]);
  return key;
};

function checkRestrictions({ buckets }: Store, request: RequestOf<"b2_create_key">): void {
  const { bucketIds, namePrefix = "", capabilities } = request;
  if (Buffer.byteLength(namePrefix) > longestPrefixBytes) throw badRequest("namePrefix is too long");
  if (/[^ -~\u0080-\u{10ffff}]|\p{Surrogate}/u.test(namePrefix))
    throw badRequest("namePrefix is not the beginning of a file name");
  if (!bucketIds) return;
  if (bucketIds.length === 0) throw badRequest("bucketIds is empty");
  const unknown = bucketIds.find((id) => !buckets.has(id));
  if (unknown !== undefined) throw badRequest(`Invalid bucketId: ${unknown}`);
  const tooMuch = capabilities.find((capability) => accountWide.includes(capability));
  if (tooMuch) throw badRequest(`A key that is restricted to buckets cannot have the capability ${tooMuch}`);
}

/**
 * The master application key is not listed. Keys that have expired are, until they are deleted: no page says that they
 * vanish, and `expirationTimestamp` tells them apart.
 */
export const listKeys: Handler<"b2_list_keys"> = (call) => {
  checkAccount(call);
  const { body, service, route } = call;
  const { startApplicationKeyId = "", maxKeyCount } = body;
  const count = maxKeyCount || defaultCount; // zero asks for the default
  const keys = [...service.store.keys.values()].filter(
    (key) => key.applicationKeyId >= startApplicationKeyId && canExpress(route.version, key),
  );
  return {
    keys: keys.slice(0, count).map(withoutSecret),
    nextApplicationKeyId: keys[count]?.applicationKeyId ?? null,
  };
};

/** Tokens of a deleted key die with it. */
export const deleteKey: Handler<"b2_delete_key"> = ({ body, service, route }) => {
  const { store } = service;
  const key = store.keys.get(body.applicationKeyId);
  if (!key) throw badRequest(`Invalid applicationKeyId: ${body.applicationKeyId}`);
  if (!canExpress(route.version, key)) {
    throw badRequest("An application key for several buckets can be deleted only through v4 of the API");
  }
  store.commit(["key", key.applicationKeyId, null]);
  return withoutSecret(key);
};

function withoutSecret({ applicationKey: _, ...key }: StoredKey): Schemas["ApplicationKey"] {
  return key;
}
