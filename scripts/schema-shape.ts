import { type Description, isRecord, referenceName, resolve, type Schema } from "./description.ts";

/** A member of an object, or anything else that has a name and may be left out: a parameter, a header. */
export interface Field {
  schema: Schema;
  required: boolean;
}

/** What values a schema allows, whatever the keywords that say it: references, allOf and null are worked in. */
export interface Shape {
  /** The JSON type; `bytes` for binary content, `union` for several structures, `any` without restriction. */
  type: string;
  nullable: boolean;
  /** The only values, as JSON; undefined when there is no such list. */
  values: string[] | undefined;
  /** Whether other values than the listed ones may come up. */
  open: boolean;
  fields: Map<string, Field>;
  /** The schema of list items or of map values. */
  items: Schema | undefined;
  /** The structures of a union, by a name that stays the same while their content changes. */
  variants: Map<string, Schema>;
  /** Limits of numbers, lengths and counts by keyword, and the default. */
  limits: Map<string, unknown>;
}

const limitKeywords = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "x-b2-max-bytes",
  "pattern",
  "uniqueItems",
  "multipleOf",
  "default",
];

/** Works out what values a schema allows. */
export function shapeOf(description: Description, schema: Schema): Shape {
  const resolved = resolve<Schema>(description, schema);
  const members = [...(resolved.oneOf ?? []), ...(resolved.anyOf ?? [])];
  const structures = members.filter(({ type }) => type !== "null");
  const own = mergeParts(description, resolved);
  own.nullable ||= structures.length < members.length;
  if (resolved["x-b2-open-vocabulary"] === true) return openShape(description, own, structures);
  const [only, ...more] = structures;
  if (only === undefined) return own;
  if (more.length === 0 && own.fields.size === 0) return narrow(own, shapeOf(description, only));
  const variants = new Map(
    structures.map((variant, index) => [variantName(description, variant, index), variant]),
  );
  return { ...own, type: "union", variants };
}

/** The listed words, and any others. */
function openShape(description: Description, own: Shape, members: Schema[]): Shape {
  const shapes = members.map((member) => shapeOf(description, member));
  const values = shapes.flatMap((shape) => shape.values ?? []);
  const listed = values.length > 0 ? values : undefined;
  return { ...own, type: shapes[0]?.type ?? "any", values: listed, open: true };
}

function narrow(own: Shape, shape: Shape): Shape {
  const limits = new Map([...shape.limits, ...own.limits]);
  return { ...shape, nullable: own.nullable || shape.nullable, limits };
}

/** The schema's own keywords together with those of its allOf parts. */
function mergeParts(description: Description, schema: Schema): Shape {
  const shape = ownShape(schema);
  for (const part of (schema.allOf ?? []).map((member) => shapeOf(description, member))) {
    if (shape.type === "any") shape.type = part.type;
    shape.values ??= part.values;
    shape.items ??= part.items;
    shape.open ||= part.open;
    shape.limits = new Map([...part.limits, ...shape.limits]);
    shape.fields = mergeFields(part.fields, shape.fields);
    shape.variants = new Map([...part.variants, ...shape.variants]);
  }
  for (const name of schema.required ?? []) {
    const field = shape.fields.get(name);
    if (field) shape.fields.set(name, { ...field, required: true });
  }
  return shape;
}

function mergeFields(left: Map<string, Field>, right: Map<string, Field>): Map<string, Field> {
  const merged = new Map(left);
  for (const [name, field] of right) {
    merged.set(name, { ...field, required: field.required || left.get(name)?.required === true });
  }
  return merged;
}

function ownShape(schema: Schema): Shape {
  const types = [schema.type ?? []].flat();
  const values = "const" in schema ? [schema.const] : schema.enum;
  const fields = Object.entries(schema.properties ?? {});
  return {
    type: ownType(schema, types.filter((type) => type !== "null").join(" or "), values),
    nullable: types.includes("null"),
    values: values?.filter((value) => value !== null).map((value) => JSON.stringify(value)),
    open: false,
    fields: new Map(fields.map(([name, property]) => [name, { schema: property, required: false }])),
    items: schema.items ?? (isRecord(schema.additionalProperties) ? schema.additionalProperties : undefined),
    variants: new Map(),
    limits: new Map(
      limitKeywords.filter((keyword) => keyword in schema).map((keyword) => [keyword, schema[keyword]]),
    ),
  };
}

function ownType(schema: Schema, type: string, values: unknown[] | undefined): string {
  if (schema.format === "binary") return "bytes";
  if (type) return type;
  if (values && values.length > 0) return typeof values[0];
  return schema.properties || schema.additionalProperties ? "object" : "any";
}

/** Names the structures of a union: by component, else by the constant that tells them apart. */
export function nameVariants(description: Description, variants: Schema[]): Map<string, Schema> {
  return new Map(variants.map((variant, index) => [variantName(description, variant, index), variant]));
}

function variantName(description: Description, variant: Schema, index: number): string {
  if (variant.$ref) return referenceName(variant.$ref);
  const { type, fields } = shapeOf(description, variant);
  const constant = [...fields.values()].find(({ schema }) => "const" in schema)?.schema.const;
  return constant === undefined ? `${type} ${index + 1}` : String(constant);
}
