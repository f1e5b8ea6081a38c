/**
 * Bundles the package's entries into dist: a program starts in half the time when it loads a few files in place of a
 * hundred. TypeScript writes the declarations beside them. Entries are the files that package.json names.
 *
 * Usage: npm run build
 */
import { readFile, rm } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { rolldown } from "rolldown";
import { projectFolder, runCommand } from "./command.ts";

/** Files of modules that entries share; each needs only those before it, so that none waits for itself. */
const sharedFiles = [
  { name: "wire", test: /\/src\/(once|raw\/(errors|header-fields|(fetch-)?transport))\.ts$/ },
  { name: "raw", test: /\/(src\/raw|generated)\//, minShareCount: 2 },
  { name: "facade", test: /\/src\/(?!emulator|raw|.*local-)/, minShareCount: 2 },
];

async function main(): Promise<number> {
  const dist = join(projectFolder, "dist");
  const { bin, imports, exports } = JSON.parse(await readFile(join(projectFolder, "package.json"), "utf8"));
  const entries = new Set(entriesOf({ bin, imports, exports }));
  const bundle = await rolldown({
    input: Object.fromEntries([...entries].map((entry) => [entry, join(projectFolder, `${entry}.ts`)])),
    external: (id) => !id.startsWith(".") && !isAbsolute(id), // Packages, and what differs between runtimes.
    platform: "neutral",
  });
  await rm(dist, { recursive: true, force: true });
  await bundle.write({
    dir: dist,
    entryFileNames: "[name].js",
    chunkFileNames: "src/shared/[name].js",
    codeSplitting: {
      groups: sharedFiles.map((group, index) => ({
        ...group,
        priority: sharedFiles.length - index,
        tags: ["$initial"], // What is imported on demand stays apart.
      })),
    },
    comments: { jsdoc: false }, // Editors read it from the declarations.
    sourcemap: true,
    sourcemapExcludeSources: true, // The package has them.
  });
  await bundle.close();
  return 0;
}

/** Finds every file of dist that package.json names, as a path below dist without its ending. */
function entriesOf(value: unknown): string[] {
  if (typeof value === "string") {
    const [, entry] = /^\.\/dist\/(.+)\.js$/.exec(value) ?? [];
    return entry === undefined ? [] : [entry];
  }
  return Object.values(value ?? {}).flatMap(entriesOf);
}

await runCommand(import.meta.url, main);
