import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/index.ts";
import { PlainClient, startForTest } from "./plain-client.ts";

test("answers have the service's headers", async () => {
  const b2 = await startForTest();
  const { headers } = await b2.post("b2_list_buckets", { accountId: b2.emulator.accountId });
  expect(headers.get("content-type")).toBe("application/json;charset=UTF-8");
  expect(headers.get("cache-control")).toBe("max-age=0, no-cache, no-store");
  expect(Math.abs(Date.parse(headers.get("date") ?? "") - Date.now())).toBeLessThan(60_000);
});

test("behind a proxy that speaks TLS, answers name encrypted URLs", async () => {
  const { emulator } = await startForTest();
  const Authorization = `Basic ${btoa(`${emulator.applicationKeyId}:${emulator.applicationKey}`)}`;
  const urlFor = async (headers: Record<string, string>) => {
    const response = await fetch(`${emulator.url}/b2api/v4/b2_authorize_account`, { headers });
    return (await response.json()).apiInfo.storageApi.apiUrl;
  };
  expect(await urlFor({ Authorization })).toBe(emulator.url);
  expect(await urlFor({ Authorization, "X-Forwarded-Proto": "https" })).toBe(
    emulator.url.replace("http", "https"),
  );
});

test.each([
  ["GET", "/", 404, "not_found"],
  ["POST", "/b2api/v4/b2_make_coffee", 404, "not_found"],
  ["POST", "/b2api/v5/b2_list_buckets", 404, "not_found"],
  ["POST", "/b2api/v4/b2_head_file_by_name", 404, "not_found"],
  ["DELETE", "/b2api/v4/b2_list_buckets", 405, "method_not_allowed"],
  ["POST", "/file/my-bucket/a", 405, "method_not_allowed"],
])("%s %s answers %d %s", async (method, path, status, code) => {
  const { emulator } = await startForTest();
  const response = await fetch(emulator.url + path, { method });
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ status, code, message: expect.any(String) });
});

test("a request that is not JSON, and one that is no object, are refused", async () => {
  const b2 = await startForTest();
  const post = async (body: string) => {
    const headers = { authorization: b2.token };
    const response = await fetch(`${b2.emulator.url}/b2api/v4/b2_list_buckets`, {
      method: "POST",
      headers,
      body,
    });
    return response.json();
  };
  expect(await post("{")).toMatchObject({ status: 400, code: "bad_json" });
  expect(await post("[]")).toMatchObject({ status: 400, code: "bad_request" });
});

test("an error of the description names the field and what is wrong with it", async () => {
  const b2 = await startForTest();
  const { accountId } = b2.emulator;
  expect(await b2.fail("b2_list_buckets", {})).toMatchObject({
    message: "required field accountId is missing",
  });
  const wrongType = await b2.fail("b2_list_buckets", { accountId, bucketId: 7 });
  expect(wrongType.message).toMatch(/^bucketId must be string/);
});

test("an upload that is refused early can read why, even if it sends everything first", async () => {
  const { emulator } = await startForTest();
  const { hostname, port } = new URL(emulator.url);
  const socket = connect({ host: hostname, port: Number(port) });
  const length = 50_000_000;
  socket.write(`POST /b2api/v4/b2_upload_file/x/y HTTP/1.1\r\nHost: ${hostname}:${port}\r\n`);
  socket.write(`Authorization: invented\r\nContent-Length: ${length}\r\n\r\n`);
  const chunk = Buffer.alloc(1_000_000);
  for (let sent = 0; sent < length; sent += chunk.length) {
    if (!socket.write(chunk)) await once(socket, "drain");
  }
  let answer = "";
  for await (const text of socket.setEncoding("utf8")) answer += text;
  expect(answer).toMatch(/^HTTP\/1.1 401 /);
  expect(answer).toMatch(/Connection: close/);
  expect(answer).toMatch(/"code":"bad_auth_token"/);
});

test("a refused upload that waits for 100 Continue is not asked for its body", async () => {
  const { emulator } = await startForTest();
  const upload = request(`${emulator.url}/b2api/v4/b2_upload_file/x/y`, {
    method: "POST",
    headers: { Authorization: "invented", "Content-Length": "1000000", Expect: "100-continue" },
  });
  let wasAsked = false;
  upload.on("continue", () => {
    wasAsked = true;
  });
  upload.flushHeaders();
  const [response] = await once(upload, "response");
  expect(response.statusCode).toBe(401);
  expect(wasAsked).toBe(false);
  upload.on("error", () => {}).destroy();
});

test("requests are counted by operation and by transaction class", async () => {
  const b2 = await startForTest();
  const { requests } = b2.emulator;
  requests.clear();
  const { bucketId } = await b2.createBucket();
  await b2.upload(bucketId, "a");
  await b2.download("my-bucket", "a");
  await b2.download("my-bucket", "b");
  await fetch(`${b2.emulator.url}/nothing?secret=1`);
  expect(requests.byOperation).toEqual({
    b2_create_bucket: 1,
    b2_get_upload_url: 1,
    b2_upload_file: 1,
    b2_download_file_by_name: 2,
  });
  expect(requests.byTransactionClass).toEqual({ A: 2, B: 2, C: 1 });
  expect(requests.count("b2_upload_file")).toBe(1);
  expect(requests.total).toBe(6);
  expect(requests.list.slice(-3)).toMatchObject([
    { operation: "b2_download_file_by_name", method: "GET", path: "/file/my-bucket/a", status: 200 },
    { operation: "b2_download_file_by_name", status: 404, code: "not_found" },
    { method: "GET", path: "/nothing", status: 404 },
  ]);
});

test("each request is logged in one line", async () => {
  const lines: string[] = [];
  const b2 = await startForTest({ log: (line) => lines.push(line) });
  await b2.post("b2_list_buckets", {});
  await expect.poll(() => lines.length).toBe(2);
  expect(lines[0]).toMatch(/^b2_authorize_account 200 [\d.]+ ms$/);
  expect(lines[1]).toMatch(/^b2_list_buckets 400 bad_request [\d.]+ ms$/);
});

test("close ends kept-alive connections and removes the temporary folder", async () => {
  const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith("b2kit-emulator-"));
  const before = new Set(folders());
  const emulator = await startEmulator();
  const [folder = ""] = folders().filter((name) => !before.has(name));
  const agent = new Agent({ keepAlive: true });
  const [response] = await once(request(emulator.url, { agent }).end(), "response");
  await once(response.resume(), "end");
  await emulator.close();
  await emulator.close();
  expect(existsSync(`${tmpdir()}/${folder}`)).toBe(false);
  agent.destroy();
});

test("close cuts off a request that is under way", async () => {
  const b2 = await startForTest();
  const { bucketId } = await b2.createBucket();
  const target = await b2.call("b2_get_upload_url", { bucketId });
  const upload = request(target.uploadUrl, {
    method: "POST",
    headers: {
      Authorization: target.authorizationToken,
      "X-Bz-File-Name": "a",
      "X-Bz-Content-Sha1": "do_not_verify",
      "Content-Type": "text/plain",
      "Content-Length": "1000",
      Expect: "100-continue",
    },
  });
  const failed = once(upload, "error");
  upload.flushHeaders();
  await once(upload, "continue");
  await b2.emulator.close();
  const [error] = await failed.catch((reason) => [reason]);
  expect(error.code).toBe("ECONNRESET");
});

test("a port that is taken is an error", async () => {
  const { emulator } = await startForTest();
  await expect(startEmulator({ port: Number(new URL(emulator.url).port) })).rejects.toThrow("EADDRINUSE");
});

test("servers do not share anything", async () => {
  const first = await startForTest({ buckets: ["my-bucket"] });
  const second = await PlainClient.authorize((await startForTest()).emulator);
  expect(second.emulator.accountId).not.toBe(first.emulator.accountId);
  expect((await second.call("b2_list_buckets", { accountId: second.emulator.accountId })).buckets).toEqual(
    [],
  );
});
