import type { ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import { cacheControlOf } from "./bucket-info.ts";
import type { Call, Handler } from "./call.ts";
import { type DownloadCall, requireAccess, withReplacedHeaders } from "./download-authorization.ts";
import { customerKeyInHeaders, encryptionHeaders, requireKey } from "./encryption.ts";
import { infoHeaders } from "./file-rules.ts";
import { percentEncode } from "./percent-encoding.ts";
import { ClientLeft, notFound, Refusal } from "./refusal.ts";
import { lockHeaders } from "./retention.ts";
import type { StoredBucket, StoredVersion } from "./store.ts";

export const downloadFileById: Handler<"b2_download_file_by_id"> = async (call) => {
  const { store } = call.service;
  const version = store.versions.get(call.body.fileId);
  const bucket = version && store.buckets.get(version.bucketId);
  if (version?.action !== "upload" || !bucket) throw notFound(`File ${call.body.fileId} does not exist`);
  requireAccess(call, bucket, version.fileName);
  await sendFile(call, bucket, version);
};

const byName = async (
  call: Call<"b2_download_file_by_name"> | Call<"b2_head_file_by_name">,
): Promise<undefined> => {
  const { store } = call.service;
  const { bucketName, fileName } = call.route;
  const bucket = store.bucketNamed(bucketName);
  if (!bucket) throw notFound(`Bucket ${bucketName} does not exist`);
  requireAccess(call, bucket, fileName);
  const version = store.newestVersion(bucket.bucketId, fileName);
  if (version?.action !== "upload") throw notFound(`File ${fileName} does not exist`);
  await sendFile(call, bucket, version);
};

export const downloadFileByName: Handler<"b2_download_file_by_name"> = byName;
export const headFileByName: Handler<"b2_head_file_by_name"> = byName;

async function sendFile(
  call: DownloadCall,
  bucket: StoredBucket,
  version: StoredVersion,
): Promise<undefined> {
  const { request, response, service } = call;
  requireKey(version, customerKeyInHeaders(request));
  const span = spanOf(request.headers.range, version.contentLength);
  response.writeHead(span.isPartial ? 206 : 200, {
    ...headersOf(call, bucket, version),
    "Content-Length": span.length,
    ...(span.isPartial && { "Content-Range": contentRange(span, version.contentLength) }),
  });
  if (request.method === "HEAD" || span.length === 0) return void response.end();
  service.contents.hold(version.pieces); // the version may be deleted before the last byte is out
  try {
    const client = new Client(response);
    for (const chunk of service.contents.read(version.pieces, span.start, span.length))
      await client.send(chunk);
    response.end();
  } finally {
    service.contents.release(version.pieces);
  }
}

/** The bytes that a download answers. */
interface Span {
  readonly start: number;
  readonly length: number;
  readonly isPartial: boolean;
}

/**
 * Reads a `Range` header: one span, `bytes=first-last`, `bytes=first-` or `bytes=-count`. Other forms are ignored.
 *
 * @throws Refusal when the span begins behind the last byte.
 */
export function spanOf(header: string | undefined, size: number): Span {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return { start: 0, length: size, isPartial: false };
  if (first !== "" && last !== "" && Number(first) > Number(last))
    return { start: 0, length: size, isPartial: false };
  const start = first === "" ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(Number(last) + 1, size);
  if (start < end) return { start, length: end - start, isPartial: true };
  throw new Refusal(
    416,
    "range_not_satisfiable",
    `The range is outside of the file, which has ${size} bytes`,
    {
      "Content-Range": `bytes */${size}`,
    },
  );
}

function contentRange({ start, length }: Span, size: number): string {
  return `bytes ${start}-${start + length - 1}/${size}`;
}

function headersOf(call: DownloadCall, bucket: StoredBucket, version: StoredVersion): Record<string, string> {
  const bucketCacheControl = cacheControlOf(bucket.bucketInfo);
  return {
    "Accept-Ranges": "bytes",
    "Content-Type": version.contentType,
    "X-Bz-File-Id": version.fileId,
    "X-Bz-File-Name": percentEncode(version.fileName),
    "X-Bz-Content-Sha1": version.contentSha1,
    "X-Bz-Upload-Timestamp": String(version.uploadTimestamp),
    ...encryptionHeaders(version),
    ...lockHeaders(version, call.caller),
    ...(bucketCacheControl !== undefined && { "Cache-Control": bucketCacheControl }),
    ...withReplacedHeaders(call, version, fileInfoHeaders(version.fileInfo)),
  };
}

/** File info becomes headers: some entries real ones, the others with the prefix and percent-encoded. */
function fileInfoHeaders(info: StoredVersion["fileInfo"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(info).map(([key, value]) => {
      const real = Object.hasOwn(infoHeaders, key) ? infoHeaders[key] : undefined;
      return real ? [real, value] : [`X-Bz-Info-${key}`, percentEncode(value)];
    }),
  );
}

/** How much a download sends before others have their turn, though the system would take more at once. */
const turnBytes = 2 << 20;

/** The receiving end of a download. */
class Client {
  readonly #response: ServerResponse;
  #sentInTurn = 0;
  #leave: ((reason: Error) => void) | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.once("close", () => this.#leave?.(new ClientLeft()));
  }

  /**
   * Sends a chunk and waits until the system has taken it, so that its memory can be used again.
   *
   * @throws ClientLeft when the connection ends before that.
   */
  async send(chunk: Buffer): Promise<void> {
    this.#sentInTurn += chunk.length;
    if (this.#sentInTurn >= turnBytes) {
      this.#sentInTurn = 0;
      await setImmediate();
    }
    await this.#write(chunk);
  }

  #write(chunk: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#leave = reject;
      if (this.#response.closed) return reject(new ClientLeft());
      this.#response.write(chunk, (error) => (error ? reject(new ClientLeft()) : resolve()));
    });
  }
}
