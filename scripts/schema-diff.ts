import { type Description, findReference, referenceName, resolve, type Schema } from "./description.ts";
import { type Field, nameVariants, type Shape, shapeOf } from "./schema-shape.ts";

/** Whether the client writes the value or reads it. */
export type Direction = "request" | "response";

/** A difference and the directions in which it breaks a client that fits the old description. */
export type Report = (place: string, what: string, breaks: Direction[]) => void;

/** An old and a new side of the same thing. */
export interface Pair<T> {
  old: T;
  new: T;
}

/** What a comparison carries along. */
export interface Comparison {
  descriptions: Pair<Description>;
  report: Report;
  /** Pairs of schemas that were compared already: keeps recursive schemas finite. */
  seen: Map<Schema, Set<Schema>>;
}

const both: Direction[] = ["request", "response"];

/** Reports every difference between two schemas and what they lead to. */
export function compareSchemas(comparison: Comparison, schemas: Pair<Schema>, place: string): void {
  const resolved = mapPair(schemas, (schema, side) => resolve<Schema>(comparison.descriptions[side], schema));
  if (isSeen(comparison.seen, resolved)) return;
  const shapes = mapPair(schemas, (schema, side) => shapeOf(comparison.descriptions[side], schema));
  const isUnion = shapes.old.type === "union" || shapes.new.type === "union";
  const aligned = mapPair(shapes, (shape, side) =>
    isUnion ? asUnion(comparison.descriptions[side], schemas[side], shape) : shape,
  );
  compareShapes(comparison, aligned, sharedName(schemas) ?? place);
}

/** Reads a single structure as a union of one, so that it finds its like in a real union. */
function asUnion(description: Description, schema: Schema, shape: Shape): Shape {
  if (shape.type === "union") return shape;
  const only: Schema = { ...(findReference(schema) ?? schema) };
  const { nullable } = shape;
  return {
    ...shapeOf(description, {}),
    type: "union",
    nullable,
    variants: nameVariants(description, [only]),
  };
}

function mapPair<T, R>(pair: Pair<T>, map: (item: T, side: keyof Pair<T>) => R): Pair<R> {
  return { old: map(pair.old, "old"), new: map(pair.new, "new") };
}

function isSeen(seen: Map<Schema, Set<Schema>>, schemas: Pair<Schema>): boolean {
  const partners = seen.get(schemas.old) ?? new Set();
  if (partners.has(schemas.new)) return true;
  seen.set(schemas.old, partners.add(schemas.new));
  return false;
}

/** The name of the component, when both sides point to the same one. */
function sharedName(schemas: Pair<Schema>): string | undefined {
  const { old, new: current } = schemas;
  return old.$ref && old.$ref === current.$ref ? referenceName(old.$ref) : undefined;
}

function compareShapes(comparison: Comparison, shapes: Pair<Shape>, place: string): void {
  const { report } = comparison;
  const { old, new: current } = shapes;
  compareNull(report, shapes, place);
  if (old.type !== current.type) {
    report(place, `type changed from ${old.type} to ${current.type}`, both);
    return;
  }
  compareValues(report, shapes, place);
  compareLimits(report, shapes, place);
  compareFields(comparison, { old: old.fields, new: current.fields }, place, "field");
  compareVariants(comparison, shapes, place);
  compareItems(comparison, shapes, place);
}

function compareNull(report: Report, { old, new: current }: Pair<Shape>, place: string): void {
  if (!old.nullable && current.nullable) report(place, "may be null now", ["response"]);
  if (old.nullable && !current.nullable) report(place, "may no longer be null", ["request"]);
}

function compareValues(report: Report, shapes: Pair<Shape>, place: string): void {
  const { old, new: current } = shapes;
  if (old.values && current.values) {
    compareOpenness(report, shapes, place);
    compareLists(report, shapes, old.values, current.values, place);
  } else if (current.values) {
    report(place, `takes only ${current.values.join(", ")} now`, current.open ? [] : ["request"]);
  } else if (old.values) {
    report(place, "takes any value now", old.open ? [] : ["response"]);
  }
}

function compareOpenness(report: Report, { old, new: current }: Pair<Shape>, place: string): void {
  if (!old.open && current.open) report(place, "the vocabulary is open now", ["response"]);
  if (old.open && !current.open) report(place, "the vocabulary is closed now", ["request"]);
}

function compareLists(
  report: Report,
  shapes: Pair<Shape>,
  old: string[],
  current: string[],
  place: string,
): void {
  const note = (shape: Shape) => (shape.open ? " to the open vocabulary" : "");
  for (const value of current.filter((entry) => !old.includes(entry))) {
    report(place, `value ${value} added${note(shapes.old)}`, shapes.old.open ? [] : ["response"]);
  }
  for (const value of old.filter((entry) => !current.includes(entry))) {
    report(place, `value ${value} removed`, shapes.new.open ? [] : ["request"]);
  }
}

function compareLimits(report: Report, { old, new: current }: Pair<Shape>, place: string): void {
  for (const keyword of new Set([...old.limits.keys(), ...current.limits.keys()])) {
    const [before, after] = [old.limits.get(keyword), current.limits.get(keyword)];
    if (JSON.stringify(before) === JSON.stringify(after)) continue;
    const what = `${keyword} ${describeLimit(before, after)}`;
    report(place, what, isTighter(keyword, before, after) ? ["request"] : []);
  }
}

function describeLimit(before: unknown, after: unknown): string {
  if (before === undefined) return `${JSON.stringify(after)} added`;
  if (after === undefined) return `${JSON.stringify(before)} removed`;
  return `changed from ${JSON.stringify(before)} to ${JSON.stringify(after)}`;
}

function isTighter(keyword: string, before: unknown, after: unknown): boolean {
  if (keyword === "default" || after === undefined || after === false) return false;
  if (before === undefined || typeof before !== "number" || typeof after !== "number") return true;
  if (keyword === "multipleOf") return true;
  return /^(?:x-b2-)?(?:max|exclusiveMax)/.test(keyword) ? after < before : after > before;
}

/** Reports differences between two sets of named things: fields, parameters or headers. */
export function compareFields(
  comparison: Comparison,
  fields: Pair<Map<string, Field>>,
  place: string,
  noun: string,
): void {
  for (const [name, old] of fields.old) {
    const current = fields.new.get(name);
    const fieldPlace = `${place}.${name}`;
    if (current) compareField(comparison, { old, new: current }, fieldPlace);
    else comparison.report(fieldPlace, `${noun} removed`, both);
  }
  for (const [name, { required }] of fields.new) {
    if (fields.old.has(name)) continue;
    const what = `${required ? "required " : "optional "}${noun} added`;
    comparison.report(`${place}.${name}`, what, required ? ["request"] : []);
  }
}

function compareField(comparison: Comparison, { old, new: current }: Pair<Field>, place: string): void {
  if (old.required && !current.required) comparison.report(place, "optional now", ["response"]);
  if (!old.required && current.required) comparison.report(place, "required now", ["request"]);
  compareSchemas(comparison, { old: old.schema, new: current.schema }, place);
}

function compareVariants(comparison: Comparison, { old, new: current }: Pair<Shape>, place: string): void {
  for (const [name, schema] of old.variants) {
    const match = current.variants.get(name);
    if (match) compareSchemas(comparison, { old: schema, new: match }, `${place}<${name}>`);
    else comparison.report(place, `form ${name} removed`, ["request"]);
  }
  for (const name of current.variants.keys()) {
    if (!old.variants.has(name)) comparison.report(place, `form ${name} added`, ["response"]);
  }
}

function compareItems(comparison: Comparison, { old, new: current }: Pair<Shape>, place: string): void {
  if (old.items && current.items) {
    compareSchemas(comparison, { old: old.items, new: current.items }, `${place}[]`);
  } else if (old.items || current.items) {
    comparison.report(
      place,
      old.items ? "takes entries of any type now" : "takes only entries of one type now",
      both,
    );
  }
}
