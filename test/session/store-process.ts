/** A process of its own that uses a shared store: makes calls and writes as its parent tells it. */
import { B2Api, type B2ApiOptions } from "../../src/index.ts";
import { KeyvAccountInfo } from "../../src/session/account-info.ts";
import type { AccountKey } from "../../src/session/account-key.ts";
import { authorizationFor } from "./account-samples.ts";
import { openStore, type StorePlace } from "./stores.ts";

/** What the parent asks for; the answer is what was found, and the failures of the store so far. */
export type Order =
  | { readonly deed: "find bucket"; readonly name: string }
  | { readonly deed: "write"; readonly keys: readonly AccountKey[]; readonly times: number };

export interface Outcome {
  readonly found?: string;
  readonly error?: string;
  readonly storeErrors: readonly string[];
}

const [place, options]: [StorePlace, B2ApiOptions] = JSON.parse(process.argv[2] ?? "");
const storeErrors: string[] = [];
const accountInfo = new KeyvAccountInfo(await openStore(place), {
  onStoreError: ({ message }) => storeErrors.push(message),
});
const b2 = new B2Api({ ...options, accountInfo });

async function perform(order: Order): Promise<string | undefined> {
  if (order.deed === "find bucket") {
    return (await b2.getBucketByName(order.name)).id;
  }
  for (let time = 0; time < order.times; time++) {
    for (const key of order.keys) {
      await accountInfo.set(key, authorizationFor(`${process.pid}-${time}`));
      await accountInfo.buckets.put(key, {
        bucketId: `id-${process.pid}`,
        bucketName: `name-${process.pid}`,
      });
    }
  }
  return undefined;
}

process.on("disconnect", () => process.exit());
process.on("message", async (order: Order) => {
  const outcome = await perform(order).then(
    (found) => (found === undefined ? {} : { found }),
    (error: Error) => ({ error: error.message }),
  );
  process.send?.({ ...outcome, storeErrors } satisfies Outcome);
});
