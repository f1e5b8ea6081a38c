import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { startProcess } from "../../scripts/emulator-process.ts";
import { folderForTest } from "../support.ts";

const command = fileURLToPath(new URL("../../src/emulator/command.ts", import.meta.url));
const loader = ["--import", "ts-blank-space/register", "--conditions=b2kit-source", command];

function run(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...loader, ...args], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "prints a realm and a key that work, logs requests, and stops at %s",
  async (signal) => {
    const child = spawn(process.execPath, [...loader, "emulator", "--port", "0", "--bucket", "my-bucket"]);
    const exited = once(child, "exit");
    const settings: Record<string, string> = {};
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    while (!settings.B2_APPLICATION_KEY) {
      const [, name, value] = /^export (\w+)=(\S+)$/.exec((await lines.next()).value ?? "") ?? [];
      if (name && value) settings[name] = value;
    }
    const pair = `${settings.B2_APPLICATION_KEY_ID}:${settings.B2_APPLICATION_KEY}`;
    const headers = { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
    const response = await fetch(`${settings.B2_REALM}/b2api/v4/b2_authorize_account`, { headers });
    expect(response.status).toBe(200);
    await lines.next();
    expect((await lines.next()).value).toMatch(/b2_authorize_account 200/);
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
  },
);

test.each([
  [["emulator", "--port", "x"], '--port must be a number from 0 to 65535; got "x"'],
  [["emulator", "--prot"], "Unknown option '--prot'"],
  [["simulator"], 'there is one command, "emulator"; got "simulator"'],
  [["emulator", "--fault", "{}"], "--fault {}: Invalid fault: the fault needs the field operation"],
  [["emulator", "--port"], "Option '--port <value>' argument missing"],
])("%s is refused with one clear line", async (args, message) => {
  const { code, stderr } = await run(...args);
  expect(code).toBe(2);
  expect(stderr.split("\n")[0]).toBe(`b2kit: ${message}`);
});

test("a bucket name that is not legal ends the command with one clear line", async () => {
  const { code, stderr } = await run("emulator", "--port", "0", "--bucket", "x");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^b2kit: bucket name "x" is not legal: .*\n$/);
});

test("--help shows the usage", async () => {
  const { code, stdout } = await run("--help");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Usage: b2kit emulator/);
});

test("--fault makes calls fail on demand", async () => {
  const fault = { operation: "b2_authorize_account", nth: 1, status: 503, retryAfter: 3 };
  const args = ["--fault", JSON.stringify(fault)];
  const { url, kill } = await startProcess(await folderForTest(), { args });
  onTestFinished(kill);
  const { status, headers } = await fetch(`${url}/b2api/v4/b2_authorize_account`);
  expect([status, headers.get("retry-after")]).toEqual([503, "3"]);
  expect((await fetch(`${url}/b2api/v4/b2_authorize_account`)).status).toBe(401);
});
