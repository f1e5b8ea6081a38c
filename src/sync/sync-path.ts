import type { FileVersion } from "../file-version.ts";

/** A file on this machine, as a scan found it. */
export interface LocalSyncPath {
  /** Tells it from a file in B2. */
  readonly type: "local";
  /** Path below the scanned folder, with `/` between its parts. */
  readonly relativePath: string;
  /** Path by which this machine opens it. */
  readonly absolutePath: string;
  /** Modification time in milliseconds since 1970 UTC, with a fraction where the file system keeps one. */
  readonly modTimeMillis: number;
  /** Length in bytes. */
  readonly size: number;
}

/** A version of a file in B2, as far as a plan looks at it. */
export type StoredVersion = Pick<FileVersion, "id" | "action" | "uploadTimestamp">;

/** A name in B2, as a scan found it. */
export interface B2SyncPath<Version extends StoredVersion = FileVersion> {
  /** Tells it from a file of this machine. */
  readonly type: "b2";
  /** Name behind the folder's prefix. */
  readonly relativePath: string;
  /** The version that stands for the name: the newest that the time windows leave, which may be a hide marker. */
  readonly selectedVersion: Version;
  /** All versions from newest to oldest, hide markers included; only the selected one where no others are needed. */
  readonly allVersions: readonly Version[];
  /** `src_last_modified_millis` of the selected version, else when it was uploaded; milliseconds since 1970 UTC. */
  readonly modTimeMillis: number;
  /** Length in bytes. */
  readonly size: number;
  /** SHA-1 of the content as 40 hex digits, where the service knows it or the uploader wrote it down. */
  readonly contentSha1: string | undefined;
}

/** A file of either side of a synchronisation. */
export type SyncPath<Version extends StoredVersion = FileVersion> = LocalSyncPath | B2SyncPath<Version>;

/**
 * Something at which a scan stops: a file that it leaves out, or a whole folder (its path ends with `/`). What
 * stands at the same place on the other side is neither replaced nor deleted.
 */
export interface Obstacle {
  readonly type: "obstacle";
  readonly relativePath: string;
  /** Why it is left out; undefined where that needs no report. */
  readonly reason?: string | undefined;
  /** Whether the caller's policies exclude it. */
  readonly isExcluded?: boolean | undefined;
  /** Whether another obstacle reports it. */
  readonly isEcho?: boolean | undefined;
  /** What went wrong, where something did. */
  readonly error?: Error | undefined;
}

/** What a scan gives, in the UTF-8 byte order of the relative paths. */
export type Scanned<Version extends StoredVersion = FileVersion> = SyncPath<Version> | Obstacle;

/** Tells whether there is a file to be read: a name in B2 may be hidden. */
export function isVisible(path: SyncPath<StoredVersion>): boolean {
  return path.type === "local" || path.selectedVersion.action !== "hide";
}
