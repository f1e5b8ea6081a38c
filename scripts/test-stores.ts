/**
 * Runs the tests of account info over every kind of store: memory, FileStore, SQLite, and a real Redis and PostgreSQL.
 *
 * Installs Keyv's adapters into a temporary folder, and Debian's packages of the servers when they are missing. The
 * last line of its output is `N passed, N failed`.
 *
 * Usage: npm run test:stores [-- --adapters folder]
 *   --adapters folder  keeps the adapters there for the next time; SQLite's takes minutes to compile
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { projectFolder, runCommand } from "./command.ts";

/** The adapters that go with the Keyv of package.json. */
const ADAPTERS = ["@keyv/sqlite@4.0.8", "@keyv/redis@5.1.6", "@keyv/postgres@2.2.3", "keyv@5.6.0"];

const POSTGRES_VERSIONS = "/usr/lib/postgresql";

/** Ends whatever is running, so that the temporary folder goes as well. */
const interrupted = new AbortController();

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { adapters: { type: "string" } } });
  const folder = await mkdtemp(join(tmpdir(), "b2kit-stores-"));
  await chmod(folder, 0o711); // PostgreSQL passes through it as another user.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => interrupted.abort());
  }
  let counts: Counts = { passed: 0, failed: 1 };
  try {
    const modules = resolve(values.adapters ?? join(folder, "adapters"));
    await installAdapters(modules);
    const postgres = await installServers();
    counts = await runTests(folder, JSON.stringify({ modules, postgres }));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed === 0 ? 0 : 1;
}

async function installAdapters(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  // SQLite's bindings are compiled by an install script, which the user's settings may forbid elsewhere.
  const settings = ["--prefix", folder, "--ignore-scripts=false", "--no-audit", "--no-fund", "--no-save"];
  await execute("npm", ["install", ...settings, ...ADAPTERS], { cwd: folder });
}

/** Makes sure that the servers are there, and gives the folder of PostgreSQL's programs. */
async function installServers(): Promise<string> {
  if (!(await isProgram("redis-server"))) {
    await installPackage("redis-server");
  }
  if ((await postgresFolder()) === undefined) {
    await installPackage("postgresql");
  }
  const folder = await postgresFolder();
  if (folder === undefined) {
    throw new Error(`PostgreSQL's initdb is not in ${POSTGRES_VERSIONS}: is it Debian's package?`);
  }
  return folder;
}

async function isProgram(name: string): Promise<boolean> {
  const folders = (process.env.PATH ?? "").split(":");
  return (await Promise.all(folders.map((folder) => exists(join(folder, name))))).includes(true);
}

/** Gives the folder of the newest version's programs. */
async function postgresFolder(): Promise<string | undefined> {
  const versions = await readdir(POSTGRES_VERSIONS).catch((): string[] => []);
  for (const version of versions.sort((a, b) => Number(b) - Number(a))) {
    const folder = join(POSTGRES_VERSIONS, version, "bin");
    if (await exists(join(folder, "initdb"))) {
      return folder;
    }
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

async function installPackage(name: string): Promise<void> {
  if (process.getuid?.() !== 0 || !(await isProgram("apt-get"))) {
    throw new Error(`These tests need Debian's package ${name}: install it, or run them as root`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" }; // Starts no service.
  await execute("apt-get", ["update", "--quiet"], { env });
  await execute("apt-get", ["install", "--quiet", "--yes", "--no-install-recommends", name], { env });
}

async function runTests(folder: string, stores: string): Promise<Counts> {
  const results = join(folder, "results.json");
  const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${results}`];
  const vitest = join(projectFolder, "node_modules/vitest/vitest.mjs");
  const command = [vitest, "run", "test/session/account-info-stores.test.ts", ...reporters];
  const env = { ...process.env, B2KIT_TEST_STORES: stores, TMPDIR: folder };
  const isGood = await execute(process.execPath, command, { cwd: projectFolder, env }).then(
    () => true,
    () => false,
  );
  const report = await readFile(results, "utf8").catch(() => {
    throw new Error("The tests ended without a result");
  });
  const { numPassedTests, numFailedTests } = JSON.parse(report);
  return { passed: numPassedTests, failed: isGood ? 0 : Math.max(1, numFailedTests) };
}

/** Runs a command whose output is shown, and rejects unless it succeeds. */
async function execute(
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

await runCommand(import.meta.url, main);
