import { md5, sha1 } from "@noble/hashes/legacy.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { fetchTransport } from "./fetch-transport.ts";
import type { NodeTransportOptions } from "./node-transport.ts";
import type { Sha1 } from "./sha1.ts";
import type { Transport } from "./transport.ts";

export type { NodeTransportOptions } from "./node-transport.ts";

// The same names as runtime-node.ts: the `#runtime` import of package.json chooses between the two.

export function defaultTransport(): Transport {
  return fetchTransport();
}

export function nodeTransport(_options?: NodeTransportOptions): Transport {
  throw new TypeError("nodeTransport needs Node: this runtime reaches the network by fetchTransport");
}

export function createSha1(): Sha1 {
  const hash = sha1.create();
  return { update: (bytes) => hash.update(bytes), hex: () => bytesToHex(hash.digest()) };
}

export const runtimeName: string | undefined = undefined;

export { md5 };
