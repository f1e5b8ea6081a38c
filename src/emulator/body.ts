import type { AnyCall } from "./call.ts";
import type { Received } from "./contents.ts";
import { badRequest } from "./refusal.ts";

/** The form of `X-Bz-Content-Sha1` that says the digest follows the content. */
const atEnd = "hex_digits_at_end";
const sha1Digits = 40;

/** Most content of one upload. The service's pages differ between 5 GB and 5 GiB; this is the smaller one. */
const largestBytes = 5_000_000_000;

/** A stored body, and what answers say about its SHA-1. */
export interface StoredBody extends Received {
  /** 40 hex digits, or `unverified:` and 40 hex digits. */
  readonly contentSha1: string;
}

/**
 * Stores the body of an upload, verifies it, and hands it over; what is not kept is removed again.
 *
 * @param claim - Value of `X-Bz-Content-Sha1`.
 * @param keep - Puts the stored body into the store. The state may have changed while the body was arriving.
 * @throws Refusal when the SHA-1 is not that of the content.
 */
export async function storeBody<Answer>(
  call: AnyCall,
  claim: string,
  keep: (body: StoredBody) => Answer,
): Promise<Answer> {
  const { service, content, request, response } = call;
  checkClaim(claim);
  const trailerLength = claim === atEnd ? sha1Digits : 0;
  const contentLength = Number(request.headers["content-length"]) - trailerLength;
  if (contentLength < 0) throw badRequest("The body is shorter than the SHA-1 that it should end with");
  if (contentLength > largestBytes) throw badRequest(`The body is too long: at most ${largestBytes} bytes`);
  if (request.headers.expect) response.writeContinue();
  const received = await service.contents.receive(content, contentLength, trailerLength);
  try {
    return keep({ ...received, contentSha1: verify(received, claim) });
  } catch (error) {
    service.contents.discard(received);
    throw error;
  }
}

function checkClaim(claim: string): void {
  if (claim === atEnd || claim === "do_not_verify" || /^[0-9a-f]{40}$/i.test(claim)) return;
  throw badRequest(`X-Bz-Content-Sha1 must be 40 hex digits, ${atEnd} or do_not_verify`);
}

/** @returns what to record as SHA-1. */
function verify({ sha1, trailer }: Received, claim: string): string {
  if (claim === "do_not_verify") return `unverified:${sha1}`;
  const claimed = claim === atEnd ? trailer : claim;
  if (claimed.toLowerCase() === sha1) return sha1;
  throw badRequest("Sha1 did not match data received");
}
