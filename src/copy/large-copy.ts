import { customerKey } from "../encryption.ts";
import type { components } from "../raw/index.ts";
import { resumeLargeFile } from "../upload/large-file.ts";
import type { PlannedPart } from "../upload/part-plan.ts";
import { Progress } from "../upload/progress.ts";
import { largeCopySettings } from "./copied-metadata.ts";
import type { CopyJob } from "./copy.ts";
import type { SourceFields } from "./copy-options.ts";

type FileVersion = components["schemas"]["FileVersion"];

/**
 * Copies into a large file, several parts at a time. What the source has is kept: content type, file info, and for a
 * copy of the whole its SHA-1, by which what an earlier attempt left unfinished is found.
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
  const sourceKey = customerKey(options.sourceEncryption);
  const copied = parts.map((part) => ({ ...part, fileId: job.source.fileId, sourceKey }));
  const progress = new Progress(length, options.onProgress);
  return await resumeLargeFile({ session, to, settings, progress, options }, copied);
}
