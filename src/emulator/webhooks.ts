import { createHmac, randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "./clock.ts";
import type { Store, StoredVersion } from "./store.ts";
import type { Schemas } from "./wire.ts";

/** What can be reported: the event types without their wildcards and without those that this server never has. */
export type EventName = Exclude<
  Schemas["EventType"],
  `${string}*` | `${string}Replica` | `${string}LiveRead`
>;

type Rule = Schemas["EventNotificationRule"];
type Event = Schemas["EventNotificationEvent"];

/** How webhooks are posted. */
export interface WebhookOptions {
  /**
   * Posts to other machines, too. Without it, only targets on this machine receive anything: their names are
   * `localhost`, `*.localhost`, `127.*` or `[::1]`, they may have `http:` URLs, and their certificates are not
   * checked.
   * @defaultValue false
   */
  readonly allowRemote?: boolean;
  /**
   * How often a batch is posted before its rule is suspended.
   * @defaultValue 4
   */
  readonly attempts?: number;
  /**
   * Milliseconds before the second attempt; each further wait is twice as long.
   * @defaultValue 250
   */
  readonly retryDelayMillis?: number;
  /**
   * Milliseconds in which a receiver must answer.
   * @defaultValue 3,000
   */
  readonly timeoutMillis?: number;
}

/** One batch of events for one rule, and what became of it. */
export interface Delivery {
  /** Bucket whose rule it is. */
  readonly bucketId: string;
  /** Name of the rule. */
  readonly ruleName: string;
  /** Where it was posted to. */
  readonly url: string;
  /** What was posted, as one batch. */
  readonly events: readonly Event[];
  /** How often it was posted so far. */
  readonly attempts: number;
  /** Status of the last answer; undefined when there was none. */
  readonly status: number | undefined;
  /** `failed` suspends the rule, `refused` is for targets on other machines, `dropped` for a server that closed. */
  readonly outcome: "pending" | "delivered" | "failed" | "refused" | "dropped";
}

/** What webhooks received, for tests to wait for and to assert on. */
export interface Deliveries {
  /** The batches in the order in which they were first posted; the latest 1,000 at least. */
  readonly list: readonly Delivery[];
  /** Resolves when every event so far has been delivered or given up. */
  settled(): Promise<void>;
}

/** The events of one rule that wait for their turn. */
interface Queue {
  readonly bucketId: string;
  readonly ruleName: string;
  readonly events: Event[];
}

const mostRecords = 1000;

/**
 * Reports events to the webhooks of a bucket's rules, one batch of a rule at a time. A rule whose receiver fails at
 * every attempt for a batch is suspended, and its waiting events are dropped; setting the rules lifts it.
 *
 * Waiting events are kept in memory only: those of a server that ends are lost.
 */
export class Webhooks implements Deliveries {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #options: Required<WebhookOptions>;
  readonly #queues = new Map<string, Queue>();
  readonly #working = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  #list: Delivery[] = [];

  constructor(store: Store, clock: Clock, options: WebhookOptions = {}) {
    this.#store = store;
    this.#clock = clock;
    this.#options = {
      allowRemote: false,
      attempts: 4,
      retryDelayMillis: 250,
      timeoutMillis: 3000,
      ...options,
    };
  }

  get list(): readonly Delivery[] {
    return this.#list;
  }

  async settled(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working.values());
  }

  /** Drops what has not been delivered, and resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.settled();
  }

  /**
   * Queues an event for each rule that asks for it.
   *
   * @param timestamp - When it happened. @defaultValue now
   */
  report(eventType: EventName, version: StoredVersion, timestamp = this.#clock.now()): void {
    const bucket = this.#store.buckets.get(version.bucketId);
    for (const rule of bucket?.notificationRules ?? []) {
      if (!asksFor(rule, eventType, version.fileName)) continue;
      this.#enqueue({
        accountId: this.#store.account.accountId,
        bucketId: version.bucketId,
        bucketName: bucket?.bucketName ?? "",
        eventId: randomUUID(),
        eventTimestamp: timestamp,
        eventType,
        eventVersion: 1,
        matchedRuleName: rule.name,
        objectName: version.fileName,
        objectSize: version.contentLength,
        objectVersionId: version.fileId,
      });
    }
  }

  #enqueue(event: Event): void {
    if (this.#closing.signal.aborted) return;
    const { bucketId, matchedRuleName: ruleName } = event;
    const key = `${bucketId} ${ruleName}`;
    const queue = this.#queues.get(key) ?? { bucketId, ruleName, events: [] };
    this.#queues.set(key, queue);
    queue.events.push(event);
    if (this.#working.has(key)) return;
    const work = this.#drain(queue).finally(() => {
      this.#working.delete(key);
      this.#queues.delete(key);
    });
    this.#working.set(key, work);
  }

  async #drain(queue: Queue): Promise<void> {
    await Promise.resolve(); // what one call reports goes into one batch
    while (queue.events.length > 0) {
      const rule = this.#ruleOf(queue);
      if (!rule || !isActive(rule)) return;
      const size = rule.maxEventsPerBatch ?? rule.targetConfiguration.maxEventsPerBatch ?? 1;
      await this.#deliver(queue, rule, queue.events.splice(0, size));
    }
  }

  /** The rule as it is now: it may have been changed, removed or suspended. */
  #ruleOf({ bucketId, ruleName }: Queue): Rule | undefined {
    return this.#store.buckets.get(bucketId)?.notificationRules.find(({ name }) => name === ruleName);
  }

  async #deliver(queue: Queue, rule: Rule, events: Event[]): Promise<void> {
    const { url } = rule.targetConfiguration;
    const record = this.#record({ bucketId: queue.bucketId, ruleName: rule.name, url, events });
    if (!this.#options.allowRemote && !isOnThisMachine(url)) return record({ outcome: "refused" });
    const { attempts, retryDelayMillis, timeoutMillis } = this.#options;
    const body = Buffer.from(JSON.stringify({ events } satisfies Schemas["EventNotification"]));
    for (let attempt = 1; ; attempt++) {
      if (this.#closing.signal.aborted) return record({ outcome: "dropped" });
      const status = await post(rule.targetConfiguration, body, this.#closing.signal, timeoutMillis);
      record({ attempts: attempt, status });
      if (status === 200) return record({ outcome: "delivered" });
      if (attempt >= attempts) break;
      await wait(retryDelayMillis * 2 ** (attempt - 1), undefined, { signal: this.#closing.signal }).catch(
        () => {},
      );
    }
    if (this.#closing.signal.aborted) return record({ outcome: "dropped" });
    record({ outcome: "failed" });
    this.#suspend(queue, `The receiver failed ${attempts} times in a row`);
  }

  /** Lists a delivery and answers a function that brings its record up to date. */
  #record(start: Pick<Delivery, "bucketId" | "ruleName" | "url" | "events">) {
    let current: Delivery = { ...start, attempts: 0, status: undefined, outcome: "pending" };
    if (this.#list.length >= mostRecords * 2) this.#list = this.#list.slice(-mostRecords);
    this.#list.push(current);
    return (change: Partial<Delivery>): void => {
      const index = this.#list.lastIndexOf(current);
      current = { ...current, ...change };
      if (index >= 0) this.#list[index] = current;
    };
  }

  #suspend({ bucketId, ruleName }: Queue, suspensionReason: string): void {
    const bucket = this.#store.buckets.get(bucketId);
    if (!bucket) return;
    const notificationRules = bucket.notificationRules.map((rule) =>
      rule.name === ruleName ? { ...rule, isSuspended: true, suspensionReason } : rule,
    );
    this.#store.commit(["bucket", bucketId, { ...bucket, notificationRules }]);
  }
}

const isActive = ({ isEnabled, isSuspended }: Rule) => isEnabled && !isSuspended;

function asksFor(rule: Rule, eventType: EventName, fileName: string): boolean {
  const wildcard = eventType.replace(/[^:]+$/, "*");
  return (
    isActive(rule) &&
    fileName.startsWith(rule.objectNamePrefix) &&
    rule.eventTypes.some((wanted) => wanted === eventType || wanted === wildcard)
  );
}

/** Tells whether a URL leads to this machine. */
export function isOnThisMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** Posts a batch. @returns the status of the answer; undefined when none came in time. */
function post(
  { url, customHeaders, hmacSha256SigningSecret }: Schemas["WebhookTarget"],
  body: Buffer,
  closing: AbortSignal,
  timeoutMillis: number,
): Promise<number | undefined> {
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  const headers: Record<string, string | number> = {
    "Content-Type": "application/json",
    ...Object.fromEntries((customHeaders ?? []).map(({ name, value }) => [name, value])),
    "Content-Length": body.length,
  };
  if (hmacSha256SigningSecret) {
    headers["X-Bz-Event-Notification-Signature"] = `v1=${signatureOf(body, hmacSha256SigningSecret)}`;
  }
  return new Promise((resolve) => {
    const signal = AbortSignal.any([closing, AbortSignal.timeout(timeoutMillis)]);
    const options = {
      method: "POST",
      headers,
      signal,
      agent: false,
      rejectUnauthorized: !isOnThisMachine(url),
    };
    send(url, options, (response) => {
      response.resume().on("error", () => {});
      resolve(response.statusCode);
    })
      .on("error", () => resolve(undefined))
      .end(body);
  });
}

const signatureOf = (body: Buffer, secret: string) => createHmac("sha256", secret).update(body).digest("hex");
