import {
  type Description,
  type Example,
  type Header,
  isRecord,
  isReference,
  listOperations,
  listWebhooks,
  type Operation,
  type Parameter,
  type RequestBody,
  type Response,
  type Schema,
} from "./description.ts";

/** Where something stands in the description: the keys that lead to it. */
export type Location = (string | number)[];

/**
 * One part of the description. A `property` is yielded in addition to its schema, because what holds for a
 * property (it needs a description) does not hold for every schema (the items of a list).
 */
export type DescriptionNode =
  | { kind: "schema"; node: Schema; location: Location }
  | { kind: "property"; node: Schema; location: Location }
  | { kind: "parameter"; node: Parameter; location: Location }
  | { kind: "header"; node: Header; location: Location }
  | { kind: "mediaType"; node: Example; location: Location; name: string };

/** Walks through every schema, parameter, header and media type, each once, at the place that declares it. */
export function* walkNodes(description: Description): Generator<DescriptionNode> {
  for (const { operation, location } of [...listOperations(description), ...listWebhooks(description)]) {
    yield* walkOperation(operation, location);
  }
  for (const root of ["paths", "webhooks"] as const) {
    for (const [path, item] of Object.entries(description[root] ?? {})) {
      yield* walkEach(item.parameters, [root, path, "parameters"], walkParameter);
    }
  }
  const components = description.components ?? {};
  yield* walkEach(components.schemas, ["components", "schemas"], walkSchema);
  yield* walkEach(components.parameters, ["components", "parameters"], walkParameter);
  yield* walkEach(components.headers, ["components", "headers"], walkHeader);
  yield* walkEach(components.requestBodies, ["components", "requestBodies"], walkBody);
  yield* walkEach(components.responses, ["components", "responses"], walkBody);
}

type Walk<T> = (node: T, location: Location) => Generator<DescriptionNode>;

function* walkEach<T>(nodes: unknown, location: Location, walk: Walk<T>): Generator<DescriptionNode> {
  if (!isRecord(nodes) && !Array.isArray(nodes)) return;
  for (const [key, node] of Object.entries(nodes)) {
    if (!isReference(node)) yield* walk(node as T, [...location, Array.isArray(nodes) ? Number(key) : key]);
  }
}

function* walkOperation(operation: Operation, location: Location): Generator<DescriptionNode> {
  yield* walkEach(operation.parameters, [...location, "parameters"], walkParameter);
  yield* walkEach({ requestBody: operation.requestBody ?? {} }, location, walkBody);
  yield* walkEach(operation.responses, [...location, "responses"], walkBody);
}

function* walkParameter(node: Parameter, location: Location): Generator<DescriptionNode> {
  yield { kind: "parameter", node, location };
  if (node.schema) yield* walkSchema(node.schema, [...location, "schema"]);
}

function* walkHeader(node: Header, location: Location): Generator<DescriptionNode> {
  yield { kind: "header", node, location };
  if (node.schema) yield* walkSchema(node.schema, [...location, "schema"]);
}

function* walkBody(node: RequestBody & Response, location: Location): Generator<DescriptionNode> {
  yield* walkEach(node.headers, [...location, "headers"], walkHeader);
  yield* walkEach(node.content, [...location, "content"], walkMediaType);
}

function* walkMediaType(node: Example, location: Location): Generator<DescriptionNode> {
  yield { kind: "mediaType", node, location, name: String(location.at(-1)) };
  if (node.schema) yield* walkSchema(node.schema, [...location, "schema"]);
}

function* walkSchema(node: Schema, location: Location): Generator<DescriptionNode> {
  yield { kind: "schema", node, location };
  for (const [key, schema] of subschemas(node)) yield* walkSchema(schema, [...location, ...key]);
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    const place = [...location, "properties", name];
    yield { kind: "property", node: property, location: place };
    yield* walkSchema(property, place);
  }
}

/** The schemas inside a schema, properties apart. */
function subschemas(schema: Schema): [Location, Schema][] {
  const found: [Location, Schema][] = [];
  if (schema.items) found.push([["items"], schema.items]);
  if (isRecord(schema.additionalProperties))
    found.push([["additionalProperties"], schema.additionalProperties]);
  for (const keyword of ["allOf", "anyOf", "oneOf"] as const) {
    for (const [index, member] of (schema[keyword] ?? []).entries()) found.push([[keyword, index], member]);
  }
  return found;
}
