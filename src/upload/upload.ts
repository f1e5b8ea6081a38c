import type { components } from "../raw/index.ts";
import { UploadError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import type { LocalFile } from "./local-file.ts";
import { type PlannedPart, planParts } from "./part-plan.ts";
import { Progress, type ProgressListener } from "./progress.ts";
import { UploadUrlPool } from "./upload-urls.ts";

type FileVersion = components["schemas"]["FileVersion"];

/** Options of an upload. */
export interface UploadOptions {
  /**
   * MIME type that downloads will carry.
   * @defaultValue `b2/x-auto`: the service derives it from the name's ending
   */
  readonly contentType?: string;
  /** Up to 10 entries kept with the file and returned with every download. */
  readonly fileInfo?: Readonly<Record<string, string>>;
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
export interface Destination {
  readonly bucketId: string;
  readonly bucketName: string;
  readonly pool: UploadUrlPool;
  readonly fileName: string;
}

/** Creates the pool of upload URLs of one bucket. */
export function bucketUploadUrls(session: Session, bucketId: string): UploadUrlPool {
  return new UploadUrlPool(async () => {
    const { data } = await session.call("b2_get_upload_url", (raw) =>
      raw.POST("/b2api/v4/b2_get_upload_url", { body: { bucketId } }),
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
    fileInfo: { src_last_modified_millis: String(file.modTimeMillis), ...options.fileInfo },
    progress: new Progress(file.size, options.onProgress),
  };
  return parts.length === 0 ? await uploadWhole(job) : await uploadLarge(job, parts);
}

interface Job {
  readonly session: Session;
  readonly to: Destination;
  readonly file: LocalFile;
  readonly options: UploadOptions;
  readonly fileInfo: Readonly<Record<string, string>>;
  readonly progress: Progress;
}

/** Sends the file in one request, hashed on the way. */
async function uploadWhole({ session, to, file, options, fileInfo, progress }: Job): Promise<FileVersion> {
  const send = () =>
    to.pool.lend(({ uploadUrl, authorizationToken }) =>
      session.raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
        params: {
          path: { uploadUrl },
          header: {
            Authorization: authorizationToken,
            "X-Bz-File-Name": to.fileName,
            "X-Bz-Content-Sha1": "hex_digits_at_end",
            "X-Bz-Info-*": { ...fileInfo },
            "Content-Length": file.size,
            ...(options.contentType !== undefined && { "Content-Type": options.contentType }),
          },
        },
        body: progress.watch(0, file.chunks()),
        signal: options.signal,
      }),
    );
  const { bucketName, fileName } = to;
  return (await session.transfer("b2_upload_file", send, { bucketName, fileName, signal: options.signal }))
    .data;
}

async function uploadLarge(job: Job, parts: readonly PlannedPart[]): Promise<FileVersion> {
  const { whole, parts: digests } = await job.file.digests(parts, job.options.signal);
  const fileId = await start(job, whole);
  try {
    await sendParts(job, fileId, parts, digests);
    return await finish(job, fileId, digests);
  } catch (cause) {
    if (job.options.signal?.aborted) {
      throw cause;
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    const identity = { bucketName: job.to.bucketName, fileName: job.to.fileName, fileId };
    throw new UploadError(
      `The upload of ${JSON.stringify(job.to.fileName)} is unfinished, as file ${fileId}: ${reason}`,
      {
        ...identity,
        cause,
      },
    );
  }
}

async function start({ session, to, options, fileInfo }: Job, sha1: string): Promise<string> {
  const body = {
    bucketId: to.bucketId,
    fileName: to.fileName,
    contentType: options.contentType ?? "b2/x-auto",
    fileInfo: { ...fileInfo, large_file_sha1: sha1 },
  };
  const { data } = await session.call(
    "b2_start_large_file",
    (raw) => raw.POST("/b2api/v4/b2_start_large_file", { body, signal: options.signal }),
    { bucketName: to.bucketName, fileName: to.fileName, signal: options.signal },
  );
  if (data.fileId === null) {
    throw new TypeError("b2_start_large_file answered without a file id");
  }
  return data.fileId;
}

/** Sends all parts, several at a time; the first failure stops the others. */
async function sendParts(
  job: Job,
  fileId: string,
  parts: readonly PlannedPart[],
  digests: readonly string[],
): Promise<void> {
  const pool = partUploadUrls(job.session, fileId);
  const stop = new AbortController();
  const signal = job.options.signal ? AbortSignal.any([job.options.signal, stop.signal]) : stop.signal;
  const waiting = parts.values();
  const worker = async () => {
    for (const part of waiting) {
      await sendPart(job, pool, fileId, part, digests[part.partNumber - 1] ?? "", signal);
    }
  };
  const workers = Array.from({ length: Math.min(job.options.concurrency ?? 4, parts.length) }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(workers);
    throw error;
  }
}

function partUploadUrls(session: Session, fileId: string): UploadUrlPool {
  return new UploadUrlPool(async () => {
    const { data } = await session.call("b2_get_upload_part_url", (raw) =>
      raw.POST("/b2api/v4/b2_get_upload_part_url", { body: { fileId } }),
    );
    return data;
  });
}

async function sendPart(
  { session, file, progress }: Job,
  pool: UploadUrlPool,
  fileId: string,
  { partNumber, offset, length }: PlannedPart,
  sha1: string,
  signal: AbortSignal,
): Promise<void> {
  const send = () =>
    pool.lend(({ uploadUrl, authorizationToken }) =>
      session.raw.POST("/b2api/v4/b2_upload_part/{uploadUrl}", {
        params: {
          path: { uploadUrl },
          header: {
            Authorization: authorizationToken,
            "X-Bz-Part-Number": partNumber,
            "X-Bz-Content-Sha1": sha1,
            "Content-Length": length,
          },
        },
        body: progress.watch(partNumber, file.chunks(offset, length)),
        signal,
      }),
    );
  await session.transfer("b2_upload_part", send, { fileId, partNumber, signal });
}

/** Finishes the file; after a lost answer it looks first, because the file may be finished already. */
async function finish(
  { session, to, options }: Job,
  fileId: string,
  partSha1Array: string[],
): Promise<FileVersion> {
  const { signal } = options;
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
