import type { components } from "../raw/index.ts";
import { toWireEncryption } from "../upload/file-settings.ts";
import { finishLargeFile, makeParts, startLargeFile, unfinished } from "../upload/large-file.ts";
import type { PlannedPart } from "../upload/part-plan.ts";
import { Progress } from "../upload/progress.ts";
import { largeCopySettings } from "./copied-metadata.ts";
import type { CopyJob } from "./copy.ts";
import { customerKey, type SourceFields } from "./copy-options.ts";
import { rangeOf } from "./copy-plan.ts";

type FileVersion = components["schemas"]["FileVersion"];

/**
 * Copies into a large file, several parts at a time. What the source has is kept: content type, file info, and for a
 * copy of the whole its SHA-1.
 *
 * @throws {@link UploadError} when the file was started and is unfinished; it is not cancelled.
 */
export async function copyLargeFile(
  job: CopyJob,
  source: SourceFields,
  parts: readonly PlannedPart[],
): Promise<FileVersion> {
  const { session, to, options } = job;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const settings = largeCopySettings(options, source, length === source.contentLength);
  const fileId = await startLargeFile(session, to, settings, options.signal);
  try {
    const digests = await copyParts(job, fileId, parts, new Progress(length, options.onProgress));
    return await finishLargeFile(session, to, fileId, digests, options.signal);
  } catch (error) {
    throw options.signal?.aborted ? error : unfinished(to, fileId, error);
  }
}

/** Copies all parts and gives their SHA-1s in order. */
async function copyParts(
  job: CopyJob,
  fileId: string,
  parts: readonly PlannedPart[],
  progress: Progress,
): Promise<string[]> {
  const digests: string[] = [];
  const { concurrency = DEFAULT_CONCURRENCY, signal } = job.options;
  await makeParts(parts, concurrency, signal, async (part, either) => {
    digests[part.partNumber - 1] = await copyPart(job, fileId, part, either);
    progress.reached(part.partNumber, part.length);
  });
  return digests;
}

/** Copies one part and gives its SHA-1. A part that is copied twice replaces itself, so this is simply repeated. */
async function copyPart(
  { session, source, to, options }: CopyJob,
  largeFileId: string,
  { partNumber, ...span }: PlannedPart,
  signal: AbortSignal,
): Promise<string> {
  const sourceKey = customerKey(options.sourceEncryption);
  const { encryption } = options;
  const body = {
    sourceFileId: source.fileId,
    largeFileId,
    partNumber,
    range: rangeOf(span),
    ...(sourceKey !== undefined && { sourceServerSideEncryption: sourceKey.toWire() }),
    // Parts take SSE-B2 from their file, but a customer's key must come with each.
    ...(encryption?.mode === "SSE-C" && { destinationServerSideEncryption: toWireEncryption(encryption) }),
  };
  const { data } = await session.call(
    "b2_copy_part",
    (raw) => raw.POST("/b2api/v4/b2_copy_part", { body, signal }),
    { ...to, fileId: largeFileId, partNumber, signal },
  );
  return data.contentSha1;
}

const DEFAULT_CONCURRENCY = 4;
