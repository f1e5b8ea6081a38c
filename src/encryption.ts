import { md5 } from "#runtime";
import type { components } from "./raw/index.ts";

/**
 * A customer's own 256-bit key for server-side encryption (SSE-C). The service does not keep it: without it the
 * content cannot be read again.
 *
 * The key never shows when the object is printed, inspected or turned into JSON.
 */
export class CustomerKey {
  /** A name of yours for the key, kept in the file info as `sse_c_key_id`, so that you find the key again. */
  readonly keyId: string | undefined;
  readonly #secret: Uint8Array;

  /** @throws `RangeError` when the key does not have 32 bytes. */
  constructor(secret: Uint8Array, keyId?: string) {
    if (secret.length !== 32) {
      throw new RangeError(`A customer key has 32 bytes, not ${secret.length}`);
    }
    this.#secret = secret.slice();
    this.keyId = keyId;
  }

  /** Writes the key and its MD5 as the service wants them; the result is secret. */
  toWire(): components["schemas"]["SourceServerSideEncryptionRequest"] {
    return {
      mode: "SSE-C",
      algorithm: "AES256",
      customerKey: base64(this.#secret),
      customerKeyMd5: base64(md5(this.#secret)),
    };
  }
}

/** How a file's content is encrypted on the service: with its own keys, or with one of yours. */
export type FileEncryption =
  | {
      /** With keys that the service keeps. */
      readonly mode: "SSE-B2";
    }
  | {
      /** With a key that you send along with each call and that nobody else keeps. */
      readonly mode: "SSE-C";
      /** Your key. */
      readonly key: CustomerKey;
    };

/** Gives the customer key of an encryption that has one. */
export function customerKey(encryption: FileEncryption | undefined): CustomerKey | undefined {
  return encryption?.mode === "SSE-C" ? encryption.key : undefined;
}

/** Headers that let a download or its HEAD form read a file encrypted with a customer key. */
export function decryptionHeaders(encryption: FileEncryption | undefined) {
  if (encryption?.mode !== "SSE-C") {
    return {};
  }
  const { algorithm, customerKey, customerKeyMd5 } = encryption.key.toWire();
  return {
    "X-Bz-Server-Side-Encryption-Customer-Algorithm": algorithm,
    "X-Bz-Server-Side-Encryption-Customer-Key": customerKey,
    "X-Bz-Server-Side-Encryption-Customer-Key-Md5": customerKeyMd5,
  };
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
