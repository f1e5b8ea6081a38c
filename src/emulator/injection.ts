import type { IncomingMessage } from "node:http";
import { credentialsOf } from "./authorization.ts";
import type { Fault, FaultDelay } from "./fault.ts";
import type { FaultyAnswer } from "./faulty-answer.ts";
import { ClientLeft } from "./refusal.ts";
import { RequestContent } from "./request-content.ts";
import { type Route, rowOf } from "./routes.ts";
import type { Service } from "./service.ts";
import { leaving, pause } from "./waiting.ts";
import type { Schemas } from "./wire.ts";

/** An error answer that a fault asks for. */
export class InjectedError extends Error {
  override readonly name = "InjectedError";
  readonly status: Schemas["Error"]["status"];
  readonly code: Schemas["Error"]["code"];
  readonly headers: Readonly<Record<string, string>>;

  constructor({ status = 500, code, message, retryAfter }: Fault) {
    super(message ?? "A fault on demand");
    this.status = status;
    this.code = code ?? codes[status] ?? (status < 500 ? "bad_request" : "internal_error");
    this.headers = retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) };
  }
}

/** The code that goes with a status unless the fault has another. */
const codes: Readonly<Record<number, Schemas["ErrorCode"]>> = {
  401: "expired_auth_token",
  403: "storage_cap_exceeded",
  404: "not_found",
  405: "method_not_allowed",
  408: "request_timeout",
  409: "conflict",
  416: "range_not_satisfiable",
  429: "too_many_requests",
  503: "service_unavailable",
};

/** A request that a fault hits. */
export interface FaultySituation {
  readonly fault: Fault;
  readonly service: Service;
  readonly route: Route;
  readonly request: IncomingMessage;
  readonly response: FaultyAnswer;
  /** Cuts all connections, and refuses new ones for a while. */
  readonly refuse: (millis: number) => void;
}

/**
 * Performs a call as a fault has it.
 *
 * @param perform - Performs it properly: reads the content that it is given, and answers JSON, or sends a download.
 * @throws InjectedError to be answered, or ClientLeft when the fault has ended the connection.
 */
export async function performFaulty(
  situation: FaultySituation,
  perform: (content: AsyncIterable<Buffer>) => Promise<object | undefined>,
): Promise<object | undefined> {
  const { fault, service, route, request, response } = situation;
  await strikeFirst(situation);
  if (!waitsInUpload(fault, route)) response.distort(fault, service.clock);
  // Downloads send while they are performed: what should come before the answer has to come before that.
  const isSentAtOnce = rowOf(route.operation).responseBody !== "json";
  if (isSentAtOnce) await strikeAnswer(situation);
  try {
    return altered(fault, await perform(faultyContent(situation, new RequestContent(request))));
  } finally {
    if (!isSentAtOnce) await strikeAnswer(situation);
  }
}

/** What happens before the body of the request is read. */
async function strikeFirst(situation: FaultySituation): Promise<void> {
  const { fault, service, route, request, refuse } = situation;
  const { clock, tokens } = service;
  if (fault.status !== undefined) throw await errorFor(fault, route, request);
  const hasNoMiddle = !hasBody(request) && !sendsContent(situation);
  if (fault.reset === "before" || (fault.reset === "during" && hasNoMiddle)) throw reset(request);
  if (fault.refuse !== undefined) {
    const left = reset(request);
    refuse(fault.refuse);
    throw left;
  }
  if (fault.delay?.when === "body") await pause(clock, request.socket, fault.delay.millis);
  if (fault.stall === "request") await leaving(request.socket);
  if (fault.expireToken) tokens.expire(credentialsOf(route, request) ?? "");
}

/** Reads JSON requests whole, so that the connection lives on; uploads are answered at once, as by a busy server. */
async function errorFor(
  fault: Fault,
  { operation }: Route,
  request: IncomingMessage,
): Promise<InjectedError> {
  const isWhole = rowOf(operation).requestBody !== "bytes" && !request.headers.expect;
  if (isWhole) for await (const _ of new RequestContent(request)); // thrown away
  return new InjectedError(fault);
}

/** What happens when the call was performed, before its answer. */
async function strikeAnswer({ fault, service, request }: FaultySituation): Promise<void> {
  if (fault.delay?.when === "answer") await pause(service.clock, request.socket, fault.delay.millis);
  if (fault.reset === "after") throw reset(request);
}

/** The content of the request, and what happens in its middle. */
async function* faultyContent(
  situation: FaultySituation,
  content: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const { fault, service, route, request } = situation;
  const middle = Number(request.headers["content-length"] ?? 0) >> 1;
  let position = 0;
  for await (const chunk of content) {
    const before = chunk.subarray(0, Math.max(middle - position, 0));
    const isMiddle = position <= middle && middle < position + chunk.length;
    position += chunk.length;
    if (isMiddle && fault.reset === "during" && !sendsContent(situation)) throw reset(request);
    if (!isMiddle || !waitsInUpload(fault, route)) yield chunk;
    else {
      if (before.length > 0) yield before;
      await pause(service.clock, request.socket, fault.delay.millis);
      yield chunk.subarray(before.length);
    }
  }
}

/** Tells whether the answer is a file's content, so that it is the one to have a middle. */
function sendsContent({ route, request }: FaultySituation): boolean {
  return rowOf(route.operation).responseBody !== "json" && request.method !== "HEAD";
}

/** Tells whether the wait of a fault is in the body of the request rather than in that of the answer. */
function waitsInUpload(fault: Fault, { operation }: Route): fault is Fault & { readonly delay: FaultDelay } {
  return fault.delay?.when === "middle" && rowOf(operation).requestBody === "bytes";
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Ends the connection in the way that looks like a crash to the client. */
function reset({ socket }: IncomingMessage): ClientLeft {
  socket.resetAndDestroy();
  return new ClientLeft();
}

function altered({ wrongSha1 }: Fault, answer: object | undefined): object | undefined {
  return wrongSha1 && answer ? { ...answer, contentSha1: "0123456789abcdef".repeat(3).slice(0, 40) } : answer;
}
