/**
 * Tries the package as it would be published, in an empty project: what it holds and brings, and that the README's
 * programs and the quickstart run with it.
 *
 * The last line of its output is `N passed, N failed`.
 *
 * Usage: npm run release:check [-- --package FILE.tgz]
 */
import {
  access,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectFolder, runCommand } from "./command.ts";
import { expect, run, Steps, withEmulator } from "./conformance.ts";
import { installPackages, packProject, readmePrograms, readPackageFile } from "./package.ts";

const LICENSES = ["MIT", "ISC", "BSD-3-Clause"];

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { package: { type: "string" } } });
  const folder = await realpath(await mkdtemp(join(tmpdir(), "b2kit-release-")));
  try {
    const tarball = await packProject(folder, values.package);
    const steps = new Steps();
    await steps.step("the package and all that it brings have a license", () =>
      checkLicenses(folder, tarball),
    );
    const { devDependencies } = await readPackageFile();
    await installPackages(folder, [tarball, `cli-progress@${devDependencies["cli-progress"]}`]);
    for (const [index, code] of (await readmePrograms()).entries()) {
      await steps.step(`program ${index + 1} of the README runs`, () => runExample(folder, index, code));
    }
    await steps.step("the quickstart runs", () => runQuickstart(folder));
    return steps.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Looks at what is installed with the package alone. */
async function checkLicenses(folder: string, tarball: string): Promise<string> {
  await installPackages(folder, [tarball]);
  const lock = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8"));
  const paths = Object.keys(lock.packages).filter((path) => path !== "");
  for (const path of paths) {
    const { license } = await readPackageFile(join(folder, path));
    expect(LICENSES.includes(license ?? ""), `${path} has the license ${license}`);
    const files = await readdir(join(folder, path));
    expect(
      files.some((name) => /^licen[sc]e(\.\w+)?$/i.test(name)),
      `${path} has no license text`,
    );
    expect(Boolean(lock.packages[path].integrity), `${path} is not pinned by a digest`);
  }
  const readme = await readFile(join(folder, "node_modules/b2kit/README.md"), "utf8");
  const { dependencies } = await readPackageFile(join(folder, "node_modules/b2kit"));
  for (const name of Object.keys(dependencies)) {
    expect(readme.includes(`\n| ${name} `), `the README does not tell what ${name} is for`);
  }
  return `${paths.length} packages`;
}

const typescript = ["--import", import.meta.resolve("ts-blank-space/register")];

async function runExample(folder: string, index: number, code: string): Promise<undefined> {
  const file = join(folder, `example-${index + 1}.ts`);
  const cwd = join(folder, `of-${index + 1}`);
  await mkdir(cwd);
  await writeFile(file, code);
  await withEmulator({}, async ({ url, applicationKeyId, applicationKey }) => {
    const env = {
      ...process.env,
      B2_REALM: url,
      B2_APPLICATION_KEY_ID: applicationKeyId,
      B2_APPLICATION_KEY: applicationKey,
    };
    await run(process.execPath, [...typescript, file], { cwd, env });
  });
}

async function runQuickstart(folder: string): Promise<string | undefined> {
  await copyFile(join(projectFolder, "scripts/quickstart.ts"), join(folder, "quickstart.ts"));
  for (const name of ["spec", "src"]) await access(join(folder, "node_modules/b2kit", name));
  const { B2_APPLICATION_KEY_ID: _, B2_APPLICATION_KEY: __, ...env } = process.env; // It brings its own emulator.
  const cwd = join(folder, "node_modules/b2kit"); // Where what it sends is.
  const { stdout } = await run(process.execPath, [...typescript, join(folder, "quickstart.ts")], {
    cwd,
    env,
  });
  return stdout.trimEnd().split("\n").at(-1);
}

await runCommand(import.meta.url, main);
