import type { OperationId } from "../../generated/operations.ts";
import type { Fault } from "../../src/emulator/index.ts";
import type { JobName } from "./jobs.ts";

/** What goes wrong during a job, and what must come of it. */
export interface Scenario {
  readonly job: JobName;
  readonly title: string;
  readonly faults: readonly Fault[];
  /** Requests that reached the service during the job, for the operations that matter. */
  readonly requests: Readonly<Partial<Record<OperationId, number>>>;
  /** The error that the job ends with; without it, the job succeeds and every byte is right. */
  readonly fails?: { readonly name: string; readonly code?: string; readonly status?: number };
  /** Large files that stay unfinished; by default none. */
  readonly unfinished?: number;
  /** Waits in milliseconds that the service itself asked for and that were kept, in order. */
  readonly waits?: readonly number[];
  /** Gives up a silent connection soon. */
  readonly impatient?: true;
}

/** A date that is over: the wait that it asks for is none. */
const PAST = "Wed, 21 Oct 2026 07:28:00 GMT";

const statuses = [408, 500, 502, 503, 504];

export const scenarios: readonly Scenario[] = [
  // One request.
  {
    job: "upload",
    title: "nothing goes wrong",
    faults: [],
    requests: { b2_get_upload_url: 1, b2_upload_file: 1 },
  },
  {
    job: "upload",
    title: "503 on the upload URL",
    faults: [{ operation: "b2_get_upload_url", times: 2, status: 503 }],
    requests: { b2_get_upload_url: 3, b2_upload_file: 1 },
  },
  ...statuses.map(
    (status): Scenario => ({
      job: "upload",
      title: `${status}, then another URL`,
      faults: [{ operation: "b2_upload_file", times: 2, status }],
      requests: { b2_get_upload_url: 3, b2_upload_file: 3 },
    }),
  ),
  {
    job: "upload",
    title: "429 keeps the URL and waits seconds as told",
    faults: [{ operation: "b2_upload_file", times: 1, status: 429, retryAfter: 0.05 }],
    requests: { b2_get_upload_url: 1, b2_upload_file: 2 },
    waits: [50],
  },
  {
    job: "upload",
    title: "429 waits until the date that it names",
    faults: [{ operation: "b2_upload_file", times: 1, status: 429, retryAfter: PAST }],
    requests: { b2_get_upload_url: 1, b2_upload_file: 2 },
    waits: [0],
  },
  {
    job: "upload",
    title: "429 without Retry-After backs off on the same URL",
    faults: [{ operation: "b2_upload_file", times: 2, status: 429 }],
    requests: { b2_get_upload_url: 1, b2_upload_file: 3 },
  },
  {
    job: "upload",
    title: "a reached cap ends it at once",
    faults: [{ operation: "b2_upload_file", status: 403, code: "storage_cap_exceeded" }],
    requests: { b2_get_upload_url: 1, b2_upload_file: 1 },
    fails: { name: "CapExceededError", code: "storage_cap_exceeded", status: 403 },
  },
  {
    job: "upload",
    title: "a refusal ends it at once",
    faults: [{ operation: "b2_upload_file", status: 400, code: "bad_request" }],
    requests: { b2_upload_file: 1 },
    fails: { name: "RefusedError", code: "bad_request", status: 400 },
  },
  {
    job: "upload",
    title: "an upload token that died is replaced without a new authorization",
    faults: [{ operation: "b2_upload_file", times: 1, expireToken: true }],
    requests: { b2_authorize_account: 0, b2_get_upload_url: 2, b2_upload_file: 2 },
  },
  {
    job: "upload",
    title: "an account token that died is replaced once",
    faults: [{ operation: "b2_get_upload_url", times: 1, expireToken: true }],
    requests: { b2_authorize_account: 1, b2_get_upload_url: 2, b2_upload_file: 1 },
  },
  {
    job: "upload",
    title: "a reset before the body was read",
    faults: [{ operation: "b2_upload_file", times: 1, reset: "before" }],
    requests: { b2_upload_file: 2 },
  },
  {
    job: "upload",
    title: "a reset in the middle of the body",
    faults: [{ operation: "b2_upload_file", times: 1, reset: "during" }],
    requests: { b2_upload_file: 2 },
  },
  {
    job: "upload",
    title: "a lost answer is looked up, and the file is not stored twice",
    faults: [{ operation: "b2_upload_file", times: 1, reset: "after" }],
    requests: { b2_upload_file: 1, b2_list_file_versions: 1 },
  },
  {
    job: "upload",
    title: "a request that nobody reads is given up",
    faults: [{ operation: "b2_upload_file", times: 1, stall: "request" }],
    requests: { b2_upload_file: 2 },
    impatient: true,
  },
  {
    job: "upload",
    title: "another SHA-1 in the answer is noticed, and the version looked up",
    faults: [{ operation: "b2_upload_file", times: 1, wrongSha1: true }],
    requests: { b2_upload_file: 1, b2_list_file_versions: 1 },
  },

  // A large file of five parts.
  {
    job: "large upload",
    title: "nothing goes wrong",
    faults: [],
    requests: { b2_start_large_file: 1, b2_upload_part: 5, b2_finish_large_file: 1 },
  },
  {
    job: "large upload",
    title: "503 on start",
    faults: [{ operation: "b2_start_large_file", times: 1, status: 503 }],
    requests: { b2_start_large_file: 2, b2_upload_part: 5, b2_finish_large_file: 1 },
  },
  {
    job: "large upload",
    title: "a lost answer of start",
    faults: [{ operation: "b2_start_large_file", times: 1, reset: "after" }],
    requests: { b2_start_large_file: 1, b2_upload_part: 5, b2_finish_large_file: 1 },
  },
  {
    job: "large upload",
    title: "503 on the upload URL of a part",
    faults: [{ operation: "b2_get_upload_part_url", nth: [1, 2], status: 503 }],
    requests: { b2_upload_part: 5, b2_finish_large_file: 1 },
  },
  ...statuses.map(
    (status): Scenario => ({
      job: "large upload",
      title: `${status} on a part sends that part alone again`,
      faults: [{ operation: "b2_upload_part", nth: 3, status }],
      requests: { b2_start_large_file: 1, b2_upload_part: 6, b2_finish_large_file: 1 },
    }),
  ),
  {
    job: "large upload",
    title: "429 on parts",
    faults: [{ operation: "b2_upload_part", nth: [1, 4], status: 429, retryAfter: 0.01 }],
    requests: { b2_upload_part: 7, b2_finish_large_file: 1 },
    waits: [10, 10],
  },
  {
    job: "large upload",
    title: "a reached cap stops the other parts, and the file can be resumed",
    faults: [{ operation: "b2_upload_part", status: 403, code: "storage_cap_exceeded" }],
    requests: { b2_start_large_file: 1, b2_finish_large_file: 0, b2_cancel_large_file: 0 },
    fails: { name: "UploadError" },
    unfinished: 1,
  },
  {
    job: "large upload",
    title: "a part's token that died is replaced without a new authorization",
    faults: [{ operation: "b2_upload_part", nth: 2, expireToken: true }],
    requests: { b2_authorize_account: 0, b2_upload_part: 6, b2_finish_large_file: 1 },
  },
  {
    job: "large upload",
    title: "a reset before a part was read",
    faults: [{ operation: "b2_upload_part", nth: 2, reset: "before" }],
    requests: { b2_upload_part: 6 },
  },
  {
    job: "large upload",
    title: "a reset in the middle of a part",
    faults: [{ operation: "b2_upload_part", nth: [1, 5], reset: "during" }],
    requests: { b2_upload_part: 7 },
  },
  {
    job: "large upload",
    title: "a lost answer of a part",
    faults: [{ operation: "b2_upload_part", nth: 5, reset: "after" }],
    requests: { b2_upload_part: 6 },
  },
  {
    job: "large upload",
    title: "a part that nobody reads is sent again",
    faults: [{ operation: "b2_upload_part", nth: 2, stall: "request" }],
    requests: { b2_upload_part: 6 },
    impatient: true,
  },
  {
    job: "large upload",
    title: "another SHA-1 in the answer sends the part again",
    faults: [{ operation: "b2_upload_part", nth: 2, wrongSha1: true }],
    requests: { b2_upload_part: 6 },
  },
  {
    job: "large upload",
    title: "503 on finish",
    faults: [{ operation: "b2_finish_large_file", times: 2, status: 503 }],
    requests: { b2_upload_part: 5, b2_finish_large_file: 3 },
  },
  {
    job: "large upload",
    title: "a lost answer of finish is looked up",
    faults: [{ operation: "b2_finish_large_file", times: 1, reset: "after" }],
    requests: { b2_upload_part: 5, b2_finish_large_file: 1, b2_get_file_info: 1 },
  },
  {
    job: "large upload",
    title: "a silent finish is looked up",
    faults: [{ operation: "b2_finish_large_file", times: 1, stall: "response" }],
    requests: { b2_upload_part: 5, b2_finish_large_file: 1 },
    impatient: true,
  },

  // A download in one request.
  {
    job: "download",
    title: "nothing goes wrong",
    faults: [],
    requests: { b2_download_file_by_name: 1, b2_download_file_by_id: 0 },
  },
  ...statuses.map(
    (status): Scenario => ({
      job: "download",
      title: `${status}, twice`,
      faults: [{ operation: "b2_download_file_by_name", times: 2, status }],
      requests: { b2_download_file_by_name: 3 },
    }),
  ),
  {
    job: "download",
    title: "429 waits as told",
    faults: [{ operation: "b2_download_file_by_name", times: 1, status: 429, retryAfter: 0.05 }],
    requests: { b2_download_file_by_name: 2 },
    waits: [50],
  },
  {
    job: "download",
    title: "a reached cap ends it at once",
    faults: [{ operation: "b2_download_file_by_name", status: 403, code: "download_cap_exceeded" }],
    requests: { b2_download_file_by_name: 1 },
    fails: { name: "CapExceededError", code: "download_cap_exceeded" },
  },
  {
    job: "download",
    title: "an account token that died is replaced once",
    faults: [{ operation: "b2_download_file_by_name", times: 1, expireToken: true }],
    requests: { b2_authorize_account: 1, b2_download_file_by_name: 2 },
  },
  {
    job: "download",
    title: "a body that breaks off goes on from its last byte, by the file's id",
    faults: [{ operation: "b2_download_file_by_name", times: 1, truncate: 50_000 }],
    requests: { b2_download_file_by_name: 1, b2_download_file_by_id: 1 },
  },
  {
    job: "download",
    title: "a token that dies where a body breaks off is replaced",
    faults: [
      { operation: "b2_download_file_by_name", times: 1, truncate: 50_000 },
      { operation: "b2_download_file_by_id", times: 1, expireToken: true },
    ],
    requests: { b2_authorize_account: 1, b2_download_file_by_name: 1, b2_download_file_by_id: 2 },
  },
  {
    job: "download",
    title: "a connection that falls silent is given up, and the rest asked for",
    faults: [{ operation: "b2_download_file_by_name", times: 1, stall: "response" }],
    requests: { b2_download_file_by_name: 1, b2_download_file_by_id: 1 },
    impatient: true,
  },
  {
    job: "download",
    title: "a Content-Length that promises too much",
    faults: [{ operation: "b2_download_file_by_name", times: 1, wrongContentLength: 10 }],
    requests: { b2_download_file_by_name: 1 },
  },
  {
    job: "download",
    title: "a Content-Length that promises too little",
    faults: [{ operation: "b2_download_file_by_name", times: 1, wrongContentLength: -10 }],
    requests: { b2_download_file_by_name: 1 },
    fails: { name: "ChecksumError" },
  },
  {
    job: "download",
    title: "a wrong byte is noticed, and nothing written",
    faults: [{ operation: "b2_download_file_by_name", corrupt: 1000 }],
    requests: { b2_download_file_by_name: 1 },
    fails: { name: "ChecksumError" },
  },
  {
    job: "download",
    title: "bytes behind the end are left alone",
    faults: [{ operation: "b2_download_file_by_name", times: 1, overlong: 10 }],
    requests: { b2_download_file_by_name: 1 },
  },

  // A large file, stored in parts.
  {
    job: "large download",
    title: "every body breaks off, and each request brings more",
    faults: [
      { operation: "b2_download_file_by_name", truncate: 600_000 },
      { operation: "b2_download_file_by_id", truncate: 600_000 },
    ],
    requests: { b2_download_file_by_name: 1, b2_download_file_by_id: 8 },
  },
  {
    job: "large download",
    title: "a wrong byte is noticed by the SHA-1 that the uploader stored",
    faults: [{ operation: "b2_download_file_by_name", corrupt: 1000 }],
    requests: {},
    fails: { name: "ChecksumError" },
  },

  // A copy inside the service.
  {
    job: "copy",
    title: "503",
    faults: [{ operation: "b2_copy_file", times: 2, status: 503 }],
    requests: { b2_copy_file: 3 },
  },
  {
    job: "copy",
    title: "a lost answer is looked up, and the copy not made twice",
    faults: [{ operation: "b2_copy_file", times: 1, reset: "after" }],
    requests: { b2_copy_file: 1 },
  },
  {
    job: "large copy",
    title: "503 on a part copies that part alone again",
    faults: [{ operation: "b2_copy_part", nth: 2, status: 503 }],
    requests: { b2_start_large_file: 1, b2_copy_part: 6, b2_finish_large_file: 1 },
  },
  {
    job: "large copy",
    title: "a lost answer of a part",
    faults: [{ operation: "b2_copy_part", nth: 2, reset: "after" }],
    requests: { b2_copy_part: 6, b2_finish_large_file: 1 },
  },
  {
    job: "large copy",
    title: "a lost answer of finish is looked up",
    faults: [{ operation: "b2_finish_large_file", times: 1, reset: "after" }],
    requests: { b2_copy_part: 5, b2_finish_large_file: 1 },
  },

  // Many calls at once.
  {
    job: "50 calls at once",
    title: "a token that dies in their middle is replaced once for all",
    faults: [{ operation: "b2_get_file_info", nth: 20, expireToken: true }],
    requests: { b2_authorize_account: 1 },
  },
];
