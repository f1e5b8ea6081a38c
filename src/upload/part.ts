import { rangeOf } from "../copy/copy-plan.ts";
import { type CustomerKey, decryptionHeaders } from "../encryption.ts";
import type { Session } from "../session/session.ts";
import { type FileSettings, toWireEncryption } from "./file-settings.ts";
import type { Progress } from "./progress.ts";
import { UploadUrlPool } from "./upload-urls.ts";

/** A part whose bytes are sent. */
export interface UploadedPart {
  /** 1 for the first part. */
  readonly partNumber: number;
  readonly length: number;
  /** SHA-1 of the bytes as hex digits; computed while they are sent when it is not known. */
  readonly sha1?: string | undefined;
  /** Gives the bytes, anew for each attempt. A chunk is valid until the next one is asked for. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Is called when the part is stored, and its bytes are not needed any more. */
  release?(): void;
}

/** A part that the service copies from a stored file. */
export interface CopiedPart {
  /** 1 for the first part. */
  readonly partNumber: number;
  /** The file to copy from. */
  readonly fileId: string;
  /** First byte in that file. */
  readonly offset: number;
  readonly length: number;
  /** The key of a file that was encrypted with one of yours. */
  readonly sourceKey?: CustomerKey | undefined;
}

/** One part of a large file to be stored. */
export type LargeFilePart = UploadedPart | CopiedPart;

/** The large file that a part belongs to. */
export interface PartTarget {
  readonly session: Session;
  readonly fileId: string;
  /** Names the file in errors. */
  readonly to: { readonly bucketName?: string | undefined; readonly fileName: string };
  readonly settings: FileSettings;
  readonly urls: UploadUrlPool;
  readonly progress: Progress;
}

/**
 * Stores one part and gives its SHA-1. A part that is stored twice replaces itself, so after a failure it is simply
 * sent or copied again.
 */
export async function makePart(
  target: PartTarget,
  part: LargeFilePart,
  signal: AbortSignal,
): Promise<string> {
  if ("fileId" in part) {
    const sha1 = await copyPart(target, part, signal);
    target.progress.reached(part.partNumber, part.length);
    return sha1;
  }
  const sha1 = await uploadPart(target, part, signal);
  part.release?.();
  return sha1;
}

/** Creates the pool of upload URLs of one large file. */
export function partUploadUrls(session: Session, fileId: string): UploadUrlPool {
  return new UploadUrlPool(async () => {
    const { data } = await session.call("b2_get_upload_part_url", (raw) =>
      raw.POST("/b2api/v4/b2_get_upload_part_url", { body: { fileId } }),
    );
    return data;
  });
}

async function uploadPart(
  { session, fileId, to, settings, urls, progress }: PartTarget,
  { partNumber, length, sha1 = "hex_digits_at_end", chunks }: UploadedPart,
  signal: AbortSignal,
): Promise<string> {
  const send = (attempt: number) =>
    urls.lend(({ uploadUrl, authorizationToken }) =>
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
        body: progress.watch(partNumber, chunks()),
        signal,
        attempt,
      }),
    );
  const { bucketName, fileName } = to;
  const { data } = await session.transfer("b2_upload_part", send, {
    bucketName,
    fileName,
    fileId,
    partNumber,
    signal,
  });
  return data.contentSha1;
}

async function copyPart(
  { session, fileId, to, settings: { encryption } }: PartTarget,
  { fileId: sourceFileId, partNumber, offset, length, sourceKey }: CopiedPart,
  signal: AbortSignal,
): Promise<string> {
  const body = {
    sourceFileId,
    largeFileId: fileId,
    partNumber,
    range: rangeOf({ offset, length }),
    ...(sourceKey !== undefined && { sourceServerSideEncryption: sourceKey.toWire() }),
    // Parts take SSE-B2 from their file, but a customer's key must come with each.
    ...(encryption?.mode === "SSE-C" && { destinationServerSideEncryption: toWireEncryption(encryption) }),
  };
  const { data } = await session.call(
    "b2_copy_part",
    (raw) => raw.POST("/b2api/v4/b2_copy_part", { body, signal }),
    { ...to, fileId, partNumber, signal },
  );
  if (data.contentLength !== length) {
    throw new RangeError(
      `The service copied ${data.contentLength} bytes of file ${sourceFileId} instead of ${length}: the range reaches behind its end`,
    );
  }
  return data.contentSha1;
}
