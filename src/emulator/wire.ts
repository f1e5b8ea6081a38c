import type { OperationId } from "../../generated/operations.ts";
import type { components, operations as wire } from "../../generated/schema.ts";

/** The wire structures of the description, by name. */
export type Schemas = components["schemas"];

/** The JSON body of an operation's request, or its query parameters, without the nulls that the service ignores. */
export type RequestOf<Id extends OperationId> = wire[Id] extends {
  requestBody: { content: { "application/json": infer Body } };
}
  ? WithoutNulls<Body>
  : WithoutNulls<QueryOf<wire[Id]>>;

type WithoutNulls<Fields> = { [Name in keyof Fields]: Exclude<Fields[Name], null> };

type QueryOf<Operation> = Operation extends { parameters: { query?: infer Query } }
  ? [NonNullable<Query>] extends [never]
    ? Record<never, never>
    : NonNullable<Query>
  : Record<never, never>;

/** The header parameters of an operation, decoded. */
export type HeadersOf<Id extends OperationId> = wire[Id] extends { parameters: { header?: infer Headers } }
  ? [NonNullable<Headers>] extends [never]
    ? Record<never, never>
    : NonNullable<Headers>
  : Record<never, never>;

/** The JSON answer of an operation; nothing for downloads, which answer bytes. */
export type AnswerOf<Id extends OperationId> = wire[Id] extends {
  responses: { 200: { content: { "application/json": infer Body } } };
}
  ? Body
  : undefined;
