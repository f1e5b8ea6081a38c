/**
 * Runs the tests of account info over every kind of store: memory, FileStore, SQLite, and a real Redis and PostgreSQL.
 *
 * Installs Keyv's adapters into a temporary folder, and Debian's packages of the servers when they are missing. The
 * last line of its output is `N passed, N failed`.
 *
 * Usage: npm run test:stores [-- --adapters folder]
 *   --adapters folder  keeps the adapters there for the next time; SQLite's takes minutes to compile
 */
import { mkdir, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "./command.ts";
import { execute, exists, installPackage, installProgram, runServerTests } from "./server-tests.ts";

/** The adapters that go with the Keyv of package.json. */
const ADAPTERS = ["@keyv/sqlite@4.0.8", "@keyv/redis@5.1.6", "@keyv/postgres@2.2.3", "keyv@5.6.0"];

const POSTGRES_VERSIONS = "/usr/lib/postgresql";

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { adapters: { type: "string" } } });
  return await runServerTests("stores", async (folder) => {
    const modules = resolve(values.adapters ?? join(folder, "adapters"));
    await installAdapters(modules);
    const stores = JSON.stringify({ modules, postgres: await installServers() });
    return { path: "test/session/account-info-stores.test.ts", env: { B2KIT_TEST_STORES: stores } };
  });
}

async function installAdapters(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  // SQLite's bindings are compiled by an install script, which the user's settings may forbid elsewhere.
  const settings = ["--prefix", folder, "--ignore-scripts=false", "--no-audit", "--no-fund", "--no-save"];
  await execute("npm", ["install", ...settings, ...ADAPTERS], { cwd: folder });
}

/** Makes sure that the servers are there, and gives the folder of PostgreSQL's programs. */
async function installServers(): Promise<string> {
  await installProgram("redis-server");
  if ((await postgresFolder()) === undefined) {
    await installPackage("postgresql");
  }
  const folder = await postgresFolder();
  if (folder === undefined) {
    throw new Error(`PostgreSQL's initdb is not in ${POSTGRES_VERSIONS}: is it Debian's package?`);
  }
  return folder;
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

await runCommand(import.meta.url, main);
