import { mkdir, rmdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LocalFileError } from "../session/errors.ts";
import { lstat, stat, unreadable } from "./folder-entries.ts";
import type { LocalSyncPath } from "./sync-path.ts";

/** What a scan found of a local file, by which a change is noticed. */
export type Found = Pick<LocalSyncPath, "modTimeMillis" | "size">;

/** A local folder to which files are brought, and from which they are deleted. Never leaves it by a symbolic link. */
export class LocalDestination {
  readonly root: string;
  #lastFolder = "";

  constructor(root: string) {
    this.root = root;
  }

  /**
   * Tells whether the folder is there.
   *
   * @throws {@link LocalFileError} when it is something else.
   */
  async isThere(): Promise<boolean> {
    try {
      if ((await stat(this.root)).isDirectory()) {
        return true;
      }
    } catch (cause) {
      if (codeOf(cause) === "ENOENT") {
        return false;
      }
      throw unreadable(this.root, cause);
    }
    throw new LocalFileError(`Cannot write to ${this.root}: it is not a folder`);
  }

  /** Makes the folders in which a file is to lie, and the root itself with its parents. Gives the file's path. */
  async makeWayTo(relativePath: string): Promise<string> {
    const folder = relativePath.slice(0, relativePath.lastIndexOf("/") + 1);
    const path = join(this.root, relativePath);
    if (folder !== "" && folder === this.#lastFolder) {
      return path;
    }
    try {
      await mkdir(this.root, { recursive: true });
      for (const above of foldersOf(folder)) {
        await makeFolder(join(this.root, above));
      }
    } catch (cause) {
      throw cause instanceof LocalFileError ? cause : unwritable(path, cause);
    }
    this.#lastFolder = folder;
    return path;
  }

  /**
   * Makes sure that a file is still what the scan found, so that nobody's work is lost.
   *
   * @param found - Undefined when the scan found nothing.
   * @throws {@link LocalFileError} when it was changed since.
   */
  async checkUnchanged(relativePath: string, found: Found | undefined): Promise<void> {
    const path = join(this.root, relativePath);
    const standing = await lstat(path).catch((cause) => {
      if (codeOf(cause) === "ENOENT") {
        return undefined;
      }
      throw unreadable(path, cause);
    });
    if (standing?.size !== found?.size || standing?.mtimeMs !== found?.modTimeMillis) {
      throw new LocalFileError(`${path} was changed while the folders were compared: synchronise again`);
    }
  }

  /** Deletes a file, unless it was changed since the scan, and the folders that are empty without it. */
  async delete(relativePath: string, found: Found): Promise<void> {
    await this.checkUnchanged(relativePath, found);
    const path = join(this.root, relativePath);
    await unlink(path).catch((cause) => {
      throw unwritable(path, cause);
    });
    this.#lastFolder = "";
    await this.#removeEmpty(foldersOf(relativePath));
  }

  async #removeEmpty(folders: readonly string[]): Promise<void> {
    for (const folder of folders.toReversed()) {
      try {
        await rmdir(join(this.root, folder));
      } catch {
        return; // Not empty, or not to be removed: what is above is neither.
      }
    }
  }
}

/** Makes one folder unless it is there. */
async function makeFolder(path: string): Promise<void> {
  const standing = await lstat(path).catch(() => undefined);
  if (standing === undefined) {
    await mkdir(path).catch((cause) => {
      if (codeOf(cause) !== "EEXIST") {
        throw cause;
      }
    });
  } else if (!standing.isDirectory()) {
    const kind = standing.isSymbolicLink() ? "a symbolic link" : "not a folder";
    throw new LocalFileError(`Cannot write to ${path}: it is ${kind}`);
  }
}

function unwritable(path: string, cause: unknown): LocalFileError {
  const reason = reasons[codeOf(cause) ?? ""] ?? (cause instanceof Error ? cause.message : String(cause));
  return new LocalFileError(`Cannot write to ${dirname(path)}: ${reason}`, { cause });
}

const reasons: Record<string, string | undefined> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
};

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
}

/** Gives `a` and `a/b` for `a/b/c`. */
function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
