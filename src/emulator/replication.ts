import { badRequest } from "./refusal.ts";
import type { Store, StoredBucket } from "./store.ts";
import type { Schemas } from "./wire.ts";

type Source = Schemas["ReplicationSource"];

/**
 * Checks a replication setting and brings it into the form in which it is kept: null for none, else both directions.
 * The emulator copies nothing by it.
 *
 * Rules may name buckets that are not there, because they may belong to other accounts; keys that have to be this
 * account's own must exist.
 */
export function replicationOf(
  store: Store,
  bucketId: string,
  request: Schemas["ReplicationConfiguration"],
): StoredBucket["replication"] {
  const asReplicationSource = request.asReplicationSource ?? null;
  const asReplicationDestination = request.asReplicationDestination ?? null;
  if (asReplicationSource) checkSource(store, bucketId, asReplicationSource);
  const ownKeys = Object.values(asReplicationDestination?.sourceToDestinationKeyMapping ?? {});
  if (asReplicationDestination && ownKeys.length === 0) throw badRequest("The key mapping is empty");
  for (const applicationKeyId of ownKeys) checkKey(store, applicationKeyId);
  return asReplicationSource || asReplicationDestination
    ? { asReplicationSource, asReplicationDestination }
    : null;
}

function checkSource(
  store: Store,
  bucketId: string,
  { sourceApplicationKeyId, replicationRules }: Source,
): void {
  checkKey(store, sourceApplicationKeyId);
  if (replicationRules.length === 0) throw badRequest("A replication source needs a rule");
  for (const [index, rule] of replicationRules.entries()) {
    const { replicationRuleName: name } = rule;
    if (rule.destinationBucketId === bucketId)
      throw badRequest(`Rule ${name} replicates the bucket to itself`);
    const same = replicationRules.slice(0, index).find((other) => other.replicationRuleName === name);
    if (same) throw badRequest(`Two replication rules have the name ${name}`);
  }
}

function checkKey(store: Store, applicationKeyId: string): void {
  const isKnown =
    store.keys.has(applicationKeyId) || store.account.masterKey.applicationKeyId === applicationKeyId;
  if (!isKnown) throw badRequest(`There is no application key ${applicationKeyId}`);
}

/** Tells whether a bucket's files are replicated to others. */
export function isReplicationSource({ replication }: Pick<StoredBucket, "replication">): boolean {
  return (replication?.asReplicationSource ?? null) !== null;
}
