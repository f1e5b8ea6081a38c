import { sha1Of } from "./file-tree.ts";
import type { SoakClient } from "./soak-client.ts";
import { bytesOf, type Content, contentOf, lengthOf, rangeOf, type Sent } from "./soak-content.ts";
import {
  emptyState,
  type KnownVersion,
  markerOf,
  type State,
  storedOf,
  unfinishedOf,
  withEntry,
  without,
} from "./soak-state.ts";

/** A change that a worker asks for: what it makes of the state, known before the request is made. */
export interface Step {
  /** @returns the ID that the emulator chose for what is new. */
  readonly perform: (client: SoakClient) => Promise<string | null | undefined>;
  /** @param newId - The ID that was answered, or a placeholder. */
  readonly apply: (state: State, newId: string) => State;
}

/** A version that a step is about. */
interface Chosen {
  readonly fileId: string;
  readonly version: KnownVersion;
}

/** Part sizes: the emulator's command has the service's minimum for all but the last. */
const wholePartBytes = 5_000_000;

/** What a worker does not own much more of, so that all of it can be checked each time. */
const most = { versions: 20, unfinished: 5, keys: 12, buckets: 4 };

/** Retentions end in the year 2100, each at a time of its own. */
const century = Date.UTC(2100, 0, 1);

/** Chooses what a worker does next. Nothing of it would be refused. */
export class SoakSteps {
  readonly #name: string;
  readonly #random: () => number;
  #serial = 0;
  #state: State = emptyState;
  #bucketId = "";

  /**
   * @param name - Begins the names of everything that the worker makes.
   * @param random - Decides everything.
   */
  constructor(name: string, random: () => number) {
    this.#name = name;
    this.#random = random;
  }

  /** Chooses a step that is possible in a state. */
  next(state: State, bucketId: string): Step {
    this.#state = state;
    this.#bucketId = bucketId;
    const { versions, parts, keys, buckets } = state;
    if (versions.size > most.versions && this.#random() < 0.5) return this.#delete() ?? this.#upload();
    if (parts.size > most.unfinished) return this.#finish() ?? this.#cancel() ?? this.#upload();
    if (keys.size > most.keys) return this.#deleteKey() ?? this.#upload();
    if (buckets.size > most.buckets) return this.#deleteBucket() ?? this.#upload();
    return this.#oneOf(this.#choices)?.() ?? this.#upload();
  }

  /** Kinds of steps, each as often as it is wanted. */
  readonly #choices = weighted([
    [24, () => this.#upload()],
    [8, () => this.#hide()],
    [12, () => this.#delete()],
    [8, () => this.#copyFile()],
    [5, () => this.#updateRetention()],
    [5, () => this.#updateLegalHold()],
    [5, () => this.#updateBucket()],
    [3, () => this.#createBucket()],
    [2, () => this.#deleteBucket()],
    [4, () => this.#createKey()],
    [3, () => this.#deleteKey()],
    [5, () => this.#startLargeFile()],
    [7, () => this.#uploadPart()],
    [5, () => this.#copyPart()],
    [6, () => this.#finish()],
    [2, () => this.#cancel()],
  ]);

  #upload(): Step {
    const content = contentOf(this.#sent(Math.floor(this.#random() * 40_000)));
    const fileName = this.#fileName();
    const version = storedOf(fileName, content);
    return {
      perform: async (client) => {
        const target = await client.call("b2_get_upload_url", { bucketId: this.#bucketId });
        const headers = { "X-Bz-File-Name": fileName, "Content-Type": "b2/x-auto" };
        return (await client.send("b2_upload_file", target, bytesOf(content), headers)).fileId;
      },
      apply: (state, newId) => ({ ...state, versions: withEntry(state.versions, newId, version) }),
    };
  }

  /** Hides a file that is not hidden: another marker would be refused. */
  #hide(): Step | undefined {
    const chosen = this.#pick((version, fileId) => isStored(version) && this.#isNewest(fileId, version));
    if (!chosen) return undefined;
    const { fileName } = chosen.version;
    return {
      perform: async (client) =>
        (await client.call("b2_hide_file", { bucketId: this.#bucketId, fileName })).fileId,
      apply: (state, newId) => ({
        ...state,
        versions: withEntry(state.versions, newId, markerOf(fileName)),
      }),
    };
  }

  #isNewest(fileId: string, { fileName }: KnownVersion): boolean {
    const same = [...this.#state.versions].filter(
      ([, version]) => version.fileName === fileName && version.action !== "start",
    );
    return same.at(-1)?.[0] === fileId; // versions are kept in the order of their upload timestamps
  }

  #delete(): Step | undefined {
    const chosen = this.#pick(({ action, legalHold }) => action !== "start" && legalHold !== "on");
    if (!chosen) return undefined;
    const { fileId, version } = chosen;
    const { fileName } = version;
    return {
      perform: async (client) => {
        await client.call("b2_delete_file_version", { fileId, fileName, bypassGovernance: true });
        return undefined;
      },
      apply: (state) => ({ ...state, versions: without(state.versions, fileId) }),
    };
  }

  /** Copies a file, or a range of it. */
  #copyFile(): Step | undefined {
    const chosen = this.#pick(isStored);
    if (!chosen) return undefined;
    const { range, content } = this.#someOf(chosen.version.content);
    const fileName = this.#fileName();
    const version = storedOf(fileName, content);
    return {
      perform: async (client) =>
        (await client.call("b2_copy_file", { sourceFileId: chosen.fileId, fileName, ...range })).fileId,
      apply: (state, newId) => ({ ...state, versions: withEntry(state.versions, newId, version) }),
    };
  }

  /** Takes all of a content, or a range of it. */
  #someOf(content: Content): { readonly range: { readonly range?: string }; readonly content: Content } {
    const length = lengthOf(content);
    if (length === 0 || this.#random() < 0.5) return { range: {}, content };
    const [first = 0, last = 0] = [this.#random(), this.#random()]
      .map((place) => Math.floor(place * length))
      .sort((left, right) => left - right);
    return { range: { range: `bytes=${first}-${last}` }, content: rangeOf(content, first, last) };
  }

  /** Sets, changes or takes away a retention that can be bypassed. */
  #updateRetention(): Step | undefined {
    const until = this.#random() < 0.7 ? century + ++this.#serial * 1000 : null;
    const retention = { mode: until === null ? null : "governance", retainUntilTimestamp: until } as const;
    return this.#change(this.#pick(isStored), { retention }, (client, names) =>
      client.call("b2_update_file_retention", { ...names, fileRetention: retention, bypassGovernance: true }),
    );
  }

  #updateLegalHold(): Step | undefined {
    const chosen = this.#pick(isStored);
    const legalHold = chosen?.version.legalHold === "on" ? "off" : "on";
    return this.#change(chosen, { legalHold }, (client, names) =>
      client.call("b2_update_file_legal_hold", { ...names, legalHold }),
    );
  }

  #change(
    chosen: Chosen | undefined,
    change: Partial<KnownVersion>,
    request: (client: SoakClient, names: { fileId: string; fileName: string }) => Promise<object>,
  ): Step | undefined {
    if (!chosen) return undefined;
    const { fileId, version } = chosen;
    return {
      perform: async (client) => {
        await request(client, { fileId, fileName: version.fileName });
        return undefined;
      },
      apply: (state) => ({
        ...state,
        versions: withEntry(state.versions, fileId, { ...version, ...change }),
      }),
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

  #createBucket(): Step {
    const bucketName = `${this.#name}-${++this.#serial}`;
    return {
      perform: async (client) => {
        const request = { accountId: client.accountId, bucketName, bucketType: "allPrivate" };
        return (await client.call("b2_create_bucket", request)).bucketId;
      },
      apply: (state, newId) => ({ ...state, buckets: withEntry(state.buckets, newId, bucketName) }),
    };
  }

  #deleteBucket(): Step | undefined {
    const bucketId = this.#oneOf([...this.#state.buckets.keys()]);
    if (bucketId === undefined) return undefined;
    return {
      perform: async (client) => {
        await client.call("b2_delete_bucket", { accountId: client.accountId, bucketId });
        return undefined;
      },
      apply: (state) => ({ ...state, buckets: without(state.buckets, bucketId) }),
    };
  }

  #createKey(): Step {
    const keyName = `${this.#name}-${++this.#serial}`;
    return {
      perform: async (client) => {
        const request = { accountId: client.accountId, keyName, capabilities: ["listFiles"] };
        return (await client.call("b2_create_key", request)).applicationKeyId;
      },
      apply: (state, newId) => ({ ...state, keys: withEntry(state.keys, newId, keyName) }),
    };
  }

  #deleteKey(): Step | undefined {
    const applicationKeyId = this.#oneOf([...this.#state.keys.keys()]);
    if (applicationKeyId === undefined) return undefined;
    return {
      perform: async (client) => {
        await client.call("b2_delete_key", { applicationKeyId });
        return undefined;
      },
      apply: (state) => ({ ...state, keys: without(state.keys, applicationKeyId) }),
    };
  }

  #startLargeFile(): Step {
    const fileName = `large/${this.#fileName()}`;
    return {
      perform: async (client) => {
        const request = { bucketId: this.#bucketId, fileName, contentType: "b2/x-auto" };
        return (await client.call("b2_start_large_file", request)).fileId;
      },
      apply: (state, newId) => ({
        ...state,
        versions: withEntry(state.versions, newId, unfinishedOf(fileName)),
        parts: withEntry(state.parts, newId, new Map()),
      }),
    };
  }

  /** Sends a part; the first is large now and then, so that others may follow it. */
  #uploadPart(): Step | undefined {
    const place = this.#placeForPart();
    if (!place) return undefined;
    const { fileId, partNumber } = place;
    const isWhole = partNumber === 1 && this.#random() < 0.2;
    const content = contentOf(this.#sent(isWhole ? wholePartBytes : 1 + Math.floor(this.#random() * 40_000)));
    return this.#putPart(place, content, async (client) => {
      const target = await client.call("b2_get_upload_part_url", { fileId });
      const headers = { "X-Bz-Part-Number": String(partNumber) };
      await client.send("b2_upload_part", target, bytesOf(content), headers);
    });
  }

  #copyPart(): Step | undefined {
    const place = this.#placeForPart();
    const source = this.#pick((version) => isStored(version) && lengthOf(version.content) > 0);
    if (!place || !source) return undefined;
    const { range, content } = this.#someOf(source.version.content);
    const request = { sourceFileId: source.fileId, largeFileId: place.fileId, partNumber: place.partNumber };
    return this.#putPart(place, content, (client) => client.call("b2_copy_part", { ...request, ...range }));
  }

  /** Chooses a part to send: the next one of an unfinished file, or its last one again. */
  #placeForPart(): { readonly fileId: string; readonly partNumber: number } | undefined {
    const chosen = this.#pick(({ action }) => action === "start");
    if (!chosen) return undefined;
    const count = this.#state.parts.get(chosen.fileId)?.size ?? 0;
    const isNext = count === 0 || this.#random() < 0.5;
    return { fileId: chosen.fileId, partNumber: isNext ? count + 1 : count };
  }

  #putPart(
    { fileId, partNumber }: { readonly fileId: string; readonly partNumber: number },
    content: Content,
    send: (client: SoakClient) => Promise<unknown>,
  ): Step {
    return {
      perform: async (client) => {
        await send(client);
        return undefined;
      },
      apply: (state) => {
        const known = state.parts.get(fileId) ?? new Map();
        return { ...state, parts: withEntry(state.parts, fileId, withEntry(known, partNumber, content)) };
      },
    };
  }

  /** Finishes an unfinished file whose parts may be finished. */
  #finish(): Step | undefined {
    const chosen = this.#pick(({ action }, fileId) => action === "start" && this.#canFinish(fileId));
    if (!chosen) return undefined;
    const { fileId, version } = chosen;
    const contents = this.#partsOf(fileId);
    const partSha1Array = contents.map((content) => sha1Of(bytesOf(content)));
    const finished = storedOf(version.fileName, contents.flat());
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

  #partsOf(fileId: string): Content[] {
    const parts = [...(this.#state.parts.get(fileId) ?? [])];
    return parts.sort(([left], [right]) => left - right).map(([, content]) => content);
  }

  /** All parts but the last must be large enough. */
  #canFinish(fileId: string): boolean {
    const sizes = this.#partsOf(fileId).map(lengthOf);
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

  #pick(wanted: (version: KnownVersion, fileId: string) => boolean): Chosen | undefined {
    const chosen = this.#oneOf(
      [...this.#state.versions].filter(([fileId, version]) => wanted(version, fileId)),
    );
    return chosen && { fileId: chosen[0], version: chosen[1] };
  }

  #oneOf<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }

  #fileName(): string {
    return `file-${Math.floor(this.#random() * 12)}`;
  }

  /** Tells how to make bytes that no other request has. */
  #sent(length: number): Sent {
    return { length, text: `${this.#name} ${++this.#serial} ` };
  }
}

const isStored = ({ action }: KnownVersion) => action === "upload";

/** Repeats each item by its weight. */
function weighted<Item>(items: readonly (readonly [weight: number, item: Item])[]): readonly Item[] {
  return items.flatMap(([weight, item]) => Array.from({ length: weight }, () => item));
}
