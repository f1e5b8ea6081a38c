import type { Bucket } from "../bucket.ts";
import type { FileVersion } from "../file-version.ts";
import type { ScanFilter } from "./scan-policies.ts";
import type { B2SyncPath, Obstacle } from "./sync-path.ts";

/** How a folder of a bucket is scanned. The times of its versions are judged for a source only. */
export interface B2ScanSettings {
  readonly filter: ScanFilter;
  readonly role: "source" | "destination";
  /** Whether hide markers and old versions are wanted. Costs a request for each so many versions instead of names. */
  readonly needsAllVersions: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Scans what a bucket holds below a prefix, in the UTF-8 byte order of the names. Leaves out unfinished large files,
 * and for a source names that are hidden.
 *
 * Makes one class C request for each page of a listing; the service bills each 1,000 entries as one.
 *
 * @param prefix - Empty, or with a final `/`.
 * @throws `RestrictionError` with the first item, when the application key sees a part of the folder only:
 * the rest would look absent.
 * @see b2_list_file_names, b2_list_file_versions
 */
export async function* scanB2Folder(
  bucket: Bucket,
  prefix: string,
  { filter, role, needsAllVersions, signal }: B2ScanSettings,
): AsyncGenerator<B2SyncPath | Obstacle, void> {
  const latestOnly = !(needsAllVersions || (role === "source" && filter.hasTimeWindow));
  const entries = bucket.ls(prefix, { recursive: true, latestOnly, needsAll: true, signal });
  for await (const versions of byName(entries)) {
    const path = pathOf(versions, prefix.length, role === "source" ? filter : undefined);
    const isHiddenSource = role === "source" && path.type === "b2" && path.selectedVersion.action === "hide";
    if (!isHiddenSource && !filter.excludesPath(path.relativePath)) {
      yield path;
    }
  }
}

/** Gathers the versions of each name. */
async function* byName(
  entries: AsyncIterable<{ readonly fileVersion: FileVersion }>,
): AsyncGenerator<readonly FileVersion[], void> {
  let versions: FileVersion[] = [];
  for await (const { fileVersion } of entries) {
    if (fileVersion.action === "start") {
      continue; // Somebody may still be sending it.
    }
    if (versions[0] !== undefined && versions[0].name !== fileVersion.name) {
      yield versions;
      versions = [];
    }
    versions.push(fileVersion);
  }
  if (versions.length > 0) {
    yield versions;
  }
}

/** Lets the newest version stand for the name that the time windows leave, if there is one. */
function pathOf(
  versions: readonly FileVersion[],
  prefixLength: number,
  filter: ScanFilter | undefined,
): B2SyncPath | Obstacle {
  const relativePath = versions[0]?.name.slice(prefixLength) ?? "";
  const selectedVersion = versions.find(
    (version) => !filter?.excludesTimes(modTimeOf(version), version.uploadTimestamp),
  );
  if (selectedVersion === undefined) {
    return { type: "obstacle", relativePath, isExcluded: true };
  }
  const { size, contentSha1 } = selectedVersion;
  const modTimeMillis = modTimeOf(selectedVersion);
  return {
    type: "b2",
    relativePath,
    selectedVersion,
    allVersions: versions,
    modTimeMillis,
    size,
    contentSha1,
  };
}

/** The uploader may have written anything for the modification time. */
function modTimeOf({ modTimeMillis, uploadTimestamp }: FileVersion): number {
  return Number.isFinite(modTimeMillis) ? modTimeMillis : uploadTimestamp;
}
