import type { FileVersion } from "../file-version.ts";
import { percentEncode } from "../raw/index.ts";
import type { ReplicationPair } from "./monitor.ts";

/** How the newest versions of a name stand to each other. What concerns a side that has no version is undefined. */
export interface ReplicationState {
  /** `pending`, `completed`, `failed` or `replica`, in lower case; undefined where no rule applied. */
  readonly sourceReplicationStatus?: string | undefined;
  /** Whether the name is hidden in the source. */
  readonly sourceHasHideMarker?: boolean | undefined;
  /** `SSE-B2` or `SSE-C`; null for none. Files under SSE-C are not replicated. */
  readonly sourceEncryptionMode?: string | null | undefined;
  /** Whether name and file info need over 2,048 bytes as headers, which an encrypted or locked copy may not. */
  readonly sourceHasLargeMetadata?: boolean | undefined;
  /** Whether the source's version is under retention, in either mode. */
  readonly sourceHasFileRetention?: boolean | undefined;
  /** Whether the source's version is under legal hold. */
  readonly sourceHasLegalHold?: boolean | undefined;
  /** `replica` for what replication brought, in lower case; undefined for what came otherwise. */
  readonly destinationReplicationStatus?: string | undefined;
  /** Whether content type or file info are not the same. */
  readonly metadataDiffers?: boolean | undefined;
  /** Whether sizes or known digests are not the same. */
  readonly hashDiffers?: boolean | undefined;
}

/** The names in one state. */
export interface ReplicationGroup {
  /** What the names have in common. */
  readonly state: ReplicationState;
  /** How many names are in this state. */
  readonly count: number;
  /** The first and the last name that were found in this state. */
  readonly samples: { readonly first: ReplicationPair; readonly last: ReplicationPair };
}

/** What a scan found. */
export interface ReplicationReport {
  /** Names that were looked at. */
  readonly count: number;
  /** The states that occur, the most frequent first. */
  readonly groups: readonly ReplicationGroup[];
}

/** Counts pairs by their state. */
export class Counting {
  readonly #groups = new Map<string, ReplicationGroup>();

  add(state: ReplicationState, pair: ReplicationPair): void {
    const key = JSON.stringify(state);
    const { count, samples } = this.#groups.get(key) ?? { count: 0, samples: { first: pair } };
    this.#groups.set(key, { state, count: count + 1, samples: { first: samples.first, last: pair } });
  }

  report(): ReplicationReport {
    const groups = [...this.#groups.values()].sort((left, right) => right.count - left.count);
    return { count: groups.reduce((sum, { count }) => sum + count, 0), groups };
  }
}

/** Describes a pair. */
export function stateOf({ source, destination }: ReplicationPair): ReplicationState {
  return {
    ...(source !== undefined && {
      sourceReplicationStatus: source.replicationStatus?.toLowerCase(),
      sourceHasHideMarker: source.action === "hide",
      sourceEncryptionMode: source.serverSideEncryption?.mode,
      sourceHasLargeMetadata: headerBytes(source) > LARGE_HEADER_BYTES,
      sourceHasFileRetention: Boolean(source.fileRetention?.value?.mode),
      sourceHasLegalHold: source.legalHold?.value === "on",
    }),
    ...(destination !== undefined && {
      destinationReplicationStatus: destination.replicationStatus?.toLowerCase(),
      metadataDiffers: source && metadataDiffers(source, destination),
      hashDiffers: source && hashDiffers(source, destination),
    }),
  };
}

const LARGE_HEADER_BYTES = 2048;

/** The bytes of name and file info as headers, as the service counts them. */
function headerBytes({ name, fileInfo }: FileVersion): number {
  return Object.entries(fileInfo)
    .map(([key, value]) => `X-Bz-Info-${key}`.length + percentEncode(value).length)
    .reduce((sum, bytes) => sum + bytes, percentEncode(name).length);
}

function metadataDiffers(source: FileVersion, destination: FileVersion): boolean {
  const entries = ({ contentType, fileInfo }: FileVersion) =>
    JSON.stringify([
      contentType,
      Object.entries(fileInfo).sort(([left], [right]) => (left < right ? -1 : 1)),
    ]);
  return entries(source) !== entries(destination);
}

function hashDiffers(source: FileVersion, destination: FileVersion): boolean {
  const differ = (left: string | undefined, right: string | undefined) =>
    left !== undefined && right !== undefined && left !== right;
  return (
    source.size !== destination.size ||
    differ(source.contentSha1, destination.contentSha1) ||
    differ(source.contentMd5, destination.contentMd5)
  );
}
