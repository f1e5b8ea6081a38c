import { cancelLargeFile } from "../file-operations.ts";
import type { components } from "../raw/index.ts";
import { UploadError } from "../session/errors.ts";
import { type CallOptions, type Session, unlessAborted } from "../session/session.ts";
import { checkConcurrency } from "../session/slots.ts";
import { type FileSettings, toStartFields } from "./file-settings.ts";
import { type LargeFilePart, makePart, partUploadUrls } from "./part.ts";
import type { Progress } from "./progress.ts";

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

/** A large file to be stored, whatever its parts are made of. */
export interface LargeFileJob {
  readonly session: Session;
  readonly to: TargetName;
  readonly settings: FileSettings;
  readonly progress: Progress;
  readonly options: LargeFileOptions;
}

/** Options of everything that makes a large file. */
export interface LargeFileOptions extends CallOptions {
  /**
   * Parts of this file made at the same time; all files together stay within `concurrency` of {@link B2Api}.
   * @defaultValue 4
   */
  readonly concurrency?: number;
  /**
   * Cancels the large file when it fails or is aborted, so that the parts that were stored cost nothing. Without,
   * nothing that was stored is thrown away, and the error carries the `fileId` that resumes it.
   * @defaultValue false
   */
  readonly cancelOnFailure?: boolean;
}

/**
 * Stores a large file: starts it, makes its parts, several at a time, and finishes it.
 *
 * @param parts - In any order; numbered from 1 without gaps. An iterable is asked for the next part when there is
 * time to make it, and closed when one fails.
 * @throws {@link UploadError} when the file was started and stays unfinished. Abort rejects with the signal's reason.
 */
export async function storeLargeFile(
  job: LargeFileJob,
  parts: Iterable<LargeFilePart> | AsyncIterable<LargeFilePart>,
): Promise<FileVersion> {
  const { session, to, settings, options } = job;
  const { signal } = options;
  const fileId = await startLargeFile(session, to, settings, signal);
  try {
    const target = { ...job, fileId, urls: partUploadUrls(session, fileId) };
    const digests: string[] = [];
    await makeParts(parts, options.concurrency, signal, async (part, either) => {
      digests[part.partNumber - 1] = await session.slots.run(
        job,
        () => makePart(target, part, either),
        either,
      );
    });
    return await finishLargeFile(session, to, fileId, digests, signal);
  } catch (cause) {
    if (options.cancelOnFailure) {
      await cancelLargeFile(session, fileId).catch(() => {}); // What failed first is what the caller is told.
      throw cause;
    }
    throw signal?.aborted ? cause : unfinished(to, fileId, cause);
  }
}

const DEFAULT_CONCURRENCY = 4;

/** Makes all parts, several at a time; the first failure stops the others. */
async function makeParts(
  parts: Iterable<LargeFilePart> | AsyncIterable<LargeFilePart>,
  concurrency = DEFAULT_CONCURRENCY,
  signal: AbortSignal | undefined,
  make: (part: LargeFilePart, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  checkConcurrency(concurrency);
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener("abort", abort, { once: true });
  const waiting = iteratorOf(parts);
  const worker = async () => {
    for (;;) {
      const { done, value } = await unlessAborted(Promise.resolve(waiting.next()), stop.signal);
      if (done) {
        return;
      }
      await make(value, stop.signal);
    }
  };
  const workers = Array.from({ length: concurrency }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    stop.abort(error);
    void (async () => waiting.return?.())().catch(() => {});
    await Promise.allSettled(workers);
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
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
