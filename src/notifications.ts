/**
 * Checks that a webhook call comes from the service.
 *
 * @module b2kit/notifications
 */

import type { Bytes } from "./raw/index.ts";

/**
 * Tells whether the body of a webhook call was signed with the rule's secret.
 *
 * Compares in constant time. The header may carry several signatures, separated by commas; one that fits is enough.
 * Answer 401 when this is false, and parse the body only after it was true.
 *
 * @param body - The body exactly as it arrived.
 * @param signatureHeader - Value of `X-Bz-Event-Notification-Signature`, such as `v1=2c8a…`; a missing one is false.
 * @param signingSecret - The rule's `hmacSha256SigningSecret`.
 */
export async function verifyWebhookSignature(
  body: Uint8Array | string,
  signatureHeader: string | null | undefined,
  signingSecret: string,
): Promise<boolean> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body); // Not in shared memory.
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const secret = new TextEncoder().encode(signingSecret);
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["verify"]);
  let valid = false;
  for (const signature of signaturesOf(signatureHeader ?? "")) {
    valid = (await crypto.subtle.verify(algorithm, key, signature, bytes)) || valid;
  }
  return valid;
}

function signaturesOf(header: string): Bytes[] {
  return header
    .split(",")
    .map((part) => /^\s*v1=([0-9a-f]{64})\s*$/i.exec(part)?.[1])
    .filter((hex) => hex !== undefined)
    .map((hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)));
}
