import { isUtf8 } from "node:buffer";
import { type Dirent, lstat as lstatWithCallback, type Stats, stat as statWithCallback } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { isTemporaryName } from "../download/local-target.ts";
import { compareFileNames } from "../file-name.ts";
import { LocalFileError } from "../session/errors.ts";
import type { ScanFilter } from "./scan-policies.ts";

// Less than half the CPU of their namesakes in fs/promises, which counts when every file of a scan is looked at.
export const lstat: (path: string) => Promise<Stats> = promisify(lstatWithCallback);
export const stat: (path: string) => Promise<Stats> = promisify(statWithCallback);

/** Which entries of a folder are wanted. */
export interface EntrySettings {
  readonly filter: ScanFilter;
  /**
   * A source follows symbolic links, unless the policies exclude them. A destination never does: what lies behind a
   * link lies outside of it.
   */
  readonly role: "source" | "destination";
}

/** An entry of a folder on this machine, before its size and times are known. */
export interface Entry {
  /** A symbolic link that is followed is what it leads to. */
  readonly kind: "file" | "folder" | "obstacle" | "folderObstacle";
  readonly name: string;
  readonly isLink: boolean;
  /** Why it is an obstacle. */
  readonly reason?: string;
  readonly error?: Error;
  /** Whether the policies made it an obstacle. */
  readonly isExcluded?: boolean;
}

/**
 * Reads the entries of one folder and puts them in the order of a scan: a folder stands where its name with a final
 * `/` belongs. Leaves out what the policies exclude by name, and files that downloads are being written to.
 *
 * @param relativePath - Empty for the scanned folder itself, else with a final `/`.
 */
export async function readEntries(
  absolutePath: string,
  relativePath: string,
  settings: EntrySettings,
): Promise<Entry[]> {
  const found = await readdir(absolutePath, { withFileTypes: true });
  const broken = await brokenNames(absolutePath, found);
  const entries = await inBatches(found, async (entry) => {
    if (isTemporaryName(entry.name)) {
      return [];
    }
    return broken.has(entry.name)
      ? obstacles(entry.name, "its name is not valid UTF-8")
      : await resolve(entry, absolutePath, relativePath, settings);
  });
  const sorted = entries.flat().sort((left, right) => compareFileNames(sortName(left), sortName(right)));
  return sorted.filter((entry, at) => at === 0 || sortName(entry) !== sortName(sorted[at - 1] ?? entry));
}

/** Name by which an entry is put in order. */
export function sortName({ kind, name }: Entry): string {
  return kind === "folder" || kind === "folderObstacle" ? `${name}/` : name;
}

/** Calls a function for each item, some side by side, and gives the results in the order of the items. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += BATCH) {
    results.push(...(await Promise.all(items.slice(start, start + BATCH).map(work))));
  }
  return results;
}

const BATCH = 64;

/** Explains why something on this machine cannot be looked at. */
export function unreadable(path: string, cause: unknown): LocalFileError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reason = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new LocalFileError(`Cannot read ${path}: ${reason}`, { cause });
}

const reasons: Record<string, string | undefined> = {
  ENOENT: "it is not there",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOTDIR: "it is not a folder",
};

/** Gives the names that are no UTF-8, as they look when they are read as such. */
async function brokenNames(folder: string, entries: readonly Dirent[]): Promise<Set<string>> {
  if (!entries.some(({ name }) => name.includes("\ufffd"))) {
    return new Set();
  }
  const names = await readdir(folder, { encoding: "buffer" });
  return new Set(names.filter((name) => !isUtf8(name)).map(String));
}

async function resolve(
  entry: Dirent,
  folder: string,
  above: string,
  settings: EntrySettings,
): Promise<Entry[]> {
  const { name } = entry;
  const { filter, role } = settings;
  if (entry.isFile() || entry.isDirectory()) {
    return wanted(entry, { name, isLink: false }, above, filter);
  }
  if (filter.excludesFile(above + name) && filter.excludesFolder(above + name)) {
    return [];
  }
  if (!entry.isSymbolicLink()) {
    return obstacles(name, "it is neither a file nor a folder");
  }
  if (role === "destination" || filter.excludesSymlinks) {
    const links = obstacles(name, "it is a symbolic link");
    return role === "source" ? links.map((link) => ({ ...link, isExcluded: true })) : links;
  }
  return await follow(join(folder, name), name, above, filter);
}

async function follow(path: string, name: string, above: string, filter: ScanFilter): Promise<Entry[]> {
  try {
    const target = await stat(path);
    return target.isFile() || target.isDirectory()
      ? wanted(target, { name, isLink: true }, above, filter)
      : obstacles(name, "it is a symbolic link to what is neither a file nor a folder");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    return code === "ENOENT" || code === "ELOOP"
      ? obstacles(name, "it is a symbolic link that leads nowhere")
      : obstacles(name, "it is a symbolic link that cannot be followed", unreadable(path, cause));
  }
}

/** Gives a file or folder unless the policies exclude it. */
function wanted(
  type: Pick<Stats, "isDirectory">,
  entry: Pick<Entry, "name" | "isLink">,
  above: string,
  filter: ScanFilter,
): Entry[] {
  const path = above + entry.name;
  if (type.isDirectory()) {
    return filter.excludesFolder(path) ? [] : [{ ...entry, kind: "folder" }];
  }
  return filter.excludesFile(path) ? [] : [{ ...entry, kind: "file" }];
}

/** Gives obstacles for what may stand for a file or a folder on the other side. */
function obstacles(name: string, reason: string, error?: Error): Entry[] {
  return [
    { kind: "obstacle", name, isLink: false, reason, ...(error && { error }) },
    { kind: "folderObstacle", name, isLink: false, reason },
  ];
}
