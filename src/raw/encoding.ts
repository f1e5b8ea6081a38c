/**
 * Encodes a file name or file info value the way the service publishes it: UTF-8, percent-encoded, `/` kept.
 *
 * A literal `+` becomes `%2B`, because the service reads a bare one as a space.
 *
 * @throws `TypeError` when the text holds a lone surrogate, which UTF-8 cannot carry.
 */
export function percentEncode(text: string): string {
  if (UNRESERVED.test(text)) {
    return text;
  }
  if (!text.isWellFormed()) {
    throw new TypeError(`${JSON.stringify(text)} holds half of a surrogate pair and cannot be sent as UTF-8`);
  }
  return encodeURIComponent(text).replaceAll("%2F", "/");
}

const UNRESERVED = /^[\w\-./~!*'()]*$/;

/** Decodes what {@link percentEncode} or another client wrote; `+` is a space. Malformed text comes back as it is. */
export function percentDecode(text: string): string {
  if (UNRESERVED.test(text)) {
    return text;
  }
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** Escapes in a text, as JSON would, everything that a terminal would act upon. */
export function escapeControls(text: string): string {
  return text.replace(UNSHOWN, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Writes a text in quotes, as JSON, with everything escaped that a terminal would act upon. */
export function quote(text: string): string {
  return escapeControls(JSON.stringify(text));
}

/** Gives the beginning of a text of the service in one line, without what a terminal would act upon. */
export function oneLine(text: string): string {
  return text.replace(UNSHOWN, " ").replace(/\s+/g, " ").trim().slice(0, 300);
}

/** Control characters, and what turns the direction of a text. */
const UNSHOWN = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Returns how many bytes the text has in UTF-8. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

const encoder = new TextEncoder();
