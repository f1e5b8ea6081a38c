import { closeSync, openSync, readFileSync, realpathSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** The folders that this process has locked, by their real paths. */
const ownFolders = new Set<string>();

/**
 * Keeps a data folder for this process, by a file that names the process. A process that was killed leaves its file
 * behind; it does not count.
 *
 * @returns a function that gives the folder free.
 * @throws when another server uses the folder.
 */
export function lockFolder(folder: string): () => void {
  const path = realpathSync(folder);
  const file = join(path, "lock");
  claim(path, file);
  ownFolders.add(path);
  return () => {
    if (ownFolders.delete(path)) rmSync(file, { force: true });
  };
}

function claim(folder: string, file: string): void {
  const holder = readHolder(file);
  if (holder !== undefined) {
    if (isServing(holder, folder)) throw new Error(inUse(folder, holder));
    rmSync(file, { force: true });
  }
  try {
    const descriptor = openSync(file, "wx", 0o600);
    writeSync(descriptor, identityOf(process.pid));
    closeSync(descriptor);
  } catch (error) {
    if (hasCode(error, "EEXIST")) throw new Error(inUse(folder, readHolder(file) ?? ""), { cause: error });
    throw error;
  }
}

function inUse(folder: string, holder: string): string {
  const [pid = ""] = holder.split(" ");
  return `${folder} is in use by another emulator${pid && ` (process ${pid})`}: one server at a time`;
}

/**
 * Tells whether the process that a lock names is alive, and the same one: numbers of processes are used again, soon so
 * in containers, where the server before this one may have had the same.
 */
function isServing(holder: string, folder: string): boolean {
  const pid = Number(holder.split(" ")[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return ownFolders.has(folder);
  return isAlive(pid) && identityOf(pid) === holder;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && statusOf(pid).state !== "Z"; // dead, but its parent has not asked yet
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

/** The number of a process, and where the system tells it, the time of its start. */
function identityOf(pid: number): string {
  return [pid, statusOf(pid).startTime].filter(Boolean).join(" ");
}

/** What Linux tells about a process; nothing elsewhere. */
function statusOf(pid: number): { state?: string | undefined; startTime?: string | undefined } {
  const status = readIfThere(`/proc/${pid}/stat`);
  const fields = status?.slice(status.lastIndexOf(")") + 2).split(" "); // the name before it may hold anything
  return { state: fields?.[0], startTime: fields?.[19] };
}

function readHolder(file: string): string | undefined {
  return readIfThere(file)?.trim();
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "ESRCH")) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
