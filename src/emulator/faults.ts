import type { OperationId } from "../../generated/operations.ts";
import { canHappenTo, type Fault, type FaultTarget, nameOf } from "./fault.ts";
import { readFault } from "./fault-schema.ts";
import { randomFrom } from "./random.ts";

/** A fault that was added, and what became of it. */
export interface AddedFault {
  /** The fault as it was given. */
  readonly fault: Fault;
  /** How many matching calls came since it was added. */
  readonly calls: number;
  /** How many of them it hit. */
  readonly hits: number;
  /** Ends the fault; a call that it has hit already goes on with it. */
  remove(): void;
}

/**
 * The faults that are set, in the order in which they were added. Each counts the calls that match it by itself; when
 * several want the same call, the first one has it and the others do not count it as a hit.
 */
export class Faults {
  readonly #added = new Set<ActiveFault>();

  /**
   * Adds a fault.
   *
   * @returns its handle, which counts and removes it.
   * @throws TypeError when it is not a fault.
   */
  add(fault: Fault): AddedFault {
    const added: ActiveFault = new ActiveFault(readFault(fault), () => this.#added.delete(added));
    this.#added.add(added);
    return added;
  }

  /** Removes all faults. */
  clear(): void {
    this.#added.clear();
  }

  /** What is set now. */
  get list(): readonly AddedFault[] {
    return [...this.#added];
  }

  /** Counts a call, and chooses the fault that hits it. */
  strike(operation: OperationId): Fault | undefined {
    let hit: ActiveFault | undefined;
    for (const added of this.#added) if (added.wants(operation)) hit ??= added;
    if (hit) hit.hits++;
    return hit?.fault;
  }
}

class ActiveFault implements AddedFault {
  readonly fault: Fault;
  readonly remove: () => void;
  calls = 0;
  hits = 0;
  readonly #random: () => number;

  constructor(fault: Fault, remove: () => void) {
    this.fault = fault;
    this.remove = remove;
    this.#random = randomFrom(fault.seed ?? 1);
  }

  /** Counts a call if it matches, and tells whether it should be hit. */
  wants(operation: OperationId): boolean {
    const { fault } = this;
    if (fault.operation !== "*" && fault.operation !== operation) return false;
    if (!canHappenTo(nameOf(fault), operation)) return false;
    this.calls++;
    return this.#isPicked(fault) && this.hits < (fault.times ?? Number.POSITIVE_INFINITY);
  }

  #isPicked({ nth, every, share }: FaultTarget): boolean {
    if (nth !== undefined) return [nth].flat().includes(this.calls);
    if (every !== undefined) return this.calls % every === 0;
    return share === undefined || this.#random() < share;
  }
}
