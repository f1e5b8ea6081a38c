import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { projectFolder } from "../../scripts/command.ts";
import { type Edit, editText, type Path } from "./fixture.ts";

const run = promisify(execFile);

const schemas: Path = ["components", "schemas"];
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: string, value: object) => ({
  "application/json": { schema: reference(schema), examples: { one: { summary: "One", value } } },
});

const pinFile = {
  post: {
    operationId: "b2_pin_file",
    summary: "Pin a file version",
    description: "Keeps a version from being replaced.",
    tags: ["Files"],
    security: [{ accountToken: [] }],
    "x-b2-base-url": "api",
    "x-b2-capabilities": { required: ["pinFiles"] },
    "x-b2-transaction-class": "A",
    "x-b2-retry": "repeat",
    "x-b2-errors": {
      "400": [{ code: "already_pinned", meaning: "It is pinned already. Treat it as done." }],
    },
    requestBody: { required: true, content: json("PinFileRequest", { fileId: "4_z1", days: 3 }) },
    responses: {
      "200": {
        description: "What was pinned.",
        content: json("PinnedFile", { fileId: "4_z1", pinnedDays: 3 }),
      },
      "4XX": { $ref: "#/components/responses/Error" },
      "5XX": { $ref: "#/components/responses/Error" },
    },
  },
};

const fileId = { type: "string", description: "The version." };
const days = { type: "integer", minimum: 1, description: "For how many days." };

/** Place 1: the operation, its request and response, its capability and its error code. */
function edits(description: ReturnType<typeof parse>): Edit[] {
  const { Capability, ErrorCode } = description.components.schemas;
  const object = (properties: object) => ({
    type: "object",
    description: "Made up.",
    required: Object.keys(properties),
    properties,
  });
  return [
    { set: ["paths", "/b2api/v4/b2_pin_file"], to: pinFile },
    { set: [...schemas, "PinFileRequest"], to: object({ fileId, days }) },
    { set: [...schemas, "PinnedFile"], to: object({ fileId, pinnedDays: days }) },
    { set: [...schemas, "Capability", "enum"], to: [...Capability.enum, "pinFiles"] },
    { set: [...schemas, "ErrorCode", "enum"], to: ["already_pinned", ...ErrorCode.enum] },
  ];
}

/** Place 2: what the emulator does. */
const handler = `
const pinned = new Set<string>();

export const pinFile: Handler<"b2_pin_file"> = (call) => {
  const { fileId } = findVersion(call, call.body.fileId);
  if (pinned.has(fileId)) throw new Refusal(400, "already_pinned", "It is pinned already");
  pinned.add(fileId);
  return { fileId, pinnedDays: call.body.days };
};
`;

/** Place 3: the table of handlers. */
const addHandler = (table: string) =>
  table
    .replace("import { authorizeAccount }", 'import { pinFile } from "./files.ts";\n$&')
    .replace("b2_hide_file: hideFile,", "$&\n  b2_pin_file: pinFile,");

/** Types and answers of the new call. */
const program = `
import { B2Api } from "b2kit";
import { startEmulator } from "b2kit/emulator";
import type { ErrorCode, RawClient } from "b2kit/raw";

const { url: realm, applicationKeyId, applicationKey, close } = await startEmulator({ checkAnswers: true });
const b2 = new B2Api({ realm, applicationKeyId, applicationKey });
const bucket = await b2.createBucket("made-up-operations", "allPrivate");
const { id } = await bucket.uploadBytes(new Uint8Array(1), "a");
const rawOf = async (capability: "pinFiles" | "readFiles") => {
  const key = await b2.createKey({ keyName: capability, capabilities: [capability] });
  return new B2Api({ realm, applicationKeyId: key.id, applicationKey: key.applicationKey }).raw;
};
const pin = async (raw: RawClient, days: number): Promise<number | string | undefined> => {
  const { data, error } = await raw.POST("/b2api/v4/b2_pin_file", { body: { fileId: id ?? "", days } });
  return data?.pinnedDays ?? error?.code;
};
// @ts-expect-error the request needs days
void (() => b2.raw.POST("/b2api/v4/b2_pin_file", { body: { fileId: "" } }));
const own: ErrorCode<"b2_pin_file"> = "already_pinned";
const pinFiles = await rawOf("pinFiles");
console.log(await pin(pinFiles, 3), own === (await pin(pinFiles, 3)));
console.log(await pin(pinFiles, 0), await pin(await rawOf("readFiles"), 3));
await close();
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "b2kit-new-operation-"));
  const copied = ["src", "spec", "scripts", "generated", "package.json", "tsconfig.json"];
  for (const name of copied) await cp(join(projectFolder, name), join(folder, name), { recursive: true });
  await symlink(join(projectFolder, "node_modules"), join(folder, "node_modules"));
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(join(folder, path), "utf8");
  const changed = change(text);
  expect(changed).not.toBe(text);
  await writeFile(join(folder, path), changed);
}

/** Runs a program in the copy, and gives all that it prints. */
async function execute(...args: string[]): Promise<string> {
  const command = [
    "--import",
    import.meta.resolve("ts-blank-space/register"),
    "--conditions=b2kit-source",
    ...args,
  ];
  const { stdout, stderr } = await run(process.execPath, command, { cwd: folder }).catch((error) => error);
  return stdout + stderr;
}

test("a new operation takes three places: the description, a handler, and the table of handlers", async () => {
  await edit("spec/b2-native-api.yaml", (text) => editText(text, edits(parse(text))));
  await edit("src/emulator/files.ts", (text) => text + handler);
  await edit("src/emulator/handlers.ts", addHandler);
  await writeFile(join(folder, "program.ts"), program);
  await writeFile(
    join(folder, "tsconfig.program.json"),
    '{ "extends": "./tsconfig.json", "include": ["program.ts", "src"] }',
  );

  expect(await execute("scripts/spec-lint.ts")).toBe("0 problems\n");
  await execute("scripts/generate.ts");
  expect(await execute("node_modules/typescript/lib/tsc.js", "-p", "tsconfig.program.json")).toBe("");
  expect(await execute("program.ts")).toBe("3 true\nbad_request unauthorized\n");
}, 120_000);
