import type { Verdict } from "./comparison.ts";
import type { B2SyncPath, StoredVersion, SyncPath } from "./sync-path.ts";
import { isVisible } from "./sync-path.ts";

/** What happens to a file at the destination that is newer than at the source: nothing, it is replaced, or it fails. */
export type NewerFileMode = "skip" | "replace" | "raiseError";

/**
 * What happens to files that the source has not, and to old versions at the destination.
 *
 * - `noDelete`: nothing
 * - `delete`: files are deleted, in B2 with all versions; old versions of files that stay are deleted, too
 * - `keepBeforeDelete`: for B2 only; files are hidden, and versions go once they have been out of sight for `keepDays`
 */
export type KeepOrDeleteMode = "noDelete" | "delete" | "keepBeforeDelete";

/** Brings one file from the source to the destination. */
export interface TransferAction {
  /** What is done: which of them follows from the two sides. */
  readonly type: "upload" | "download" | "copy";
  /** Name below both folders, with `/` between its parts. */
  readonly relativePath: string;
  /** Length in bytes. */
  readonly size: number;
  /** Whether the destination has no such file, or a different one. */
  readonly reason: "new" | "different";
}

/** Removes something at the destination: hides a name, deletes one version, or deletes a local file. */
export interface RemovalAction {
  /** What is done: to a name, to a version in B2, or to a file of this machine. */
  readonly type: "hide" | "delete" | "deleteLocal";
  /** Name below both folders, with `/` between its parts. */
  readonly relativePath: string;
  /** The version to be deleted; undefined unless `type` is `delete`. */
  readonly fileId?: string;
  /** What the deleted version was. */
  readonly note?: "old version" | "hide marker";
}

/** One thing that a synchronisation does. */
export type SyncAction = TransferAction | RemovalAction;

/** What is to be done for one name. */
export interface Plan {
  /** Done first. */
  readonly transfer?: TransferAction | undefined;
  /** Done in this order when both scans have ended, if the transfer did not fail. */
  readonly removals: readonly RemovalAction[];
  /** Why the name is left as it is, though the sides differ. */
  readonly refusal?: "skippedNewer" | "failedNewer";
}

/** What a plan depends on beside the two files. */
export interface PlanSettings {
  readonly transferType: TransferAction["type"];
  readonly newerFileMode: NewerFileMode;
  readonly keepDaysOrDelete: KeepOrDeleteMode;
  readonly keepDays: number;
  /** The moment from which ages are counted, in milliseconds since 1970 UTC. */
  readonly nowMillis: number;
}

type Path = SyncPath<StoredVersion>;

/**
 * Plans what is done for one name. A hidden name counts as absent, on both sides.
 *
 * @param verdict - Of the comparison; not looked at unless both files are there.
 */
export function planFile(
  source: Path | undefined,
  destination: Path | undefined,
  verdict: Verdict,
  settings: PlanSettings,
): Plan {
  const from = source !== undefined && isVisible(source) ? source : undefined;
  const reason = from && reasonToTransfer(destination, verdict, settings.newerFileMode);
  if (reason === "skippedNewer" || reason === "failedNewer") {
    return { removals: [], refusal: reason };
  }
  const transfer = from && reason && transferOf(from, reason, settings);
  const removals = destination
    ? removalsOf(destination, { hasSource: from !== undefined, isReplaced: transfer !== undefined }, settings)
    : [];
  return { transfer, removals };
}

function reasonToTransfer(
  destination: Path | undefined,
  verdict: Verdict,
  newerFileMode: NewerFileMode,
): TransferAction["reason"] | Plan["refusal"] {
  if (destination === undefined || !isVisible(destination)) {
    return "new";
  }
  if (verdict !== "destinationNewer") {
    return verdict === "same" ? undefined : "different";
  }
  const reasons = { skip: "skippedNewer", raiseError: "failedNewer", replace: "different" } as const;
  return reasons[newerFileMode];
}

function transferOf(
  { relativePath, size }: Path,
  reason: TransferAction["reason"],
  { transferType: type }: PlanSettings,
): TransferAction {
  return { type, relativePath, size, reason };
}

/** How a name at the destination looks to the source. */
interface Standing {
  readonly hasSource: boolean;
  /** Whether another version takes its place. */
  readonly isReplaced: boolean;
}

function removalsOf(destination: Path, standing: Standing, settings: PlanSettings): RemovalAction[] {
  if (settings.keepDaysOrDelete === "noDelete") {
    return [];
  }
  if (destination.type === "local") {
    return standing.hasSource ? [] : [{ type: "deleteLocal", relativePath: destination.relativePath }];
  }
  return settings.keepDaysOrDelete === "delete"
    ? deletions(destination, standing.hasSource && !standing.isReplaced ? 1 : 0, standing)
    : keepDaysRemovals(destination, standing, settings);
}

/** Hides what the source has not, and deletes the versions that nobody could see during the days that are kept. */
function keepDaysRemovals(
  destination: B2SyncPath<StoredVersion>,
  standing: Standing,
  settings: PlanSettings,
): RemovalAction[] {
  const { relativePath } = destination;
  const isToHide = !standing.hasSource && isVisible(destination);
  const first = firstInvisible(destination.allVersions, settings);
  return [
    ...(isToHide ? [{ type: "hide", relativePath } as const] : []),
    ...deletions(destination, first, standing),
  ];
}

/**
 * Finds the first of the versions, ordered from newest to oldest, that was out of sight for all of the days that are
 * kept: it lies behind one that is older than them, or is a hide marker that old. What lies behind it goes with it,
 * even if its date says otherwise.
 */
function firstInvisible(
  versions: readonly StoredVersion[],
  { keepDays, nowMillis }: Pick<PlanSettings, "keepDays" | "nowMillis">,
): number {
  const boundary = nowMillis - keepDays * DAY_MILLIS;
  const old = versions.findIndex(({ uploadTimestamp }) => uploadTimestamp < boundary);
  if (old === -1) {
    return versions.length;
  }
  return versions[old]?.action === "hide" ? old : old + 1;
}

const DAY_MILLIS = 24 * 60 * 60 * 1000;

/**
 * Deletes the versions from an index on, the oldest first: whenever it is interrupted, what the name shows is what it
 * showed before.
 */
function deletions(
  { relativePath, allVersions }: B2SyncPath<StoredVersion>,
  first: number,
  { isReplaced }: Standing,
): RemovalAction[] {
  const removals = allVersions.slice(first).map(({ id, action }, index): RemovalAction => {
    const isOld = isReplaced || first + index > 0;
    return {
      type: "delete",
      relativePath,
      ...(id !== null && { fileId: id }),
      ...(action === "hide" ? { note: "hide marker" } : isOld && { note: "old version" }),
    };
  });
  return removals.reverse();
}
