import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Counts, runVitest } from "./vitest.ts";

/** Ends whatever is running, so that the temporary folder goes as well. */
const interrupted = new AbortController();

/** Tests that run only when what they need is there. */
export interface PreparedTests {
  /** The file of tests. */
  readonly path: string;
  /** Tells the tests what they need. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs tests that need servers of Debian, in a temporary folder of their own, and prints their counts as the last line.
 *
 * @param prepare - Installs what is missing.
 * @returns the exit code.
 */
export async function runServerTests(
  name: string,
  prepare: (folder: string) => Promise<PreparedTests>,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), `b2kit-${name}-`));
  await chmod(folder, 0o711); // Servers pass through it as another user.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => interrupted.abort());
  }
  let counts: Counts = { passed: 0, failed: 1 };
  try {
    counts = await runTests(folder, await prepare(folder));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed === 0 ? 0 : 1;
}

async function runTests(folder: string, { path, env: needed }: PreparedTests): Promise<Counts> {
  const env = { ...process.env, ...needed, TMPDIR: folder };
  return await runVitest([path, "--reporter=verbose"], { env, folder, signal: interrupted.signal });
}

/** Installs the package of Debian that holds a program, unless the program is there. */
export async function installProgram(program: string, name = program): Promise<void> {
  if (!(await isProgram(program))) {
    await installPackage(name);
  }
}

async function isProgram(name: string): Promise<boolean> {
  const folders = (process.env.PATH ?? "").split(":");
  return (await Promise.all(folders.map((folder) => exists(join(folder, name))))).includes(true);
}

/** Tells whether there is something of this name. */
export async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** Installs a package of Debian. */
export async function installPackage(name: string): Promise<void> {
  if (process.getuid?.() !== 0 || !(await isProgram("apt-get"))) {
    throw new Error(`These tests need Debian's package ${name}: install it, or run them as root`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" }; // Starts no service.
  await execute("apt-get", ["update", "--quiet"], { env });
  await execute("apt-get", ["install", "--quiet", "--yes", "--no-install-recommends", name], { env });
}

/** Runs a command whose output is shown, and rejects unless it succeeds. */
export async function execute(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
): Promise<void> {
  interrupted.signal.throwIfAborted();
  const child = spawn(command, args, { ...options, stdio: "inherit" });
  interrupted.signal.onabort = () => child.kill();
  const [code] = await once(child, "exit");
  if (code !== 0) {
    throw new Error(`${command} ${args[0]} failed with ${code}`);
  }
}
