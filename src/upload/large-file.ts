import { cancelLargeFile } from "../file-operations.ts";
import { quote } from "../raw/encoding.ts";
import type { components } from "../raw/index.ts";
import { forEachAtOnce } from "../session/at-once.ts";
import { ChecksumError, LocalFileError, UploadError } from "../session/errors.ts";
import type { CallOptions, Session } from "../session/session.ts";
import { type FileSettings, toStartFields } from "./file-settings.ts";
import { type LargeFilePart, makePart, type PartTarget } from "./part.ts";
import type { Progress } from "./progress.ts";
import {
  claimNamed,
  claimUnfinished,
  findLostStart,
  findUnfinished,
  isStored,
  type UnfinishedFile,
  whileInUse,
} from "./resume.ts";

type FileVersion = components["schemas"]["FileVersion"];
type StartedFile = components["schemas"]["StoredFileVersion"];

/** A name in a bucket that a file is to get. */
export interface TargetName {
  readonly bucketId: string;
  readonly bucketName?: string | undefined;
  readonly fileName: string;
}

/**
 * Starts a large file and gives its id. After a lost answer it looks for the file where the SHA-1 of the whole tells
 * it; otherwise it starts another, and the first, if the service made it, stays unfinished and empty.
 *
 * @see b2_start_large_file
 */
async function startLargeFile(job: LargeFileJob): Promise<string> {
  const { session, to, settings, options } = job;
  const { bucketId, bucketName, fileName } = to;
  const { signal } = options;
  const body = { ...toStartFields(settings), bucketId, fileName };
  const { fileId } = await session.reconcile<Pick<StartedFile, "fileId">>(
    "b2_start_large_file",
    (raw) => raw.POST("/b2api/v4/b2_start_large_file", { body, signal }),
    () => findLostStart(job),
    { bucketId, bucketName, fileName, signal },
  );
  return fileId;
}

/** Finishes the file; after a lost answer it looks first, because the file may be finished already. */
async function finishLargeFile(
  { session, to, options: { signal } }: LargeFileJob,
  fileId: string,
  partSha1Array: string[],
): Promise<FileVersion> {
  const { bucketName, fileName } = to;
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
  /** The file to go on with, as it was claimed; without, `continueLargeFileId` names one or another is started. */
  readonly unfinished?: UnfinishedFile;
}

/** Options of everything that makes a large file. */
export interface LargeFileOptions extends CallOptions {
  /**
   * Parts of this file made at the same time; all files together stay within `concurrency` of {@link B2Api}.
   * @defaultValue 4, or 2 for streams, whose parts are held in memory
   */
  readonly concurrency?: number;
  /**
   * Cancels the large file when it fails or is aborted, so that the parts that were stored cost nothing. Without,
   * nothing that was stored is thrown away, and the error carries the `fileId` that resumes it.
   * @defaultValue false
   */
  readonly cancelOnFailure?: boolean;
  /**
   * Goes on with this large file, which must have been started under the same name with the same settings: parts that
   * are stored are not made again. Costs a class C request for its fields and one for each 1,000 parts.
   * @defaultValue for content that can be read again, an unfinished file that fits, if the key may list files
   */
  readonly continueLargeFileId?: string;
}

/**
 * Stores a large file: starts it or goes on with it, makes the parts that are missing, several at a time, and
 * finishes it.
 *
 * @param parts - In any order; numbered from 1 without gaps. An iterable is asked for the next part when there is
 * time to make it, and closed when one fails.
 * @throws {@link UploadError} when the file was started and stays unfinished. Abort rejects with the signal's reason.
 */
export async function storeLargeFile(
  job: LargeFileJob,
  parts: Iterable<LargeFilePart> | AsyncIterable<LargeFilePart>,
): Promise<FileVersion> {
  const unfinished = job.unfinished ?? (await claimNamed(job));
  const fileId = unfinished?.fileId ?? (await startLargeFile(job));
  return await whileInUse(fileId, async () => {
    try {
      const digests = await makeAll({ ...job, fileId }, parts, unfinished);
      return await finishLargeFile(job, fileId, digests);
    } catch (cause) {
      throw await explainFailure(job, fileId, cause);
    } finally {
      job.session.uploadUrls.drop(fileId);
    }
  });
}

/**
 * Stores a large file of parts that can be made again. Goes on with what an earlier attempt left of it where the SHA-1
 * of the whole tells that it is the same, for one class C request.
 */
export async function resumeLargeFile(
  job: LargeFileJob,
  parts: readonly LargeFilePart[],
): Promise<FileVersion> {
  if (job.settings.fileInfo?.large_file_sha1 === undefined) {
    return await storeLargeFile(job, parts);
  }
  const resumed = await claimUnfinished(job, await findUnfinished(job), parts);
  return await storeLargeFile({ ...job, ...resumed }, resumed.parts);
}

/** Makes the parts that are not stored, and gives the SHA-1s of all in order. */
async function makeAll(
  target: PartTarget,
  parts: Iterable<LargeFilePart> | AsyncIterable<LargeFilePart>,
  unfinished: UnfinishedFile | undefined,
): Promise<string[]> {
  const { session, options, progress } = target;
  const digests: string[] = [];
  const make = async (part: LargeFilePart, signal: AbortSignal) => {
    const { partNumber, length } = part;
    const stored = unfinished?.parts.get(partNumber);
    if (stored !== undefined && (await isStored(part, stored, signal))) {
      digests[partNumber - 1] = stored.contentSha1;
      progress.reached(partNumber, length);
    } else {
      digests[partNumber - 1] = await session.slots.run(target, () => makePart(target, part, signal), signal);
    }
    if ("release" in part) {
      part.release?.();
    }
  };
  await forEachAtOnce(parts, options.concurrency ?? DEFAULT_CONCURRENCY, options.signal, make);
  return digests;
}

const DEFAULT_CONCURRENCY = 4;

/** Cancels the file if that was asked for, and otherwise tells that it stays unfinished, and under which id. */
async function explainFailure(
  { session, to, options }: LargeFileJob,
  fileId: string,
  cause: unknown,
): Promise<unknown> {
  if (options.cancelOnFailure) {
    await cancelLargeFile(session, fileId).catch(() => {}); // What failed first is what the caller is told.
    return cause;
  }
  if (options.signal?.aborted) {
    return cause;
  }
  const { bucketName, fileName } = to;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `The large file ${quote(fileName)} is unfinished, as file ${fileId}: ${reason}`;
  const ErrorClass = [LocalFileError, ChecksumError].find((known) => cause instanceof known) ?? UploadError;
  return new ErrorClass(message, { bucketName, fileName, fileId, cause });
}
