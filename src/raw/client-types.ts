import type { Client, Middleware, ParamsOption } from "openapi-fetch";
import type { components, paths } from "../../generated/schema.ts";
import type { Bytes, ReceivedContent } from "./transport.ts";

// openapi-fetch's own call types pass every type through a mapping for readOnly and writeOnly markers, which the
// description does not use; it takes open vocabularies and binary bodies apart. These types do without it, and
// refuse unknown options.

/** Error body of the service. */
export type ErrorBody = components["schemas"]["Error"];

/**
 * Typed calls of every operation of the B2 Native API: `raw.POST(path, { params, body })`.
 *
 * Each answers `{ data, error, response }` and throws only when no usable answer arrived. Header parameters and
 * file names are plain text; they are encoded on the way. Downloads answer a stream unless `parseAs` says else.
 */
export interface RawClient extends Pick<Client<paths>, "use" | "eject"> {
  /** Calls an operation that reads: downloads, and the calls that take their parameters in the query. */
  readonly GET: RawMethod<"get">;
  /** Calls an operation with a body: JSON, or the bytes of an upload. */
  readonly POST: RawMethod<"post">;
  /** Asks for the headers of a download. */
  readonly HEAD: RawMethod<"head">;
}

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
