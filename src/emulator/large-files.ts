import { type StoredBody, storeBody } from "./body.ts";
import type { Handler } from "./call.ts";
import { versionForm } from "./forms.ts";
import { findBucket, findUnfinished } from "./lookup.ts";
import { describeFile, newVersion } from "./new-version.ts";
import { badRequest, badToken, Refusal } from "./refusal.ts";
import { partKey, type StoredPart, type StoredVersion } from "./store.ts";
import { readHeaders } from "./upload-headers.ts";
import { issueUploadUrl, oneAtATime, uploadTokenOf } from "./uploads.ts";
import type { Schemas } from "./wire.ts";

const defaultCount = 100;
const mostPartsListed = 1000;
const mostFilesListed = 100;

export const startLargeFile: Handler<"b2_start_large_file"> = (call) => {
  const { service, body, caller } = call;
  const { store } = service;
  const missing = (["customUploadTimestamp", "fileRetention", "legalHold"] as const).find(
    (field) => body[field],
  );
  const isCustomerKey = body.serverSideEncryption?.mode === "SSE-C";
  if (missing || isCustomerKey) {
    throw new Refusal(501, "not_implemented", `The emulator does not have ${missing ?? "SSE-C"} yet`);
  }
  caller.requirePrefix(body.fileName);
  const file = newVersion(service, "large", {
    ...describeFile(findBucket(call, body.bucketId), {
      fileName: body.fileName,
      contentType: body.contentType,
      fileInfo: body.fileInfo ?? {},
      wantsEncryption: body.serverSideEncryption !== undefined,
    }),
    action: "start",
    contentLength: 0,
    contentSha1: "none",
    contentMd5: null,
    pieces: [],
  });
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
    findUnfinished(call, fileId);
    return storeBody(call, headers["X-Bz-Content-Sha1"], (body) => {
      const file = findUnfinished(call, fileId); // it may be finished or cancelled by now
      const part = newPart(file, partNumber, body, call.service.clock.now());
      call.service.store.commit(["part", partKey(fileId, partNumber), part]);
      return partForm(part);
    });
  });
};

function newPart(file: StoredVersion, partNumber: number, body: StoredBody, now: number): StoredPart {
  if (body.length === 0) throw badRequest("A part has at least one byte");
  return {
    fileId: file.fileId,
    partNumber,
    contentLength: body.length,
    contentSha1: body.contentSha1,
    contentMd5: body.md5,
    serverSideEncryption: file.encryption,
    uploadTimestamp: now,
    pieces: body.pieces,
  };
}

function partForm({ pieces: _, ...part }: StoredPart): Schemas["Part"] {
  return part;
}

export const listParts: Handler<"b2_list_parts"> = (call) => {
  const { service, body } = call;
  const { fileId } = findUnfinished(call, body.fileId);
  const start = body.startPartNumber ?? 1;
  const parts = service.store.partsOf(fileId).filter(({ partNumber }) => partNumber >= start);
  const count = pageSize("maxPartCount", body.maxPartCount, mostPartsListed);
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
  const count = pageSize("maxFileCount", body.maxFileCount, mostFilesListed);
  return {
    files: files.slice(0, count).map((file) => versionForm(file, store.account.accountId, caller)),
    nextFileId: files[count]?.fileId ?? null,
  };
};

/** Zero asks for the default. */
function pageSize(field: string, count = 0, most: number): number {
  if (count < 0 || count > most) throw badRequest(`${field} must be between 0 and ${most}`);
  return count || defaultCount;
}

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
  if (digests.length === 0) throw badRequest("partSha1Array is empty");
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
