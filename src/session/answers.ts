import type { OperationId } from "../../generated/operations.ts";
import type { ErrorBody } from "../raw/client-types.ts";
import { oneLine, quote } from "../raw/encoding.ts";
import { TransportError } from "../raw/errors.ts";
import { type B2Error, type B2ErrorDetails, errorClassFor, UnavailableError } from "./errors.ts";
import { type Allowed, describeKey } from "./restrictions.ts";

/** What a raw call answers. */
export interface RawAnswer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** Who failed, told by errors. */
export type Identity = Pick<B2ErrorDetails, "bucketName" | "fileName" | "fileId" | "partNumber">;

/** Gives the data of a good answer; throws the error that fits a bad one. */
export function unwrap<T>(
  operation: OperationId,
  identity: Identity,
  answer: RawAnswer<T>,
  allowed?: Allowed,
): { data: T; response: Response } {
  if (!answer.response.ok) {
    throw refused(operation, identity, answer, { allowed });
  }
  // openapi-fetch types the data of an ok answer as possibly missing.
  return { data: answer.data as T, response: answer.response };
}

/** Makes the facade's error of an answer that says no. */
export function refused(
  operation: OperationId,
  identity: Identity,
  answer: RawAnswer<unknown>,
  { attempts, allowed }: { readonly attempts?: number; readonly allowed?: Allowed | undefined } = {},
): B2Error {
  const { status, code, message } = toError(answer);
  const reason = oneLine(`${status} ${code}${message ? `: ${message}` : ""}`);
  const limits =
    status === 401 && allowed !== undefined ? `; the application key has ${describeKey(allowed)}` : "";
  const sentence = `${operation} failed: ${reason}${limits}${tell(identity, attempts)}`;
  return new (errorClassFor(status, code))(sentence, {
    operation,
    status,
    code,
    ...identity,
    ...(attempts !== undefined && { attempts }),
  });
}

export function toError({ error, response }: RawAnswer<unknown>): ErrorBody {
  // The raw client gives every failed answer this shape, apart from HEAD, which has no body.
  return (error as ErrorBody | undefined) ?? { status: response.status, code: "unknown", message: "" };
}

export async function explainLoss<T>(
  operation: OperationId,
  identity: Identity,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof TransportError) {
      throw lost(operation, identity, error);
    }
    throw error;
  }
}

/** Makes the facade's error of a connection that failed. */
export function lost(
  operation: OperationId,
  identity: Identity,
  cause: TransportError,
  attempts?: number,
): B2Error {
  return new UnavailableError(`${operation} got no answer: ${cause.message}${tell(identity, attempts)}`, {
    operation,
    ...identity,
    cause,
    ...(attempts !== undefined && { attempts }),
  });
}

function tell({ bucketName, fileName, fileId, partNumber }: Identity, attempts: number | undefined): string {
  const parts = [
    bucketName !== undefined && `bucket ${bucketName}`,
    fileName !== undefined && `file ${quote(fileName)}`,
    fileId !== undefined && `file ${fileId}`,
    partNumber !== undefined && `part ${partNumber}`,
    attempts !== undefined && attempts > 1 && `attempt ${attempts}`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}
