import {
  type Description,
  type Header,
  headersOf,
  isRecord,
  type LocatedOperation,
  listOperations,
  mergeErrors,
  type Operation,
  requestBodyOf,
  responsesOf,
} from "./description.ts";
import { printLiteral } from "./typescript-literal.ts";

/** The extension fields of an operation that have a fixed set of values. */
export const allowedValues = {
  "x-b2-base-url": ["realm", "api", "download", "upload"],
  "x-b2-transaction-class": ["A", "B", "C"],
  "x-b2-retry": ["repeat", "reconcile", "new-upload-url", "resume"],
} as const;

const defaultTimeoutSeconds = 120;

/** Header parameters that have a place of their own in a call, and so do not appear in the table. */
const ownPlace = new Set(["authorization", "content-type", "content-length"]);

const rowDeclaration = `/** What the description says about one operation beyond its types. */
export interface OperationRow {
  /** The service's name of the operation; the HEAD form of the download by name has a name of its own. */
  readonly operationId: string;
  /** The HTTP method that the client uses. */
  readonly method: "GET" | "HEAD" | "POST";
  /** Path under the base URL, with \`{parameters}\`; for uploads the upload URL replaces base URL and path. */
  readonly path: string;
  /** Which URL the path belongs to: the realm, one of the two that authorize answers, or an upload URL. */
  readonly baseUrl: "realm" | "api" | "download" | "upload";
  /**
   * What \`Authorization\` holds: key ID and key (Basic), the account's token, the token of the upload URL, or
   * optionally the account's token or a download authorization.
   */
  readonly authorization: "applicationKey" | "account" | "upload" | "optional";
  /** What a request carries. */
  readonly requestBody: "json" | "bytes" | "none";
  /** What a successful answer carries; errors are always JSON, except for HEAD. */
  readonly responseBody: "json" | "bytes" | "none";
  /** Request headers and the form of their values; \`Authorization\` and \`Content-*\` apart. \`*\` ends a prefix. */
  readonly requestHeaders: Readonly<Record<string, HeaderForm>>;
  /** Headers of a successful answer, whole or partial, and the form of their values. \`*\` ends a prefix. */
  readonly responseHeaders: Readonly<Record<string, HeaderForm>>;
  /** Capabilities that the application key needs. */
  readonly capabilities: {
    /** Needed by every call. */
    readonly required: readonly string[];
    /** Needed when the request has the field, or the field has the value, or the bucket read from has the type. */
    readonly conditional: readonly { readonly capability: string; readonly when: CapabilityCondition }[];
  };
  /** How the call is billed: A is free, B and C have a daily free allowance. */
  readonly transactionClass: "A" | "B" | "C";
  /**
   * What to do when a call failed in a way that may pass, or its answer was lost: repeat it; look at the state
   * of the service first; repeat it with a new upload URL; go on with the missing range.
   */
  readonly retry: "repeat" | "reconcile" | "new-upload-url" | "resume";
  /** How long the service may take to answer. */
  readonly timeoutSeconds: number;
  /** Error codes by HTTP status. */
  readonly errors: Readonly<Record<number, readonly string[]>>;
}

/** How a header's value is written on the wire. */
export type HeaderForm = "text" | "integer" | "percent-encoded";

/** When a call needs a capability that others of its kind do not need. */
export type CapabilityCondition =
  | { readonly field: string; readonly equals?: boolean | string }
  | { readonly bucketType: string };`;

const derivedTypes = `/** The name of an operation. */
export type OperationId = keyof typeof operations;

type CodesOf<Errors> = Errors extends Record<PropertyKey, readonly (infer Code)[]> ? Code : never;

/** The error codes that an operation can answer; without a name, those of all operations. */
export type ErrorCode<Id extends OperationId = OperationId> = CodesOf<(typeof operations)[Id]["errors"]>;`;

type Row = Record<string, unknown>;

/**
 * Writes the runtime table of operations, without a banner.
 *
 * @throws Error that names the operation whose extension fields are missing or wrong.
 */
export function writeOperationsTable(description: Description): string {
  const rows = buildRows(description);
  const table = `export const operations = ${printLiteral(rows)} as const satisfies Record<string, OperationRow>;`;
  return `${rowDeclaration}\n\n/** Every operation of the service by name. */\n${table}\n\n${derivedTypes}\n`;
}

function buildRows(description: Description): Record<string, Row> {
  const rows: Record<string, Row> = {};
  for (const located of listOperations(description)) {
    if (rows[located.operationId]) throw new Error(`${located.operationId}: the description has it twice`);
    rows[located.operationId] = buildNamedRow(description, located);
  }
  return rows;
}

function buildNamedRow(description: Description, located: LocatedOperation): Row {
  try {
    return buildRow(description, located);
  } catch (error) {
    throw new Error(`${located.operationId}: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * Builds the row of one operation.
 *
 * @throws Error that says which field is missing or wrong.
 */
export function buildRow(description: Description, located: LocatedOperation): Row {
  const { operation, operationId, method, path } = located;
  if (!operation.operationId) throw new Error("operationId is missing");
  return {
    operationId,
    method,
    path,
    baseUrl: readChoice(operation, "x-b2-base-url"),
    authorization: readAuthorization(operation.security ?? description.security),
    requestBody: bodyKind(requestBodyOf(description, operation)?.content),
    responseBody: bodyKind(responsesOf(description, operation).get("200")?.content),
    requestHeaders: requestHeaderForms(located),
    responseHeaders: responseHeaderForms(description, located),
    capabilities: readCapabilities(operation["x-b2-capabilities"]),
    transactionClass: readChoice(operation, "x-b2-transaction-class"),
    retry: readChoice(operation, "x-b2-retry"),
    timeoutSeconds: readTimeout(operation["x-b2-timeout-seconds"]),
    errors: Object.fromEntries(mergeErrors(description, operation)),
  };
}

function readChoice(operation: Operation, field: keyof typeof allowedValues): string {
  const allowed: readonly string[] = allowedValues[field];
  const value = operation[field];
  if (typeof value === "string" && allowed.includes(value)) return value;
  const found = value === undefined ? "it is missing" : `it is ${JSON.stringify(value)}`;
  throw new Error(`${field} must be one of ${allowed.join(", ")}; ${found}`);
}

function readAuthorization(security: Record<string, string[]>[] | undefined): string {
  const schemes = (security ?? []).map((requirement) => Object.keys(requirement)[0]);
  if (schemes.includes(undefined)) return "optional";
  if (schemes.includes("applicationKey")) return "applicationKey";
  if (schemes.includes("uploadToken")) return "upload";
  if (schemes.includes("accountToken")) return "account";
  throw new Error("security must name applicationKey, accountToken or uploadToken, or hold {}");
}

function bodyKind(content: Record<string, unknown> | undefined): string {
  const types = Object.keys(content ?? {});
  if (types.length === 0) return "none";
  return types.every((type) => type.startsWith("application/json")) ? "json" : "bytes";
}

function requestHeaderForms({ parameters }: LocatedOperation): Record<string, string> {
  const headers = parameters.filter((parameter) => parameter.in === "header");
  const listed = headers.filter(({ name }) => !ownPlace.has(name.toLowerCase()));
  return Object.fromEntries(listed.map((header) => [header.name, headerForm(header)]));
}

function responseHeaderForms(
  description: Description,
  { operation }: LocatedOperation,
): Record<string, string> {
  const responses = responsesOf(description, operation);
  const success = responses.get("200");
  if (!success) throw new Error('responses must have "200"');
  const partial = responses.get("206");
  const headers = [...headersOf(description, success), ...(partial ? headersOf(description, partial) : [])];
  return Object.fromEntries(headers.map(([name, header]) => [name, headerForm(header)]));
}

function headerForm(header: Header): string {
  if (header["x-b2-percent-encoded"] === true) return "percent-encoded";
  return header.schema?.type === "integer" ? "integer" : "text";
}

function readTimeout(value: unknown): number {
  if (value === undefined) return defaultTimeoutSeconds;
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  throw new Error(`x-b2-timeout-seconds must be a number of seconds; it is ${JSON.stringify(value)}`);
}

/** The capabilities of an operation: needed by every call, and needed under a condition. */
export interface Capabilities {
  required: string[];
  conditional: {
    capability: string;
    when: { field?: string; equals?: boolean | string; bucketType?: string };
  }[];
}

/**
 * Checks and completes the field `x-b2-capabilities`.
 *
 * @throws Error that says what is wrong with it.
 */
export function readCapabilities(value: unknown): Capabilities {
  if (value === undefined) throw new Error("x-b2-capabilities is missing");
  const { required, conditional = [] } = isRecord(value) ? value : {};
  if (!Array.isArray(required) || !required.every((name) => typeof name === "string")) {
    throw new Error("x-b2-capabilities must have a list of names as `required`");
  }
  if (!Array.isArray(conditional) || !conditional.every(isConditionalCapability)) {
    throw new Error(
      "x-b2-capabilities: each entry of `conditional` must be {capability, when: {field, equals?} or {bucketType}}",
    );
  }
  return { required, conditional };
}

function isConditionalCapability(entry: unknown): boolean {
  return isRecord(entry) && typeof entry.capability === "string" && isCondition(entry.when);
}

function isCondition(when: unknown): boolean {
  if (!isRecord(when)) return false;
  const { field, equals, bucketType, ...rest } = when;
  if (Object.keys(rest).length > 0) return false;
  if (bucketType !== undefined)
    return typeof bucketType === "string" && field === undefined && equals === undefined;
  return typeof field === "string" && (equals === undefined || ["boolean", "string"].includes(typeof equals));
}
