import crypto, { createHash, type Hash } from "node:crypto";
import diagnostics from "node:diagnostics_channel";
import { debuglog } from "node:util";
import { escapeControls } from "./encoding.ts";
import type { Channel } from "./hooks.ts";
import { nodeTransport } from "./node-transport.ts";
import type { Sha1 } from "./sha1.ts";
import type { Transport } from "./transport.ts";

export {
  type NodeAgent,
  type NodeLookup,
  type NodeTransportOptions,
  nodeTransport,
} from "./node-transport.ts";

/** Creates the transport that is used when the caller gives none. */
export function defaultTransport(): Transport {
  return nodeTransport();
}

/** Gives the channel of `node:diagnostics_channel` that has this name; `NODE_DEBUG=b2kit` prints what passes. */
export function channel(name: string): Channel {
  if (debug.enabled) {
    diagnostics.subscribe(name, (event) =>
      debug("%s %s", name, escapeControls(JSON.stringify(event, plain))),
    );
  }
  return diagnostics.channel(name);
}

const debug = debuglog("b2kit");

function plain(_: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}

/** Starts a SHA-1 computation. */
export function createSha1(): Sha1 {
  return toSha1(createHash("sha1"));
}

/** Computes the SHA-1 of a few bytes, as hex digits. */
export function sha1Of(bytes: Uint8Array): string {
  return crypto.hash("sha1", bytes);
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
