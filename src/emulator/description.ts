import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { parse } from "yaml";
import type { OperationId } from "../../generated/operations.ts";

/** One object of the description. */
type Node = Readonly<Record<string, unknown>>;

/** A place in the description: a JSON pointer, and what is there. */
interface Place {
  readonly pointer: string;
  readonly node: Node;
}

/** A parameter of an operation. */
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: Place;
}

/** What a validation found wrong. */
export interface Complaint {
  /** One line that names the field. */
  readonly message: string;
  /** Whether a number is too small or too large, for which some operations have a code of their own. */
  readonly isOutOfRange: boolean;
}

const documentId = "https://b2kit.invalid/b2-native-api.yaml";

/**
 * Validates requests and answers against `spec/b2-native-api.yaml`, so that the emulator cannot say something else
 * than the description. Validators are compiled when an operation is first used.
 */
export class Description {
  readonly #document: Node;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });
  readonly #operations: ReadonlyMap<string, Place>;
  readonly #validators = new Map<string, ValidateFunction>();

  /** @param document - The parsed description. */
  constructor(document: unknown) {
    this.#document = asNode(document);
    this.#ajv.addSchema(this.#document, documentId, undefined, false);
    this.#operations = new Map(operationsOf(this.#document));
  }

  /** Lists the values of an enumerated string, such as `Capability`. */
  vocabulary(name: string): string[] {
    const { enum: values } = this.#at(`/components/schemas/${name}`).node;
    return Array.isArray(values) ? values.map(String) : [];
  }

  /** Says what is wrong with a JSON request; undefined when nothing is. */
  requestError(id: OperationId, request: unknown): Complaint | undefined {
    return this.#check(`request ${id}`, request, () => this.#requestSchema(id));
  }

  /** Says what is wrong with the headers of an upload, given decoded and by their described names. */
  headerError(id: OperationId, headers: unknown): Complaint | undefined {
    return this.#check(`headers ${id}`, headers, () => this.#parametersSchema(id, "header"));
  }

  /** Says what is wrong with a JSON answer; undefined when nothing is. */
  answerError(id: OperationId, answer: unknown): Complaint | undefined {
    return this.#check(`answer ${id}`, answer, () => {
      const response = this.#follow(this.#operation(id), "responses", "200", "content", "application/json");
      return response && { $ref: this.#reference(response, "schema") };
    });
  }

  /** Says what is wrong with a structure of the description, given by its name; undefined when nothing is. */
  schemaError(name: string, value: unknown): Complaint | undefined {
    return this.#check(`schema ${name}`, value, () => ({
      $ref: `${documentId}#/components/schemas/${name}`,
    }));
  }

  /** Converts query parameters into the values that the same fields have in a JSON request. */
  readQuery(id: OperationId, query: URLSearchParams): Record<string, unknown> {
    const types = this.#fieldTypes(id);
    return Object.fromEntries(
      [...query].map(([name, text]) => [name, readValue(text, types.get(name) ?? [])] as const),
    );
  }

  #check(key: string, value: unknown, schema: () => object | undefined): Complaint | undefined {
    let validate = this.#validators.get(key);
    if (!validate) {
      validate = this.#ajv.compile(schema() ?? {});
      this.#validators.set(key, validate);
    }
    return validate(value) ? undefined : explain(validate.errors ?? []);
  }

  #requestSchema(id: OperationId): object | undefined {
    const body = this.#bodyPlace(id);
    return body ? { $ref: this.#reference(body, "schema") } : this.#parametersSchema(id, "query");
  }

  #bodyPlace(id: OperationId): Place | undefined {
    return this.#follow(this.#operation(id), "requestBody", "content", "application/json");
  }

  #parametersSchema(id: OperationId, where: string): object {
    const parameters = this.#parameters(id).filter((parameter) => parameter.in === where);
    return {
      type: "object",
      properties: Object.fromEntries(
        parameters.map(({ name, schema }) => [name, { $ref: documentId + fragment(schema.pointer) }]),
      ),
      required: parameters.filter(({ required }) => required).map(({ name }) => name),
    };
  }

  #parameters(id: OperationId): Parameter[] {
    const { node, pointer } = this.#operation(id);
    const list = Array.isArray(node.parameters) ? node.parameters : [];
    return list.map((_, index) => {
      const place = this.#resolve({ pointer: `${pointer}/parameters/${index}`, node: asNode(list[index]) });
      return {
        name: String(place.node.name),
        in: String(place.node.in),
        required: place.node.required === true,
        schema: this.#resolve(this.#step(place, "schema")),
      };
    });
  }

  /** The JSON types of each field that a request may have. */
  #fieldTypes(id: OperationId): ReadonlyMap<string, readonly string[]> {
    const body = this.#bodyPlace(id);
    const fields = body
      ? this.#properties(this.#step(body, "schema"))
      : this.#parameters(id).map(({ name, schema }) => [name, schema] as const);
    return new Map(fields.map(([name, place]) => [name, this.#types(place)] as const));
  }

  #properties(place: Place): (readonly [string, Place])[] {
    const schema = this.#resolve(place);
    const own = Object.keys(asNode(schema.node.properties ?? {})).map(
      (name) => [name, this.#step(this.#step(schema, "properties"), name)] as const,
    );
    return [...own, ...this.#members(schema, "allOf").flatMap((member) => this.#properties(member))];
  }

  #types(place: Place): readonly string[] {
    const schema = this.#resolve(place);
    const own = [schema.node.type ?? []].flat().map(String);
    const members = ["allOf", "anyOf", "oneOf"].flatMap((word) => this.#members(schema, word));
    return [...own, ...members.flatMap((member) => this.#types(member))];
  }

  #members(place: Place, word: string): Place[] {
    const list = place.node[word];
    if (!Array.isArray(list)) return [];
    return list.map((node, index) => ({ pointer: `${place.pointer}/${word}/${index}`, node: asNode(node) }));
  }

  #operation(id: OperationId): Place {
    const place = this.#operations.get(id);
    if (!place) throw new Error(`the description has no operation ${id}`);
    return place;
  }

  /** Goes down from a place, through references; undefined when a member is missing. */
  #follow(place: Place, ...names: readonly string[]): Place | undefined {
    let current = place;
    for (const name of names) {
      if (current.node[name] === undefined) return undefined;
      current = this.#resolve(this.#step(current, name));
    }
    return current;
  }

  #step({ pointer, node }: Place, name: string): Place {
    return { pointer: `${pointer}/${escapePointer(name)}`, node: asNode(node[name]) };
  }

  #resolve(place: Place): Place {
    const { $ref: reference } = place.node;
    return typeof reference === "string" ? this.#resolve(this.#at(reference.slice(1))) : place;
  }

  #at(pointer: string): Place {
    const names = pointer.split("/").slice(1).map(unescapePointer);
    return {
      pointer,
      node: asNode(names.reduce((node: unknown, name) => asNode(node)[name], this.#document)),
    };
  }

  #reference(place: Place, member: string): string {
    return documentId + fragment(`${place.pointer}/${escapePointer(member)}`);
  }
}

let loaded: Description | undefined;

/** Loads the package's description; parsed once for all servers of a process. */
export function loadDescription(): Description {
  const path = createRequire(import.meta.url).resolve("#description");
  loaded ??= new Description(parse(readFileSync(path, "utf8")));
  return loaded;
}

function asNode(value: unknown): Node {
  if (typeof value !== "object" || value === null)
    throw new Error("the description has a hole where an object should be");
  return value as Node;
}

function* operationsOf(document: Node): Generator<[string, Place]> {
  for (const [path, item] of Object.entries(asNode(document.paths))) {
    for (const [method, node] of Object.entries(asNode(item))) {
      if (typeof node !== "object" || node === null || !("operationId" in node)) continue;
      yield [
        String(node.operationId),
        { pointer: `/paths/${escapePointer(path)}/${method}`, node: asNode(node) },
      ];
    }
  }
}

const escapePointer = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");
const unescapePointer = (name: string) => name.replaceAll("~1", "/").replaceAll("~0", "~");
const fragment = (pointer: string) => `#${pointer.split("/").map(encodeURIComponent).join("/")}`;

/** Reads a query parameter as the type that its field has; what does not fit is left as text for the validator. */
function readValue(text: string, types: readonly string[]): unknown {
  if (types.length === 0 || types.includes("string")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Puts the first error of a validation into words. */
function explain([error]: readonly ErrorObject[]): Complaint {
  if (!error) return { message: "it is not valid", isOutOfRange: false };
  const field = error.instancePath.slice(1).replaceAll("/", ".");
  if (error.keyword === "required") {
    const missing = [field, error.params.missingProperty].filter(Boolean).join(".");
    return { message: `required field ${missing} is missing`, isOutOfRange: false };
  }
  const choices = error.keyword === "enum" ? `: ${error.params.allowedValues.join(", ")}` : "";
  const isOutOfRange = error.keyword === "minimum" || error.keyword === "maximum";
  return { message: `${field || "the request"} ${error.message}${choices}`, isOutOfRange };
}
