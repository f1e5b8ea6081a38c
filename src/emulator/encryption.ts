import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { badRequest, Refusal } from "./refusal.ts";
import type { StoredBucket, StoredVersion } from "./store.ts";
import type { Schemas } from "./wire.ts";

/** A caller's own key, as JSON requests carry it. */
export type CustomerKey = Schemas["SourceServerSideEncryptionRequest"];

/** What a request may ask for: the service's keys or the caller's. */
export type EncryptionRequest = Schemas["FileServerSideEncryptionRequest"];

/** What is kept of a customer key: its MD5 for answers, and a salted digest that recognises it. Never the key. */
export interface KeyTrace {
  readonly md5: string;
  /** Base64. */
  readonly salt: string;
  /** HMAC-SHA256 of the key under the salt, in base64. */
  readonly digest: string;
}

const algorithm = "AES256";
const headerPrefix = "x-bz-server-side-encryption";
const noEncryption = { mode: null, algorithm: null } as const;

/** Decides how a new file is stored: as its request asks, else by the bucket's default. */
export function encryptionOf(
  bucket: StoredBucket,
  request: EncryptionRequest | undefined,
): Pick<StoredVersion, "encryption" | "customerKey"> {
  if (request?.mode === "SSE-C") {
    return { encryption: { mode: "SSE-C", algorithm }, customerKey: traceOf(request) };
  }
  const mode = request?.mode ?? bucket.encryption.mode;
  return { encryption: mode === "SSE-B2" ? { mode, algorithm } : noEncryption };
}

/** The default encryption of a bucket, as it is kept. */
export function defaultEncryptionOf(
  request: Schemas["BucketServerSideEncryptionRequest"],
): StoredBucket["encryption"] {
  return request.mode === "SSE-B2" ? { mode: "SSE-B2", algorithm } : noEncryption;
}

/**
 * Refuses access to a file under SSE-C without its key, and a key for a file that has none.
 *
 * @throws Refusal 403 `access_denied` when the key is missing or another, 400 when it makes no sense.
 */
export function requireKey({ customerKey }: StoredVersion, given: EncryptionRequest | undefined): void {
  const key = given?.mode === "SSE-C" ? given : undefined;
  if (key && !customerKey) throw badRequest("The file is not encrypted with a customer key");
  if (!customerKey) return;
  if (!key) throw denied("The file is encrypted with a customer key, which the request lacks");
  if (!isTraceOf(customerKey, keyBytes(key))) throw denied("The customer key is not that of the file");
}

const denied = (message: string) => new Refusal(403, "access_denied", message);

function traceOf(key: CustomerKey): KeyTrace {
  const bytes = keyBytes(key);
  const salt = randomBytes(16);
  return {
    md5: key.customerKeyMd5,
    salt: salt.toString("base64"),
    digest: digestOf(bytes, salt).toString("base64"),
  };
}

function isTraceOf({ salt, digest }: KeyTrace, key: Buffer): boolean {
  return timingSafeEqual(digestOf(key, Buffer.from(salt, "base64")), Buffer.from(digest, "base64"));
}

const digestOf = (key: Buffer, salt: Buffer) => createHmac("sha256", salt).update(key).digest();

/** Decodes a key and checks it against the MD5 that comes with it. */
function keyBytes({ customerKey, customerKeyMd5 }: CustomerKey): Buffer {
  const bytes = Buffer.from(customerKey, "base64");
  if (bytes.length !== 32 || bytes.toString("base64") !== customerKey) {
    throw badRequest("The customer key is not 32 bytes in base64");
  }
  if (createHash("md5").update(bytes).digest("base64") !== customerKeyMd5) {
    throw badRequest("The MD5 does not belong to the customer key");
  }
  return bytes;
}

/** Reads what the headers of an upload or a download say about encryption. */
export function encryptionInHeaders(request: IncomingMessage): EncryptionRequest | undefined {
  const key = customerKeyInHeaders(request);
  const managed = request.headers[headerPrefix];
  if (managed === undefined) return key;
  if (key) throw badRequest("SSE-B2 and SSE-C exclude each other");
  return { mode: "SSE-B2", algorithm };
}

/** Reads the three headers of a customer key: all of them, or none. */
export function customerKeyInHeaders({ headers }: IncomingMessage): CustomerKey | undefined {
  const [named, customerKey, customerKeyMd5] = ["algorithm", "key", "key-md5"].map(
    (name) => headers[`${headerPrefix}-customer-${name}`],
  );
  if (named === undefined && customerKey === undefined && customerKeyMd5 === undefined) return undefined;
  if (typeof customerKey !== "string" || typeof customerKeyMd5 !== "string" || named === undefined) {
    throw badRequest("SSE-C needs all three headers: Customer-Algorithm, Customer-Key, Customer-Key-Md5");
  }
  if (named !== algorithm) throw badRequest(`The only algorithm of SSE-C is ${algorithm}`);
  const key = { mode: "SSE-C", algorithm, customerKey, customerKeyMd5 } as const;
  keyBytes(key);
  return key;
}

/** The headers by which downloads say how a file is encrypted. */
export function encryptionHeaders({ encryption, customerKey }: StoredVersion): Record<string, string> {
  if (customerKey) {
    return {
      "X-Bz-Server-Side-Encryption-Customer-Algorithm": algorithm,
      "X-Bz-Server-Side-Encryption-Customer-Key-Md5": customerKey.md5,
    };
  }
  return encryption.mode === "SSE-B2" ? { "X-Bz-Server-Side-Encryption": algorithm } : {};
}
