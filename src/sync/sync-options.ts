import type { B2Api } from "../b2-api.ts";
import type { Bucket, UploadLocalFileOptions } from "../bucket.ts";
import type { FileEncryption } from "../encryption.ts";
import type { FileVersion } from "../file-version.ts";
import type { CallOptions } from "../session/session.ts";
import { checkConcurrency } from "../session/slots.ts";
import type { FileSettings } from "../upload/file-settings.ts";
import type { CompareVersionMode } from "./comparison.ts";
import type { KeepOrDeleteMode, NewerFileMode, SyncAction } from "./plan.ts";
import { ScanFilter, type ScanPolicies } from "./scan-policies.ts";
import type { SyncPath } from "./sync-path.ts";

/** A file that is about to be written to B2. */
export interface WrittenFile {
  /** Where it is written. */
  readonly bucket: Bucket;
  /** Full name that it gets in the bucket. */
  readonly fileName: string;
  /** What is written, as the scan found it. */
  readonly source: SyncPath;
}

/** A version that is about to be read from B2. */
export interface ReadFile {
  /** Where it is read. */
  readonly bucket: Bucket;
  /** The version that is read. */
  readonly fileVersion: FileVersion;
}

/** Tells how files are encrypted, by bucket and file. */
export interface EncryptionSettingsProvider {
  /** Gives the encryption of a file that is uploaded or copied; undefined for the default of its bucket. */
  forWrite?(file: WrittenFile): FileEncryption | undefined | Promise<FileEncryption | undefined>;
  /** Gives the customer key of a version that is downloaded or copied from; undefined where it has none. */
  forRead?(file: ReadFile): FileEncryption | undefined | Promise<FileEncryption | undefined>;
}

/** What both sides hold under one name, and what is planned for it. */
export interface SyncDecision {
  /** Name below both folders, with `/` between its parts. */
  readonly relativePath: string;
  /** What the source holds under the name; undefined where it has no such file. */
  readonly source: SyncPath | undefined;
  /** What the destination holds under the name. */
  readonly destination: SyncPath | undefined;
  /** What is planned, in this order; empty where nothing is. */
  readonly actions: readonly SyncAction[];
}

/** Options of {@link sync}. */
export interface SyncOptions extends ScanPolicies, CallOptions {
  /** The account, for folders that are given as `b2://bucket/folder`. */
  readonly b2?: B2Api | undefined;
  /**
   * How files of the same name are compared; or a function of yours that tells whether they differ.
   * @defaultValue "modTime"
   */
  readonly compareVersionMode?:
    | CompareVersionMode
    | ((source: SyncPath, destination: SyncPath) => boolean | Promise<boolean>);
  /**
   * Files that differ by no more count as the same: milliseconds of `modTime`, bytes of `size`. A destination that
   * keeps times in steps, such as FAT with 2 seconds, needs it.
   * @defaultValue 0
   */
  readonly compareThreshold?: number;
  /**
   * What happens to a file whose modification time at the destination is later than at the source: it is left
   * (`skip`), replaced, or counts as failed. Only `modTime` looks at it.
   * @defaultValue "raiseError"
   */
  readonly newerFileMode?: NewerFileMode;
  /**
   * What happens at the destination to files that the source has not, and to old versions. Nothing of it is done
   * before both folders were scanned without an error.
   * @defaultValue "noDelete"
   */
  readonly keepDaysOrDelete?: KeepOrDeleteMode;
  /** Days for which `keepBeforeDelete` keeps what is out of sight, counted from uploads. More than 0; may be a fraction. */
  readonly keepDays?: number;
  /**
   * Takes what the policies exclude for absent, so that `keepDaysOrDelete` removes it from the destination.
   * @defaultValue false
   */
  readonly deleteExcluded?: boolean;
  /** Overrides governance retention of versions to be deleted; the key needs the capability `bypassGovernance`. */
  readonly bypassGovernance?: boolean;
  /**
   * Plans, and tells the events of a plan, but does nothing.
   * @defaultValue false
   */
  readonly dryRun?: boolean;
  /**
   * Goes on when no file of the source takes part. Without it that is an error, because a folder that is not mounted
   * or mistyped looks empty.
   * @defaultValue false
   */
  readonly allowEmptySource?: boolean;
  /**
   * `incremental` copies the beginning of a longer file inside the service and sends the rest only, if what is stored
   * is that beginning; see {@link Bucket.uploadLocalFile}.
   * @defaultValue "full"
   */
  readonly uploadMode?: UploadLocalFileOptions["uploadMode"];
  /**
   * Files at the same time; their requests stay within `concurrency` of {@link B2Api} besides.
   * @defaultValue 10
   */
  readonly concurrency?: number;
  /** Tells how files are encrypted. */
  readonly encryptionSettingsProvider?: EncryptionSettingsProvider;
  /** Gives what else is stored with a file that is uploaded or copied: content type, retention, file info and so on. */
  readonly fileSettings?: (file: WrittenFile) => FileSettings | Promise<FileSettings>;
  /** A policy of your own: gives those of the planned actions that are to be done. */
  readonly syncPolicy?: (decision: SyncDecision) => readonly SyncAction[];
  /**
   * The moment from which `keepDays` counts, in milliseconds since 1970 UTC.
   * @defaultValue now
   */
  readonly nowMillis?: number;
}

/** Options with defaults filled in. */
export type SyncSettings = ReturnType<typeof readOptions>;

const CHOICES = {
  compareVersionMode: ["modTime", "size", "sha1", "none"],
  newerFileMode: ["skip", "replace", "raiseError"],
  keepDaysOrDelete: ["noDelete", "delete", "keepBeforeDelete"],
  uploadMode: ["full", "incremental"],
} as const;

const DEFAULT_CONCURRENCY = 10;

/**
 * Fills in defaults and refuses what makes no sense.
 *
 * @throws `TypeError` for an unknown choice and for options that contradict each other, `RangeError` for a number
 * out of range.
 */
export function readOptions(options: SyncOptions) {
  const settings = {
    ...options,
    compareVersionMode: options.compareVersionMode ?? "modTime",
    compareThreshold: options.compareThreshold ?? 0,
    newerFileMode: options.newerFileMode ?? "raiseError",
    keepDaysOrDelete: options.keepDaysOrDelete ?? "noDelete",
    uploadMode: options.uploadMode ?? "full",
    keepDays: options.keepDays ?? Number.POSITIVE_INFINITY,
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    nowMillis: options.nowMillis ?? Date.now(),
  };
  new ScanFilter(options); // Refuses wrong policies.
  for (const [option, choices] of Object.entries(CHOICES)) {
    checkChoice(option, settings[option as keyof typeof CHOICES], choices);
  }
  checkNumber("compareThreshold", settings.compareThreshold, settings.compareThreshold >= 0);
  checkNumber("keepDays", settings.keepDays, settings.keepDays > 0);
  checkConcurrency(settings.concurrency);
  if ((settings.keepDaysOrDelete === "keepBeforeDelete") !== (options.keepDays !== undefined)) {
    throw new TypeError(
      'keepDaysOrDelete: "keepBeforeDelete" and keepDays belong together: give both or neither',
    );
  }
  return settings;
}

function checkChoice(option: string, chosen: unknown, choices: readonly unknown[]): void {
  if (!choices.includes(chosen) && !(option === "compareVersionMode" && typeof chosen === "function")) {
    throw new TypeError(`${option} must be one of ${choices.join(", ")}, not ${String(chosen)}`);
  }
}

function checkNumber(option: string, value: number, isAllowed: boolean): void {
  if (!isAllowed) {
    throw new RangeError(`${option} must not be ${value}`);
  }
}
