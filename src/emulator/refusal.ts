import type { Schemas } from "./wire.ts";

/** An error answer of the service: HTTP status, code and a message for people. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: Schemas["ErrorCode"];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: Schemas["ErrorCode"],
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The request is wrong; the message says what. */
export const badRequest = (message: string) => new Refusal(400, "bad_request", message);

/** The token is valid, but what its key may do does not cover this call. */
export const unauthorized = (message: string) => new Refusal(401, "unauthorized", message);

/** The token is none of this server's, or was given out for something else. */
export const badToken = (message: string) => new Refusal(401, "bad_auth_token", message);

/** There is no such bucket, file or operation. */
export const notFound = (message: string) => new Refusal(404, "not_found", message);

/** The client closed the connection before its answer was complete. */
export class ClientLeft extends Error {
  override readonly name = "ClientLeft";
}
