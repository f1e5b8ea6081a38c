import { escapeControls } from "../raw/encoding.ts";
import type { RemovalAction, SyncAction, TransferAction } from "./plan.ts";

/** A side of a synchronisation. */
export type SyncSide = "source" | "destination";

/**
 * What a synchronisation tells while it runs.
 *
 * - `scanned`: so many files of one side were looked at; told for every thousand, and at the end
 * - `planned`: this is done next; in a dry run it would be
 * - `transferred`: a file was uploaded, downloaded or copied
 * - `removed`: a name was hidden, or a version or local file deleted
 * - `skipped`: a file is left as it is, and why
 * - `failed`: a file could not be synchronised, and why; the rest goes on
 */
export type SyncEvent =
  | { readonly type: "scanned"; readonly side: SyncSide; readonly files: number; readonly isDone: boolean }
  | { readonly type: "planned"; readonly action: SyncAction }
  | { readonly type: "transferred"; readonly action: TransferAction; readonly bytes: number }
  | { readonly type: "removed"; readonly action: RemovalAction }
  | { readonly type: "skipped"; readonly relativePath: string; readonly reason: string }
  | { readonly type: "failed"; readonly relativePath: string; readonly error: Error };

/** What came of a synchronisation; plain data that can be written as JSON. */
export interface SyncResult {
  /** Whether nothing failed. Files that were skipped do not count. */
  readonly isComplete: boolean;
  /** Whether nothing was done but planned. */
  readonly isDryRun: boolean;
  /** Files that both scans looked at. */
  readonly scanned: { readonly source: number; readonly destination: number };
  /** Files that were transferred, and their bytes; in a dry run those that would be. */
  readonly transferred: { readonly files: number; readonly bytes: number };
  /** Names that were hidden, and versions or local files that were deleted; in a dry run those that would be. */
  readonly removed: { readonly hidden: number; readonly deleted: number };
  /** Files that were left as they are for a reason that was told. */
  readonly skipped: number;
  /** Files that could not be synchronised. */
  readonly failed: number;
  /** The first 1,000 failures. */
  readonly failures: ReadonlyArray<{ readonly relativePath: string; readonly message: string }>;
  /** Time from the start to the end, scans included. */
  readonly durationMillis: number;
  /** Bytes transferred in a second of the whole time. */
  readonly bytesPerSecond: number;
}

/** How far a synchronisation has come. */
export interface SyncProgress {
  /** Whether both sides are still looked at, so that more may be planned. */
  readonly isScanning: boolean;
  /** Files of the source that were looked at. */
  readonly scannedFiles: number;
  /** Files to be transferred, as far as they are known. */
  readonly plannedFiles: number;
  /** Their bytes. */
  readonly plannedBytes: number;
  /** Files whose transfer has ended, whatever came of it. */
  readonly finishedFiles: number;
  /** Bytes that have moved, or need not any more; at the end the planned ones. */
  readonly finishedBytes: number;
  /** Bytes that moved in a second since the first did. */
  readonly bytesPerSecond: number;
  /** Estimate for what is planned so far, in milliseconds; undefined while nothing is known. */
  readonly remainingMillis: number | undefined;
}

/**
 * Writes an event as a line of text, such as `upload photos/a.jpg`; undefined for what needs no line. Planned actions
 * look the same in a dry run and a real one, and control characters of names are escaped.
 */
export function describeEvent(event: SyncEvent): string | undefined {
  switch (event.type) {
    case "planned":
      return describeAction(event.action);
    case "skipped":
      return escapeControls(`skip ${event.relativePath}: ${event.reason}`);
    case "failed":
      return escapeControls(`failed ${event.relativePath}: ${event.error.message}`);
    default:
      return undefined;
  }
}

function describeAction(action: SyncAction): string {
  const verb = action.type === "deleteLocal" ? "delete" : action.type;
  const note = "note" in action ? ` (${action.note})` : "";
  return escapeControls(`${verb} ${action.relativePath}${note}`);
}
