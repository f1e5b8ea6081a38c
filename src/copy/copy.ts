import type { Span } from "../download/span.ts";
import { customerKey } from "../encryption.ts";
import { checkFileName } from "../file-name.ts";
import { getFileInfo } from "../file-operations.ts";
import type { components } from "../raw/index.ts";
import { B2Error } from "../session/errors.ts";
import { checkRestrictions } from "../session/restrictions.ts";
import type { Session } from "../session/session.ts";
import { toWireEncryption } from "../upload/file-settings.ts";
import type { TargetName } from "../upload/large-file.ts";
import type { PlannedPart } from "../upload/part-plan.ts";
import { Progress } from "../upload/progress.ts";
import { metadataRequest, needsSourceMetadata } from "./copied-metadata.ts";
import { type CopyOptions, type CopySource, checkCopyOptions, type SourceFields } from "./copy-options.ts";
import { MAX_COPY_BYTES, planCopy, rangeOf, spanOf } from "./copy-plan.ts";
import { copyLargeFile } from "./large-copy.ts";
import { findLostCopy } from "./lost-copy.ts";

type FileVersion = components["schemas"]["FileVersion"];

/** A copy to be made. */
export interface CopyJob {
  readonly session: Session;
  readonly source: CopySource;
  readonly to: TargetName;
  readonly options: CopyOptions;
}

/**
 * Copies a stored file, or a range of it, inside the service. Up to 5 GB go in one request; more becomes a large
 * file whose parts are copied side by side, also when only the service's refusal tells that the source is so long.
 *
 * The source is asked for with one class B request more where its size or metadata must be known and are not.
 *
 * @throws {@link UploadError} when a large file was started and is unfinished.
 * @see b2_copy_file, b2_copy_part
 */
export async function copyFile(
  session: Session,
  source: CopySource,
  to: TargetName,
  options: CopyOptions = {},
): Promise<FileVersion> {
  checkFileName(to.fileName);
  checkCopyOptions(options);
  checkRestrictions(await session.authorization(options.signal), "b2_copy_file", to);
  const job = { session, source, to, options };
  const known = source.fields ?? (needsSource(options) ? await askForSource(job) : undefined);
  const parts =
    known === undefined ? [] : await plan(job, known, options.customUploadTimestamp !== undefined);
  if (known !== undefined && parts.length > 0) {
    return await copyLargeFile(job, known, parts);
  }
  try {
    return await session.slots.run(job, () => copyAtOnce(job, known), options.signal);
  } catch (error) {
    if (!(error instanceof B2Error) || error.code !== "source_too_large") {
      throw error;
    }
  }
  const large = known ?? (await askForSource(job));
  return await copyLargeFile(job, large, await plan(job, large, true));
}

function needsSource(options: CopyOptions): boolean {
  const { offset = 0, length, partSizeBytes, customUploadTimestamp } = options;
  const isRange = offset > 0 || length !== undefined;
  const mostBytes = partSizeBytes ?? MAX_COPY_BYTES;
  const needsSize = length === undefined ? isRange || partSizeBytes !== undefined : length > mostBytes;
  return needsSize || customUploadTimestamp !== undefined || needsSourceMetadata(options, isRange);
}

function askForSource({ session, source, options }: CopyJob): Promise<SourceFields> {
  return getFileInfo(session, source.fileId, { signal: options.signal });
}

async function plan(
  { session, options: { offset, length, partSizeBytes, signal } }: CopyJob,
  { contentLength }: SourceFields,
  isLarge: boolean,
): Promise<PlannedPart[]> {
  const { apiInfo } = await session.authorization(signal);
  const minimumBytes = apiInfo.storageApi.absoluteMinimumPartSize;
  return planCopy(spanOf(contentLength, offset, length), { minimumBytes, partSizeBytes, isLarge });
}

async function copyAtOnce(job: CopyJob, known: SourceFields | undefined): Promise<FileVersion> {
  const { session, source, to, options } = job;
  const { signal, onProgress, fileRetention, legalHold, encryption, sourceEncryption } = options;
  const span = partialSpan(options, known);
  const sourceKey = customerKey(sourceEncryption);
  const body = {
    sourceFileId: source.fileId,
    destinationBucketId: to.bucketId,
    fileName: to.fileName,
    ...(span !== undefined && { range: rangeOf(span) }),
    ...metadataRequest(options, known, span === undefined),
    ...(fileRetention !== undefined && { fileRetention }),
    ...(legalHold !== undefined && { legalHold }),
    ...(sourceKey !== undefined && { sourceServerSideEncryption: sourceKey.toWire() }),
    ...(encryption !== undefined && { destinationServerSideEncryption: toWireEncryption(encryption) }),
  };
  const startedMillis = Date.now();
  const copy = await session.reconcile<FileVersion>(
    "b2_copy_file",
    (raw) => raw.POST("/b2api/v4/b2_copy_file", { body, signal }),
    async () => {
      const fields = known ?? (await askForSource(job));
      const lost = { to, source: fields, request: body, span: partialSpan(options, fields), startedMillis };
      return await findLostCopy(session, lost, { signal });
    },
    { ...to, fields: body, signal },
  );
  new Progress(copy.contentLength, onProgress).reached(0, copy.contentLength);
  return copy;
}

/** Gives the bytes to copy; undefined for the whole source. */
function partialSpan(
  { offset = 0, length }: CopyOptions,
  source: SourceFields | undefined,
): Span | undefined {
  if (
    offset === 0 &&
    (length === undefined || length >= (source?.contentLength ?? Number.POSITIVE_INFINITY))
  ) {
    return undefined;
  }
  return spanOf(source?.contentLength ?? Number.POSITIVE_INFINITY, offset, length);
}
