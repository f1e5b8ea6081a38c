import type { ComposeSource, WriteIntent } from "./copy/compose-source.ts";
import type { CopyOptions } from "./copy/copy-options.ts";
import type { DownloadVersion } from "./download/download-version.ts";
import { DownloadedFile } from "./download/downloaded-file.ts";
import type { DownloadOptions } from "./download/request.ts";
import { downloadUrl } from "./download-url.ts";
import { checkFileName } from "./file-name.ts";
import {
  type BypassOptions,
  cancelLargeFile,
  deleteFileVersion,
  getFileInfo,
  type HeadOptions,
  headFile,
  hideFile,
  type NameRef,
  unhideFile,
} from "./file-operations.ts";
import { FileVersion } from "./file-version.ts";
import {
  type ListFileVersionsOptions,
  type ListPartsOptions,
  type ListUnfinishedLargeFilesOptions,
  listFileVersions,
  listParts,
  listUnfinishedLargeFiles,
} from "./listing/lists.ts";
import { type LsOptions, ls } from "./listing/ls.ts";
import { once } from "./once.ts";
import type { components } from "./raw/index.ts";
import { ConflictError, NotFoundError } from "./session/errors.ts";
import type { CallOptions, Session } from "./session/session.ts";
import type { UploadSource } from "./upload/source.ts";
import type { UploadOptions } from "./upload/upload.ts";

type Schemas = components["schemas"];
type BucketFields = Schemas["Bucket"];
type UpdateFields = Omit<Schemas["UpdateBucketRequest"], "accountId" | "bucketId">;

/**
 * Settings of a bucket to change; what is left out stays. Lists and maps replace the old ones whole, and take what the
 * service answered.
 */
export type BucketChanges = Omit<UpdateFields, "ifRevisionIs" | "corsRules"> & {
  /** Which web pages may use the bucket from a browser; null or none for none. */
  readonly corsRules?: readonly (Schemas["CorsRuleRequest"] | Schemas["CorsRule"])[] | null;
};

/** Options of a change of a bucket's settings. */
export interface UpdateBucketOptions extends CallOptions {
  /** Changes only if the bucket still has this revision; otherwise a {@link ConflictError} is thrown. */
  readonly ifRevisionIs?: number;
}

/** Options of an upload of a local file. */
export interface UploadLocalFileOptions extends UploadOptions {
  /**
   * `incremental` copies the beginning of the file inside the service and sends the rest only, if what is stored under
   * the name is its beginning: the newest version, at least one minimum part (5 MB) long, of known SHA-1. One class B
   * request finds that out; everything is sent otherwise. Meant for files that only grow.
   * @defaultValue `full`
   */
  readonly uploadMode?: "full" | "incremental";
}

/** What a download authorization fixes beside prefix and time; downloads must then ask for the same. */
export type DownloadAuthorizationOptions = Omit<
  Schemas["GetDownloadAuthorizationRequest"],
  "bucketId" | "fileNamePrefix" | "validDurationInSeconds"
> &
  CallOptions;

/** One entry of a directory listing. */
export interface LsEntry {
  /** The file version; for a folder, a stand-in with action `folder`. */
  readonly fileVersion: FileVersion;
  /** Full name of the folder with its final `/`; undefined for a file. */
  readonly folderName: string | undefined;
}

/**
 * A bucket, and everything that is done with the files in it.
 *
 * A bucket found in the cache knows its id and name; its settings are undefined until {@link Bucket.getFreshState}.
 */
export class Bucket {
  /** Id of the bucket, which never changes. */
  readonly id: string;
  /** Name of the bucket, unique among all accounts. */
  readonly name: string;
  readonly #settings: Partial<BucketFields>;
  readonly #session: Session;

  /** @internal */
  constructor(
    session: Session,
    fields: Partial<BucketFields> & Pick<BucketFields, "bucketId" | "bucketName">,
  ) {
    this.id = fields.bucketId;
    this.name = fields.bucketName;
    this.#settings = fields;
    this.#session = session;
  }

  /** Who may read: `allPublic`, `allPrivate`, or what the service adds. */
  get type(): BucketFields["bucketType"] | undefined {
    return this.#settings.bucketType;
  }

  /** Up to 10 entries of your own; `Cache-Control` is sent with downloads. */
  get info(): BucketFields["bucketInfo"] | undefined {
    return this.#settings.bucketInfo;
  }

  /** Which web pages may use the bucket from a browser. */
  get corsRules(): BucketFields["corsRules"] | undefined {
    return this.#settings.corsRules;
  }

  /** When old versions are hidden and deleted, and unfinished large files cancelled. */
  get lifecycleRules(): BucketFields["lifecycleRules"] | undefined {
    return this.#settings.lifecycleRules;
  }

  /** How new files are encrypted, whether this key may read it, and its value. */
  get defaultServerSideEncryption(): BucketFields["defaultServerSideEncryption"] | undefined {
    return this.#settings.defaultServerSideEncryption;
  }

  /** Whether files can be locked, and how new ones are; whether this key may read it. */
  get fileLockConfiguration(): BucketFields["fileLockConfiguration"] | undefined {
    return this.#settings.fileLockConfiguration;
  }

  /** Where files are replicated to and from, whether this key may read it, and its value. */
  get replicationConfiguration(): BucketFields["replicationConfiguration"] {
    return this.#settings.replicationConfiguration;
  }

  /** What the service says of the bucket beside its settings, such as `s3`. */
  get options(): BucketFields["options"] {
    return this.#settings.options;
  }

  /** Rises with every change of the settings. */
  get revision(): number | undefined {
    return this.#settings.revision;
  }

  /** Gives id, name and settings for printing and JSON. */
  toJSON(): Partial<BucketFields> {
    return this.#settings;
  }

  /**
   * Asks for the settings as they are now. Makes one request.
   *
   * @throws {@link NotFoundError} when the bucket is gone.
   * @see b2_list_buckets
   */
  async getFreshState({ signal }: CallOptions = {}): Promise<Bucket> {
    const { accountId } = await this.#session.authorization(signal);
    const { data } = await this.#session.call(
      "b2_list_buckets",
      (raw) =>
        raw.POST("/b2api/v4/b2_list_buckets", {
          body: { accountId, bucketId: this.id, bucketTypes: ["all"] },
          signal,
        }),
      { ...this.#context, signal },
    );
    const [fields] = data.buckets;
    if (fields === undefined) {
      throw new NotFoundError(`Bucket ${this.name} (${this.id}) is gone`, { bucketName: this.name });
    }
    return new Bucket(this.#session, fields);
  }

  /**
   * Changes settings and gives the bucket as it is then. Makes one request.
   *
   * @throws `TypeError` when nothing is to be changed, {@link ConflictError} when `ifRevisionIs` is out of date.
   * @see b2_update_bucket
   */
  async update(changes: BucketChanges, { ifRevisionIs, signal }: UpdateBucketOptions = {}): Promise<Bucket> {
    if (Object.keys(changes).length === 0) {
      throw new TypeError("Nothing is to be changed: name at least one setting");
    }
    const { accountId } = await this.#session.authorization(signal);
    const body = {
      ...(changes as UpdateFields), // The service takes its own words back, also those that are not described yet.
      accountId,
      bucketId: this.id,
      ...(ifRevisionIs !== undefined && { ifRevisionIs }),
    };
    const { data } = await this.#session.call(
      "b2_update_bucket",
      (raw) => raw.POST("/b2api/v4/b2_update_bucket", { body, signal }),
      { ...this.#context, fields: changes, signal },
    );
    return new Bucket(this.#session, data);
  }

  /**
   * Changes settings that depend on the present ones, without losing what others change meanwhile: reads them, lets
   * `change` decide, writes them if nobody was faster, and begins anew otherwise. Makes two requests a round.
   *
   * @param change - Told the bucket as it is now; may be called several times.
   * @example
   * await bucket.change(({ info }) => ({ bucketInfo: { ...info, owner: "ops" } }));
   */
  async change(
    change: (fresh: Bucket) => BucketChanges | Promise<BucketChanges>,
    { signal }: CallOptions = {},
  ): Promise<Bucket> {
    for (let round = 1; ; round++) {
      const fresh = await this.getFreshState({ signal });
      try {
        return await fresh.update(await change(fresh), {
          signal,
          ...(fresh.revision !== undefined && { ifRevisionIs: fresh.revision }),
        });
      } catch (error) {
        if (!(error instanceof ConflictError) || error.code !== "conflict" || round === MAX_CHANGE_ROUNDS) {
          throw error;
        }
      }
    }
  }

  /** Replaces the bucket's own entries. @see b2_update_bucket */
  async setInfo(
    bucketInfo: Schemas["BucketInfoRequest"],
    options: UpdateBucketOptions = {},
  ): Promise<Bucket> {
    return await this.update({ bucketInfo }, options);
  }

  /** Makes the bucket public or private. @see b2_update_bucket */
  async setType(
    bucketType: Schemas["SettableBucketType"],
    options: UpdateBucketOptions = {},
  ): Promise<Bucket> {
    return await this.update({ bucketType }, options);
  }

  /** Adds a lifecycle rule, or replaces the one with the same prefix; other rules stay. See {@link Bucket.change}. */
  async setLifecycleRule(rule: Schemas["LifecycleRule"], options: CallOptions = {}): Promise<Bucket> {
    return await this.change(
      ({ lifecycleRules = [] }) => ({
        lifecycleRules: [
          ...lifecycleRules.filter(({ fileNamePrefix }) => fileNamePrefix !== rule.fileNamePrefix),
          rule,
        ],
      }),
      options,
    );
  }

  /** Removes the lifecycle rule with this prefix; other rules stay. See {@link Bucket.change}. */
  async removeLifecycleRule(prefix: string, options: CallOptions = {}): Promise<Bucket> {
    return await this.change(
      ({ lifecycleRules = [] }) => ({
        lifecycleRules: lifecycleRules.filter(({ fileNamePrefix }) => fileNamePrefix !== prefix),
      }),
      options,
    );
  }

  /** Adds a CORS rule, or replaces the one with the same name; other rules stay. See {@link Bucket.change}. */
  async setCorsRule(rule: Schemas["CorsRuleRequest"], options: CallOptions = {}): Promise<Bucket> {
    return await this.change(
      ({ corsRules = [] }) => ({
        corsRules: [...corsRules.filter(({ corsRuleName }) => corsRuleName !== rule.corsRuleName), rule],
      }),
      options,
    );
  }

  /** Removes the CORS rule with this name; other rules stay. See {@link Bucket.change}. */
  async removeCorsRule(name: string, options: CallOptions = {}): Promise<Bucket> {
    return await this.change(
      ({ corsRules = [] }) => ({
        corsRules: corsRules.filter(({ corsRuleName }) => corsRuleName !== name),
      }),
      options,
    );
  }

  /**
   * Gives the event notification rules, in the order of their names.
   *
   * @see b2_get_bucket_notification_rules
   */
  async getNotificationRules({ signal }: CallOptions = {}): Promise<Schemas["EventNotificationRule"][]> {
    const { data } = await this.#session.call(
      "b2_get_bucket_notification_rules",
      (raw) =>
        raw.GET("/b2api/v4/b2_get_bucket_notification_rules", {
          params: { query: { bucketId: this.id } },
          signal,
        }),
      { ...this.#context, signal },
    );
    return data.eventNotificationRules;
  }

  /**
   * Replaces all event notification rules and gives those that are set then. No rules switch notifications off.
   *
   * Takes rules as {@link Bucket.getNotificationRules} gives them. They have no revision: of two programs that change
   * them at once, one loses its change.
   *
   * @see b2_set_bucket_notification_rules
   */
  async setNotificationRules(
    rules: readonly (Schemas["EventNotificationRuleRequest"] | Schemas["EventNotificationRule"])[],
    { signal }: CallOptions = {},
  ): Promise<Schemas["EventNotificationRule"][]> {
    // The service takes its own words back, also those that are not described yet.
    const eventNotificationRules = rules as Schemas["EventNotificationRuleRequest"][];
    const body = { bucketId: this.id, eventNotificationRules };
    const { data } = await this.#session.call(
      "b2_set_bucket_notification_rules",
      (raw) => raw.POST("/b2api/v4/b2_set_bucket_notification_rules", { body, signal }),
      { ...this.#context, signal },
    );
    return data.eventNotificationRules;
  }

  /**
   * Lists a path as a directory, in UTF-8 byte order. A path without final `/` shows the file of that name, if
   * there is one, and then what the folder of that name holds.
   *
   * One class C call gives a page of files and folders; a path without final `/` costs one more.
   *
   * @throws `RangeError` when `fetchCount` is not from 1 to 10,000.
   * @see b2_list_file_names, b2_list_file_versions
   */
  ls(path = "", options: LsOptions = {}): AsyncIterableIterator<LsEntry> {
    return ls(this.#session, this, path, options).map((fields) => {
      const fileVersion = new FileVersion(this.#session, fields);
      return { fileVersion, folderName: fileVersion.action === "folder" ? fileVersion.name : undefined };
    });
  }

  /**
   * Lists all versions of one file, hide markers included, the newest first.
   *
   * @see b2_list_file_versions
   */
  listFileVersions(
    fileName: string,
    options: ListFileVersionsOptions = {},
  ): AsyncIterableIterator<FileVersion> {
    return listFileVersions(this.#session, this, fileName, options).map(
      (fields) => new FileVersion(this.#session, fields),
    );
  }

  /**
   * Lists large files that were started and neither finished nor cancelled.
   *
   * @see b2_list_unfinished_large_files
   */
  listUnfinishedLargeFiles(
    options: ListUnfinishedLargeFilesOptions = {},
  ): AsyncIterableIterator<FileVersion> {
    return listUnfinishedLargeFiles(this.#session, this, options).map(
      (fields) => new FileVersion(this.#session, fields),
    );
  }

  /**
   * Lists the parts of an unfinished large file, by number.
   *
   * @see b2_list_parts
   */
  listParts(fileId: string, options: ListPartsOptions = {}): AsyncIterable<Schemas["Part"]> {
    return listParts(this.#session, fileId, options);
  }

  /**
   * Stores a file of this machine and resolves once the service has confirmed every byte's SHA-1.
   *
   * Files up to the recommended part size (100 MB) and a little more go in one request. Longer ones are read
   * twice, first for the SHA-1 that makes the download verifiable, and become a large file whose parts are sent
   * side by side. Memory does not grow with the file's size: about 2 MiB for each part in flight. What an earlier
   * attempt left unfinished is found and not sent again, for one class C request for each large file.
   *
   * @param path - File on this machine. It must not change while it is sent.
   * @throws {@link LocalFileError} when it cannot be read or changes meanwhile, {@link UploadError} when parts were
   * stored but the file is unfinished; its `fileId` names it.
   * @see b2_upload_file, b2_upload_part
   */
  async uploadLocalFile(
    path: string,
    fileName: string,
    options: UploadLocalFileOptions = {},
  ): Promise<FileVersion> {
    return await this.#upload({ path }, fileName, options, options.uploadMode ?? "full");
  }

  /**
   * Stores bytes that are in memory, as {@link Bucket.uploadLocalFile} does with a file.
   *
   * @param data - Must not change while it is sent.
   * @see b2_upload_file, b2_upload_part
   */
  async uploadBytes(
    data: Uint8Array | ArrayBuffer,
    fileName: string,
    options: UploadOptions = {},
  ): Promise<FileVersion> {
    return await this.upload(data, fileName, options);
  }

  /**
   * Stores a stream of any length, known or not: a web stream, a stream of Node, or an async iterable of bytes.
   *
   * What was read is held in memory until it is stored, and the stream is not read further than that: at most
   * `concurrency` parts, 200 MB by default. One part becomes a plain file, more a large one without a SHA-1 of the
   * whole, since that must be known at its start; give `largeFileSha1` if you know it. Behind 5,000 parts they grow, so
   * that 10 TB fit into 10,000. A stream without bytes makes an empty file. The stream is closed in the end.
   *
   * @throws {@link UploadError} when parts were stored but the file is unfinished; its `fileId` names it.
   * @see b2_upload_file, b2_upload_part
   */
  async uploadUnboundStream(
    stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
    fileName: string,
    options: UploadOptions = {},
  ): Promise<FileVersion> {
    return await this.upload(stream, fileName, options);
  }

  /**
   * Stores content of any kind: bytes, a Blob or File, `{ path }` of a local file, a stream, or a range of one of
   * these as `{ source, offset, length }`, which also tells the length of a stream.
   *
   * What can be read again is stored as {@link Bucket.uploadLocalFile} does, the rest as
   * {@link Bucket.uploadUnboundStream} does.
   *
   * @throws {@link LocalFileError} when a file cannot be read or changes meanwhile, {@link UploadError} when parts were
   * stored but the file is unfinished; its `fileId` names it.
   * @see b2_upload_file, b2_upload_part
   */
  async upload(source: UploadSource, fileName: string, options: UploadOptions = {}): Promise<FileVersion> {
    return await this.#upload(source, fileName, options, "full");
  }

  /**
   * Composes a file of ranges that may overlap, each of a stored file or of local content.
   *
   * What is stored is copied inside the service, one class C request for up to 5 GB, where at least the minimum part
   * (5 MB) can be copied at once; anything shorter is downloaded and sent with its neighbours. Where both overlap,
   * stored bytes win over local ones, which would have to be sent. Local content alone is uploaded as by
   * {@link Bucket.upload}. The file has the metadata of the options and none of its sources'.
   *
   * A list is planned as a whole, and may be in any order. An async iterable must come sorted by `destinationOffset`;
   * it is read while the file is made, and only about one part of it is held at a time. Streams among the sources
   * must tell their length, and each part that holds bytes of one is kept in memory while it is sent.
   *
   * A `contentSha1` or `largeFileSha1` of the options is kept with the file, so that downloads are verified; nothing
   * compares it with copied bytes before. A file that broke off goes on by itself where one is given, and otherwise
   * with `continueLargeFileId`, which must name what the same intents left: copied parts are recognised by their
   * number and length.
   *
   * @param writeIntents - Must leave no byte of the file open. None at all make an empty file.
   * @throws `RangeError` when they do, {@link UploadError} when parts were stored but the large file is unfinished; it
   * is not cancelled.
   * @see b2_copy_file, b2_copy_part, b2_upload_file, b2_upload_part
   */
  async createFile(
    writeIntents: Iterable<WriteIntent> | AsyncIterable<WriteIntent>,
    fileName: string,
    options: UploadOptions = {},
  ): Promise<FileVersion> {
    const { composeFile } = await import("./copy/index.ts");
    const to = { ...this.#context, fileName };
    return new FileVersion(this.#session, await composeFile(this.#session, to, writeIntents, options));
  }

  /**
   * Composes a file of sources one behind the other, as {@link Bucket.createFile} does.
   *
   * @example
   * await bucket.concatenate([{ fileId }, { path: "tail.log" }], "whole.log");
   */
  async concatenate(
    sources: Iterable<ComposeSource> | AsyncIterable<ComposeSource>,
    fileName: string,
    options: UploadOptions = {},
  ): Promise<FileVersion> {
    const { toIntents } = await import("./copy/index.ts");
    return await this.createFile(toIntents(sources), fileName, options);
  }

  /**
   * Copies a stored file of any bucket of the account, or a range of it, into this bucket, without its content
   * passing through this machine.
   *
   * Content type and file info are those of the source unless you give others; giving one of them keeps the other.
   * One class C request copies up to 5 GB; more becomes a large file with the source's metadata and SHA-1, and costs
   * one class C request for each part. One class B request more asks for the source where its size or metadata must
   * be known: for a range, for one of content type and file info, for other customer keys, for `partSizeBytes`, and
   * when more than 5 GB are to be copied. A `customUploadTimestamp` makes every copy a large file, because the
   * service takes it for no other; the source must be long enough for two parts then (10 MB).
   *
   * A large copy of a whole file that broke off goes on with the parts that were copied, where the source has a
   * SHA-1, for one class C request more; any other with `continueLargeFileId`.
   *
   * After a lost answer it looks for the copy before it asks again. A copy that the service was still making at that
   * moment is made twice.
   *
   * @param fileId - Version to copy from.
   * @throws {@link RefusedError} with status 416 when the range begins behind the end of the source,
   * {@link UploadError} when parts were copied but the large file is unfinished; it is not cancelled.
   * @see b2_copy_file, b2_copy_part
   */
  async copy(fileId: string, newFileName: string, options: CopyOptions = {}): Promise<FileVersion> {
    const { copyFile } = await import("./copy/index.ts");
    const to = { ...this.#context, fileName: newFileName };
    return new FileVersion(this.#session, await copyFile(this.#session, { fileId }, to, options));
  }

  /**
   * Asks for the newest version of a file and resolves when its headers are there. Makes one request.
   *
   * @throws {@link NotFoundError} when there is no such file, or it is hidden.
   * @see b2_download_file_by_name
   */
  async downloadFileByName(fileName: string, options: DownloadOptions = {}): Promise<DownloadedFile> {
    checkFileName(fileName);
    return await DownloadedFile.open(this.#session, { bucketName: this.name, fileName }, options);
  }

  /**
   * Asks for one version of a file and resolves when its headers are there. Makes one request.
   *
   * @see b2_download_file_by_id
   */
  async downloadFileById(fileId: string, options: DownloadOptions = {}): Promise<DownloadedFile> {
    return await DownloadedFile.open(this.#session, { fileId }, options);
  }

  /**
   * Asks what is stored under a name, as the headers of its download. Makes one class B request.
   *
   * @throws {@link NotFoundError} when there is no such file, or it is hidden.
   * @see b2_download_file_by_name
   */
  async getFileInfoByName(fileName: string, options: HeadOptions = {}): Promise<DownloadVersion> {
    checkFileName(fileName);
    return await headFile(this.#session, this.name, fileName, options);
  }

  /** Asks for one version by its id. Makes one class B request. @see b2_get_file_info */
  async getFileInfoById(fileId: string, options: CallOptions = {}): Promise<FileVersion> {
    return new FileVersion(this.#session, await getFileInfo(this.#session, fileId, options));
  }

  /**
   * Hides a name: downloads by name answer 404 and listings of names leave it out, while its versions stay.
   *
   * @returns the hide marker
   * @throws {@link ConflictError} when it is hidden already, {@link NotFoundError} when there is no such file.
   * @see b2_hide_file
   */
  async hideFile(fileName: string, options: CallOptions = {}): Promise<FileVersion> {
    return new FileVersion(this.#session, await hideFile(this.#session, this.#file(fileName), options));
  }

  /**
   * Uncovers a hidden name by deleting its hide marker. Makes two requests.
   *
   * @returns the hide marker that was deleted
   * @throws {@link ConflictError} when the newest version is no hide marker, {@link NotFoundError} when there is none.
   * @see b2_list_file_versions, b2_delete_file_version
   */
  async unhideFile(fileName: string, options: BypassOptions = {}): Promise<FileVersion> {
    return new FileVersion(this.#session, await unhideFile(this.#session, this.#file(fileName), options));
  }

  /**
   * Deletes one version of a file for good. After a lost answer it makes sure instead of reporting a failure.
   *
   * @see b2_delete_file_version
   */
  async deleteFileVersion(fileId: string, fileName: string, options: BypassOptions = {}): Promise<void> {
    await deleteFileVersion(this.#session, { ...this.#context, fileId, fileName }, options);
  }

  /** Cancels an unfinished large file; its parts are deleted. @see b2_cancel_large_file */
  async cancelLargeFile(fileId: string, options: CallOptions = {}): Promise<void> {
    await cancelLargeFile(this.#session, fileId, options);
  }

  /** Gives the URL of a file, for public buckets or together with a download authorization. */
  async getDownloadUrl(fileName: string, options: CallOptions = {}): Promise<string> {
    return await downloadUrl(this.#session, { bucketName: this.name, fileName }, options);
  }

  /**
   * Makes a token that lets others download files whose names begin with a prefix, for a time. Send it as the
   * `Authorization` header or query parameter of {@link Bucket.getDownloadUrl}.
   *
   * @param validDurationInSeconds - From 1 to 604,800 (a week).
   * @see b2_get_download_authorization
   */
  async getDownloadAuthorization(
    fileNamePrefix: string,
    validDurationInSeconds: number,
    { signal, ...overrides }: DownloadAuthorizationOptions = {},
  ): Promise<string> {
    if (
      !Number.isInteger(validDurationInSeconds) ||
      validDurationInSeconds < 1 ||
      validDurationInSeconds > 604_800
    ) {
      throw new RangeError(`validDurationInSeconds must be from 1 to 604,800, not ${validDurationInSeconds}`);
    }
    const body = { bucketId: this.id, fileNamePrefix, validDurationInSeconds, ...overrides };
    const { data } = await this.#session.call(
      "b2_get_download_authorization",
      (raw) => raw.POST("/b2api/v4/b2_get_download_authorization", { body, signal }),
      { ...this.#context, fileName: fileNamePrefix, signal },
    );
    return data.authorizationToken;
  }

  async #upload(
    source: UploadSource,
    fileName: string,
    options: UploadOptions,
    mode: "full" | "incremental",
  ): Promise<FileVersion> {
    const { upload, uploadSource } = await uploads();
    const store = mode === "full" ? uploadSource : (await import("./copy/index.ts")).uploadIncrementally;
    const to = { bucketId: this.id, bucketName: this.name, fileName };
    return new FileVersion(this.#session, await upload(this.#session, to, source, options, store));
  }

  get #context(): { readonly bucketId: string; readonly bucketName: string } {
    return { bucketId: this.id, bucketName: this.name };
  }

  #file(fileName: string): NameRef {
    checkFileName(fileName);
    return { ...this.#context, fileName };
  }
}

const uploads = /* @__PURE__ */ once(() => import("./upload/upload.ts"));

const MAX_CHANGE_ROUNDS = 20;
