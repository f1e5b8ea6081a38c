import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { operations } from "../../generated/operations.ts";
import { canHappenTo, type Fault, faultNames } from "./fault.ts";

const count = { type: "integer", minimum: 1 };
const text = { type: "string" };

/** Each field of a fault by itself; {@link readFault} checks what they are together. */
const schema = {
  type: "object",
  required: ["operation"],
  additionalProperties: false,
  properties: {
    operation: { enum: ["*", ...Object.keys(operations)] },
    nth: { anyOf: [count, { type: "array", minItems: 1, items: count }] },
    every: count,
    share: { type: "number", minimum: 0, maximum: 1 },
    seed: { type: "integer" },
    times: count,
    status: { type: "integer", minimum: 400, maximum: 599 },
    code: text,
    message: text,
    retryAfter: { anyOf: [{ type: "number", minimum: 0 }, text] },
    delay: {
      type: "object",
      required: ["millis", "when"],
      additionalProperties: false,
      properties: {
        millis: { type: "number", minimum: 0 },
        when: { enum: ["body", "middle", "answer"] },
      },
    },
    reset: { enum: ["before", "during", "after"] },
    refuse: { type: "number", minimum: 0 },
    truncate: { type: "integer", minimum: 0 },
    corrupt: { type: "integer", minimum: 0 },
    overlong: count,
    stall: { enum: ["request", "response"] },
    wrongContentLength: { type: "integer", not: { const: 0 } },
    wrongSha1: { const: true },
    expireToken: { const: true },
  },
};

/** The fields that choose among the matching calls. */
const choices = ["nth", "every", "share"];

let compiled: ValidateFunction<Fault> | undefined;

/**
 * Checks that something is a fault.
 *
 * @throws TypeError that says what is wrong with it, in one line.
 */
export function readFault(value: unknown): Fault {
  compiled ??= new Ajv2020({ allowUnionTypes: true }).compile<Fault>(schema);
  if (!compiled(value)) throw new TypeError(`Invalid fault: ${explain(compiled.errors?.[0])}`);
  const wrong = combinationError(value);
  if (wrong) throw new TypeError(`Invalid fault: ${wrong}`);
  return structuredClone(value); // a later change of the caller's object must not change the fault
}

function explain(error: ErrorObject | undefined): string {
  if (!error) return "it is not valid";
  const { keyword, params, message } = error;
  const field = error.instancePath.slice(1).replaceAll("/", ".") || "the fault";
  if (keyword === "additionalProperties") return `${field} has no field ${params.additionalProperty}`;
  if (keyword === "required") return `${field} needs the field ${params.missingProperty}`;
  if (keyword === "enum") return `${field} must be one of ${params.allowedValues.join(", ")}`;
  if (keyword === "not") return `${field} must not be 0`;
  return `${field} ${message}`;
}

function combinationError(fault: Fault): string | undefined {
  const given = Object.keys(fault);
  const effects = faultNames.filter((name) => given.includes(name));
  const [effect] = effects;
  if (!effect || effects.length > 1) {
    return `it needs exactly one of ${faultNames.join(", ")}; it has ${effects.join(", ") || "none"}`;
  }
  const chosen = choices.filter((name) => given.includes(name));
  if (chosen.length > 1) return `it may have only one of ${choices.join(", ")}; it has ${chosen.join(", ")}`;
  if (given.includes("seed") && !given.includes("share")) return "seed needs share";
  const stray = ["code", "message", "retryAfter"].find((name) => given.includes(name) && effect !== "status");
  if (stray) return `${stray} needs status`;
  if (fault.operation === "*" || canHappenTo(effect, fault.operation)) return undefined;
  return `${effect} cannot happen to ${fault.operation}`;
}
