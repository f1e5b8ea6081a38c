import type { Client } from "openapi-fetch";
import { defaultTransport } from "#runtime";
import { type OperationRow, operations } from "../../generated/operations.ts";
import type { paths } from "../../generated/schema.ts";
import { contentOf, textOf } from "./answer.ts";
import type { CallInit, RawClientOptions, ReadyCall, Settings } from "./call.ts";
import type { Middleware, ParseAs, RawClient } from "./client-types.ts";
import { toContent } from "./content.ts";
import { quote } from "./encoding.ts";
import { toErrorBody } from "./error-body.ts";
import { UnexpectedAnswerError } from "./errors.ts";
import { send } from "./exchange.ts";
import type { Trace } from "./hooks.ts";
import {
  authorizationFor,
  needsAuthorization,
  type Prepared,
  prepare,
  serializePath,
  serializeQuery,
  userAgent,
} from "./preparation.ts";

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
  return detachable(createClients(options)());
}

/** Lets the methods of a client be used on their own: `const { POST } = createRawClient(…)`. */
export function detachable(client: RawClient): RawClient {
  const call = (method: "GET" | "POST" | "HEAD") => client[method].bind(client);
  return {
    GET: call("GET") as RawClient["GET"],
    POST: call("POST") as RawClient["POST"],
    HEAD: call("HEAD") as RawClient["HEAD"],
    use: (...added) => client.use(...added),
    eject: (...removed) => client.eject(...removed),
  };
}

/** Creates a function that gives the same client again and again, for calls that are followed as one. */
export function createClients(options: RawClientOptions): (trace?: Trace) => RawClient {
  checkUserAgent(options.userAgentAppend);
  const settings: Settings = {
    ...options,
    transport: options.transport ?? defaultTransport(),
    userAgent: userAgent(options.userAgentAppend),
  };
  const middleware = new MiddlewareClient();
  // The types of its methods say for each path what `callOperation` does for all.
  return (trace) => new TracedClient(settings, middleware, trace) as TracedClient & RawClient;
}

/** A client whose calls belong together; cheap enough to be made for each of them. */
class TracedClient {
  readonly #settings: Settings;
  readonly #middleware: MiddlewareClient;
  readonly #trace: Trace | undefined;

  constructor(settings: Settings, middleware: MiddlewareClient, trace: Trace | undefined) {
    this.#settings = settings;
    this.#middleware = middleware;
    this.#trace = trace;
  }

  GET(path: string, init?: CallInit): Promise<CallResult> {
    return this.#call("GET", path, init);
  }

  POST(path: string, init?: CallInit): Promise<CallResult> {
    return this.#call("POST", path, init);
  }

  HEAD(path: string, init?: CallInit): Promise<CallResult> {
    return this.#call("HEAD", path, init);
  }

  use(...added: readonly Middleware[]): void {
    this.#middleware.use(...added);
  }

  eject(...removed: readonly Middleware[]): void {
    this.#middleware.eject(...removed);
  }

  #call(method: string, path: string, init: CallInit = {}): Promise<CallResult> {
    const traced = this.#trace === undefined ? init : { ...init, trace: this.#trace };
    return callOperation(this.#settings, this.#middleware, method, path, traced);
  }
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
  method: string,
  path: string,
  init: CallInit,
): Promise<CallResult> {
  const operation = findOperation(method, path);
  const authorization = needsAuthorization(operation) ? await authorizationFor(settings, init) : undefined;
  const prepared = prepare(settings, operation, init, authorization);
  const isChanged = middleware.isUsed || init.middleware !== undefined;
  const answer = isChanged ? await middleware.send(prepared, init) : { response: await send(prepared.call) };
  const { response } = answer;
  if (response.ok) {
    return { data: await dataOf(operation, init, response), response };
  }
  const error = "error" in answer ? answer.error : textOrJson(await response.text());
  return { error: toErrorBody(error, response), response };
}

/** Gives what an answer holds, or promises it. */
function dataOf(operation: OperationRow, init: CallInit, response: Response): unknown {
  switch (operation.responseBody) {
    case "none":
      return undefined;
    case "json":
      return jsonOf(operation, textOf(response));
    case "bytes":
      return contentAs(init.parseAs ?? "stream", response);
  }
}

function jsonOf(operation: OperationRow, text: string | Promise<string>): unknown {
  return typeof text === "string"
    ? parseJson(operation, text)
    : text.then((arrived) => parseJson(operation, arrived));
}

function contentAs(parseAs: ParseAs, response: Response): unknown {
  switch (parseAs) {
    case "chunks":
      return contentOf(response);
    case "stream":
      return response.body;
    default:
      return response[parseAs]();
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

  async send({ call, baseUrl }: Prepared, init: CallInit): Promise<CallResult> {
    const { body, middleware = [], signal, params: { header: _, ...params } = {} } = init;
    const { method, path, requestBody } = call.operation;
    this.#client ??= import("openapi-fetch").then(({ default: createClient }) => createClient<paths>());
    // openapi-fetch types a call by its literal path; here the path is any of them.
    return await ((await this.#client).request as UntypedCall)(method, path, {
      params,
      baseUrl,
      pathSerializer: (path: string, values: Readonly<Record<string, unknown>>) =>
        serializePath(call.operation, path, values),
      querySerializer: serializeQuery,
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

const rows = new Map<string, Map<string, OperationRow>>();
for (const operation of Object.values(operations)) {
  const { method, path } = operation;
  rows.set(path, (rows.get(path) ?? new Map()).set(method, operation));
}

function findOperation(method: string, path: string): OperationRow {
  const operation = rows.get(path)?.get(method);
  if (operation === undefined) {
    throw new TypeError(`${method} ${path} is not an operation of the description`);
  }
  return operation;
}
