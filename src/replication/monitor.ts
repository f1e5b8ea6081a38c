import type { Bucket } from "../bucket.ts";
import type { FileVersion } from "../file-version.ts";
import type { components } from "../raw/index.ts";
import type { CallOptions } from "../session/session.ts";
import { mergeByName } from "../sync/merge.ts";
import { Counting, type ReplicationReport, stateOf } from "./scan-report.ts";

type Rule = components["schemas"]["ReplicationRule"];

/** The newest versions of one name on both sides; hide markers count, unfinished large files do not. */
export interface ReplicationPair {
  /** The newest version where the rule copies from; undefined where there is none. */
  readonly source: FileVersion | undefined;
  /** The newest version where it copies to. */
  readonly destination: FileVersion | undefined;
}

/**
 * Looks how far a replication rule has come: compares what its bucket holds with what arrived.
 *
 * @example
 * const monitor = new ReplicationMonitor(photos, rule, await b2.getBucketById(rule.destinationBucketId));
 * for (const { state, count } of (await monitor.scan()).groups) {
 *   console.log(count, state.sourceReplicationStatus, state.hashDiffers);
 * }
 */
export class ReplicationMonitor {
  readonly #source: Bucket;
  readonly #rule: Rule;
  readonly #destination: Bucket | undefined;

  /**
   * @param bucket - The bucket that the rule copies from.
   * @param rule - One of the bucket's rules, from `replicationConfiguration`.
   * @param destination - The bucket that it copies into, of whichever account. Without it the source alone is looked
   * at, which says of each file how far the service has come with it.
   * @throws `TypeError` when the rule is none of the bucket's, or leads to another destination.
   */
  constructor(bucket: Bucket, rule: Rule, destination?: Bucket) {
    if (!mayHaveRule(bucket, rule)) {
      throw new TypeError(`Bucket ${bucket.name} has no replication rule ${rule.replicationRuleName}`);
    }
    if (destination !== undefined && destination.id !== rule.destinationBucketId) {
      throw new TypeError(
        `The rule ${rule.replicationRuleName} leads to bucket ${rule.destinationBucketId}, not to ${destination.name}`,
      );
    }
    this.#source = bucket;
    this.#rule = rule;
    this.#destination = destination;
  }

  /**
   * Gives what both buckets hold of each name below the rule's prefix, in the UTF-8 byte order of the names.
   *
   * Lists all versions of both sides, one page ahead: each 1,000 cost a class C transaction, old versions included.
   *
   * @throws `RestrictionError` with the first pair, when an application key does not see the whole prefix.
   * @see b2_list_file_versions
   */
  async *iterPairs({ signal }: CallOptions = {}): AsyncGenerator<ReplicationPair, void> {
    const scan = (bucket: Bucket) => newestVersions(bucket, this.#rule.fileNamePrefix, signal);
    const destinations = this.#destination === undefined ? none() : scan(this.#destination);
    for await (const { source, destination } of mergeByName(scan(this.#source), destinations)) {
      yield { source: source?.version, destination: destination?.version };
    }
  }

  /**
   * Counts all names by the state of their replication, with examples. Holds one entry for each state, however many
   * files there are. Costs what {@link ReplicationMonitor.iterPairs} does.
   */
  async scan(options: CallOptions = {}): Promise<ReplicationReport> {
    const counting = new Counting();
    for await (const pair of this.iterPairs(options)) {
      counting.add(stateOf(pair), pair);
    }
    return counting.report();
  }
}

/** Tells whether a bucket has a rule of this name; a bucket whose settings are not known may have. */
function mayHaveRule({ replicationConfiguration }: Bucket, rule: Rule): boolean {
  const { isClientAuthorizedToRead = false, value } = replicationConfiguration ?? {};
  const rules = value?.asReplicationSource?.replicationRules ?? [];
  return (
    !isClientAuthorizedToRead ||
    rules.some(({ replicationRuleName }) => replicationRuleName === rule.replicationRuleName)
  );
}

interface Named {
  readonly relativePath: string;
  readonly version: FileVersion;
}

async function* none(): AsyncGenerator<Named, void> {}

/** Gives the newest version of each name, whether it is hidden or not. */
async function* newestVersions(
  bucket: Bucket,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Named, void> {
  const pattern = `${prefix.replace(/[*?[]/g, "[$&]")}*`;
  const all = { recursive: true, withWildcard: true, latestOnly: false, needsAll: true, signal };
  let last: string | undefined;
  for await (const { fileVersion: version } of bucket.ls(pattern, all)) {
    if (version.action !== "start" && version.name !== last) {
      last = version.name;
      yield { relativePath: version.name, version };
    }
  }
}
