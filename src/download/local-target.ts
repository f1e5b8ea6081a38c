import { createHash, randomBytes } from "node:crypto";
import fs, { closeSync, constants, fstatSync, futimesSync, lstatSync, renameSync } from "node:fs";
import { type FileHandle, open, realpath, rm, stat } from "node:fs/promises";
import { basename } from "node:path";
import { promisify } from "node:util";
import { LocalFileError } from "../session/errors.ts";
import type { DownloadVersion } from "./download-version.ts";
import { endOf, type Span, SpanSet } from "./span.ts";

/** Where the content of a download goes on this machine. */
export interface LocalTarget {
  /** Whether bytes can be written in any order and read again; else they can only follow one another. */
  readonly isSeekable: boolean;
  /** Bytes of the content that are there. */
  readonly present: SpanSet;
  /** Writes bytes of the content, counted from the first byte of its file version. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Reads bytes that were written, at least one, and gives their number. */
  read(into: Uint8Array, offset: number): Promise<number>;
  /** Puts the content in place, once it is whole. */
  commit(version: DownloadVersion): Promise<void>;
  /** Closes the file after a failure. What can be continued stays, unless it is known to be wrong. */
  abandon(isWrong: boolean): Promise<void>;
}

/** How a target is opened. */
export interface TargetOptions {
  readonly resume?: boolean | undefined;
  readonly position?: number | undefined;
}

/**
 * Opens what a path stands for: a file that is replaced in the end, a place in an existing file, or a pipe or device.
 *
 * @throws {@link LocalFileError} when nothing can be written there.
 */
export async function openTarget(
  path: string,
  version: DownloadVersion,
  { resume = false, position }: TargetOptions,
): Promise<LocalTarget> {
  const first = version.range?.offset ?? 0;
  if (position !== undefined) {
    return new Place(await openExisting(path), position - first);
  }
  const output = outputs.find(({ paths }) => paths.test(path));
  if (output !== undefined) {
    return new OwnOutput(output.stream());
  }
  const existing = await describe(path);
  if (existing.kind === "folder") {
    throw new LocalFileError(`Cannot save to ${path}: it is a folder; name a file in it`);
  }
  if (existing.kind === "stream") {
    return new Stream(await openFile(path, "a"));
  }
  return resume
    ? await ResumableFile.resume(existing, version)
    : await ReplacedFile.open(existing, temporaryName(existing.path, newDistinction()), first);
}

/** Names of the process's own outputs: they are open already, perhaps as something that cannot be opened again. */
const outputs = [
  { paths: /^\/(dev\/stdout|(dev|proc\/self)\/fd\/1)$/, stream: () => process.stdout },
  { paths: /^\/(dev\/stderr|(dev|proc\/self)\/fd\/2)$/, stream: () => process.stderr },
];

/** Tells whether a file is one that {@link DownloadedFile.saveTo} writes beside its target. */
export function isTemporaryName(name: string): boolean {
  return /^\..*\.b2kit(-spans)?$/.test(name);
}

const ownDistinction = randomBytes(6).toString("hex");
let distinctions = 0;

/** Makes a part of a name that no other process uses, nor this one again. */
function newDistinction(): string {
  return `${ownDistinction}-${++distinctions}`;
}

function temporaryName(path: string, distinction: string): string {
  const name = basename(path);
  const folder = path.slice(0, path.lastIndexOf(name));
  return `${folder}.${name.slice(0, 50)}.${distinction}.b2kit`; // 50 may be 150 bytes of 255.
}

/** What is found at a path. */
interface Existing {
  readonly kind: "file" | "folder" | "stream";
  /** The path itself, or the file that a link there leads to. */
  readonly path: string;
  /** Permissions of the file that will be replaced. */
  readonly mode?: number;
}

/** Names of files that are open already, which must be written to and not replaced. */
const OPEN_FILES = /^\/(dev|proc\/[^/]+)\/fd\/\d+$/;

async function describe(path: string): Promise<Existing> {
  if (OPEN_FILES.test(path)) {
    return { kind: "stream", path };
  }
  const found = lstatSync(path, { throwIfNoEntry: false }); // A thread of the pool costs ten times as much.
  if (found === undefined) {
    return { kind: "file", path };
  }
  if (found.isSymbolicLink()) {
    return await describeLinked(path);
  }
  return { kind: kindOf(found), path, mode: found.mode };
}

/** Looks behind a link; one that leads nowhere is replaced itself. */
async function describeLinked(path: string): Promise<Existing> {
  const found = await stat(path).catch(ignoreMissing);
  return found === undefined
    ? { kind: "file", path }
    : { kind: kindOf(found), path: await realpath(path), mode: found.mode };
}

function kindOf(found: { isFile(): boolean; isDirectory(): boolean }): Existing["kind"] {
  return found.isFile() ? "file" : found.isDirectory() ? "folder" : "stream";
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") {
    throw error;
  }
}

/**
 * Most bytes that one call writes. For more, Linux looks for larger pages, and a virtual machine may have to ask its
 * host for those first: measured, that costs more than all else.
 */
const WRITE_BYTES = 192 * 1024;

// Descriptors: to open, write, flush and close a small file takes half as long again with a file handle.
const [openFile, readBytes, writeBytes] = [promisify(fs.open), promisify(fs.read), promisify(fs.write)];
const [sync, syncData] = [promisify(fs.fsync), promisify(fs.fdatasync)];

/** An open file of this machine that content is written to. */
abstract class OpenFile implements LocalTarget {
  abstract readonly isSeekable: boolean;
  readonly present: SpanSet;
  readonly #descriptor: number;
  #underWay = 0;
  #isClosed = false;
  /** What makes an offset in the content a position in the file. */
  readonly #shift: number;

  constructor(descriptor: number, shift: number, present = new SpanSet()) {
    this.#descriptor = descriptor;
    this.#shift = shift;
    this.present = present;
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const position = this.isSeekable ? this.#shift + offset + done : null;
      const length = Math.min(WRITE_BYTES, bytes.length - done);
      const { bytesWritten } = await this.use((file) => writeBytes(file, bytes, done, length, position));
      done += bytesWritten;
    }
    this.present.add({ offset, length: bytes.length });
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    const position = this.#shift + offset;
    const { bytesRead } = await this.use((file) => readBytes(file, into, 0, into.length, position));
    if (bytesRead === 0) {
      throw new LocalFileError("The file became shorter while it was written");
    }
    return bytesRead;
  }

  abstract commit(version: DownloadVersion): Promise<void>;

  async abandon(_isWrong: boolean): Promise<void> {
    this.close();
  }

  /** Does something with the open file. */
  protected async use<T>(work: (descriptor: number) => Promise<T>): Promise<T> {
    if (this.#isClosed) {
      throw new LocalFileError("The file was closed while it was written");
    }
    this.#underWay += 1;
    try {
      return await work(this.#descriptor);
    } finally {
      this.#underWay -= 1;
      if (this.#isClosed && this.#underWay === 0) {
        closeSync(this.#descriptor);
      }
    }
  }

  /** Closes the file, behind what is under way: the system may give its descriptor to another file at once. */
  protected close(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      if (this.#underWay === 0) {
        closeSync(this.#descriptor);
      }
    }
  }
}

/** A place in an existing file. */
class Place extends OpenFile {
  override readonly isSeekable = true;

  override async commit(): Promise<void> {
    await this.use(sync);
    this.close();
  }
}

async function openExisting(path: string): Promise<number> {
  return await openFile(path, "r+").catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === "ENOENT"
      ? new LocalFileError(`Cannot save to ${path}: there is no such file to write into`, { cause })
      : cause;
  });
}

/** A pipe or device: what is written is gone at once. */
class Stream extends OpenFile {
  override readonly isSeekable = false;

  constructor(descriptor: number) {
    super(descriptor, 0);
  }

  override async commit(): Promise<void> {
    this.close();
  }
}

/** An output of this process, which stays open. */
class OwnOutput implements LocalTarget {
  readonly isSeekable = false;
  readonly present = new SpanSet();
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  async read(): Promise<number> {
    throw new TypeError("What was written to a stream cannot be read again");
  }

  async commit(): Promise<void> {}

  async abandon(): Promise<void> {}
}

/** A file beside the target that takes its place in one step. */
class ReplacedFile extends OpenFile {
  override readonly isSeekable = true;
  readonly #path: string;
  readonly #temporary: string;

  protected constructor(descriptor: number, names: Names, first: number, present?: SpanSet) {
    super(descriptor, -first, present);
    this.#path = names.path;
    this.#temporary = names.temporary;
  }

  static async open({ path, mode }: Existing, temporary: string, first: number): Promise<ReplacedFile> {
    return new ReplacedFile(await openFile(temporary, "wx+", mode), { path, temporary }, first);
  }

  override async commit({ modTimeMillis }: DownloadVersion): Promise<void> {
    await this.use((file) => {
      if (Math.abs(modTimeMillis) <= LATEST_DATE_MILLIS) {
        futimesSync(file, modTimeMillis / 1000, modTimeMillis / 1000);
      }
      return sync(file);
    });
    this.close();
    renameSync(this.#temporary, this.#path); // Waits for no data any more; twice as dear in another thread.
  }

  override async abandon(isWrong: boolean): Promise<void> {
    await super.abandon(isWrong);
    await rm(this.#temporary, { force: true });
  }
}

/** The name that a file gets in the end, and the one that it has before. */
interface Names {
  readonly path: string;
  readonly temporary: string;
}

/** What a date can be at most; an uploader may have written anything. */
const LATEST_DATE_MILLIS = 8.64e15;

/**
 * A file beside the target that outlives its process, with a record of the bytes in it.
 *
 * Its name follows from target, version and range, so that whoever downloads the same goes on with it.
 */
class ResumableFile extends ReplacedFile {
  readonly #record: OpenRecord;
  #recorded: number;
  #recording: Promise<void> | undefined;

  private constructor(descriptor: number, names: Names, first: number, record: OpenRecord) {
    super(descriptor, names, first, record.present);
    this.#record = record;
    this.#recorded = record.present.bytes;
  }

  static async resume({ path, mode }: Existing, version: DownloadVersion): Promise<ResumableFile> {
    const identity = [basename(path), version.id, version.range?.offset, version.range?.length];
    const distinction = createHash("sha1").update(identity.join("\0")).digest("hex").slice(0, 12);
    const temporary = temporaryName(path, distinction);
    const file = await openFile(temporary, constants.O_RDWR | constants.O_CREAT, mode);
    try {
      const record = await openRecord(fstatSync(file).size, temporary, version);
      return new ResumableFile(file, { path, temporary }, version.range?.offset ?? 0, record);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  override async write(bytes: Uint8Array, offset: number): Promise<void> {
    await super.write(bytes, offset);
    this.#recording ??= this.#recordWhileDue()
      .catch(() => {}) // Costs those who come after some bytes, and this download nothing.
      .finally(() => {
        this.#recording = undefined;
      });
  }

  override async commit(version: DownloadVersion): Promise<void> {
    await this.#recording;
    await super.commit(version);
    await this.#removeRecord();
  }

  override async abandon(isWrong: boolean): Promise<void> {
    await this.#recording;
    if (isWrong) {
      await this.#removeRecord();
      await super.abandon(isWrong);
    } else {
      await this.#writeRecord().finally(() => {
        this.close();
        return this.#record.file.close();
      });
    }
  }

  async #recordWhileDue(): Promise<void> {
    while (this.present.bytes - this.#recorded >= this.#record.intervalBytes) {
      await this.#writeRecord();
    }
  }

  /** Writes down which bytes are there, and those only that have reached the disk. */
  async #writeRecord(): Promise<void> {
    this.#recorded = this.present.bytes;
    const line = `${JSON.stringify(this.present.spans)}\n`;
    await this.use(syncData);
    await this.#record.file.write(line, 0);
  }

  async #removeRecord(): Promise<void> {
    await this.#record.file.close();
    await rm(this.#record.path, { force: true });
  }
}

/** Most bytes that a process which is killed has downloaded in vain. */
const RECORD_INTERVAL_BYTES = 32 * 1024 * 1024;

interface OpenRecord {
  readonly file: FileHandle;
  readonly path: string;
  readonly present: SpanSet;
  readonly intervalBytes: number;
}

async function openRecord(
  size: number,
  temporary: string,
  { contentLength, range }: DownloadVersion,
): Promise<OpenRecord> {
  const path = `${temporary}-spans`;
  const file = await open(path, constants.O_RDWR | constants.O_CREAT);
  const offset = range?.offset ?? 0;
  const written = { offset, length: Math.min(contentLength, size) };
  const present = readSpans((await file.readFile("utf8")).split("\n", 1)[0] ?? "", written);
  const intervalBytes = Math.min(RECORD_INTERVAL_BYTES, contentLength / 16);
  return { file, path, present, intervalBytes };
}

/** Reads a record; one that cannot be right counts as none. */
function readSpans(line: string, written: Span): SpanSet {
  const present = new SpanSet();
  const spans: unknown = parseJson(line);
  if (Array.isArray(spans) && spans.every((span) => isSpanWithin(span, written))) {
    for (const span of spans) {
      present.add(span);
    }
  }
  return present;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isSpanWithin(value: unknown, whole: Span): value is Span {
  if (typeof value !== "object" || value === null || !("offset" in value) || !("length" in value)) {
    return false;
  }
  const { offset, length } = value;
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    typeof offset === "number" &&
    typeof length === "number" &&
    length > 0 &&
    offset >= whole.offset &&
    offset + length <= endOf(whole)
  );
}
