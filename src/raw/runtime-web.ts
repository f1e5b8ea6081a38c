import { md5, sha1 } from "@noble/hashes/legacy.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { fetchTransport } from "./fetch-transport.ts";
import type { Channel } from "./hooks.ts";
import type { NodeTransportOptions } from "./node-transport.ts";
import type { Sha1 } from "./sha1.ts";
import type { Transport } from "./transport.ts";

export type { NodeAgent, NodeLookup, NodeTransportOptions } from "./node-transport.ts";

// The same names as runtime-node.ts: the `#runtime` import of package.json chooses between the two.

export function defaultTransport(): Transport {
  return fetchTransport();
}

export function nodeTransport(_options?: NodeTransportOptions): Transport {
  throw new TypeError("nodeTransport needs Node: this runtime reaches the network by fetchTransport");
}

/** Gives the channel of this name where the runtime has Node's module beside `fetch`; nobody can subscribe elsewhere. */
export function channel(name: string): Channel {
  const diagnostics = globalThis.process?.getBuiltinModule?.("node:diagnostics_channel");
  return diagnostics?.channel(name) ?? { hasSubscribers: false, publish: () => {} };
}

export function createSha1(): Sha1 {
  return toSha1(sha1.create());
}

export function sha1Of(bytes: Uint8Array): string {
  return bytesToHex(sha1(bytes));
}

function toSha1(hash: ReturnType<typeof sha1.create>): Sha1 {
  return {
    update: (bytes) => hash.update(bytes),
    copy: () => toSha1(hash.clone()),
    hex: () => bytesToHex(hash.digest()),
  };
}

export const runtimeName: string | undefined = undefined;

export { md5 };

/** Browsers need a request body whole before they send it. */
export const sendsStreams: boolean = false;
