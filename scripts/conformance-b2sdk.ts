import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Emulator } from "../src/emulator/index.ts";
import { projectFolder, runCommand } from "./command.ts";
import { installFromDebian, run, withEmulator } from "./conformance.ts";

/** Debian's own Python: the one that has Debian's packages. */
const python = "/usr/bin/python3";

/** Small enough that a few megabytes are a large file. */
const partSizes = { minimumPartSizeBytes: 100_000, recommendedPartSizeBytes: 1_000_000 };

async function main(): Promise<number> {
  await installFromDebian("python3-b2sdk", hasSdk);
  const { stdout } = await run(python, [
    "-c",
    "import b2sdk, sys; print(b2sdk.__version__, sys.version.split()[0])",
  ]);
  console.log(`b2sdk and Python: ${stdout.trim()}`);
  return withEmulator(partSizes, runSteps);
}

function hasSdk(): Promise<boolean> {
  return run(python, ["-c", "import b2sdk"]).then(
    () => true,
    () => false,
  );
}

/** Runs the Python script, whose lines go straight to the terminal, and answers its exit code. */
async function runSteps(emulator: Emulator, folder: string): Promise<number> {
  const script = join(projectFolder, "scripts", "conformance-b2sdk.py");
  const env = {
    ...process.env,
    HOME: folder,
    PYTHONDONTWRITEBYTECODE: "1",
    B2_REALM: emulator.url,
    B2_APPLICATION_KEY_ID: emulator.applicationKeyId,
    B2_APPLICATION_KEY: emulator.applicationKey,
  };
  const steps = spawn(python, [script, folder], { env, stdio: "inherit" });
  const [code] = (await once(steps, "exit")) as [number | null];
  return code ?? 1;
}

await runCommand(import.meta.url, main);
