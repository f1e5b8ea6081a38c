import { requireExpressible } from "./api-versions.ts";
import { baseUrl, type Handler } from "./call.ts";
import type { Service } from "./service.ts";
import type { StoredKey } from "./store.ts";
import type { AccountToken } from "./tokens.ts";
import type { Schemas } from "./wire.ts";

const dayMillis = 24 * 60 * 60 * 1000;

export const authorizeAccount: Handler<"b2_authorize_account"> = ({ service, caller, route, request }) => {
  const { store, tokens, clock } = service;
  const { key } = caller;
  requireExpressible(route.version, key);
  const now = clock.now();
  const life = Math.min(dayMillis, (key.expirationTimestamp ?? Number.POSITIVE_INFINITY) - now);
  const token: AccountToken = { kind: "account", applicationKeyId: key.applicationKeyId };
  const url = baseUrl(request);
  return {
    accountId: store.account.accountId,
    authorizationToken: tokens.issue(token, now, life, service.testModes.tokenUses(request)),
    applicationKeyExpirationTimestamp: key.expirationTimestamp,
    apiInfo: {
      storageApi: {
        absoluteMinimumPartSize: service.minimumPartSizeBytes,
        recommendedPartSize: service.recommendedPartSizeBytes,
        apiUrl: url,
        downloadUrl: url,
        s3ApiUrl: url,
        allowed: allowedFor(service, key),
      },
    },
  };
};

/** Tells what a key may do; buckets that no longer exist have no name. */
function allowedFor(
  { store }: Service,
  key: StoredKey,
): Schemas["Authorization"]["apiInfo"]["storageApi"]["allowed"] {
  const buckets = key.bucketIds?.map((id) => ({ id, name: store.buckets.get(id)?.bucketName ?? null }));
  return { capabilities: key.capabilities, buckets: buckets ?? null, namePrefix: key.namePrefix };
}
