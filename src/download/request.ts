import { decryptionHeaders, type FileEncryption } from "../encryption.ts";
import type { FileHeaders } from "../file-headers.ts";
import type { RawClient, ReceivedContent } from "../raw/index.ts";
import type { RawAnswer } from "../session/answers.ts";
import type { CallOptions } from "../session/session.ts";

/** Which file is downloaded: the newest version of a name, or one version by its id. */
export type DownloadSource =
  | { readonly bucketName: string; readonly fileName: string }
  | { readonly fileId: string };

/** Headers that the service is asked to answer instead of those that the file asks for. */
export interface ResponseHeaders extends FileHeaders {
  /** `Content-Type` of the answer. */
  readonly contentType?: string | undefined;
}

/** Options of a download. */
export interface DownloadOptions extends CallOptions {
  /** The key of a file that was encrypted with one of yours. */
  readonly encryption?: FileEncryption;
  /**
   * First byte to download. At or behind the end of the file, the service refuses the download.
   * @defaultValue 0
   */
  readonly offset?: number;
  /**
   * Bytes to download; reaching beyond the end of the file is a `RangeError`.
   * @defaultValue all up to the end
   */
  readonly length?: number;
  /** Headers of the answer to replace; a download authorization that was made for some needs the same here. */
  readonly responseHeaders?: ResponseHeaders;
  /**
   * Compares the SHA-1 of a whole file with the one that it was stored with, where the service tells one. A range is
   * never compared.
   * @defaultValue true
   */
  readonly verify?: boolean;
}

/**
 * Refuses options that make no sense, before a request is spent.
 *
 * @throws `RangeError` for a wrong range.
 */
export function checkDownloadOptions({ offset = 0, length }: DownloadOptions): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(`offset must be a whole number from 0, not ${offset}`);
  }
  if (length !== undefined && (!Number.isSafeInteger(length) || length < 1)) {
    throw new RangeError(`length must be a whole number from 1, not ${length}`);
  }
}

/** What one request for content asks for. */
export interface ContentRequest extends Pick<DownloadOptions, "encryption" | "responseHeaders" | "signal"> {
  readonly offset: number;
  /** Number of bytes; undefined for all up to the end. */
  readonly length?: number | undefined;
}

/** Makes one request for the content of a file. */
export async function requestContent(
  raw: RawClient,
  source: DownloadSource,
  request: ContentRequest,
): Promise<RawAnswer<ReceivedContent>> {
  const { encryption, responseHeaders, signal } = request;
  const header = { ...decryptionHeaders(encryption), ...rangeHeader(request) };
  const query = responseHeaders === undefined ? {} : overrides(responseHeaders);
  const parseAs = "chunks";
  if ("fileId" in source) {
    const params = { query: { ...query, fileId: source.fileId }, header };
    return await raw.GET("/b2api/v4/b2_download_file_by_id", { params, parseAs, signal });
  }
  return await raw.GET("/file/{bucketName}/{fileName}", {
    params: { path: source, query, header },
    parseAs,
    signal,
  });
}

function rangeHeader({ offset, length }: Pick<ContentRequest, "offset" | "length">): { Range?: string } {
  if (offset === 0 && length === undefined) {
    return {};
  }
  return { Range: `bytes=${offset}-${length === undefined ? "" : offset + length - 1}` };
}

function overrides(headers: ResponseHeaders) {
  const { contentType, contentDisposition, contentEncoding, contentLanguage, cacheControl, expires } =
    headers;
  return {
    ...(contentType !== undefined && { b2ContentType: contentType }),
    ...(contentDisposition !== undefined && { b2ContentDisposition: contentDisposition }),
    ...(contentEncoding !== undefined && { b2ContentEncoding: contentEncoding }),
    ...(contentLanguage !== undefined && { b2ContentLanguage: contentLanguage }),
    ...(cacheControl !== undefined && { b2CacheControl: cacheControl }),
    ...(expires !== undefined && { b2Expires: expires instanceof Date ? expires.toUTCString() : expires }),
  };
}
