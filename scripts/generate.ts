import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectFolder, runCommand } from "./command.ts";
import { descriptionFile, loadDescription } from "./description.ts";
import { writeOperationsTable } from "./operations-table.ts";
import { writeWireTypes } from "./wire-types.ts";

const usage = `npm run generate [-- --check] [--description FILE] [--out FOLDER]
Writes schema.ts and operations.ts from the description; --check only compares them with what is there.`;

const banner =
  "/** Generated from spec/b2-native-api.yaml by `npm run generate`; edit the description instead. */\n";

/** The text of each generated file. */
export interface GeneratedFiles {
  /** Types of everything on the wire. */
  schema: string;
  /** Runtime table of the operations. */
  operations: string;
}

/**
 * Generates everything that the description gives. The same description gives the same bytes everywhere.
 *
 * @throws Error that names the place where the description is incomplete.
 */
export async function generate(descriptionPath: string): Promise<GeneratedFiles> {
  const description = await loadDescription(descriptionPath);
  // The table first: its errors name the operation.
  const operations = `${banner}\n${writeOperationsTable(description)}`;
  return { schema: banner + (await writeWireTypes(description)), operations };
}

/**
 * Compares generated files with those in a folder.
 *
 * @returns One sentence for each file that differs, with its first differing line.
 */
export async function findDifferences(files: GeneratedFiles, folder: string): Promise<string[]> {
  const compared = Object.entries(files).map(async ([name, expected]) => {
    const actual = await readFile(join(folder, `${name}.ts`), "utf8").catch(() => undefined);
    return describeDifference(`${name}.ts`, actual, expected);
  });
  return (await Promise.all(compared)).filter((difference) => difference !== undefined);
}

function describeDifference(name: string, actual: string | undefined, expected: string): string | undefined {
  if (actual === undefined) return `${name} is missing`;
  if (actual === expected) return undefined;
  const found = actual.split("\n");
  const wanted = expected.split("\n");
  const line = wanted.findIndex((text, index) => text !== found[index]);
  const place = line < 0 ? wanted.length : line;
  const quote = (text: string | undefined) =>
    text === undefined ? "the end of the file" : JSON.stringify(text);
  return `${name} differs in line ${place + 1}: it has ${quote(found[place])}, the description gives ${quote(wanted[place])}`;
}

/** Runs the command; answers the exit code. */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      check: { type: "boolean", default: false },
      description: { type: "string", default: descriptionFile },
      out: { type: "string", default: join(projectFolder, "generated") },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const files = await generate(values.description);
  return values.check ? check(files, values.out) : write(files, values.out);
}

async function check(files: GeneratedFiles, folder: string): Promise<number> {
  const differences = await findDifferences(files, folder);
  for (const difference of differences) console.error(difference);
  if (differences.length === 0) console.log("The generated files are up to date.");
  else console.error("Run `npm run generate` and commit the result.");
  return differences.length === 0 ? 0 : 1;
}

async function write(files: GeneratedFiles, folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, `${name}.ts`), text);
    console.log(`${name}.ts: ${text.split("\n").length - 1} lines`);
  }
  return 0;
}

await runCommand(import.meta.url, main);
