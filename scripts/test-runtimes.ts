/**
 * Runs b2kit on the runtimes that it supports beside the one at hand: the tests on other versions of Node, and the
 * facade's flows (runtime-flows.ts), from the package, on Node, Bun and Deno against an emulator on Node.
 *
 * Installs the runtimes from their packages into a temporary folder. The last line is `N passed, N failed`.
 *
 * Usage: npm run test:runtimes [-- --package FILE.tgz] [--only NAME …]
 *   --only  one of bun, deno, node22, node24
 */
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { startEmulator } from "../src/emulator/index.ts";
import { projectFolder, runCommand } from "./command.ts";
import { installPackages, packProject, readPackageFile } from "./package.ts";
import { type Counts, runVitest } from "./vitest.ts";

const platform = `${process.platform}-${process.arch}`;

/** The packages that hold programs, and need no script to install them. */
const packages = [
  `node22@npm:node-${platform}@22.23.3`,
  `node24@npm:node-${platform}@24.21.0`,
  "bun@1.4.5",
  "deno@2.9.6",
];

/** Ends whatever is running, so that the temporary folder goes as well. */
const interrupted = new AbortController();
const { signal } = interrupted;

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { package: { type: "string" }, only: { type: "string", multiple: true } },
  });
  const folder = await realpath(await mkdtemp(join(tmpdir(), "b2kit-runtimes-")));
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupted.abort());
  try {
    const { dependencies } = await readPackageFile();
    const tarball = await packProject(folder, values.package);
    await installPackages(folder, [tarball, `keyv@${dependencies.keyv}`, ...packages]);
    const counts: Counts[] = [];
    for (const [name, run] of Object.entries(runtimes)) {
      if (!values.only || values.only.includes(name)) {
        console.log(`== ${name}`);
        counts.push(await run(folder));
      }
    }
    const [passed, failed] = [sum(counts, "passed"), sum(counts, "failed")];
    console.log(`${passed} passed, ${failed} failed`);
    return passed > 0 && failed === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const sum = (counts: readonly Counts[], name: keyof Counts) =>
  counts.reduce((total, count) => total + count[name], 0);

const programOf = (folder: string, ...path: string[]) => join(folder, "node_modules", ...path);

const bun = `@oven/bun-${platform.replace("arm64", "aarch64")}/bin/bun`;
const deno = `@deno/${platform}${process.platform === "linux" ? "-glibc" : ""}/deno`;

const runtimes: Readonly<Record<string, (folder: string) => Promise<Counts>>> = {
  bun: (folder) => runFlows("Bun", folder, [programOf(folder, bun)]),
  deno: (folder) => runFlows("Deno", folder, [programOf(folder, deno), "run", "--allow-all"]),
  node22: (folder) => runTests(programOf(folder, "node22/bin/node"), folder),
  node24: (folder) => runTests(programOf(folder, "node24/bin/node"), folder),
};

async function runFlows(name: string, folder: string, command: readonly string[]): Promise<Counts> {
  const program = join(folder, "runtime-flows.ts");
  await copyFile(join(projectFolder, "scripts/runtime-flows.ts"), program);
  const emulator = await startEmulator({ checkAnswers: true });
  const env = {
    ...process.env,
    B2_REALM: emulator.url,
    B2_APPLICATION_KEY_ID: emulator.applicationKeyId,
    B2_APPLICATION_KEY: emulator.applicationKey,
  };
  const printed = await output([...command, program, join(folder, `of-${name}`)], { cwd: folder, env });
  await emulator.close();
  console.log(printed.trimEnd());
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(printed) ?? [];
  return passed === undefined ? { passed: 0, failed: 1 } : { passed: Number(passed), failed: Number(failed) };
}

/** Gives all that a program prints, whatever comes of it. */
function output(
  [program = "", ...args]: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { ...options, signal, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve(`${stdout}${error || !stdout ? `${stderr}\n${error?.message ?? ""}` : ""}`),
    );
  });
}

/** What is in scripts/ runs on the project's own Node. */
const withoutTools = ["--reporter=dot", "--exclude=test/scripts/**"];

function runTests(node: string, folder: string): Promise<Counts> {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` }; // For tests that start one.
  return runVitest(withoutTools, { node, env, folder, signal });
}

await runCommand(import.meta.url, main);
