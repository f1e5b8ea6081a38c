import { sha1Of } from "#runtime";
import { checkFileName } from "../file-name.ts";
import type { Authorization } from "../raw/call.ts";
import { CHUNK_BYTES } from "../raw/content.ts";
import type { components } from "../raw/index.ts";
import { ChecksumError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import { checkConcurrency } from "../session/slots.ts";
import { digestParts } from "./digests.ts";
import { checkFileSettings, type FileSettings } from "./file-settings.ts";
import { type LargeFileOptions, storeLargeFile, type TargetName } from "./large-file.ts";
import type { UploadedPart } from "./part.ts";
import { type PartSizes, type PlannedPart, planParts } from "./part-plan.ts";
import { collect, type Piece, pieceFrom } from "./piece.ts";
import { Progress, type ProgressListener } from "./progress.ts";
import { adoptParts, claimUnfinished, findUnfinished } from "./resume.ts";
import { bytesSource, openSource, type RereadableSource, type Source, type UploadSource } from "./source.ts";
import { uploadStream } from "./streamed.ts";
import { uploadWhole, wrongContent } from "./whole-file.ts";

type FileVersion = components["schemas"]["FileVersion"];

/** Options of an upload. */
export interface UploadOptions extends FileSettings, LargeFileOptions {
  /**
   * Size of a part in bytes, and the size above which a file is cut into parts at all.
   * @defaultValue the account's recommended part size, 100 MB
   */
  readonly partSizeBytes?: number;
  /**
   * SHA-1 of the content as 40 hex digits, where you know it: content that has another is not stored. Without, it is
   * computed on the way; either way the service checks every byte.
   */
  readonly contentSha1?: string;
  /**
   * SHA-1 of a file that is stored in parts, kept in its file info, so that downloads can be verified: 40 hex digits
   * that the content must have, or `omit`, which saves one pass over the content unless `contentSha1` is to be
   * compared. Files in one request need none.
   * @defaultValue `contentSha1`, else computed in one pass before the upload; for streams there is none
   */
  readonly largeFileSha1?: "omit" | (string & {});
  /** Is told how many bytes were stored. */
  readonly onProgress?: ProgressListener;
}

/** Where a file goes: a name in a bucket. */
export interface Destination extends TargetName {
  readonly bucketName: string;
}

/** An upload under way. */
export interface UploadJob {
  readonly session: Session;
  readonly to: Destination;
  readonly options: UploadOptions;
  /** The options' settings, completed from the source. */
  readonly settings: FileSettings;
  readonly sizes: PartSizes;
  readonly progress: Progress;
}

/**
 * Opens content, stores it in a way to choose, and closes it. Of many uploads at once, so many hold their content
 * open that a process may.
 *
 * @throws `TypeError` and `RangeError` for options that make no sense, before a request is made;
 * {@link LocalFileError} when a file cannot be read.
 */
export async function upload(
  session: Session,
  to: Destination,
  content: UploadSource,
  options: UploadOptions,
  store: typeof uploadSource,
): Promise<FileVersion> {
  checkFileName(to.fileName);
  checkUploadOptions(options);
  let isOpened = false;
  const run = async () => {
    isOpened = true;
    const source = await openSource(content);
    try {
      return await store(session, to, source, options);
    } finally {
      await source.close();
    }
  };
  try {
    return await session.transfers.run(run, run, options.signal);
  } finally {
    if (!isOpened) {
      await closeUnread(content); // The upload ended while it waited for its turn.
    }
  }
}

/** Ends a stream that nobody is going to read. */
async function closeUnread(content: UploadSource): Promise<void> {
  await openSource(content).then(
    (source) => source.close(),
    () => {},
  );
}

/** Stores a source, in one request or in parts. The options were checked. */
export async function uploadSource(
  session: Session,
  to: Destination,
  source: Source,
  options: UploadOptions,
): Promise<FileVersion> {
  const settings = settingsFor(source, options);
  const sizes = partSizes(await session.authorization(options.signal));
  const progress = new Progress(source.length, options.onProgress);
  const job: UploadJob = { session, to, options, settings, sizes, progress };
  if (!source.isRereadable) {
    return await uploadStream(job, source);
  }
  const parts = planParts(source.length, job.sizes, options.partSizeBytes);
  if (parts.length > 0) {
    return await uploadLarge(job, source, parts);
  }
  const upload = async () => uploadWhole(job, await pieceOf(source, expectedSha1(options)));
  return session.slots.run(job, upload, options.signal);
}

const SHA1 = /^[0-9a-f]{40}$/;

/** @throws `TypeError` and `RangeError` for options that make no sense. */
export function checkUploadOptions(options: UploadOptions): void {
  const { contentSha1, largeFileSha1, concurrency = 1 } = options;
  checkConcurrency(concurrency);
  checkFileSettings(options);
  checkSha1(contentSha1);
  if (largeFileSha1 !== "omit") {
    checkSha1(largeFileSha1);
  }
  if (largeFileSha1 !== "omit" && (largeFileSha1 ?? contentSha1) !== (contentSha1 ?? largeFileSha1)) {
    throw new TypeError("contentSha1 and largeFileSha1 are both of the whole content, but differ");
  }
}

function checkSha1(sha1: string | undefined): void {
  if (sha1 !== undefined && !SHA1.test(sha1)) {
    throw new TypeError(`A SHA-1 has 40 lower-case hex digits; ${JSON.stringify(sha1)} is none`);
  }
}

/** Gives the SHA-1 that the caller says the content has. */
export function expectedSha1({ contentSha1, largeFileSha1 }: UploadOptions): string | undefined {
  return contentSha1 ?? (largeFileSha1 === "omit" ? undefined : largeFileSha1);
}

/** Completes settings with the time of the content's last change, where the content tells it. */
export function settingsFor({ modTimeMillis }: Source, options: FileSettings): FileSettings {
  const time = modTimeMillis !== undefined && { src_last_modified_millis: String(modTimeMillis) };
  return { ...options, fileInfo: { ...time, ...options.fileInfo } };
}

/** Adds the SHA-1 of the whole to a large file's info. */
export function withWholeSha1(settings: FileSettings, sha1: string | undefined): FileSettings {
  return sha1 === undefined
    ? settings
    : { ...settings, fileInfo: { ...settings.fileInfo, large_file_sha1: sha1 } };
}

/** Reads the part sizes of the account. */
export function partSizes({ apiInfo: { storageApi } }: Authorization): PartSizes {
  return {
    minimumBytes: storageApi.absoluteMinimumPartSize,
    recommendedBytes: storageApi.recommendedPartSize,
  };
}

/** Makes one piece of a source; a short one is read now, so that its SHA-1 is known and no attempt reads it again. */
export async function pieceOf(source: RereadableSource, sha1: string | undefined): Promise<Piece> {
  if (source.length > CHUNK_BYTES) {
    return { ...pieceFrom(source, 0, source.length), sha1 };
  }
  const whole = await (source.readWhole?.() ?? collect(pieceFrom(source, 0, source.length)));
  const actual = sha1Of(whole);
  if (sha1 !== undefined && actual !== sha1) {
    throw new ChecksumError(wrongContent(actual, { sha1 }));
  }
  return { length: whole.length, whole, sha1: actual, chunks: () => bytesSource(whole).chunks() };
}

/** Stores a source in parts, and goes on with what an earlier attempt left. */
async function uploadLarge(
  job: UploadJob,
  source: RereadableSource,
  planned: readonly PlannedPart[],
): Promise<FileVersion> {
  const { options, sizes } = job;
  const left = await findUnfinished(job);
  const plan = adoptParts(planned, left, (partBytes) => planParts(source.length, sizes, partBytes));
  const toPart = (part: PlannedPart): UploadedPart => ({
    ...part,
    ...pieceFrom(source, part.offset, part.length),
  });
  const isOmitted = options.largeFileSha1 === "omit";
  if (isOmitted && options.contentSha1 === undefined) {
    const resumed = await claimUnfinished(job, left, plan.map(toPart));
    return await storeLargeFile({ ...job, ...resumed }, resumed.parts);
  }
  const digest = () => digestParts(source, plan, options.signal);
  const digests = await job.session.slots.run(job, digest, options.signal);
  const sha1 = expectedSha1(options);
  if (sha1 !== undefined && digests.whole !== sha1) {
    throw new ChecksumError(wrongContent(digests.whole, { sha1 }));
  }
  const settings = isOmitted ? job.settings : withWholeSha1(job.settings, digests.whole);
  const parts = plan.map((part, index) => ({ ...toPart(part), sha1: digests.parts[index] }));
  const resumed = await claimUnfinished({ ...job, settings }, left, parts);
  return await storeLargeFile({ ...job, settings, ...resumed }, resumed.parts);
}
