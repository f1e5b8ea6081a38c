import { badRequest } from "./refusal.ts";

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const quoted = '"(?:[\\t !#-\\[\\]-~]|\\\\[\\t -~])*"';
const parameters = `(?:\\s*;\\s*${token}\\s*=\\s*(?:${token}|${quoted}))*`;
const list = (item: string) => `${item}(?:\\s*,\\s*${item})*`;
const clock = "\\d\\d:\\d\\d:\\d\\d";
const month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const dates = [
  `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d ${month} \\d{4} ${clock} GMT`,
  `(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \\d\\d-${month}-\\d\\d ${clock} GMT`,
  `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${month} [ \\d]\\d ${clock} \\d{4}`,
].join("|");

/** What each header may hold that a client can set for downloads: RFC 2616, and RFC 6266 for the disposition. */
const grammars: Readonly<Record<string, RegExp>> = {
  "Content-Disposition": new RegExp(`^${token}${parameters}$`),
  "Content-Language": new RegExp(`^${list("[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")}$`),
  Expires: new RegExp(`^(?:${dates})$`),
  "Cache-Control": new RegExp(`^${list(`${token}(?:=(?:${token}|${quoted}))?`)}$`),
  "Content-Encoding": new RegExp(`^${list(token)}$`),
  "Content-Type": new RegExp(`^${token}/${token}${parameters}$`),
};

/** A parameter with an extended value that is not UTF-8 without a language, or one that is cut into several. */
const foreignExtension = /;\s*[^=;\s]*\*\s*=\s*(?!UTF-8'')/i;
const continuation = /;\s*[^=;\s]*\*\d+\*?\s*=/;

/**
 * Refuses a value that a download could not carry as this header.
 *
 * @param header - One of the headers that file info and query parameters can set.
 * @throws Refusal 400.
 */
export function checkHeaderValue(header: string, value: string): void {
  const isDisposition = header === "Content-Disposition";
  const isWrong = isDisposition && (foreignExtension.test(value) || continuation.test(value));
  if (isWrong || grammars[header]?.test(value) === false) throw badRequest(`Invalid ${header}: ${value}`);
}

/**
 * Refuses a content type that no header could carry. The service does not say more of it, so any text goes.
 *
 * @throws Refusal 400.
 */
export function checkContentType(contentType: string): void {
  if (!/^[ -~]+$/.test(contentType)) throw badRequest(`Invalid content type: ${contentType}`);
}

/** Refuses a disposition with extended parameters (`filename*=`): download authorizations cannot be made for them. */
export function refuseExtendedParameters(disposition: string): void {
  if (/;\s*[^=;\s]*\*\d*\s*=/.test(disposition)) {
    throw badRequest("b2ContentDisposition must not have parameter names with an asterisk");
  }
}
