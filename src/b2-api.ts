import { ApplicationKey, FullApplicationKey } from "./application-key.ts";
import { Bucket } from "./bucket.ts";
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
  updateFileLegalHold,
  updateFileRetention,
} from "./file-operations.ts";
import { FileVersion } from "./file-version.ts";
import { Listing } from "./listing/listing.ts";
import { type ListPartsOptions, listParts } from "./listing/lists.ts";
import { pagesFrom } from "./listing/pages.ts";
import type { components, RawClient } from "./raw/index.ts";
import type { KeyvAccountInfo } from "./session/account-info.ts";
import { isMasterKey } from "./session/account-key.ts";
import type { Credentials } from "./session/credentials.ts";
import { NotFoundError, RestrictionError, UnavailableError } from "./session/errors.ts";
import { checkBucket } from "./session/restrictions.ts";
import { type CallOptions, Session, type SessionOptions } from "./session/session.ts";

type Schemas = components["schemas"];
type BucketFields = Schemas["Bucket"];

/** Settings of {@link B2Api}. */
export type B2ApiOptions = SessionOptions;

/** Settings of a new bucket beyond name and type. */
export type CreateBucketOptions = Omit<
  Schemas["CreateBucketRequest"],
  "accountId" | "bucketName" | "bucketType"
> &
  CallOptions;

/** What a new application key may do, where, and how long. */
export type CreateKeyOptions = Omit<Schemas["CreateKeyRequest"], "accountId"> & CallOptions;

/** Narrows a list of buckets to at most one. */
export interface ListBucketsOptions extends CallOptions {
  /** Name of the one bucket to list. */
  readonly bucketName?: string | undefined;
  /** Id of the one bucket to list. */
  readonly bucketId?: string | undefined;
  /**
   * Answers from the cache when it holds a match; such buckets know their id and name only.
   * @defaultValue false
   */
  readonly useCache?: boolean;
}

/** Options of a list of application keys. */
export interface ListKeysOptions extends CallOptions {
  /** First key to list, and every later one in the order of ids. */
  readonly startApplicationKeyId?: string;
}

/**
 * An account of Backblaze B2: the entry to everything.
 *
 * Credentials come from the options or from `B2_APPLICATION_KEY_ID`, `B2_APPLICATION_KEY` and `B2_REALM`. The
 * first call authorizes; a token that expires is replaced without the caller noticing. What the application key
 * does not allow is refused before a request is made.
 *
 * @example
 * const b2 = new B2Api();
 * const bucket = await b2.getBucketByName("holiday-photos");
 * await bucket.uploadLocalFile("beach.jpg", "2026/beach.jpg");
 */
export class B2Api {
  /** Typed raw calls with this account's authorization and retries. */
  readonly raw: RawClient;
  /** Where the account's authorization is kept. */
  readonly accountInfo: KeyvAccountInfo;
  readonly #session: Session;

  constructor(options: B2ApiOptions = {}) {
    this.#session = new Session(options);
    this.raw = this.#session.raw;
    this.accountInfo = this.#session.accountInfo;
  }

  /**
   * Authorizes now instead of with the first call, and with other credentials if they are given.
   *
   * @throws {@link AuthorizationError} when the key is refused, `TypeError` when there is none.
   * @see b2_authorize_account
   */
  async authorizeAccount(
    credentials: Partial<Credentials> = {},
    { signal }: CallOptions = {},
  ): Promise<void> {
    await this.#session.authorize(credentials, signal);
  }

  /** Gives the account's id, which is not the application key's id. */
  async getAccountId({ signal }: CallOptions = {}): Promise<string> {
    return (await this.#session.authorization(signal)).accountId;
  }

  /** Tells whether the application key in use is the account's master key, which may do everything. */
  async isMasterKey(options: CallOptions = {}): Promise<boolean> {
    return isMasterKey(await this.getAccountId(options), this.#session.applicationKeyId);
  }

  /**
   * Creates a bucket. After a lost answer it looks whether the bucket is there before it asks again.
   *
   * @param name - 6 to 63 letters, digits and hyphens, unique among all accounts, not beginning with `b2-`.
   * @throws {@link ConflictError} when the name is taken.
   * @see b2_create_bucket
   */
  async createBucket(
    name: string,
    type: Schemas["SettableBucketType"],
    { signal, ...settings }: CreateBucketOptions = {},
  ): Promise<Bucket> {
    const accountId = await this.getAccountId({ signal });
    const body = { ...settings, accountId, bucketName: name, bucketType: type };
    const fields = await this.#session.reconcile(
      "b2_create_bucket",
      (raw) => raw.POST("/b2api/v4/b2_create_bucket", { body, signal }),
      async () => (await this.#askForBuckets({ bucketName: name, signal }))[0],
      { bucketName: name, fields: settings, signal },
    );
    await this.#session.rememberBuckets([fields]);
    return new Bucket(this.#session, fields);
  }

  /**
   * Lists the buckets of every type that the key may see, or the one with a given name or id.
   *
   * Makes one request; under a key restricted to buckets one for each of them, since the service lists no others.
   *
   * @throws `TypeError` when both name and id are given, {@link RestrictionError} when the key is not for the bucket.
   * @see b2_list_buckets
   */
  async listBuckets({ useCache = false, ...filter }: ListBucketsOptions = {}): Promise<Bucket[]> {
    if (filter.bucketName !== undefined && filter.bucketId !== undefined) {
      throw new TypeError("Give bucketName or bucketId, not both");
    }
    const { allowed } = (await this.#session.authorization(filter.signal)).apiInfo.storageApi;
    checkBucket(allowed, filter);
    const cached = useCache ? await this.#session.knownBuckets(filter) : [];
    const isFiltered = filter.bucketName !== undefined || filter.bucketId !== undefined;
    if (cached.length > 0) {
      return cached.map((fields) => new Bucket(this.#session, fields));
    }
    const found =
      isFiltered || allowed.buckets === null
        ? await this.#askForBuckets(filter)
        : await this.#askForEach(allowed.buckets, filter.signal);
    await (isFiltered ? this.#session.rememberBuckets(found) : this.#session.replaceBuckets(found));
    return found.map((fields) => new Bucket(this.#session, fields));
  }

  /**
   * Finds a bucket by its name. Makes one request, or none when the name is in the cache; the bucket knows its id
   * and name only then.
   *
   * @throws {@link NotFoundError} when the account has no such bucket, {@link RestrictionError} when the key is not
   * for it.
   * @see b2_list_buckets
   */
  async getBucketByName(name: string, options: CallOptions = {}): Promise<Bucket> {
    const [bucket] = await this.listBuckets({ ...options, bucketName: name, useCache: true });
    if (bucket === undefined) {
      throw new NotFoundError(`There is no bucket ${name} in this account`, { bucketName: name });
    }
    return bucket;
  }

  /**
   * Finds a bucket by its id. Makes one request, or none when the id is in the cache; the bucket knows its id and
   * name only then.
   *
   * @throws {@link NotFoundError} when the account has no such bucket, {@link RestrictionError} when the key is not
   * for it.
   * @see b2_list_buckets
   */
  async getBucketById(id: string, options: CallOptions = {}): Promise<Bucket> {
    const [bucket] = await this.listBuckets({ ...options, bucketId: id, useCache: true });
    if (bucket === undefined) {
      throw new NotFoundError(`There is no bucket with the id ${id} in this account`);
    }
    return bucket;
  }

  /**
   * Deletes a bucket that holds no file version any more. After a lost answer it makes sure instead of reporting a
   * failure.
   *
   * @throws {@link ConflictError} when it is not empty.
   * @see b2_delete_bucket
   */
  async deleteBucket(bucket: Bucket | string, { signal }: CallOptions = {}): Promise<void> {
    const bucketId = typeof bucket === "string" ? bucket : bucket.id;
    const accountId = await this.getAccountId({ signal });
    await this.#session.reconcile<unknown>(
      "b2_delete_bucket",
      (raw) => raw.POST("/b2api/v4/b2_delete_bucket", { body: { accountId, bucketId }, signal }),
      async () => ((await this.#askForBuckets({ bucketId, signal })).length === 0 ? bucketId : undefined),
      { bucketId, signal },
    );
    await this.#session.forgetBucket(bucketId);
  }

  /**
   * Refuses a bucket name that the key is not for. Makes no request once the account is authorized.
   *
   * @throws {@link RestrictionError}
   */
  async checkBucketNameRestrictions(bucketName: string, { signal }: CallOptions = {}): Promise<void> {
    checkBucket((await this.#session.authorization(signal)).apiInfo.storageApi.allowed, { bucketName });
  }

  /**
   * Refuses a bucket id that the key is not for. Makes no request once the account is authorized.
   *
   * @throws {@link RestrictionError}
   */
  async checkBucketIdRestrictions(bucketId: string, { signal }: CallOptions = {}): Promise<void> {
    checkBucket((await this.#session.authorization(signal)).apiInfo.storageApi.allowed, { bucketId });
  }

  /**
   * Creates an application key. Its secret is in the answer and is never shown again.
   *
   * @throws {@link UnavailableError} when the answer was lost and a key of this name exists now: whether it is the
   * new one cannot be told, and its secret is lost, so delete it before you try again.
   * @see b2_create_key
   */
  async createKey({ signal, ...settings }: CreateKeyOptions): Promise<FullApplicationKey> {
    const accountId = await this.getAccountId({ signal });
    const fields = await this.#session.reconcile(
      "b2_create_key",
      (raw) => raw.POST("/b2api/v4/b2_create_key", { body: { ...settings, accountId }, signal }),
      () => this.#refuseTwinOf(settings.keyName, signal),
      { signal },
    );
    return new FullApplicationKey(fields);
  }

  /**
   * Lists all application keys but the master key, in the order of their ids. A page of 1,000 costs one class C
   * call and is asked for when its first key is wanted.
   *
   * @see b2_list_keys
   */
  listKeys({ startApplicationKeyId, signal }: ListKeysOptions = {}): AsyncIterableIterator<ApplicationKey> {
    const pages = pagesFrom(async (startId: string | undefined, pageSignal) => {
      const accountId = await this.getAccountId({ signal: pageSignal });
      const body = {
        accountId,
        maxKeyCount: 1000,
        ...(startId !== undefined && { startApplicationKeyId: startId }),
      };
      const { data } = await this.#session.call(
        "b2_list_keys",
        (raw) => raw.POST("/b2api/v4/b2_list_keys", { body, signal: pageSignal }),
        { signal: pageSignal },
      );
      return { items: data.keys, next: data.nextApplicationKeyId ?? undefined };
    }, startApplicationKeyId);
    return new Listing(pages, signal).map((fields) => new ApplicationKey(fields));
  }

  /**
   * Finds an application key by its id; undefined when there is none. Makes one request.
   *
   * @see b2_list_keys
   */
  async getKey(id: string, { signal }: CallOptions = {}): Promise<ApplicationKey | undefined> {
    for await (const key of this.listKeys({ startApplicationKeyId: id, signal })) {
      return key.id === id ? key : undefined;
    }
    return undefined;
  }

  /** Deletes an application key. @see b2_delete_key */
  async deleteKey(key: ApplicationKey, options: CallOptions = {}): Promise<void> {
    await this.deleteKeyById(key.id, options);
  }

  /**
   * Deletes an application key. After a lost answer it makes sure instead of reporting a
   * failure.
   *
   * @see b2_delete_key
   */
  async deleteKeyById(id: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#session.reconcile<unknown>(
      "b2_delete_key",
      (raw) => raw.POST("/b2api/v4/b2_delete_key", { body: { applicationKeyId: id }, signal }),
      async () => ((await this.getKey(id, { signal })) === undefined ? id : undefined),
      { signal },
    );
  }

  /**
   * Asks for one version of a file, a hide marker or an unfinished large file by its id. Makes one class B request.
   *
   * @throws {@link NotFoundError} when there is none.
   * @see b2_get_file_info
   */
  async getFileInfo(fileId: string, options: CallOptions = {}): Promise<FileVersion> {
    return new FileVersion(this.#session, await getFileInfo(this.#session, fileId, options));
  }

  /**
   * Asks what is stored under a name, as the headers of its download. Makes one class B request.
   *
   * @throws {@link NotFoundError} when there is no such file, or it is hidden.
   * @see b2_download_file_by_name
   */
  async getFileInfoByName(
    bucketName: string,
    fileName: string,
    options: HeadOptions = {},
  ): Promise<DownloadVersion> {
    checkFileName(fileName);
    return await headFile(this.#session, bucketName, fileName, options);
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
   * Deletes one version of a file for good. After a lost answer it makes sure instead of reporting a failure.
   *
   * @see b2_delete_file_version
   */
  async deleteFileVersion(fileId: string, fileName: string, options: BypassOptions = {}): Promise<void> {
    await deleteFileVersion(this.#session, { fileId, fileName }, options);
  }

  /** Cancels an unfinished large file; its parts are deleted. @see b2_cancel_large_file */
  async cancelLargeFile(fileId: string, options: CallOptions = {}): Promise<void> {
    await cancelLargeFile(this.#session, fileId, options);
  }

  /** Lists the parts of an unfinished large file, by number. @see b2_list_parts */
  listParts(fileId: string, options: ListPartsOptions = {}): AsyncIterable<Schemas["Part"]> {
    return listParts(this.#session, fileId, options);
  }

  /**
   * Sets or removes the retention of a version and gives what was set. Both fields null remove it.
   *
   * @see b2_update_file_retention
   */
  async updateFileRetention(
    fileId: string,
    fileName: string,
    retention: Schemas["FileRetentionRequest"],
    options: BypassOptions = {},
  ): Promise<Schemas["FileRetention"]> {
    return await updateFileRetention(this.#session, { fileId, fileName }, retention, options);
  }

  /**
   * Puts a version under legal hold or lifts it, and gives what was set.
   *
   * @see b2_update_file_legal_hold
   */
  async updateFileLegalHold(
    fileId: string,
    fileName: string,
    hold: Schemas["LegalHold"],
    options: CallOptions = {},
  ): Promise<Schemas["LegalHold"]> {
    return await updateFileLegalHold(this.#session, { fileId, fileName }, hold, options);
  }

  /** Gives the URL of a version; requests to it need the account token unless the bucket is public. */
  async getDownloadUrlForFileId(fileId: string, options: CallOptions = {}): Promise<string> {
    return await downloadUrl(this.#session, { fileId }, options);
  }

  /** Gives the URL of a file, for public buckets or together with a download authorization. */
  async getDownloadUrlForFileName(
    bucketName: string,
    fileName: string,
    options: CallOptions = {},
  ): Promise<string> {
    return await downloadUrl(this.#session, { bucketName, fileName }, options);
  }

  async #askForBuckets({ signal, ...filter }: ListBucketsOptions): Promise<BucketFields[]> {
    const accountId = await this.getAccountId({ signal });
    const body = {
      accountId,
      bucketTypes: ["all" as const],
      ...(filter.bucketName !== undefined && { bucketName: filter.bucketName }),
      ...(filter.bucketId !== undefined && { bucketId: filter.bucketId }),
    };
    const { data } = await this.#session.call(
      "b2_list_buckets",
      (raw) => raw.POST("/b2api/v4/b2_list_buckets", { body, signal }),
      { bucketId: filter.bucketId, bucketName: filter.bucketName, signal },
    );
    return data.buckets;
  }

  /** Asks for each bucket of a restricted key; one whose name is missing was deleted. */
  async #askForEach(
    buckets: readonly Schemas["AllowedBucket"][],
    signal: AbortSignal | undefined,
  ): Promise<BucketFields[]> {
    const living = buckets.filter(({ name }) => name);
    if (living.length === 0) {
      throw new RestrictionError(
        `Every bucket that the key is for is gone: ${buckets.map(({ id }) => id).join(", ")}`,
      );
    }
    const lists = await Promise.all(living.map(({ id }) => this.#askForBuckets({ bucketId: id, signal })));
    return lists.flat();
  }

  /** After a lost answer: a key of the wanted name may be the one that was made, and its secret is gone. */
  async #refuseTwinOf(keyName: string, signal: AbortSignal | undefined): Promise<undefined> {
    for await (const key of this.listKeys({ signal })) {
      if (key.name === keyName) {
        throw new UnavailableError(
          `b2_create_key got no answer, and a key named ${keyName} exists (${key.id}): if it is not yours from before, delete it and try again`,
          { operation: "b2_create_key" },
        );
      }
    }
    return undefined;
  }
}
