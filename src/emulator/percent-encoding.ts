/** Bytes that stand for themselves: the service's published set without `+`, which decoders read as a space. */
const mustEncode = /[^A-Za-z0-9\-._~/!$&'()*,;=:@]/gu;

/** Percent-encodes a file name or info value for a header, by the rules of the service. */
export function percentEncode(text: string): string {
  return text.replace(mustEncode, (character) => encodeURIComponent(character));
}

/**
 * Decodes a percent-encoded header value or URL part; `+` is a space. Bytes beyond ASCII are taken as UTF-8.
 *
 * @returns undefined when the value is not well-formed.
 */
export function percentDecode(value: string): string | undefined {
  try {
    return decodeURIComponent(Buffer.from(value, "latin1").toString("utf8").replaceAll("+", "%20"));
  } catch {
    return undefined;
  }
}
