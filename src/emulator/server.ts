import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { OperationId } from "../../generated/operations.ts";
import { sendJson, sendRefusal } from "./answers.ts";
import { identify, requireCapabilities } from "./authorization.ts";
import type { Call, Handler } from "./call.ts";
import { handlers } from "./handlers.ts";
import { badRequest, ClientLeft, Refusal } from "./refusal.ts";
import type { RecordedRequest, Requests } from "./requests.ts";
import { findRoute, type Route, rowOf } from "./routes.ts";
import type { Service } from "./service.ts";

/** What a server does beside serving. */
export interface ServerSettings {
  readonly requests: Requests;
  /** Validates each answer against the description, and turns a wrong one into an error 500 that says so. */
  readonly checkAnswers: boolean;
  /** Receives one line for each request, when its answer is out. */
  readonly log: (line: string) => void;
}

/** A JSON request longer than this is refused: 10,000 SHA-1 digests take half a megabyte. */
const largestJsonBytes = 16 << 20;

/** An HTTP server and the requests that it is working on. */
export class B2Server {
  readonly http: Server;
  readonly #service: Service;
  readonly #settings: ServerSettings;
  readonly #underWay = new Set<Promise<void>>();

  constructor(service: Service, settings: ServerSettings) {
    this.#service = service;
    this.#settings = settings;
    const listener = (request: IncomingMessage, response: ServerResponse) => this.#track(request, response);
    this.http = createServer(
      { maxHeaderSize: 64 << 10, requestTimeout: 0, keepAliveTimeout: 60_000 },
      listener,
    );
    this.http.on("checkContinue", listener); // uploads say themselves when they want the body
  }

  /** Ends all connections, busy ones too, and waits until nothing touches the files any more. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.http.close(resolve));
    this.http.closeAllConnections();
    await closed;
    await Promise.all(this.#underWay);
  }

  #track(request: IncomingMessage, response: ServerResponse): void {
    const work: Promise<void> = this.#serve(request, response).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    const started = performance.now();
    const record = this.#settings.requests.record(method, url.split("?", 1)[0] ?? "");
    response.once("close", () => this.#log(record, performance.now() - started));
    try {
      const route = findRoute(method, url);
      this.#settings.requests.attribute(record, route.operation);
      const answer = await this.#perform(route, request, response);
      record.status = answer ? 200 : response.statusCode;
      if (answer) sendJson(response, 200, answer);
    } catch (error) {
      if (error instanceof ClientLeft || hasLeft(request)) return void response.destroy();
      const refusal = this.#refusalFor(error, record);
      record.status = refusal.status;
      record.code = refusal.code;
      sendRefusal(request, response, refusal);
    }
  }

  async #perform(
    route: Route,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<object | undefined> {
    const service = this.#service;
    const id = route.operation;
    const handler = handlers[id];
    if (!handler) throw new Refusal(501, "not_implemented", `The emulator does not have ${id} yet`);
    const caller = identify(service, route, request);
    const body = await readRequest(service, route, request, response);
    requireCapabilities(id, caller, { ...body, ...request.headers });
    const call = { id, service, route, caller, body, request, response };
    // The body is valid for this operation by the description, so the handler of the same operation takes it.
    const answer: object | undefined = await (handler as Handler<OperationId>)(call as unknown as Call);
    return answer && this.#checked(id, answer);
  }

  #checked(id: OperationId, answer: object): object {
    const wrong = this.#settings.checkAnswers && this.#service.description.answerError(id, answer);
    if (!wrong) return answer;
    throw new Error(`the answer of ${id} is not what the description says: ${wrong}`);
  }

  /** Turns whatever went wrong into an answer. In checking mode the description must know its code. */
  #refusalFor(error: unknown, { operation }: RecordedRequest): Refusal {
    const refusal = error instanceof Refusal ? error : this.#internalError(error);
    if (!this.#settings.checkAnswers || !operation || refusal.code === "not_implemented") return refusal;
    const { errors } = rowOf(operation);
    if (errors[refusal.status]?.includes(refusal.code) || refusal.status === 500) return refusal;
    const unknown = `${refusal.status} ${refusal.code}: ${refusal.message}`;
    return this.#internalError(
      new Error(`${operation} answers an error that the description does not have: ${unknown}`),
    );
  }

  #internalError(error: unknown): Refusal {
    const message = error instanceof Error ? error.message : String(error);
    this.#settings.log(`error: ${error instanceof Error ? error.stack : message}`);
    return new Refusal(500, "internal_error", message);
  }

  #log({ method, path, operation, status, code }: RecordedRequest, millis: number): void {
    const outcome = status === undefined ? "client left" : [status, code].filter(Boolean).join(" ");
    this.#settings.log(`${operation ?? `${method} ${path}`} ${outcome} ${millis.toFixed(1)} ms`);
  }
}

/** Tells whether the connection ended before the request did. */
function hasLeft({ destroyed, complete }: IncomingMessage): boolean {
  return destroyed && !complete;
}

type Fields = Record<string, unknown>;

/** Reads the fields of a request from its JSON body or its query, and checks them; uploads have headers instead. */
async function readRequest(
  { description }: Service,
  { operation, query }: Route,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Fields> {
  if (rowOf(operation).requestBody === "bytes") return {};
  if (request.headers.expect) response.writeContinue();
  const sent = request.method === "POST" ? await readJson(request) : description.readQuery(operation, query);
  const fields = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== null)); // null is ignored
  const wrong = description.requestError(operation, fields);
  if (wrong) throw badRequest(wrong);
  return fields;
}

async function readJson(request: IncomingMessage): Promise<Fields> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largestJsonBytes) throw badRequest("The request is too long");
    chunks.push(chunk);
  }
  const value = parseJson(Buffer.concat(chunks).toString("utf8"));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw badRequest("The request is not a JSON object");
}

function parseJson(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "bad_json", "The request is not JSON");
  }
}
