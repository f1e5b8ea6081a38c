import { DownloadedFile } from "../download/downloaded-file.ts";
import type { Span } from "../download/span.ts";
import type { FileEncryption } from "../encryption.ts";
import { getFileInfo } from "../file-operations.ts";
import { LocalFileError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import {
  openSource,
  type RereadableSource,
  type Source,
  type StreamedSource,
  type UploadSource,
} from "../upload/source.ts";
import type { Piece } from "./compose-plan.ts";

/** A file in B2, or a range of it, of any bucket of the account. */
export interface StoredSource {
  /** Version to copy from. */
  readonly fileId: string;
  /**
   * First byte.
   * @defaultValue 0
   */
  readonly offset?: number;
  /**
   * Number of bytes. Without, one class B request asks for the size of the file.
   * @defaultValue all up to the end
   */
  readonly length?: number;
  /** The key of a file that was encrypted with one of yours. */
  readonly encryption?: FileEncryption;
}

/** A whole file in B2 whose size is known, such as a {@link FileVersion}. */
export interface StoredVersion {
  /** Id of the version; one without an id cannot be copied. */
  readonly id: string | null;
  /** Length in bytes. */
  readonly size: number;
}

/** What a file can be composed of: stored files and ranges of them, and everything that can be uploaded. */
export type ComposeSource = UploadSource | StoredSource | StoredVersion;

/** A source, and where its bytes go in the file that is composed. */
export interface WriteIntent {
  /** Where the bytes come from. */
  readonly source: ComposeSource;
  /**
   * Where the first byte goes.
   * @defaultValue behind the intent before; 0 for the first
   */
  readonly destinationOffset?: number;
}

/** A range of a stored file, ready to be copied or downloaded. */
export interface StoredRange {
  readonly fileId: string;
  readonly offset: number;
  readonly length: number;
  /** Size of the whole file, where it is known. */
  readonly size: number | undefined;
  readonly encryption: FileEncryption | undefined;
}

/** A source whose length is known. */
export type OpenedSource = StoredRange | RereadableSource | (StreamedSource & { readonly length: number });

/** Tells whether the service can copy a source. */
export function isStored(source: OpenedSource): source is StoredRange {
  return "fileId" in source;
}

/**
 * The sources of one file that is composed. Files of this machine are open only while they are read, so that there may
 * be any number of them; streams are closed in the end.
 */
export class ComposeSources {
  readonly #session: Session;
  readonly #signal: AbortSignal | undefined;
  readonly #sizes = new Map<string, Promise<number>>();
  readonly #streams: StreamedSource[] = [];

  constructor(session: Session, signal: AbortSignal | undefined) {
    this.#session = session;
    this.#signal = signal;
  }

  /**
   * Finds out the length of a source.
   *
   * @throws `TypeError` for what holds no bytes or does not tell its length, `RangeError` for a range outside the
   * content.
   */
  async open(source: ComposeSource): Promise<OpenedSource> {
    if (isObject(source) && "fileId" in source) {
      return await this.#openStored(source);
    }
    if (isObject(source) && "id" in source) {
      return await this.#openStored({ fileId: source.id ?? "", length: source.size }, source.size);
    }
    const opened = await openSource(source);
    if (opened.isRereadable && opened.slice !== undefined) {
      return opened; // It is in memory, or a Blob: there is nothing to close.
    }
    if (opened.isRereadable) {
      await opened.close();
      return reopening(source, opened);
    }
    this.#streams.push(opened);
    if (!isOfKnownLength(opened)) {
      throw new TypeError("A stream in a composed file must tell its length: give { source, length }");
    }
    return opened;
  }

  /** Gives the size of a stored file; makes one class B request for each file. */
  size(fileId: string): Promise<number> {
    const size = this.#sizes.get(fileId) ?? this.#askForSize(fileId);
    this.#sizes.set(fileId, size);
    return size;
  }

  /** Reads pieces one after the other; what is stored is downloaded. */
  async *read(pieces: readonly Piece<OpenedSource>[], { offset, length }: Span): AsyncGenerator<Uint8Array> {
    let start = 0;
    for (const piece of pieces) {
      const from = Math.max(offset - start, 0);
      const end = Math.min(offset + length - start, piece.length);
      start += piece.length;
      if (from < end) {
        yield* this.#readOne(piece.source, piece.offset + from, end - from);
      }
    }
  }

  /** Ends the use of all streams. */
  async close(): Promise<void> {
    await Promise.all(this.#streams.map((stream) => stream.close()));
  }

  async #openStored(
    { fileId, offset = 0, length, encryption }: StoredSource,
    knownSize?: number,
  ): Promise<StoredRange> {
    const size = knownSize ?? (length === undefined ? await this.size(fileId) : undefined);
    const range = { fileId, offset, length: length ?? Math.max(0, (size ?? 0) - offset), size, encryption };
    checkRange(range);
    return range;
  }

  async #askForSize(fileId: string): Promise<number> {
    const { action, contentLength } = await getFileInfo(this.#session, fileId, { signal: this.#signal });
    if (action !== "upload" && action !== "copy") {
      throw new TypeError(`File ${fileId} cannot be a source: it is no content but of action ${action}`);
    }
    return contentLength;
  }

  async *#readOne(source: OpenedSource, offset: number, length: number): AsyncGenerator<Uint8Array> {
    if (isStored(source)) {
      const { fileId, encryption } = source;
      const range = { offset: source.offset + offset, length };
      const options = { ...range, signal: this.#signal, ...(encryption && { encryption }) };
      yield* await DownloadedFile.open(this.#session, { fileId }, options);
    } else {
      yield* source.chunks(offset, length);
    }
  }
}

/** @throws `RangeError` when a range is none, or does not lie in the file as far as its size is known. */
export function checkRange({ fileId, offset, length, size = Number.MAX_SAFE_INTEGER }: StoredRange): void {
  for (const [name, value] of Object.entries({ offset, length })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`${name} must be a whole number from 0, not ${value}`);
    }
  }
  if (offset + length > size) {
    throw new RangeError(
      `The range from byte ${offset} up to ${offset + length} is not within the ${size} bytes of file ${fileId}`,
    );
  }
}

/** Gives a source that opens what it reads anew each time. */
function reopening(source: UploadSource, { length, modTimeMillis }: RereadableSource): RereadableSource {
  return {
    length,
    modTimeMillis,
    isRereadable: true,
    close: async () => {},
    async *chunks(offset = 0, count = length - offset) {
      const opened = await openSource(source);
      try {
        checkUnchanged(opened, length, modTimeMillis);
        yield* opened.chunks(offset, count);
      } finally {
        await opened.close();
      }
    },
  };
}

function checkUnchanged(opened: Source, length: number, modTimeMillis: number | undefined): void {
  if (opened.length !== length || opened.modTimeMillis !== modTimeMillis) {
    throw new LocalFileError(
      "A source changed while a file was composed of it: compose it again when it is at rest",
    );
  }
}

function isOfKnownLength(source: StreamedSource): source is StreamedSource & { readonly length: number } {
  return source.length !== undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
