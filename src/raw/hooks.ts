import { channel } from "#runtime";
import type { OperationId, OperationRow } from "../../generated/operations.ts";
import type { ReadyCall } from "./call.ts";
import type { FailedAttempt } from "./retry.ts";

/** Which call an attempt belongs to, and what that is about where the facade makes it. */
export interface Trace {
  /** Numbers the calls of this process: all attempts of one call share it. */
  readonly callId: number;
  /** 1 for the first attempt of a call. */
  readonly attempt: number;
  /** Bucket that the call is about, where its name is known. */
  readonly bucketName?: string | undefined;
  /** Name of the file that the call is about, or a prefix of names. */
  readonly fileName?: string | undefined;
  /** Version of a file, or unfinished large file, that the call is about. */
  readonly fileId?: string | undefined;
  /** Part of a large file, counted from 1. */
  readonly partNumber?: number | undefined;
}

/** What every event tells. Nothing in an event is secret. */
export interface CallEvent extends Trace {
  /** Numbers the attempts of this process, so that events of one attempt can be brought together. */
  readonly id: number;
  /** The operation that was called. */
  readonly operation: OperationId;
  /** How the service bills the call: A is free. */
  readonly transactionClass: OperationRow["transactionClass"];
  /** Host that is asked, with its port unless it is the usual one. */
  readonly host: string;
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
export interface RetryEvent extends Omit<CallEvent, "id" | "host"> {
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
 * nothing waits for them. Subscribers of `node:diagnostics_channel` are told the same under `b2kit:request`,
 * `b2kit:response` and `b2kit:retry`, whatever client makes the call.
 */
export interface Hooks {
  /** Is told before each attempt is sent. */
  readonly onRequest?: (event: CallEvent) => void;
  /** Is told when an attempt has its answer's header, or failed without. */
  readonly onResponse?: (event: ResponseEvent) => void;
  /** Is told before the wait that precedes another attempt. */
  readonly onRetry?: (event: RetryEvent) => void;
}

/** Where events are told to whoever subscribed to a name. */
export interface Channel {
  /** Whether anybody did. */
  readonly hasSubscribers: boolean;
  publish(event: unknown): void;
}

const requests = /* @__PURE__ */ channel("b2kit:request");
const responses = /* @__PURE__ */ channel("b2kit:response");
const retries = /* @__PURE__ */ channel("b2kit:retry");

let calls = 0;
let attempts = 0;

/** Gives the next call its number. */
export function nextCallId(): number {
  return ++calls;
}

/** Tells that an attempt begins, and gives what tells how it ends; undefined when nobody wants to know. */
export function tellRequest(
  call: ReadyCall,
): ((outcome: { status: number } | { error: unknown }) => void) | undefined {
  const { hooks } = call.settings;
  if (hooks === undefined && !requests.hasSubscribers && !responses.hasSubscribers) {
    return undefined;
  }
  const event = { id: ++attempts, ...toldOf(call.operation, call.trace), host: new URL(call.url).host };
  const startedMillis = performance.now();
  hooks?.onRequest?.(event);
  requests.publish(event);
  return (outcome) => {
    const response = { ...event, durationMillis: performance.now() - startedMillis, ...outcome };
    hooks?.onResponse?.(response);
    responses.publish(response);
  };
}

/** Tells that a call will be made again. */
export function tellRetry(
  hooks: Hooks | undefined,
  { operation, attempt, status, code, error }: FailedAttempt,
  delayMillis: number,
  trace: Omit<Trace, "attempt">,
): void {
  const event = {
    ...toldOf(operation, { ...trace, attempt }),
    delayMillis,
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
    ...(error !== undefined && { error }),
  };
  hooks?.onRetry?.(event);
  retries.publish(event);
}

function toldOf({ operationId, transactionClass }: OperationRow, trace: Trace) {
  // Every row stands in the table under its own id.
  return { operation: operationId as OperationId, transactionClass, ...trace };
}
