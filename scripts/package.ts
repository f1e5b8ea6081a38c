import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { projectFolder } from "./command.ts";
import { run } from "./conformance.ts";

/** What scripts read of package.json. */
export interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  /** Where each subpath leads; a text for what is no module. */
  readonly exports: Readonly<
    Record<string, string | { readonly types: string; readonly "b2kit-source": string }>
  >;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Reads the package.json of a folder, this project's by default. */
export async function readPackageFile(folder: string = projectFolder): Promise<PackageFile> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
}

/** Gives the path of the package as it would be published: the given one, or a new one in the folder. */
export async function packProject(folder: string, given: string | undefined): Promise<string> {
  if (given !== undefined) return resolve(given);
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: projectFolder,
  });
  const [packed]: { filename: string }[] = JSON.parse(stdout.slice(stdout.indexOf("[\n")));
  if (!packed) throw new Error("npm pack made no package");
  return join(folder, packed.filename);
}

/** Makes a project of ES modules in a folder, and installs packages there without running their scripts. */
export async function installPackages(folder: string, packages: readonly string[]): Promise<void> {
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...packages], { cwd: folder });
}

/** The programs of the README. */
export async function readmePrograms(): Promise<string[]> {
  const readme = await readFile(join(projectFolder, "README.md"), "utf8");
  return [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => `${code}\nexport {};\n`);
}
