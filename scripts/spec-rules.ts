import {
  checkErrorMap,
  type Description,
  type Example,
  findReference,
  type Header,
  isRecord,
  isReference,
  type LocatedOperation,
  listOperations,
  referenceName,
  requestBodyOf,
  requestFieldNames,
  resolve,
  responsesOf,
  type Schema,
} from "./description.ts";
import { type Location, walkNodes } from "./description-nodes.ts";
import { findWrongExamples, type Problem, schemaKeywords } from "./example-validation.ts";
import { allowedValues, buildRow, readCapabilities } from "./operations-table.ts";

const maxSummaryLength = 60;

const extensionFields = new Set([
  ...Object.keys(allowedValues),
  ...schemaKeywords,
  "x-b2-capabilities",
  "x-b2-errors",
  "x-b2-header-prefix",
  "x-b2-standard-errors",
  "x-b2-timeout-seconds",
]);

/** Our own rules; the general ones of OpenAPI are Redocly's part. */
const rules: ((description: Description) => Iterable<Problem>)[] = [
  checkExtensionNames,
  checkOperations,
  checkErrorCodes,
  checkCapabilities,
  checkDescriptions,
  checkExamplesPresent,
  findWrongExamples,
  checkHeaderPrefixes,
  checkVocabularies,
];

/** Finds everything in a description that our own rules forbid. */
export function lintDescription(description: Description): Problem[] {
  return rules.flatMap((rule) => [...rule(description)]);
}

function* checkExtensionNames(description: Description): Generator<Problem> {
  for (const [location, key] of listKeys(description, [])) {
    if (key.startsWith("x-b2-") && !extensionFields.has(key)) {
      yield { location, message: `unknown extension field ${key}` };
    }
  }
}

function* listKeys(node: unknown, location: Location): Generator<[Location, string]> {
  if (typeof node !== "object" || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    const place = [...location, Array.isArray(node) ? Number(key) : key];
    yield [place, key];
    yield* listKeys(value, place);
  }
}

function* checkOperations(description: Description): Generator<Problem> {
  const tags = listTags(description);
  const seen = new Set<string>();
  for (const located of listOperations(description)) {
    const { location, operationId } = located;
    for (const message of findOperationProblems(description, located, tags)) yield { location, message };
    if (seen.has(operationId)) yield { location, message: `operationId ${operationId} is taken` };
    seen.add(operationId);
  }
}

function listTags(description: Description): Set<unknown> {
  const tags = Array.isArray(description.tags) ? description.tags : [];
  return new Set(tags.map((tag: unknown) => (isRecord(tag) ? tag.name : undefined)));
}

function* findOperationProblems(
  description: Description,
  located: LocatedOperation,
  tags: Set<unknown>,
): Generator<string> {
  const { operation, operationId, path } = located;
  try {
    buildRow(description, located);
  } catch (error) {
    yield error instanceof Error ? error.message : String(error);
  }
  const name = path.split("/").findLast((segment) => !segment.startsWith("{"));
  if (path.startsWith("/b2api/") && operationId !== name) yield `operationId must be ${name}, as in the path`;
  if (!operation.summary) yield "summary is missing";
  if ((operation.summary ?? "").length > maxSummaryLength) yield `summary is longer than ${maxSummaryLength}`;
  if (!operation.description) yield "description is missing";
  if (operation.tags?.length !== 1) yield "there must be exactly one tag";
  for (const tag of operation.tags ?? []) if (!tags.has(tag)) yield `tag ${tag} is not declared`;
}

function* checkErrorCodes(description: Description): Generator<Problem> {
  const known = enumValues(description, "ErrorCode");
  const used = new Set<unknown>();
  for (const { location, errors } of listErrorMaps(description)) {
    for (const { code } of errors) {
      used.add(code);
      if (!known.includes(code))
        yield { location, message: `error code ${code} is not in the schema ErrorCode` };
    }
  }
  for (const code of known.filter((value) => !used.has(value))) {
    yield { location: ["components", "schemas", "ErrorCode"], message: `no operation answers ${code}` };
  }
}

function listErrorMaps(description: Description) {
  const own = listOperations(description).map(({ location, operation }) => ({
    location: [...location, "x-b2-errors"],
    errors: readErrors(operation["x-b2-errors"]),
  }));
  const standard = readErrors(description["x-b2-standard-errors"]);
  return [{ location: ["x-b2-standard-errors"], errors: standard }, ...own];
}

/** The entries of an error map; none if its form is wrong, which is reported with the operation. */
function readErrors(value: unknown) {
  try {
    return Object.values(checkErrorMap(value, "")).flat();
  } catch {
    return [];
  }
}

function enumValues(description: Description, name: string): unknown[] {
  return description.components?.schemas?.[name]?.enum ?? [];
}

function* checkCapabilities(description: Description): Generator<Problem> {
  const known = enumValues(description, "Capability");
  for (const located of listOperations(description)) {
    const location = [...located.location, "x-b2-capabilities"];
    const { required, conditional } = readValidCapabilities(located);
    for (const capability of [...required, ...conditional.map((entry) => entry.capability)]) {
      if (!known.includes(capability))
        yield { location, message: `${capability} is not in the schema Capability` };
    }
    const fields = requestFieldNames(description, located);
    for (const { when } of conditional) {
      if (when.field && !fields.has(when.field))
        yield { location, message: `the request has no field ${when.field}` };
    }
  }
}

/** None if the form is wrong, which is reported with the operation. */
function readValidCapabilities({ operation }: LocatedOperation) {
  try {
    return readCapabilities(operation["x-b2-capabilities"]);
  } catch {
    return { required: [], conditional: [] };
  }
}

function* checkDescriptions(description: Description): Generator<Problem> {
  for (const { kind, node, location } of walkNodes(description)) {
    const isNamed = kind !== "mediaType" && (kind !== "schema" || isComponent(location));
    if (isNamed && !findDescription(description, node)) yield { location, message: "description is missing" };
  }
}

function isComponent(location: Location): boolean {
  return location.length === 3 && location[0] === "components";
}

/** A description of its own, or that of the schema that it points to, be it or null. */
function findDescription(description: Description, node: Schema | Header): string | undefined {
  if (node.description) return node.description;
  const target = findReference(node);
  return target && resolve<Schema>(description, target).description;
}

function* checkExamplesPresent(description: Description): Generator<Problem> {
  for (const { kind, node, location } of walkNodes(description)) {
    if (kind === "schema" || kind === "property") continue;
    const hasExample = "example" in node || Object.keys(node.examples ?? {}).length > 0;
    if (!hasExample) yield { location, message: "an example is missing" };
  }
}

function* checkHeaderPrefixes(description: Description): Generator<Problem> {
  let meaning: string | undefined;
  for (const { kind, node, location } of walkNodes(description)) {
    if (kind !== "header" && kind !== "parameter") continue;
    const prefix = node["x-b2-header-prefix"];
    meaning ??= prefix;
    if (prefix !== undefined && prefix !== meaning) {
      yield { location, message: `x-b2-header-prefix means ${prefix} here and ${meaning} elsewhere` };
    }
    const name = kind === "parameter" ? node.name : String(location.at(-1));
    // A shared header has the name of the component here, not its own.
    const isNamed = kind === "parameter" || !isComponent(location);
    if (isNamed && name.endsWith("*") !== (prefix !== undefined)) {
      yield { location, message: "a header name that ends with * and x-b2-header-prefix need each other" };
    }
    if (isNamed && prefix !== undefined && name !== `${prefix}*`) {
      yield { location, message: `x-b2-header-prefix is ${prefix}, but the name is ${name}` };
    }
  }
}

/** Vocabularies are closed where the client writes and open where the service may have learnt new words. */
function* checkVocabularies(description: Description): Generator<Problem> {
  for (const { operation, location, parameters } of listOperations(description)) {
    const body = Object.values(requestBodyOf(description, operation)?.content ?? {});
    const sent = listSchemas([...body, ...parameters]);
    for (const name of findVocabularies(description, sent).open) {
      yield { location, message: `the request uses the open vocabulary ${name}; requests take closed ones` };
    }
    const responses = [...responsesOf(description, operation).values()];
    const received = listSchemas(responses.flatMap((response) => Object.values(response.content ?? {})));
    for (const name of findVocabularies(description, received).closed) {
      yield { location, message: `an answer uses the closed vocabulary ${name}; answers take Open${name}` };
    }
  }
}

function listSchemas(nodes: Example[]): Schema[] {
  return nodes.map(({ schema }) => schema).filter((schema) => schema !== undefined);
}

interface Vocabularies {
  open: Set<string>;
  closed: Set<string>;
}

/** The vocabularies that the schemas lead to, by how they are used. */
function findVocabularies(description: Description, schemas: Schema[]): Vocabularies {
  const found: Vocabularies = { open: new Set(), closed: new Set() };
  const seen = new Set<unknown>();
  const visit = (node: unknown, name = ""): void => {
    if (typeof node !== "object" || node === null || seen.has(node)) return;
    seen.add(node);
    if ("x-b2-open-vocabulary" in node) found.open.add(name);
    else if (isReference(node)) visit(resolve<Schema>(description, node), referenceName(node.$ref));
    else for (const child of Object.values(node)) visit(child, name);
    if (isReference(node) && isClosedVocabulary(description, node.$ref))
      found.closed.add(referenceName(node.$ref));
  };
  visit(schemas);
  return found;
}

function isClosedVocabulary(description: Description, reference: string): boolean {
  return `Open${referenceName(reference)}` in (description.components?.schemas ?? {});
}
