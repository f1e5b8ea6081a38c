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
  const refuse = (reason: string) => {
    throw new RestrictionError(
      `${operation} was not sent: ${reason}; the application key has ${describeKey(allowed)}`,
      {
        operation,
        ...(touched.bucketName !== undefined && { bucketName: touched.bucketName }),
        ...(touched.fileName !== undefined && { fileName: touched.fileName }),
      },
    );
  };
  const missing = neededCapabilities(operations[operation], touched.fields).filter(
    (name) => !isCapable(allowed, name),
  );
  if (missing.length > 0) {
    refuse(`it needs the capability ${missing.join(" and ")}`);
  }
  if (!allowsBucket(allowed, touched)) {
    refuse(`the key is not for bucket ${touched.bucketName ?? touched.bucketId}`);
  }
  if (touched.fileName !== undefined && !touched.fileName.startsWith(allowed.namePrefix ?? "")) {
    refuse(`${quote(touched.fileName)} does not begin with the key's prefix`);
  }
}

/** Gives what a call needs for certain; whether reading needs `readFiles` depends on the bucket, so the service says. */
function neededCapabilities({ capabilities }: OperationRow, fields: Touched["fields"] = {}): string[] {
  const { required, conditional } = capabilities;
  const applying = conditional.filter(
    ({ when }) => "field" in when && isSent(fields[when.field], when.equals),
  );
  return [...required, ...applying.map(({ capability }) => capability)];
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
