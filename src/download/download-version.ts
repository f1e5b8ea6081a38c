import type { DownloadHeaders } from "../raw/headers.ts";

/** What the headers of a download say of the file version. */
export class DownloadVersion {
  readonly id: string;
  /** Full name in the bucket. */
  readonly name: string;
  /** Length of the whole content in bytes. */
  readonly size: number;
  readonly contentType: string;
  /** File info without the entries that became real headers. */
  readonly fileInfo: Readonly<Record<string, string>>;
  /** When the service stored the version, in milliseconds since 1970 UTC. */
  readonly uploadTimestamp: number;
  readonly #contentSha1: string;

  constructor(headers: DownloadHeaders) {
    this.id = headers["X-Bz-File-Id"];
    this.name = headers["X-Bz-File-Name"];
    this.size = headers["Content-Length"];
    this.contentType = headers["Content-Type"];
    this.fileInfo = headers["X-Bz-Info-*"] ?? {};
    this.uploadTimestamp = headers["X-Bz-Upload-Timestamp"];
    this.#contentSha1 = headers["X-Bz-Content-Sha1"];
  }

  /** SHA-1 of the whole content as 40 hex digits, the uploader's own `large_file_sha1` for large files. */
  get contentSha1(): string | undefined {
    const stored = this.#contentSha1.replace(/^unverified:/, "");
    return stored !== "none" ? stored : this.fileInfo.large_file_sha1;
  }

  /** When the file was last modified where it came from, else when it was uploaded; milliseconds since 1970 UTC. */
  get modTimeMillis(): number {
    return Number(this.fileInfo.src_last_modified_millis ?? this.uploadTimestamp);
  }
}
