import type { components } from "./raw/index.ts";

type FileVersionFields = components["schemas"]["FileVersion"];

/** One version of a file, a hide marker, an unfinished large file, or a folder of a listing. */
export class FileVersion {
  /** Id of the version; null for a folder. */
  readonly id: FileVersionFields["fileId"];
  /** Full name in the bucket. */
  readonly name: string;
  /** Length in bytes; 0 for hide markers, folders and unfinished large files. */
  readonly size: number;
  /** What the entry is: `upload`, `copy`, `hide`, `start`, `folder`. */
  readonly action: FileVersionFields["action"];
  readonly contentType: string | undefined;
  readonly fileInfo: Readonly<Record<string, string>>;
  /** When the service stored the version, in milliseconds since 1970 UTC. */
  readonly uploadTimestamp: number;
  readonly #fields: FileVersionFields;

  constructor(fields: FileVersionFields) {
    this.id = fields.fileId;
    this.name = fields.fileName;
    this.size = fields.contentLength;
    this.action = fields.action;
    this.contentType = fields.contentType ?? undefined;
    this.fileInfo = fields.fileInfo;
    this.uploadTimestamp = fields.uploadTimestamp;
    this.#fields = fields;
  }

  /** SHA-1 of the whole content as 40 hex digits, the uploader's own `large_file_sha1` for large files. */
  get contentSha1(): string | undefined {
    const stored = this.#fields.contentSha1?.replace(/^unverified:/, "");
    return stored !== undefined && stored !== "none" ? stored : this.fileInfo.large_file_sha1;
  }

  /** When the file was last modified where it came from, else when it was uploaded; milliseconds since 1970 UTC. */
  get modTimeMillis(): number {
    return Number(this.fileInfo.src_last_modified_millis ?? this.uploadTimestamp);
  }
}
