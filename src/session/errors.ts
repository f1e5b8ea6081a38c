import type { ErrorCode } from "../../generated/operations.ts";
import { escapeControls } from "../raw/encoding.ts";
import { settleStack } from "../raw/errors.ts";

/** What an error tells beyond its sentence. */
export interface B2ErrorDetails {
  /** The service's operation that failed. */
  readonly operation?: string | undefined;
  /** HTTP status, when an answer arrived. */
  readonly status?: number | undefined;
  /** The service's error code, when the answer carried one. */
  readonly code?: ErrorCode | (string & {}) | undefined;
  /** Attempts that were made, the failed last one included. */
  readonly attempts?: number | undefined;
  /** Bucket that the call was about, where its name is known. */
  readonly bucketName?: string | undefined;
  /** Name of the file that the call was about, or a prefix of names. */
  readonly fileName?: string | undefined;
  /** Version of a file, or unfinished large file, that the call was about. */
  readonly fileId?: string | undefined;
  /** Part of a large file that failed, counted from 1. */
  readonly partNumber?: number | undefined;
  /** The error behind this one. */
  readonly cause?: unknown;
}

/**
 * Base of every error of the facade. The subclass says what helps; `code` and `status` say what the service said.
 *
 * Neither message nor properties ever hold a token, an application key, an upload URL or a customer key.
 */
export class B2Error extends Error {
  /** Name of the class, also where several copies of b2kit are loaded and `instanceof` says nothing. */
  override readonly name: string = "B2Error";
  /** The service's operation that failed. */
  readonly operation: string | undefined;
  /** HTTP status, when an answer arrived. */
  readonly status: number | undefined;
  /** The service's error code, when the answer carried one. */
  readonly code: ErrorCode | (string & {}) | undefined;
  /** Attempts that were made, the failed last one included. */
  readonly attempts: number | undefined;
  /** Bucket that the call was about, where its name is known. */
  readonly bucketName: string | undefined;
  /** Name of the file that the call was about, or a prefix of names. */
  readonly fileName: string | undefined;
  /** Version of a file, or unfinished large file, that the call was about. */
  readonly fileId: string | undefined;
  /** Part of a large file that failed, counted from 1. */
  readonly partNumber: number | undefined;

  constructor(message: string, details: B2ErrorDetails = {}) {
    super(escapeControls(message), { cause: details.cause }); // It may quote names that others chose.
    this.operation = details.operation;
    this.status = details.status;
    this.code = details.code;
    this.attempts = details.attempts;
    this.bucketName = details.bucketName;
    this.fileName = details.fileName;
    this.fileId = details.fileId;
    this.partNumber = details.partNumber;
    settleStack(this);
  }
}

/** The application key is wrong, or not allowed to do this: use another key. */
export class AuthorizationError extends B2Error {
  override readonly name: string = "AuthorizationError";
}

/** The application key's own limits forbid the call; no request was made. Use another key. */
export class RestrictionError extends AuthorizationError {
  override readonly name = "RestrictionError";
}

/** The clocks of this machine and the service are more than ten minutes apart: set this machine's. */
export class ClockSkewError extends B2Error {
  override readonly name = "ClockSkewError";
}

/** The bucket, file or key is not there. */
export class NotFoundError extends B2Error {
  override readonly name = "NotFoundError";
}

/** The state of the service stands against the call: the name is taken, the bucket not empty, the revision old. */
export class ConflictError extends B2Error {
  override readonly name = "ConflictError";
}

/** The service refuses the request as it is: change it. */
export class RefusedError extends B2Error {
  override readonly name = "RefusedError";
}

/** The account has reached a cap: raise it in the account's settings. */
export class CapExceededError extends B2Error {
  override readonly name = "CapExceededError";
}

/** The service cannot be reached or is overloaded, after all repetitions: try again later. */
export class UnavailableError extends B2Error {
  override readonly name = "UnavailableError";
}

/** Bytes that arrived are not those that were stored, after all repetitions. */
export class ChecksumError extends B2Error {
  override readonly name = "ChecksumError";
}

/** A file on this machine cannot be read or written. */
export class LocalFileError extends B2Error {
  override readonly name = "LocalFileError";
}

/**
 * A large file is unfinished: parts are stored, and nothing was cancelled.
 *
 * `fileId` names it, to resume or to cancel; `cause` tells what failed.
 */
export class UploadError extends B2Error {
  override readonly name = "UploadError";
}

const NOT_FOUND_CODES = new Set<string | undefined>([
  "not_found",
  "no_such_file",
  "file_not_present",
  "bad_bucket_id",
  "invalid_bucket_id",
]);
const CONFLICT_CODES = new Set<string | undefined>([
  "conflict",
  "duplicate_bucket_name",
  "already_hidden",
  "cannot_delete_non_empty_bucket",
  "too_many_buckets",
  "file_lock_conflict",
  "source_replication_conflict",
  "restricted_bucket_conflict",
]);

/** Picks the class for an answer of the service. */
export function errorClassFor(status: number, code: string | undefined): typeof B2Error {
  if (status === 401 && code !== "access_denied") {
    return AuthorizationError;
  }
  if (status === 404 || NOT_FOUND_CODES.has(code)) {
    return NotFoundError;
  }
  if (status === 409 || CONFLICT_CODES.has(code)) {
    return ConflictError;
  }
  if (status === 403 && code?.endsWith("cap_exceeded")) {
    return CapExceededError;
  }
  return status === 408 || status === 429 || status >= 500 ? UnavailableError : RefusedError;
}
