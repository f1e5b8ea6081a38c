import { isRecord } from "./description.ts";

const columns = 110;

/** Prints a JSON value as TypeScript source: on one line where it fits, else one entry a line. */
export function printLiteral(value: unknown, indent = "", prefixLength = 0): string {
  const line = printLine(value);
  // The outermost value is a block, however short.
  if (indent.length > 0 && indent.length + prefixLength + line.length < columns) return line;
  return printBlock(value, indent) ?? line;
}

function printBlock(value: unknown, indent: string): string | undefined {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => `${inner}${printLiteral(item, inner)},\n`);
    return `[\n${items.join("")}${indent}]`;
  }
  if (!isRecord(value)) return undefined;
  const entries = Object.entries(value).map(([key, item]) => {
    const prefix = `${printKey(key)}: `;
    return `${inner}${prefix}${printLiteral(item, inner, prefix.length)},\n`;
  });
  return `{\n${entries.join("")}${indent}}`;
}

function printLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printLine).join(", ")}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${printKey(key)}: ${printLine(item)}`);
  return entries.length > 0 ? `{ ${entries.join(", ")} }` : "{}";
}

function printKey(key: string): string {
  return /^(?:[A-Za-z_$][\w$]*|[1-9]\d*)$/.test(key) ? key : JSON.stringify(key);
}
