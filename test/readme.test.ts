import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readmePrograms } from "../scripts/package.ts";
import { emulatorForTest, folderForTest } from "./support.ts";

// The programs lie inside the project, so that their imports of "b2kit" find it.
const folder = resolve("test/.readme");
const programs = (await readmePrograms()).map((code, index) => ({
  file: join(folder, `example-${index + 1}.ts`),
  title: /^(?:await|const|for|try).*$/m.exec(code)?.[0] ?? `example ${index + 1}`,
  code,
}));

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  for (const { file, code } of programs) {
    writeFileSync(file, code);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the README's programs", () => {
  test("are there", () => expect(programs.length).toBeGreaterThanOrEqual(5));

  test.each(programs)("run: $title", async ({ file }) => {
    const emulator = await emulatorForTest();
    const run = promisify(execFile)(
      process.execPath,
      ["--import", import.meta.resolve("ts-blank-space/register"), "--conditions=b2kit-source", file],
      {
        cwd: await folderForTest(),
        env: {
          ...process.env,
          B2_REALM: emulator.url,
          B2_APPLICATION_KEY_ID: emulator.applicationKeyId,
          B2_APPLICATION_KEY: emulator.applicationKey,
        },
      },
    );
    await expect(run).resolves.toBeDefined();
  });

  test("pass the compiler", () => {
    const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, resolve("."));
    const program = ts.createProgram(
      programs.map(({ file }) => file),
      options,
    );
    const problems = ts.getPreEmitDiagnostics(program).map(({ messageText, file }) => {
      return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
    expect(problems).toEqual([]);
  });
});
