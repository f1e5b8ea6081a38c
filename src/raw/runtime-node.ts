import { createHash, type Hash } from "node:crypto";
import { nodeTransport } from "./node-transport.ts";
import type { Sha1 } from "./sha1.ts";
import type { Transport } from "./transport.ts";

export { type NodeAgent, type NodeTransportOptions, nodeTransport } from "./node-transport.ts";

/** Creates the transport that is used when the caller gives none. */
export function defaultTransport(): Transport {
  return nodeTransport();
}

/** Starts a SHA-1 computation. */
export function createSha1(): Sha1 {
  return toSha1(createHash("sha1"));
}

function toSha1(hash: Hash): Sha1 {
  return {
    update: (bytes) => hash.update(bytes),
    copy: () => toSha1(hash.copy()),
    hex: () => hash.digest("hex"),
  };
}

/** Names the runtime for the User-Agent header; undefined where the platform sets the header itself. */
export const runtimeName: string | undefined = `node/${process.versions.node}`;

/** Computes the MD5 of a few bytes. */
export function md5(bytes: Uint8Array): Uint8Array {
  return createHash("md5").update(bytes).digest();
}

/** Whether a request body can be sent while it is made. */
export const sendsStreams: boolean = true;
