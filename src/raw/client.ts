import type { Client } from "openapi-fetch";
import { defaultTransport } from "#runtime";
import { type OperationRow, operations } from "../../generated/operations.ts";
import type { paths } from "../../generated/schema.ts";
import { contentOf } from "./answer.ts";
import type { CallInit, RawClientOptions, ReadyCall, Settings } from "./call.ts";
import type { Middleware, ParseAs, RawClient } from "./client-types.ts";
import { toContent } from "./content.ts";
import { quote } from "./encoding.ts";
import { toErrorBody } from "./error-body.ts";
import { UnexpectedAnswerError } from "./errors.ts";
import { send } from "./exchange.ts";
import type { Trace } from "./hooks.ts";
import { type Prepared, prepare } from "./preparation.ts";

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
  return createClients(options)();
}

/** Creates a function that gives the same client again and again, for calls that are followed as one. */
export function createClients(options: RawClientOptions): (trace?: Trace) => RawClient {
  checkUserAgent(options.userAgentAppend);
  const settings: Settings = { ...options, transport: options.transport ?? defaultTransport() };
  const middleware = new MiddlewareClient();
  return (trace) => createClient(settings, middleware, trace);
}

function createClient(settings: Settings, middleware: MiddlewareClient, trace: Trace | undefined): RawClient {
  const call = async (method: string, path: string, init: CallInit = {}) =>
    await callOperation(settings, middleware, findOperation(method, path), trace ? { ...init, trace } : init);
  const methods = {
    GET: (path: string, init?: CallInit) => call("GET", path, init),
    POST: (path: string, init?: CallInit) => call("POST", path, init),
    HEAD: (path: string, init?: CallInit) => call("HEAD", path, init),
  };
  return {
    // The types of these three say for each path what `callOperation` does for all.
    ...(methods as Pick<RawClient, keyof typeof methods>),
    use: (...added) => middleware.use(...added),
    eject: (...removed) => middleware.eject(...removed),
  };
}

function checkUserAgent(text = ""): void {
  if (/[^\x20-\x7e]/.test(text)) {
    throw new TypeError(`userAgentAppend ${quote(text)} holds characters that no header carries`);
  }
}

type CallResult = { data?: unknown; error?: unknown; response: Response };

async function callOperation(
  settings: Settings,
  middleware: MiddlewareClient,
  operation: OperationRow,
  init: CallInit,
): Promise<CallResult> {
  const prepared = await prepare(settings, operation, init);
  const { response, error } =
    middleware.isUsed || init.middleware !== undefined
      ? await middleware.send(prepared, init)
      : await sendPlainly(prepared.call);
  return response.ok
    ? { data: await dataOf(operation, init, response), response }
    : { error: toErrorBody(error, response), response };
}

async function sendPlainly(call: ReadyCall): Promise<CallResult> {
  const response = await send(call);
  return response.ok ? { response } : { response, error: textOrJson(await response.text()) };
}

async function dataOf(operation: OperationRow, init: CallInit, response: Response): Promise<unknown> {
  switch (operation.responseBody) {
    case "none":
      return undefined;
    case "json":
      return parseJson(operation, await response.text());
    case "bytes":
      return await contentAs(init.parseAs ?? "stream", response);
  }
}

async function contentAs(parseAs: ParseAs, response: Response): Promise<unknown> {
  switch (parseAs) {
    case "chunks":
      return contentOf(response);
    case "stream":
      return response.body;
    default:
      return await response[parseAs]();
  }
}

function parseJson({ operationId }: OperationRow, text: string): unknown {
  if (text === "") {
    throw new UnexpectedAnswerError(`The answer of ${operationId} is empty: is this a B2 service?`);
  }
  try {
    return JSON.parse(text);
  } catch {
    // What JSON.parse says quotes the answer, which may hold a token.
    throw new UnexpectedAnswerError(`The answer of ${operationId} is not JSON: is this a B2 service?`);
  }
}

function textOrJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Sends calls through openapi-fetch where there is middleware; without any, nobody loads it or needs a `Request`. */
class MiddlewareClient {
  #added: readonly Middleware[] = [];
  #client: Promise<Client<paths>> | undefined;

  get isUsed(): boolean {
    return this.#added.length > 0;
  }

  use(...added: readonly Middleware[]): void {
    this.#added = [...this.#added, ...added];
  }

  eject(...removed: readonly Middleware[]): void {
    this.#added = this.#added.filter((each) => !removed.includes(each));
  }

  async send({ call, address }: Prepared, { body, middleware = [], signal }: CallInit): Promise<CallResult> {
    const { method, path, requestBody } = call.operation;
    this.#client ??= import("openapi-fetch").then(({ default: createClient }) => createClient<paths>());
    // openapi-fetch types a call by its literal path; here the path is any of them.
    return await ((await this.#client).request as UntypedCall)(method, path, {
      ...address,
      headers: call.headers,
      body: requestBody === "json" ? body : undefined,
      parseAs: "stream", // What it leaves unread is read as without middleware.
      middleware: [...this.#added, ...middleware],
      signal,
      fetch: async (request: Request) => await send(await changedBy(request, call)),
    });
  }
}

type UntypedCall = (method: string, path: string, init: CallInit) => Promise<CallResult>;

/** Takes over what middleware made of a call. */
async function changedBy(request: Request, call: ReadyCall): Promise<ReadyCall> {
  const isJson = call.operation.requestBody === "json";
  const json = isJson && request.body !== null ? new Uint8Array(await request.arrayBuffer()) : undefined;
  return {
    ...call,
    url: urlAsWritten(request, call.url),
    method: request.method,
    headers: Object.fromEntries(request.headers),
    content: isJson ? json && toContent(json) : call.content,
  };
}

/** Undoes what `Request` does to a URL, such as resolving `..` inside a file name, unless middleware set another. */
function urlAsWritten(request: Request, written: string): string {
  return request.url === new URL(written).href ? written : request.url;
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
