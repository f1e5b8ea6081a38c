import type { OperationRow } from "../../generated/operations.ts";
import type { components } from "../../generated/schema.ts";
import type { Middleware, ParseAs } from "./client-types.ts";
import type { Hooks, Trace } from "./hooks.ts";
import type { RetryPolicy } from "./retry.ts";
import type { Content, Transport } from "./transport.ts";

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
  /** Is told of every request. */
  readonly hooks?: Hooks;
  /** Text after b2kit's own User-Agent, such as `backup-tool/2.1`; printable ASCII. */
  readonly userAgentAppend?: string;
}

/** The client's options with defaults filled in. */
export type Settings = RawClientOptions & {
  readonly transport: Transport;
  /** What the User-Agent header says; undefined where the platform sets it. */
  readonly userAgent: string | undefined;
};

/** What the typed call's second argument can hold, seen without the types of one operation. */
export interface CallInit {
  readonly params?: {
    readonly header?: Readonly<Record<string, unknown>>;
    readonly path?: Readonly<Record<string, unknown>>;
    readonly query?: Readonly<Record<string, unknown>>;
  };
  readonly body?: unknown;
  readonly baseUrl?: string;
  readonly headers?: NonNullable<RequestInit["headers"]>;
  readonly parseAs?: ParseAs;
  readonly signal?: AbortSignal | undefined;
  readonly trace?: Trace | undefined;
  readonly onSha1?: ((sha1: string) => void) | undefined;
  readonly middleware?: readonly Middleware[] | undefined;
  readonly [option: string]: unknown;
}

/** A call whose request is ready for the wire. */
export interface ReadyCall {
  readonly settings: Settings;
  readonly operation: OperationRow;
  /** The URL as it was written; `Request` would resolve `..` inside a file name. */
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes of a file, or of JSON. */
  readonly content: Content | undefined;
  /** The caller's own signal: Node's requests lose theirs when they become garbage. */
  readonly signal: AbortSignal | undefined;
  /** What hooks are told. */
  readonly trace: Trace;
}
