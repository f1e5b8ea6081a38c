import { execFile } from "node:child_process";
import { parseArgs, promisify } from "node:util";
import { projectFolder, runCommand } from "./command.ts";
import { type Description, descriptionFile, loadDescription, parseDescription } from "./description.ts";
import { type Change, diffDescriptions } from "./description-diff.ts";

const usage = `npm run spec:diff [-- REVISION] [--from FILE] [--to FILE] [--fail-on-breaking]
Lists what changed in the API since a git revision (HEAD unless given) and whether it breaks clients.`;

const repositoryPath = "spec/b2-native-api.yaml";

/** How many operations a line names before it only counts them. */
const namedOperations = 3;

/** Writes one line for each change and a closing count. */
export function formatChanges(changes: Change[]): string[] {
  const lines = changes.map(({ breaking, place, what, operations }) => {
    const mark = breaking ? "breaking  " : "compatible";
    return `${mark}  ${place}: ${what}${formatOperations(operations)}`;
  });
  return [...lines, countChanges(changes)];
}

function formatOperations(operations: string[]): string {
  if (operations.length === 0) return "";
  const named = operations.slice(0, namedOperations).join(", ");
  const more = operations.length - namedOperations;
  return more > 0 ? ` (${named} and ${more} more)` : ` (${named})`;
}

function countChanges(changes: Change[]): string {
  if (changes.length === 0) return "No changes for clients.";
  const breaking = changes.filter((change) => change.breaking).length;
  const noun = changes.length === 1 ? "change" : "changes";
  return `${changes.length} ${noun}: ${breaking} breaking, ${changes.length - breaking} compatible.`;
}

async function loadRevision(revision: string): Promise<Description> {
  const name = `${revision}:${repositoryPath}`;
  const run = promisify(execFile);
  const options = { cwd: projectFolder, maxBuffer: 64 * 1024 * 1024 };
  const shown = run("git", ["show", "--end-of-options", name], options).catch((error: unknown) => {
    throw new Error(`git has no ${name}: ${firstLine(error)}`);
  });
  return parseDescription((await shown).stdout, name);
}

function firstLine(error: unknown): string {
  const output = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
  return (output || String(error)).split("\n")[0] ?? "";
}

/** Runs the command; answers the exit code. */
export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      from: { type: "string" },
      to: { type: "string", default: descriptionFile },
      "fail-on-breaking": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const old = values.from ? await loadDescription(values.from) : await loadRevision(positionals[0] ?? "HEAD");
  const changes = diffDescriptions(old, await loadDescription(values.to));
  for (const line of formatChanges(changes)) console.log(line);
  return values["fail-on-breaking"] && changes.some(({ breaking }) => breaking) ? 1 : 0;
}

await runCommand(import.meta.url, main);
