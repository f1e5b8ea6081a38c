import { B2Error } from "./errors.ts";

/**
 * The store of account info fails, or holds what b2kit did not write. Calls go on without it, at the price of more
 * requests.
 *
 * Never quotes what is stored, nor a password of the store.
 */
export class AccountInfoError extends B2Error {
  override readonly name = "AccountInfoError";
  /** The file or folder that is in the way, when the store is one. */
  readonly path: string | undefined;

  constructor(
    message: string,
    details: { readonly path?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.path = details.path;
  }
}
