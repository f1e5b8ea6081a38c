/**
 * Builds the documentation into docs/, to be opened from there: the reference of b2kit's names (index.html), and that of
 * the B2 Native API (b2-native-api.html), one page that holds all that it needs.
 *
 * Usage: npm run docs
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Application, Converter, JSX, OptionDefaults, TSConfigReader } from "typedoc";
import { projectFolder, runCommand } from "./command.ts";
import { expect, run } from "./conformance.ts";
import { readPackageFile } from "./package.ts";

const output = join(projectFolder, "docs");
const servicePage = "b2-native-api.html";

/** Types without which nobody writes a program: parts of public ones, and what the objects are made with. */
const innerTypes = [
  "B2ErrorDetails",
  "BinaryContent",
  "BucketFields",
  "BucketNames",
  "CapabilityCondition",
  "CodesOf",
  "GuardedStoreOptions",
  "HeaderForm",
  "HeadersOf",
  "HeldAuthorization",
  "ListedBucket",
  "MiddlewareFunctions",
  "NoAnswer",
  "Only",
  "RawMethod",
  "Schemas",
  "SessionOptions",
  "UpdateFields",
];

async function main(): Promise<number> {
  await documentNames();
  await documentService();
  return 0;
}

/** @throws when a comment names something that is not there, or a public name leads to one that is not public. */
async function documentNames(): Promise<void> {
  const { exports } = await readPackageFile();
  const entryPoints = Object.values(exports).flatMap((target) =>
    typeof target === "object" ? [join(projectFolder, target["b2kit-source"])] : [],
  );
  const app = await Application.bootstrap(
    {
      name: "b2kit",
      entryPoints,
      tsconfig: join(projectFolder, "tsconfig.build.json"),
      readme: join(projectFolder, "README.md"),
      blockTags: [...OptionDefaults.blockTags, "@constant"], // openapi-typescript writes it.
      intentionallyNotExported: innerTypes,
      excludeInternal: true,
      disableSources: true,
      headings: { readme: false }, // The README has its own.
      navigation: { includeFolders: false },
      treatWarningsAsErrors: true,
    },
    [new TSConfigReader()],
  );
  app.converter.on(Converter.EVENT_CREATE_PARAMETER, (_, parameter) => {
    if (parameter.name === "__namedParameters") parameter.name = "options"; // Taken apart where it is received.
  });
  app.renderer.hooks.on("pageSidebar.begin", (page) =>
    JSX.createElement(
      "p",
      null,
      JSX.createElement("a", { href: page.relativeURL(servicePage) ?? "" }, "B2 Native API"),
    ),
  );
  const project = await app.convert();
  if (project) {
    app.validate(project);
    await app.generateDocs(project, output);
  }
  expect(!app.logger.hasErrors() && !app.logger.hasWarnings(), "The reference has mistakes");
}

/** What the page may load: nothing that it does not hold. */
const contentPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' blob:; worker-src blob:; connect-src blob:; font-src data:; img-src data:";

/** Stands for the page's one picture that would come from the network. */
const logo = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" width="44" height="14"><text y="11" font-family="sans-serif" font-size="12">Redoc</text></svg>',
)}`;

async function documentService(): Promise<void> {
  const page = join(output, servicePage);
  await run(process.execPath, [
    join(projectFolder, "node_modules/@redocly/cli/bin/cli.js"),
    "build-docs",
    "--inlineBundle",
    "--config",
    join(projectFolder, "redocly.yaml"),
    "--openapi.disableTelemetry",
    "--output",
    page,
    join(projectFolder, "spec/b2-native-api.yaml"),
  ]);
  const html = await readFile(page, "utf8");
  const policy = `<head><meta http-equiv="Content-Security-Policy" content="${contentPolicy}">`;
  const alone = html.replace("<head>", policy).replaceAll(/https:\/\/cdn\.redoc\.ly\/[\w/-]+\.svg/g, logo);
  await writeFile(page, alone);
}

await runCommand(import.meta.url, main);
