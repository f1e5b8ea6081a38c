import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectFolder } from "../../scripts/command.ts";
import { diffDescriptions } from "../../scripts/description-diff.ts";
import { formatChanges } from "../../scripts/spec-diff.ts";
import { runScript } from "./command.ts";
import { type Edit, editFixture, editText, type Path } from "./fixture.ts";

interface Case {
  change: string;
  edits: Edit[];
  lines: string[];
}

const createBucket: Path = ["paths", "/b2api/v4/b2_create_bucket", "post"];
const upload: Path = ["paths", "/b2api/v4/b2_upload_file/{uploadUrl}", "post"];
const download: Path = ["paths", "/file/{bucketName}/{fileName}", "get"];
const schemas: Path = ["components", "schemas"];
const request: Path = [...schemas, "CreateBucketRequest"];
const ownBucket: Path = [...schemas, "Bucket", "allOf", 1];
const text = { type: "string", description: "New." };

const operationCases: Case[] = [
  {
    change: "an operation is removed",
    edits: [{ remove: ["paths", "/b2api/v4/b2_create_bucket"] }],
    lines: ["breaking    b2_create_bucket: operation removed"],
  },
  {
    change: "an operation is added",
    edits: [
      {
        set: ["paths", "/b2api/v4/b2_list_buckets"],
        to: { post: { operationId: "b2_list_buckets", responses: { "200": { description: "All." } } } },
      },
    ],
    lines: ["compatible  b2_list_buckets: operation added"],
  },
  {
    change: "a webhook is removed",
    edits: [{ remove: ["webhooks", "eventNotification"] }],
    lines: ["breaking    eventNotification: webhook removed"],
  },
  {
    change: "an operation gets another base URL, transaction class, retry class and timeout",
    edits: [
      { set: [...createBucket, "x-b2-base-url"], to: "download" },
      { set: [...createBucket, "x-b2-transaction-class"], to: "A" },
      { set: [...createBucket, "x-b2-retry"], to: "repeat" },
      { set: [...createBucket, "x-b2-timeout-seconds"], to: 600 },
    ],
    lines: [
      "compatible  b2_create_bucket: base URL changed from api to download",
      "compatible  b2_create_bucket: transaction class changed from C to A",
      "compatible  b2_create_bucket: retry class changed from reconcile to repeat",
      "compatible  b2_create_bucket: timeout changed from default to 600",
    ],
  },
  {
    change: "a token is needed where none was",
    edits: [{ set: [...download, "security"], to: [{ accountToken: [] }] }],
    lines: ["breaking    b2_download_file_by_name: no authorization no longer accepted"],
  },
  {
    change: "another token is accepted as well",
    edits: [{ set: [...createBucket, "security"], to: [{ accountToken: [] }, { applicationKey: [] }] }],
    lines: ["compatible  b2_create_bucket: applicationKey accepted now"],
  },
  {
    change: "a capability is renamed",
    edits: [{ set: [...upload, "x-b2-capabilities", "required"], to: ["storeFiles"] }],
    lines: [
      "breaking    b2_upload_file: now needs storeFiles",
      "compatible  b2_upload_file: no longer needs writeFiles",
    ],
  },
  {
    change: "a field that old programs can send needs a capability",
    edits: [
      {
        set: [...createBucket, "x-b2-capabilities", "conditional", 1],
        to: { capability: "writeBuckets", when: { field: "bucketInfo" } },
      },
    ],
    lines: ["breaking    b2_create_bucket: now needs writeBuckets when bucketInfo is sent"],
  },
  {
    change: "a new field needs a capability",
    edits: [
      { set: [...request, "properties", "tags"], to: text },
      {
        set: [...createBucket, "x-b2-capabilities", "conditional", 1],
        to: { capability: "writeBuckets", when: { field: "tags" } },
      },
    ],
    lines: [
      "compatible  b2_create_bucket: now needs writeBuckets when tags is sent",
      "compatible  CreateBucketRequest.tags in requests: optional field added (b2_create_bucket)",
    ],
  },
  {
    change: "an operation answers another error code",
    edits: [{ set: [...createBucket, "x-b2-errors", "400", 0, "code"], to: "not_found" }],
    lines: [
      "compatible  errors: 400 not_found added (b2_create_bucket)",
      "compatible  errors: 400 too_many_buckets removed (b2_create_bucket)",
    ],
  },
  {
    change: "a standard error code is added",
    edits: [{ set: ["x-b2-standard-errors", "429"], to: [{ code: "not_found", meaning: "Wait." }] }],
    lines: [
      "compatible  errors: 429 not_found added (b2_create_bucket, b2_upload_file, b2_download_file_by_name and 1 more)",
    ],
  },
];

const requestCases: Case[] = [
  {
    change: "a request field is removed",
    edits: [{ remove: [...request, "properties", "bucketInfo"] }],
    lines: ["breaking    CreateBucketRequest.bucketInfo in requests: field removed (b2_create_bucket)"],
  },
  {
    change: "a required request field is added",
    edits: [
      { set: [...request, "properties", "owner"], to: text },
      { set: [...request, "required"], to: ["bucketName", "bucketType", "owner"] },
    ],
    lines: ["breaking    CreateBucketRequest.owner in requests: required field added (b2_create_bucket)"],
  },
  {
    change: "an optional request field becomes required",
    edits: [{ set: [...request, "required"], to: ["bucketName", "bucketType", "bucketInfo"] }],
    lines: ["breaking    CreateBucketRequest.bucketInfo in requests: required now (b2_create_bucket)"],
  },
  {
    change: "a required request field becomes optional",
    edits: [{ set: [...request, "required"], to: ["bucketName"] }],
    lines: ["compatible  CreateBucketRequest.bucketType in requests: optional now (b2_create_bucket)"],
  },
  {
    change: "the type of a request field changes",
    edits: [{ set: [...request, "properties", "fileLockEnabled", "type"], to: "string" }],
    lines: [
      "breaking    CreateBucketRequest.fileLockEnabled in requests: type changed from boolean to string (b2_create_bucket)",
    ],
  },
  {
    change: "limits are tightened and loosened",
    edits: [
      { set: [...request, "properties", "bucketName", "maxLength"], to: 50 },
      { set: [...request, "properties", "bucketName", "minLength"], to: 3 },
      { set: [...request, "properties", "bucketName", "pattern"], to: "^[a-z]*$" },
    ],
    lines: [
      "breaking    CreateBucketRequest.bucketName in requests: maxLength changed from 63 to 50 (b2_create_bucket)",
      'breaking    CreateBucketRequest.bucketName in requests: pattern "^[a-z]*$" added (b2_create_bucket)',
      "compatible  CreateBucketRequest.bucketName in requests: minLength changed from 6 to 3 (b2_create_bucket)",
    ],
  },
  {
    change: "a default changes",
    edits: [{ set: [...request, "properties", "fileLockEnabled", "default"], to: true }],
    lines: [
      "compatible  CreateBucketRequest.fileLockEnabled in requests: default changed from false to true (b2_create_bucket)",
    ],
  },
  {
    change: "a request field may no longer be null",
    edits: [
      { set: [...request, "properties", "defaultRetention"], to: { $ref: "#/components/schemas/Retention" } },
    ],
    lines: [
      "breaking    CreateBucketRequest.defaultRetention in requests: may no longer be null (b2_create_bucket)",
    ],
  },
  {
    change: "a request takes another structure as well, and one less",
    edits: [
      {
        set: [...request, "properties", "encryption", "oneOf", 1],
        to: { $ref: "#/components/schemas/Retention" },
      },
    ],
    lines: [
      "breaking    CreateBucketRequest.encryption in requests: form CustomerEncryption removed (b2_create_bucket)",
      "compatible  CreateBucketRequest.encryption in requests: form Retention added (b2_create_bucket)",
    ],
  },
  {
    change: "a single structure becomes a choice that includes it",
    edits: [
      {
        set: [...request, "properties", "defaultRetention", "oneOf", 2],
        to: { $ref: "#/components/schemas/BucketName" },
      },
    ],
    lines: [
      "compatible  CreateBucketRequest.defaultRetention in requests: form BucketName added (b2_create_bucket)",
    ],
  },
  {
    change: "a header parameter becomes required and a query parameter is added",
    edits: [
      { set: [...upload, "parameters", 3, "required"], to: true },
      { set: [...upload, "parameters", 5], to: { name: "tag", in: "query", schema: { type: "string" } } },
    ],
    lines: [
      "breaking    b2_upload_file.header.X-Bz-Custom-Upload-Timestamp: required now",
      "compatible  b2_upload_file.query.tag: optional parameter added",
    ],
  },
  {
    change: "a request body is no longer needed",
    edits: [{ set: [...createBucket, "requestBody", "required"], to: false }],
    lines: ["compatible  b2_create_bucket.body: optional now"],
  },
];

const responseCases: Case[] = [
  {
    change: "a response field is removed",
    edits: [
      { remove: [...ownBucket, "properties", "revision"] },
      { set: [...ownBucket, "required"], to: ["bucketType", "defaultRetention"] },
    ],
    lines: ["breaking    Bucket.revision in responses: field removed (b2_create_bucket)"],
  },
  {
    change: "a response field is added",
    edits: [{ set: [...schemas, "BucketName", "properties", "label"], to: text }],
    lines: ["compatible  Bucket.label in responses: optional field added (b2_create_bucket)"],
  },
  {
    change: "a response field becomes optional",
    edits: [{ set: [...schemas, "BucketName", "required"], to: ["bucketId"] }],
    lines: ["breaking    Bucket.bucketName in responses: optional now (b2_create_bucket)"],
  },
  {
    change: "a response field becomes required",
    edits: [
      { set: [...ownBucket, "required"], to: ["bucketType", "revision", "defaultRetention", "options"] },
    ],
    lines: ["compatible  Bucket.options in responses: required now (b2_create_bucket)"],
  },
  {
    change: "a response field may be null",
    edits: [{ set: [...ownBucket, "properties", "revision", "type"], to: ["integer", "null"] }],
    lines: ["breaking    Bucket.revision in responses: may be null now (b2_create_bucket)"],
  },
  {
    change: "the items of a list change their type",
    edits: [{ set: [...ownBucket, "properties", "options", "items", "type"], to: "integer" }],
    lines: [
      "breaking    Bucket.options[] in responses: type changed from string to integer (b2_create_bucket)",
    ],
  },
  {
    change: "a response header is removed and another added",
    edits: [
      { remove: [...download, "responses", "200", "headers", "Content-Length"] },
      { set: [...download, "responses", "200", "headers", "ETag"], to: { schema: { type: "string" } } },
    ],
    lines: [
      "breaking    b2_download_file_by_name.200.header.Content-Length: header removed",
      "compatible  b2_download_file_by_name.200.header.ETag: optional header added",
    ],
  },
  {
    change: "an answer is added and its status removed elsewhere",
    edits: [
      { set: [...download, "responses", "206"], to: { description: "A part." } },
      { remove: [...upload, "responses", "4XX"] },
    ],
    lines: [
      "breaking    b2_upload_file.4XX: answer removed",
      "compatible  b2_download_file_by_name.206: answer added",
    ],
  },
  {
    change: "an answer becomes JSON",
    edits: [
      {
        set: [...download, "responses", "200", "content"],
        to: { "application/json": { schema: { type: "object" } } },
      },
    ],
    lines: [
      "breaking    b2_download_file_by_name.200: content type */* removed",
      "compatible  b2_download_file_by_name.200: content type application/json added",
    ],
  },
  {
    change: "a structure contains itself",
    edits: [{ set: [...schemas, "FileVersion", "properties", "size"], to: { type: "integer" } }],
    lines: ["compatible  FileVersion.size in responses: optional field added (b2_upload_file)"],
  },
  {
    change: "what a webhook sends, which the client reads, loses a field",
    edits: [
      { remove: [...schemas, "EventNotification", "properties", "events"] },
      { remove: [...schemas, "EventNotification", "required"] },
    ],
    lines: ["breaking    EventNotification.events in responses: field removed (eventNotification)"],
  },
];

const vocabularyCases: Case[] = [
  {
    change: "a word is added to a vocabulary that is closed in requests and open in responses",
    edits: [{ set: [...schemas, "BucketType", "enum"], to: ["allPublic", "allPrivate", "shared"] }],
    lines: [
      'compatible  BucketType in requests: value "shared" added (b2_create_bucket)',
      'compatible  OpenBucketType in responses: value "shared" added to the open vocabulary (b2_create_bucket)',
    ],
  },
  {
    change: "a word is removed from a vocabulary that is closed in requests and open in responses",
    edits: [{ set: [...schemas, "BucketType", "enum"], to: ["allPrivate"] }],
    lines: [
      'breaking    BucketType in requests: value "allPublic" removed (b2_create_bucket)',
      'compatible  OpenBucketType in responses: value "allPublic" removed (b2_create_bucket)',
    ],
  },
  {
    change: "a word is added to a closed vocabulary of a response",
    edits: [
      { set: [...schemas, "FileVersion", "properties", "action", "enum"], to: ["upload", "hide", "copy"] },
    ],
    lines: ['breaking    FileVersion.action in responses: value "copy" added (b2_upload_file)'],
  },
  {
    change: "a vocabulary of a response opens",
    edits: [
      {
        set: [...schemas, "FileVersion", "properties", "action"],
        to: { "x-b2-open-vocabulary": true, anyOf: [{ enum: ["upload", "hide"] }, { type: "string" }] },
      },
    ],
    lines: ["breaking    FileVersion.action in responses: the vocabulary is open now (b2_upload_file)"],
  },
  {
    change: "a vocabulary becomes free text",
    edits: [
      { remove: [...schemas, "BucketType", "enum"] },
      { remove: [...schemas, "FileVersion", "properties", "action", "enum"] },
    ],
    lines: [
      "breaking    FileVersion.action in responses: takes any value now (b2_upload_file)",
      "compatible  BucketType in requests: takes any value now (b2_create_bucket)",
      "compatible  OpenBucketType in responses: takes any value now (b2_create_bucket)",
    ],
  },
  {
    change: "free text becomes a vocabulary",
    edits: [{ set: [...request, "properties", "bucketName", "enum"], to: ["photos-of-cats"] }],
    lines: [
      'breaking    CreateBucketRequest.bucketName in requests: takes only "photos-of-cats" now (b2_create_bucket)',
    ],
  },
];

const silentCases: Case[] = [
  {
    change: "texts and examples change",
    edits: [
      { set: [...createBucket, "description"], to: "Other words." },
      { set: [...ownBucket, "properties", "revision", "description"], to: "Other words." },
      { remove: [...createBucket, "requestBody", "content", "application/json", "examples"] },
    ],
    lines: [],
  },
  {
    change: "a structure moves into a component of its own",
    edits: [
      { set: [...schemas, "Words"], to: { type: "array", items: { type: "string" }, description: "Words." } },
      { set: [...ownBucket, "properties", "options"], to: { $ref: "#/components/schemas/Words" } },
    ],
    lines: [],
  },
];

function diffFixture(edits: Edit[]): string[] {
  return formatChanges(diffDescriptions(editFixture([]), editFixture(edits)));
}

describe.each([
  ["operations", operationCases],
  ["requests", requestCases],
  ["responses", responseCases],
  ["vocabularies", vocabularyCases],
  ["what clients do not see", silentCases],
])("%s", (_, cases) => {
  test.each(cases)("$change", ({ edits, lines }) => {
    expect(diffFixture(edits).slice(0, -1)).toEqual(lines);
  });
});

test("a closing line counts the changes", () => {
  const { edits } = requestCases.find(({ change }) => change.startsWith("limits")) ?? { edits: [] };
  expect(diffFixture(edits).at(-1)).toBe("3 changes: 2 breaking, 1 compatible.");
  expect(diffFixture([])).toEqual(["No changes for clients."]);
});

describe("the command", () => {
  test("compares two files and fails on a breaking change only if asked to", async () => {
    const folder = await mkdtemp(join(tmpdir(), "b2kit-spec-diff-"));
    try {
      const from = join(projectFolder, "test", "scripts", "fixture.yaml");
      const to = join(folder, "new.yaml");
      await writeFile(to, editText(await readFile(from, "utf8"), operationCases[0]?.edits ?? []));
      const [lenient, strict] = await Promise.all([
        runScript("spec-diff", ["--from", from, "--to", to]),
        runScript("spec-diff", ["--from", from, "--to", to, "--fail-on-breaking"]),
      ]);
      expect(lenient.code).toBe(0);
      expect(lenient.stdout).toContain(
        "breaking    b2_create_bucket: operation removed\n1 change: 1 breaking",
      );
      expect(strict.code).toBe(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("says in one line that a revision does not exist", async () => {
    const { code, stderr } = await runScript("spec-diff", ["no-such-revision"]);
    expect(code).toBe(1);
    expect(stderr).toContain("git has no no-such-revision:spec/b2-native-api.yaml");
  });
});
