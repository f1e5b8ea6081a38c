import type { components } from "../raw/index.ts";
import { UploadError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import { type FileSettings, toStartFields } from "./file-settings.ts";
import { UploadUrlPool } from "./upload-urls.ts";

type FileVersion = components["schemas"]["FileVersion"];

/** A name in a bucket that a file is to get. */
export interface TargetName {
  readonly bucketId: string;
  readonly bucketName?: string | undefined;
  readonly fileName: string;
}

/**
 * Starts a large file and gives its id. After a lost answer it starts another: the first, if the service made it,
 * stays unfinished and empty, because nothing tells it from an upload of somebody else.
 *
 * @see b2_start_large_file
 */
export async function startLargeFile(
  session: Session,
  { bucketId, bucketName, fileName }: TargetName,
  settings: FileSettings,
  signal: AbortSignal | undefined,
): Promise<string> {
  const body = { ...toStartFields(settings), bucketId, fileName };
  const { fileId } = await session.reconcile(
    "b2_start_large_file",
    (raw) => raw.POST("/b2api/v4/b2_start_large_file", { body, signal }),
    async () => undefined,
    { bucketId, bucketName, fileName, fields: body, signal },
  );
  return fileId;
}

/** Finishes the file; after a lost answer it looks first, because the file may be finished already. */
export async function finishLargeFile(
  session: Session,
  { bucketName, fileName }: TargetName,
  fileId: string,
  partSha1Array: string[],
  signal: AbortSignal | undefined,
): Promise<FileVersion> {
  return await session.reconcile<FileVersion>(
    "b2_finish_large_file",
    (raw) => raw.POST("/b2api/v4/b2_finish_large_file", { body: { fileId, partSha1Array }, signal }),
    async () => {
      const { data } = await session.call("b2_get_file_info", (raw) =>
        raw.POST("/b2api/v4/b2_get_file_info", { body: { fileId }, signal }),
      );
      return data.action === "upload" ? data : undefined;
    },
    { bucketName, fileName, fileId, signal },
  );
}

/** Creates the pool of upload URLs of one large file. */
export function partUploadUrls(session: Session, fileId: string): UploadUrlPool {
  return new UploadUrlPool(async () => {
    const { data } = await session.call("b2_get_upload_part_url", (raw) =>
      raw.POST("/b2api/v4/b2_get_upload_part_url", { body: { fileId } }),
    );
    return data;
  });
}

/**
 * Makes all parts of a large file, several at a time; the first failure stops the others.
 *
 * @param make - Makes one part; its signal aborts with the caller's or when another part failed.
 */
export async function makeParts<Part>(
  parts: readonly Part[],
  concurrency: number,
  signal: AbortSignal | undefined,
  make: (part: Part, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const waiting = parts.values();
  const worker = async () => {
    for (const part of waiting) {
      await make(part, either);
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, parts.length) }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(workers);
    throw error;
  }
}

/** Explains that a large file stays unfinished, and with which id it can be resumed. */
export function unfinished(
  { bucketName, fileName }: TargetName,
  fileId: string,
  cause: unknown,
): UploadError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UploadError(
    `The large file ${JSON.stringify(fileName)} is unfinished, as file ${fileId}: ${reason}`,
    {
      bucketName,
      fileName,
      fileId,
      cause,
    },
  );
}
