import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectFolder } from "../../scripts/command.ts";
import { descriptionFile, loadDescription } from "../../scripts/description.ts";
import { lintDescription } from "../../scripts/spec-rules.ts";
import { runScript } from "./command.ts";
import { type Edit, editFixture, editText, type Path } from "./fixture.ts";

interface Case {
  rule: string;
  edits: Edit[];
  problems: string[];
}

const createBucket: Path = ["paths", "/b2api/v4/b2_create_bucket", "post"];
const upload: Path = ["paths", "/b2api/v4/b2_upload_file/{uploadUrl}", "post"];
const download: Path = ["paths", "/file/{bucketName}/{fileName}", "get"];
const schemas: Path = ["components", "schemas"];
const bucketExample: Path = [
  ...createBucket,
  "responses",
  "200",
  "content",
  "application/json",
  "examples",
  "usual",
];

const operationCases: Case[] = [
  ...["x-b2-base-url", "x-b2-transaction-class", "x-b2-retry"].flatMap((field) => [
    {
      rule: `an operation needs ${field}`,
      edits: [{ remove: [...createBucket, field] }],
      problems: [expect.stringMatching(new RegExp(`^${field} must be one of .*; it is missing$`))],
    },
    {
      rule: `${field} has fixed values`,
      edits: [{ set: [...createBucket, field], to: "other" }],
      problems: [expect.stringMatching(new RegExp(`^${field} must be one of .*; it is "other"$`))],
    },
  ]),
  {
    rule: "an operation needs x-b2-capabilities",
    edits: [{ remove: [...createBucket, "x-b2-capabilities"] }],
    problems: ["x-b2-capabilities is missing"],
  },
  {
    rule: "an operation needs x-b2-errors",
    edits: [{ remove: [...upload, "x-b2-errors"] }],
    problems: ["x-b2-errors must map statuses to lists of {code, meaning}"],
  },
  {
    rule: "an error code needs a meaning",
    edits: [{ set: [...upload, "x-b2-errors"], to: { "400": ["bad_request"] } }],
    problems: ["x-b2-errors must list {code, meaning} for status 400"],
  },
  {
    rule: "error codes belong to error statuses",
    edits: [{ set: [...upload, "x-b2-errors"], to: { "200": [] } }],
    problems: ['x-b2-errors has "200" where an error status belongs'],
  },
  {
    rule: "a capability condition has one of the known forms",
    edits: [
      {
        set: [...createBucket, "x-b2-capabilities", "conditional", 0, "when"],
        to: { header: "fileLockEnabled" },
      },
    ],
    problems: [expect.stringMatching(/^x-b2-capabilities: each entry of `conditional` must be/)],
  },
  {
    rule: "a time-out is a number of seconds",
    edits: [{ set: [...download, "x-b2-timeout-seconds"], to: "5 minutes" }],
    problems: ['x-b2-timeout-seconds must be a number of seconds; it is "5 minutes"'],
  },
  {
    rule: "security names a scheme that the client knows",
    edits: [{ set: [...createBucket, "security"], to: [{ cookie: [] }] }],
    problems: ["security must name applicationKey, accountToken or uploadToken, or hold {}"],
  },
  {
    rule: "operationId is the name in the path",
    edits: [{ set: [...createBucket, "operationId"], to: "b2_make_bucket" }],
    problems: ["operationId must be b2_create_bucket, as in the path"],
  },
  {
    rule: "operationId is unique",
    edits: [{ set: [...download, "operationId"], to: "b2_create_bucket" }],
    problems: ["operationId b2_create_bucket is taken"],
  },
  {
    rule: "an operation needs summary, description and tag",
    edits: [
      { remove: [...createBucket, "summary"] },
      { remove: [...createBucket, "description"] },
      { remove: [...createBucket, "tags"] },
    ],
    problems: ["summary is missing", "description is missing", "there must be exactly one tag"],
  },
  {
    rule: "a summary is short and a tag declared",
    edits: [
      { set: [...createBucket, "summary"], to: "x".repeat(61) },
      { set: [...createBucket, "tags"], to: ["Pails"] },
    ],
    problems: ["summary is longer than 60", "tag Pails is not declared"],
  },
];

const vocabularyCases: Case[] = [
  {
    rule: "error codes are in the schema ErrorCode",
    edits: [{ set: [...upload, "x-b2-errors"], to: { "400": [{ code: "bad_weather", meaning: "Rain." }] } }],
    problems: ["error code bad_weather is not in the schema ErrorCode"],
  },
  {
    rule: "standard error codes are in the schema ErrorCode",
    edits: [{ set: ["x-b2-standard-errors", "400", 1], to: { code: "bad_weather", meaning: "Rain." } }],
    problems: ["error code bad_weather is not in the schema ErrorCode"],
  },
  {
    rule: "every error code is answered by an operation",
    edits: [{ set: [...createBucket, "x-b2-errors"], to: {} }],
    problems: ["no operation answers too_many_buckets"],
  },
  {
    rule: "capabilities are in the schema Capability",
    edits: [
      { set: [...createBucket, "x-b2-capabilities", "required"], to: ["fillBuckets"] },
      { set: [...download, "x-b2-capabilities", "conditional", 0, "capability"], to: "drinkBuckets" },
    ],
    problems: ["fillBuckets is not in the schema Capability", "drinkBuckets is not in the schema Capability"],
  },
  {
    rule: "a capability depends on a field that the request has",
    edits: [
      { set: [...createBucket, "x-b2-capabilities", "conditional", 0, "when"], to: { field: "fileLock" } },
    ],
    problems: ["the request has no field fileLock"],
  },
  {
    rule: "requests take closed vocabularies",
    edits: [
      {
        set: [...schemas, "CreateBucketRequest", "properties", "bucketType"],
        to: { $ref: "#/components/schemas/OpenBucketType" },
      },
    ],
    problems: ["the request uses the open vocabulary OpenBucketType; requests take closed ones"],
  },
  {
    rule: "answers take open vocabularies",
    edits: [
      {
        set: [...schemas, "Authorization", "properties", "capabilities", "items"],
        to: { $ref: "#/components/schemas/Capability" },
      },
      { remove: [...createBucket, "responses", "4XX"] },
    ],
    problems: [
      "the example is refused: /capabilities/1 must be equal to one of the allowed values (listBuckets, readFiles, writeBucketRetentions, writeBuckets, writeFiles)",
      "an answer uses the closed vocabulary Capability; answers take OpenCapability",
    ],
  },
];

const documentationCases: Case[] = [
  {
    rule: "extension fields are spelled right",
    edits: [{ set: [...schemas, "BucketName", "x-b2-open-vocabulry"], to: true }],
    problems: ["unknown extension field x-b2-open-vocabulry"],
  },
  {
    rule: "properties, parameters, headers and components have a description",
    edits: [
      { remove: [...schemas, "BucketName", "properties", "bucketId", "description"] },
      { remove: [...schemas, "BucketName", "description"] },
      { remove: [...upload, "parameters", 0, "description"] },
      { remove: ["components", "headers", "ContentLength", "description"] },
    ],
    problems: Array(4).fill("description is missing"),
  },
  {
    rule: "a property in the items of a list has a description",
    edits: [
      {
        remove: [
          ...schemas,
          "EventNotification",
          "properties",
          "events",
          "items",
          "properties",
          "eventType",
          "description",
        ],
      },
    ],
    problems: ["description is missing"],
  },
  {
    rule: "bodies, parameters and headers have an example",
    edits: [
      { remove: [...createBucket, "requestBody", "content", "application/json", "examples"] },
      { remove: bucketExample },
      { remove: [...upload, "parameters", 0, "example"] },
      { remove: ["components", "headers", "ContentLength", "example"] },
    ],
    problems: Array(4).fill("an example is missing"),
  },
  {
    rule: "an example of a body matches its schema",
    edits: [
      { set: [...bucketExample, "value", "revision"], to: "two" },
      { remove: [...bucketExample, "value", "bucketId"] },
    ],
    problems: [
      "the example is refused: the value must have required property 'bucketId'",
      "the example is refused: /revision must be integer",
    ],
  },
  {
    rule: "an example of a parameter matches its schema",
    edits: [
      { set: [...upload, "parameters", 0, "example"], to: "no URL" },
      { set: [...upload, "parameters", 2, "example"], to: "é".repeat(513) },
      { set: [...upload, "parameters", 4, "example"], to: { colour: 1 } },
    ],
    problems: [
      'the example is refused: the value must match format "uri"',
      'the example is refused: the value must pass "x-b2-max-bytes" keyword validation',
      "the example is refused: /colour must be string",
    ],
  },
  {
    rule: "an example of a header and a default match their schemas",
    edits: [
      { set: ["components", "headers", "ContentLength", "example"], to: "4" },
      { set: [...schemas, "CreateBucketRequest", "properties", "fileLockEnabled", "default"], to: "no" },
    ],
    problems: [
      "the example is refused: the value must be integer",
      "the example is refused: the value must be boolean",
    ],
  },
  {
    rule: "a header prefix is the name up to the star",
    edits: [{ remove: [...upload, "parameters", 4, "x-b2-header-prefix"] }],
    problems: ["a header name that ends with * and x-b2-header-prefix need each other"],
  },
  {
    rule: "there is one header prefix",
    edits: [
      {
        set: [...download, "responses", "200", "headers", "X-Bz-Info-*", "x-b2-header-prefix"],
        to: "X-Bz-More-",
      },
    ],
    problems: [
      "x-b2-header-prefix is X-Bz-More-, but the name is X-Bz-Info-*",
      "x-b2-header-prefix means X-Bz-More- here and X-Bz-Info- elsewhere",
    ],
  },
];

function lintMessages(edits: Edit[]): string[] {
  return lintDescription(editFixture(edits)).map(({ message }) => message);
}

test("the description of the service has no problems", async () => {
  expect(lintDescription(await loadDescription(descriptionFile))).toEqual([]);
});

test("the fixture has no problems", () => {
  expect(lintMessages([])).toEqual([]);
});

describe.each([
  ["operations", operationCases],
  ["vocabularies", vocabularyCases],
  ["documentation", documentationCases],
])("%s", (_, cases) => {
  test.each(cases)("$rule", ({ edits, problems }) => {
    expect(lintMessages(edits).sort()).toEqual([...problems].sort());
  });
});

describe("the command", () => {
  test("names line and place of each problem, counts them and fails", async () => {
    const folder = await mkdtemp(join(tmpdir(), "b2kit-spec-lint-"));
    try {
      const file = join(folder, "wrong.yaml");
      const text = await readFile(join(projectFolder, "test", "scripts", "fixture.yaml"), "utf8");
      const wrong = editText(text, [{ set: [...createBucket, "x-b2-retry"], to: "sometimes" }]);
      await writeFile(file, wrong);
      const { code, stdout } = await runScript("spec-lint", [file]);
      const [problem, count] = stdout.trim().split("\n");
      expect(code).toBe(1);
      expect(problem).toMatch(
        /wrong\.yaml:\d+ paths › \/b2api\/v4\/b2_create_bucket › post: x-b2-retry must be/,
      );
      expect(count).toBe("1 problem");
      const line = Number(/:(\d+) /.exec(problem ?? "")?.[1]);
      expect(wrong.split("\n")[line - 1]).toContain("operationId: b2_create_bucket");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("succeeds on a description without problems", async () => {
    const { code, stdout } = await runScript("spec-lint", ["test/scripts/fixture.yaml"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "0 problems\n" });
  });
});
