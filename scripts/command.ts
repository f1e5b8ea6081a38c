import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json; default paths of every command start here, whatever the working folder. */
export const projectFolder = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs a script's main function if the script was started from the command line, and not when it is imported.
 *
 * The number that `main` answers becomes the exit code; an error is printed as one line and exits with 1.
 */
export async function runCommand(
  moduleUrl: string,
  main: (args: string[]) => Promise<number>,
): Promise<void> {
  if (!isStarted(moduleUrl)) return;
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

function isStarted(moduleUrl: string): boolean {
  const script = process.argv[1];
  return script !== undefined && realpathSync(script) === fileURLToPath(moduleUrl);
}
