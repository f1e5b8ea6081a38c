import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { send, sha1Of, startForTest } from "./plain-client.ts";
import { slowUpload } from "./slow-upload.ts";

async function startWithUploadUrl() {
  const b2 = await startForTest();
  const { bucketId } = await b2.createBucket();
  const target = await b2.call("b2_get_upload_url", { bucketId });
  return { b2, bucketId, target };
}

const named = (fileName: string) => ({ "X-Bz-File-Name": fileName, "Content-Type": "text/plain" });

test("an uploaded file comes back byte for byte", async () => {
  const { b2, target } = await startWithUploadUrl();
  const content = randomBytes(3_000_000);
  const { body } = await send(target, content, named("folder/file.bin"));
  expect(body).toMatchObject({
    action: "upload",
    fileName: "folder/file.bin",
    contentSha1: sha1Of(content),
    contentLength: 3_000_000,
  });
  const response = await b2.download("my-bucket", "folder/file.bin");
  expect(sha1Of(new Uint8Array(await response.arrayBuffer()))).toBe(sha1Of(content));
  expect(response.headers.get("x-bz-content-sha1")).toBe(sha1Of(content));
});

test("an empty file is a file", async () => {
  const { b2, target } = await startWithUploadUrl();
  await send(target, "", named("empty"));
  const response = await b2.download("my-bucket", "empty");
  expect(await response.text()).toBe("");
  expect(response.headers.get("content-length")).toBe("0");
});

test("a wrong SHA-1 is refused, and nothing is stored", async () => {
  const { b2, bucketId, target } = await startWithUploadUrl();
  const answer = await send(target, "abc", { ...named("a"), "X-Bz-Content-Sha1": sha1Of("abd") });
  expect(answer.body).toEqual({
    status: 400,
    code: "bad_request",
    message: "Sha1 did not match data received",
  });
  expect((await b2.call("b2_list_file_versions", { bucketId })).files).toEqual([]);
});

test("a SHA-1 at the end is checked and not stored", async () => {
  const { b2, target } = await startWithUploadUrl();
  const headers = { ...named("a"), "X-Bz-Content-Sha1": "hex_digits_at_end" };
  const good = await send(target, `abc${sha1Of("abc")}`, headers);
  expect(good.body).toMatchObject({ contentLength: 3, contentSha1: sha1Of("abc") });
  expect(await (await b2.download("my-bucket", "a")).text()).toBe("abc");
  expect((await send(target, `abc${sha1Of("abd")}`, headers)).status).toBe(400);
  expect((await send(target, "too short", headers)).status).toBe(400);
});

test("an unverified SHA-1 says so", async () => {
  const { b2, target } = await startWithUploadUrl();
  const { body } = await send(target, "abc", { ...named("a"), "X-Bz-Content-Sha1": "do_not_verify" });
  expect(body).toMatchObject({ contentSha1: `unverified:${sha1Of("abc")}` });
  const response = await b2.download("my-bucket", "a");
  expect(response.headers.get("x-bz-content-sha1")).toBe(`unverified:${sha1Of("abc")}`);
});

test.each([
  ["no SHA-1 form", { "X-Bz-Content-Sha1": "sha1" }],
  ["a control character in the name", { "X-Bz-File-Name": "a%0Ab" }],
  ["a name of 1,025 bytes", { "X-Bz-File-Name": "a".repeat(1025) }],
  ["a name that is not UTF-8", { "X-Bz-File-Name": "%ff" }],
  ["no content type", { "Content-Type": "" }],
  ["an unknown b2- info", { "X-Bz-Info-b2-nothing": "1" }],
  ["too much info", { "X-Bz-Info-a": "x".repeat(7000) }],
  ["a forbidden header", { "Content-Disposition": "inline" }],
])("an upload with %s is refused as bad request", async (_, headers) => {
  const { target } = await startWithUploadUrl();
  const answer = await send(target, "abc", { ...named("a"), ...headers });
  expect(answer).toMatchObject({ status: 400, body: { code: "bad_request" } });
});

test("an upload without a length is refused", async () => {
  const { target } = await startWithUploadUrl();
  const headers = {
    ...named("a"),
    Authorization: target.authorizationToken,
    "X-Bz-Content-Sha1": sha1Of("abc"),
  };
  const body = new Blob(["abc"]).stream();
  const chunked: RequestInit & { duplex: "half" } = { method: "POST", headers, body, duplex: "half" };
  expect(await (await fetch(target.uploadUrl, chunked)).json()).toMatchObject({
    status: 400,
    code: "bad_request",
  });
});

test("names and info values are decoded, info keys are in lower case", async () => {
  const { b2, bucketId } = await startWithUploadUrl();
  const version = await b2.upload(bucketId, "", "x", {
    "X-Bz-File-Name": "a+b%2Bc/%C3%A9",
    "X-Bz-Info-Author": "%E2%82%AC+1%2B1",
  });
  expect(version).toMatchObject({ fileName: "a b+c/é", fileInfo: { author: "€ 1+1" } });
});

test("b2/x-auto picks the content type by the ending", async () => {
  const { b2, bucketId } = await startWithUploadUrl();
  expect(await b2.upload(bucketId, "a.JPG")).toMatchObject({ contentType: "image/jpeg" });
  expect(await b2.upload(bucketId, "a.unheard-of")).toMatchObject({
    contentType: "application/octet-stream",
  });
});

test("an upload token belongs to one URL", async () => {
  const { b2, bucketId, target } = await startWithUploadUrl();
  const other = await b2.call("b2_get_upload_url", { bucketId });
  const answer = await send({ ...target, authorizationToken: other.authorizationToken }, "abc", named("a"));
  expect(answer).toMatchObject({ status: 401, body: { code: "bad_auth_token" } });
});

test("an account token does not upload, and an upload token does nothing else", async () => {
  const { b2, target } = await startWithUploadUrl();
  const answer = await send({ ...target, authorizationToken: b2.token }, "abc", named("a"));
  expect(answer).toMatchObject({ status: 401, body: { code: "bad_auth_token" } });
  const { accountId } = b2.emulator;
  expect(await b2.fail("b2_list_buckets", { accountId }, target.authorizationToken)).toMatchObject({
    code: "bad_auth_token",
  });
});

test("an upload token serves one upload at a time, and the next after it", async () => {
  const { target } = await startWithUploadUrl();
  const headers = {
    ...named("a"),
    Authorization: target.authorizationToken,
    "X-Bz-Content-Sha1": sha1Of("abc"),
  };
  const slow = slowUpload(target.uploadUrl, headers);
  await slow.underWay;
  expect(await send(target, "abc", named("b"))).toMatchObject({
    status: 400,
    body: { code: "auth_token_limit" },
  });
  slow.finish();
  expect(await slow.status).toBe(200);
  expect((await send(target, "abc", named("c"))).status).toBe(200);
});

test("an upload token expires after a day", async () => {
  const { b2, target } = await startWithUploadUrl();
  b2.emulator.clock.advance(24 * 60 * 60 * 1000);
  expect(await send(target, "abc", named("a"))).toMatchObject({
    status: 401,
    body: { code: "expired_auth_token" },
  });
});

test("an upload that breaks off stores nothing and frees its token", async () => {
  const { b2, bucketId, target } = await startWithUploadUrl();
  const headers = {
    ...named("a"),
    Authorization: target.authorizationToken,
    "X-Bz-Content-Sha1": sha1Of("abc"),
  };
  const slow = slowUpload(target.uploadUrl, headers);
  await slow.underWay;
  slow.abort();
  await expect.poll(async () => (await send(target, "abc", named("b"))).status).toBe(200);
  const { files } = await b2.call("b2_list_file_versions", { bucketId });
  expect(files.map(({ fileName }) => fileName)).toEqual(["b"]);
});
