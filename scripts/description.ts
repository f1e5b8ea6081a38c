import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { projectFolder } from "./command.ts";

/** Where the description lies in the project. */
export const descriptionFile = join(projectFolder, "spec", "b2-native-api.yaml");

/** A pointer to another part of the description, such as `#/components/schemas/Bucket`. */
export interface Reference {
  $ref: string;
}

/** A JSON Schema as far as the description uses the language. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  [keyword: string]: unknown;
}

/** What a parameter, a header and a media type have in common: a schema with examples. */
export interface Example {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { summary?: string; value?: unknown } | Reference>;
}

/** A declared response header. */
export interface Header extends Example {
  description?: string;
  required?: boolean;
  "x-b2-percent-encoded"?: boolean;
  "x-b2-header-prefix"?: string;
}

/** A declared path, query or header parameter. */
export interface Parameter extends Header {
  name: string;
  in: "path" | "query" | "header";
}

/** A request body. */
export interface RequestBody {
  description?: string;
  required?: boolean;
  content?: Record<string, Example>;
}

/** The answer to one status or range of statuses. */
export interface Response {
  description?: string;
  headers?: Record<string, Header | Reference>;
  content?: Record<string, Example>;
}

/** An error code with its meaning, as listed by status in `x-b2-errors`. */
export interface ErrorEntry {
  code: string;
  meaning: string;
}

/** Error entries by HTTP status. */
export type ErrorMap = Record<string, ErrorEntry[]>;

/** An operation; its extension fields stay `unknown` until the operations table has checked them. */
export interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  security?: Record<string, string[]>[];
  parameters?: (Parameter | Reference)[];
  requestBody?: RequestBody | Reference;
  responses?: Record<string, Response | Reference>;
  [extension: `x-${string}`]: unknown;
}

/** The operations of one path, by lower-case method. */
export interface PathItem {
  parameters?: (Parameter | Reference)[];
  [method: string]: unknown;
}

/** The named parts of the description. */
export interface Components {
  schemas?: Record<string, Schema>;
  parameters?: Record<string, Parameter | Reference>;
  headers?: Record<string, Header | Reference>;
  requestBodies?: Record<string, RequestBody | Reference>;
  responses?: Record<string, Response | Reference>;
  examples?: Record<string, unknown>;
  securitySchemes?: Record<string, unknown>;
}

/** The whole description. */
export interface Description {
  openapi: string;
  security?: Record<string, string[]>[];
  paths: Record<string, PathItem>;
  webhooks?: Record<string, PathItem>;
  components?: Components;
  "x-b2-standard-errors"?: unknown;
  [field: string]: unknown;
}

/** An operation with its place: what the path item says is merged in. */
export interface LocatedOperation {
  operationId: string;
  method: string;
  path: string;
  /** Keys from the root of the description, for messages. */
  location: string[];
  operation: Operation;
  parameters: Parameter[];
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** Reads a description from a file. */
export async function loadDescription(file: string): Promise<Description> {
  return parseDescription(await readFile(file, "utf8"), file);
}

/**
 * Parses the YAML text of a description.
 *
 * @param name - Named in errors.
 * @throws Error when the text is not YAML, repeats a key, or has no paths.
 */
export function parseDescription(text: string, name: string): Description {
  const document = parseDocument(text, { prettyErrors: true });
  const [problem] = document.errors;
  if (problem) throw new Error(`${name} is not valid YAML: ${problem.message}`);
  const content: unknown = document.toJS();
  if (!isDescription(content)) throw new Error(`${name} is not an OpenAPI description: it has no "paths"`);
  return content;
}

function isDescription(value: unknown): value is Description {
  return isRecord(value) && typeof value.openapi === "string" && isRecord(value.paths);
}

/** Tells whether a value is an object with string keys: neither null nor a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Tells whether a node only points to another one. */
export function isReference(node: unknown): node is Reference {
  return isRecord(node) && typeof node.$ref === "string";
}

/**
 * Follows a reference, and references that it leads to, to the node itself.
 *
 * @throws Error when it leads nowhere or in a circle.
 */
export function resolve<T extends object>(description: Description, node: T | Reference): T {
  const seen = new Set<string>();
  let current: unknown = node;
  while (isReference(current)) {
    if (seen.has(current.$ref)) throw new Error(`Reference ${current.$ref} leads in a circle`);
    seen.add(current.$ref);
    current = lookUp(description, current.$ref);
  }
  return current as T;
}

function lookUp(description: Description, reference: string): unknown {
  let node: unknown = description;
  for (const key of pointerKeys(reference)) node = isRecord(node) ? node[key] : undefined;
  if (node === undefined) throw new Error(`Reference ${reference} leads nowhere`);
  return node;
}

function pointerKeys(reference: string): string[] {
  if (!reference.startsWith("#/")) throw new Error(`Reference ${reference} leaves the description`);
  const keys = reference.slice(2).split("/");
  return keys.map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The reference that a node stands for: itself, or the one member of its union that is not null. */
export function findReference(node: object): Reference | undefined {
  if (isReference(node)) return node;
  const { oneOf, anyOf } = node as Schema;
  const members: unknown[] = [...(oneOf ?? []), ...(anyOf ?? [])];
  return members.find(isReference);
}

/** The last part of a reference: the name of the component. */
export function referenceName(reference: string): string {
  return pointerKeys(reference).at(-1) ?? reference;
}

/** All operations under `paths`, in the order of the file. */
export function listOperations(description: Description): LocatedOperation[] {
  return locateOperations(description, description.paths, "paths");
}

/** All calls that the service makes to its customers, in the order of the file. */
export function listWebhooks(description: Description): LocatedOperation[] {
  return locateOperations(description, description.webhooks ?? {}, "webhooks");
}

function locateOperations(description: Description, items: Record<string, PathItem>, root: string) {
  return Object.entries(items).flatMap(([path, item]) =>
    methods
      .filter((method) => isRecord(item[method]))
      .map((method) => locateOperation(description, item, root, path, method)),
  );
}

function locateOperation(
  description: Description,
  item: PathItem,
  root: string,
  path: string,
  method: string,
): LocatedOperation {
  const operation = item[method] as Operation;
  const operationId = operation.operationId ?? `${method.toUpperCase()} ${path}`;
  const parameters = mergeParameters(description, item.parameters ?? [], operation.parameters ?? []);
  return {
    operationId,
    method: method.toUpperCase(),
    path,
    location: [root, path, method],
    operation,
    parameters,
  };
}

function mergeParameters(description: Description, ...lists: (Parameter | Reference)[][]): Parameter[] {
  const merged = new Map<string, Parameter>();
  for (const parameter of lists.flat().map((entry) => resolve(description, entry))) {
    merged.set(`${parameter.in} ${parameter.name}`, parameter);
  }
  return [...merged.values()];
}

/** The request body of an operation, if it has one. */
export function requestBodyOf(description: Description, operation: Operation): RequestBody | undefined {
  return operation.requestBody && resolve<RequestBody>(description, operation.requestBody);
}

/** The names of everything that a request can carry: fields of a JSON body and parameters. */
export function requestFieldNames(
  description: Description,
  { operation, parameters }: LocatedOperation,
): Set<string> {
  const content = Object.values(requestBodyOf(description, operation)?.content ?? {});
  const bodies = content.flatMap(({ schema }) => (schema ? propertyNames(description, schema) : []));
  return new Set([...bodies, ...parameters.map(({ name }) => name)]);
}

function propertyNames(description: Description, schema: Schema): string[] {
  const { properties = {}, allOf = [] } = resolve<Schema>(description, schema);
  return [...Object.keys(properties), ...allOf.flatMap((part) => propertyNames(description, part))];
}

/** The answers of an operation by status, references followed. */
export function responsesOf(description: Description, operation: Operation): Map<string, Response> {
  const entries = Object.entries(operation.responses ?? {});
  return new Map(entries.map(([status, response]) => [status, resolve<Response>(description, response)]));
}

/** The declared headers of an answer, references followed. */
export function headersOf(description: Description, response: Response): Map<string, Header> {
  const entries = Object.entries(response.headers ?? {});
  return new Map(entries.map(([name, header]) => [name, resolve<Header>(description, header)]));
}

/**
 * The error codes of an operation by status, both sorted: its own, and the standard ones that every call
 * with a token can answer. Only calls to the realm do without the standard ones.
 *
 * @throws Error that says what is wrong with an entry.
 */
export function mergeErrors(description: Description, operation: Operation): Map<number, string[]> {
  const own = checkErrorMap(operation["x-b2-errors"], "x-b2-errors");
  const standard = checkErrorMap(description["x-b2-standard-errors"] ?? {}, "x-b2-standard-errors");
  const maps = operation["x-b2-base-url"] === "realm" ? [own] : [own, standard];
  const merged = new Map<number, Set<string>>();
  for (const [status, entries] of maps.flatMap((map) => Object.entries(map))) {
    const codes = merged.get(Number(status)) ?? new Set<string>();
    for (const { code } of entries) codes.add(code);
    merged.set(Number(status), codes);
  }
  const sorted = [...merged].sort(([left], [right]) => left - right);
  return new Map(sorted.map(([status, codes]) => [status, [...codes].sort()]));
}

/**
 * Checks the form of a map of error entries by status.
 *
 * @throws Error that names the field and what is wrong with it.
 */
export function checkErrorMap(value: unknown, field: string): ErrorMap {
  if (!isRecord(value)) throw new Error(`${field} must map statuses to lists of {code, meaning}`);
  for (const [status, entries] of Object.entries(value)) {
    if (!/^[45]\d\d$/.test(status)) throw new Error(`${field} has "${status}" where an error status belongs`);
    if (!Array.isArray(entries) || !entries.every(isErrorEntry)) {
      throw new Error(`${field} must list {code, meaning} for status ${status}`);
    }
  }
  return value as ErrorMap;
}

function isErrorEntry(entry: unknown): entry is ErrorEntry {
  return isRecord(entry) && typeof entry.code === "string" && typeof entry.meaning === "string";
}
