import { open } from "node:fs/promises";
import { ConflictError } from "../session/errors.ts";
import { digestParts } from "../upload/digests.ts";
import { LocalFile } from "../upload/local-file.ts";
import { compareContents, compareFiles, type DigestOf, type Verdict } from "./comparison.ts";
import { unreadable } from "./folder-entries.ts";
import { mergeByName, type Pair } from "./merge.ts";
import { isFolderMarker, unsafeReason } from "./path-safety.ts";
import { type Plan, planFile, type RemovalAction, type TransferAction } from "./plan.ts";
import { RemovalQueue, type Removals } from "./removal-queue.ts";
import type { Report } from "./report.ts";
import { shielded } from "./shield.ts";
import { destinationFilter, type Sides, scanDestination, scanSource } from "./side-scan.ts";
import type { SyncSettings } from "./sync-options.ts";
import { isVisible, type SyncPath } from "./sync-path.ts";
import { isFolding, TargetNames } from "./target-names.ts";
import { TaskPool } from "./task-pool.ts";
import { type Transfers, transfersBetween } from "./transfers.ts";

type Work = () => Promise<void>;

/** Scans both sides, and does what is planned for each name. */
export class Worker {
  readonly #sides: Sides;
  readonly #settings: SyncSettings;
  readonly #report: Report;
  readonly #room: () => Promise<void>;
  readonly #transfers: Transfers;
  readonly #pool: TaskPool;
  readonly #queue = new RemovalQueue();
  /** Names whose transfers failed: nothing is removed for them. */
  readonly #failed = new Set<string>();
  /** For a local destination. */
  #targetNames: TargetNames | undefined;

  /** @param room - Waits until whoever hears the events has caught up. */
  constructor(sides: Sides, settings: SyncSettings, report: Report, room: () => Promise<void>) {
    this.#sides = sides;
    this.#settings = settings;
    this.#report = report;
    this.#room = room;
    this.#transfers = transfersBetween(sides.source, sides.destination, settings);
    this.#pool = new TaskPool(settings.concurrency);
  }

  /**
   * Does everything; files that fail are reported, and the others go on.
   *
   * @throws when a side cannot be scanned, the source is empty, or the signal aborts; what is under way ends before.
   */
  async run(): Promise<void> {
    try {
      await this.#transferAll().finally(() => this.#pool.idle());
      await this.#removeAll().finally(() => this.#pool.idle());
    } finally {
      await this.#queue.close();
    }
  }

  async #transferAll(): Promise<void> {
    const { destination } = this.#sides;
    if (destination.type === "local") {
      this.#targetNames = new TargetNames(destination.root, await isFolding(destination.root));
    }
    const found = mergeByName(
      scanSource(this.#sides, this.#settings, this.#report),
      scanDestination(this.#sides, this.#settings, this.#report),
    );
    const filter = destinationFilter(this.#settings);
    for await (const pair of shielded(found, this.#report)) {
      this.#settings.signal?.throwIfAborted();
      await this.#room();
      const isKept =
        pair.source === undefined && pair.destination && excludesByTime(filter, pair.destination);
      if (!isKept && !(await this.#refuses(pair))) {
        await this.#decide(pair);
      }
    }
  }

  /** Tells whether a name cannot be written at a local destination. */
  async #refuses({ source, destination }: Pair<SyncPath>): Promise<boolean> {
    const reason =
      source && (await this.#targetNames?.refuse(source.relativePath, destination !== undefined));
    if (reason !== undefined) {
      this.#report.skipped(source?.relativePath ?? "", reason);
    }
    return reason !== undefined;
  }

  /** Decides what is to be done for one name, and starts it. */
  async #decide(pair: Pair<SyncPath>): Promise<void> {
    const verdict = this.#compare(pair);
    await this.#collect(pair, async () => {
      if (typeof verdict === "string") {
        const work = await this.#plan(pair, verdict);
        await (work && this.#pool.start(() => this.#collect(pair, work)));
      } else {
        const work = async () => (await this.#plan(pair, await verdict()))?.();
        await this.#pool.start(() => this.#collect(pair, work));
      }
    });
  }

  /** Does something for one name; a failure is reported, and the others go on. */
  async #collect({ source, destination }: Pair<SyncPath>, work: Work): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#settings.signal?.throwIfAborted();
      this.#report.failed((source ?? destination)?.relativePath ?? "", error);
    }
  }

  /** Compares what is known of both files, or gives a function that has to find out more. */
  #compare({ source, destination }: Pair<SyncPath>): Verdict | (() => Promise<Verdict>) {
    if (source === undefined || destination === undefined || !isVisible(destination)) {
      return "different";
    }
    const { compareVersionMode, compareThreshold } = this.#settings;
    if (typeof compareVersionMode === "function") {
      return async () => ((await compareVersionMode(source, destination)) ? "different" : "same");
    }
    const verdict = compareFiles(source, destination, { compareVersionMode, compareThreshold });
    return verdict === "unknown" ? () => compareContents(source, destination, this.#digestOf) : verdict;
  }

  readonly #digestOf: DigestOf = async (path) => {
    if (path.type === "b2") {
      return path.contentSha1;
    }
    const file = await LocalFile.open(path.absolutePath);
    try {
      const whole = { partNumber: 1, offset: 0, length: file.length };
      return (await digestParts(file, [whole], this.#settings.signal)).whole;
    } finally {
      await file.close();
    }
  };

  /** Plans what is done for one name, and gives what has to be done at once. */
  async #plan(pair: Pair<SyncPath>, verdict: Verdict): Promise<Work | undefined> {
    const settings = { ...this.#settings, transferType: this.#transfers.type };
    const { transfer, removals, refusal } = this.#chosen(
      pair,
      planFile(pair.source, pair.destination, verdict, settings),
    );
    if (refusal !== undefined) {
      this.#tellNewer(pair, refusal);
    }
    if (transfer !== undefined) {
      await checkReadable(pair.source);
      this.#report.planned(transfer);
    }
    await this.#removeLater(pair, removals);
    return transfer && !this.#settings.dryRun ? () => this.#transfer(pair, transfer) : undefined;
  }

  /** Lets the caller's own policy choose among what is planned. Nothing is removed for a transfer that it drops. */
  #chosen({ source, destination }: Pair<SyncPath>, plan: Plan): Plan {
    const { syncPolicy } = this.#settings;
    const actions = [...(plan.transfer ? [plan.transfer] : []), ...plan.removals];
    if (syncPolicy === undefined || actions.length === 0) {
      return plan;
    }
    const relativePath = (source ?? destination)?.relativePath ?? "";
    const chosen = new Set(syncPolicy({ relativePath, source, destination, actions }));
    return plan.transfer && !chosen.has(plan.transfer)
      ? { removals: [] }
      : { ...plan, removals: plan.removals.filter((action) => chosen.has(action)) };
  }

  #tellNewer({ source, destination }: Pair<SyncPath>, refusal: NonNullable<Plan["refusal"]>): void {
    const { relativePath = "", modTimeMillis = 0 } = source ?? {};
    const [from, to] = [modTimeMillis, destination?.modTimeMillis ?? 0].map((time) =>
      new Date(Math.round(time)).toISOString(),
    );
    const reason = `the destination has a newer one, of ${to} instead of ${from}`;
    if (refusal === "skippedNewer") {
      this.#report.skipped(relativePath, reason);
    } else {
      const message = `${JSON.stringify(relativePath)} is left as it is: ${reason}; newerFileMode decides`;
      this.#report.failed(relativePath, new ConflictError(message, { fileName: relativePath }));
    }
  }

  async #transfer({ source, destination }: Pair<SyncPath>, action: TransferAction): Promise<void> {
    let moved = 0;
    const onBytes = (bytes: number) => {
      if (bytes > moved) {
        this.#report.moved(bytes - moved);
        moved = bytes;
      }
    };
    try {
      await (source && this.#transfers.transfer({ source, destination, onBytes }));
      this.#report.transferred(action, action.size);
    } catch (error) {
      this.#failed.add(action.relativePath);
      throw error;
    } finally {
      this.#report.finished(action, moved);
    }
  }

  async #removeLater(
    { source, destination }: Pair<SyncPath>,
    actions: readonly RemovalAction[],
  ): Promise<void> {
    if (actions.length === 0 || destination === undefined) {
      return;
    }
    const { relativePath } = destination;
    const reason = isFolderMarker(relativePath) ? "its name stands for a folder" : unsafeReason(relativePath);
    if (source === undefined && this.#sides.source.type === "local" && reason !== undefined) {
      this.#report.skipped(relativePath, `no local folder can have it, so that it is not removed: ${reason}`);
      return;
    }
    const { modTimeMillis, size } = destination;
    await this.#queue.add({
      actions,
      ...(destination.type === "local" && { found: { modTimeMillis, size } }),
    });
  }

  async #removeAll(): Promise<void> {
    for await (const removals of this.#queue) {
      this.#settings.signal?.throwIfAborted();
      await this.#room();
      await this.#pool.start(() => this.#remove(removals));
    }
  }

  /** Removes what is to be removed of one name, up to the first failure. */
  async #remove({ actions, found }: Removals): Promise<void> {
    for (const action of actions) {
      const { relativePath } = action;
      if (this.#failed.has(relativePath)) {
        return;
      }
      if (action.type === "deleteLocal" && this.#targetNames?.isClaimed(relativePath)) {
        this.#report.skipped(relativePath, "the file system takes its name for that of another file");
        return;
      }
      this.#report.planned(action);
      if (!this.#settings.dryRun) {
        try {
          await this.#transfers.remove(action, found);
        } catch (error) {
          this.#settings.signal?.throwIfAborted();
          this.#report.failed(relativePath, error);
          return;
        }
        this.#report.removed(action);
      }
    }
  }
}

function excludesByTime(filter: ReturnType<typeof destinationFilter>, path: SyncPath): boolean {
  const uploadTimestamp = path.type === "b2" ? path.selectedVersion.uploadTimestamp : undefined;
  return filter.excludesTimes(path.modTimeMillis, uploadTimestamp);
}

/** @throws {@link LocalFileError} when a local file may not be read. */
async function checkReadable(source: SyncPath | undefined): Promise<void> {
  if (source?.type === "local") {
    const file = await open(source.absolutePath).catch((cause) => {
      throw unreadable(source.absolutePath, cause);
    });
    await file.close();
  }
}
