import type { IncomingMessage } from "node:http";
import type { OperationId } from "../../generated/operations.ts";
import { Refusal } from "./refusal.ts";
import type { Tokens } from "./tokens.ts";

/** One of so many uploads fails under `fail_some_uploads`. */
const uploadsForOneFailure = 3;

/** One of so many account tokens is short-lived under `expire_some_account_authorization_tokens`. */
const tokensForOneShort = 2;

/** How many calls a short-lived token is good for. */
const callsOfShortToken = 3;

/** Calls that store bytes or prepare it: those that a cap on storage ends. */
const storing: readonly OperationId[] = [
  "b2_get_upload_url",
  "b2_upload_file",
  "b2_start_large_file",
  "b2_get_upload_part_url",
  "b2_upload_part",
  "b2_copy_file",
  "b2_copy_part",
];

/**
 * The misbehaviour that a client can ask the service for, with the header `X-Bz-Test-Mode`. The service rolls dice;
 * here it is counted, so that a test sees the same each time:
 *
 * - `fail_some_uploads`: of the uploads of files and parts in this mode, each third one answers 503
 *   `service_unavailable`, and its upload URL is dead from then on.
 * - `expire_some_account_authorization_tokens`: of the tokens that b2_authorize_account gives out in this mode, the
 *   first, third, fifth … are good for three calls, and expired after that.
 * - `force_cap_exceeded`: calls that store bytes, or ask for upload URLs, answer 403 `storage_cap_exceeded`.
 *
 * Clients that send their mode with every call may do so: elsewhere it has no effect.
 */
export class TestModes {
  #uploads = 0;
  #authorizations = 0;
  readonly #tokens: Tokens;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  /**
   * Fails a call if its mode says so.
   *
   * @throws Refusal as the mode has it.
   */
  apply(id: OperationId, request: IncomingMessage): void {
    const mode = modeOf(request);
    if (mode === "force_cap_exceeded" && storing.includes(id)) {
      throw new Refusal(403, "storage_cap_exceeded", "The test mode force_cap_exceeded is on");
    }
    const isUpload = id === "b2_upload_file" || id === "b2_upload_part";
    if (mode !== "fail_some_uploads" || !isUpload || ++this.#uploads % uploadsForOneFailure !== 0) return;
    this.#tokens.expire(request.headers.authorization ?? "");
    throw new Refusal(503, "service_unavailable", "The test mode fail_some_uploads is on");
  }

  /** Tells how many calls the account token that a request asks for is good for; undefined for any number. */
  tokenUses(request: IncomingMessage): number | undefined {
    if (modeOf(request) !== "expire_some_account_authorization_tokens") return undefined;
    return this.#authorizations++ % tokensForOneShort === 0 ? callsOfShortToken : undefined;
  }
}

const modeOf = ({ headers }: IncomingMessage) => headers["x-bz-test-mode"];
