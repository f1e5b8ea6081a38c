import { runtimeName } from "#runtime";
import type { OperationRow } from "../../generated/operations.ts";
import type { BinaryBody } from "../../generated/schema.ts";
import {
  type Authorization,
  type CallInit,
  PRODUCTION_REALM,
  type ReadyCall,
  type Settings,
} from "./call.ts";
import { toContent, withSha1AtEnd } from "./content.ts";
import { percentEncode } from "./encoding.ts";
import { HeaderFields } from "./header-fields.ts";
import { nextCallId } from "./hooks.ts";
import type { Content } from "./transport.ts";
import { version } from "./version.ts";

/** A call that is ready, and its address in the pieces that openapi-fetch wants. */
export interface Prepared {
  readonly call: ReadyCall;
  readonly address: Address;
}

interface Address {
  readonly params: Omit<NonNullable<CallInit["params"]>, "header">;
  readonly baseUrl: string;
  readonly pathSerializer: (path: string, values: Readonly<Record<string, unknown>>) => string;
  readonly querySerializer: (values: object) => string;
}

/** Turns a typed call into address, headers, token and body as the wire has them. */
export async function prepare(
  settings: Settings,
  operation: OperationRow,
  init: CallInit,
): Promise<Prepared> {
  const { header = {}, ...params } = init.params ?? {};
  const authorization = await authorizationFor(settings, operation, init);
  const headers = new HeaderFields(init.headers);
  setParameters(headers, operation, header);
  setDefault(headers, "Authorization", () => tokenFor(settings, operation, init, authorization));
  if (runtimeName !== undefined) {
    setDefault(headers, "User-Agent", () => userAgent(settings.userAgentAppend));
  }
  const content = contentOf(operation, init, headers);
  const address: Address = {
    params,
    baseUrl: (init.baseUrl ?? baseUrlFor(settings, operation, authorization)).replace(/\/$/, ""),
    pathSerializer: (path, values) => serializePath(operation, path, values),
    querySerializer: serializeQuery,
  };
  const call = {
    settings,
    operation,
    url: checkUrl(operation, urlOf(operation, address)),
    method: operation.method,
    headers: headers.toObject(),
    content,
    signal: init.signal,
    trace: init.trace ?? { callId: nextCallId(), attempt: 1 },
  };
  return { call, address };
}

function urlOf(operation: OperationRow, { params, baseUrl }: Address): string {
  const query = serializeQuery(params.query ?? {});
  return `${baseUrl}${serializePath(operation, operation.path, params.path ?? {})}${query && `?${query}`}`;
}

/** Does not repeat the URL in its complaint, because an upload URL is a secret. */
function checkUrl({ operationId }: OperationRow, url: string): string {
  if (!URL.canParse(url)) {
    throw new TypeError(
      `${operationId} has no absolute URL: check the path parameter uploadUrl or the baseUrl`,
    );
  }
  return url;
}

async function authorizationFor(
  settings: Settings,
  operation: OperationRow,
  init: CallInit,
): Promise<Authorization | undefined> {
  const needed = operation.baseUrl === "api" || operation.baseUrl === "download";
  if (!needed || settings.authorization === undefined) {
    return undefined;
  }
  if (init.baseUrl !== undefined && new HeaderFields(init.headers).has("Authorization")) {
    return undefined;
  }
  return typeof settings.authorization === "function"
    ? await settings.authorization()
    : settings.authorization;
}

function baseUrlFor(
  settings: Settings,
  operation: OperationRow,
  authorization: Authorization | undefined,
): string {
  if (operation.baseUrl === "realm") {
    return settings.realm ?? PRODUCTION_REALM;
  }
  if (operation.baseUrl === "upload") {
    return "";
  }
  if (authorization === undefined) {
    throw new TypeError(
      `${operation.operationId} needs the authorization option, or a baseUrl and Authorization header`,
    );
  }
  const { apiUrl, downloadUrl } = authorization.apiInfo.storageApi;
  return operation.baseUrl === "api" ? apiUrl : downloadUrl;
}

function tokenFor(
  settings: Settings,
  operation: OperationRow,
  init: CallInit,
  authorization: Authorization | undefined,
): string | undefined {
  switch (operation.authorization) {
    case "applicationKey":
      return basicAuthorization(settings, operation);
    case "account":
      if (authorization === undefined) {
        throw new TypeError(
          `${operation.operationId} needs the authorization option or an Authorization header`,
        );
      }
      return authorization.authorizationToken;
    case "upload":
      throw new TypeError(
        `${operation.operationId} needs the upload token as its Authorization header parameter`,
      );
    case "optional":
      return init.params?.query?.Authorization === undefined ? authorization?.authorizationToken : undefined;
  }
}

function basicAuthorization({ credentials }: Settings, operation: OperationRow): string {
  if (credentials === undefined) {
    throw new TypeError(`${operation.operationId} needs the credentials option or an Authorization header`);
  }
  const pair = new TextEncoder().encode(`${credentials.applicationKeyId}:${credentials.applicationKey}`);
  return `Basic ${btoa(String.fromCharCode(...pair))}`;
}

function setDefault(headers: Headers, name: string, value: () => string | undefined): void {
  const given = headers.has(name) ? undefined : value();
  if (given !== undefined) {
    headers.set(name, given);
  }
}

function userAgent(append: string | undefined): string {
  return [`b2kit/${version}`, runtimeName, append].filter(Boolean).join(" ");
}

/** Writes header parameters as the wire carries them; a name that ends in `*` stands for a family of headers. */
function setParameters(
  headers: Headers,
  { requestHeaders }: OperationRow,
  parameters: Readonly<Record<string, unknown>>,
): void {
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === null) {
      continue;
    }
    const write = requestHeaders[name] === "percent-encoded" ? percentEncode : String;
    if (typeof value === "object") {
      for (const [key, item] of Object.entries(value)) {
        headers.set(
          name.replace("*", () => key),
          write(String(item)),
        );
      }
    } else {
      headers.set(name, write(String(value)));
    }
  }
}

function serializePath(
  operation: OperationRow,
  path: string,
  values: Readonly<Record<string, unknown>>,
): string {
  if (operation.baseUrl === "upload") {
    return String(values.uploadUrl); // The upload URL is the whole address.
  }
  return path.replace(/\{(\w+)\}/g, (_, name: string) => percentEncode(String(values[name])));
}

function serializeQuery(values: object): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&");
}

function contentOf(operation: OperationRow, init: CallInit, headers: Headers): Content | undefined {
  switch (operation.requestBody) {
    case "bytes":
      return fileContent(operation, init, headers);
    case "json":
      setDefault(headers, "Content-Type", () => "application/json");
      return init.body === undefined ? undefined : toContent(encoder.encode(JSON.stringify(init.body)));
    case "none":
      return undefined;
  }
}

const encoder = new TextEncoder();

function fileContent(operation: OperationRow, init: CallInit, headers: Headers): Content {
  const announced = headers.get("Content-Length");
  headers.delete("Content-Length"); // The transport derives it from the content.
  if (operation.requestHeaders["X-Bz-File-Name"] !== undefined) {
    setDefault(headers, "Content-Type", () => "b2/x-auto");
  }
  // The description types this body as BinaryBody; anything else fails when it is read.
  const content = toContent(init.body as BinaryBody, announced === null ? undefined : Number(announced));
  return headers.get("X-Bz-Content-Sha1") === "hex_digits_at_end"
    ? withSha1AtEnd(content, init.onSha1)
    : content;
}
