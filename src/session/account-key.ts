import { createSha1 } from "#runtime";
import type { Credentials } from "./credentials.ts";

/** Says whose account info is meant: that of one application key in one realm. */
export type AccountKey = Credentials;

/**
 * Names a stored record. Besides the key's id, the name holds a digest of realm, id and secret: only who has the
 * whole application key finds what was stored for it, and the key cannot be computed from the name.
 */
export function recordName(kind: string, { realm, applicationKeyId, applicationKey }: AccountKey): string {
  const digest = createSha1();
  digest.update(new TextEncoder().encode(JSON.stringify([realm, applicationKeyId, applicationKey])));
  return `b2kit:${kind}:${applicationKeyId}:${digest.hex().slice(0, 32)}`;
}

/**
 * Tells whether an application key is the account's master key: its id is the account's, alone or between a three
 * character cluster number and ten zeros.
 */
export function isMasterKey(accountId: string, applicationKeyId: string): boolean {
  const isLongForm = applicationKeyId.slice(3) === `${accountId}0000000000`;
  return applicationKeyId === accountId || isLongForm;
}
