import type { OperationRow } from "../../generated/operations.ts";

/** One attempt that failed, as a {@link RetryPolicy} sees it. */
export interface FailedAttempt {
  /** The operation's row in the generated table. */
  readonly operation: OperationRow;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Time since the call began. */
  readonly elapsedMillis: number;
  /** HTTP status, when an answer arrived. */
  readonly status?: number;
  /** The service's error code, when the answer carried one. */
  readonly code?: string;
  /** The answer's Retry-After header. */
  readonly retryAfter?: string;
  /** What was thrown, when no answer arrived. */
  readonly error?: unknown;
}

/** Decides what follows a failed attempt: a wait in milliseconds before the same call again, or undefined to give up. */
export type RetryPolicy = (failed: FailedAttempt) => number | undefined;
