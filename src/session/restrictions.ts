import { type OperationId, type OperationRow, operations } from "../../generated/operations.ts";
import type { Authorization } from "../raw/call.ts";
import { quote } from "../raw/encoding.ts";
import { RestrictionError } from "./errors.ts";

/** What the application key may do, as b2_authorize_account answers it. */
export type Allowed = Authorization["apiInfo"]["storageApi"]["allowed"];

/** What a call touches, as far as it is known before the call. */
export interface Touched {
  readonly bucketId?: string | undefined;
  readonly bucketName?: string | undefined;
  readonly fileName?: string | undefined;
  /** Fields of the request; some of them need a capability of their own. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Refuses a call that the application key does not allow, before it costs a request.
 *
 * @throws {@link RestrictionError} that says what is missing and what the key may do.
 */
export function checkRestrictions(
  authorization: Authorization,
  operation: OperationId,
  touched: Touched,
): void {
  const { allowed } = authorization.apiInfo.storageApi;
  const reason = reasonAgainst(allowed, operations[operation], touched);
  if (reason !== undefined) {
    const { bucketName, fileName } = touched;
    throw new RestrictionError(
      `${operation} was not sent: ${reason}; the application key has ${describeKey(allowed)}`,
      {
        operation,
        ...(bucketName !== undefined && { bucketName }),
        ...(fileName !== undefined && { fileName }),
      },
    );
  }
}

function reasonAgainst(allowed: Allowed, operation: OperationRow, touched: Touched): string | undefined {
  const { bucketId, bucketName, fileName } = touched;
  const missing = missingCapabilities(allowed, operation, touched.fields);
  if (missing.length > 0) {
    return `it needs the capability ${missing.join(" and ")}`;
  }
  if (!allowsBucket(allowed, touched)) {
    return `the key is not for bucket ${bucketName ?? bucketId}`;
  }
  return fileName === undefined || fileName.startsWith(allowed.namePrefix ?? "")
    ? undefined
    : `${quote(fileName)} does not begin with the key's prefix`;
}

/**
 * Gives what a call needs for certain and the key lacks; whether reading needs `readFiles` depends on the bucket, so
 * the service says.
 */
function missingCapabilities(
  allowed: Allowed,
  { capabilities: { required, conditional } }: OperationRow,
  fields: Touched["fields"] = {},
): string[] {
  const missing = required.filter((name) => !isCapable(allowed, name));
  for (const { capability, when } of conditional) {
    if ("field" in when && isSent(fields[when.field], when.equals) && !isCapable(allowed, capability)) {
      missing.push(capability);
    }
  }
  return missing;
}

function isSent(value: unknown, equals: unknown): boolean {
  return equals === undefined ? value !== undefined && value !== null : value === equals;
}

/** Tells whether a key has a capability; `all` stands for every one. */
function isCapable({ capabilities }: Allowed, name: string): boolean {
  return capabilities.includes(name) || capabilities.includes("all");
}

/** Tells whether a bucket is one of the key's, by every name or id that is known. Case counts. */
function allowsBucket({ buckets }: Allowed, { bucketId, bucketName }: Touched): boolean {
  if (buckets === null) {
    return true;
  }
  return (
    (bucketId === undefined || buckets.some(({ id }) => id === bucketId)) &&
    (bucketName === undefined || buckets.some(({ name }) => name === bucketName))
  );
}

/**
 * Refuses a bucket that the key is not for.
 *
 * @throws {@link RestrictionError}
 */
export function checkBucket(allowed: Allowed, touched: Pick<Touched, "bucketId" | "bucketName">): void {
  if (!allowsBucket(allowed, touched)) {
    const named = touched.bucketName ?? touched.bucketId;
    throw new RestrictionError(
      `The key is not for bucket ${named}; the application key has ${describeKey(allowed)}`,
      {
        bucketName: touched.bucketName,
      },
    );
  }
}

/** Describes what a key may do, in the words of its own settings. */
export function describeKey({ capabilities, buckets, namePrefix }: Allowed): string {
  const limits = [
    buckets !== null &&
      `buckets ${buckets.map(({ id, name }) => name ?? `${id} (deleted)`).join(", ") || "(none)"}`,
    namePrefix !== null && `prefix ${quote(namePrefix)}`,
  ].filter((limit) => limit !== false);
  return `capabilities ${capabilities.join(", ") || "(none)"}, ${limits.join(", ") || "no restrictions"}`;
}
