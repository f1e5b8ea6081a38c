import { lstat, mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { onTestFinished } from "vitest";
import type { Emulator } from "../../src/emulator/index.ts";
import type { Bucket } from "../../src/index.ts";
import type { SyncEvent, SyncResult, SyncRun } from "../../src/sync/index.ts";
import { PlainClient } from "../emulator/plain-client.ts";
import { all } from "../listing/support.ts";

/** A moment in the past at which files of the tests were written, in milliseconds. */
export const THEN = Date.UTC(2024, 0, 1, 12, 0, 0, 123);

/** Writes files with the folders above them: contents by path, all of one time. */
export async function writeFiles(
  root: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  timeMillis = THEN,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
    await utimes(join(root, path), timeMillis / 1000, timeMillis / 1000);
  }
}

/** Reads all files below a folder: contents by path, in any order. */
export async function readFiles(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files.map(async (file) => [asName(root, file), await readFile(file, "utf8")] as const);
  return Object.fromEntries(await Promise.all(contents));
}

const asName = (root: string, file: string) => relative(root, file).split(sep).join("/");

export async function timeOf(path: string): Promise<number> {
  return Math.round((await lstat(path)).mtimeMs);
}

/** Stores files: contents by name, all of one modification time, or with none. */
export async function storeFiles(
  emulator: Emulator,
  { id }: Pick<Bucket, "id">,
  files: Readonly<Record<string, string>>,
  timeMillis: number | null = THEN,
): Promise<void> {
  const client = await PlainClient.authorize(emulator);
  const headers = {
    ...(timeMillis !== null && { "X-Bz-Info-src_last_modified_millis": String(timeMillis) }),
  };
  for (const [name, content] of Object.entries(files)) {
    await client.upload(id, name, content, headers);
  }
}

/** Downloads all visible files below a prefix: contents by name behind it. */
export async function storedFiles(bucket: Bucket, prefix = ""): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for await (const { fileVersion } of bucket.ls(prefix, { recursive: true })) {
    contents[fileVersion.name.slice(prefix.length)] = await (await fileVersion.download()).text();
  }
  return contents;
}

/** The versions of a name from newest to oldest, as their actions. */
export async function versionsOf(bucket: Bucket, name: string): Promise<string[]> {
  return (await all(bucket.listFileVersions(name))).map(({ action }) => action);
}

/** Hears a run to its end. */
export async function hear(run: SyncRun): Promise<{ events: SyncEvent[]; result: SyncResult }> {
  const events = await all(run);
  return { events, result: await run.result };
}

/** The requests since a moment that did more than look, by operation. */
export function changes(emulator: Emulator): Record<string, number> {
  const looks = /^b2_(list|authorize|get_upload|head|get_file)/;
  return Object.fromEntries(
    Object.entries(emulator.requests.byOperation).filter(([name]) => !looks.test(name)),
  );
}

/** Gives up root's rights, to which every folder is open, until the test ends. */
export function becomeNobody(): void {
  if (process.geteuid?.() === 0) {
    process.seteuid?.(65_534);
    onTestFinished(() => process.seteuid?.(0));
  }
}
