import { type FileHeaders, parseHttpDate } from "../file-headers.ts";
import type { DownloadHeaders } from "../raw/headers.ts";
import { type components, UnexpectedAnswerError } from "../raw/index.ts";
import type { Span } from "./span.ts";

type FileVersionFields = components["schemas"]["FileVersion"];

/** What the headers of a download say of the file version. */
export class DownloadVersion {
  /** Id of the version. */
  readonly id: string;
  /** Full name in the bucket. */
  readonly name: string;
  /** Length of the whole file in bytes, also when only a range of it was asked for. */
  readonly size: number;
  /** Bytes in this answer: those of the range, else all. */
  readonly contentLength: number;
  /** Which bytes this answer holds; undefined when it holds the whole file because no range was asked for. */
  readonly range: Span | undefined;
  /** Media type of the content. */
  readonly contentType: string;
  /** File info without the entries that became real headers; see {@link DownloadVersion.headers}. */
  readonly fileInfo: Readonly<Record<string, string>>;
  /** When the service stored the version, in milliseconds since 1970 UTC. */
  readonly uploadTimestamp: number;
  /** The headers that the file's info or the download itself asks for; `expires` as text. */
  readonly headers: FileHeaders;
  /** How the content is encrypted; both fields are null when it is not. */
  readonly serverSideEncryption: components["schemas"]["ServerSideEncryption"];
  /** Retention, whether this key may read it, and its value. */
  readonly fileRetention: components["schemas"]["ReadableFileRetention"];
  /** Legal hold, whether this key may read it, and its value. */
  readonly legalHold: components["schemas"]["ReadableLegalHold"];
  /** How far replication has come; undefined when no rule applies. */
  readonly replicationStatus: FileVersionFields["replicationStatus"];
  readonly #contentSha1: string;

  /** @throws {@link UnexpectedAnswerError} when a header is missing that every file has. */
  constructor(headers: DownloadHeaders) {
    const missing = NEEDED_HEADERS.find((name) => headers[name] === undefined);
    if (missing !== undefined) {
      throw new UnexpectedAnswerError(
        `A download was answered without ${missing}: is this a B2 service? For a web page, the bucket's CORS rule must expose it`,
      );
    }
    this.id = headers["X-Bz-File-Id"];
    this.name = headers["X-Bz-File-Name"];
    const partial = rangeOf(headers);
    this.size = partial?.size ?? headers["Content-Length"];
    this.contentLength = headers["Content-Length"];
    this.range = partial?.range;
    this.contentType = headers["Content-Type"];
    this.fileInfo = headers["X-Bz-Info-*"] ?? {};
    this.uploadTimestamp = headers["X-Bz-Upload-Timestamp"];
    this.headers = fileHeadersOf(headers);
    this.serverSideEncryption = encryptionOf(headers);
    this.fileRetention = retentionOf(headers);
    this.legalHold = legalHoldOf(headers);
    this.replicationStatus = headers["X-Bz-Replication-Status"];
    this.#contentSha1 = headers["X-Bz-Content-Sha1"];
  }

  /** SHA-1 of the whole content as 40 hex digits, the uploader's own `large_file_sha1` for large files. */
  get contentSha1(): string | undefined {
    const stored = this.#contentSha1.replace(/^unverified:/, "");
    return stored !== "none" ? stored : this.fileInfo.large_file_sha1;
  }

  /** Whether the service itself checked {@link DownloadVersion.contentSha1} against the content. */
  get isContentSha1Verified(): boolean {
    return /^[0-9a-f]{40}$/.test(this.#contentSha1);
  }

  /** Gives all fields for JSON, the SHA-1 among them. */
  toJSON(): object {
    return { ...this, contentSha1: this.contentSha1 };
  }

  /** When the file was last modified where it came from, else when it was uploaded; milliseconds since 1970 UTC. */
  get modTimeMillis(): number {
    return Number(this.fileInfo.src_last_modified_millis ?? this.uploadTimestamp);
  }

  /**
   * When the download expires in caches; undefined when it does not say.
   *
   * @throws `RangeError` when the service was told something that is not an HTTP date.
   */
  get expires(): Date | undefined {
    const { expires } = this.headers;
    return typeof expires === "string" ? parseHttpDate(expires) : expires;
  }
}

const NEEDED_HEADERS = ["X-Bz-File-Id", "X-Bz-File-Name", "X-Bz-Content-Sha1"] as const;

/** Reads which bytes of how many an answer holds. */
function rangeOf({ "Content-Range": text }: DownloadHeaders): { range: Span; size: number } | undefined {
  if (text === undefined) {
    return undefined;
  }
  const [, first, last, size] = (/^bytes (\d+)-(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (first === undefined || last === undefined || size === undefined || first > last || last >= size) {
    throw new UnexpectedAnswerError(`A download was answered with the range ${JSON.stringify(text)}`);
  }
  return { range: { offset: first, length: last - first + 1 }, size };
}

function fileHeadersOf(headers: DownloadHeaders): FileHeaders {
  return {
    cacheControl: headers["Cache-Control"],
    contentDisposition: headers["Content-Disposition"],
    contentEncoding: headers["Content-Encoding"],
    contentLanguage: headers["Content-Language"],
    expires: headers.Expires,
  };
}

function encryptionOf(headers: DownloadHeaders): DownloadVersion["serverSideEncryption"] {
  const customerAlgorithm = headers["X-Bz-Server-Side-Encryption-Customer-Algorithm"];
  const algorithm = customerAlgorithm ?? headers["X-Bz-Server-Side-Encryption"] ?? null;
  const mode = customerAlgorithm !== undefined ? "SSE-C" : algorithm === null ? null : "SSE-B2";
  return { mode, algorithm };
}

function retentionOf(headers: DownloadHeaders): DownloadVersion["fileRetention"] {
  const name = "X-Bz-File-Retention-Mode";
  const { [name]: mode = null, "X-Bz-File-Retention-Retain-Until-Timestamp": until = null } = headers;
  return readable(headers, name, { mode, retainUntilTimestamp: until });
}

function legalHoldOf(headers: DownloadHeaders): DownloadVersion["legalHold"] {
  const name = "X-Bz-File-Legal-Hold";
  return readable(headers, name, headers[name] ?? null);
}

/** Wraps a value as JSON answers do: a header that the key may not read is missing, and named in a list. */
function readable<T>(
  headers: DownloadHeaders,
  name: string,
  value: T,
): { isClientAuthorizedToRead: boolean; value: T | null } {
  const unreadable = headers["X-Bz-Client-Unauthorized-To-Read"]?.split(/\s*,\s*/);
  const isClientAuthorizedToRead = !unreadable?.includes(name);
  return { isClientAuthorizedToRead, value: isClientAuthorizedToRead ? value : null };
}
