import type { components } from "../raw/index.ts";
import type { Session } from "../session/session.ts";
import { digestParts } from "./digests.ts";
import { type FileSettings, toHeaderParameters } from "./file-settings.ts";
import { type LargeFileOptions, storeLargeFile, type TargetName } from "./large-file.ts";
import { type PlannedPart, planParts } from "./part-plan.ts";
import { Progress, type ProgressListener } from "./progress.ts";
import type { RereadableSource } from "./source.ts";
import { UploadUrlPool } from "./upload-urls.ts";

type FileVersion = components["schemas"]["FileVersion"];

/** Options of an upload. */
export interface UploadOptions extends FileSettings, LargeFileOptions {
  /**
   * Size of a part in bytes, and the size above which a file is cut into parts at all.
   * @defaultValue the account's recommended part size, 100 MB
   */
  readonly partSizeBytes?: number;
  readonly onProgress?: ProgressListener;
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

/** Stores a source that can be read again, in one request or in parts. */
export async function uploadSource(
  session: Session,
  to: Destination,
  source: RereadableSource,
  options: UploadOptions,
): Promise<FileVersion> {
  const { length, modTimeMillis } = source;
  const { absoluteMinimumPartSize, recommendedPartSize } = (await session.authorization(options.signal))
    .apiInfo.storageApi;
  const sizes = { minimumBytes: absoluteMinimumPartSize, recommendedBytes: recommendedPartSize };
  const parts = planParts(length, sizes, options.partSizeBytes);
  const job: Job = {
    session,
    to,
    source,
    options,
    settings: {
      ...options,
      fileInfo: {
        ...(modTimeMillis !== undefined && { src_last_modified_millis: String(modTimeMillis) }),
        ...options.fileInfo,
      },
    },
    progress: new Progress(length, options.onProgress),
  };
  return parts.length === 0 ? await uploadWhole(job) : await uploadLarge(job, parts);
}

interface Job {
  readonly session: Session;
  readonly to: Destination;
  readonly source: RereadableSource;
  readonly options: UploadOptions;
  /** The options' settings, completed from the source. */
  readonly settings: FileSettings;
  readonly progress: Progress;
}

/** Sends the file in one request, hashed on the way. */
async function uploadWhole(job: Job): Promise<FileVersion> {
  const { session, to, source, options, settings, progress } = job;
  const send = (attempt: number) =>
    to.pool.lend(({ uploadUrl, authorizationToken }) =>
      session.raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
        params: {
          path: { uploadUrl },
          header: {
            Authorization: authorizationToken,
            "X-Bz-File-Name": to.fileName,
            "X-Bz-Content-Sha1": "hex_digits_at_end",
            "Content-Length": source.length,
            ...toHeaderParameters(settings),
          },
        },
        body: progress.watch(0, source.chunks()),
        signal: options.signal,
        attempt,
      }),
    );
  const { bucketId, bucketName, fileName } = to;
  const context = { bucketId, bucketName, fileName, signal: options.signal };
  const transfer = () => session.transfer("b2_upload_file", send, context);
  return (await session.slots.run(job, transfer, options.signal)).data;
}

async function uploadLarge(job: Job, parts: readonly PlannedPart[]): Promise<FileVersion> {
  const { source, options } = job;
  const digests = await digestParts(source, parts, options.signal);
  const settings = {
    ...job.settings,
    fileInfo: { ...job.settings.fileInfo, large_file_sha1: digests.whole },
  };
  const uploaded = parts.map((part, index) => ({
    ...part,
    sha1: digests.parts[index],
    chunks: () => source.chunks(part.offset, part.length),
  }));
  return await storeLargeFile({ ...job, settings }, uploaded);
}
