import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { projectFolder } from "../../scripts/command.ts";
import { type Description, descriptionFile, parseDescription } from "../../scripts/description.ts";
import { walkNodes } from "../../scripts/description-nodes.ts";
import { findDifferences, generate, main } from "../../scripts/generate.ts";
import { runScript } from "./command.ts";
import { type Edit, editText, type Path } from "./fixture.ts";

const schemas: Path = ["components", "schemas"];
const createBucket: Path = ["paths", "/b2api/v4/b2_create_bucket", "post"];
const createFields = ["accountId", "bucketName", "bucketType"];

const countFiles = {
  post: {
    operationId: "b2_count_files",
    summary: "Counts files",
    description: "Answers how many files a bucket holds.",
    tags: ["Files"],
    security: [{ accountToken: [] }],
    "x-b2-base-url": "api",
    "x-b2-capabilities": { required: ["listFiles"] },
    "x-b2-transaction-class": "C",
    "x-b2-retry": "repeat",
    "x-b2-errors": { "400": [{ code: "bad_bucket_id", meaning: "No such bucket." }] },
    requestBody: { required: true, content: jsonContent({ bucketId: { type: "string" } }) },
    responses: {
      "200": { description: "The count.", content: jsonContent({ fileCount: { type: "integer" } }) },
    },
  },
};

function jsonContent(properties: Record<string, unknown>) {
  return {
    "application/json": { schema: { type: "object", required: Object.keys(properties), properties } },
  };
}

/** Copies of the description, each with one kind of change, and the programs compiled against them. */
const variants: Record<string, { edits: Edit[]; programs: string[] }> = {
  original: {
    edits: [],
    programs: ["uses-news", "reads-md5", "creates-bucket", "vocabularies", "contents", "error-codes"],
  },
  extended: {
    edits: [
      { set: ["paths", "/b2api/v4/b2_count_files"], to: countFiles },
      { set: [...schemas, "Bucket", "properties", "label"], to: { type: "string", description: "A label." } },
    ],
    programs: ["uses-news", "reads-md5", "creates-bucket"],
  },
  shrunk: {
    edits: [{ remove: [...schemas, "FileVersion", "properties", "contentMd5"] }],
    programs: ["reads-md5"],
  },
  demanding: {
    edits: [
      { set: [...schemas, "CreateBucketRequest", "properties", "owner"], to: { type: "string" } },
      { set: [...schemas, "CreateBucketRequest", "required"], to: [...createFields, "owner"] },
    ],
    programs: ["creates-bucket"],
  },
  renamed: {
    edits: [{ set: [...createBucket, "x-b2-capabilities", "required"], to: ["manageBuckets"] }],
    programs: [],
  },
};

const head = `
import { operations } from "./generated/operations.ts";
import type { components } from "./generated/schema.ts";
import { createRawClient, type ErrorCode } from "./src/raw/index.ts";
export { operations };
export type Schemas = components["schemas"];
export type Codes = ErrorCode;
export const raw = createRawClient();
export const bucket = { accountId: "a", bucketName: "photos-of-cats", bucketType: "allPrivate" } as const;
`;

const programs: Record<string, string> = {
  "uses-news": `
const created = await raw.POST("/b2api/v4/b2_create_bucket", { body: bucket });
export const label: string | undefined = created.data?.label;
const counted = await raw.POST("/b2api/v4/b2_count_files", { body: { bucketId: "b" } });
export const count: number | undefined = counted.data?.fileCount;
export const retry: "repeat" = operations.b2_count_files.retry;
`,
  "reads-md5": `
const { data } = await raw.POST("/b2api/v4/b2_get_file_info", { body: { fileId: "4_z" } });
export const md5 = data?.contentMd5;
`,
  "creates-bucket": `
export const created = await raw.POST("/b2api/v4/b2_create_bucket", { body: bucket });
`,
  vocabularies: `
export const known: Schemas["OpenBucketType"] = "allPrivate";
export const later: Schemas["OpenBucketType"] = "someday";
export const sent: Schemas["SettableBucketType"] = "allPrivate";
// @ts-expect-error requests take known values only
export const wrong: Schemas["SettableBucketType"] = "someday";
export const edited: Schemas["OpenCapability"] = "";
const { data } = await raw.POST("/b2api/v4/b2_create_bucket", { body: bucket });
export const type: string | undefined = data?.bucketType;
raw.POST("/b2api/v4/b2_create_bucket", {
  // @ts-expect-error requests take known values only
  body: { ...bucket, bucketType: "someday" },
});
`,
  contents: `
const file = "/b2api/v4/b2_upload_file/{uploadUrl}";
const header = { Authorization: "t", "X-Bz-File-Name": "a", "X-Bz-Content-Sha1": "do_not_verify" };
const params = { path: { uploadUrl: "https://pod.example.test/" }, header };
export async function* pieces(): AsyncGenerator<Uint8Array> {}
await raw.POST(file, { params, body: new Uint8Array(1) });
await raw.POST(file, { params, body: new Blob([]) });
await raw.POST(file, { params, body: new ReadableStream<Uint8Array>() });
await raw.POST(file, { params, body: pieces() });
// @ts-expect-error text is no content
await raw.POST(file, { params, body: "text" });
const names = { bucketName: "b", fileName: "a" };
const downloaded = await raw.GET("/file/{bucketName}/{fileName}", { params: { path: names } });
export const content: ReadableStream<Uint8Array> | undefined = downloaded.data;
`,
  "error-codes": `
export const own: ErrorCode<"b2_create_bucket"> = "duplicate_bucket_name";
export const standard: ErrorCode<"b2_create_bucket"> = "expired_auth_token";
export const any: ErrorCode = "already_hidden";
// @ts-expect-error another operation's code
export const foreign: ErrorCode<"b2_create_bucket"> = "already_hidden";
`,
};

let folder: string;
let descriptionText: string;
let service: ts.LanguageService;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "b2kit-generate-"));
  await symlink(join(projectFolder, "node_modules"), join(folder, "node_modules"));
  descriptionText = await readFile(descriptionFile, "utf8");
  vi.spyOn(console, "log").mockReturnValue();
  for (const [name, { edits, programs }] of Object.entries(variants))
    await writeVariant(name, edits, programs);
  service = createService();
}, 60_000);

afterAll(async () => {
  service?.dispose();
  await rm(folder, { recursive: true });
});

/** Generates from an edited copy of the description and puts the raw layer and programs beside the result. */
async function writeVariant(name: string, edits: Edit[], names: string[]): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(descriptionOf(name), editText(descriptionText, edits));
  await cp(join(projectFolder, "package.json"), join(folder, name, "package.json"));
  await cp(join(projectFolder, "src", "raw"), join(folder, name, "src", "raw"), { recursive: true });
  expect(await main(["--description", descriptionOf(name), "--out", generatedFolder(name)])).toBe(0);
  for (const program of names) await writeFile(programFile(name, program), head + programs[program]);
}

function generatedFolder(variant: string): string {
  return join(folder, variant, "generated");
}

function descriptionOf(variant: string): string {
  return join(folder, variant, "description.yaml");
}

function programFile(variant: string, program: string): string {
  return join(folder, variant, `${program}.ts`);
}

/** One compiler for all programs: the library types, which take most of the time, are read once. */
function createService(): ts.LanguageService {
  const { config } = ts.readConfigFile(join(projectFolder, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, projectFolder);
  const files = Object.entries(variants).flatMap(([name, { programs }]) =>
    programs.map((program) => programFile(name, program)),
  );
  return ts.createLanguageService({
    readFile: ts.sys.readFile,
    fileExists: ts.sys.fileExists,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: (path) => ts.sys.realpath?.(path) ?? path,
    getCompilationSettings: () => options,
    getScriptFileNames: () => files,
    getScriptVersion: () => "1",
    getScriptSnapshot: (file) => {
      const text = ts.sys.readFile(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  });
}

/** What the compiler says against a program and the generated files that it uses. */
function compile(variant: string, program: string): string[] {
  const generated = ["schema.ts", "operations.ts"].map((name) => join(generatedFolder(variant), name));
  const files = [programFile(variant, program), ...generated];
  const found = files.flatMap((file) => [
    ...service.getSyntacticDiagnostics(file),
    ...service.getSemanticDiagnostics(file),
  ]);
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

describe("programs against an edited description", () => {
  test("a program that uses a new operation and a new response field compiles once they are described", () => {
    expect(compile("extended", "uses-news")).toEqual([]);
    expect(compile("original", "uses-news").join("\n")).toContain("'label' does not exist");
  });

  test("old programs still compile after additions", () => {
    expect(compile("extended", "reads-md5")).toEqual([]);
    expect(compile("extended", "creates-bucket")).toEqual([]);
  });

  test("a program that reads a removed response field no longer compiles", () => {
    expect(compile("original", "reads-md5")).toEqual([]);
    expect(compile("shrunk", "reads-md5").join("\n")).toContain("'contentMd5' does not exist");
  });

  test("a program that does not send a new required request field no longer compiles", () => {
    expect(compile("original", "creates-bucket")).toEqual([]);
    expect(compile("demanding", "creates-bucket").join("\n")).toContain("'owner' is missing");
  });

  test("the operations table follows a renamed capability", async () => {
    expect(await readCapabilities("original")).toEqual(["writeBuckets"]);
    expect(await readCapabilities("renamed")).toEqual(["manageBuckets"]);
  });

  async function readCapabilities(variant: string): Promise<unknown> {
    const url = pathToFileURL(join(generatedFolder(variant), "operations.ts")).href;
    const { operations } = await import(/* @vite-ignore */ url);
    return operations.b2_create_bucket.capabilities.required;
  }
});

describe("types", () => {
  test("vocabularies are open in responses and closed in requests", () => {
    expect(compile("original", "vocabularies")).toEqual([]);
  });

  test("an editor completes the known words of an open vocabulary", () => {
    const file = programFile("original", "vocabularies");
    const position = (ts.sys.readFile(file) ?? "").indexOf('"";') + 1;
    const completions = service.getCompletionsAtPosition(file, position, undefined)?.entries ?? [];
    expect(completions.map(({ name }) => name)).toContain("writeBuckets");
  });

  test("uploads take bytes, Blobs and streams, downloads give a stream", () => {
    expect(compile("original", "contents")).toEqual([]);
  });

  test("error codes are those of the operation", () => {
    expect(compile("original", "error-codes")).toEqual([]);
  });

  test("editors show the description of a field, also where it only points to a schema", () => {
    const file = join(generatedFolder("original"), "schema.ts");
    const text = ts.sys.readFile(file) ?? "";
    const bucket = text.indexOf("        Bucket: {");
    const info = service.getQuickInfoAtPosition(file, text.indexOf("bucketInfo:", bucket));
    const { description } = parseDescription(descriptionText, "").components?.schemas?.BucketInfo ?? {};
    expect(ts.displayPartsToString(info?.documentation).replace(/\s+/g, " ")).toBe(
      description?.replace(/\s+/g, " "),
    );
  });
});

describe("checking", () => {
  test("the generated files of the project are up to date", async () => {
    const files = await generate(descriptionFile);
    expect(await findDifferences(files, join(projectFolder, "generated"))).toEqual([]);
  });

  test("the check names the file and its first differing line, and fails", async () => {
    const path = [...schemas, "Bucket", "properties", "revision", "description"];
    const { code, stderr } = await checkAgainstOriginal([{ set: path, to: "Goes up." }]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^schema\.ts differs in line \d+: it has ".*", the description gives ".*Goes up\."/,
    );
  });

  test("the check fails when a type changes or a file is missing", async () => {
    const path = [...schemas, "Bucket", "properties", "revision", "type"];
    expect((await checkAgainstOriginal([{ set: path, to: "string" }])).code).toBe(1);
    const missing = await findDifferences(await generate(descriptionFile), join(folder, "nowhere"));
    expect(missing).toEqual(["schema.ts is missing", "operations.ts is missing"]);
  });

  async function checkAgainstOriginal(edits: Edit[]): Promise<{ code: number; stderr: string }> {
    const file = join(folder, "edited.yaml");
    await writeFile(file, editText(descriptionText, edits));
    const errors = vi.spyOn(console, "error").mockReturnValue();
    const code = await main(["--check", "--description", file, "--out", generatedFolder("original")]);
    const stderr = errors.mock.calls.flat().join("\n");
    errors.mockRestore();
    return { code, stderr };
  }

  test("the text of every field reaches the generated types", async () => {
    await expectMarks((description) =>
      markEach(properties(description), (node, mark) => {
        node.description = mark;
      }),
    );
  });

  test("the type of every field reaches the generated types", async () => {
    await expectMarks((description) =>
      markEach(properties(description).filter(isLeaf), (node, mark) => {
        for (const keyword of Object.keys(node)) delete node[keyword];
        node.const = mark;
      }),
    );
  });

  type Property = Record<string, unknown>;

  function properties(description: Description): Property[] {
    return [...walkNodes(description)]
      .filter(({ kind }) => kind === "property")
      .map(({ node }) => node as Property);
  }

  function isLeaf(node: Property): boolean {
    return !JSON.stringify(node).includes('"properties":');
  }

  function markEach(nodes: Property[], apply: (node: Property, mark: string) => void): string[] {
    return nodes.map((node, index) => {
      apply(node, `mark-${index}-`);
      return `mark-${index}-`;
    });
  }

  async function expectMarks(mark: (description: Description) => string[]): Promise<void> {
    const description = parseDescription(descriptionText, "");
    const marks = mark(description);
    const file = join(folder, "marked.yaml");
    await writeFile(file, stringify(description, { aliasDuplicateObjects: false }));
    const { schema } = await generate(file);
    expect(marks.length).toBeGreaterThan(100);
    expect(marks.filter((text) => !schema.includes(text))).toEqual([]);
  }
});

describe("output", () => {
  test("is the same wherever and whenever it is generated", async () => {
    const elsewhere = join(folder, "elsewhere");
    const { code } = await runScript("generate", ["--out", elsewhere], {
      cwd: folder,
      env: { ...process.env, TZ: "Asia/Tokyo", LANG: "tr_TR.UTF-8", COLUMNS: "40" },
    });
    expect(code).toBe(0);
    expect(await findDifferences(await generate(descriptionFile), elsewhere)).toEqual([]);
  });

  test("starts with a banner, has no trace of the machine and ends with one line break", async () => {
    for (const text of Object.values(await generate(descriptionFile))) {
      expect(text).toMatch(
        /^\/\*\* Generated from spec\/b2-native-api\.yaml by `npm run generate`; .*\*\/\n/,
      );
      expect(text).toMatch(/[^\n]\n$/);
      expect(text).not.toContain("\r");
      expect(text).not.toContain(projectFolder);
      expect(text).not.toContain(tmpdir());
    }
  });
});

describe("an incomplete description", () => {
  const cases: { title: string; edits: Edit[]; message: string }[] = [
    {
      title: "a missing extension field",
      edits: [{ remove: [...createBucket, "x-b2-retry"] }],
      message:
        "b2_create_bucket: x-b2-retry must be one of repeat, reconcile, new-upload-url, resume; it is missing",
    },
    {
      title: "a wrong value",
      edits: [{ set: [...createBucket, "x-b2-base-url"], to: "moon" }],
      message: 'b2_create_bucket: x-b2-base-url must be one of realm, api, download, upload; it is "moon"',
    },
    {
      title: "an operation that is there twice",
      edits: [{ set: [...createBucket, "operationId"], to: "b2_delete_bucket" }],
      message: "b2_delete_bucket: the description has it twice",
    },
  ];

  test.each(cases)(
    "$title stops the generation with the name of the operation",
    async ({ edits, message }) => {
      const file = join(folder, "incomplete.yaml");
      await writeFile(file, editText(descriptionText, edits));
      await expect(generate(file)).rejects.toThrow(message);
    },
  );

  test("text that is not YAML is an error that names the file", async () => {
    const file = join(folder, "broken.yaml");
    await writeFile(file, "paths: [");
    await expect(generate(file)).rejects.toThrow(`${file} is not valid YAML`);
  });
});
