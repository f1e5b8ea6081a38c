import { CutOff, type SoakClient, sha1Of } from "./soak-client.ts";
import {
  isSame,
  newIdIn,
  type Parts,
  type State,
  show,
  unknownId,
  type Version,
  withEntry,
  without,
} from "./soak-state.ts";

/** Bytes that are a text repeated up to a length. */
interface Recipe {
  readonly length: number;
  readonly text: string;
}

/** A change that a worker asks for: what it makes of the state, known before the request is made. */
interface Step {
  /** @returns the ID that the emulator chose for what is new. */
  readonly perform: (client: SoakClient) => Promise<string | undefined>;
  /** @param newId - The ID that was answered, or a placeholder. */
  readonly apply: (state: State, newId: string) => State;
}

/** Part sizes: the emulator's command has the service's minimum for all but the last. */
const wholePartBytes = 5_000_000;

/** Sizes that a worker's bucket does not grow much beyond, so that all of it can be checked each time. */
const mostVersions = 20;
const mostUnfinished = 5;

/**
 * Makes random requests in a bucket of its own, one at a time, and remembers what each acknowledged one did. All that
 * it does is chosen by its seed and by what has become of its former requests.
 */
export class SoakWorker {
  readonly #name: string;
  readonly #random: () => number;
  /** How to make the bytes of each part again, by their digest. */
  readonly #recipes = new Map<string, Recipe>();
  #bucketId = "";
  #serial = 0;
  #state: State = { versions: new Map(), parts: new Map(), bucketInfo: {}, keyNames: new Set() };
  /** The request that was under way when the emulator died. */
  #interrupted: Step | undefined;

  constructor(index: number, random: () => number) {
    this.#name = `soak-worker-${index}`;
    this.#random = random;
  }

  /** How many files of the contents folder belong to this worker's versions and parts. */
  get blobs(): number {
    const inVersions = [...this.#state.versions.values()].reduce((sum, { blobs }) => sum + blobs, 0);
    return [...this.#state.parts.values()].reduce((sum, parts) => sum + parts.size, inVersions);
  }

  /** Makes requests until the connection breaks. */
  async runUntilCut(client: SoakClient, onAcknowledged: () => void): Promise<void> {
    for (;;) {
      const step = this.#choose();
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
    const before = this.#state;
    const after = this.#interrupted?.apply(before, newIdIn(actual, before));
    const wasInterrupted = this.#interrupted !== undefined;
    this.#interrupted = undefined;
    if (isSame(actual, before)) return wasInterrupted ? "undone" : undefined;
    if (!after || !isSame(actual, after)) throw new Error(this.#difference(before, after, actual));
    this.#state = after;
    return "done";
  }

  #difference(before: State, after: State | undefined, actual: State): string {
    return `${this.#name}: what is there is not what was acknowledged.
${JSON.stringify({ before: show(before), after: after && show(after), actual: show(actual) }, null, 1)}`;
  }

  async #createBucket(client: SoakClient): Promise<string> {
    const { accountId } = client;
    const request = { accountId, bucketName: this.#name, bucketType: "allPrivate" };
    return (await client.call("b2_create_bucket", request)).bucketId;
  }

  /** Reads everything that the state has from the emulator. */
  async #read(client: SoakClient): Promise<State> {
    const bucketId = this.#bucketId;
    const { accountId } = client;
    const { buckets } = await client.call("b2_list_buckets", { accountId, bucketId });
    const { keys } = await client.call("b2_list_keys", { accountId, maxKeyCount: 10_000 });
    const own = keys.map(({ keyName }) => keyName).filter((name) => name.startsWith(`${this.#name}-`));
    const files = await client.versionsIn(bucketId);
    const versions = new Map<string, Version>();
    const parts = new Map<string, Parts>();
    for (const { fileId, fileName, action, contentLength } of files) {
      if (fileId === null) throw new Error("a listing of versions has a folder");
      const sha1 = action === "upload" ? await client.contentSha1(fileId) : undefined;
      const blobs = this.#state.versions.get(fileId)?.blobs ?? (contentLength > 0 ? 1 : 0);
      versions.set(fileId, { fileName, action: action as Version["action"], sha1, blobs });
      if (action === "start") parts.set(fileId, await readParts(client, fileId));
    }
    return { versions, parts, bucketInfo: { ...buckets[0]?.bucketInfo }, keyNames: new Set(own) };
  }

  #choose(): Step {
    const dice = this.#random();
    if (this.#state.versions.size > mostVersions && dice < 0.5) return this.#delete() ?? this.#updateBucket();
    if (this.#state.parts.size > mostUnfinished)
      return this.#finish() ?? this.#cancel() ?? this.#updateBucket();
    if (dice < 0.35) return this.#upload();
    if (dice < 0.45) return this.#hide() ?? this.#upload();
    if (dice < 0.62) return this.#delete() ?? this.#upload();
    if (dice < 0.7) return this.#updateBucket();
    if (dice < 0.74) return this.#createKey();
    if (dice < 0.8) return this.#startLargeFile();
    if (dice < 0.9) return this.#uploadPart() ?? this.#startLargeFile();
    if (dice < 0.96) return this.#finish() ?? this.#startLargeFile();
    return this.#cancel() ?? this.#startLargeFile();
  }

  #upload(): Step {
    const bytes = bytesOf(this.#recipe(Math.floor(this.#random() * 40_000)));
    const fileName = this.#fileName();
    const version: Version = {
      fileName,
      action: "upload",
      sha1: sha1Of(bytes),
      blobs: bytes.length > 0 ? 1 : 0,
    };
    return {
      perform: async (client) => {
        const target = await client.call("b2_get_upload_url", { bucketId: this.#bucketId });
        const headers = { "X-Bz-File-Name": fileName, "Content-Type": "b2/x-auto" };
        return (await client.send<"b2_upload_file">(target, bytes, headers)).fileId;
      },
      apply: (state, newId) => ({ ...state, versions: withEntry(state.versions, newId, version) }),
    };
  }

  /** Hides a file whose name was never hidden, if there is one: a second marker in a row would be refused. */
  #hide(): Step | undefined {
    const visible = this.#pick(({ action }) => action === "upload");
    if (!visible) return undefined;
    const { fileName } = visible.version;
    const isHidden = [...this.#state.versions.values()].some(
      (version) => version.fileName === fileName && version.action === "hide",
    );
    if (isHidden) return undefined;
    const marker: Version = { fileName, action: "hide", sha1: undefined, blobs: 0 };
    return {
      perform: async (client) =>
        (await client.call("b2_hide_file", { bucketId: this.#bucketId, fileName })).fileId,
      apply: (state, newId) => ({ ...state, versions: withEntry(state.versions, newId, marker) }),
    };
  }

  #delete(): Step | undefined {
    const chosen = this.#pick(({ action }) => action !== "start");
    if (!chosen) return undefined;
    const { fileId, version } = chosen;
    return {
      perform: async (client) => {
        await client.call("b2_delete_file_version", { fileId, fileName: version.fileName });
        return undefined;
      },
      apply: (state) => ({ ...state, versions: without(state.versions, fileId) }),
    };
  }

  #updateBucket(): Step {
    const bucketInfo = { round: String(++this.#serial) };
    return {
      perform: async (client) => {
        const { accountId } = client;
        await client.call("b2_update_bucket", { accountId, bucketId: this.#bucketId, bucketInfo });
        return undefined;
      },
      apply: (state) => ({ ...state, bucketInfo }),
    };
  }

  #createKey(): Step {
    const keyName = `${this.#name}-${++this.#serial}`;
    return {
      perform: async (client) => {
        await client.call("b2_create_key", {
          accountId: client.accountId,
          keyName,
          capabilities: ["listFiles"],
        });
        return undefined;
      },
      apply: (state) => ({ ...state, keyNames: new Set([...state.keyNames, keyName]) }),
    };
  }

  #startLargeFile(): Step {
    const fileName = `large/${this.#fileName()}`;
    const version: Version = { fileName, action: "start", sha1: undefined, blobs: 0 };
    return {
      perform: async (client) => {
        const request = { bucketId: this.#bucketId, fileName, contentType: "b2/x-auto" };
        return (await client.call("b2_start_large_file", request)).fileId;
      },
      apply: (state, newId) => ({
        ...state,
        versions: withEntry(state.versions, newId, version),
        parts: withEntry(state.parts, newId, new Map()),
      }),
    };
  }

  /** Sends the next part of an unfinished file, or sends its last part again. The first is large now and then. */
  #uploadPart(): Step | undefined {
    const chosen = this.#pick(({ action }) => action === "start");
    if (!chosen) return undefined;
    const { fileId } = chosen;
    const known = this.#state.parts.get(fileId) ?? new Map();
    const partNumber = known.size === 0 || this.#random() < 0.5 ? Math.max(known.size, 1) : known.size + 1;
    const isWhole = partNumber === 1 && this.#random() < 0.2;
    const recipe = this.#recipe(isWhole ? wholePartBytes : 1 + Math.floor(this.#random() * 40_000));
    const bytes = bytesOf(recipe);
    const sha1 = sha1Of(bytes);
    this.#recipes.set(sha1, recipe);
    return {
      perform: async (client) => {
        const target = await client.call("b2_get_upload_part_url", { fileId });
        await client.send<"b2_upload_part">(target, bytes, { "X-Bz-Part-Number": String(partNumber) });
        return undefined;
      },
      apply: (state) => ({
        ...state,
        parts: withEntry(state.parts, fileId, withEntry(known, partNumber, sha1)),
      }),
    };
  }

  /** Finishes an unfinished file whose parts may be finished. */
  #finish(): Step | undefined {
    const chosen = this.#pick((version, fileId) => version.action === "start" && this.#canFinish(fileId));
    if (!chosen) return undefined;
    const { fileId, version } = chosen;
    const partSha1Array = this.#digestsOf(fileId);
    const recipes = partSha1Array.map((digest) => this.#recipes.get(digest) ?? { length: 0, text: "" });
    const whole = Buffer.concat(recipes.map(bytesOf));
    const finished: Version = {
      ...version,
      action: "upload",
      sha1: sha1Of(whole),
      blobs: partSha1Array.length,
    };
    return {
      perform: async (client) => {
        await client.call("b2_finish_large_file", { fileId, partSha1Array });
        return undefined;
      },
      apply: (state) => ({
        ...state,
        versions: withEntry(state.versions, fileId, finished),
        parts: without(state.parts, fileId),
      }),
    };
  }

  #digestsOf(fileId: string): string[] {
    const parts = [...(this.#state.parts.get(fileId) ?? [])];
    return parts.sort(([left], [right]) => left - right).map(([, digest]) => digest);
  }

  /** All parts but the last must be large enough. */
  #canFinish(fileId: string): boolean {
    const sizes = this.#digestsOf(fileId).map((digest) => this.#recipes.get(digest)?.length ?? 0);
    return sizes.length > 0 && sizes.slice(0, -1).every((size) => size >= wholePartBytes);
  }

  #cancel(): Step | undefined {
    const chosen = this.#pick(({ action }) => action === "start");
    if (!chosen) return undefined;
    const { fileId } = chosen;
    return {
      perform: async (client) => {
        await client.call("b2_cancel_large_file", { fileId });
        return undefined;
      },
      apply: (state) => ({
        ...state,
        versions: without(state.versions, fileId),
        parts: without(state.parts, fileId),
      }),
    };
  }

  #pick(wanted: (version: Version, fileId: string) => boolean) {
    const found = [...this.#state.versions].filter(([fileId, version]) => wanted(version, fileId));
    const [fileId, version] = found[Math.floor(this.#random() * found.length)] ?? [];
    return fileId === undefined || version === undefined ? undefined : { fileId, version };
  }

  #fileName(): string {
    return `file-${Math.floor(this.#random() * 12)}`;
  }

  /** Tells how to make bytes that no other request has. */
  #recipe(length: number): Recipe {
    return { length, text: `${this.#name} ${++this.#serial} ` };
  }
}

const bytesOf = ({ length, text }: Recipe) => Buffer.alloc(length, text);

async function readParts(client: SoakClient, fileId: string): Promise<Parts> {
  const { parts } = await client.call("b2_list_parts", { fileId, maxPartCount: 1000 });
  return new Map(parts.map(({ partNumber, contentSha1 }) => [partNumber, contentSha1]));
}
