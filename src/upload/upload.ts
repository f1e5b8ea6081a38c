import { decryptionHeaders } from "../encryption.ts";
import type { components } from "../raw/index.ts";
import type { Session } from "../session/session.ts";
import { type FileSettings, toHeaderParameters } from "./file-settings.ts";
import {
  finishLargeFile,
  makeParts,
  partUploadUrls,
  startLargeFile,
  type TargetName,
  unfinished,
} from "./large-file.ts";
import type { LocalFile } from "./local-file.ts";
import { type PlannedPart, planParts } from "./part-plan.ts";
import { Progress, type ProgressListener } from "./progress.ts";
import { UploadUrlPool } from "./upload-urls.ts";

type FileVersion = components["schemas"]["FileVersion"];

/** Options of an upload. */
export interface UploadOptions extends FileSettings {
  /**
   * Size of a part in bytes, and the size above which a file is cut into parts at all.
   * @defaultValue the account's recommended part size, 100 MB
   */
  readonly partSizeBytes?: number;
  /**
   * Parts of this file sent at the same time; each needs about 2 MiB of memory.
   * @defaultValue 4
   */
  readonly concurrency?: number;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

/** Where a file goes: the bucket, its upload URLs, and the name. */
export interface Destination extends TargetName {
  readonly bucketName: string;
  readonly pool: UploadUrlPool;
}

/** Creates the pool of upload URLs of one bucket. */
export function bucketUploadUrls(session: Session, bucketId: string): UploadUrlPool {
  return new UploadUrlPool(async () => {
    const { data } = await session.call(
      "b2_get_upload_url",
      (raw) => raw.POST("/b2api/v4/b2_get_upload_url", { body: { bucketId } }),
      { bucketId },
    );
    return data;
  });
}

/** Stores a local file, in one request or in parts. */
export async function uploadFile(
  session: Session,
  to: Destination,
  file: LocalFile,
  options: UploadOptions,
): Promise<FileVersion> {
  const { absoluteMinimumPartSize, recommendedPartSize } = (await session.authorization()).apiInfo.storageApi;
  const sizes = { minimumBytes: absoluteMinimumPartSize, recommendedBytes: recommendedPartSize };
  const parts = planParts(file.size, sizes, options.partSizeBytes);
  const job: Job = {
    session,
    to,
    file,
    options,
    settings: {
      ...options,
      fileInfo: { src_last_modified_millis: String(file.modTimeMillis), ...options.fileInfo },
    },
    progress: new Progress(file.size, options.onProgress),
  };
  return parts.length === 0 ? await uploadWhole(job) : await uploadLarge(job, parts);
}

interface Job {
  readonly session: Session;
  readonly to: Destination;
  readonly file: LocalFile;
  readonly options: UploadOptions;
  /** The options' settings, completed from the file. */
  readonly settings: FileSettings;
  readonly progress: Progress;
}

/** Sends the file in one request, hashed on the way. */
async function uploadWhole({ session, to, file, options, settings, progress }: Job): Promise<FileVersion> {
  const send = (attempt: number) =>
    to.pool.lend(({ uploadUrl, authorizationToken }) =>
      session.raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
        params: {
          path: { uploadUrl },
          header: {
            Authorization: authorizationToken,
            "X-Bz-File-Name": to.fileName,
            "X-Bz-Content-Sha1": "hex_digits_at_end",
            "Content-Length": file.size,
            ...toHeaderParameters(settings),
          },
        },
        body: progress.watch(0, file.chunks()),
        signal: options.signal,
        attempt,
      }),
    );
  const { bucketId, bucketName, fileName } = to;
  const context = { bucketId, bucketName, fileName, signal: options.signal };
  return (await session.transfer("b2_upload_file", send, context)).data;
}

async function uploadLarge(job: Job, parts: readonly PlannedPart[]): Promise<FileVersion> {
  const { session, to, file, options } = job;
  const { signal } = options;
  const digests = await file.digests(parts, signal);
  const fileInfo = { ...job.settings.fileInfo, large_file_sha1: digests.whole };
  const fileId = await startLargeFile(session, to, { ...job.settings, fileInfo }, signal);
  const pool = partUploadUrls(session, fileId);
  try {
    await makeParts(parts, options.concurrency ?? 4, signal, (part, either) =>
      sendPart(job, pool, fileId, part, digests.parts[part.partNumber - 1] ?? "", either),
    );
    return await finishLargeFile(session, to, fileId, digests.parts, signal);
  } catch (cause) {
    throw signal?.aborted ? cause : unfinished(to, fileId, cause);
  }
}

async function sendPart(
  { session, file, progress, settings }: Job,
  pool: UploadUrlPool,
  fileId: string,
  { partNumber, offset, length }: PlannedPart,
  sha1: string,
  signal: AbortSignal,
): Promise<void> {
  const send = (attempt: number) =>
    pool.lend(({ uploadUrl, authorizationToken }) =>
      session.raw.POST("/b2api/v4/b2_upload_part/{uploadUrl}", {
        params: {
          path: { uploadUrl },
          header: {
            Authorization: authorizationToken,
            "X-Bz-Part-Number": partNumber,
            "X-Bz-Content-Sha1": sha1,
            "Content-Length": length,
            ...decryptionHeaders(settings.encryption),
          },
        },
        body: progress.watch(partNumber, file.chunks(offset, length)),
        signal,
        attempt,
      }),
    );
  await session.transfer("b2_upload_part", send, { fileId, partNumber, signal });
}
