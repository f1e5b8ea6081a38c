import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LocalFileError } from "../session/errors.ts";
import { Progress, type ProgressListener } from "../upload/progress.ts";
import type { DownloadVersion } from "./download-version.ts";

/** Options of saving a download to a file. */
export interface SaveOptions {
  readonly onProgress?: ProgressListener;
}

/** Writes content beside the target and puts it in place in one step. */
export async function saveToFile(
  path: string,
  version: DownloadVersion,
  content: AsyncIterable<Uint8Array>,
  { onProgress }: SaveOptions,
): Promise<void> {
  const temporary = join(
    dirname(path),
    `.${basename(path).slice(0, 100)}.${randomBytes(6).toString("hex")}.b2kit`,
  );
  try {
    const handle = await openTarget(path, temporary);
    try {
      await write(handle, content, new Progress(version.contentLength, onProgress));
      await handle.sync();
    } finally {
      await handle.close();
    }
    const modified = version.modTimeMillis / 1000;
    await utimes(temporary, modified, modified);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // What failed first is what the caller is told.
    throw explain(path, error);
  }
}

async function openTarget(path: string, temporary: string): Promise<FileHandle> {
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) {
    throw new LocalFileError(`Cannot save to ${path}: it is a folder; name a file in it`);
  }
  return await open(temporary, "wx");
}

async function write(
  handle: FileHandle,
  content: AsyncIterable<Uint8Array>,
  progress: Progress,
): Promise<void> {
  let bytes = 0;
  for await (const chunk of content) {
    await handle.writeFile(chunk);
    bytes += chunk.length;
    progress.reached(0, bytes);
  }
}

function explain(path: string, error: unknown): unknown {
  const isSystemError = error instanceof Error && "syscall" in error && "code" in error;
  if (!isSystemError) {
    return error;
  }
  const reason = reasons[String(error.code)] ?? error.message;
  return new LocalFileError(`Cannot save to ${path}: ${reason}`, { cause: error });
}

const reasons: Record<string, string | undefined> = {
  ENOENT: "its folder does not exist",
  ENOTDIR: "a part of the path is not a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOSPC: "the disk is full",
  EROFS: "the file system is read-only",
};
