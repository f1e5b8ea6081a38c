import type { Contents, Piece } from "./contents.ts";
import type { KeyTrace } from "./encryption.ts";
import { applicationKeyIdOf, newAccountId, newApplicationKey, newFileId } from "./ids.ts";
import { Journal } from "./journal.ts";
import { NameIndex } from "./name-index.ts";
import type { Schemas } from "./wire.ts";

/** A bucket as it is kept: without the account, and without the wrappers that say who may read a setting. */
export type StoredBucket = Omit<
  Schemas["Bucket"],
  "accountId" | "fileLockConfiguration" | "defaultServerSideEncryption" | "replicationConfiguration"
> & {
  readonly fileLock: NonNullable<Schemas["ReadableFileLockConfiguration"]["value"]>;
  readonly encryption: NonNullable<Schemas["ReadableDefaultServerSideEncryption"]["value"]>;
  readonly replication: Schemas["ReadableReplicationConfiguration"]["value"];
  readonly notificationRules: readonly Schemas["EventNotificationRule"][];
};

/** A stored file (`upload`), an unfinished large file (`start`) or a hide marker (`hide`). */
export type StoredVersion = Readonly<
  Pick<
    Schemas["StoredFileVersion"],
    | "bucketId"
    | "fileId"
    | "fileName"
    | "contentLength"
    | "contentMd5"
    | "contentType"
    | "fileInfo"
    | "uploadTimestamp"
  > &
    Pick<Schemas["Part"], "contentSha1">
> & {
  readonly action: "upload" | "start" | "hide";
  readonly pieces: readonly Piece[];
  readonly encryption: Schemas["ServerSideEncryption"];
  /** Only for files under SSE-C. */
  readonly customerKey?: KeyTrace;
  readonly retention: NonNullable<Schemas["ReadableFileRetention"]["value"]>;
  readonly legalHold: Schemas["ReadableLegalHold"]["value"];
};

/** One part of an unfinished large file. */
export type StoredPart = Readonly<Schemas["Part"]> & { readonly pieces: readonly Piece[] };

/** An application key with its secret. */
export type StoredKey = Readonly<Schemas["CreatedApplicationKey"]>;

/** The one account of this server. */
export interface StoredAccount {
  readonly accountId: string;
  /** The master application key: all capabilities, no restriction, not in listings. */
  readonly masterKey: StoredKey;
  /** How many keys were made; the next one's number. */
  readonly keysMade: number;
}

/** What is kept, by kind. */
interface Records {
  account: StoredAccount;
  bucket: StoredBucket;
  key: StoredKey;
  version: StoredVersion;
  part: StoredPart;
}

/** A record put in place (or removed, when null) under its ID. */
export type Change = {
  [Kind in keyof Records]: readonly [kind: Kind, id: string, record: Records[Kind] | null];
}[keyof Records];

/** Tells the ID under which a part is kept. */
export const partKey = (fileId: string, partNumber: number) => `${fileId} ${partNumber}`;

/**
 * Everything the server knows, in memory, with a journal from which it is built again at the next start.
 *
 * All changes of one call go through one {@link commit}: they are written in one line before any of them shows, so
 * that no crash leaves half of them. Records are never modified in place.
 */
export class Store {
  readonly buckets = new Map<string, StoredBucket>();
  readonly keys = new Map<string, StoredKey>();
  readonly versions = new Map<string, StoredVersion>();
  #account: StoredAccount | undefined;
  #serial = 0;
  readonly #unfinished = new Map<string, StoredVersion>();
  readonly #names = new Map<string, NameIndex<StoredVersion>>();
  readonly #parts = new Map<string, Map<number, StoredPart>>();
  readonly #contents: Contents;
  readonly #journal: Journal<readonly Change[]> | undefined;

  /**
   * @param journalPath - File of the journal; undefined keeps nothing beyond this process.
   * @param capabilities - What the master application key of a new account may do.
   */
  constructor(contents: Contents, journalPath: string | undefined, capabilities: StoredKey["capabilities"]) {
    this.#contents = contents;
    this.#journal = journalPath === undefined ? undefined : new Journal(journalPath);
    for (const line of this.#journal?.lines() ?? []) this.#apply(line);
    this.#account ??= newAccount(capabilities);
    this.#journal?.rewrite(this.#everything());
    contents.removeOrphans();
  }

  get account(): StoredAccount {
    if (!this.#account) throw new Error("the store has no account");
    return this.#account;
  }

  /** Writes changes to the journal, then makes them visible, all or none. */
  commit(...changes: readonly Change[]): void {
    this.#journal?.append(changes);
    this.#apply(changes);
  }

  /** The names of a bucket in order, with their versions. */
  namesOf(bucketId: string): NameIndex<StoredVersion> {
    return this.#names.get(bucketId) ?? new NameIndex();
  }

  /** Finds a bucket by name, without regard to case. */
  bucketNamed(name: string): StoredBucket | undefined {
    const wanted = name.toLowerCase();
    for (const bucket of this.buckets.values()) if (bucket.bucketName.toLowerCase() === wanted) return bucket;
    return undefined;
  }

  /** The parts of an unfinished large file in the order of their numbers. */
  partsOf(fileId: string): StoredPart[] {
    const parts = [...(this.#parts.get(fileId)?.values() ?? [])];
    return parts.sort((left, right) => left.partNumber - right.partNumber);
  }

  /** The unfinished large files of a bucket in the order of their IDs, which is that of their start. */
  unfinishedIn(bucketId: string): StoredVersion[] {
    const files = [...this.#unfinished.values()].filter((file) => file.bucketId === bucketId);
    return files.sort((left, right) => (left.fileId < right.fileId ? -1 : 1));
  }

  /** The newest version of a name, unfinished large files apart; may be a hide marker. */
  newestVersion(bucketId: string, fileName: string): StoredVersion | undefined {
    return this.namesOf(bucketId)
      .versionsOf(fileName)
      .find(({ action }) => action !== "start");
  }

  /** Chooses an upload timestamp: the time now, but later than that of every version of the same name. */
  uploadTimestamp(bucketId: string, fileName: string, now: number): number {
    const newest = this.namesOf(bucketId).versionsOf(fileName)[0];
    return newest ? Math.max(now, newest.uploadTimestamp + 1) : now;
  }

  /**
   * Makes a file ID that no version has; IDs made later sort behind this one.
   *
   * @param uploadTimestamp - Written into the ID; before `now` when the client chose it.
   */
  newFileId(bucketId: string, kind: "small" | "large", now: number, uploadTimestamp: number): string {
    for (;;) {
      this.#serial = Math.max(this.#serial + 1, now * 1024);
      const fileId = newFileId(bucketId, kind, this.#serial, uploadTimestamp);
      if (!this.versions.has(fileId)) return fileId;
    }
  }

  /** Lists the changes that remove an unfinished large file with its parts. */
  removalOf(version: StoredVersion): Change[] {
    const parts = this.partsOf(version.fileId);
    return [["version", version.fileId, null], ...parts.map((part) => removePart(part))];
  }

  /** Closes the journal. */
  close(): void {
    this.#journal?.close();
  }

  /** Everything as changes, one a line, in an order in which it can be applied. */
  *#everything(): Generator<readonly Change[]> {
    yield [["account", "", this.account]];
    for (const [id, key] of this.keys) yield [["key", id, key]];
    for (const [id, bucket] of this.buckets) yield [["bucket", id, bucket]];
    for (const index of this.#names.values()) {
      for (const name of index.names) {
        // Oldest first: of two with the same upload timestamp, the one that comes later is the newer.
        for (const version of index.versionsOf(name).toReversed())
          yield [["version", version.fileId, version]];
      }
    }
    for (const parts of this.#parts.values()) {
      for (const part of parts.values()) yield [["part", partKey(part.fileId, part.partNumber), part]];
    }
  }

  #apply(changes: readonly Change[]): void {
    const released: Piece[] = [];
    for (const change of changes) {
      switch (change[0]) {
        case "account":
          this.#account = change[2] ?? undefined;
          break;
        case "key":
          put(this.keys, change[1], change[2]);
          break;
        case "bucket":
          this.#applyBucket(change[1], change[2]);
          break;
        case "version":
          released.push(...this.#applyVersion(change[1], change[2]));
          break;
        case "part":
          released.push(...this.#applyPart(change[1], change[2]));
      }
    }
    this.#contents.release(released);
  }

  #applyBucket(id: string, bucket: StoredBucket | null): void {
    put(this.buckets, id, bucket);
    if (!bucket) this.#names.delete(id);
    else if (!this.#names.has(id)) this.#names.set(id, new NameIndex());
  }

  /** @returns the pieces that this version no longer needs. */
  #applyVersion(id: string, version: StoredVersion | null): readonly Piece[] {
    const former = this.versions.get(id);
    if (version) {
      this.#contents.hold(version.pieces);
      this.namesOf(version.bucketId).put(version);
    } else if (former) this.namesOf(former.bucketId).delete(former);
    put(this.versions, id, version);
    put(this.#unfinished, id, version?.action === "start" ? version : null);
    return former?.pieces ?? [];
  }

  /** @returns the pieces that this part no longer needs. */
  #applyPart(id: string, part: StoredPart | null): readonly Piece[] {
    const [fileId = "", partNumber] = id.split(" ");
    const parts = this.#parts.get(fileId) ?? new Map<number, StoredPart>();
    const former = parts.get(Number(partNumber));
    if (part) this.#contents.hold(part.pieces);
    put(parts, Number(partNumber), part);
    put(this.#parts, fileId, parts.size > 0 ? parts : null);
    return former?.pieces ?? [];
  }
}

function removePart({ fileId, partNumber }: StoredPart): Change {
  return ["part", partKey(fileId, partNumber), null];
}

function put<Id, Value>(map: Map<Id, Value>, id: Id, value: Value | null): void {
  if (value === null) map.delete(id);
  else map.set(id, value);
}

function newAccount(capabilities: StoredKey["capabilities"]): StoredAccount {
  const accountId = newAccountId();
  const masterKey: StoredKey = {
    accountId,
    applicationKeyId: applicationKeyIdOf(accountId, 0),
    applicationKey: newApplicationKey(),
    keyName: "master",
    capabilities,
    bucketIds: null,
    namePrefix: null,
    expirationTimestamp: null,
    options: ["s3"],
  };
  return { accountId, masterKey, keysMade: 0 };
}
