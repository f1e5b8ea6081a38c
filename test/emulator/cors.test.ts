import { expect, test } from "vitest";
import { type PlainClient, sha1Of, startForTest } from "./plain-client.ts";

const rule = {
  corsRuleName: "my-pages",
  allowedOrigins: ["https://*.example.com"],
  allowedOperations: [
    "b2_download_file_by_name",
    "b2_download_file_by_id",
    "b2_upload_file",
    "b2_upload_part",
  ],
  allowedHeaders: ["authorization", "x-bz-*"],
  exposeHeaders: ["x-bz-content-sha1"],
  maxAgeSeconds: 3600,
};
const origin = "https://www.example.com";

async function start(corsRules: readonly object[] = [rule]) {
  const b2 = await startForTest();
  const { bucketId } = await b2.createBucket("my-bucket", { bucketType: "allPublic", corsRules });
  return { b2, bucketId };
}

const preflight = (url: string, method: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: "OPTIONS", headers: { origin, "access-control-request-method": method, ...headers } });

/** URLs of each operation that rules can allow, with its method. */
async function targetsOf(b2: PlainClient, bucketId: string): Promise<(readonly [string, string])[]> {
  const { fileId } = await b2.upload(bucketId, "a", "x");
  const { fileId: largeFileId } = await b2.uploadParts(bucketId, "large", []);
  return [
    ["GET", `${b2.emulator.url}/file/my-bucket/a`],
    ["HEAD", `${b2.emulator.url}/file/my-bucket/a`],
    ["GET", `${b2.emulator.url}/b2api/v4/b2_download_file_by_id?fileId=${fileId}`],
    ["POST", (await b2.call("b2_get_upload_url", { bucketId })).uploadUrl],
    ["POST", (await b2.call("b2_get_upload_part_url", { fileId: largeFileId })).uploadUrl],
  ];
}

test("a browser may ask for each operation of a rule, with its headers", async () => {
  const { b2, bucketId } = await start();
  for (const [method, url] of await targetsOf(b2, bucketId)) {
    const asked = { "access-control-request-headers": "Authorization, X-Bz-Content-Sha1" };
    const { status, headers } = await preflight(url, method, asked);
    expect(status).toBe(200);
    expect(headers.get("access-control-allow-origin")).toBe(origin);
    expect(headers.get("access-control-allow-methods")).toBe(method);
    expect(headers.get("access-control-allow-headers")).toBe("authorization, x-bz-content-sha1");
    expect(headers.get("access-control-max-age")).toBe("3600");
    expect(headers.get("vary")).toBe("Origin");
  }
});

test("without rules every question is answered no", async () => {
  const { b2, bucketId } = await start([]);
  for (const [method, url] of await targetsOf(b2, bucketId))
    expect((await preflight(url, method)).status).toBe(403);
});

test.each<[string, Record<string, string>]>([
  ["another origin", { origin: "https://www.example.org" }],
  ["another scheme", { origin: "http://www.example.com" }],
  ["another header", { "access-control-request-headers": "x-other" }],
])("%s is refused", async (_, headers) => {
  const { b2 } = await start();
  const response = await preflight(`${b2.emulator.url}/file/my-bucket/a`, "GET", headers);
  expect(response.status).toBe(403);
  expect(response.headers.has("access-control-allow-origin")).toBe(false);
});

test("an operation that no rule allows, and one that none can, are refused", async () => {
  const { b2, bucketId } = await start([{ ...rule, allowedOperations: ["b2_upload_file"] }]);
  expect((await preflight(`${b2.emulator.url}/file/my-bucket/a`, "GET")).status).toBe(403);
  expect((await preflight(`${b2.emulator.url}/b2api/v4/b2_list_buckets`, "POST")).status).toBe(403);
  const { uploadUrl } = await b2.call("b2_get_upload_url", { bucketId });
  expect((await preflight(uploadUrl, "POST")).status).toBe(200);
});

test.each([
  ["*", "http://localhost:3000", "*"],
  ["https", "https://any.example:8443", "https://any.example:8443"],
  ["http://localhost:*", "http://localhost:3000", "http://localhost:3000"],
  ["https://WWW.Example.com", origin, origin],
  ["https", "http://www.example.com", null],
  ["https://www.example.com:8443", origin, null],
])("the origin pattern %s answers %s with %s", async (pattern, from, expected) => {
  const { b2 } = await start([{ ...rule, allowedOrigins: [pattern] }]);
  const headers = { origin: from };
  const response = await preflight(`${b2.emulator.url}/file/my-bucket/a`, "GET", headers);
  expect(response.headers.get("access-control-allow-origin")).toBe(expected);
});

test("answers to pages of an allowed origin can be read there, refusals too; others get no such header", async () => {
  const { b2, bucketId } = await start();
  await b2.upload(bucketId, "a", "x");
  const allowed = await b2.download("my-bucket", "a", { headers: { origin } });
  expect(allowed.headers.get("access-control-allow-origin")).toBe(origin);
  expect(allowed.headers.get("access-control-expose-headers")).toBe("x-bz-content-sha1");
  const missing = await b2.download("my-bucket", "none", { headers: { origin } });
  expect([missing.status, missing.headers.get("access-control-allow-origin")]).toEqual([404, origin]);
  const other = await b2.download("my-bucket", "a", { headers: { origin: "https://example.org" } });
  expect([other.status, other.headers.has("access-control-allow-origin")]).toEqual([200, false]);
  const target = await b2.call("b2_get_upload_url", { bucketId });
  const upload = await fetch(target.uploadUrl, {
    method: "POST",
    headers: {
      origin,
      authorization: target.authorizationToken,
      "x-bz-file-name": "b",
      "x-bz-content-sha1": sha1Of("x"),
      "content-type": "text/plain",
    },
    body: "x",
  });
  expect([upload.status, upload.headers.get("access-control-allow-origin")]).toEqual([200, origin]);
});

test.each<[string, readonly object[]]>([
  ["two rules of one name", [rule, rule]],
  ["a short name", [{ ...rule, corsRuleName: "short" }]],
  ["no origin", [{ ...rule, allowedOrigins: [] }]],
  ["* beside another origin", [{ ...rule, allowedOrigins: ["*", origin] }]],
  ["two * in an origin", [{ ...rule, allowedOrigins: ["https://*.*.com"] }]],
  ["an origin with a path", [{ ...rule, allowedOrigins: [`${origin}/path`] }]],
  ["no operation", [{ ...rule, allowedOperations: [] }]],
  ["an unknown operation", [{ ...rule, allowedOperations: ["b2_list_buckets"] }]],
  ["* beside another header", [{ ...rule, allowedHeaders: ["*", "range"] }]],
  ["a * inside a header", [{ ...rule, allowedHeaders: ["x-*-info"] }]],
  ["a wildcard among the exposed headers", [{ ...rule, exposeHeaders: ["x-bz-*"] }]],
  ["an age of over a day", [{ ...rule, maxAgeSeconds: 86_401 }]],
  ["1,000 bytes", [{ ...rule, exposeHeaders: ["x".repeat(1000)] }]],
  [
    "101 rules",
    Array.from({ length: 101 }, (_, index) => ({ ...rule, corsRuleName: `rule-${100 + index}` })),
  ],
])("%s: a bad request", async (_, corsRules) => {
  const { b2, bucketId } = await start([]);
  const request = { accountId: b2.emulator.accountId, bucketId, corsRules };
  expect(await b2.fail("b2_update_bucket", request)).toMatchObject({ status: 400, code: "bad_request" });
});
