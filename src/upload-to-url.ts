import type { components } from "./raw/index.ts";
import type { UploadTarget, UploadToUrlOptions } from "./upload/handed-url.ts";
import type { UploadSource } from "./upload/source.ts";

/**
 * Stores a file with nothing but an upload URL and its token, which somebody with an account handed out: a page of the
 * browser needs no application key. Resolves with what the service says of the file once it has confirmed its SHA-1.
 *
 * Makes one request, so that 5 GB is the most. Memory does not grow with the content's size. Give a function as the
 * target where your server can be asked again: it is called for each attempt, and only a URL of its own helps after
 * most failures. With one fixed URL, which serves one upload at a time for up to 24 hours, only 429 is waited for.
 * After a lost answer a repetition may store the same content twice, as two versions of the name.
 * Progress is told while the content is sent, in browsers once it is stored, because their `fetch` tells no more.
 *
 * @param target - What b2_get_upload_url answered, or a function that gets it.
 * @param source - Bytes, a Blob or File, `{ path }` of a local file, or a range of one of these; no stream.
 * @throws {@link UnavailableError} when another URL is needed or the service cannot be reached,
 * {@link AuthorizationError} when the token is worn out, {@link ChecksumError} when the content has another SHA-1 than
 * `contentSha1`, `TypeError` and `RangeError` for what the service would refuse.
 * @see b2_upload_file
 *
 * @example
 * const target = async () => await (await fetch("/upload-url", { method: "POST" })).json();
 * await uploadToUrl(target, input.files[0], "photos/beach.jpg", { onProgress, signal });
 */
export async function uploadToUrl(
  target: UploadTarget,
  source: UploadSource,
  fileName: string,
  options: UploadToUrlOptions = {},
): Promise<components["schemas"]["FileVersion"]> {
  const { storeAtUrl } = await import("./upload/handed-url.ts");
  return await storeAtUrl(target, source, fileName, options);
}
