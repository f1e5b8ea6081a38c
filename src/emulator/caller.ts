import { unauthorized } from "./refusal.ts";
import type { StoredKey } from "./store.ts";
import type { Token } from "./tokens.ts";
import type { Schemas } from "./wire.ts";

type Capability = Schemas["Capability"];

/** Who makes a call: an application key, by itself or through a token, or anybody. Refuses what it may not do. */
export class Caller {
  /** Undefined for calls without authorization. */
  readonly #key: StoredKey | undefined;
  /** Undefined for calls with an application key and for those without authorization. */
  readonly token: Token | undefined;

  constructor(key?: StoredKey, token?: Token) {
    this.#key = key;
    this.token = token;
  }

  get isAnonymous(): boolean {
    return this.#key === undefined;
  }

  /** The application key. */
  get key(): StoredKey {
    if (!this.#key) throw unauthorized("This call needs authorization");
    return this.#key;
  }

  can(capability: string): boolean {
    return this.#key?.capabilities.some((held) => held === capability) ?? false;
  }

  /** Refuses a key without this capability. */
  require(capability: Capability): void {
    if (!this.can(capability)) throw unauthorized(`The application key lacks the capability ${capability}`);
  }

  /** Refuses a key that is restricted to other buckets. */
  requireBucket(bucketId: string): void {
    if (this.key.bucketIds?.includes(bucketId) === false) {
      throw unauthorized(`The application key is restricted to other buckets than ${bucketId}`);
    }
  }

  /** Refuses a key that is restricted to file names beyond this one, or beyond some that begin with this prefix. */
  requirePrefix(nameOrPrefix: string): void {
    const { namePrefix } = this.key;
    if (namePrefix && !nameOrPrefix.startsWith(namePrefix)) {
      throw unauthorized("The application key is restricted to another file name prefix");
    }
  }

  /** Tells whether the restrictions of the key leave this file to it. */
  reaches({ bucketId, fileName }: { readonly bucketId: string; readonly fileName: string }): boolean {
    const { bucketIds, namePrefix } = this.key;
    return bucketIds?.includes(bucketId) !== false && fileName.startsWith(namePrefix ?? "");
  }

  /** Refuses a key that does not reach this file. */
  requireFile({ bucketId, fileName }: { readonly bucketId: string; readonly fileName: string }): void {
    this.requireBucket(bucketId);
    this.requirePrefix(fileName);
  }
}
