import { expect, test } from "vitest";
import type { AnswerOf } from "../../src/emulator/wire.ts";
import { authorize, type PlainClient, send, startForTest } from "./plain-client.ts";

const failUploads = { "X-Bz-Test-Mode": "fail_some_uploads" };
const capExceeded = { "X-Bz-Test-Mode": "force_cap_exceeded" };
const named = { "X-Bz-File-Name": "a", "Content-Type": "text/plain" };

async function start() {
  const b2 = await startForTest({ minimumPartSizeBytes: 1 });
  const { bucketId } = await b2.createBucket();
  return { b2, bucketId };
}

/** Makes a call with headers of its own. */
async function callWith(b2: PlainClient, operation: string, body: object, headers: object) {
  const response = await fetch(`${b2.emulator.url}/b2api/v4/${operation}`, {
    method: "POST",
    headers: { authorization: b2.token, ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

test("fail_some_uploads fails each third upload, and nothing else", async () => {
  const { b2, bucketId } = await start();
  const statuses: number[] = [];
  for (let round = 0; round < 6; round++) {
    const { status, body } = await callWith(b2, "b2_get_upload_url", { bucketId }, failUploads);
    expect(status).toBe(200);
    statuses.push(
      (await send(body as AnswerOf<"b2_get_upload_url">, "x", { ...named, ...failUploads })).status,
    );
  }
  expect(statuses).toEqual([200, 200, 503, 200, 200, 503]);
  expect((await b2.call("b2_list_file_versions", { bucketId })).files).toHaveLength(4);
  for (let round = 0; round < 6; round++) await b2.upload(bucketId, "without the header");
});

test("an upload URL that failed an upload of fail_some_uploads is dead", async () => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.call("b2_start_large_file", {
    bucketId,
    fileName: "a",
    contentType: "text/plain",
  });
  const target = await b2.call("b2_get_upload_part_url", { fileId });
  const part = { "X-Bz-Part-Number": "1" };
  const codes: unknown[] = [];
  for (let round = 0; round < 4; round++) {
    const { status, body } = await send(target, "x", { ...part, ...failUploads });
    codes.push(status === 200 ? 200 : (body as { code: string }).code);
  }
  expect(codes).toEqual([200, 200, "service_unavailable", "expired_auth_token"]);
});

test("expire_some_account_authorization_tokens makes every other token good for three calls", async () => {
  const { b2 } = await start();
  const { accountId, applicationKeyId, applicationKey, url } = b2.emulator;
  const tokenByMode = async () => {
    const pair = Buffer.from(`${applicationKeyId}:${applicationKey}`).toString("base64");
    const headers = {
      authorization: `Basic ${pair}`,
      "X-Bz-Test-Mode": "expire_some_account_authorization_tokens",
    };
    const response = await fetch(`${url}/b2api/v4/b2_authorize_account`, { headers });
    return ((await response.json()) as AnswerOf<"b2_authorize_account">).authorizationToken;
  };
  const callsUntilExpired = async (token: string) => {
    for (let calls = 0; calls < 10; calls++) {
      const { status, body } = await b2.post("b2_list_buckets", { accountId }, token);
      if (status !== 200) return [calls, (body as { code: string }).code];
    }
    return "more";
  };
  const short = [3, "expired_auth_token"];
  expect(await callsUntilExpired(await tokenByMode())).toEqual(short);
  expect(await callsUntilExpired(await tokenByMode())).toBe("more");
  expect(await callsUntilExpired(await tokenByMode())).toEqual(short);
  const { body } = await authorize(b2.emulator, applicationKeyId, applicationKey);
  expect(await callsUntilExpired((body as AnswerOf<"b2_authorize_account">).authorizationToken)).toBe("more");
});

test("force_cap_exceeded ends calls that store bytes, and no others", async () => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.upload(bucketId, "a", "x");
  const large = await b2.uploadParts(bucketId, "large", ["x"]);
  const capped = { status: 403, body: { status: 403, code: "storage_cap_exceeded" } };
  const file = { bucketId, fileName: "b", contentType: "text/plain" };
  for (const [operation, body] of [
    ["b2_get_upload_url", { bucketId }],
    ["b2_start_large_file", file],
    ["b2_get_upload_part_url", { fileId: large.fileId }],
    ["b2_copy_file", { sourceFileId: fileId, fileName: "b" }],
    ["b2_copy_part", { sourceFileId: fileId, largeFileId: large.fileId, partNumber: 2 }],
  ] as const) {
    expect(await callWith(b2, operation, body, capExceeded)).toMatchObject(capped);
  }
  const target = await b2.call("b2_get_upload_url", { bucketId });
  expect(await send(target, "x", { ...named, ...capExceeded })).toMatchObject(capped);
  expect((await send(target, "x", named)).status).toBe(200);
  expect((await callWith(b2, "b2_list_file_names", { bucketId }, capExceeded)).status).toBe(200);
});

test("an upload with an unknown mode is refused", async () => {
  const { b2, bucketId } = await start();
  const target = await b2.call("b2_get_upload_url", { bucketId });
  expect(await send(target, "x", { ...named, "X-Bz-Test-Mode": "fail_all" })).toMatchObject({
    status: 400,
    body: { code: "bad_request" },
  });
});
