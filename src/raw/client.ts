import ky, { HTTPError, type Options as KyOptions } from "ky";
import createClient, { createFinalURL, createQuerySerializer, removeTrailingSlash } from "openapi-fetch";
import { defaultTransport, runtimeName } from "#runtime";
import { type OperationRow, operations } from "../../generated/operations.ts";
import type { BinaryBody, components, paths } from "../../generated/schema.ts";
import type { ErrorBody, ParseAs, RawClient } from "./client-types.ts";
import { toContent, withSha1AtEnd } from "./content.ts";
import { percentEncode } from "./encoding.ts";
import { UnexpectedAnswerError } from "./errors.ts";
import type { RetryPolicy } from "./retry.ts";
import { toReadableStream } from "./stream.ts";
import { type Content, readWhole, type Transport, type TransportResponse } from "./transport.ts";
import { version } from "./version.ts";

/** The answer of b2_authorize_account: token, addresses, part sizes and what the key may do. */
export type Authorization = components["schemas"]["Authorization"];

/** Where production accounts authorize. */
export const PRODUCTION_REALM = "https://api.backblazeb2.com";

/** Settings of {@link createRawClient}. */
export interface RawClientOptions {
  /**
   * Answer of b2_authorize_account, or a function that gives the current one before each call. Needed for
   * everything but b2_authorize_account, uploads, and calls with a `baseUrl` of their own.
   */
  readonly authorization?: Authorization | (() => Authorization | Promise<Authorization>);
  /** Application key, needed for b2_authorize_account only. */
  readonly credentials?: { readonly applicationKeyId: string; readonly applicationKey: string };
  /**
   * Where b2_authorize_account is asked.
   * @defaultValue {@link PRODUCTION_REALM}
   */
  readonly realm?: string;
  /** The way to the network; by default `node:https` on Node with kept-alive connections, `fetch` elsewhere. */
  readonly transport?: Transport;
  /** Decides whether a failed JSON call is repeated; by default none is. File contents are never repeated here. */
  readonly retry?: RetryPolicy;
  /** Text after b2kit's own User-Agent, such as `backup-tool/2.1`. */
  readonly userAgentAppend?: string;
}

/**
 * Creates a client of raw calls, with nothing between the caller and the wire but authentication.
 *
 * Each call makes one request; JSON answers are read whole. Uploads (`b2_upload_file`, `b2_upload_part`) hold
 * about 1 MiB of the body; with `X-Bz-Content-Sha1: hex_digits_at_end` the digest is computed and appended.
 * Downloads hand out a stream with `parseAs: "stream"`.
 *
 * @example
 * const raw = createRawClient({ authorization });
 * const { data, error } = await raw.POST("/b2api/v4/b2_list_buckets", { body: { accountId } });
 */
export function createRawClient(options: RawClientOptions = {}): RawClient {
  const settings: Settings = { ...options, transport: options.transport ?? defaultTransport() };
  const client = createClient<paths>();
  const call = async (method: string, path: string, init: CallInit = {}) =>
    await callOperation(settings, findOperation(method, path), init, (prepared) =>
      // openapi-fetch types a call by its literal path; here the path is any of them.
      (client.request as UntypedCall)(method, path, prepared),
    );
  const { use, eject } = client;
  const methods = {
    GET: (path: string, init?: CallInit) => call("GET", path, init),
    POST: (path: string, init?: CallInit) => call("POST", path, init),
    HEAD: (path: string, init?: CallInit) => call("HEAD", path, init),
  };
  // The types of these three say for each path what `callOperation` does for all.
  return { ...(methods as Pick<RawClient, keyof typeof methods>), use, eject };
}

type Settings = RawClientOptions & { readonly transport: Transport };

/** What the typed call's second argument can hold, seen without the types of one operation. */
interface CallInit {
  readonly params?: {
    readonly header?: Readonly<Record<string, unknown>>;
    readonly path?: Readonly<Record<string, unknown>>;
    readonly query?: Readonly<Record<string, unknown>>;
  };
  readonly body?: unknown;
  readonly baseUrl?: string;
  readonly headers?: HeadersInit;
  readonly parseAs?: ParseAs;
  readonly signal?: AbortSignal | undefined;
  readonly [option: string]: unknown;
}
type CallResult = { data?: unknown; error?: unknown; response: Response };
type UntypedCall = (method: string, path: string, init: CallInit) => Promise<CallResult>;

async function callOperation(
  settings: Settings,
  operation: OperationRow,
  init: CallInit,
  call: (prepared: CallInit) => Promise<CallResult>,
): Promise<CallResult> {
  const prepared = await prepare(settings, operation, init);
  try {
    return await settle(operation, init, await call(prepared));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new UnexpectedAnswerError(
        `The answer of ${operation.operationId} is not JSON: is this a B2 service?`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}

async function prepare(settings: Settings, operation: OperationRow, init: CallInit): Promise<CallInit> {
  const { parseAs = "stream", ...rest } = init;
  const { header = {}, ...params } = rest.params ?? {};
  const authorization = await authorizationFor(settings, operation, init);
  const headers = new Headers(init.headers);
  for (const [name, value] of encodeHeaders(operation, header)) {
    headers.set(name, value);
  }
  setDefault(headers, "Authorization", () => tokenFor(settings, operation, init, authorization));
  if (runtimeName !== undefined) {
    setDefault(headers, "User-Agent", () => userAgent(settings.userAgentAppend));
  }
  const content = contentOf(operation, init, headers);
  const send = operation.requestBody === "bytes" || operation.responseBody === "bytes" ? sendBytes : sendJson;
  const address = {
    params,
    baseUrl: removeTrailingSlash(init.baseUrl ?? baseUrlFor(settings, operation, authorization)),
    pathSerializer: (path: string, values: Readonly<Record<string, unknown>>) =>
      serializePath(operation, path, values),
    querySerializer: createQuerySerializer<unknown>(),
  };
  const url = createFinalURL(operation.path, address);
  return {
    ...rest,
    ...address,
    headers,
    ...(operation.responseBody === "bytes" && { parseAs }),
    body: content === undefined ? init.body : undefined,
    fetch: (request: Request) => send(settings, operation, request, urlAsWritten(request, url), content),
  };
}

/** Undoes what `Request` does to a URL, such as resolving `..` inside a file name, unless middleware set another. */
function urlAsWritten(request: Request, written: string): string {
  return request.url === new URL(written).href ? written : request.url;
}

/** Adds what openapi-fetch leaves out: the data of an empty file, and the error where no JSON told it. */
async function settle(operation: OperationRow, init: CallInit, result: CallResult): Promise<CallResult> {
  const { response } = result;
  if (!response.ok) {
    return { error: toErrorBody(result.error, response), response };
  }
  if (result.data !== undefined || operation.responseBody === "none") {
    return result;
  }
  if (operation.responseBody === "json") {
    throw new UnexpectedAnswerError(`The answer of ${operation.operationId} is empty: is this a B2 service?`);
  }
  const { parseAs = "stream" } = init;
  return { data: parseAs === "stream" ? response.body : await response[parseAs](), response };
}

function toErrorBody(body: unknown, response: Response): ErrorBody {
  if (isErrorBody(body)) {
    return body;
  }
  const text = typeof body === "string" ? readableText(body) : "";
  const message = text || `HTTP status ${response.status} without an explanation`;
  return { status: response.status, code: "unknown", message };
}

/** Gives the beginning of a text, or of what a page of HTML says. */
function readableText(body: string): string {
  return body
    .slice(0, 2000)
    .replace(/(<[^>]*>|\s)+/g, " ")
    .trim()
    .slice(0, 200);
}

function isErrorBody(body: unknown): body is ErrorBody {
  return (
    typeof body === "object" &&
    body !== null &&
    "code" in body &&
    typeof body.code === "string" &&
    "status" in body &&
    typeof body.status === "number" &&
    "message" in body &&
    typeof body.message === "string"
  );
}

const rows = new Map<string, OperationRow>(
  Object.values(operations).map((operation) => [`${operation.method} ${operation.path}`, operation]),
);

function findOperation(method: string, path: string): OperationRow {
  const operation = rows.get(`${method.toUpperCase()} ${path}`);
  if (operation === undefined) {
    throw new TypeError(`${method} ${path} is not an operation of the description`);
  }
  return operation;
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
  if (init.baseUrl !== undefined && new Headers(init.headers).has("Authorization")) {
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
    return ""; // The upload URL is the whole address.
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
function* encodeHeaders(
  operation: OperationRow,
  parameters: Readonly<Record<string, unknown>>,
): Iterable<[string, string]> {
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === null) {
      continue;
    }
    const write =
      operation.requestHeaders[name] === "percent-encoded" ? percentEncode : (text: string) => text;
    if (typeof value === "object") {
      for (const [key, item] of Object.entries(value)) {
        yield [name.replace("*", () => key), write(String(item))];
      }
    } else {
      yield [name, write(String(value))];
    }
  }
}

function serializePath(
  operation: OperationRow,
  path: string,
  values: Readonly<Record<string, unknown>>,
): string {
  if (operation.baseUrl === "upload") {
    return String(values.uploadUrl);
  }
  return path.replace(/\{(\w+)\}/g, (_, name: string) => percentEncode(String(values[name])));
}

function contentOf(operation: OperationRow, init: CallInit, headers: Headers): Content | undefined {
  if (operation.requestBody !== "bytes") {
    return undefined;
  }
  const announced = headers.get("Content-Length");
  headers.delete("Content-Length"); // The transport derives it from the content.
  if (operation.requestHeaders["X-Bz-File-Name"] !== undefined) {
    setDefault(headers, "Content-Type", () => "b2/x-auto");
  }
  // The description types this body as BinaryBody; anything else fails when it is read.
  const content = toContent(init.body as BinaryBody, announced === null ? undefined : Number(announced));
  return headers.get("X-Bz-Content-Sha1") === "hex_digits_at_end" ? withSha1AtEnd(content) : content;
}

/** Sends through ky, which repeats as the policy says; bodies of both directions are read whole. */
async function sendJson(
  settings: Settings,
  operation: OperationRow,
  request: Request,
  url: string,
): Promise<Response> {
  try {
    return await ky(request, {
      timeout: false, // The transport has its own, which tell a slow connection from a dead one.
      retry: kyRetry(settings.retry, operation, request.signal),
      fetch: async (attempt) => {
        const sent = new Request(attempt);
        const content = sent.body === null ? undefined : toContent(new Uint8Array(await sent.arrayBuffer()));
        return await wholeResponse(operation, await exchange(settings, operation, sent, url, content));
      },
    });
  } catch (error) {
    if (error instanceof HTTPError) {
      return error.response;
    }
    throw error;
  }
}

function kyRetry(
  policy: RetryPolicy | undefined,
  operation: OperationRow,
  signal: AbortSignal,
): NonNullable<KyOptions["retry"]> {
  if (policy === undefined) {
    return 0;
  }
  const started = Date.now();
  let delayMillis = 0;
  return {
    limit: Number.POSITIVE_INFINITY,
    methods: ["get", "post", "head"],
    shouldRetry: async ({ error, retryCount }) => {
      if (signal.aborted) {
        return false;
      }
      const answer = error instanceof HTTPError ? await describeAnswer(error.response) : { error };
      const elapsedMillis = Date.now() - started;
      const wait = policy({ operation, attempt: retryCount, elapsedMillis, ...answer });
      delayMillis = wait ?? 0;
      return wait !== undefined;
    },
    delay: () => delayMillis,
  };
}

async function describeAnswer(response: Response) {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const retryAfter = response.headers.get("Retry-After");
  return {
    status: response.status,
    ...(isErrorBody(body) && { code: body.code }),
    ...(retryAfter !== null && { retryAfter }),
  };
}

/** Sends past ky, which would buffer the body: file contents stay streams in both directions. */
async function sendBytes(
  settings: Settings,
  operation: OperationRow,
  request: Request,
  url: string,
  content: Content | undefined,
): Promise<Response> {
  const response = await exchange(settings, operation, request, url, content);
  return operation.responseBody === "bytes" && response.status < 300 && !WITHOUT_BODY.has(response.status)
    ? new Response(toReadableStream(response.body, response.discard), response)
    : await wholeResponse(operation, response);
}

/** Requests by their signal: Node's signals stop following the caller's once their request is garbage. */
const keptAlive = new WeakMap<AbortSignal, Request>();

function exchange(
  { transport }: Settings,
  operation: OperationRow,
  request: Request,
  url: string,
  content: Content | undefined,
): Promise<TransportResponse> {
  keptAlive.set(request.signal, request);
  return transport({
    url,
    method: request.method,
    headers: Object.fromEntries(request.headers),
    signal: request.signal,
    answerTimeoutMillis: operation.timeoutSeconds * 1000,
    ...(content !== undefined && { content }),
  });
}

const ERROR_BODY_LIMIT_BYTES = 64 * 1024;

/** Statuses whose `Response` must not have a body. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

async function wholeResponse(operation: OperationRow, response: TransportResponse): Promise<Response> {
  const limit = response.status < 400 ? Number.POSITIVE_INFINITY : ERROR_BODY_LIMIT_BYTES;
  const body = await readWhole(response, limit);
  const empty = operation.responseBody === "none" || WITHOUT_BODY.has(response.status);
  return new Response(empty ? null : body, response);
}
