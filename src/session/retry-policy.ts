import type { OperationRow } from "../../generated/operations.ts";
import { TransportError } from "../raw/errors.ts";
import type { FailedAttempt, RetryPolicy } from "../raw/retry.ts";
import { UnavailableError } from "./errors.ts";

/** How long and how often failed calls are repeated. */
export interface RetryOptions {
  /**
   * Wait before the first repetition; it doubles each time.
   * @defaultValue 1,000
   */
  readonly firstDelayMillis?: number;
  /**
   * Longest wait between two attempts, unless the service names a longer one.
   * @defaultValue 64,000
   */
  readonly maxDelayMillis?: number;
  /**
   * Time after which a call is not repeated any more.
   * @defaultValue 120,000
   */
  readonly budgetMillis?: number;
  /**
   * Time without progress after which a file's content is not sent or fetched again.
   * @defaultValue 900,000
   */
  readonly transferBudgetMillis?: number;
}

/** What to do after a failed attempt. */
export type Verdict = "give up" | "wait" | "authorize" | "new upload URL";

/** Decides from operation, status, code and connection what helps after a failure; the only place that does. */
export function judge({ operation, status, code, error }: FailedAttempt): Verdict {
  const again: Verdict = operation.retry === "new-upload-url" ? "new upload URL" : "wait";
  const harmless = operation.retry === "reconcile" ? "give up" : again;
  if (status === undefined) {
    if (!(error instanceof TransportError)) {
      return error instanceof UnavailableError ? "wait" : "give up"; // Of a call that was made on the way.
    }
    if (isLasting(error)) {
      return "give up";
    }
    return error.phase === "connecting" ? again : harmless;
  }
  if (status === 401 && isTokenFailure(code)) {
    return operation.authorization === "applicationKey"
      ? "give up"
      : operation.authorization === "upload"
        ? "new upload URL"
        : "authorize";
  }
  if (status === 429) {
    return "wait"; // Refused before anything was done, on a connection that is fine.
  }
  return status === 408 || status >= 500 ? harmless : "give up";
}

/** Tells a connection that the other side, or this one for want of trust, will refuse again. */
function isLasting({ code = "" }: TransportError): boolean {
  return code === "PROXY_REFUSED" || /CERT|^UNABLE_TO_(GET|VERIFY|DEC)|^INVALID_CA$/.test(code);
}

/** Codes of a token that a new authorization replaces; none at all is how HEAD and proxies answer. */
function isTokenFailure(code: string | undefined): boolean {
  return (
    code === undefined || code === "unknown" || code === "bad_auth_token" || code === "expired_auth_token"
  );
}

/**
 * Gives the wait before the next attempt, or undefined when the budget would be overdrawn.
 *
 * The wait is the service's own on 429 and 503, else between half and the whole of a doubling delay.
 */
export function nextDelayMillis(failed: FailedAttempt, options: RetryOptions = {}): number | undefined {
  const { budgetMillis = 120_000, transferBudgetMillis = 900_000 } = options;
  if (failed.attempt === 1 && judge(failed) === "new upload URL") {
    return 0; // Another URL leads to another machine: no reason to wait before the first change.
  }
  const delay = retryAfterMillis(failed) ?? backOffMillis(failed.attempt, options);
  const budget = movesContent(failed.operation) ? transferBudgetMillis : budgetMillis;
  return failed.elapsedMillis + delay > budget ? undefined : delay;
}

/**
 * Gives the wait before a call is made with yet another account token, or undefined when so many were refused that
 * another would be no better. The first is taken at once.
 */
export function renewalDelayMillis(renewals: number, options: RetryOptions = {}): number | undefined {
  if (renewals === 0) {
    return 0;
  }
  return renewals < MOST_RENEWALS ? backOffMillis(renewals, options) : undefined;
}

/** How many account tokens may die under one call: by bad luck, not because the service takes none. */
const MOST_RENEWALS = 3;

/** Gives between half and the whole of a delay that doubles. */
function backOffMillis(
  attempt: number,
  { firstDelayMillis = 1000, maxDelayMillis = 64_000 }: RetryOptions,
): number {
  return Math.min(maxDelayMillis, firstDelayMillis * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
}

/** Tells whether an operation moves the content of files, to or from the service or within it. */
function movesContent({ retry, timeoutSeconds }: OperationRow): boolean {
  return retry === "new-upload-url" || retry === "resume" || timeoutSeconds > 120;
}

/** Creates the policy of JSON calls: waits where waiting helps, leaves everything else to the caller. */
export function createRetryPolicy(options: RetryOptions = {}): RetryPolicy {
  return (failed) => (judge(failed) === "wait" ? nextDelayMillis(failed, options) : undefined);
}

/** Reads Retry-After, in seconds or as an HTTP date. */
function retryAfterMillis({ status, retryAfter }: FailedAttempt): number | undefined {
  if (retryAfter === undefined || (status !== 429 && status !== 503)) {
    return undefined;
  }
  const seconds = Number(retryAfter);
  const millis = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000;
  return Number.isNaN(millis) ? undefined : Math.max(0, millis);
}

/** Counts attempts and time since bytes were gained the last time. */
export class FruitlessAttempts {
  /** 1 when the last attempt gained something. */
  attempts = 0;
  readonly #gained: () => number;
  #before: number;
  #sinceMillis = Date.now();

  constructor(gained: () => number) {
    this.#gained = gained;
    this.#before = gained();
  }

  get elapsedMillis(): number {
    return Date.now() - this.#sinceMillis;
  }

  /** Counts a failed attempt and tells whether it gained something. */
  add(): boolean {
    const gained = this.#gained();
    const hasGained = gained > this.#before;
    if (hasGained) {
      this.#before = gained;
      this.#sinceMillis = Date.now();
      this.attempts = 0;
    }
    this.attempts += 1;
    return hasGained;
  }
}

/** Waits; rejects with the signal's reason as soon as it aborts. */
export function sleep(millis: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, millis);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
