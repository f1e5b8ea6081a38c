/**
 * Typed raw calls: every operation of the B2 Native API as it is on the wire.
 *
 * @module b2kit/raw
 */

export { type NodeAgent, type NodeLookup, type NodeTransportOptions, nodeTransport } from "#runtime";
export type { ErrorCode, OperationId, OperationRow } from "../../generated/operations.ts";
export { operations } from "../../generated/operations.ts";
export type { BinaryBody, components, paths, webhooks } from "../../generated/schema.ts";
export { type Authorization, PRODUCTION_REALM, type RawClientOptions } from "./call.ts";
export { createRawClient } from "./client.ts";
export type {
  ErrorBody,
  Middleware,
  MiddlewareCall,
  ParseAs,
  RawCallOptions,
  RawClient,
  RawResponse,
} from "./client-types.ts";
export { percentDecode, percentEncode, utf8Length } from "./encoding.ts";
export { TransportError, type TransportPhase, UnexpectedAnswerError } from "./errors.ts";
export { fetchTransport } from "./fetch-transport.ts";
export { type DownloadHeaders, type DownloadPath, downloadHeaders } from "./headers.ts";
export type { CallEvent, Hooks, ResponseEvent, RetryEvent } from "./hooks.ts";
export type { FailedAttempt, RetryPolicy } from "./retry.ts";
export type {
  Bytes,
  Content,
  Memory,
  ReceivedBody,
  ReceivedContent,
  Sink,
  Take,
  Transport,
  TransportRequest,
  TransportResponse,
} from "./transport.ts";
