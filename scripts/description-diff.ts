import {
  type Description,
  type Example,
  headersOf,
  isRecord,
  type LocatedOperation,
  listOperations,
  listWebhooks,
  type Parameter,
  requestBodyOf,
  requestFieldNames,
  responsesOf,
} from "./description.ts";
import { type Comparison, compareFields, compareSchemas, type Direction, type Pair } from "./schema-diff.ts";
import type { Field } from "./schema-shape.ts";

/** One difference between two descriptions, as a client sees it. */
export interface Change {
  /** Whether a program that was right for the old description can fail, or no longer compile. */
  breaking: boolean;
  /** An operation or a schema, and what is inside it. */
  place: string;
  what: string;
  /** The operations that it touches, if the place does not say so. */
  operations: string[];
}

type Located = { description: Description } & LocatedOperation;

/** Collects the changes of one operation. */
type Collect = (change: Change) => void;

/**
 * Lists what changed for clients between two descriptions, breaking changes first. Changes of texts and
 * examples do not count.
 */
export function diffDescriptions(old: Description, current: Description): Change[] {
  const changes: Change[] = [];
  const collect: Collect = (change) => changes.push(change);
  diffCalls({ old: locate(old, listOperations), new: locate(current, listOperations) }, "operation", collect);
  diffCalls({ old: locate(old, listWebhooks), new: locate(current, listWebhooks) }, "webhook", collect);
  const merged = mergeChanges(changes);
  return [...merged.filter(({ breaking }) => breaking), ...merged.filter(({ breaking }) => !breaking)];
}

function locate(description: Description, list: (description: Description) => LocatedOperation[]) {
  return new Map(list(description).map((located) => [located.operationId, { ...located, description }]));
}

/** Joins equal changes that several operations share. */
function mergeChanges(changes: Change[]): Change[] {
  const merged = new Map<string, Change>();
  for (const change of changes) {
    const key = JSON.stringify([change.breaking, change.place, change.what]);
    const operations = [...(merged.get(key)?.operations ?? []), ...change.operations];
    merged.set(key, { ...change, operations: [...new Set(operations)] });
  }
  return [...merged.values()];
}

function diffCalls(calls: Pair<Map<string, Located>>, noun: "operation" | "webhook", collect: Collect): void {
  for (const [name, old] of calls.old) {
    const current = calls.new.get(name);
    if (current) diffCall({ old, new: current }, noun, collect);
    else collect({ breaking: true, place: name, what: `${noun} removed`, operations: [] });
  }
  for (const name of calls.new.keys()) {
    if (!calls.old.has(name))
      collect({ breaking: false, place: name, what: `${noun} added`, operations: [] });
  }
}

function diffCall(call: Pair<Located>, noun: "operation" | "webhook", collect: Collect): void {
  const [sent, received]: Direction[] =
    noun === "operation" ? ["request", "response"] : ["response", "request"];
  if (noun === "operation") diffProperties(call, collect);
  diffRequest(call, compareIn(call, sent as Direction, collect));
  diffResponses(call, compareIn(call, received as Direction, collect));
}

/** Prepares a comparison of what goes in one direction. */
function compareIn(call: Pair<Located>, direction: Direction, collect: Collect): Comparison {
  const name = call.new.operationId;
  return {
    descriptions: { old: call.old.description, new: call.new.description },
    seen: new Map(),
    report: (place, what, breaks) => {
      const breaking = breaks.includes(direction);
      if (place.startsWith(`${name}.`)) return collect({ breaking, place, what, operations: [] });
      collect({ breaking, place: `${place} in ${direction}s`, what, operations: [name] });
    },
  };
}

/** What the description says about an operation beside its types, as text, and whether a change breaks. */
const propertyReaders: Record<string, { read: (call: Located) => string; breaking: boolean }> = {
  method: { read: ({ method }) => method, breaking: true },
  path: { read: ({ path }) => path, breaking: true },
  "base URL": { read: ({ operation }) => String(operation["x-b2-base-url"]), breaking: false },
  "transaction class": {
    read: ({ operation }) => String(operation["x-b2-transaction-class"]),
    breaking: false,
  },
  "retry class": { read: ({ operation }) => String(operation["x-b2-retry"]), breaking: false },
  timeout: {
    read: ({ operation }) => String(operation["x-b2-timeout-seconds"] ?? "default"),
    breaking: false,
  },
};

function diffProperties(call: Pair<Located>, collect: Collect): void {
  const place = call.new.operationId;
  for (const [property, { read, breaking }] of Object.entries(propertyReaders)) {
    const [before, after] = [read(call.old), read(call.new)];
    if (before === after) continue;
    collect({ breaking, place, what: `${property} changed from ${before} to ${after}`, operations: [] });
  }
  diffSets(call, readAuthorizations, (what, added) => {
    const accepted = added ? "accepted now" : "no longer accepted";
    collect({ breaking: !added, place, what: `${what} ${accepted}`, operations: [] });
  });
  diffSets(call, readErrors, (what, added) => {
    collect({
      breaking: false,
      place: "errors",
      what: `${what} ${added ? "added" : "removed"}`,
      operations: [place],
    });
  });
  diffCapabilities(call, collect);
}

function diffSets(
  call: Pair<Located>,
  read: (call: Located) => string[],
  report: (entry: string, added: boolean) => void,
): void {
  const [before, after] = [new Set(read(call.old)), new Set(read(call.new))];
  for (const entry of after) if (!before.has(entry)) report(entry, true);
  for (const entry of before) if (!after.has(entry)) report(entry, false);
}

/** A capability breaks old calls that come to need it; none, if only a field needs it that they cannot send. */
function diffCapabilities(call: Pair<Located>, collect: Collect): void {
  const place = call.new.operationId;
  const fields = requestFieldNames(call.old.description, call.old);
  const [before, after] = [readCapabilities(call.old), readCapabilities(call.new)];
  for (const [capability, field] of after) {
    const breaking = field === undefined || fields.has(field);
    if (!before.has(capability))
      collect({ breaking, place, what: `now needs ${capability}`, operations: [] });
  }
  for (const capability of before.keys()) {
    if (after.has(capability)) continue;
    collect({ breaking: false, place, what: `no longer needs ${capability}`, operations: [] });
  }
}

function readAuthorizations({ description, operation }: Located): string[] {
  const requirements = operation.security ?? description.security ?? [];
  return requirements.map((requirement) => Object.keys(requirement).join(" with ") || "no authorization");
}

/** The capabilities in words, each with the request field that it depends on. */
function readCapabilities({ operation }: Located): Map<string, string | undefined> {
  const { required, conditional } = toRecord(operation["x-b2-capabilities"]);
  const always = toList(required).map((capability): [string, undefined] => [`${capability}`, undefined]);
  const sometimes = toList(conditional).map((entry): [string, string | undefined] => {
    const { capability, when } = toRecord(entry);
    const { field } = toRecord(when);
    return [
      `${capability} when ${describeCondition(toRecord(when))}`,
      field === undefined ? field : String(field),
    ];
  });
  return new Map<string, string | undefined>([...always, ...sometimes]);
}

function describeCondition({ field, equals, bucketType }: Record<string, unknown>): string {
  if (bucketType !== undefined) return `the bucket is ${bucketType}`;
  return equals === undefined ? `${field} is sent` : `${field} is ${equals}`;
}

function readErrors({ description, operation }: Located): string[] {
  const standard =
    operation["x-b2-base-url"] === "realm" ? {} : toRecord(description["x-b2-standard-errors"]);
  const maps = [toRecord(operation["x-b2-errors"]), standard];
  return maps.flatMap((map) =>
    Object.entries(map).flatMap(([status, entries]) =>
      toList(entries).map((entry) => `${status} ${toRecord(entry).code}`),
    ),
  );
}

/** Old revisions may lack what the present form demands: a missing part is empty. */
function toRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function toList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function diffRequest(call: Pair<Located>, comparison: Comparison): void {
  const { operationId } = call.new;
  for (const place of ["path", "query", "header"] as const) {
    const fields = {
      old: parameterFields(call.old.parameters, place),
      new: parameterFields(call.new.parameters, place),
    };
    compareFields(comparison, fields, `${operationId}.${place}`, "parameter");
  }
  const [old, current] = [call.old, call.new].map(({ description, operation }) =>
    requestBodyOf(description, operation),
  );
  const bodies = { old: bodyField(old), new: bodyField(current) };
  compareFields(comparison, bodies, operationId, "request");
  diffContent(comparison, { old: old?.content, new: current?.content }, `${operationId}.body`);
}

function parameterFields(parameters: Parameter[], place: Parameter["in"]): Map<string, Field> {
  const listed = parameters.filter((parameter) => parameter.in === place);
  return toFields(listed.map((parameter) => [parameter.name, parameter]));
}

function toFields(entries: [string, Example & { required?: boolean }][]): Map<string, Field> {
  return new Map(entries.map(([name, { schema = {}, required = false }]) => [name, { schema, required }]));
}

/** The body as a field without a structure: whether there is one, and whether it may be left out. */
function bodyField(body: { required?: boolean } | undefined): Map<string, Field> {
  return body
    ? toFields([["body", body.required === undefined ? {} : { required: body.required }]])
    : new Map();
}

function diffResponses(call: Pair<Located>, comparison: Comparison): void {
  const { operationId } = call.new;
  const old = responsesOf(call.old.description, call.old.operation);
  const current = responsesOf(call.new.description, call.new.operation);
  for (const status of old.keys()) {
    if (!current.has(status)) comparison.report(`${operationId}.${status}`, "answer removed", ["response"]);
  }
  for (const status of current.keys()) {
    if (!old.has(status)) comparison.report(`${operationId}.${status}`, "answer added", []);
  }
  for (const [status, response] of old) {
    const match = current.get(status);
    if (!match) continue;
    const headers = {
      old: toFields([...headersOf(call.old.description, response)]),
      new: toFields([...headersOf(call.new.description, match)]),
    };
    compareFields(comparison, headers, `${operationId}.${status}.header`, "header");
    diffContent(comparison, { old: response.content, new: match.content }, `${operationId}.${status}`);
  }
}

function diffContent(
  comparison: Comparison,
  content: Pair<Record<string, Example> | undefined>,
  place: string,
): void {
  const [old, current] = [content.old ?? {}, content.new ?? {}];
  for (const [type, { schema = {} }] of Object.entries(old)) {
    const match = current[type];
    if (match) compareSchemas(comparison, { old: schema, new: match.schema ?? {} }, place);
    else comparison.report(place, `content type ${type} removed`, ["request", "response"]);
  }
  for (const type of Object.keys(current)) {
    if (!old[type]) comparison.report(place, `content type ${type} added`, []);
  }
}
