import type { OperationId, OperationRow } from "../../generated/operations.ts";
import type { FailedAttempt } from "./retry.ts";

/** What every event tells. Nothing in an event is secret. */
export interface CallEvent {
  /** Numbers the attempts of this client, so that events of one attempt can be brought together. */
  readonly id: number;
  /** The operation that was called. */
  readonly operation: OperationId;
  /** How the service bills the call: A is free. */
  readonly transactionClass: OperationRow["transactionClass"];
  /** 1 for the first attempt of a call. */
  readonly attempt: number;
}

/** How an attempt ended. */
export interface ResponseEvent extends CallEvent {
  /** From the first byte sent until the header of the answer, or the failure. */
  readonly durationMillis: number;
  /** HTTP status; undefined when no answer arrived. */
  readonly status?: number;
  /** What went wrong when no answer arrived. */
  readonly error?: unknown;
}

/** Why and when a call is made again. */
export interface RetryEvent extends Omit<CallEvent, "id"> {
  /** Wait before the next attempt. */
  readonly delayMillis: number;
  /** HTTP status of the failed attempt; undefined when no answer arrived. */
  readonly status?: number;
  /** The service's error code. */
  readonly code?: string;
  /** What went wrong when no answer arrived. */
  readonly error?: unknown;
}

/**
 * Functions that are told of every request: enough for metrics and traces, and no secrets. They must not throw, and
 * nothing waits for them.
 */
export interface Hooks {
  /** Is told before each attempt is sent. */
  readonly onRequest?: (event: CallEvent) => void;
  /** Is told when an attempt has its answer's header, or failed without. */
  readonly onResponse?: (event: ResponseEvent) => void;
  /** Is told before the wait that precedes another attempt. */
  readonly onRetry?: (event: RetryEvent) => void;
}

/** Tells which call an event is about. */
export function toldOf(
  { operationId, transactionClass }: OperationRow,
  attempt: number,
): Omit<CallEvent, "id"> {
  // Every row stands in the table under its own id.
  return { operation: operationId as OperationId, transactionClass, attempt };
}

/** Makes the event of a call that will be repeated. */
export function retryEvent(
  { operation, attempt, status, code, error }: FailedAttempt,
  delayMillis: number,
): RetryEvent {
  return {
    ...toldOf(operation, attempt),
    delayMillis,
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
    ...(error !== undefined && { error }),
  };
}
