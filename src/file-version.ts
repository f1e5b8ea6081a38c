import type { CopyOptions, CopySource } from "./copy/copy-options.ts";
import { DownloadedFile } from "./download/downloaded-file.ts";
import type { DownloadOptions } from "./download/request.ts";
import { type FileHeaders, parseHttpDate, readFileHeaders } from "./file-headers.ts";
import {
  type BypassOptions,
  deleteFileVersion,
  getFileInfo,
  hideFile,
  updateFileLegalHold,
  updateFileRetention,
  type VersionRef,
} from "./file-operations.ts";
import type { ListedBucket } from "./listing/pages.ts";
import { quote } from "./raw/encoding.ts";
import type { components } from "./raw/index.ts";
import type { CallOptions, Session } from "./session/session.ts";

type Schemas = components["schemas"];
type FileVersionFields = Schemas["FileVersion"];

/** Options of a copy of a version that is at hand. */
export interface CopyVersionOptions extends CopyOptions {
  /**
   * Where the copy goes.
   * @defaultValue the bucket of this version
   */
  readonly bucket?: ListedBucket;
}

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
  /** Account that owns the bucket. */
  readonly accountId: string;
  /** Bucket that holds the version. */
  readonly bucketId: string;
  /** Media type of the content; undefined for folders. */
  readonly contentType: string | undefined;
  /** MD5 of the content as 32 hex digits; undefined where the service keeps none, as for large files. */
  readonly contentMd5: string | undefined;
  /** Entries of your own, and those that b2kit keeps there, such as `src_last_modified_millis`. */
  readonly fileInfo: Readonly<Record<string, string>>;
  /** When the service stored the version, in milliseconds since 1970 UTC. */
  readonly uploadTimestamp: number;
  /** How the content is encrypted; undefined for hide markers and folders. */
  readonly serverSideEncryption: FileVersionFields["serverSideEncryption"];
  /** Retention, whether this key may read it, and its value; undefined for hide markers and folders. */
  readonly fileRetention: FileVersionFields["fileRetention"];
  /** Legal hold, whether this key may read it, and its value; undefined for hide markers and folders. */
  readonly legalHold: FileVersionFields["legalHold"];
  /** How far replication has come; undefined when no rule applies. */
  readonly replicationStatus: FileVersionFields["replicationStatus"];
  readonly #session: Session;
  readonly #contentSha1: FileVersionFields["contentSha1"];

  /** @internal */
  constructor(session: Session, fields: FileVersionFields) {
    this.id = fields.fileId;
    this.name = fields.fileName;
    this.size = fields.contentLength;
    this.action = fields.action;
    this.accountId = fields.accountId;
    this.bucketId = fields.bucketId;
    this.contentType = fields.contentType ?? undefined;
    this.contentMd5 = fields.contentMd5 ?? undefined;
    this.fileInfo = fields.fileInfo;
    this.uploadTimestamp = fields.uploadTimestamp;
    this.serverSideEncryption = fields.serverSideEncryption;
    this.fileRetention = fields.fileRetention;
    this.legalHold = fields.legalHold;
    this.replicationStatus = fields.replicationStatus;
    this.#session = session;
    this.#contentSha1 = fields.contentSha1;
  }

  /** SHA-1 of the whole content as 40 hex digits, the uploader's own `large_file_sha1` for large files. */
  get contentSha1(): string | undefined {
    const stored = this.#contentSha1?.replace(/^unverified:/, "");
    return stored !== undefined && stored !== "none" ? stored : this.fileInfo.large_file_sha1;
  }

  /** Whether the service itself checked {@link FileVersion.contentSha1} against the content. */
  get isContentSha1Verified(): boolean {
    return /^[0-9a-f]{40}$/.test(this.#contentSha1 ?? "");
  }

  /** When the file was last modified where it came from, else when it was uploaded; milliseconds since 1970 UTC. */
  get modTimeMillis(): number {
    return Number(this.fileInfo.src_last_modified_millis ?? this.uploadTimestamp);
  }

  /** The headers that downloads of this version carry because its file info asks for them. */
  get headers(): FileHeaders {
    return readFileHeaders(this.fileInfo);
  }

  /**
   * When downloads of this version expire in caches; undefined when it does not say.
   *
   * @throws `RangeError` when the uploader wrote something that is not an HTTP date.
   */
  get expires(): Date | undefined {
    const text = this.fileInfo["b2-expires"];
    return text === undefined ? undefined : parseHttpDate(text);
  }

  /** Gives all fields under the service's names, for JSON. */
  toJSON(): object {
    const { id: fileId, name: fileName, size: contentLength, contentType, contentMd5, ...others } = this;
    const content = { contentLength, contentSha1: this.#contentSha1 };
    return {
      ...others,
      ...content,
      fileId,
      fileName,
      contentType: contentType ?? null,
      contentMd5: contentMd5 ?? null,
    };
  }

  /**
   * Asks for this version anew. Makes one request.
   *
   * @see b2_get_file_info
   */
  async getFreshState(options: CallOptions = {}): Promise<FileVersion> {
    return new FileVersion(this.#session, await getFileInfo(this.#session, this.#ref.fileId, options));
  }

  /**
   * Asks for the content of this version, and resolves when its headers are there. Makes one request.
   *
   * @see b2_download_file_by_id
   */
  async download(options: DownloadOptions = {}): Promise<DownloadedFile> {
    return await DownloadedFile.open(this.#session, { fileId: this.#ref.fileId }, options);
  }

  /**
   * Copies this version, or a range of it, to a name in the same bucket or another, as {@link Bucket.copy} does, but
   * without asking for what is known of it.
   *
   * @see b2_copy_file, b2_copy_part
   */
  async copy(newFileName: string, { bucket, ...options }: CopyVersionOptions = {}): Promise<FileVersion> {
    const { copyFile } = await import("./copy/index.ts");
    const to = { bucketId: bucket?.id ?? this.bucketId, bucketName: bucket?.name, fileName: newFileName };
    return new FileVersion(this.#session, await copyFile(this.#session, this.#source, to, options));
  }

  /**
   * Deletes this version for good. Deleting an unfinished large file cancels it.
   *
   * @see b2_delete_file_version
   */
  async delete(options: BypassOptions = {}): Promise<void> {
    await deleteFileVersion(this.#session, this.#ref, options);
  }

  /**
   * Hides the name of this version, whichever version is the newest, and gives the hide marker.
   *
   * @throws {@link ConflictError} when it is hidden already.
   * @see b2_hide_file
   */
  async hide(options: CallOptions = {}): Promise<FileVersion> {
    const { bucketId, fileName } = this.#ref;
    return new FileVersion(this.#session, await hideFile(this.#session, { bucketId, fileName }, options));
  }

  /**
   * Sets or removes the retention of this version and gives what was set. Both fields null remove it.
   *
   * @see b2_update_file_retention
   */
  async updateRetention(
    retention: Schemas["FileRetentionRequest"],
    options: BypassOptions = {},
  ): Promise<Schemas["FileRetention"]> {
    return await updateFileRetention(this.#session, this.#ref, retention, options);
  }

  /**
   * Puts this version under legal hold or lifts it, and gives what was set.
   *
   * @see b2_update_file_legal_hold
   */
  async updateLegalHold(
    hold: Schemas["LegalHold"],
    options: CallOptions = {},
  ): Promise<Schemas["LegalHold"]> {
    return await updateFileLegalHold(this.#session, this.#ref, hold, options);
  }

  get #source(): CopySource {
    const { size: contentLength, contentType = null, fileInfo } = this;
    const fields = { contentLength, contentType, contentSha1: this.#contentSha1, fileInfo };
    return { fileId: this.#ref.fileId, fields };
  }

  get #ref(): VersionRef & { readonly bucketId: string } {
    if (this.id === null) {
      throw new TypeError(`${quote(this.name)} is a folder of a listing, not a file version`);
    }
    return { bucketId: this.bucketId, fileId: this.id, fileName: this.name };
  }
}
