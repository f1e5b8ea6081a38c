import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { type Description, type Example, isReference, resolve, type Schema } from "./description.ts";
import { type Location, walkNodes } from "./description-nodes.ts";

/** Something that is wrong at one place of the description. */
export interface Problem {
  location: Location;
  message: string;
}

/** An example and the schema that it has to match. */
interface SchemaExample {
  location: Location;
  schemaLocation: Location;
  value: unknown;
}

/** The extension keywords that a schema may have; `x-b2-max-bytes` is checked like a keyword of the standard. */
export const schemaKeywords = ["x-b2-open-vocabulary", "x-b2-max-bytes", "x-b2-percent-encoded"];

/** Finds every example that its schema refuses. */
export function findWrongExamples(description: Description): Problem[] {
  const validate = createValidator(description);
  return listExamples(description).flatMap(({ location, schemaLocation, value }) =>
    validate(schemaLocation, value).map((message) => ({
      location,
      message: `the example is refused: ${message}`,
    })),
  );
}

function createValidator(description: Description): (schemaLocation: Location, value: unknown) => string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  for (const format of ["binary", "int32", "int64", "byte"]) ajv.addFormat(format, true);
  ajv.addFormat("uri", { type: "string", validate: (text: string) => URL.canParse(text) });
  for (const keyword of schemaKeywords.filter((name) => name !== "x-b2-max-bytes")) ajv.addKeyword(keyword);
  ajv.addKeyword({
    keyword: "x-b2-max-bytes",
    type: "string",
    validate: (limit: number, text: string) => Buffer.byteLength(text) <= limit,
  });
  ajv.addSchema(description, "description");
  return (schemaLocation, value) => {
    const check = ajv.compile({ $ref: `description#${toPointer(schemaLocation)}` });
    return check(value) ? [] : (check.errors ?? []).map(describeError);
  };
}

function describeError({ instancePath, message, params }: ErrorObject): string {
  const allowed = "allowedValues" in params ? ` (${[params.allowedValues].flat().join(", ")})` : "";
  return `${instancePath || "the value"} ${message ?? "is wrong"}${allowed}`;
}

function toPointer(location: Location): string {
  return location
    .map((key) => `/${encodeURIComponent(String(key).replaceAll("~", "~0").replaceAll("/", "~1"))}`)
    .join("");
}

function listExamples(description: Description): SchemaExample[] {
  return [...walkNodes(description)].flatMap((found) => {
    if (found.kind === "property") return [];
    if (found.kind === "schema") return listSchemaExamples(found.node, found.location);
    return listNodeExamples(description, found.node, found.location);
  });
}

function listSchemaExamples(schema: Schema, location: Location): SchemaExample[] {
  const listed = (schema.examples ?? []).map((value, index) => ({
    location: [...location, "examples", index],
    schemaLocation: location,
    value,
  }));
  if (!("default" in schema)) return listed;
  return [...listed, { location: [...location, "default"], schemaLocation: location, value: schema.default }];
}

function listNodeExamples(description: Description, node: Example, location: Location): SchemaExample[] {
  if (!node.schema) return [];
  const schemaLocation = [...location, "schema"];
  const single =
    "example" in node ? [{ location: [...location, "example"], schemaLocation, value: node.example }] : [];
  const named = Object.entries(node.examples ?? {}).map(([name, example]) => ({
    location: [...location, "examples", name],
    schemaLocation,
    value: isReference(example) ? resolve<{ value?: unknown }>(description, example).value : example.value,
  }));
  return [...single, ...named];
}
