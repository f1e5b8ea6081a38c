import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type OutputChunk, rolldown } from "rolldown";

/** A program for browsers as a standard bundler makes it, of the built package. */
export interface PageBundle {
  /** The bundle's files by name; `entry.js` is the one to load. */
  readonly files: ReadonlyMap<string, string>;
  /** Modules that it was made of, by path. */
  readonly modules: readonly string[];
  /** Minified and compressed by gzip: what a page loads at once, and what it loads when it uses it. */
  readonly initialBytes: number;
  readonly laterBytes: number;
}

/**
 * Bundles a program for browsers, with the bundler's defaults and nothing that stands in for Node.
 *
 * @param program - Path of a file, or the text of one.
 * @throws when an import leads nowhere, as those of Node do.
 */
export async function bundleForPages(program: { path: string } | { text: string }): Promise<PageBundle> {
  const entry = "path" in program ? program.path : ENTRY;
  const build = await rolldown({
    input: { entry },
    platform: "browser",
    plugins: "text" in program ? [virtualEntry(program.text)] : [],
    onLog: (_, { message }) => {
      throw new Error(message);
    },
  });
  try {
    const { output } = await build.generate({ minify: true, comments: false });
    const chunks = output.filter((file) => file.type === "chunk");
    const initial = reachedAtOnce(chunks);
    const sizeOf = (some: OutputChunk[]) =>
      some.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);
    return {
      files: new Map(chunks.map(({ fileName, code }) => [fileName, code])),
      modules: chunks.flatMap(({ moduleIds }) => moduleIds),
      initialBytes: sizeOf(initial),
      laterBytes: sizeOf(chunks.filter((chunk) => !initial.includes(chunk))),
    };
  } finally {
    await build.close();
  }
}

/** Beside this file, so that it finds the package as its neighbours do. */
const ENTRY = fileURLToPath(new URL("page-entry.js", import.meta.url));

const virtualEntry = (text: string) => ({
  name: "entry",
  resolveId: (id: string) => (id === ENTRY ? id : null),
  load: (id: string) => (id === ENTRY ? text : null),
});

/** The entry and everything that it imports, and those import, other than on demand. */
function reachedAtOnce(chunks: readonly OutputChunk[]): OutputChunk[] {
  const reached = chunks.filter(({ isEntry }) => isEntry);
  for (const { imports } of reached) {
    reached.push(...chunks.filter((chunk) => imports.includes(chunk.fileName) && !reached.includes(chunk)));
  }
  return reached;
}
