import { type OperationId, operations } from "../../generated/operations.ts";
import type { RawClient } from "../raw/client-types.ts";
import { TransportError } from "../raw/errors.ts";
import type { FailedAttempt } from "../raw/retry.ts";
import { type Identity, lost, type RawAnswer, refused, toError } from "./answers.ts";
import { UnavailableError } from "./errors.ts";
import type { Allowed } from "./restrictions.ts";

/** How an attempt ended. */
export type Result<T> =
  | { readonly answer: RawAnswer<T> }
  | { readonly error: TransportError | UnavailableError };

/** Tells a failure that may pass from those that will not. */
export async function tryOnce<T>(
  run: (raw: RawClient) => Promise<RawAnswer<T>>,
  raw: RawClient,
): Promise<Result<T>> {
  try {
    return { answer: await run(raw) };
  } catch (error) {
    if (error instanceof TransportError || error instanceof UnavailableError) {
      return { error };
    }
    throw error;
  }
}

/** Tells whether the service may have done what it was asked for, though nobody knows. */
export function isOpen(result: Result<unknown>): boolean {
  return "error" in result && result.error instanceof TransportError && result.error.phase !== "connecting";
}

/** Makes the error that a transfer ends with. */
export function failure(
  operation: OperationId,
  identity: Identity,
  result: Result<unknown>,
  attempts: number,
  allowed?: Allowed,
): Error {
  if ("answer" in result) {
    return refused(operation, identity, result.answer, { attempts, allowed });
  }
  return result.error instanceof TransportError
    ? lost(operation, identity, result.error, attempts)
    : result.error;
}

/** Describes a failure to the retry policy. */
export function describe(
  operation: OperationId,
  result: Result<unknown>,
  attempt = 1,
  elapsedMillis = 0,
): FailedAttempt {
  const told = { operation: operations[operation], attempt, elapsedMillis };
  if ("error" in result) {
    return { ...told, error: result.error };
  }
  const { status, headers } = result.answer.response;
  const retryAfter = headers.get("Retry-After");
  return {
    ...told,
    status,
    ...(result.answer.error !== undefined && { code: toError(result.answer).code }),
    ...(retryAfter !== null && { retryAfter }),
  };
}
