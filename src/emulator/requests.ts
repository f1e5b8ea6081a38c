import type { OperationId } from "../../generated/operations.ts";
import type { FaultName } from "./fault.ts";
import { rowOf } from "./routes.ts";

/** One request as the server saw it. Holds no query, header or body, and so no secret. */
export interface RecordedRequest {
  /** HTTP method. */
  readonly method: string;
  /** Path of the URL, without its query. */
  readonly path: string;
  /** Undefined when the path named none. */
  operation?: OperationId;
  /** Undefined while the answer is on its way, and when the client left before it. */
  status?: number;
  /** The code of an error answer. */
  code?: string;
  /** The effect of the fault that hit it. */
  fault?: FaultName;
}

/** How many recorded requests are kept at least; the oldest go first. Counts go on. */
const mostRecords = 10_000;

/** What reached the server, for tests to assert on. */
export class Requests {
  #records: RecordedRequest[] = [];
  #byOperation = new Map<OperationId, number>();
  #total = 0;
  readonly #awaited = new Map<OperationId, ((record: RecordedRequest) => void)[]>();

  /** Every request, known operation or not. */
  get total(): number {
    return this.#total;
  }

  /** Requests by operation; operations that nobody called are absent. */
  get byOperation(): Readonly<Partial<Record<OperationId, number>>> {
    return Object.fromEntries(this.#byOperation);
  }

  /** Requests by transaction class, each request once; the service bills a page of a listing by 1,000 entries. */
  get byTransactionClass(): Readonly<Record<"A" | "B" | "C", number>> {
    const counts = { A: 0, B: 0, C: 0 };
    for (const [id, count] of this.#byOperation) counts[rowOf(id).transactionClass] += count;
    return counts;
  }

  /** Requests in the order in which they came; after more than 20,000 of them, the latest 10,000 at least. */
  get list(): readonly Readonly<RecordedRequest>[] {
    return this.#records;
  }

  /** How often an operation was called. */
  count(operation: OperationId): number {
    return this.#byOperation.get(operation) ?? 0;
  }

  /**
   * Waits for the next request of an operation, and answers it as soon as its first line and headers are there. Its
   * status follows when it is answered.
   */
  next(operation: OperationId): Promise<Readonly<RecordedRequest>> {
    return new Promise((resolve) => {
      this.#awaited.set(operation, [...(this.#awaited.get(operation) ?? []), resolve]);
    });
  }

  /** Starts counting from zero. */
  clear(): void {
    this.#records = [];
    this.#byOperation = new Map();
    this.#total = 0;
  }

  /** Takes note of a request; the caller fills in the operation and the outcome. */
  record(method: string, path: string): RecordedRequest {
    const record: RecordedRequest = { method, path };
    if (this.#records.length >= mostRecords * 2) this.#records = this.#records.slice(-mostRecords);
    this.#records.push(record);
    this.#total++;
    return record;
  }

  /** Counts a request for its operation. */
  attribute(record: RecordedRequest, operation: OperationId): void {
    record.operation = operation;
    this.#byOperation.set(operation, this.count(operation) + 1);
    for (const resolve of this.#awaited.get(operation) ?? []) resolve(record);
    this.#awaited.delete(operation);
  }
}
