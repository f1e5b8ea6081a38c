import type { Authorization } from "../raw/call.ts";
import { UnexpectedAnswerError } from "../raw/errors.ts";

/** Where Backblaze runs the service: calls and downloads, uploads, and its test realms. */
const SERVICE_DOMAINS = ["backblazeb2.com", "backblaze.com", "backblaze.net"];

/** Tells whether an authorization, perhaps one from a store, leads to nobody else's hosts. */
export function isTrusted(authorization: Authorization, realm: string): boolean {
  return urlsOf(authorization).every((url) => reasonAgainst(url, new URL(realm)) === undefined);
}

/**
 * Refuses an authorization that leads from an encrypted realm to unencrypted hosts, or from Backblaze's realms to
 * somebody else's. A realm of one's own may name any host for calls and downloads.
 *
 * @throws {@link UnexpectedAnswerError}
 */
export function checkServiceUrls(authorization: Authorization, realm: string): void {
  for (const url of urlsOf(authorization)) {
    refuseIf(reasonAgainst(url, new URL(realm)));
  }
}

/**
 * Refuses to upload anywhere but to the hosts that the authorization named, or the realm itself. Backblaze's uploads
 * go to machines of their own, so any host of Backblaze stands for all of them.
 *
 * @throws {@link UnexpectedAnswerError} that names the host, but not the path, which is secret.
 */
export function checkUploadUrl(url: string, authorization: Authorization | undefined, realm: string): void {
  const named = [realm, ...(authorization ? urlsOf(authorization) : [])].map((each) => new URL(each));
  refuseIf(reasonAgainst(url, new URL(realm)) ?? reasonAgainstHost(new URL(url), named));
}

function urlsOf({ apiInfo }: Authorization): string[] {
  const { apiUrl, downloadUrl } = apiInfo.storageApi;
  return [apiUrl, downloadUrl];
}

function refuseIf(reason: string | undefined): void {
  if (reason !== undefined) {
    throw new UnexpectedAnswerError(`The service answered with a URL that is not used: ${reason}`);
  }
}

function reasonAgainst(text: string, realm: URL): string | undefined {
  if (!URL.canParse(text)) {
    return "it is none";
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || !/^https?:$/.test(url.protocol)) {
    return `${url.protocol}//${url.host} is no address of a service`;
  }
  if (realm.protocol === "https:" && url.protocol !== "https:") {
    return `${url.origin} is not encrypted, and the realm ${realm.origin} is`;
  }
  return isBackblaze(realm) && !isBackblaze(url)
    ? `${url.origin} is not Backblaze's, and the realm ${realm.origin} is`
    : undefined;
}

function reasonAgainstHost(url: URL, named: readonly URL[]): string | undefined {
  const isNamed = named.some(
    (each) => each.hostname === url.hostname || (isBackblaze(each) && isBackblaze(url)),
  );
  return isNamed ? undefined : `uploads would go to ${url.origin}, which the authorization does not name`;
}

function isBackblaze({ hostname }: URL): boolean {
  return SERVICE_DOMAINS.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}
