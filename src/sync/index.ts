/**
 * Makes a folder the same as another one, on this machine or in B2.
 *
 * @module b2kit/sync
 */

export type { FileSettings } from "../upload/file-settings.ts";
export type { CompareVersionMode } from "./comparison.ts";
export type { KeepOrDeleteMode, NewerFileMode, RemovalAction, SyncAction, TransferAction } from "./plan.ts";
export {
  describeResult,
  type ProgressDisplayOptions,
  showProgress,
  type TextStream,
} from "./progress-display.ts";
export type { PathPattern, ScanPolicies } from "./scan-policies.ts";
export { type SyncRun, sync } from "./sync.ts";
export {
  describeEvent,
  type SyncEvent,
  type SyncProgress,
  type SyncResult,
  type SyncSide,
} from "./sync-event.ts";
export type { B2SyncFolder, SyncFolder } from "./sync-folder.ts";
export type {
  EncryptionSettingsProvider,
  ReadFile,
  SyncDecision,
  SyncOptions,
  WrittenFile,
} from "./sync-options.ts";
export type { B2SyncPath, LocalSyncPath, StoredVersion, SyncPath } from "./sync-path.ts";
