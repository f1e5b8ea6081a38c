/**
 * Encodes a file name or file info value the way the service publishes it: UTF-8, percent-encoded, `/` kept.
 *
 * A literal `+` becomes `%2B`, because the service reads a bare one as a space.
 *
 * @throws `TypeError` when the text holds a lone surrogate, which UTF-8 cannot carry.
 */
export function percentEncode(text: string): string {
  if (!text.isWellFormed()) {
    throw new TypeError(`${JSON.stringify(text)} holds half of a surrogate pair and cannot be sent as UTF-8`);
  }
  return encodeURIComponent(text).replaceAll("%2F", "/");
}

/** Decodes what {@link percentEncode} or another client wrote; `+` is a space. Malformed text comes back as it is. */
export function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** Returns how many bytes the text has in UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
