import { type StoredBody, storeBody } from "./body.ts";
import type { Handler } from "./call.ts";
import { customerKeyInHeaders, requireKey } from "./encryption.ts";
import { versionForm } from "./forms.ts";
import { findBucket, findUnfinished } from "./lookup.ts";
import { checkUploadTimestamp, describeFile, newVersion } from "./new-version.ts";
import { badRequest, badToken, Refusal } from "./refusal.ts";
import type { Service } from "./service.ts";
import { partKey, type StoredPart, type StoredVersion } from "./store.ts";
import { readHeaders } from "./upload-headers.ts";
import { issueUploadUrl, oneAtATime, uploadTokenOf } from "./uploads.ts";
import type { Schemas } from "./wire.ts";

/** Size of a page that asks for none. */
const defaultCount = 100;

export const startLargeFile: Handler<"b2_start_large_file"> = (call) => {
  const { service, body, caller } = call;
  const { store } = service;
  caller.requirePrefix(body.fileName);
  const now = service.clock.now();
  const chosen = checkUploadTimestamp(body.customUploadTimestamp, now);
  const file = newVersion(
    service,
    "large",
    {
      ...describeFile(call.id, findBucket(call, body.bucketId), body, now),
      action: "start",
      contentLength: 0,
      contentSha1: "none",
      contentMd5: null,
      pieces: [],
    },
    chosen,
  );
  store.commit(["version", file.fileId, file]);
  return versionForm(file, store.account.accountId, caller);
};

export const getUploadPartUrl: Handler<"b2_get_upload_part_url"> = (call) => {
  const { fileId, bucketId } = findUnfinished(call, call.body.fileId);
  return { fileId, ...issueUploadUrl(call, "b2_upload_part", bucketId, fileId) };
};

export const uploadPart: Handler<"b2_upload_part"> = (call) => {
  const { fileId } = uploadTokenOf(call);
  if (fileId === undefined) throw badToken("The authorization token is not for parts");
  return oneAtATime(call, async () => {
    const headers = readHeaders(call);
    const partNumber = headers["X-Bz-Part-Number"];
    requireKey(findUnfinished(call, fileId), customerKeyInHeaders(call.request));
    return storeBody(call, headers["X-Bz-Content-Sha1"], (body) => {
      const file = findUnfinished(call, fileId); // it may be finished or cancelled by now
      return partForm(storePart(call.service, file, partNumber, body));
    });
  });
};

/** Keeps a part in place of the one with its number. */
export function storePart(
  { store, clock }: Service,
  file: StoredVersion,
  partNumber: number,
  { pieces, length, contentSha1, md5 }: Pick<StoredBody, "pieces" | "length" | "contentSha1" | "md5">,
): StoredPart {
  if (length === 0) throw badRequest("A part has at least one byte");
  const part: StoredPart = {
    fileId: file.fileId,
    partNumber,
    contentLength: length,
    contentSha1,
    contentMd5: md5,
    serverSideEncryption: file.encryption,
    uploadTimestamp: clock.now(),
    pieces,
  };
  store.commit(["part", partKey(file.fileId, partNumber), part]);
  return part;
}

/** Shows a part. */
export function partForm({ pieces: _, ...part }: StoredPart): Schemas["Part"] {
  return part;
}

export const listParts: Handler<"b2_list_parts"> = (call) => {
  const { service, body } = call;
  const { fileId } = findUnfinished(call, body.fileId);
  const start = body.startPartNumber ?? 1;
  const parts = service.store.partsOf(fileId).filter(({ partNumber }) => partNumber >= start);
  const count = body.maxPartCount ?? defaultCount;
  return { parts: parts.slice(0, count).map(partForm), nextPartNumber: parts[count]?.partNumber ?? null };
};

export const listUnfinishedLargeFiles: Handler<"b2_list_unfinished_large_files"> = (call) => {
  const { service, body, caller } = call;
  const { store } = service;
  const { bucketId } = findBucket(call, body.bucketId);
  const { namePrefix = "", startFileId = "" } = body;
  caller.requirePrefix(namePrefix);
  const files = store
    .unfinishedIn(bucketId)
    .filter(({ fileId, fileName }) => fileId >= startFileId && fileName.startsWith(namePrefix));
  const count = body.maxFileCount ?? defaultCount;
  return {
    files: files.slice(0, count).map((file) => versionForm(file, store.account.accountId, caller)),
    nextFileId: files[count]?.fileId ?? null,
  };
};

export const finishLargeFile: Handler<"b2_finish_large_file"> = (call) => {
  const { service, body, caller } = call;
  const { store } = service;
  const file = findUnfinished(call, body.fileId);
  const parts = store.partsOf(file.fileId);
  checkParts(parts, body.partSha1Array, service.minimumPartSizeBytes);
  const finished: StoredVersion = {
    ...file,
    action: "upload",
    contentLength: parts.reduce((sum, { contentLength }) => sum + contentLength, 0),
    pieces: parts.flatMap(({ pieces }) => pieces),
  };
  const [, ...partRemovals] = store.removalOf(file);
  store.commit(["version", file.fileId, finished], ...partRemovals);
  service.webhooks.report("b2:ObjectCreated:MultipartUpload", finished);
  return versionForm(finished, store.account.accountId, caller);
};

/** Refuses to finish a file whose parts are not those that the client lists, in number, digest and size. */
function checkParts(parts: readonly StoredPart[], digests: readonly string[], minimumBytes: number): void {
  for (const [index, digest] of digests.entries()) {
    const partNumber = index + 1;
    const part = parts[index];
    if (part?.partNumber !== partNumber) {
      throw new Refusal(400, "missing_part", `Part number ${partNumber} has not been uploaded`);
    }
    if (part.contentSha1.replace("unverified:", "") !== digest.replace("unverified:", "").toLowerCase()) {
      throw new Refusal(400, "part_sha1_mismatch", `Sha1 of part number ${partNumber} does not match`);
    }
    if (partNumber < digests.length && part.contentLength < minimumBytes) {
      throw badRequest(`Part number ${partNumber} is smaller than ${minimumBytes} bytes`);
    }
  }
  const extra = parts[digests.length];
  if (extra) throw badRequest(`partSha1Array ends before part number ${extra.partNumber}`);
}

export const cancelLargeFile: Handler<"b2_cancel_large_file"> = (call) => {
  const { store } = call.service;
  const file = findUnfinished(call, call.body.fileId);
  store.commit(...store.removalOf(file));
  const { fileId, bucketId, fileName } = file;
  return { fileId, accountId: store.account.accountId, bucketId, fileName };
};
