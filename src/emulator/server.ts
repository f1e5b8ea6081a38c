import { once } from "node:events";
import { createServer, IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { OperationId } from "../../generated/operations.ts";
import { type ErrorAnswer, sendJson, sendRefusal } from "./answers.ts";
import { answerInVersion, requestInV4 } from "./api-versions.ts";
import { identify, requireCapabilities } from "./authorization.ts";
import type { Call, Handler } from "./call.ts";
import { isControl, serveControl } from "./control.ts";
import { answerPreflight, shareAnswer } from "./cors.ts";
import type { Complaint } from "./description.ts";
import { type Fault, nameOf } from "./fault.ts";
import type { Faults } from "./faults.ts";
import { FaultyAnswer } from "./faulty-answer.ts";
import { handlers } from "./handlers.ts";
import { InjectedError, performFaulty } from "./injection.ts";
import { readJson } from "./json-body.ts";
import { asDescribed } from "./notifications.ts";
import { badRequest, ClientLeft, Refusal } from "./refusal.ts";
import { RequestContent } from "./request-content.ts";
import type { RecordedRequest, Requests } from "./requests.ts";
import { findRoute, type Route, rowOf } from "./routes.ts";
import type { Service } from "./service.ts";
import { passing } from "./waiting.ts";

/** How soon a server tries again to get a port back that a connection of others happens to have. */
const portRetryMillis = 20;

/** What a server does beside serving. */
export interface ServerSettings {
  readonly requests: Requests;
  readonly faults: Faults;
  /** Validates each answer against the description, and turns a wrong one into an error 500 that says so. */
  readonly checkAnswers: boolean;
  /** Receives one line for each request, when its answer is out. */
  readonly log: (line: string) => void;
}

/** An HTTP server and the requests that it is working on. */
export class B2Server {
  readonly #http: Server<typeof IncomingMessage, typeof FaultyAnswer>;
  readonly #service: Service;
  readonly #settings: ServerSettings;
  readonly #underWay = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(service: Service, settings: ServerSettings) {
    this.#service = service;
    this.#settings = settings;
    const listener = (request: IncomingMessage, response: FaultyAnswer) => this.#track(request, response);
    const classes = { IncomingMessage, ServerResponse: FaultyAnswer };
    const http = createServer(
      { ...classes, maxHeaderSize: 64 << 10, requestTimeout: 0, keepAliveTimeout: 60_000 },
      listener,
    );
    this.#http = http.on("checkContinue", listener); // uploads say themselves when they want the body
  }

  /** Listens on a port of an address; 0 stands for a free port. */
  async listen(port: number, host: string): Promise<AddressInfo> {
    const listening = once(this.#http, "listening");
    this.#http.listen(port, host);
    await listening;
    return this.#http.address() as AddressInfo;
  }

  /** Cuts all connections, and refuses new ones until so much time has passed on the emulator's clock. */
  async #refuse(millis: number): Promise<void> {
    if (!this.#http.listening) return; // it refuses already
    const { port, address } = this.#http.address() as AddressInfo;
    this.#http.close();
    this.#http.closeAllConnections();
    const { signal } = this.#closing;
    await passing(this.#service.clock, millis, signal);
    while (!signal.aborted && !(await this.#listensAgain(port, address)))
      await passing(this.#service.clock, portRetryMillis, signal);
  }

  /** Tells whether the server got its port back. */
  #listensAgain(port: number, address: string): Promise<boolean> {
    return this.listen(port, address).then(
      () => true,
      () => false,
    );
  }

  /** Ends all connections, busy ones too, and waits until nothing touches the files any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    const closed = new Promise((resolve) => this.#http.close(resolve));
    this.#http.closeAllConnections();
    await closed;
    await Promise.all(this.#underWay);
  }

  #track(request: IncomingMessage, response: FaultyAnswer): void {
    const work: Promise<void> = this.#answer(request, response).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  #answer(request: IncomingMessage, response: FaultyAnswer): Promise<void> {
    if (!isControl(request.url ?? "")) return this.#serve(request, response);
    return serveControl({ ...this.#settings, clock: this.#service.clock }, request, response);
  }

  async #serve(request: IncomingMessage, response: FaultyAnswer): Promise<void> {
    const { method = "", url = "" } = request;
    const started = performance.now();
    const record = this.#settings.requests.record(method, url.split("?", 1)[0] ?? "");
    response.once("close", () => this.#log(record, performance.now() - started));
    try {
      if (method === "OPTIONS") {
        record.status = answerPreflight(this.#service.store, request, response);
        return;
      }
      const route = findRoute(method, url);
      this.#settings.requests.attribute(record, route.operation);
      shareAnswer(this.#service.store, route, request, response);
      const fault = this.#settings.faults.strike(route.operation);
      if (fault) record.fault = nameOf(fault);
      const answer = await this.#performUnder(fault, route, request, response);
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

  #performUnder(
    fault: Fault | undefined,
    route: Route,
    request: IncomingMessage,
    response: FaultyAnswer,
  ): Promise<object | undefined> {
    const perform = (content: AsyncIterable<Buffer>) => this.#perform(route, content, request, response);
    if (!fault) return perform(new RequestContent(request));
    const refuse = (millis: number) => void this.#refuse(millis);
    return performFaulty({ fault, service: this.#service, route, request, response, refuse }, perform);
  }

  async #perform(
    route: Route,
    content: AsyncIterable<Buffer>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<object | undefined> {
    const service = this.#service;
    const id = route.operation;
    const handler = handlers[id];
    service.lifecycle.runIfDue();
    const caller = identify(service, route, request);
    const body = await readRequest(service, route, content, request, response);
    requireCapabilities(id, caller, { ...body, ...request.headers });
    service.testModes.apply(id, request);
    const call = { id, service, route, caller, body, content, request, response };
    // The body is valid for this operation by the description, so the handler of the same operation takes it.
    const answer: object | undefined = await (handler as Handler<OperationId>)(call as unknown as Call);
    return answer && answerInVersion(route.version, id, this.#checked(id, answer));
  }

  #checked(id: OperationId, answer: object): object {
    const wrong = this.#settings.checkAnswers && this.#service.description.answerError(id, answer);
    if (!wrong) return answer;
    throw new Error(`the answer of ${id} is not what the description says: ${wrong.message}`);
  }

  /** Turns whatever went wrong into an answer. In checking mode the description must know its code. */
  #refusalFor(error: unknown, { operation }: RecordedRequest): ErrorAnswer {
    if (error instanceof InjectedError) return error; // says what the fault says, described or not
    const refusal = error instanceof Refusal ? error : this.#internalError(error);
    if (!this.#settings.checkAnswers || !operation) return refusal;
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

  #log({ method, path, operation, status, code, fault }: RecordedRequest, millis: number): void {
    const outcome = status === undefined ? "client left" : [status, code].filter(Boolean).join(" ");
    const cause = fault ? ` (fault: ${fault})` : "";
    this.#settings.log(`${operation ?? `${method} ${path}`} ${outcome}${cause} ${millis.toFixed(1)} ms`);
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
  { operation, version, query }: Route,
  content: AsyncIterable<Buffer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Fields> {
  if (rowOf(operation).requestBody === "bytes") return {};
  if (request.headers.expect) response.writeContinue();
  const sent = request.method === "POST" ? await readJson(content) : description.readQuery(operation, query);
  const given = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== null)); // null is ignored
  const fields = requestInV4(version, operation, given);
  const wrong = description.requestError(operation, asDescribed(operation, fields, description));
  if (wrong) throw refuseFields(operation, wrong);
  return fields;
}

function refuseFields(operation: OperationId, { message, isOutOfRange }: Complaint): Refusal {
  const hasOwnCode = rowOf(operation).errors[400]?.includes("out_of_range");
  return isOutOfRange && hasOwnCode ? new Refusal(400, "out_of_range", message) : badRequest(message);
}
