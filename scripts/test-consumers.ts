/**
 * Uses the package as others do: installs it in an empty project, compiles programs against it with every TypeScript
 * that it supports, requires it from CommonJS, and looks for names without documentation.
 *
 * The last line of its output is `N passed, N failed`.
 *
 * Usage: npm run test:consumers [-- --package FILE.tgz]
 */
import { access, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import ts from "typescript";
import { runCommand } from "./command.ts";
import { expect, run, Steps } from "./conformance.ts";
import {
  installPackages,
  type PackageFile,
  packProject,
  readmePrograms,
  readPackageFile,
} from "./package.ts";
import { listPublicNames } from "./public-names.ts";

const VERSIONS = ["5.4", "5.5", "5.6", "5.7", "5.8", "5.9"];
const OLDEST = "5.4";
const NEWEST = "5.9";

/** Settings of a consumer's compiler beyond the common ones. */
type Settings = Readonly<Record<string, unknown>>;

/** Programs for Node, without the browser's types; for bundlers, without Node's types. */
const nodenext: Settings = { module: "nodenext", lib: ["es2022"], types: ["node"] };
const node16: Settings = { ...nodenext, module: "node16" };
const bundler: Settings = {
  module: "esnext",
  moduleResolution: "bundler",
  lib: ["es2022", "dom", "dom.iterable"],
  types: [],
};

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { package: { type: "string" } } });
  const folder = await realpath(await mkdtemp(join(tmpdir(), "b2kit-consumers-")));
  try {
    const { devDependencies } = await readPackageFile();
    const tarball = await packProject(folder, values.package);
    const compilers = VERSIONS.map((version) => `typescript-${version}@npm:typescript@~${version}.0`);
    await installPackages(folder, [tarball, `@types/node@${devDependencies["@types/node"]}`, ...compilers]);
    const steps = new Steps();
    await testPackage(steps, folder);
    return steps.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function testPackage(steps: Steps, folder: string): Promise<void> {
  const { name, exports } = await readPackageFile(join(folder, "node_modules/b2kit"));
  const specifiers = Object.keys(exports).filter((path) => !path.endsWith(".json"));
  const modules = specifiers.map((path) => join(name, path));
  const programs = await writePrograms(folder, modules);
  await inPairs(consumers(programs), ({ title, version, files, settings }) =>
    steps.step(`TypeScript ${version} compiles ${title}`, async () => {
      await compile(folder, version, files, settings);
      return undefined;
    }),
  );
  await steps.step("imports cost the compiler less than a second", () => measureImports(folder));
  await steps.step(`Node ${process.versions.node} requires it from CommonJS`, () =>
    requireAll(folder, modules),
  );
  await steps.step("source maps lead to what was written", () => checkSourceMaps(folder, modules));
  await steps.step("each public name has documentation", () => checkDocumentation(folder, exports));
}

/** Writes programs that import everything, and the README's own; gives the names of those that every compiler takes. */
async function writePrograms(folder: string, modules: readonly string[]): Promise<string[]> {
  const forBrowsers = modules.filter((module) => !module.endsWith("emulator"));
  const examples = (await readmePrograms()).map((code, index) => [`example-${index + 1}.ts`, code] as const);
  const files = new Map([
    ...examples,
    ["everything.ts", modules.map((module, i) => `export * as all${i} from "${module}";\n`).join("")],
    ["browser.ts", forBrowsers.map((module, i) => `export * as all${i} from "${module}";\n`).join("")],
    ["common.cts", modules.map((module, i) => `export import all${i} = require("${module}");\n`).join("")],
    ["empty.ts", "export {};\n"],
  ]);
  for (const [name, code] of files) await writeFile(join(folder, name), code);
  return ["everything.ts", ...examples.map(([name]) => name)];
}

/** What is compiled, by which compiler. */
interface Consumer {
  readonly title: string;
  readonly version: string;
  readonly files: readonly string[];
  readonly settings: Settings;
}

/** The oldest and the newest compiler take every way to find modules; those between take the strictest. */
function consumers(programs: readonly string[]): Consumer[] {
  const ofAll = VERSIONS.map((version) => ({
    title: "with nodenext",
    version,
    files: programs,
    settings: nodenext,
  }));
  const ofEnds = [OLDEST, NEWEST].flatMap((version) => [
    { title: "with node16", version, files: programs, settings: node16 },
    { title: "with bundler", version, files: programs, settings: { ...bundler, types: ["node"] } },
    { title: "for a browser, without Node's types", version, files: ["browser.ts"], settings: bundler },
  ]);
  const common = {
    title: "require() with nodenext",
    version: NEWEST,
    files: ["common.cts"],
    settings: nodenext,
  };
  return [...ofAll, ...ofEnds, common];
}

/** Works on two at a time: compilers use one core each. */
async function inPairs<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all([worker(), worker()]);
}

/** Makes Node print the processor time of a program, which other programs disturb less than the wall's. */
const usage = 'process.on("exit",()=>{const{user,system}=process.cpuUsage();console.log(user+system,"µs")})';
const TELL_TIME = ["--import", `data:text/javascript,${encodeURIComponent(usage)}`];

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly string[];
}

let projects = 0;

/** Runs a compiler and answers what it printed, its time included; rejects when it finds a mistake. */
async function compile(
  folder: string,
  version: string,
  files: readonly string[],
  settings: Settings,
): Promise<string> {
  const project = join(folder, `tsconfig.${++projects}.json`);
  const compilerOptions = { strict: true, target: "es2022", noEmit: true, skipLibCheck: false, ...settings };
  await writeFile(project, JSON.stringify({ compilerOptions, files }));
  const compiler = join(folder, `node_modules/typescript-${version}/lib/tsc.js`);
  return (await run(process.execPath, [...TELL_TIME, compiler, "--project", project], { cwd: folder }))
    .stdout;
}

/** Compares an import of everything with an empty program. The fastest of some runs is the least disturbed one. */
async function measureImports(folder: string): Promise<string> {
  const fastest = { everything: Number.POSITIVE_INFINITY, empty: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 3; round++) {
    for (const name of ["everything", "empty"] as const) {
      const printed = await compile(folder, NEWEST, [`${name}.ts`], nodenext);
      fastest[name] = Math.min(fastest[name], Number(/(\d+) µs/.exec(printed)?.[1]) / 1e6);
    }
  }
  const difference = fastest.everything - fastest.empty;
  const words = `${difference.toFixed(2)} s more than the ${fastest.empty.toFixed(2)} s of an empty program`;
  expect(difference < 1, words);
  return words;
}

async function requireAll(folder: string, modules: readonly string[]): Promise<undefined> {
  const program = modules.map(
    (module) => `if (Object.keys(require("${module}")).length === 0) throw "${module}";`,
  );
  await run(process.execPath, ["--input-type=commonjs", "--eval", program.join("\n")], { cwd: folder });
  return undefined;
}

/** Looks at every map, and lets Node follow one: from an error to the line that threw it. */
async function checkSourceMaps(folder: string, modules: readonly string[]): Promise<string> {
  const built = join(folder, "node_modules/b2kit/dist");
  const maps = (await readdir(built, { recursive: true })).filter((file) => file.endsWith(".map"));
  for (const map of maps) {
    const path = join(built, map);
    const { sources, sourcesContent }: SourceMap = JSON.parse(await readFile(path, "utf8"));
    if (!sourcesContent) await Promise.all(sources.map((source) => access(join(dirname(path), source))));
  }
  const [facade] = modules;
  const program = `import { CustomerKey } from "${facade}"; new CustomerKey(new Uint8Array(1));`;
  const started = run(process.execPath, ["--enable-source-maps", "--input-type=module", "--eval", program], {
    cwd: folder,
  });
  const printed = await started.then(
    () => "nothing was thrown",
    (error: Error) => error.message,
  );
  expect(/\bsrc\/encryption\.ts:\d+/.test(printed), printed);
  return `${maps.length} maps`;
}

async function checkDocumentation(folder: string, exports: PackageFile["exports"]): Promise<string> {
  const installed = join(folder, "node_modules/b2kit");
  const entries = Object.values(exports).flatMap((target) =>
    typeof target === "object" ? [target.types] : [],
  );
  const files = entries.map((entry) => join(installed, entry));
  const options = {
    module: ts.ModuleKind.NodeNext,
    types: ["node"],
    typeRoots: [join(folder, "node_modules/@types")],
  };
  const names = listPublicNames(files, options, (file) => file.startsWith(installed));
  const bare = new Set(names.filter(({ documentation }) => !documentation).map(({ name }) => name));
  expect(bare.size === 0, `no words for ${[...bare].join(", ")}`);
  return `${names.length} names`;
}

await runCommand(import.meta.url, main);
