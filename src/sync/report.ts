import type { RemovalAction, SyncAction, TransferAction } from "./plan.ts";
import type { SyncEvent, SyncProgress, SyncResult, SyncSide } from "./sync-event.ts";

const MOST_FAILURES = 1000;
const SCANNED_STEP = 1000;

/** Counts what happens, and tells it to whoever listens. */
export class Report {
  readonly #isDryRun: boolean;
  readonly #tell: (event: SyncEvent) => void;
  readonly #startedMillis = performance.now();
  readonly #scanned = { source: 0, destination: 0 };
  readonly #ended = { source: false, destination: false };
  readonly #transferred = { files: 0, bytes: 0 };
  readonly #removed = { hidden: 0, deleted: 0 };
  readonly #planned = { files: 0, bytes: 0 };
  readonly #finished = { files: 0, bytes: 0 };
  readonly #failures: Array<{ relativePath: string; message: string }> = [];
  #firstMovedMillis: number | undefined;
  #movedBytes = 0;
  #skipped = 0;
  #failed = 0;

  constructor(isDryRun: boolean, tell: (event: SyncEvent) => void) {
    this.#isDryRun = isDryRun;
    this.#tell = tell;
  }

  /** Files of one side that were looked at. */
  scannedFiles(side: SyncSide): number {
    return this.#scanned[side];
  }

  scanned(side: SyncSide): void {
    const files = ++this.#scanned[side];
    if (files % SCANNED_STEP === 0) {
      this.#tell({ type: "scanned", side, files, isDone: false });
    }
  }

  scanEnded(side: SyncSide): void {
    this.#ended[side] = true;
    this.#tell({ type: "scanned", side, files: this.#scanned[side], isDone: true });
  }

  planned(action: SyncAction): void {
    if ("size" in action) {
      this.#planned.files++;
      this.#planned.bytes += action.size;
    }
    this.#tell({ type: "planned", action });
    if (this.#isDryRun) {
      this.#count(action, "size" in action ? action.size : 0);
    }
  }

  /** Notes that bytes moved. */
  moved(bytes: number): void {
    this.#firstMovedMillis ??= performance.now();
    this.#finished.bytes += bytes;
    this.#movedBytes += bytes;
  }

  transferred(action: TransferAction, bytes: number): void {
    this.#count(action, bytes);
    this.#tell({ type: "transferred", action, bytes });
  }

  /** Notes that a transfer has ended, and of how many of its bytes was told that they moved. */
  finished(action: TransferAction, movedBytes: number): void {
    this.#finished.files++;
    this.#finished.bytes += action.size - movedBytes;
  }

  removed(action: RemovalAction): void {
    this.#count(action, 0);
    this.#tell({ type: "removed", action });
  }

  skipped(relativePath: string, reason: string): void {
    this.#skipped++;
    this.#tell({ type: "skipped", relativePath, reason });
  }

  failed(relativePath: string, cause: unknown): void {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    this.#failed++;
    if (this.#failures.length < MOST_FAILURES) {
      this.#failures.push({ relativePath, message: error.message });
    }
    this.#tell({ type: "failed", relativePath, error });
  }

  get progress(): SyncProgress {
    const { files: plannedFiles, bytes: plannedBytes } = this.#planned;
    const { files: finishedFiles, bytes: finishedBytes } = this.#finished;
    const movingMillis = performance.now() - (this.#firstMovedMillis ?? performance.now());
    const isDone = finishedFiles === plannedFiles;
    const share = plannedBytes > 0 ? finishedBytes / plannedBytes : finishedFiles / plannedFiles;
    return {
      isScanning: !(this.#ended.source && this.#ended.destination),
      scannedFiles: this.#scanned.source,
      plannedFiles,
      plannedBytes,
      finishedFiles,
      finishedBytes,
      bytesPerSecond: perSecond(this.#movedBytes, movingMillis),
      remainingMillis: isDone
        ? 0
        : share > 0 && movingMillis > 0
          ? (movingMillis * (1 - share)) / share
          : undefined,
    };
  }

  get result(): SyncResult {
    const durationMillis = performance.now() - this.#startedMillis;
    return {
      isComplete: this.#failed === 0,
      isDryRun: this.#isDryRun,
      scanned: { ...this.#scanned },
      transferred: { ...this.#transferred },
      removed: { ...this.#removed },
      skipped: this.#skipped,
      failed: this.#failed,
      failures: [...this.#failures],
      durationMillis,
      bytesPerSecond: this.#isDryRun ? 0 : perSecond(this.#transferred.bytes, durationMillis),
    };
  }

  #count(action: SyncAction, bytes: number): void {
    if ("size" in action) {
      this.#transferred.files++;
      this.#transferred.bytes += bytes;
    } else {
      this.#removed[action.type === "hide" ? "hidden" : "deleted"]++;
    }
  }
}

function perSecond(bytes: number, millis: number): number {
  return millis > 0 ? (bytes * 1000) / millis : 0;
}
