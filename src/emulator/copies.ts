import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Call, Handler } from "./call.ts";
import { type Piece, slice } from "./contents.ts";
import { spanOf } from "./downloads.ts";
import { type CustomerKey, requireKey } from "./encryption.ts";
import { versionForm } from "./forms.ts";
import { partForm, storePart } from "./large-files.ts";
import { findBucket, findUnfinished } from "./lookup.ts";
import { describeFile, type FileRequest, newVersion } from "./new-version.ts";
import { badRequest, notFound, Refusal } from "./refusal.ts";
import type { StoredVersion } from "./store.ts";
import type { RequestOf } from "./wire.ts";

/** Most content of one copy. The service's pages say 5 GB. */
const largestBytes = 5_000_000_000;

type CopyCall = Call<"b2_copy_file"> | Call<"b2_copy_part">;

/** What a copy takes from its source. */
interface CopiedContent {
  readonly pieces: readonly Piece[];
  readonly length: number;
  readonly sha1: string;
  readonly md5: string | null;
}

export const copyFile: Handler<"b2_copy_file"> = async (call) => {
  const { service, body, caller } = call;
  const { store, clock } = service;
  const source = findSource(call);
  const bucketId = body.destinationBucketId ?? source.bucketId;
  caller.requirePrefix(body.fileName);
  const description = describeFile(
    call.id,
    findBucket(call, bucketId),
    fileRequest(body, source),
    clock.now(),
  );
  return copyContent(call, source, body.sourceServerSideEncryption, ({ pieces, length, sha1, md5 }) => {
    findBucket(call, bucketId); // it may be gone by now
    const version = newVersion(service, "small", {
      ...description,
      action: "upload",
      contentLength: length,
      contentSha1: sha1,
      contentMd5: md5,
      pieces,
    });
    store.commit(["version", version.fileId, version]);
    service.webhooks.report("b2:ObjectCreated:Copy", version);
    return { ...versionForm(version, store.account.accountId, caller), action: "copy" };
  });
};

export const copyPart: Handler<"b2_copy_part"> = (call) => {
  const { body } = call;
  const source = findSource(call);
  const file = findUnfinished(call, body.largeFileId);
  checkDestination(file, body.destinationServerSideEncryption);
  return copyContent(call, source, body.sourceServerSideEncryption, ({ pieces, length, sha1, md5 }) => {
    const current = findUnfinished(call, body.largeFileId); // it may be finished or cancelled by now
    const content = { pieces, length, contentSha1: sha1, md5 };
    return partForm(storePart(call.service, current, body.partNumber, content));
  });
};

/** Parts are encrypted like their large file: a customer key has to be repeated, SSE-B2 need not be. */
function checkDestination(
  file: StoredVersion,
  wanted: RequestOf<"b2_copy_part">["destinationServerSideEncryption"],
) {
  if (wanted?.mode === "SSE-B2" && file.encryption.mode !== "SSE-B2") {
    throw badRequest("The large file was not started with SSE-B2");
  }
  requireKey(file, wanted);
}

/** Finds a stored file that the caller may read: files of public buckets, else with readFiles. */
function findSource({ service, caller, body }: CopyCall): StoredVersion {
  const source = service.store.versions.get(body.sourceFileId);
  if (!source) throw notFound(`File ${body.sourceFileId} does not exist`);
  const isPublic = service.store.buckets.get(source.bucketId)?.bucketType === "allPublic";
  if (!isPublic && !(caller.can("readFiles") && caller.reaches(source))) {
    throw new Refusal(403, "access_denied", "The application key may not read the source");
  }
  if (source.action !== "upload") throw badRequest(`${body.sourceFileId} is not a stored file`);
  return source;
}

/** Takes content type and file info from the source (`COPY`) or from the request (`REPLACE`), never from both. */
function fileRequest(body: RequestOf<"b2_copy_file">, source: StoredVersion): FileRequest {
  const { fileName, fileRetention, legalHold, destinationServerSideEncryption: wanted } = body;
  return {
    fileName,
    ...metadataOf(body, source),
    ...(wanted && wanted.mode !== "none" && { serverSideEncryption: wanted }),
    ...(fileRetention && { fileRetention }),
    ...(legalHold && { legalHold }),
  };
}

function metadataOf(
  { metadataDirective, contentType, fileInfo }: RequestOf<"b2_copy_file">,
  source: StoredVersion,
): Pick<FileRequest, "contentType" | "fileInfo"> {
  if (metadataDirective === "REPLACE") {
    if (contentType === undefined) throw badRequest("metadataDirective REPLACE needs a contentType");
    return { contentType, fileInfo: fileInfo ?? {} };
  }
  if (contentType !== undefined) throw badRequest("contentType is only for metadataDirective REPLACE");
  if (fileInfo !== undefined) throw badRequest("fileInfo is only for metadataDirective REPLACE");
  return { contentType: source.contentType, fileInfo: source.fileInfo };
}

/**
 * Copies a source, or the range of it that a request names, and hands the result over. No bytes are written: the copy
 * shares the pieces of its source. They are read only where the digest is not known yet.
 */
async function copyContent<Answer>(
  { service, body }: CopyCall,
  source: StoredVersion,
  key: CustomerKey | undefined,
  keep: (content: CopiedContent) => Answer,
): Promise<Answer> {
  requireKey(source, key);
  const { start, length } = rangeOf(body.range, source.contentLength);
  if (length > largestBytes) throw new Refusal(400, "source_too_large", `Copy source too big: ${length}`);
  const pieces = slice(source.pieces, start, length);
  const { contents } = service;
  contents.hold(pieces); // the source may be deleted before its bytes are hashed
  try {
    const isWhole = length === source.contentLength && source.contentSha1 !== "none";
    const sha1 = isWhole ? source.contentSha1 : await sha1Of(contents.read(pieces, 0, length));
    return keep({ pieces, length, sha1, md5: isWhole ? source.contentMd5 : null });
  } finally {
    contents.release(pieces);
  }
}

/** Like a download's, but a range that ends before it begins would copy everything: it is refused. */
function rangeOf(
  range: string | undefined,
  size: number,
): Pick<ReturnType<typeof spanOf>, "start" | "length"> {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
  if (Number(first) > Number(last)) throw badRequest(`The range ${range} ends before it begins`);
  return spanOf(range, size);
}

/** Lets other calls go on between the chunks. */
async function sha1Of(chunks: Iterable<Buffer>): Promise<string> {
  const hash = createHash("sha1");
  for (const chunk of chunks) {
    hash.update(chunk);
    await setImmediate();
  }
  return hash.digest("hex");
}
