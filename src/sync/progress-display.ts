import type { SyncRun } from "./sync.ts";
import { describeEvent, type SyncProgress, type SyncResult } from "./sync-event.ts";

/** What takes text: a stream of Node. */
export interface TextStream {
  /** Whether it is a terminal; then it is one of Node's own streams. */
  readonly isTTY?: boolean;
  /** Writes a line, or a piece of one. */
  write(text: string): unknown;
}

/** Where the progress of a synchronisation is shown. */
export interface ProgressDisplayOptions {
  /**
   * What is written to.
   * @defaultValue `process.stderr`
   */
  readonly stream?: TextStream;
}

/** Shows what happens. */
interface Display {
  write(line: string): void;
  close(): void;
}

/**
 * Shows what a synchronisation does until it ends, and gives its result: a line for each action, for what is skipped
 * and for what fails, and a summary at the end. On a terminal a bar below the lines tells bytes, files, throughput and
 * the time that remains; it needs the package `cli-progress`, which b2kit does not install, and is left out without.
 *
 * Call it in the same turn as {@link sync}, so that no event is missed.
 *
 * @throws what {@link SyncRun.result} rejects with.
 * @example
 * const { isComplete } = await showProgress(sync("photos", { bucket }));
 */
export async function showProgress(
  run: SyncRun,
  { stream = process.stderr }: ProgressDisplayOptions = {},
): Promise<SyncResult> {
  const events = run[Symbol.asyncIterator](); // Before anything is waited for.
  const display = (isTerminal(stream) && (await openBar(run, stream))) || plainDisplay(stream);
  try {
    for await (const event of events) {
      const line = describeEvent(event);
      if (line !== undefined) {
        display.write(line);
      }
    }
  } finally {
    display.close();
  }
  const result = await run.result;
  stream.write(`${describeResult(result)}\n`);
  return result;
}

function plainDisplay(stream: TextStream): Display {
  return { write: (line) => void stream.write(`${line}\n`), close: () => {} };
}

function isTerminal(stream: TextStream): stream is NodeJS.WriteStream {
  return stream.isTTY === true;
}

/** Opens a bar at the bottom of a terminal; undefined where the package for it is missing. */
async function openBar(run: SyncRun, stream: NodeJS.WriteStream): Promise<Display | undefined> {
  const library = await import("cli-progress").catch(() => undefined);
  if (library === undefined) {
    return undefined;
  }
  const bars = new library.default.MultiBar({
    stream,
    format: "{bar} {percentage}% {text}",
    clearOnComplete: true,
    emptyOnZero: true,
    gracefulExit: false, // It would take Ctrl-C away from the program,
    linewrap: true, // and what it sets otherwise would stay behind then.
    barsize: 20,
  });
  const bar = bars.create(0, 0, { text: "" });
  bars.on("update-pre", () => {
    const { progress } = run;
    bar.setTotal(progress.plannedBytes);
    bar.update(progress.finishedBytes, { text: describeProgress(progress) });
  });
  return {
    write: (line) => bars.log(`${line}\n`),
    close: () => {
      bars.update(); // Writes the last lines.
      bars.stop();
    },
  };
}

function describeProgress(progress: SyncProgress): string {
  const { finishedFiles, plannedFiles, finishedBytes, plannedBytes, remainingMillis } = progress;
  const parts = [
    `${describeBytes(finishedBytes)} of ${describeBytes(plannedBytes)}`,
    `${finishedFiles} of ${plannedFiles} files`,
    `${describeBytes(progress.bytesPerSecond)}/s`,
    ...(remainingMillis === undefined ? [] : [`${describeDuration(remainingMillis)} left`]),
    ...(progress.isScanning ? [`${progress.scannedFiles} looked at`] : []),
  ];
  return parts.join(" | ");
}

/** Writes what came of a synchronisation as a line of text, such as `complete: 2 files (1.2 MB) in 3 s, 1 skipped`. */
export function describeResult(result: SyncResult): string {
  const { files, bytes } = result.transferred;
  const { hidden, deleted } = result.removed;
  const others = Object.entries({ hidden, deleted, skipped: result.skipped, failed: result.failed });
  return [
    `${result.isComplete ? "complete" : "incomplete"}${result.isDryRun ? " dry run" : ""}: ${files} file${files === 1 ? "" : "s"}`,
    ` (${describeBytes(bytes)}) in ${describeDuration(result.durationMillis)}`,
    ...others.filter(([, count]) => count > 0).map(([what, count]) => `, ${count} ${what}`),
  ].join("");
}

const UNITS = ["B", "KB", "MB", "GB", "TB"];

function describeBytes(bytes: number): string {
  const power = UNITS.findLastIndex((_, index) => bytes >= 1000 ** index && index > 0);
  return power === -1 ? `${Math.round(bytes)} B` : `${(bytes / 1000 ** power).toFixed(1)} ${UNITS[power]}`;
}

function describeDuration(millis: number): string {
  const seconds = Math.ceil(millis / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) {
    return `${hours} h ${minutes} min`;
  }
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
