import type { components } from "../raw/index.ts";
import type { CallOptions } from "../session/session.ts";

type Rule = components["schemas"]["ReplicationRule"];

/** What a new rule replicates, and its place among others. */
export interface SetupSourceOptions extends CallOptions {
  /**
   * Name of the rule, unique in the bucket: 1 to 64 letters, digits, hyphens and underscores.
   * @defaultValue the name of the destination bucket, with a number if it is taken
   */
  readonly name?: string | undefined;
  /**
   * Which rule counts where several fit, from 1 to 2,147,483,647. The vendor's own programs disagree whether higher
   * or lower ones win.
   * @defaultValue 5 more than the highest of the bucket's other rules; 128 for the first
   */
  readonly priority?: number | undefined;
  /**
   * Only files whose names begin with this are copied.
   * @defaultValue ""
   */
  readonly prefix?: string | undefined;
  /**
   * Whether files are copied that are there already.
   * @defaultValue false
   */
  readonly includeExistingFiles?: boolean | undefined;
}

const FIRST_PRIORITY = 128;
const PRIORITY_STEP = 5;
const MAX_PRIORITY = 2 ** 31 - 1;
const MAX_NAME_LENGTH = 64;

/**
 * Makes a rule that goes beside others.
 *
 * @throws `TypeError` for a name that is taken or cannot be one, `RangeError` for a priority that cannot be one.
 */
export function newRule(
  others: readonly Rule[],
  destination: { readonly id: string; readonly name: string },
  options: SetupSourceOptions,
): Rule {
  const { name = freeName(others, destination.name), prefix = "", includeExistingFiles = false } = options;
  const { priority = nextPriority(others) } = options;
  checkName(others, name);
  if (!Number.isInteger(priority) || priority < 1 || priority > MAX_PRIORITY) {
    throw new RangeError(`The priority of a replication rule is from 1 to ${MAX_PRIORITY}, not ${priority}`);
  }
  return {
    replicationRuleName: name,
    destinationBucketId: destination.id,
    fileNamePrefix: prefix,
    includeExistingFiles,
    isEnabled: true,
    priority,
  };
}

function nextPriority(others: readonly Rule[]): number {
  return others.length === 0
    ? FIRST_PRIORITY
    : Math.max(...others.map(({ priority }) => priority)) + PRIORITY_STEP;
}

function freeName(others: readonly Rule[], stem: string): string {
  for (let number = 1; ; number++) {
    const ending = number === 1 ? "" : String(number);
    const name = `${stem.slice(0, MAX_NAME_LENGTH - ending.length)}${ending}`;
    if (!isTaken(others, name)) {
      return name;
    }
  }
}

function checkName(others: readonly Rule[], name: string): void {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw new TypeError(
      `The name ${JSON.stringify(name)} of a replication rule is not 1 to 64 letters, digits, hyphens and underscores`,
    );
  }
  if (isTaken(others, name)) {
    throw new TypeError(`The bucket has a replication rule named ${name} already: name it otherwise`);
  }
}

function isTaken(others: readonly Rule[], name: string): boolean {
  return others.some(({ replicationRuleName }) => replicationRuleName === name);
}
