import type { IncomingMessage } from "node:http";
import type { OperationId, OperationRow } from "../../generated/operations.ts";
import { Caller } from "./caller.ts";
import { badToken, Refusal, unauthorized } from "./refusal.ts";
import { type Route, rowOf } from "./routes.ts";
import type { Service } from "./service.ts";
import type { StoredKey } from "./store.ts";
import type { Token } from "./tokens.ts";

/** Which tokens each kind of operation accepts. */
const acceptedTokens = {
  account: ["account"],
  upload: ["upload"],
  optional: ["account", "download"],
} as const satisfies Partial<Record<OperationRow["authorization"], readonly Token["kind"][]>>;

/**
 * Finds out who makes a call.
 *
 * @throws Refusal when the credentials are missing, wrong or expired.
 */
export function identify(service: Service, route: Route, request: IncomingMessage): Caller {
  const { authorization } = rowOf(route.operation);
  const credentials = credentialsOf(route, request);
  if (authorization === "applicationKey") return new Caller(findKeyPair(service, credentials ?? ""));
  if (credentials === undefined) {
    if (authorization === "optional") return new Caller();
    throw badToken("The Authorization header is missing");
  }
  const token = service.tokens.find(credentials, acceptedTokens[authorization], service.clock.now());
  const key = findKey(service, token.applicationKeyId);
  if (!key) throw badToken("The application key of this token was deleted");
  if (hasExpired(service, key))
    throw new Refusal(401, "expired_auth_token", "The application key has expired");
  return new Caller(key, token);
}

/** The authorization that a request carries: a header, or for downloads a query parameter. */
export function credentialsOf({ operation, query }: Route, { headers }: IncomingMessage): string | undefined {
  const inQuery = rowOf(operation).authorization === "optional" ? query.get("Authorization") : null;
  return headers.authorization ?? inQuery ?? undefined;
}

/** Checks `Basic base64(applicationKeyId:applicationKey)`. The account ID stands for the master application key. */
function findKeyPair(service: Service, header: string): StoredKey {
  const [, encoded = ""] = /^Basic\s+(\S+)$/i.exec(header) ?? [];
  const pair = Buffer.from(encoded, "base64").toString();
  const colon = pair.indexOf(":");
  const key = findKey(service, pair.slice(0, Math.max(colon, 0)));
  if (key && !hasExpired(service, key) && key.applicationKey === pair.slice(colon + 1)) return key;
  throw new Refusal(401, "unauthorized", "The application key ID or the application key is wrong", {
    "WWW-Authenticate": 'Basic realm="b2_authorize_account"',
  });
}

function findKey({ store }: Service, applicationKeyId: string): StoredKey | undefined {
  const { masterKey, accountId } = store.account;
  const isMaster = applicationKeyId === masterKey.applicationKeyId || applicationKeyId === accountId;
  return isMaster ? masterKey : store.keys.get(applicationKeyId);
}

function hasExpired({ clock }: Service, { expirationTimestamp }: StoredKey): boolean {
  return expirationTimestamp !== null && expirationTimestamp <= clock.now();
}

/**
 * Checks the capabilities that the description asks for, except those that depend on the bucket: its operation
 * checks them.
 *
 * @param fields - The fields of the request, and its headers in lower case.
 */
export function requireCapabilities(
  id: OperationId,
  caller: Caller,
  fields: Readonly<Record<string, unknown>>,
): void {
  const { required, conditional } = rowOf(id).capabilities;
  const applying = conditional.filter(
    ({ when }) =>
      "field" in when && isSent(fields[when.field] ?? fields[when.field.toLowerCase()], when.equals),
  );
  const missing = [...required, ...applying.map(({ capability }) => capability)].find(
    (name) => !caller.can(name),
  );
  if (missing) throw unauthorized(`The application key lacks the capability ${missing}`);
}

function isSent(value: unknown, equals: unknown): boolean {
  return equals === undefined ? value !== undefined : value === equals;
}
