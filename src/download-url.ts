import { percentEncode } from "./raw/index.ts";
import type { CallOptions, Session } from "./session/session.ts";

/** Gives the URL of a file by name or of a version by id; asks for nothing once the account is authorized. */
export async function downloadUrl(
  session: Session,
  file: { readonly bucketName: string; readonly fileName: string } | { readonly fileId: string },
  { signal }: CallOptions = {},
): Promise<string> {
  const { downloadUrl: base } = (await session.authorization(signal)).apiInfo.storageApi;
  return "fileId" in file
    ? `${base}/b2api/v4/b2_download_file_by_id?fileId=${encodeURIComponent(file.fileId)}`
    : `${base}/file/${percentEncode(file.bucketName)}/${percentEncode(file.fileName)}`;
}
