import type { IncomingMessage, ServerResponse } from "node:http";
import type { OperationId } from "../../generated/operations.ts";
import type { Caller } from "./caller.ts";
import type { Route } from "./routes.ts";
import type { Service } from "./service.ts";
import type { AnswerOf, RequestOf } from "./wire.ts";

/** One request on its way through an operation. */
export interface Call<Id extends OperationId = OperationId> {
  readonly id: Id;
  readonly service: Service;
  readonly route: Route;
  readonly caller: Caller;
  /** The JSON body or the query parameters, valid by the description. */
  readonly body: RequestOf<Id>;
  /** The bytes of an upload as they arrive; a fault may hold them up. */
  readonly content: AsyncIterable<Buffer>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A call of any operation, as far as it does not depend on which. */
export type AnyCall = Omit<Call, "body">;

/**
 * Performs an operation: answers the JSON to send, or throws a refusal. Downloads write the response themselves and
 * answer nothing.
 */
export type Handler<Id extends OperationId> = (call: Call<Id>) => AnswerOf<Id> | Promise<AnswerOf<Id>>;

/** A handler for every operation of the description. */
export type Handlers = { readonly [Id in OperationId]: Handler<Id> };

/** Where clients reach this server: the address by which this request came. */
export function baseUrl(request: IncomingMessage): string {
  const protocol = request.headers["x-forwarded-proto"] === "https" ? "https" : "http"; // Behind a proxy with TLS.
  return `${protocol}://${request.headers.host ?? `${request.socket.localAddress}:${request.socket.localPort}`}`;
}
