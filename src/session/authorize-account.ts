import type { Authorization } from "../raw/call.ts";
import type { RawClient } from "../raw/client-types.ts";
import { oneLine } from "../raw/encoding.ts";
import { UnexpectedAnswerError } from "../raw/errors.ts";
import { explainLoss, toError, unwrap } from "./answers.ts";
import type { Credentials } from "./credentials.ts";
import { AuthorizationError, ClockSkewError } from "./errors.ts";

const OPERATION = "b2_authorize_account";
const MAX_SKEW_MINUTES = 10;

/**
 * Turns an application key into an authorization, and explains what can be wrong with key, realm and clock.
 *
 * @throws {@link AuthorizationError} when the key is refused, `UnexpectedAnswerError` when the realm is no B2
 * service, {@link ClockSkewError} when the clocks are too far apart.
 */
export async function authorizeAccount(raw: RawClient, credentials: Credentials): Promise<Authorization> {
  const { applicationKeyId, realm } = credentials;
  const answer = await explainLoss(OPERATION, {}, () => raw.GET("/b2api/v4/b2_authorize_account")).catch(
    (error) => {
      throw error instanceof UnexpectedAnswerError ? notB2(realm, error) : error;
    },
  );
  const { ok, status, headers } = answer.response;
  if (status === 401) {
    const { code, message } = toError(answer);
    throw new AuthorizationError(
      `The application key ${applicationKeyId} was refused by ${realm} (401 ${oneLine(`${code} ${message}`)}): ${adviceFor(code)}`,
      { operation: OPERATION, status, code },
    );
  }
  if (ok ? !answer.data?.apiInfo?.storageApi?.apiUrl : status < 500 && toError(answer).code === "unknown") {
    throw notB2(realm);
  }
  const { data } = unwrap(OPERATION, {}, answer);
  checkClock(headers.get("Date"));
  return data;
}

function adviceFor(code: string): string {
  switch (code) {
    case "unsupported":
      return "the key is valid, but not for this version of the API";
    case "email_not_verified":
      return "verify the account's e-mail address";
    case "no_payment_history":
      return "add a payment method to the account";
    default:
      return "check key id, key and realm";
  }
}

function notB2(realm: string, cause?: unknown): UnexpectedAnswerError {
  const advice = new URL(realm).hostname.startsWith("s3.")
    ? "it is the address of the S3-compatible API, and b2kit speaks the native one: leave the realm out (B2_REALM)"
    : "check the realm (B2_REALM)";
  return new UnexpectedAnswerError(`${realm} does not answer like a B2 service: ${advice}`, { cause });
}

function checkClock(date: string | null): void {
  const skewMinutes = date === null ? 0 : (Date.now() - Date.parse(date)) / 60_000;
  if (Math.abs(skewMinutes) > MAX_SKEW_MINUTES) {
    const direction = skewMinutes > 0 ? "ahead of" : "behind";
    throw new ClockSkewError(
      `This machine's clock is ${Math.round(Math.abs(skewMinutes))} minutes ${direction} the service's: set it right`,
      { operation: OPERATION },
    );
  }
}
