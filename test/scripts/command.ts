import { type ExecFileOptions, execFile } from "node:child_process";
import { join } from "node:path";
import { projectFolder } from "../../scripts/command.ts";

/** How a command ended. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a script as npm does, by default from the project's folder. */
export function runScript(name: string, args: string[], options: ExecFileOptions = {}): Promise<Outcome> {
  const command = ["--import", import.meta.resolve("ts-blank-space/register")];
  const script = join(projectFolder, "scripts", `${name}.ts`);
  const settings = { cwd: projectFolder, ...options, encoding: "utf8" as const };
  return new Promise((resolve) => {
    execFile(process.execPath, [...command, script, ...args], settings, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}
