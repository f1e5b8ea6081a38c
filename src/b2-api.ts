import { Bucket } from "./bucket.ts";
import type { components, RawClient } from "./raw/index.ts";
import type { KeyvAccountInfo } from "./session/account-info.ts";
import type { Credentials } from "./session/credentials.ts";
import { NotFoundError } from "./session/errors.ts";
import { type CallOptions, Session, type SessionOptions } from "./session/session.ts";

/** Settings of {@link B2Api}. */
export type B2ApiOptions = SessionOptions;

type CreateBucketFields = components["schemas"]["CreateBucketRequest"];

/** Settings of a new bucket beyond name and type. */
export type CreateBucketOptions = Omit<CreateBucketFields, "accountId" | "bucketName" | "bucketType"> &
  CallOptions;

/** Narrows a list of buckets to at most one. */
export interface ListBucketsOptions extends CallOptions {
  readonly bucketName?: string;
  readonly bucketId?: string;
}

/**
 * An account of Backblaze B2: the entry to everything.
 *
 * Credentials come from the options or from `B2_APPLICATION_KEY_ID`, `B2_APPLICATION_KEY` and `B2_REALM`. The
 * first call authorizes; a token that expires is replaced without the caller noticing.
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

  /**
   * Creates a bucket.
   *
   * @param name - 6 to 63 letters, digits and hyphens, unique among all accounts, not beginning with `b2-`.
   * @throws {@link ConflictError} when the name is taken.
   * @see b2_create_bucket
   */
  async createBucket(
    name: string,
    type: CreateBucketFields["bucketType"],
    { signal, ...settings }: CreateBucketOptions = {},
  ): Promise<Bucket> {
    const accountId = await this.getAccountId({ signal });
    const body = { ...settings, accountId, bucketName: name, bucketType: type };
    const { data } = await this.#session.call(
      "b2_create_bucket",
      (raw) => raw.POST("/b2api/v4/b2_create_bucket", { body, signal }),
      { bucketName: name, signal },
    );
    return new Bucket(this.#session, data);
  }

  /**
   * Lists the account's buckets of every type, or the one with a given name or id.
   *
   * @see b2_list_buckets
   */
  async listBuckets({ signal, ...filter }: ListBucketsOptions = {}): Promise<Bucket[]> {
    const accountId = await this.getAccountId({ signal });
    const body = { accountId, bucketTypes: ["all" as const], ...filter };
    const { data } = await this.#session.call(
      "b2_list_buckets",
      (raw) => raw.POST("/b2api/v4/b2_list_buckets", { body, signal }),
      { signal },
    );
    return data.buckets.map((fields) => new Bucket(this.#session, fields));
  }

  /**
   * Finds a bucket by its name. Makes one request.
   *
   * @throws {@link NotFoundError} when the account has no such bucket.
   * @see b2_list_buckets
   */
  async getBucketByName(name: string, options: CallOptions = {}): Promise<Bucket> {
    const [bucket] = await this.listBuckets({ ...options, bucketName: name });
    if (bucket === undefined) {
      throw new NotFoundError(`There is no bucket ${name} in this account`, { bucketName: name });
    }
    return bucket;
  }

  /**
   * Deletes a bucket that holds no file version any more.
   *
   * @throws {@link ConflictError} when it is not empty.
   * @see b2_delete_bucket
   */
  async deleteBucket(bucket: Bucket | string, { signal }: CallOptions = {}): Promise<void> {
    const bucketId = typeof bucket === "string" ? bucket : bucket.id;
    const accountId = await this.getAccountId({ signal });
    await this.#session.call(
      "b2_delete_bucket",
      (raw) => raw.POST("/b2api/v4/b2_delete_bucket", { body: { accountId, bucketId }, signal }),
      { signal },
    );
  }
}
