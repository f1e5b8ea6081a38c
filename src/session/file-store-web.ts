import type { FileStoreOptions } from "./file-store-path.ts";

export type { FileStoreOptions } from "./file-store-path.ts";

// Stands in for file-store.ts where there are no files: the `#file-store` import of package.json chooses.

export class FileStore {
  constructor(_options: FileStoreOptions = {}) {
    throw new TypeError("FileStore needs Node: give KeyvAccountInfo another Keyv store in this runtime");
  }
}
