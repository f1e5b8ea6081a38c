import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { AccountInfoError } from "./account-info-error.ts";
import { type FileStoreOptions, fileStorePath } from "./file-store-path.ts";
import { valueAt } from "./stored-value.ts";

export type { FileStoreOptions } from "./file-store-path.ts";

/** The content of one file. */
interface FileRecord {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly key: string;
  /** When the value ends, in milliseconds since 1970 UTC; null for never. */
  readonly expiresMillis: number | null;
  /** What Keyv gave: its own serialization. */
  readonly value: unknown;
}

const FORMAT = "b2kit account info";
const VERSION = 1;
const RECORD_NAME = /^[0-9a-f]{32}\.json$/;
const TEMPORARY_NAME = /^\.[0-9a-f]{32}\.json\.[0-9a-f-]{36}\.tmp$/;
const ABANDONED_MILLIS = 60 * 60 * 1000;

/** Longest wait for a lock, and how old the lock of a process that was killed gets. */
const LONGEST_TURN_MILLIS = 5000;
const LOCK_POLL_MILLIS = 25;

/**
 * Keyv store in one private folder of this machine, for programs that start often: each key is a file.
 *
 * The folder has mode 0700, the files 0600. A file is replaced whole, by renaming a complete one over it, so any
 * number of processes may read and write at once: nobody sees half a record, and writers of different keys do not
 * meet. Processes that find nothing stored authorize one after another, so that the first does it for all. A file that b2kit did not write, or cannot read any more, is reported with its path and stays as
 * it is. Expired records are removed when something is stored.
 *
 * Needs Node; elsewhere the constructor throws a `TypeError`.
 *
 * @throws `TypeError` when a profile is given together with a path or `B2KIT_ACCOUNT_INFO`, or cannot be one. All
 * methods reject with {@link AccountInfoError}, whose `path` is in the way.
 * @example
 * const accountInfo = new KeyvAccountInfo(new Keyv({ store: new FileStore({ profile: "work" }) }));
 */
export class FileStore {
  /** The folder. */
  readonly path: string;
  /** Set by Keyv: the beginning of its keys, before a colon. */
  namespace?: string;

  constructor(options: FileStoreOptions = {}) {
    this.path = fileStorePath(options);
  }

  /** Gives the value of a key; undefined when there is none or its time is over. */
  async get(key: string): Promise<unknown> {
    if (!(await this.#hasFolder())) {
      return undefined;
    }
    const record = await readRecord(this.#file(key), key);
    return record && !isOver(record) ? record.value : undefined;
  }

  /**
   * Stores a value durably.
   *
   * @param lifeMillis - How long it is kept; for ever by default.
   */
  async set(key: string, value: unknown, lifeMillis?: number): Promise<void> {
    await this.#makeFolder();
    const file = this.#file(key);
    await readRecord(file, key); // Throws when the file is not ours to replace.
    const expiresMillis = lifeMillis === undefined ? null : Date.now() + lifeMillis;
    await replaceFile(file, { format: FORMAT, version: VERSION, key, expiresMillis, value });
    await this.#sweep().catch(() => {}); // What stays is in nobody's way.
  }

  /** Removes a key and tells whether it was there. */
  async delete(key: string): Promise<boolean> {
    const file = this.#file(key);
    if (!(await this.#hasFolder()) || (await readRecord(file, key)) === undefined) {
      return false;
    }
    await remove(file);
    return true;
  }

  /**
   * Waits until no other process holds the lock of a key, takes it, and gives what releases it. A lock that is held
   * for 5 seconds is taken from its holder.
   */
  async lock(key: string): Promise<() => Promise<void>> {
    await this.#makeFolder();
    const file = beside(this.#file(key), "lock");
    while (!(await create(file))) {
      await setTimeout(LOCK_POLL_MILLIS);
      const held = await stat(file).catch(() => undefined);
      if (held && Date.now() - held.mtimeMs > LONGEST_TURN_MILLIS) {
        await remove(file);
      }
    }
    return async () => await remove(file);
  }

  /** Removes all keys of the namespace. Files that b2kit did not write stay, and the first of them is reported. */
  async clear(): Promise<void> {
    const prefix = this.namespace === undefined ? "" : `${this.namespace}:`;
    let foreign: unknown;
    for (const file of await this.#files(RECORD_NAME)) {
      const record = await readRecord(file).catch((error: unknown) => {
        foreign ??= error;
        return undefined;
      });
      if (record?.key.startsWith(prefix)) {
        await remove(file);
      }
    }
    if (foreign !== undefined) {
      throw foreign;
    }
  }

  async #makeFolder(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 }).catch(
      because("The folder for account info cannot be made", this.path),
    );
    await this.#hasFolder();
  }

  /** Tells whether the folder is there, and refuses one that is not private enough to be believed. */
  async #hasFolder(): Promise<boolean> {
    const found = await stat(this.path).catch((error: NodeJS.ErrnoException) =>
      error.code === "ENOENT" ? undefined : because("The account info cannot be reached", this.path)(error),
    );
    if (found === undefined) {
      return false;
    }
    if (!found.isDirectory()) {
      throw new AccountInfoError(`${this.path} is not a folder, as account info needs`, { path: this.path });
    }
    if (process.platform !== "win32" && (found.mode & 0o022) !== 0) {
      const reason = "others may write to it; name a folder inside it, or take their permission (chmod go-w)";
      throw new AccountInfoError(`${this.path} does not do for account info: ${reason}`, { path: this.path });
    }
    return true;
  }

  #file(key: string): string {
    return join(this.path, `${createHash("sha256").update(key).digest("hex").slice(0, 32)}.json`);
  }

  async #files(pattern: RegExp): Promise<string[]> {
    if (!(await this.#hasFolder())) {
      return [];
    }
    const names = await readdir(this.path).catch(because("The account info cannot be listed", this.path));
    return names.filter((name) => pattern.test(name)).map((name) => join(this.path, name));
  }

  /** Removes expired records, and what writers that were killed left behind. */
  async #sweep(): Promise<void> {
    for (const file of await this.#files(TEMPORARY_NAME)) {
      if ((await stat(file)).mtimeMs < Date.now() - ABANDONED_MILLIS) {
        await remove(file);
      }
    }
    for (const file of await this.#files(RECORD_NAME)) {
      const record = await readRecord(file).catch(() => undefined);
      if (record && isOver(record)) {
        await removeExpired(file);
      }
    }
  }
}

function isOver({ expiresMillis }: FileRecord): boolean {
  return expiresMillis !== null && expiresMillis <= Date.now();
}

/**
 * Reads a record; undefined when there is no file.
 *
 * @throws {@link AccountInfoError} that names a file which is not a whole record of this version, or of another key.
 */
async function readRecord(path: string, key?: string): Promise<FileRecord | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? undefined : because("Account info cannot be read", path)(error),
  );
  if (text === undefined) {
    return undefined;
  }
  const content = parse(text);
  if (isRecord(content) && (key === undefined || content.key === key)) {
    return content;
  }
  const isOurs = valueAt(content, "format") === FORMAT;
  const isOther = isOurs && valueAt(content, "version") !== VERSION;
  const state = isOther
    ? "is of another version of b2kit"
    : isOurs
      ? "is damaged"
      : "is not b2kit's account info";
  throw new AccountInfoError(`${path} ${state}: it stays as it is until you move or delete it`, { path });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(content: unknown): content is FileRecord {
  const expiresMillis = valueAt(content, "expiresMillis");
  return (
    valueAt(content, "format") === FORMAT &&
    valueAt(content, "version") === VERSION &&
    typeof valueAt(content, "key") === "string" &&
    (expiresMillis === null || typeof expiresMillis === "number") &&
    valueAt(content, "value") !== undefined
  );
}

/** Writes a file beside the old one, makes sure that it is on the disk, and puts it in the old one's place. */
async function replaceFile(path: string, record: FileRecord): Promise<void> {
  const temporary = beside(path);
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(record)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    because("Account info cannot be written", path)(error);
  }
}

/** Removes an expired record, but not the new one that another process may have put in its place meanwhile. */
async function removeExpired(path: string): Promise<void> {
  const aside = beside(path);
  await rename(path, aside);
  const record = await readRecord(aside);
  if (record && !isOver(record)) {
    await link(aside, path).catch(() => {}); // Fails when there is a still newer one: all the better.
  }
  await remove(aside);
}

/** Names a file in the same folder that is no record; a new one, unless it is said how it ends. */
function beside(path: string, ending = `${randomUUID()}.tmp`): string {
  return join(dirname(path), `.${basename(path)}.${ending}`);
}

/** Makes an empty file, and tells whether there was none. */
async function create(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx", 0o600)).close();
    return true;
  } catch (error) {
    return valueAt(error, "code") === "EEXIST"
      ? false
      : because("Account info cannot be locked", path)(error);
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch(because("Account info cannot be removed", path));
}

/** Makes a handler that throws a failure of the file system with the path that it is about. */
function because(complaint: string, path: string): (cause: unknown) => never {
  return (cause) => {
    const reason = valueAt(cause, "code") ?? "unknown reason";
    throw new AccountInfoError(`${complaint}: ${path} (${reasons[String(reason)] ?? reason})`, {
      path,
      cause,
    });
  };
}

const reasons: Record<string, string | undefined> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOTDIR: "a part of the path is not a folder",
  EEXIST: "a file is in its place",
  EISDIR: "it is a folder",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
};
