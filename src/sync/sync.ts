import { setMaxListeners } from "node:events";
import { EventChannel } from "./event-channel.ts";
import { Report } from "./report.ts";
import type { SyncEvent, SyncProgress, SyncResult } from "./sync-event.ts";
import {
  checkApart,
  openFolder,
  type ParsedFolder,
  parseSyncFolder,
  type SyncFolder,
} from "./sync-folder.ts";
import { readOptions, type SyncOptions, type SyncSettings } from "./sync-options.ts";
import { Worker } from "./worker.ts";

/**
 * A synchronisation that runs: iterate over it to hear what it does, and wait for its {@link SyncRun.result}.
 *
 * Who listens from the beginning hears everything. A listener that is slow slows the work down; leaving the loop
 * ends it.
 */
export class SyncRun implements AsyncIterable<SyncEvent> {
  /**
   * What came of it, when everything has ended. Files that failed do not reject it: `isComplete` tells.
   *
   * Rejects when a folder cannot be scanned, with `NotFoundError` when no file of the source takes part, with
   * `RestrictionError` when the application key sees a part of a folder only, and with the signal's own reason.
   * Nothing was removed from the destination then.
   */
  readonly result: Promise<SyncResult>;
  readonly #events = new EventChannel<SyncEvent>();
  readonly #report: Report;
  readonly #left = new AbortController();

  constructor(source: ParsedFolder, destination: ParsedFolder, settings: SyncSettings) {
    this.#report = new Report(settings.dryRun ?? false, (event) => this.#events.push(event));
    const { signal: given } = settings;
    const signal = given ? AbortSignal.any([given, this.#left.signal]) : this.#left.signal;
    setMaxListeners(0, signal); // Each transfer listens: Node would warn of more than ten.
    this.result = this.#run(source, destination, { ...settings, signal }).finally(() => this.#events.end());
  }

  /** How far it has come. Costs nothing: ask as often as you like. */
  get progress(): SyncProgress {
    return this.#report.progress;
  }

  /** Hears the events, once. */
  [Symbol.asyncIterator](): AsyncGenerator<SyncEvent, void> {
    const events = this.#events.listen(() =>
      this.#left.abort(new Error("The loop over the events was left")),
    );
    this.result.catch(() => {}); // The loop tells.
    return this.#tell(events);
  }

  async *#tell(events: AsyncIterable<SyncEvent>): AsyncGenerator<SyncEvent, void> {
    yield* events;
    await this.result;
  }

  async #run(source: ParsedFolder, destination: ParsedFolder, settings: SyncSettings): Promise<SyncResult> {
    await Promise.resolve(); // Whoever listens at once hears everything.
    const { signal } = settings;
    const sides = {
      source: await openFolder(source, signal),
      destination: await openFolder(destination, signal),
    };
    checkApart(sides.source, sides.destination);
    await new Worker(sides, settings, this.#report, () => this.#events.room()).run();
    return this.#report.result;
  }
}

/**
 * Makes a folder look like another: uploads, downloads, or copies inside the service what is new or different, and
 * removes what is too much if `keepDaysOrDelete` says so. A second run finds nothing to do.
 *
 * Both folders are scanned side by side, in the order of names, and files move while the scan goes on; nothing is
 * removed before both scans have ended. Memory does not grow with the number of files, except for 10,000 names to be
 * removed, the entries of the largest local folder, and all names of the source where a local file system takes `A`
 * for `a`. A scan costs one class C transaction for every 1,000 names of a bucket, or versions when something may be
 * removed from it.
 *
 * Begins at once. A file that fails is reported, and the others go on. When it was ended, run it again: what was
 * done is not repeated, and large files go on where they were. Until then the unfinished download of a file of 4 MiB
 * or more stays beside its target, as `.name.….b2kit`; scans do not see it.
 *
 * @throws `TypeError` for folders or options that make no sense, `RangeError` for a number out of range.
 * @see b2_list_file_names, b2_list_file_versions
 * @example
 * const run = sync("photos", { bucket, prefix: "2026" });
 * for await (const event of run) {
 *   console.log(describeEvent(event) ?? "");
 * }
 * console.log((await run.result).isComplete);
 */
export function sync(source: SyncFolder, destination: SyncFolder, options: SyncOptions = {}): SyncRun {
  const [from, to] = [parseSyncFolder(source, options.b2), parseSyncFolder(destination, options.b2)];
  if (from.type === "local" && to.type === "local") {
    throw new TypeError("Both folders are local: one of them has to be in B2");
  }
  if (to.type === "local" && options.keepDaysOrDelete === "keepBeforeDelete") {
    throw new TypeError("keepBeforeDelete keeps versions, of which a local destination has one each");
  }
  return new SyncRun(from, to, readOptions(options));
}
