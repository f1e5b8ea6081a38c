import { PRODUCTION_REALM } from "../raw/call.ts";

/** An application key, and where it authorizes. */
export interface Credentials {
  /** Names the key; the master key's id works too. Not secret. */
  readonly applicationKeyId: string;
  /** The secret of the key. It is sent to the realm only, and never stored or shown. */
  readonly applicationKey: string;
  /** `production` or a URL. */
  readonly realm: string;
}

/**
 * Completes credentials from the environment: `B2_APPLICATION_KEY_ID`, `B2_APPLICATION_KEY`, `B2_REALM`.
 *
 * @throws `TypeError` when the key or its id is missing or cannot be one, or the realm is not a URL.
 */
export function resolveCredentials(given: Partial<Credentials>): Credentials {
  const environment = globalThis.process?.env ?? {};
  const applicationKeyId = given.applicationKeyId ?? environment.B2_APPLICATION_KEY_ID;
  const applicationKey = given.applicationKey ?? environment.B2_APPLICATION_KEY;
  if (!applicationKeyId || !applicationKey) {
    const missing = applicationKeyId
      ? "applicationKey (B2_APPLICATION_KEY)"
      : "applicationKeyId (B2_APPLICATION_KEY_ID)";
    throw new TypeError(`No credentials: ${missing} is missing from the options and the environment`);
  }
  if (!/^[\x21-\x7e]+$/.test(applicationKeyId + applicationKey) || applicationKeyId.includes(":")) {
    throw new TypeError(
      "The application key or its id holds characters that no B2 key has: was it copied whole?",
    );
  }
  return {
    applicationKeyId,
    applicationKey,
    realm: realmUrl(given.realm ?? environment.B2_REALM ?? "production"),
  };
}

function realmUrl(realm: string): string {
  if (realm === "production") {
    return PRODUCTION_REALM;
  }
  if (!URL.canParse(realm) || !/^https?:/.test(realm)) {
    throw new TypeError(`The realm ${JSON.stringify(realm)} is neither "production" nor an http(s) URL`);
  }
  return realm.replace(/\/+$/, "");
}
