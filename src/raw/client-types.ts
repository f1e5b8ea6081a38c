import type { components, paths } from "../../generated/schema.ts";
import type { Bytes, ReceivedContent } from "./transport.ts";

// openapi-fetch's own call types pass every type through a mapping for readOnly and writeOnly markers, which the
// description does not use; it takes open vocabularies and binary bodies apart, and costs a consumer's compiler more
// than a second. These types do without it, and refuse unknown options.

/** Error body of the service. */
export type ErrorBody = components["schemas"]["Error"];

/**
 * Typed calls of every operation of the B2 Native API: `raw.POST(path, { params, body })`.
 *
 * Each answers `{ data, error, response }` and throws only when no usable answer arrived. Header parameters and
 * file names are plain text; they are encoded on the way. Downloads answer a stream unless `parseAs` says else.
 */
export interface RawClient {
  /** Calls an operation that reads: downloads, and the calls that take their parameters in the query. */
  readonly GET: RawMethod<"get">;
  /** Calls an operation with a body: JSON, or the bytes of an upload. */
  readonly POST: RawMethod<"post">;
  /** Asks for the headers of a download. */
  readonly HEAD: RawMethod<"head">;
  /** Adds middleware, as openapi-fetch has it, for every later call. */
  use(...middleware: Middleware[]): void;
  /** Takes middleware away again. */
  eject(...middleware: Middleware[]): void;
}

/** What middleware is told of a call. */
export interface MiddlewareCall {
  /** The request as it will be sent, unless another is answered. The body of an upload is not in it. */
  readonly request: Request;
  /** Path of the operation in the description, such as `/file/{bucketName}/{fileName}`. */
  readonly schemaPath: string;
  /** Parameters of the call as they were given. */
  readonly params: Readonly<Partial<Record<"query" | "header" | "path" | "cookie", Record<string, unknown>>>>;
  /** Tells calls that are under way at the same time apart. */
  readonly id: string;
}

interface MiddlewareFunctions {
  /** Is called before the request is sent. A `Response` answers the call without it. */
  onRequest?(call: MiddlewareCall): Answer<Request | Response>;
  /** Is called with the answer. */
  onResponse?(call: MiddlewareCall & { readonly response: Response }): Answer<Response>;
  /** Is called when no answer arrived. A `Response` makes the call succeed, an `Error` replaces the failure. */
  onError?(call: MiddlewareCall & { readonly error: unknown }): Answer<Response | Error>;
}

/** Functions that see or change each call, at least one of them. What they answer replaces what they were told of. */
export type Middleware = {
  [Name in keyof MiddlewareFunctions]-?: MiddlewareFunctions & Required<Pick<MiddlewareFunctions, Name>>;
}[keyof MiddlewareFunctions];

// biome-ignore lint/suspicious/noConfusingVoidType: a function that only looks may answer nothing
type Answer<Value> = Value | undefined | void | Promise<Value | undefined | void>;

/** How the body of a download is handed out. */
export type ParseAs = "stream" | "chunks" | "blob" | "arrayBuffer" | "text";

/** Options of one raw call, whatever the operation. */
export interface RawCallOptions<Parse extends ParseAs = ParseAs> {
  /** Headers beside the typed header parameters; `Authorization` here replaces the client's own. */
  readonly headers?: NonNullable<RequestInit["headers"]>;
  /** Replaces the base URL that the authorization names. */
  readonly baseUrl?: string;
  /** Ends the call at any moment, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How the body of a download is handed out: `chunks` costs less than `stream`, everything else is held in memory.
   * @defaultValue `stream`
   */
  readonly parseAs?: Parse;
  /** Is told the SHA-1 of an upload's body, when `hex_digits_at_end` lets it be computed on the way. */
  readonly onSha1?: ((sha1: string) => void) | undefined;
  /** openapi-fetch middleware for this call only. */
  readonly middleware?: Middleware[];
}

/** What a raw call answers: either data or the service's error. */
export type RawResponse<Data> =
  | {
      /** What the call answers. */
      readonly data: Data;
      /** The service's error; undefined when the call succeeded. */
      readonly error?: never;
      /** Status and headers; the body of a download is in `data`. */
      readonly response: Response;
    }
  | { readonly data?: never; readonly error: ErrorBody; readonly response: Response };

type Method = "get" | "post" | "head";

type PathWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never;
}[keyof paths];

type RawMethod<M extends Method> = <P extends PathWith<M>, Parse extends ParseAs = "stream">(
  path: P,
  ...init: Arguments<ParamsOption<paths[P][M]> & BodyOption<paths[P][M]> & RawCallOptions<Parse>>
) => Promise<RawResponse<DataOf<paths[P][M], Parse>>>;

type ParamsOption<Operation> = Operation extends { parameters: infer Parameters }
  ? Record<never, never> extends Parameters
    ? { readonly params?: Parameters }
    : { readonly params: Parameters }
  : never;

/** Makes the options optional when nothing in them is required. */
type Arguments<Init> = Record<never, never> extends Init ? [init?: Init] : [init: Init];

type BodyOption<Operation> = Operation extends { requestBody: { content: infer Content } }
  ? { readonly body: Content[keyof Content] }
  : Operation extends { requestBody?: { content: infer Content } }
    ? { readonly body?: Content[keyof Content] }
    : { readonly body?: never };

type DataOf<Operation, Parse extends ParseAs> = Operation extends {
  responses: { 200: { content: infer Content } };
}
  ? Content extends { "application/json": infer Json }
    ? Json
    : Parsed[Parse]
  : undefined;

interface Parsed {
  readonly stream: ReadableStream<Bytes>;
  readonly chunks: ReceivedContent;
  readonly blob: Blob;
  readonly arrayBuffer: ArrayBuffer;
  readonly text: string;
}
