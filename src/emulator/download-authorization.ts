import { isDeepStrictEqual } from "node:util";
import type { Call, Handler } from "./call.ts";
import { checkHeaderValue, refuseExtendedParameters } from "./header-values.ts";
import { findBucket } from "./lookup.ts";
import { percentEncode } from "./percent-encoding.ts";
import { badRequest, unauthorized } from "./refusal.ts";
import type { StoredBucket, StoredVersion } from "./store.ts";
import type { DownloadToken } from "./tokens.ts";

/** A call of one of the operations that answer a file. */
export type DownloadCall =
  | Call<"b2_download_file_by_id">
  | Call<"b2_download_file_by_name">
  | Call<"b2_head_file_by_name">;

type Headers = Readonly<Record<string, string>>;

/** Fields that replace headers of a download, and those headers. */
const replaceable: Headers = {
  b2ContentDisposition: "Content-Disposition",
  b2ContentLanguage: "Content-Language",
  b2Expires: "Expires",
  b2CacheControl: "Cache-Control",
  b2ContentEncoding: "Content-Encoding",
  b2ContentType: "Content-Type",
};

/** Room for headers of a download that the uploader and the downloader choose; less for encrypted files. */
const headerLimits = { usual: 7000, encrypted: 2048 };

/** Download authorizations live in memory: they end with the server, and with the key that made them. */
export const getDownloadAuthorization: Handler<"b2_get_download_authorization"> = (call) => {
  const { service, body, caller } = call;
  const { bucketId } = findBucket(call, body.bucketId);
  const { fileNamePrefix, validDurationInSeconds } = body;
  caller.requirePrefix(fileNamePrefix);
  if (Buffer.byteLength(fileNamePrefix) > 1024) throw badRequest("fileNamePrefix is longer than 1024 bytes");
  refuseExtendedParameters(body.b2ContentDisposition ?? "");
  const token: DownloadToken = {
    kind: "download",
    applicationKeyId: caller.key.applicationKeyId,
    bucketId,
    fileNamePrefix,
    overrides: replacedHeaders(body),
  };
  const authorizationToken = service.tokens.issue(token, service.clock.now(), validDurationInSeconds * 1000);
  return { bucketId, fileNamePrefix, authorizationToken };
};

/** Lets anybody read public buckets; private ones need a key with readFiles or a download authorization. */
export function requireAccess(call: DownloadCall, bucket: StoredBucket, fileName: string): void {
  const { caller } = call;
  const replaced = replacedHeaders(call.body);
  if (bucket.bucketType === "allPublic" && Object.keys(replaced).length === 0) return;
  if (caller.isAnonymous) throw unauthorized("This download needs authorization");
  if (caller.token?.kind === "download") {
    checkAuthorization(call, caller.token, bucket, fileName, replaced);
  } else if (bucket.bucketType !== "allPublic") {
    caller.require("readFiles");
    caller.requireFile({ bucketId: bucket.bucketId, fileName });
  }
}

/** A download authorization covers names with its prefix, and only with the headers that it was made for. */
function checkAuthorization(
  { id }: DownloadCall,
  token: DownloadToken,
  { bucketId }: StoredBucket,
  fileName: string,
  replaced: Headers,
): void {
  if (id === "b2_download_file_by_id")
    throw unauthorized("Download authorizations are for downloads by name");
  if (token.bucketId !== bucketId || !fileName.startsWith(token.fileNamePrefix)) {
    throw unauthorized("The download authorization is for other files");
  }
  if (!isDeepStrictEqual(replaced, token.overrides)) {
    throw unauthorized("The download authorization was made for other b2Content values");
  }
}

/**
 * Puts the headers that a download asks for in place of those that its file has.
 *
 * @param own - Headers that come from the file info.
 * @throws Refusal 400 when a value is not legal, or all of them together take too much room.
 */
export function withReplacedHeaders(call: DownloadCall, version: StoredVersion, own: Headers): Headers {
  const replaced = replacedHeaders(call.body);
  const all = { ...own, ...replaced };
  if (Object.keys(replaced).length > 0) checkRoom(version, all);
  return all;
}

/** Counts what an upload counts, and what was replaced: a file as it was uploaded always fits. */
function checkRoom({ fileName, encryption }: StoredVersion, headers: Headers): void {
  const room = encryption.mode === null ? headerLimits.usual : headerLimits.encrypted;
  const bytes = Object.entries(headers).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    percentEncode(fileName).length,
  );
  if (bytes > room) throw badRequest(`The response headers are too long: ${bytes} bytes, at most ${room}`);
}

function replacedHeaders(fields: object): Headers {
  const replaced: Record<string, string> = {};
  for (const [field, value] of Object.entries(fields)) {
    const header = Object.hasOwn(replaceable, field) ? replaceable[field] : undefined;
    if (header === undefined) continue;
    checkHeaderValue(header, String(value));
    replaced[header] = String(value);
  }
  return replaced;
}
