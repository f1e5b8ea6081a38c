import type { Authorization } from "../../src/raw/index.ts";
import type { AccountKey } from "../../src/session/account-key.ts";

/** Makes up a key. */
export function keyFor(name: string, realm = "https://api.example.com"): AccountKey {
  return { realm, applicationKeyId: `id-${name}`, applicationKey: `secret-${name}` };
}

/** Makes up an answer of b2_authorize_account whose token holds a name. */
export function authorizationFor(name: string): Authorization {
  return {
    accountId: "0a1b2c3d4e5f",
    authorizationToken: `4_token_of_${name}`,
    applicationKeyExpirationTimestamp: null,
    apiInfo: {
      storageApi: {
        apiUrl: "https://api005.example.com",
        downloadUrl: "https://f005.example.com",
        s3ApiUrl: "https://s3.example.com",
        absoluteMinimumPartSize: 5_000_000,
        recommendedPartSize: 100_000_000,
        allowed: { capabilities: ["listBuckets"], buckets: null, namePrefix: null },
      },
    },
  };
}
