import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Keyv, type KeyvStoreAdapter } from "keyv";
import { FileStore } from "../../src/session/file-store.ts";

/** A store that any process can open. `modules` is a folder into which its adapter is installed. */
export type StorePlace =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "sqlite" | "redis" | "postgres"; readonly url: string; readonly modules: string };

const adapters = {
  sqlite: { module: "@keyv/sqlite", settings: (uri: string) => ({ uri, busyTimeout: 10_000 }) },
  redis: { module: "@keyv/redis", settings: (url: string) => url },
  // A connection of the pool that is lost while nobody uses it would end the process: each is used once.
  postgres: { module: "@keyv/postgres", settings: (uri: string) => ({ uri, maxUses: 1 }) },
};

/** Opens a store as a program would. */
export async function openStore(place: StorePlace): Promise<Keyv> {
  if (place.kind === "file") {
    return new Keyv({ store: new FileStore({ path: place.path }) });
  }
  const { module, settings } = adapters[place.kind];
  const path = join(place.modules, "node_modules", module, "dist", "index.js");
  const { default: Adapter }: { default: new (settings: unknown) => KeyvStoreAdapter } = await import(
    pathToFileURL(path).href
  );
  return new Keyv({ store: new Adapter(settings(place.url)) });
}
