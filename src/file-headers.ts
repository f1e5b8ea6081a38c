const ENTRIES = {
  cacheControl: "b2-cache-control",
  contentDisposition: "b2-content-disposition",
  contentEncoding: "b2-content-encoding",
  contentLanguage: "b2-content-language",
  expires: "b2-expires",
} as const;

// The names are those of FileHeaders, which the compiler forgets.
const NAMES = /* @__PURE__ */ Object.keys(ENTRIES) as Array<keyof FileHeaders>;

/** Headers that every download of a file carries, kept in its file info under reserved names. */
export interface FileHeaders {
  /** `Cache-Control`: how long others may keep the file. */
  readonly cacheControl?: string | undefined;
  /** `Content-Disposition`: whether a browser shows the file or saves it, and under which name. */
  readonly contentDisposition?: string | undefined;
  /** `Content-Encoding`, such as `gzip`, of content that is compressed already; b2kit leaves it as it is. */
  readonly contentEncoding?: string | undefined;
  /** `Content-Language` of what is written in the file. */
  readonly contentLanguage?: string | undefined;
  /** `Expires`: a moment, or the text of an HTTP date. */
  readonly expires?: Date | string | undefined;
}

/** Reads the headers from a file's info; `expires` as text. */
export function readFileHeaders(fileInfo: Readonly<Record<string, string>>): FileHeaders {
  return Object.fromEntries(Object.entries(ENTRIES).map(([name, entry]) => [name, fileInfo[entry]]));
}

/** Writes headers as entries of a file's info. */
export function writeFileHeaders(headers: FileHeaders): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const name of NAMES) {
    const value = headers[name];
    if (value !== undefined) {
      entries[ENTRIES[name]] = value instanceof Date ? value.toUTCString() : value;
    }
  }
  return entries;
}

const HTTP_DATES = [
  /^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/, // Sun, 06 Nov 1994 08:49:37 GMT
  /^\w+, \d{2}-\w{3}-\d{2} \d{2}:\d{2}:\d{2} GMT$/, // Sunday, 06-Nov-94 08:49:37 GMT
  /^\w{3} \w{3} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/, // Sun Nov  6 08:49:37 1994
];

/**
 * Reads an HTTP date in any of its three forms; all are in GMT.
 *
 * @throws `RangeError` for any other text, ISO dates and other time zones included.
 */
export function parseHttpDate(text: string): Date {
  const form = HTTP_DATES.findIndex((pattern) => pattern.test(text));
  const millis = form === -1 ? Number.NaN : Date.parse(form === 2 ? `${text} GMT` : text);
  if (Number.isNaN(millis)) {
    throw new RangeError(`${JSON.stringify(text)} is not an HTTP date`);
  }
  return new Date(millis);
}
