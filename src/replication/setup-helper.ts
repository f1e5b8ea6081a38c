import type { ApplicationKey } from "../application-key.ts";
import type { B2Api } from "../b2-api.ts";
import type { Bucket } from "../bucket.ts";
import type { components } from "../raw/index.ts";
import { RestrictionError } from "../session/errors.ts";
import type { CallOptions } from "../session/session.ts";
import { newRule, type SetupSourceOptions } from "./rule.ts";

export type { SetupSourceOptions } from "./rule.ts";

type Schemas = components["schemas"];
type Configuration = Schemas["ReplicationConfiguration"];
type Capability = Schemas["Capability"];

const SOURCE_CAPABILITIES: Capability[] = ["readFiles", "readFileLegalHolds", "readFileRetentions"];
const DESTINATION_CAPABILITIES: Capability[] = [
  "writeFiles",
  "writeFileLegalHolds",
  "writeFileRetentions",
  "deleteFiles",
];

/** The service allows 100 characters, and the longest ending has 9. */
const KEY_NAME_STEM = 91;

/**
 * Sets buckets up so that the service copies what is stored in one into another: application keys on both sides, the
 * destination's consent and the source's rule.
 *
 * Keys that the buckets use for replication already are used again if they are for any name, do not end, and may do
 * what is needed; otherwise a new one named after its bucket is made, with the ending `-replisrc` or `-replidst`, and
 * stays when a later step fails. What others change in the buckets at the same moment is kept, and so is what the
 * buckets replicate otherwise. The keys of the accounts need `readBucketReplications`, `writeBucketReplications`,
 * `listBuckets`, `writeBuckets`, `listKeys` and `writeKeys`.
 *
 * @example
 * const helper = new ReplicationSetupHelper(b2);
 * await helper.setupBoth(photos, backup, { prefix: "2026/", includeExistingFiles: true });
 */
export class ReplicationSetupHelper {
  readonly #source: B2Api;
  readonly #destination: B2Api;

  /**
   * @param source - Account of the buckets to copy from.
   * @param destination - Account of the buckets to copy into; the same by default.
   */
  constructor(source: B2Api, destination: B2Api = source) {
    this.#source = source;
    this.#destination = destination;
  }

  /**
   * Lets a bucket be copied into another; the destination is set up before the source. Gives both as they are then.
   *
   * @throws `TypeError` or `RangeError` for a rule that the service would refuse, `RestrictionError` when an
   * account's key may not read the replication of its bucket, `B2Error` when the service refuses a step: the
   * steps before it stay.
   * @see b2_update_bucket, b2_create_key
   */
  async setupBoth(
    sourceBucket: Bucket,
    destinationBucket: Bucket,
    options: SetupSourceOptions = {},
  ): Promise<{ readonly source: Bucket; readonly destination: Bucket }> {
    newRule([], destinationBucket, options); // Refuses what is wrong before anything is changed.
    const key = await this.getSourceKey(sourceBucket, options);
    const destination = await this.setupDestination(key.id, destinationBucket, options);
    const source = await this.setupSource(sourceBucket, key.id, destinationBucket, options);
    return { source, destination };
  }

  /**
   * Gives the key with which the service is to read a bucket: the one that it uses already, or a new one.
   *
   * Where a new one takes the place of an unsuitable one, the destinations of older rules have to be set up for it.
   *
   * @see b2_list_keys, b2_create_key
   */
  async getSourceKey(sourceBucket: Bucket, { signal }: CallOptions = {}): Promise<ApplicationKey> {
    const { asReplicationSource } = configurationOf(await sourceBucket.getFreshState({ signal }));
    const used = asReplicationSource?.sourceApplicationKeyId;
    const key = used === undefined ? undefined : await this.#source.getKey(used, { signal });
    return key !== undefined && isSuitable(key, sourceBucket, SOURCE_CAPABILITIES)
      ? key
      : await createKey(this.#source, sourceBucket, "-replisrc", SOURCE_CAPABILITIES, signal);
  }

  /**
   * Adds a rule to a bucket that is copied from, whose destination is set up already or will be by somebody else.
   *
   * @param sourceKeyId - Key with which the service reads the bucket; see {@link getSourceKey}.
   * @throws `TypeError` or `RangeError` for a rule that the service would refuse, `RestrictionError` when the
   * account's key may not read the bucket's replication.
   * @see b2_update_bucket
   */
  async setupSource(
    sourceBucket: Bucket,
    sourceKeyId: string,
    destinationBucket: Pick<Bucket, "id" | "name">,
    options: SetupSourceOptions = {},
  ): Promise<Bucket> {
    return await sourceBucket.change((fresh) => {
      const { asReplicationSource, ...other } = configurationOf(fresh);
      const rules = asReplicationSource?.replicationRules ?? [];
      const replicationRules = [...rules, newRule(rules, destinationBucket, options)];
      const changed = { sourceApplicationKeyId: sourceKeyId, replicationRules };
      return { replicationConfiguration: { ...other, asReplicationSource: changed } };
    }, options);
  }

  /**
   * Lets a bucket be copied into by those who hold a source key, and drops consents whose own key is gone.
   *
   * @param sourceKeyId - Key with which the service reads the source.
   * @throws `RestrictionError` when the account's key may not read the bucket's replication.
   * @see b2_update_bucket, b2_create_key
   */
  async setupDestination(
    sourceKeyId: string,
    destinationBucket: Bucket,
    { signal }: CallOptions = {},
  ): Promise<Bucket> {
    let made: ApplicationKey | undefined;
    return await destinationBucket.change(
      async (fresh) => {
        const { asReplicationDestination, ...other } = configurationOf(fresh);
        const mapping = asReplicationDestination?.sourceToDestinationKeyMapping ?? {};
        const keys = await this.#keysOf(mapping, signal);
        const isGood = (key: ApplicationKey | undefined) =>
          key !== undefined && isSuitable(key, fresh, DESTINATION_CAPABILITIES);
        const good = [keys.get(mapping[sourceKeyId] ?? ""), ...keys.values()].find(isGood);
        made ??= good
          ? undefined
          : await createKey(this.#destination, fresh, "-replidst", DESTINATION_CAPABILITIES, signal);
        const living = Object.entries(mapping).filter(([, keyId]) => keys.has(keyId));
        const consents = { ...Object.fromEntries(living), [sourceKeyId]: (good ?? made)?.id ?? "" };
        const changed = { sourceToDestinationKeyMapping: consents };
        return { replicationConfiguration: { ...other, asReplicationDestination: changed } };
      },
      { signal },
    );
  }

  /** Gives those of a mapping's destination keys that still exist, by their ids. */
  async #keysOf(
    mapping: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<Map<string, ApplicationKey>> {
    const ids = [...new Set(Object.values(mapping))];
    const keys = await Promise.all(ids.map((id) => this.#destination.getKey(id, { signal })));
    return new Map(keys.flatMap((key) => (key === undefined ? [] : [[key.id, key] as const])));
  }
}

/** Gives what a bucket replicates, both directions. */
function configurationOf({ id, name, replicationConfiguration }: Bucket): Configuration {
  if (replicationConfiguration?.isClientAuthorizedToRead === false) {
    throw new RestrictionError(
      `The replication of bucket ${name} (${id}) cannot be changed: the application key lacks readBucketReplications, ` +
        "and what is set already would be lost",
      { operation: "b2_update_bucket", bucketName: name },
    );
  }
  return replicationConfiguration?.value ?? {};
}

function isSuitable(key: ApplicationKey, bucket: Bucket, capabilities: readonly Capability[]): boolean {
  return (
    !key.namePrefix &&
    key.expirationTimestamp === null &&
    (key.bucketIds === null || key.bucketIds.includes(bucket.id)) &&
    key.hasCapabilities(...capabilities)
  );
}

async function createKey(
  b2: B2Api,
  { id, name }: Bucket,
  ending: string,
  capabilities: Capability[],
  signal: AbortSignal | undefined,
): Promise<ApplicationKey> {
  const keyName = `${name.slice(0, KEY_NAME_STEM)}${ending}`;
  return await b2.createKey({ keyName, capabilities, bucketIds: [id], signal });
}
