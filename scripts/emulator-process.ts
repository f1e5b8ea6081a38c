import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { projectFolder } from "./command.ts";

/** An emulator in a process of its own, started by its command. */
export interface EmulatorProcess {
  readonly pid: number;
  readonly url: string;
  readonly applicationKeyId: string;
  readonly applicationKey: string;
  /** Sends SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>;
}

/** Settings of {@link startProcess}. */
export interface ProcessOptions {
  /** More arguments for the command. */
  readonly args?: readonly string[];
  /** Receives what ends the process at once, while it is still starting. */
  readonly onSpawn?: (kill: () => void) => void;
}

/**
 * Starts the emulator's command on a data folder and waits until it serves.
 *
 * @throws with what the command printed when it ends before it serves.
 */
export async function startProcess(
  dataDir: string,
  { args = [], onSpawn = () => {} }: ProcessOptions = {},
): Promise<EmulatorProcess> {
  const command = join(projectFolder, "src/emulator/command.ts");
  const node = ["--import", "ts-blank-space/register", "--conditions=b2kit-source", command, "emulator"];
  const child = spawn(process.execPath, [...node, "--port", "0", "--quiet", "--data", dataDir, ...args]);
  const exited = once(child, "exit");
  const kill = async () => {
    child.kill("SIGKILL");
    await exited;
  };
  onSpawn(() => void child.kill("SIGKILL"));
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const settings = new Map<string, string>();
  for await (const line of createInterface(child.stdout)) {
    const [, name, value] = /^export B2_(\w+)=(\S+)$/.exec(line) ?? [];
    if (name && value) settings.set(name, value);
    if (name === "APPLICATION_KEY") break;
  }
  child.stdout.resume();
  const [url, applicationKeyId, applicationKey] = ["REALM", "APPLICATION_KEY_ID", "APPLICATION_KEY"].map(
    (name) => settings.get(name),
  );
  if (child.pid === undefined || !url || !applicationKeyId || !applicationKey) {
    await exited;
    throw new Error(`the emulator did not start: ${errors}`);
  }
  return { pid: child.pid, url, applicationKeyId, applicationKey, kill };
}
