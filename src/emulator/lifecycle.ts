import { endOfPrefix, lowerBound } from "./name-order.ts";
import { newHideMarker } from "./new-version.ts";
import { badRequest } from "./refusal.ts";
import { isLocked } from "./retention.ts";
import type { Service } from "./service.ts";
import type { StoredBucket, StoredVersion } from "./store.ts";
import type { Schemas } from "./wire.ts";

type Rule = Schemas["LifecycleRule"];

const hourMillis = 60 * 60 * 1000;
const dayMillis = 24 * hourMillis;

const ages = [
  "daysFromUploadingToHiding",
  "daysFromHidingToDeleting",
  "daysFromStartingToCancelingUnfinishedLargeFiles",
] as const satisfies readonly (keyof Rule)[];

/** Refuses rules that do nothing, and two rules that cover the same file. */
export function checkLifecycleRules(rules: readonly Rule[]): void {
  for (const [index, rule] of rules.entries()) {
    const prefix = rule.fileNamePrefix;
    if (ages.every((age) => (rule[age] ?? null) === null)) {
      throw badRequest(`The lifecycle rule for "${prefix}" needs a number of days`);
    }
    const other = rules.find(
      ({ fileNamePrefix }, place) => place !== index && fileNamePrefix.startsWith(prefix),
    );
    if (other) throw badRequest(`Lifecycle rules overlap: "${prefix}" covers "${other.fileNamePrefix}"`);
  }
}

/**
 * Applies the lifecycle rules of all buckets. The service does so once a day; this server does when its clock is
 * moved, before rules change, and once an hour of its time as long as requests come.
 *
 * Everything happens at the time at which it was due, so that one jump of the clock over several weeks has the same
 * result as many small ones; but never before the former run, since the rule may be newer than its files.
 */
export class Lifecycle {
  readonly #service: Pick<Service, "store" | "clock" | "webhooks">;
  #lastRun: number;

  constructor(service: Pick<Service, "store" | "clock" | "webhooks">) {
    this.#service = service;
    this.#lastRun = service.clock.now();
  }

  /** Applies the rules if that was an hour ago. Cheap otherwise. */
  runIfDue(): void {
    if (this.#service.clock.now() - this.#lastRun >= hourMillis) this.run();
  }

  run(): void {
    const { store, clock } = this.#service;
    const now = clock.now();
    const since = Math.min(this.#lastRun, now);
    this.#lastRun = now;
    for (const bucket of store.buckets.values()) {
      for (const rule of bucket.lifecycleRules) this.#apply(bucket, rule, since, now);
    }
  }

  #apply({ bucketId }: StoredBucket, rule: Rule, since: number, now: number): void {
    const { names } = this.#service.store.namesOf(bucketId);
    const first = lowerBound(names, rule.fileNamePrefix);
    for (const name of names.slice(first, endOfPrefix(names, rule.fileNamePrefix, first))) {
      this.#cancel(
        bucketId,
        name,
        dueAfter(rule.daysFromStartingToCancelingUnfinishedLargeFiles, since, now),
      );
      this.#hide(bucketId, name, dueAfter(rule.daysFromUploadingToHiding, since, now));
      this.#delete(bucketId, name, dueAfter(rule.daysFromHidingToDeleting, since, now));
    }
  }

  #versionsOf(bucketId: string, name: string): readonly StoredVersion[] {
    return this.#service.store.namesOf(bucketId).versionsOf(name);
  }

  #cancel(bucketId: string, name: string, due: Due): void {
    const { store } = this.#service;
    const files = this.#versionsOf(bucketId, name).filter(({ action }) => action === "start");
    for (const file of files) if (due(file.uploadTimestamp)) store.commit(...store.removalOf(file));
  }

  #hide(bucketId: string, name: string, due: Due): void {
    const { store, webhooks } = this.#service;
    const newest = store.newestVersion(bucketId, name);
    const time = newest?.action === "upload" && due(newest.uploadTimestamp);
    if (!newest || !time) return;
    const marker = newHideMarker(this.#service, newest, time);
    store.commit(["version", marker.fileId, marker]);
    webhooks.report("b2:HideMarkerCreated:LifecycleRule", marker, time);
  }

  /** Deletes versions from the oldest on: a hide marker goes when it hides nothing any more. Locked ones stay. */
  #delete(bucketId: string, name: string, due: Due): void {
    const { store, clock, webhooks } = this.#service;
    const versions = this.#versionsOf(bucketId, name).filter(({ action }) => action !== "start");
    let isOldest = true;
    for (const [index, version] of [...versions.entries()].reverse()) {
      const newer = versions[index - 1];
      const hiddenFrom =
        newer?.uploadTimestamp ?? (isOldest && version.action === "hide" ? version.uploadTimestamp : null);
      const time = hiddenFrom !== null && due(hiddenFrom);
      if (time && !isLocked(version, clock.now())) {
        store.commit(...store.removalOf(version));
        webhooks.report("b2:ObjectDeleted:LifecycleRule", version, time);
      } else isOldest = false;
    }
  }
}

/** Tells when something is due that happens some days after `start`; undefined when that is not yet, or never. */
type Due = (start: number) => number | undefined;

function dueAfter(days: number | null | undefined, since: number, now: number): Due {
  return (start) => {
    if (!days) return undefined;
    const time = Math.max(start + days * dayMillis, since);
    return time <= now ? time : undefined;
  };
}
