import { CutOff, type SoakClient } from "./soak-client.ts";
import {
  describe,
  emptyState,
  filesOf,
  isSame,
  newIdIn,
  type Shown,
  type State,
  shownOf,
  unknownId,
  type Version,
} from "./soak-state.ts";
import { SoakSteps, type Step } from "./soak-steps.ts";

/**
 * Makes random requests in a bucket of its own, one at a time, and remembers what each acknowledged one did. All that
 * it does is chosen by its seed and by what has become of its former requests.
 */
export class SoakWorker {
  readonly #name: string;
  readonly #steps: SoakSteps;
  #bucketId = "";
  #state: State = emptyState;
  /** The request that was under way when the emulator died. */
  #interrupted: Step | undefined;

  constructor(index: number, random: () => number) {
    this.#name = `soak-worker-${index}`;
    this.#steps = new SoakSteps(this.#name, random);
  }

  /** How many files of the contents folder belong to this worker's versions and parts. */
  get files(): number {
    return filesOf(this.#state);
  }

  /** Makes requests until the connection breaks. */
  async runUntilCut(client: SoakClient, onAcknowledged: () => void): Promise<void> {
    for (;;) {
      const step = this.#steps.next(this.#state, this.#bucketId);
      try {
        const newId = await step.perform(client);
        this.#state = step.apply(this.#state, newId ?? unknownId);
        onAcknowledged();
      } catch (error) {
        if (!(error instanceof CutOff)) throw error;
        this.#interrupted = step;
        return;
      }
    }
  }

  /**
   * Compares what is there with what was acknowledged, contents included.
   *
   * @returns what became of the request that was under way when the emulator died.
   * @throws when neither the state before that request nor the one after it is there.
   */
  async verify(client: SoakClient): Promise<"done" | "undone" | undefined> {
    this.#bucketId ||= await this.#createBucket(client);
    const actual = await this.#read(client);
    const before = shownOf(this.#state);
    const after = this.#interrupted?.apply(this.#state, newIdIn(actual, before));
    const wasInterrupted = this.#interrupted !== undefined;
    this.#interrupted = undefined;
    if (isSame(actual, before)) return wasInterrupted ? "undone" : undefined;
    if (!after || !isSame(actual, shownOf(after))) throw new Error(this.#difference(before, after, actual));
    this.#state = after;
    return "done";
  }

  #difference(before: Shown, after: State | undefined, actual: Shown): string {
    return `${this.#name}: what is there is not what was acknowledged.
acknowledged: ${describe(before)}
with what was interrupted: ${after && describe(shownOf(after))}
there: ${describe(actual)}`;
  }

  async #createBucket(client: SoakClient): Promise<string> {
    const { accountId } = client;
    const request = { accountId, bucketName: this.#name, bucketType: "allPrivate", fileLockEnabled: true };
    return (await client.call("b2_create_bucket", request)).bucketId;
  }

  /** Reads everything that the state has from the emulator. */
  async #read(client: SoakClient): Promise<Shown> {
    const { accountId } = client;
    const isOwn = (name: string) => name.startsWith(`${this.#name}-`);
    const { buckets } = await client.call("b2_list_buckets", { accountId });
    const { keys } = await client.call("b2_list_keys", { accountId, maxKeyCount: 10_000 });
    const versions = new Map<string, Version>();
    const parts = new Map<string, ReadonlyMap<number, string>>();
    for (const { fileId, fileName, action, fileRetention, legalHold } of await client.versionsIn(
      this.#bucketId,
    )) {
      if (fileId === null) throw new Error("a listing of versions has a folder");
      const sha1 = action === "upload" ? await client.contentSha1(fileId) : undefined;
      const lock = { retention: fileRetention?.value ?? null, legalHold: legalHold?.value ?? null };
      versions.set(fileId, { fileName, action, sha1, ...lock });
      if (action === "start") parts.set(fileId, await client.partsOf(fileId));
    }
    return {
      versions,
      parts,
      bucketInfo: { ...buckets.find(({ bucketId }) => bucketId === this.#bucketId)?.bucketInfo },
      keys: new Map(
        keys
          .filter(({ keyName }) => isOwn(keyName))
          .map(({ applicationKeyId, keyName }) => [applicationKeyId, keyName]),
      ),
      buckets: new Map(
        buckets
          .filter(({ bucketName }) => isOwn(bucketName))
          .map(({ bucketId, bucketName }) => [bucketId, bucketName]),
      ),
    };
  }
}
