import { ConflictError, LocalFileError, NotFoundError, UploadError } from "../session/errors.ts";
import type { FileSettings } from "../upload/file-settings.ts";
import { stat } from "./folder-entries.ts";
import { type Found, LocalDestination } from "./local-destination.ts";
import type { RemovalAction, TransferAction } from "./plan.ts";
import type { B2Side, Side } from "./sync-folder.ts";
import type { SyncSettings, WrittenFile } from "./sync-options.ts";
import type { B2SyncPath, SyncPath } from "./sync-path.ts";

/** A transfer that is under way. */
export interface Transfer {
  readonly source: SyncPath;
  /** What stands at the destination. */
  readonly destination: SyncPath | undefined;
  /** Is told how many bytes have moved so far. */
  readonly onBytes: (bytes: number) => void;
}

/** Changes a destination. */
export interface Transfers {
  readonly type: TransferAction["type"];
  transfer(transfer: Transfer): Promise<void>;
  remove(action: RemovalAction, found: Found | undefined): Promise<void>;
}

/** How often a file is sent that changes while it is sent. */
const MOST_ATTEMPTS = 3;

/** Shorter files are downloaded anew after an interruption: to keep what is there would cost each two more files. */
const RESUMABLE_BYTES = 4 * 1024 * 1024;

/** Chooses how files come from a source to a destination. */
export function transfersBetween(source: Side, destination: Side, settings: SyncSettings): Transfers {
  if (destination.type === "local") {
    return new Downloads(new LocalDestination(destination.root), source, settings);
  }
  return source.type === "local"
    ? new Uploads(destination, settings)
    : new Copies(source, destination, settings);
}

/** What uploads and copies have in common: the destination is in B2. */
abstract class B2Transfers {
  protected readonly destination: B2Side;
  protected readonly settings: SyncSettings;

  constructor(destination: B2Side, settings: SyncSettings) {
    this.destination = destination;
    this.settings = settings;
  }

  async remove({ type, relativePath, fileId }: RemovalAction): Promise<void> {
    const { bucket } = this.destination;
    const { signal, bypassGovernance = false } = this.settings;
    const name = this.nameOf(relativePath);
    try {
      if (type === "hide") {
        await bucket.hideFile(name, { signal });
      } else if (fileId !== undefined) {
        await bucket.deleteFileVersion(fileId, name, { bypassGovernance, signal });
      }
    } catch (error) {
      if (!(error instanceof NotFoundError) && !(type === "hide" && error instanceof ConflictError)) {
        throw error; // What is gone or hidden already needs nothing.
      }
    }
  }

  protected nameOf(relativePath: string): string {
    return this.destination.prefix + relativePath;
  }

  /** Asks the caller what is to be stored with a file. */
  protected async askForSettings(source: SyncPath): Promise<FileSettings> {
    const { encryptionSettingsProvider, fileSettings } = this.settings;
    const { bucket } = this.destination;
    const file: WrittenFile = { bucket, fileName: this.nameOf(source.relativePath), source };
    const encryption = await encryptionSettingsProvider?.forWrite?.(file);
    return { ...(await fileSettings?.(file)), ...(encryption && { encryption }) };
  }
}

class Uploads extends B2Transfers implements Transfers {
  readonly type = "upload";

  async transfer({ source, destination, onBytes }: Transfer): Promise<void> {
    if (source.type !== "local") {
      throw new TypeError(`${source.relativePath} is not a file of this machine`);
    }
    const { signal, uploadMode } = this.settings;
    const mayGrow = destination !== undefined && source.size > destination.size; // Else it need not be asked for.
    const name = this.nameOf(source.relativePath);
    const settings = await this.askForSettings(source);
    for (let attempt = 1; ; attempt++) {
      const before = await stat(source.absolutePath).catch(() => undefined);
      try {
        await this.destination.bucket.uploadLocalFile(source.absolutePath, name, {
          ...settings,
          uploadMode: mayGrow ? uploadMode : "full",
          signal,
          onProgress: ({ bytes }) => onBytes(bytes),
        });
        return;
      } catch (error) {
        const after = await stat(source.absolutePath).catch(() => undefined);
        const hasChanged = after?.mtimeMs !== before?.mtimeMs || after?.size !== before?.size;
        if (!isAboutLocalFile(error) || !hasChanged || after === undefined || attempt === MOST_ATTEMPTS) {
          throw error;
        }
      }
    }
  }
}

function isAboutLocalFile(error: unknown): boolean {
  return (
    error instanceof LocalFileError || (error instanceof UploadError && error.cause instanceof LocalFileError)
  );
}

class Copies extends B2Transfers implements Transfers {
  readonly type = "copy";
  readonly #source: Side;

  constructor(source: Side, destination: B2Side, settings: SyncSettings) {
    super(destination, settings);
    this.#source = source;
  }

  async transfer({ source, onBytes }: Transfer): Promise<void> {
    const { selectedVersion, relativePath } = stored(source);
    const settings = await this.askForSettings(source);
    const sourceEncryption = await askForKey(this.#source, source, this.settings);
    await selectedVersion.copy(this.nameOf(relativePath), {
      ...settings,
      ...infoOfCopy(stored(source), settings),
      ...(sourceEncryption && { sourceEncryption }),
      bucket: this.destination.bucket,
      signal: this.settings.signal,
      onProgress: ({ bytes }) => onBytes(bytes),
    });
  }
}

/**
 * Gives the file info of a copy unless it can be the source's: the modification time of a source that has none is
 * that of its upload, which the copy would not know.
 */
function infoOfCopy(
  { selectedVersion, modTimeMillis }: B2SyncPath,
  { fileInfo }: FileSettings,
): Pick<FileSettings, "fileInfo"> {
  const hasTime = Number.isFinite(Number(selectedVersion.fileInfo.src_last_modified_millis ?? Number.NaN));
  if (hasTime && fileInfo === undefined) {
    return {};
  }
  const { sse_c_key_id: _, ...kept } = selectedVersion.fileInfo; // The copy may have another key, or none.
  return { fileInfo: { ...kept, src_last_modified_millis: String(modTimeMillis), ...fileInfo } };
}

class Downloads implements Transfers {
  readonly type = "download";
  readonly #destination: LocalDestination;
  readonly #source: Side;
  readonly #settings: SyncSettings;

  constructor(destination: LocalDestination, source: Side, settings: SyncSettings) {
    this.#destination = destination;
    this.#source = source;
    this.#settings = settings;
  }

  async transfer({ source, destination, onBytes }: Transfer): Promise<void> {
    const { selectedVersion, relativePath, size } = stored(source);
    const encryption = await askForKey(this.#source, source, this.#settings);
    const path = await this.#destination.makeWayTo(relativePath);
    const { signal } = this.#settings;
    const file = await selectedVersion.download({ ...(encryption && { encryption }), signal });
    try {
      await this.#destination.checkUnchanged(relativePath, destination);
      await file.saveTo(path, {
        resume: size >= RESUMABLE_BYTES,
        onProgress: ({ bytes }) => onBytes(bytes),
      });
    } finally {
      file.cancel();
    }
  }

  async remove({ relativePath }: RemovalAction, found: Found | undefined): Promise<void> {
    if (found !== undefined) {
      await this.#destination.delete(relativePath, found);
    }
  }
}

function stored(path: SyncPath): B2SyncPath {
  if (path.type !== "b2") {
    throw new TypeError(`${path.relativePath} is not in B2`);
  }
  return path;
}

/** Asks the caller for the key of a version that is to be read. */
async function askForKey(side: Side, path: SyncPath, { encryptionSettingsProvider }: SyncSettings) {
  return side.type === "b2"
    ? await encryptionSettingsProvider?.forRead?.({
        bucket: side.bucket,
        fileVersion: stored(path).selectedVersion,
      })
    : undefined;
}
