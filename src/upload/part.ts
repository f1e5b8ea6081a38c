import { rangeOf } from "../copy/copy-plan.ts";
import { type CustomerKey, decryptionHeaders } from "../encryption.ts";
import type { RawClient } from "../raw/index.ts";
import { LocalFileError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import { toWireEncryption } from "./file-settings.ts";
import type { LargeFileJob } from "./large-file.ts";
import { explainRefusal, type Piece, prepareSending } from "./piece.ts";

/** A part whose bytes are sent. */
export interface UploadedPart extends Piece {
  /** 1 for the first part. */
  readonly partNumber: number;
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
export interface PartTarget extends LargeFileJob {
  readonly fileId: string;
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
  if (!("fileId" in part)) {
    return await uploadPart(target, part, signal);
  }
  const sha1 = await copyPart(target, part, signal);
  target.progress.reached(part.partNumber, part.length);
  return sha1;
}

async function uploadPart(target: PartTarget, part: UploadedPart, signal: AbortSignal): Promise<string> {
  const { session, fileId, to, settings, progress } = target;
  const { partNumber } = part;
  const { bucketName, fileName } = to;
  const context = { bucketName, fileName, fileId, partNumber, signal };
  const encryption = decryptionHeaders(settings.encryption);
  const ask = () => askForUrl(session, fileId, signal);
  const send = (raw: RawClient) =>
    session.uploadUrls.lend(fileId, ask, async ({ uploadUrl, authorizationToken }) => {
      const { header, body, onSha1, check } = await prepareSending(part, progress, partNumber);
      const answer = await raw.POST("/b2api/v4/b2_upload_part/{uploadUrl}", {
        params: {
          path: { uploadUrl },
          header: {
            Authorization: authorizationToken,
            "X-Bz-Part-Number": partNumber,
            ...header,
            ...encryption,
          },
        },
        ...{ body, onSha1, signal },
      });
      if (answer.data !== undefined) {
        check(answer.data.contentSha1);
      }
      return answer;
    });
  try {
    const gained = () => progress.of(partNumber);
    const { data } = await session.transfer("b2_upload_part", send, { ...context, gained });
    return data.contentSha1;
  } catch (error) {
    throw await explainRefusal(error, part, (sha1) => new LocalFileError(changed(partNumber, sha1), context));
  }
}

function changed(partNumber: number, sha1: string): string {
  return `The content changed while it was sent: part ${partNumber} has the SHA-1 ${sha1} now; upload it again when it is at rest`;
}

async function askForUrl(session: Session, fileId: string, signal: AbortSignal) {
  const { data } = await session.call(
    "b2_get_upload_part_url",
    (raw) => raw.POST("/b2api/v4/b2_get_upload_part_url", { body: { fileId }, signal }),
    { fileId, signal },
  );
  return data;
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
