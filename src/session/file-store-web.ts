import type { FileStoreOptions } from "./file-store-path.ts";

export type { FileStoreOptions } from "./file-store-path.ts";

/**
 * Stands in for file-store.ts in runtimes without files: the `#file-store` import of package.json chooses, and gives
 * the other's types to both.
 *
 * @throws `TypeError` that names the alternatives, always.
 */
export class FileStore {
  constructor(_options: FileStoreOptions = {}) {
    throw new TypeError(
      "FileStore keeps account info in a folder, and this runtime has none: leave accountInfo out to keep it in " +
        "memory, or give KeyvAccountInfo a Keyv over another store",
    );
  }
}
