import type { OperationId } from "../../generated/operations.ts";
import type { Schemas } from "./wire.ts";

/** Which calls a fault hits: all that match, unless `nth`, `every` or `share` (one of them) picks among them. */
export interface FaultTarget {
  /** The operation, in any version of the API; `*` stands for all that the effect can happen to. */
  readonly operation: OperationId | "*";
  /** Hits the nth matching call since the fault was added, or several; the first call is 1. */
  readonly nth?: number | readonly number[];
  /** Hits every so manyth matching call. */
  readonly every?: number;
  /** Hits this share of the matching calls, from 0 to 1, chosen at random but the same with the same seed. */
  readonly share?: number;
  /**
   * Seed of `share`.
   * @defaultValue 1
   */
  readonly seed?: number;
  /** Hits at most so many calls. */
  readonly times?: number;
}

/** The name of each effect, and how it is set. */
export interface FaultEffects {
  /** Answers this HTTP status, 400 to 599, instead of performing the call. */
  readonly status: number;
  /** Waits on the emulator's clock, so a test can end it: by moving the clock. */
  readonly delay: FaultDelay;
  /**
   * Resets the connection: `before` the body of the request is read, `during` it (in its middle; for downloads in that
   * of the answer), or `after` the call was performed and everything stored, instead of the answer.
   */
  readonly reset: "before" | "during" | "after";
  /**
   * Resets the connection before the body of the request is read, cuts all others, and refuses new ones for so many
   * milliseconds of the emulator's clock, as a service does that is started again. `/emulator/` is refused with it.
   */
  readonly refuse: number;
  /** Cuts the connection after so many bytes of a download; a shorter one is not harmed. */
  readonly truncate: number;
  /** Flips the bits of the byte at this position of a download's body; a shorter one is not harmed. */
  readonly corrupt: number;
  /** Sends so many bytes more than a download has, behind what Content-Length says. */
  readonly overlong: number;
  /** Keeps the connection open but stops reading the `request`, or sends the headers of the `response` and no more. */
  readonly stall: "request" | "response";
  /**
   * Adds this number to the Content-Length of the answer. When it is positive, the connection ends before so many
   * bytes arrived; when it is negative, so many bytes are missing at the end and only a digest tells.
   */
  readonly wrongContentLength: number;
  /** Stores the upload, but answers with another SHA-1. */
  readonly wrongSha1: true;
  /** Ends the life of the token with which the call comes, which is refused with `expired_auth_token`. */
  readonly expireToken: true;
}

/** A wait of a fault. */
export interface FaultDelay {
  /** Length of the wait. */
  readonly millis: number;
  /**
   * Where the call waits: before its `body` is read, in the `middle` of the body (of the request for uploads, of the
   * answer for all others), or before the `answer`, when everything is stored.
   */
  readonly when: "body" | "middle" | "answer";
}

/** What an error answer says beside its status. */
export type FaultAnswer = Readonly<Partial<Pick<Schemas["Error"], "code" | "message">>> & {
  /** `Retry-After`: seconds, or the text of an HTTP date. */
  readonly retryAfter?: number | string;
};

type Only<Name extends keyof FaultEffects> = Pick<FaultEffects, Name> & {
  readonly [Other in Exclude<keyof FaultEffects, Name>]?: never;
};

type NoAnswer = { readonly [Name in keyof FaultAnswer]?: never };

/** Exactly one effect. */
export type FaultEffect = {
  [Name in keyof FaultEffects]: Only<Name> & (Name extends "status" ? FaultAnswer : NoAnswer);
}[keyof FaultEffects];

/**
 * A failure on demand, as data: which calls it hits, and what happens to them.
 *
 * | effect | happens to | what the client sees |
 * |---|---|---|
 * | `status: 503`, `code`, `message`, `retryAfter` | all | an error answer; nothing is done |
 * | `delay: { millis, when: "body" }` | all | a wait before the body of the request is read |
 * | `delay: { millis, when: "middle" }` | all | a wait in the middle of an upload, or of the answer of anything else |
 * | `delay: { millis, when: "answer" }` | all | a wait after the call was performed |
 * | `reset: "before"` | all | a reset connection; the body was not read |
 * | `reset: "during"` | all | a reset connection in the middle of the request, or of a download; nothing is stored |
 * | `reset: "after"` | all | a reset connection instead of an answer, though the call was performed |
 * | `refuse: millis` | all | a reset connection, and for a while no other one |
 * | `truncate: bytes` | downloads | a connection that is cut after so many bytes |
 * | `corrupt: position` | downloads | one wrong byte |
 * | `overlong: bytes` | downloads | so many bytes more than Content-Length says |
 * | `stall: "request"` | all | nobody reads the request, and nothing comes back |
 * | `stall: "response"` | all | headers, then nothing |
 * | `wrongContentLength: bytes` | all but HEAD | a Content-Length so much larger or smaller than the answer |
 * | `wrongSha1: true` | uploads of files and parts | an answer with another SHA-1 |
 * | `expireToken: true` | all but b2_authorize_account | 401 `expired_auth_token`, and the token stays dead |
 *
 * A delay longer than any patience is a connection that stalls at that place.
 *
 * What distorts an answer leaves error answers alone. Everything else about the server stays as it is: a fault is
 * never an answer that the description does not know, unless it says so itself.
 *
 * @example
 * const faults: Fault[] = [
 *   { operation: "b2_upload_part", nth: [2, 5], status: 503, retryAfter: 1 },
 *   { operation: "b2_finish_large_file", times: 1, reset: "after" },
 *   { operation: "*", share: 0.05, seed: 7, reset: "before" },
 * ];
 */
export type Fault = FaultTarget & FaultEffect;

/** The name of an effect. */
export type FaultName = keyof FaultEffects;

const downloads: readonly OperationId[] = ["b2_download_file_by_id", "b2_download_file_by_name"];

/** Operations to which alone an effect can happen. */
const onlyFor: Readonly<Partial<Record<FaultName, readonly OperationId[]>>> = {
  truncate: downloads,
  corrupt: downloads,
  overlong: downloads,
  wrongSha1: ["b2_upload_file", "b2_upload_part"],
};

/** Operations to which an effect cannot happen. */
const neverFor: Readonly<Partial<Record<FaultName, readonly OperationId[]>>> = {
  wrongContentLength: ["b2_head_file_by_name"],
  expireToken: ["b2_authorize_account"],
};

/** Tells whether an effect makes sense for an operation. */
export function canHappenTo(effect: FaultName, operation: OperationId): boolean {
  return (onlyFor[effect]?.includes(operation) ?? true) && !neverFor[effect]?.includes(operation);
}

const names: Readonly<Record<FaultName, true>> = {
  status: true,
  delay: true,
  reset: true,
  refuse: true,
  truncate: true,
  corrupt: true,
  overlong: true,
  stall: true,
  wrongContentLength: true,
  wrongSha1: true,
  expireToken: true,
};

/** All effects. */
export const faultNames = Object.keys(names) as readonly FaultName[];

/** The name of a fault's effect. */
export function nameOf(fault: Fault): FaultName {
  const name = faultNames.find((candidate) => fault[candidate] !== undefined);
  if (!name) throw new TypeError("the fault has no effect");
  return name;
}
