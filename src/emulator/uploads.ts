import { storeBody } from "./body.ts";
import { baseUrl, type Call, type Handler } from "./call.ts";
import { encryptionInHeaders } from "./encryption.ts";
import { versionForm } from "./forms.ts";
import { newUploadUrlId } from "./ids.ts";
import { findBucket } from "./lookup.ts";
import { checkUploadTimestamp, describeFile, newVersion } from "./new-version.ts";
import { badRequest, badToken } from "./refusal.ts";
import { lockInHeaders } from "./retention.ts";
import type { UploadToken } from "./tokens.ts";
import { readHeaders } from "./upload-headers.ts";

export const getUploadUrl: Handler<"b2_get_upload_url"> = (call) => {
  const { bucketId } = findBucket(call, call.body.bucketId);
  return { bucketId, ...issueUploadUrl(call, "b2_upload_file", bucketId) };
};

/** Makes an upload URL with the token that belongs to it. */
export function issueUploadUrl(
  { service, caller, route, request }: Call<"b2_get_upload_url"> | Call<"b2_get_upload_part_url">,
  operation: "b2_upload_file" | "b2_upload_part",
  bucketId: string,
  fileId?: string,
): { uploadUrl: string; authorizationToken: string } {
  const { applicationKeyId } = caller.key;
  const path = `/b2api/v${route.version}/${operation}/${fileId ?? bucketId}/${newUploadUrlId()}`;
  const token: UploadToken = { kind: "upload", applicationKeyId, path, bucketId, fileId };
  const authorizationToken = service.tokens.issue(token, service.clock.now());
  return { uploadUrl: baseUrl(request) + path, authorizationToken };
}

/** The upload token of a call, which must belong to the URL that was called. */
export function uploadTokenOf({
  caller,
  route,
}: Call<"b2_upload_file"> | Call<"b2_upload_part">): UploadToken {
  const { token } = caller;
  if (token?.kind === "upload" && token.path === route.path) return token;
  throw badToken("The authorization token belongs to another upload URL");
}

/** Lets an upload run while its token is reserved for it. */
export async function oneAtATime<Answer>(
  { service, request }: Call<"b2_upload_file"> | Call<"b2_upload_part">,
  upload: () => Promise<Answer>,
): Promise<Answer> {
  const free = service.tokens.occupy(request.headers.authorization ?? "");
  try {
    return await upload();
  } finally {
    free();
  }
}

export const uploadFile: Handler<"b2_upload_file"> = (call) => {
  const { bucketId } = uploadTokenOf(call);
  return oneAtATime(call, async () => {
    const headers = readHeaders(call);
    const fileName = headers["X-Bz-File-Name"];
    call.caller.requirePrefix(fileName);
    const contentType = headers["Content-Type"];
    if (!contentType) throw badRequest("The Content-Type header is missing");
    const now = call.service.clock.now();
    const serverSideEncryption = encryptionInHeaders(call.request);
    const fileRequest = {
      fileName,
      contentType,
      fileInfo: headers["X-Bz-Info-*"] ?? {},
      ...(serverSideEncryption && { serverSideEncryption }),
      ...lockInHeaders(headers),
    };
    const description = describeFile(call.id, findBucket(call, bucketId), fileRequest, now);
    const chosen = checkUploadTimestamp(headers["X-Bz-Custom-Upload-Timestamp"], now);
    return storeBody(call, headers["X-Bz-Content-Sha1"], (body) => {
      findBucket(call, bucketId); // it may be gone by now
      const version = newVersion(
        call.service,
        "small",
        {
          ...description,
          action: "upload",
          contentLength: body.length,
          contentSha1: body.contentSha1,
          contentMd5: body.md5,
          pieces: body.pieces,
        },
        chosen,
      );
      call.service.store.commit(["version", version.fileId, version]);
      call.service.webhooks.report("b2:ObjectCreated:Upload", version);
      return versionForm(version, call.service.store.account.accountId, call.caller);
    });
  });
};
