import { checkHeaderValue } from "./header-values.ts";
import { percentEncode } from "./percent-encoding.ts";
import { badRequest } from "./refusal.ts";

const largestNameBytes = 1024;

/** The `b2-` entries that a file info may have, and the download headers that they become. */
export const infoHeaders: Readonly<Record<string, string>> = {
  "b2-content-disposition": "Content-Disposition",
  "b2-content-language": "Content-Language",
  "b2-expires": "Expires",
  "b2-cache-control": "Cache-Control",
  "b2-content-encoding": "Content-Encoding",
};

/** Refuses file names that the description's schemas let through: too many bytes, or no text in UTF-8. */
export function checkFileName(fileName: string): void {
  const bytes = Buffer.byteLength(fileName);
  if (bytes > largestNameBytes) {
    throw badRequest(`File name is too long: ${bytes} bytes, at most ${largestNameBytes}`);
  }
  if (/\p{Surrogate}/u.test(fileName)) throw badRequest("File names must be well-formed Unicode");
}

/**
 * Checks the file info of a new file and puts its keys into lower case, as the service does.
 *
 * The number of entries is not limited, only the space they take together with the name: the newest pages of the
 * service do not have the limit of ten entries that older ones had.
 *
 * @param mostBytes - 7,000, or 2,048 for encrypted files and in buckets with file lock.
 */
export function checkFileInfo(
  fileName: string,
  info: Readonly<Record<string, string>>,
  mostBytes: number,
): Record<string, string> {
  const checked: Record<string, string> = {};
  let headerBytes = percentEncode(fileName).length;
  for (const [key, value] of Object.entries(info)) {
    checkReserved(key);
    checkRealHeader(key, value);
    if (/\p{Surrogate}/u.test(value)) throw badRequest(`The file info ${key} must be well-formed Unicode`);
    headerBytes += `X-Bz-Info-${key}`.length + percentEncode(value).length;
    checked[key.toLowerCase()] = value;
  }
  if (headerBytes > mostBytes) {
    throw badRequest(
      `File name and file info are too long: ${headerBytes} bytes as headers, at most ${mostBytes}`,
    );
  }
  return checked;
}

/** An entry that becomes a real header of downloads must be a legal one. */
function checkRealHeader(key: string, value: string): void {
  const lower = key.toLowerCase();
  const header = Object.hasOwn(infoHeaders, lower) ? infoHeaders[lower] : undefined;
  if (header !== undefined) checkHeaderValue(header, value);
}

function checkReserved(key: string): void {
  const lower = key.toLowerCase();
  if (lower.startsWith("b2-") && !Object.hasOwn(infoHeaders, lower)) {
    throw badRequest(`File info keys that begin with b2- are reserved: ${key}`);
  }
}
