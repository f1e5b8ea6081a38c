/**
 * Runs transfers through a real HTTP proxy to a service whose certificate a private authority signed.
 *
 * Installs Debian's packages of tinyproxy and openssl when they are missing. The last line of its output is
 * `N passed, N failed`.
 *
 * Usage: npm run test:networks
 */
import { runCommand } from "./command.ts";
import { installProgram, runServerTests } from "./server-tests.ts";

async function main(): Promise<number> {
  return await runServerTests("networks", async (folder) => {
    await installProgram("tinyproxy");
    await installProgram("openssl");
    return { path: "test/raw/proxied.test.ts", env: { B2KIT_TEST_NETWORKS: folder } };
  });
}

await runCommand(import.meta.url, main);
