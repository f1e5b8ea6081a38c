import { stat as statOf } from "node:fs/promises";
import { join } from "node:path";
import {
  type Entry,
  type EntrySettings,
  inBatches,
  lstat,
  readEntries,
  sortName,
  stat,
  unreadable,
} from "./folder-entries.ts";
import type { LocalSyncPath, Obstacle } from "./sync-path.ts";

/** How a local folder is scanned. The times of its files are judged for a source only. */
export interface LocalScanSettings extends EntrySettings {
  /** Tells why a file cannot take part; undefined when it can. */
  readonly refuse?: ((relativePath: string) => string | undefined) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Scans a folder of this machine with everything below it, in the UTF-8 byte order of the paths.
 *
 * Holds the entries of the folders on the way to the current file, and no others. What cannot be read, and what is
 * neither file nor folder, comes as an obstacle.
 *
 * @throws {@link LocalFileError} when the folder itself cannot be read.
 */
export async function* scanLocalFolder(
  root: string,
  settings: LocalScanSettings,
): AsyncGenerator<LocalSyncPath | Obstacle, void> {
  const way = [await openRoot(root, settings)];
  for (let folder = way.at(-1); folder !== undefined; folder = way.at(-1)) {
    settings.signal?.throwIfAborted();
    const entry = folder.entries[folder.done];
    if (entry === undefined) {
      way.pop();
    } else if (entry.kind === "folder") {
      folder.done++;
      const opened = await open(folder, entry, way, settings);
      if ("entries" in opened) {
        way.push(opened);
      } else {
        yield opened;
      }
    } else {
      yield* await lookAtNext(folder, settings);
    }
  }
}

/** A folder on the way to the current file. */
interface OpenFolder {
  /** Empty for the scanned folder itself, else with a final `/`. */
  readonly relativePath: string;
  readonly absolutePath: string;
  /** Tells folders apart, by whichever way they are reached. */
  readonly identity: string;
  /** Whether a symbolic link led here, or to a folder above. */
  readonly isBehindLink: boolean;
  readonly entries: readonly Entry[];
  /** How many of the entries are done. */
  done: number;
}

async function openRoot(root: string, settings: LocalScanSettings): Promise<OpenFolder> {
  try {
    const identity = await identityOf(root);
    const entries = await readEntries(root, "", settings);
    return { relativePath: "", absolutePath: root, identity, isBehindLink: false, entries, done: 0 };
  } catch (cause) {
    throw unreadable(root, cause);
  }
}

/** Opens a folder below another, unless it is one on the way to it. */
async function open(
  above: OpenFolder,
  entry: Entry,
  way: readonly OpenFolder[],
  settings: LocalScanSettings,
): Promise<OpenFolder | Obstacle> {
  const relativePath = `${above.relativePath}${entry.name}/`;
  const absolutePath = join(above.absolutePath, entry.name);
  const isBehindLink = entry.isLink || above.isBehindLink;
  try {
    const identity = await identityOf(absolutePath);
    if (isBehindLink && way.some((folder) => folder.identity === identity)) {
      const reason = "a symbolic link leads back to a folder on the way to it";
      return { type: "obstacle", relativePath, reason };
    }
    const entries = await readEntries(absolutePath, relativePath, settings);
    return { relativePath, absolutePath, identity, isBehindLink, entries, done: 0 };
  } catch (cause) {
    return obstacleOf(relativePath, absolutePath, cause);
  }
}

async function identityOf(folder: string): Promise<string> {
  const { dev, ino } = await statOf(folder, { bigint: true }); // Some file systems use all 64 bits.
  return `${dev}:${ino}`;
}

/** Looks at some files side by side, up to the next folder. */
async function lookAtNext(
  folder: OpenFolder,
  settings: LocalScanSettings,
): Promise<Array<LocalSyncPath | Obstacle>> {
  const batch = folder.entries.slice(folder.done, folder.done + BATCH);
  const end = batch.findIndex(({ kind }) => kind === "folder");
  const files = end === -1 ? batch : batch.slice(0, end);
  folder.done += files.length;
  return await inBatches(files, (entry) => look(folder, entry, settings));
}

const BATCH = 64;

async function look(
  folder: OpenFolder,
  entry: Entry,
  settings: LocalScanSettings,
): Promise<LocalSyncPath | Obstacle> {
  const relativePath = folder.relativePath + sortName(entry);
  const reason = entry.reason ?? (entry.kind === "file" ? settings.refuse?.(relativePath) : undefined);
  if (entry.kind !== "file" || reason !== undefined) {
    const isEcho = entry.kind === "folderObstacle";
    const { error, isExcluded } = entry;
    return { type: "obstacle", relativePath, reason, error, isEcho, isExcluded };
  }
  const absolutePath = join(folder.absolutePath, entry.name);
  try {
    const { size, mtimeMs: modTimeMillis } = await (entry.isLink ? stat : lstat)(absolutePath);
    return settings.role === "source" && settings.filter.excludesTimes(modTimeMillis)
      ? { type: "obstacle", relativePath, isExcluded: true }
      : { type: "local", relativePath, absolutePath, modTimeMillis, size };
  } catch (cause) {
    return obstacleOf(relativePath, absolutePath, cause);
  }
}

function obstacleOf(relativePath: string, absolutePath: string, cause: unknown): Obstacle {
  const error = unreadable(absolutePath, cause);
  return { type: "obstacle", relativePath, reason: error.message, error };
}
