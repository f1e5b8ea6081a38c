import { lowerBound } from "./name-order.ts";
import type { Schemas } from "./wire.ts";

/** What the index needs to know of a file version. */
export type Indexed = Readonly<Pick<Schemas["StoredFileVersion"], "fileId" | "fileName" | "uploadTimestamp">>;

/** The file names of one bucket in the service's order, each with its versions, newest first. */
export class NameIndex<Version extends Indexed> {
  readonly #names: string[] = [];
  readonly #versions = new Map<string, Version[]>();

  /** All names, in order. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** The versions of a name, newest first; none for an unknown name. */
  versionsOf(name: string): readonly Version[] {
    return this.#versions.get(name) ?? [];
  }

  /** Adds a version, or replaces the one with the same file ID. */
  put(version: Version): void {
    if (!this.#versions.has(version.fileName)) this.#addName(version.fileName);
    const versions = this.#versions.get(version.fileName) ?? [];
    const same = versions.findIndex(({ fileId }) => fileId === version.fileId);
    if (versions[same]?.uploadTimestamp === version.uploadTimestamp) {
      versions[same] = version;
      return;
    }
    if (same >= 0) versions.splice(same, 1);
    const older = versions.findIndex(({ uploadTimestamp }) => uploadTimestamp <= version.uploadTimestamp);
    versions.splice(older < 0 ? versions.length : older, 0, version);
  }

  /** Removes a version; the name goes with the last one. */
  delete(version: Indexed): void {
    const versions = this.#versions.get(version.fileName);
    const index = versions?.findIndex(({ fileId }) => fileId === version.fileId) ?? -1;
    if (!versions || index < 0) return;
    versions.splice(index, 1);
    if (versions.length === 0) this.#deleteName(version.fileName);
  }

  #addName(name: string): void {
    this.#versions.set(name, []);
    this.#names.splice(lowerBound(this.#names, name), 0, name);
  }

  #deleteName(name: string): void {
    this.#versions.delete(name);
    this.#names.splice(lowerBound(this.#names, name), 1);
  }
}
