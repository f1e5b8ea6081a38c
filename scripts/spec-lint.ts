import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { LineCounter, parseDocument } from "yaml";
import { runCommand } from "./command.ts";
import { descriptionFile, isRecord, parseDescription } from "./description.ts";
import type { Location } from "./description-nodes.ts";
import type { Problem } from "./example-validation.ts";
import { lintDescription } from "./spec-rules.ts";

/** Writes problems as `file:line place: message`. */
function formatProblems(problems: Problem[], text: string, file: string): string[] {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  return problems.map(({ location, message }) => {
    const { line } = lineCounter.linePos(findOffset(document, location));
    return `${file}:${line} ${location.join(" › ")}: ${message}`;
  });
}

function findOffset(document: ReturnType<typeof parseDocument>, location: Location): number {
  const node: unknown = document.getIn(location, true);
  if (isRecord(node) && Array.isArray(node.range)) return Number(node.range[0]);
  return location.length > 0 ? findOffset(document, location.slice(0, -1)) : 0;
}

/** Runs the command; answers the exit code. */
export async function main(args: string[]): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  const file = positionals[0] ?? descriptionFile;
  const text = await readFile(file, "utf8");
  const problems = lintDescription(parseDescription(text, file));
  for (const line of formatProblems(problems, text, relative(process.cwd(), file))) console.log(line);
  console.log(problems.length === 1 ? "1 problem" : `${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}

await runCommand(import.meta.url, main);
