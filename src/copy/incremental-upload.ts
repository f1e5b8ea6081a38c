import { createSha1 } from "#runtime";
import type { DownloadVersion } from "../download/download-version.ts";
import { headFile } from "../file-operations.ts";
import type { components } from "../raw/index.ts";
import { AuthorizationError, NotFoundError, RefusedError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import type { RereadableSource, Source } from "../upload/source.ts";
import { type Destination, type UploadOptions, uploadSource } from "../upload/upload.ts";
import { composeOpened, place } from "./compose.ts";

type FileVersion = components["schemas"]["FileVersion"];

/**
 * Stores a source whose beginning may be stored already, under the same name: copies that inside the service and sends
 * the rest only. Sends everything where the stored file has fewer bytes than a part, or is not the beginning.
 */
export async function uploadIncrementally(
  session: Session,
  to: Destination,
  source: Source,
  options: UploadOptions,
): Promise<FileVersion> {
  if (!source.isRereadable) {
    return await uploadSource(session, to, source, options);
  }
  const stored = await findStored(session, to, source, options);
  const sha1 = stored && (await digestIfBeginning(source, stored, options.signal));
  if (stored === undefined || sha1 === undefined) {
    return await uploadSource(session, to, source, options);
  }
  const { id: fileId, size, serverSideEncryption } = stored;
  const encryption = serverSideEncryption.mode === "SSE-C" ? options.encryption : undefined;
  const beginning = { fileId, offset: 0, length: size, size, encryption };
  // They overlap, and what can be copied is not sent.
  return await composeOpened(session, to, [place(beginning, 0), place(source, 0)], {
    ...options,
    fileInfo: {
      ...(source.modTimeMillis !== undefined && { src_last_modified_millis: String(source.modTimeMillis) }),
      ...options.fileInfo,
      large_file_sha1: sha1,
    },
  });
}

/** Finds the newest version of the name if it may be the beginning of the source. */
async function findStored(
  session: Session,
  { bucketName, fileName }: Destination,
  { length }: RereadableSource,
  { encryption, signal }: UploadOptions,
): Promise<DownloadVersion | undefined> {
  const { absoluteMinimumPartSize } = (await session.authorization(signal)).apiInfo.storageApi;
  if (length < absoluteMinimumPartSize) {
    return undefined;
  }
  const options = { signal, ...(encryption !== undefined && { encryption }) };
  try {
    const stored = await headFile(session, bucketName, fileName, options);
    const isUsable = stored.size >= absoluteMinimumPartSize && stored.size <= length;
    return isUsable && stored.contentSha1 !== undefined ? stored : undefined;
  } catch (error) {
    if (isNotForUs(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Tells whether there is no such file, or none that this key, or this customer key, can read. */
function isNotForUs(error: unknown): boolean {
  return [NotFoundError, AuthorizationError, RefusedError].some((kind) => error instanceof kind);
}

/** Gives the SHA-1 of the whole source if it begins with what is stored; one pass, or less where it does not. */
async function digestIfBeginning(
  source: RereadableSource,
  { size, contentSha1 }: DownloadVersion,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const whole = createSha1();
  for await (const chunk of source.chunks(0, size)) {
    signal?.throwIfAborted();
    whole.update(chunk);
  }
  if (whole.copy().hex() !== contentSha1) {
    return undefined;
  }
  for await (const chunk of source.chunks(size)) {
    signal?.throwIfAborted();
    whole.update(chunk);
  }
  return whole.hex();
}
