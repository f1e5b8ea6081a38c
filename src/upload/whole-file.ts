import type { components, RawClient } from "../raw/index.ts";
import { ChecksumError, RestrictionError } from "../session/errors.ts";
import { fileInfoOf, isSameFileInfo, toHeaderParameters } from "./file-settings.ts";
import { findVersionSince } from "./lost-version.ts";
import { explainRefusal, type Piece, prepareSending, type Sending } from "./piece.ts";
import type { UploadJob } from "./upload.ts";

type FileVersion = components["schemas"]["FileVersion"];

/**
 * Stores a file with one request. When the answer is lost after everything was sent, it looks for the version before
 * it sends the file again; a key that may not list files cannot, and may leave the same content stored twice.
 */
export async function uploadWhole(job: UploadJob, piece: Piece): Promise<FileVersion> {
  const { session, to, options, settings, progress } = job;
  const { signal } = options;
  const { bucketId, bucketName, fileName } = to;
  const parameters = toHeaderParameters(settings);
  const startedMillis = Date.now();
  let sending: Sending | undefined;
  const send = (raw: RawClient) =>
    session.uploadUrls.lend(
      bucketId,
      () => askForUrl(job),
      async ({ uploadUrl, authorizationToken }) => {
        sending = await prepareSending(piece, progress, 0);
        const { header, body, onSha1, check } = sending;
        const answer = await raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
          params: {
            path: { uploadUrl },
            header: {
              Authorization: authorizationToken,
              "X-Bz-File-Name": fileName,
              ...header,
              ...parameters,
            },
          },
          body,
          onSha1,
          signal,
        });
        if (answer.data !== undefined) {
          check(answer.data.contentSha1);
        }
        return answer;
      },
    );
  const look = async () => await findLostUpload(job, piece.length, sending?.sentSha1(), startedMillis);
  const gained = () => progress.of(0);
  const context = { bucketId, bucketName, fileName, signal, gained, look };
  const transfer = () => session.transfer("b2_upload_file", send, context);
  try {
    const { data } = await transfer();
    progress.reached(0, piece.length);
    return data;
  } catch (error) {
    throw await explainRefusal(
      error,
      piece,
      (sha1) => new ChecksumError(wrongContent(sha1, piece), { bucketName, fileName }),
    );
  }
}

async function askForUrl({ session, to: { bucketId, bucketName }, options: { signal } }: UploadJob) {
  const { data } = await session.call(
    "b2_get_upload_url",
    (raw) => raw.POST("/b2api/v4/b2_get_upload_url", { body: { bucketId }, signal }),
    { bucketId, bucketName, signal },
  );
  return data;
}

/** Finds the version that an upload made although its answer was lost. */
async function findLostUpload(
  { session, to, settings, options: { signal } }: UploadJob,
  length: number,
  sha1: string | undefined,
  startedMillis: number,
) {
  if (sha1 === undefined) {
    return undefined; // The service cannot have had everything.
  }
  const fileInfo = fileInfoOf(settings);
  const isIt = (version: FileVersion) =>
    version.action === "upload" &&
    version.contentLength === length &&
    version.contentSha1 === sha1 &&
    isSameFileInfo(version.fileInfo, fileInfo);
  try {
    const asked = { startedMillis, customUploadTimestamp: settings.customUploadTimestamp };
    return await findVersionSince(session, to, asked, isIt, signal);
  } catch (error) {
    if (error instanceof RestrictionError) {
      return undefined;
    }
    throw error;
  }
}

/** Says that content is not what its given SHA-1 promised. */
export function wrongContent(sha1: string, { sha1: expected }: Pick<Piece, "sha1">): string {
  return `The content has the SHA-1 ${sha1}, not ${expected} as it should: nothing was stored`;
}
