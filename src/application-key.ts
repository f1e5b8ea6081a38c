import type { components } from "./raw/index.ts";

type KeyFields = components["schemas"]["ApplicationKey"];

/** An application key: what it may do, where, and until when. The secret is not part of it. */
export class ApplicationKey {
  /** Account that the key belongs to. */
  readonly accountId: string;
  /** Names the key when somebody authorizes with it. Not secret. */
  readonly id: string;
  /** Name of yours for the key; several keys may share it. */
  readonly name: string;
  /** What the key may do. */
  readonly capabilities: KeyFields["capabilities"];
  /** Buckets that the key is restricted to; null for all. */
  readonly bucketIds: readonly string[] | null;
  /** Beginning of all file names that the key may touch; null for any. */
  readonly namePrefix: string | null;
  /** When the key ends, in milliseconds since 1970 UTC; null for never. */
  readonly expirationTimestamp: number | null;

  /** Features of the key, such as `s3`. */
  readonly options: KeyFields["options"];

  /** @internal */
  constructor(fields: KeyFields) {
    this.accountId = fields.accountId;
    this.id = fields.applicationKeyId;
    this.name = fields.keyName;
    this.capabilities = fields.capabilities;
    this.bucketIds = fields.bucketIds;
    this.namePrefix = fields.namePrefix;
    this.expirationTimestamp = fields.expirationTimestamp;
    this.options = fields.options;
  }

  /** Tells whether the key has all of these capabilities; `all` among its own stands for every one. */
  hasCapabilities(...names: ReadonlyArray<KeyFields["capabilities"][number]>): boolean {
    return this.capabilities.includes("all") || names.every((name) => this.capabilities.includes(name));
  }
}

/** A key that was just created, with its secret: the service never shows it again, and printing this does not either. */
export class FullApplicationKey extends ApplicationKey {
  readonly #secret: string;

  /** @internal */
  constructor(fields: components["schemas"]["CreatedApplicationKey"]) {
    super(fields);
    this.#secret = fields.applicationKey;
  }

  /** The secret. Keep it where secrets are kept. */
  get applicationKey(): string {
    return this.#secret;
  }
}
