/**
 * Runs the tests. The last line of its output is `N passed, N failed`.
 *
 * Usage: node --import ts-blank-space/register scripts/vitest.ts [PATH …]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder, runCommand } from "./command.ts";

/** How many tests passed and failed. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** How to run tests. */
export interface VitestOptions {
  /**
   * The Node that runs them.
   * @defaultValue the one that runs this
   */
  readonly node?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** An empty or temporary folder for the results. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/**
 * Runs tests, shows what they print, and counts them. A file that could not be run counts as one failed test.
 *
 * @throws when they end without a result.
 */
export async function runVitest(
  args: readonly string[],
  { node = process.execPath, env = process.env, folder, signal }: VitestOptions,
): Promise<Counts> {
  const results = join(folder, "results.json");
  const reporters = ["--reporter=json", `--outputFile.json=${results}`];
  const command = [join(projectFolder, "node_modules/vitest/vitest.mjs"), "run", ...args, ...reporters];
  const child = spawn(node, command, {
    cwd: projectFolder,
    env,
    stdio: "inherit",
    ...(signal && { signal }),
  });
  const [code] = await once(child, "exit");
  const report = await readFile(results, "utf8").catch(() => {
    throw new Error("The tests ended without a result");
  });
  const { numPassedTests, numFailedTests, testResults }: Report = JSON.parse(report);
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.length,
  );
  const failed = numFailedTests + broken.length;
  return { passed: numPassedTests, failed: code === 0 ? failed : Math.max(1, failed) };
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: ReadonlyArray<{
    readonly status: string;
    readonly assertionResults: readonly unknown[];
  }>;
}

await runCommand(import.meta.url, async (args) => {
  const folder = await mkdtemp(join(tmpdir(), "b2kit-tests-"));
  try {
    const { passed, failed } = await runVitest(["--reporter=default", ...args], { folder });
    console.log(`${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
