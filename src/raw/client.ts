import createClient from "openapi-fetch";
import { defaultTransport } from "#runtime";
import { type OperationRow, operations } from "../../generated/operations.ts";
import type { paths } from "../../generated/schema.ts";
import type { CallInit, RawClientOptions, Settings } from "./call.ts";
import type { RawClient } from "./client-types.ts";
import { toErrorBody } from "./error-body.ts";
import { UnexpectedAnswerError } from "./errors.ts";
import { contentOf } from "./exchange.ts";
import { prepare } from "./preparation.ts";

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
  const settings: Settings = { ...options, transport: options.transport ?? defaultTransport() };
  const client = createClient<paths>();
  const call = async (method: string, path: string, init: CallInit = {}) =>
    await callOperation(settings, findOperation(method, path), init, (prepared) =>
      // openapi-fetch types a call by its literal path; here the path is any of them.
      (client.request as UntypedCall)(method, path, prepared),
    );
  const { use, eject } = client;
  const methods = {
    GET: (path: string, init?: CallInit) => call("GET", path, init),
    POST: (path: string, init?: CallInit) => call("POST", path, init),
    HEAD: (path: string, init?: CallInit) => call("HEAD", path, init),
  };
  // The types of these three say for each path what `callOperation` does for all.
  return { ...(methods as Pick<RawClient, keyof typeof methods>), use, eject };
}

type CallResult = { data?: unknown; error?: unknown; response: Response };
type UntypedCall = (method: string, path: string, init: CallInit) => Promise<CallResult>;

async function callOperation(
  settings: Settings,
  operation: OperationRow,
  init: CallInit,
  call: (prepared: CallInit) => Promise<CallResult>,
): Promise<CallResult> {
  const prepared = await prepare(settings, operation, init);
  try {
    return await settle(operation, init, await call(prepared));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new UnexpectedAnswerError(
        `The answer of ${operation.operationId} is not JSON: is this a B2 service?`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}

/** Adds what openapi-fetch leaves out: the data of an empty file, and the error where no JSON told it. */
async function settle(operation: OperationRow, init: CallInit, result: CallResult): Promise<CallResult> {
  const { response } = result;
  if (!response.ok) {
    return { error: toErrorBody(result.error, response), response };
  }
  const { parseAs = "stream" } = init;
  if (operation.responseBody === "bytes" && parseAs === "chunks") {
    return { data: contentOf(response), response };
  }
  if (result.data !== undefined || operation.responseBody === "none") {
    return result;
  }
  if (operation.responseBody === "json") {
    throw new UnexpectedAnswerError(`The answer of ${operation.operationId} is empty: is this a B2 service?`);
  }
  const isStream = parseAs === "stream" || parseAs === "chunks";
  return { data: isStream ? response.body : await response[parseAs](), response };
}

const rows = new Map<string, OperationRow>(
  Object.values(operations).map((operation) => [`${operation.method} ${operation.path}`, operation]),
);

function findOperation(method: string, path: string): OperationRow {
  const operation = rows.get(`${method.toUpperCase()} ${path}`);
  if (operation === undefined) {
    throw new TypeError(`${method} ${path} is not an operation of the description`);
  }
  return operation;
}
