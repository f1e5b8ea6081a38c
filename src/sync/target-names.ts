import { readdir } from "node:fs/promises";
import { basename, dirname, join, posix } from "node:path";
import { lstat } from "./folder-entries.ts";
import { isFolderMarker, unsafeReason } from "./path-safety.ts";

/**
 * Decides which names of a bucket can be files below one local folder, all at once. The names have to come in order.
 *
 * Holds all names where the file system takes different spellings for the same, and next to nothing elsewhere.
 */
export class TargetNames {
  readonly #root: string;
  readonly #isFolding: boolean;
  /** The files whose names the current one begins with, from the shortest on. */
  readonly #filesOnTheWay: string[] = [];
  /** How the files and folders are spelled that the file system would not tell apart. */
  readonly #spellings = new Map<string, string>();
  readonly #refused = new Set<string>();

  /** @param isFolding - Whether the file system takes `A` for `a`, or `é` for `e` with an accent behind it. */
  constructor(root: string, isFolding: boolean) {
    this.#root = root;
    this.#isFolding = isFolding;
  }

  /**
   * Tells why a name cannot be written; undefined when it can.
   *
   * @param isThere - Whether a file of exactly this name was found below the folder.
   */
  async refuse(name: string, isThere: boolean): Promise<string | undefined> {
    const reason =
      (isFolderMarker(name) ? "its name stands for a folder" : unsafeReason(name)) ??
      this.#refuseBelowFile(name) ??
      (this.#isFolding ? await this.#refuseSpelling(name, isThere) : undefined) ??
      (isThere ? undefined : await this.#refuseStanding(name));
    if (reason === undefined) {
      this.#filesOnTheWay.push(name);
    } else if (this.#isFolding) {
      this.#refused.add(folded(name));
    }
    return reason;
  }

  /** Tells whether a local file may be what a name of the bucket became, so that it must not be deleted. */
  isClaimed(name: string): boolean {
    return this.#isFolding && (this.#spellings.has(folded(name)) || this.#refused.has(folded(name)));
  }

  #refuseBelowFile(name: string): string | undefined {
    const files = this.#filesOnTheWay;
    while (files.length > 0 && !name.startsWith(files.at(-1) ?? "")) {
      files.pop();
    }
    const file = files.find((each) => name.startsWith(`${each}/`));
    return file === undefined ? undefined : `it lies below the name of another file, ${JSON.stringify(file)}`;
  }

  async #refuseSpelling(name: string, isThere: boolean): Promise<string | undefined> {
    const way = wayTo(name);
    for (const path of way) {
      const known =
        this.#spellings.get(folded(path)) ?? (isThere || path === name ? path : await this.#spellingOf(path));
      if (known !== path) {
        return `the file system takes its name for that of ${JSON.stringify(known)}`;
      }
    }
    for (const path of way) {
      this.#spellings.set(folded(path), path);
    }
    return undefined;
  }

  /** Finds out how a folder is spelled that may exist. */
  async #spellingOf(path: string): Promise<string> {
    const names = await readdir(join(this.#root, posix.dirname(path))).catch(() => []);
    const standing = names.find((name) => folded(name) === folded(posix.basename(path)));
    return standing === undefined ? path : posix.join(posix.dirname(path), standing);
  }

  async #refuseStanding(name: string): Promise<string | undefined> {
    try {
      const standing = await lstat(join(this.#root, name));
      return standing.isDirectory()
        ? "a folder stands in its place"
        : "a file stands in its place that the scan has not seen under this name";
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      return code === "ENOTDIR" ? "a file stands in the place of its folder" : undefined;
    }
  }
}

/** Finds out whether the file system of a folder, which need not be there yet, takes `A` for `a`. Writes nothing. */
export async function isFolding(folder: string): Promise<boolean> {
  const below = await readdir(folder).catch(() => undefined);
  if (below === undefined) {
    return dirname(folder) !== folder && (await isFolding(dirname(folder)));
  }
  const candidates = [...below.slice(0, 100).map((name) => join(folder, name)), folder];
  for (const path of candidates) {
    const [one, other] = [basename(path), swapCase(basename(path))];
    const standing = one === other ? undefined : await lstat(path).catch(() => undefined);
    if (standing !== undefined) {
      const swapped = await lstat(join(dirname(path), other)).catch(() => undefined);
      return swapped?.ino === standing.ino && swapped.dev === standing.dev;
    }
  }
  return process.platform === "darwin" || process.platform === "win32";
}

function swapCase(name: string): string {
  return name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase();
}

function folded(name: string): string {
  return name.normalize("NFC").toLowerCase().normalize("NFC");
}

/** Gives `a`, `a/b` and `a/b/c` for `a/b/c`. */
function wayTo(name: string): string[] {
  const parts = name.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
