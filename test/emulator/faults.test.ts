import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import type { Fault } from "../../src/emulator/index.ts";
import { type PlainClient, sha1Of, startForTest } from "./plain-client.ts";
import { exchange } from "./raw-http.ts";

const content = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
const hour = 60 * 60 * 1000;

/** How long a poll may take on a busy machine. */
const patiently = { timeout: 20_000 };

/** Starts an emulator with one file, an upload URL, and ways to make single requests. */
async function startWithFile(stored = content) {
  const b2 = await startForTest({ minimumPartSizeBytes: 1 });
  const { bucketId } = await b2.createBucket();
  await b2.upload(bucketId, "stored", stored);
  const target = await b2.call("b2_get_upload_url", { bucketId });
  const upload = (fileName: string, body: string | Uint8Array = content) =>
    exchange(target.uploadUrl, {
      headers: {
        Authorization: target.authorizationToken,
        "X-Bz-File-Name": fileName,
        "X-Bz-Content-Sha1": sha1Of(body),
        "Content-Type": "text/plain",
        "Content-Length": String(body.length),
      },
      body,
    });
  const download = (method = "GET") =>
    exchange(`${b2.emulator.url}/file/my-bucket/stored`, { method, headers: { Authorization: b2.token } });
  const list = () => exchangeJson(b2, "b2_list_file_names", { bucketId });
  return { b2, bucketId, upload, download, list, faults: b2.emulator.faults };
}

function exchangeJson(b2: PlainClient, operation: string, body: object) {
  return exchange(`${b2.emulator.url}/b2api/v4/${operation}`, {
    headers: { Authorization: b2.token },
    body: JSON.stringify(body),
  });
}

async function namesIn(b2: PlainClient, bucketId: string): Promise<string[]> {
  const { files } = await b2.call("b2_list_file_versions", { bucketId });
  return files.map(({ fileName }) => fileName);
}

test("a status with code, message and Retry-After is answered as it stands, and nothing is done", async () => {
  const { b2, bucketId, upload, list, faults } = await startWithFile();
  faults.add({ operation: "b2_upload_file", times: 1, status: 503, retryAfter: 7 });
  const refused = await upload("a").outcome;
  expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "7" } });
  expect(JSON.parse(refused.body.toString())).toMatchObject({ status: 503, code: "service_unavailable" });
  expect(await namesIn(b2, bucketId)).toEqual(["stored"]);
  const date = "Wed, 21 Oct 2026 07:28:00 GMT";
  const answer = { status: 429, code: "slow_down", message: "Slow down", retryAfter: date } as const;
  faults.add({ operation: "b2_list_file_names", ...answer });
  const slowed = await list().outcome;
  expect(slowed.headers["retry-after"]).toBe(date);
  expect(JSON.parse(slowed.body.toString())).toEqual({
    status: 429,
    code: "slow_down",
    message: "Slow down",
  });
});

test("a refused JSON call leaves its connection open, and a refused HEAD has no body", async () => {
  const { b2, download, faults } = await startWithFile();
  faults.add({ operation: "*", status: 500 });
  const { headers } = await b2.post("b2_list_buckets", { accountId: b2.emulator.accountId });
  expect(headers.get("connection")).toBe("keep-alive");
  expect(await download("HEAD").outcome).toMatchObject({
    status: 500,
    body: Buffer.alloc(0),
    error: undefined,
  });
});

test("a reset before the request is read stores nothing", async () => {
  const { b2, bucketId, upload, faults } = await startWithFile();
  const fault = faults.add({ operation: "b2_upload_file", times: 1, reset: "before" });
  const { status, error } = await upload("a").outcome;
  expect(status).toBeUndefined();
  expect(["ECONNRESET", "EPIPE"]).toContain(error);
  expect(fault.hits).toBe(1);
  expect(await namesIn(b2, bucketId)).toEqual(["stored"]);
});

test("a reset during the request happens in the middle of its body, and stores nothing", async () => {
  const { b2, bucketId, faults } = await startWithFile();
  const { uploadUrl, authorizationToken } = await b2.call("b2_get_upload_url", { bucketId });
  faults.add({ operation: "b2_upload_file", reset: "during" });
  const { hostname, port, pathname } = new URL(uploadUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  const failed = once(socket, "error").catch(([error]) => [error]);
  const arrived = b2.emulator.requests.next("b2_upload_file");
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: ${authorizationToken}\r\n`,
  );
  socket.write(`X-Bz-File-Name: a\r\nX-Bz-Content-Sha1: do_not_verify\r\nContent-Type: text/plain\r\n`);
  socket.write("Content-Length: 100\r\n\r\n");
  socket.write("x".repeat(49)); // not yet the middle
  await arrived;
  await b2.call("b2_list_buckets", { accountId: b2.emulator.accountId });
  expect(socket.destroyed).toBe(false);
  socket.write("xx");
  const [error] = await failed;
  expect(error.code).toBe("ECONNRESET");
  expect(await namesIn(b2, bucketId)).toEqual(["stored"]);
});

test("a reset after the request has stored everything, and answers nothing", async () => {
  const { b2, bucketId, upload, faults } = await startWithFile();
  faults.add({ operation: "b2_upload_file", reset: "after" });
  expect(await upload("a").outcome).toMatchObject({ status: undefined, error: "ECONNRESET" });
  expect(await namesIn(b2, bucketId)).toEqual(["a", "stored"]);
});

test.each(["before", "after"] as const)("a reset %s a download sends nothing of it", async (reset) => {
  const { download, faults } = await startWithFile();
  faults.add({ operation: "b2_download_file_by_name", reset });
  expect(await download().outcome).toMatchObject({ status: undefined, error: "ECONNRESET" });
});

test("a reset during a download comes in the middle of its content, and of none before the headers", async () => {
  const { download, faults } = await startWithFile();
  faults.add({ operation: "*", reset: "during" });
  const { status, body, error } = await download().outcome;
  expect([status, error]).toEqual([200, "ECONNRESET"]);
  expect(body.length).toBeLessThanOrEqual(500);
  expect(body).toEqual(content.subarray(0, body.length));
  expect(await download("HEAD").outcome).toMatchObject({ status: undefined, error: "ECONNRESET" });
});

test("refused connections are refused until the clock gets there, and calls under way are cut", async () => {
  const { b2, download, list, faults } = await startWithFile();
  faults.add({ operation: "b2_download_file_by_name", times: 1, stall: "request" });
  faults.add({ operation: "b2_list_file_names", times: 1, refuse: hour });
  const arrived = b2.emulator.requests.next("b2_download_file_by_name");
  const stalled = download().outcome;
  await arrived;
  expect(await list().outcome).toMatchObject({ status: undefined, error: "ECONNRESET" });
  expect(await stalled).toMatchObject({ status: undefined, error: "ECONNRESET" });
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(await download().outcome).toMatchObject({ error: "ECONNREFUSED" });
    b2.emulator.clock.advance(hour / 4);
  }
  b2.emulator.clock.advance(hour / 4);
  await expect.poll(async () => (await download().outcome).status, patiently).toBe(200);
});

test("a server that refuses connections can be closed", async () => {
  const { b2, list, faults } = await startWithFile();
  faults.add({ operation: "b2_list_file_names", refuse: hour });
  await list().outcome;
  b2.emulator.clock.advance(hour); // even at the moment when it would listen again
  await b2.emulator.close();
  expect(await list().outcome).toMatchObject({ error: "ECONNREFUSED" });
});

test("a truncated download ends after so many bytes", async () => {
  const { download, faults } = await startWithFile();
  faults.add({ operation: "b2_download_file_by_name", nth: 1, truncate: 300 });
  faults.add({ operation: "b2_download_file_by_name", nth: 2, truncate: 0 });
  for (const bytes of [300, 0]) {
    expect(await download().outcome).toMatchObject({
      status: 200,
      headers: { "content-length": "1000" },
      body: content.subarray(0, bytes),
      error: "ECONNRESET",
    });
  }
});

test("a download shorter than its truncation is whole", async () => {
  const { download, faults } = await startWithFile();
  faults.add({ operation: "b2_download_file_by_name", truncate: 1001 });
  expect(await download().outcome).toMatchObject({ status: 200, body: content, error: undefined });
});

test("a corrupted download has one wrong byte, though its headers are those of the right ones", async () => {
  const large = Buffer.alloc(3_000_000, "abc");
  const { download, faults } = await startWithFile(large);
  const fault = faults.add({ operation: "*", corrupt: 2_500_000 });
  const { status, headers, body } = await download().outcome;
  expect(status).toBe(200);
  expect(headers["x-bz-content-sha1"]).toBe(sha1Of(large));
  expect(body.equals(large)).toBe(false);
  body[2_500_000] = large[2_500_000] ?? 0;
  expect(body.equals(large)).toBe(true);
  fault.remove();
  expect((await download().outcome).body.equals(large)).toBe(true);
});

test("an overlong download has more bytes than Content-Length says", async () => {
  const { b2, faults } = await startWithFile();
  faults.add({ operation: "b2_download_file_by_name", overlong: 5 });
  const { hostname, port } = new URL(b2.emulator.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(`GET /file/my-bucket/stored HTTP/1.1\r\nHost: x\r\nAuthorization: ${b2.token}\r\n`);
  socket.write("Connection: close\r\n\r\n");
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  const [head = "", ...rest] = Buffer.concat(chunks).toString("latin1").split("\r\n\r\n");
  expect(head).toMatch(/Content-Length: 1000\r\n/);
  expect(rest.join("\r\n\r\n")).toBe(`${content.toString("latin1")}!!!!!`);
});

test("a stalled request gets no answer until the client leaves, and stores nothing", async () => {
  const { b2, bucketId, upload, faults } = await startWithFile();
  faults.add({ operation: "b2_upload_file", stall: "request" });
  const arrived = b2.emulator.requests.next("b2_upload_file");
  const stalled = upload("a");
  await arrived;
  expect(await namesIn(b2, bucketId)).toEqual(["stored"]);
  stalled.abort();
  expect(await stalled.outcome).toMatchObject({ status: undefined, error: "ECONNRESET" });
});

test.each([
  ["a download", (client: Awaited<ReturnType<typeof startWithFile>>) => client.download()],
  ["a JSON call", (client: Awaited<ReturnType<typeof startWithFile>>) => client.list()],
])("the stalled response of %s has headers and nothing more", async (_, act) => {
  const client = await startWithFile();
  client.faults.add({ operation: "*", nth: 1, stall: "response" });
  const stalled = act(client);
  const response = await stalled.headed;
  expect(response.statusCode).toBe(200);
  expect(Number(response.headers["content-length"])).toBeGreaterThan(0);
  await namesIn(client.b2, client.bucketId);
  stalled.abort();
  expect((await stalled.outcome).body).toEqual(Buffer.alloc(0));
});

test("close ends stalled requests, and waits that are under way", async () => {
  const { b2, upload, list, faults } = await startWithFile();
  faults.add({ operation: "b2_upload_file", stall: "request" });
  faults.add({ operation: "b2_list_file_names", delay: { millis: 24 * hour, when: "answer" } });
  const arrived = [
    b2.emulator.requests.next("b2_upload_file"),
    b2.emulator.requests.next("b2_list_file_names"),
  ];
  const outcomes = [upload("a").outcome, list().outcome];
  await Promise.all(arrived);
  await b2.emulator.close();
  for (const { error } of await Promise.all(outcomes)) expect(error).toBe("ECONNRESET");
});

test("too large a Content-Length ends in a connection that breaks off", async () => {
  const { download, faults } = await startWithFile();
  faults.add({ operation: "b2_download_file_by_name", wrongContentLength: 10 });
  expect(await download().outcome).toMatchObject({
    headers: { "content-length": "1010" },
    body: content,
    error: "ECONNRESET",
  });
});

test("too small a Content-Length hides the last bytes without any other sign", async () => {
  const { download, faults } = await startWithFile();
  faults.add({ operation: "b2_download_file_by_name", wrongContentLength: -10 });
  expect(await download().outcome).toMatchObject({
    status: 200,
    headers: { "content-length": "990" },
    body: content.subarray(0, 990),
    error: undefined,
  });
});

test("an upload that is answered with a wrong SHA-1 is stored with the right one", async () => {
  const { b2, bucketId, upload, faults } = await startWithFile();
  faults.add({ operation: "*", wrongSha1: true });
  const answer = JSON.parse((await upload("a").outcome).body.toString());
  expect(answer.contentSha1).toMatch(/^[0-9a-f]{40}$/);
  expect(answer.contentSha1).not.toBe(sha1Of(content));
  const { files } = await b2.call("b2_list_file_names", { bucketId });
  expect(files[0]).toMatchObject({ fileName: "a", contentSha1: sha1Of(content) });
});

test("a token that expires refuses the call that hit it and all later ones", async () => {
  const { b2, bucketId, upload, list, faults } = await startWithFile();
  faults.add({ operation: "b2_upload_file", times: 1, expireToken: true });
  for (const name of ["a", "b"]) {
    const { status, body } = await upload(name).outcome;
    expect(status).toBe(401);
    expect(JSON.parse(body.toString())).toMatchObject({ code: "expired_auth_token" });
  }
  expect(await namesIn(b2, bucketId)).toEqual(["stored"]);
  faults.add({ operation: "b2_list_file_names", times: 1, expireToken: true });
  expect((await list().outcome).status).toBe(401);
  expect((await list().outcome).status).toBe(401);
});

test.each(["body", "middle"] as const)(
  "an upload with a delay (%s) is stored when the clock gets there",
  async (when) => {
    const { b2, bucketId, upload, faults } = await startWithFile();
    faults.add({ operation: "b2_upload_file", delay: { millis: hour, when } });
    const arrived = b2.emulator.requests.next("b2_upload_file");
    const delayed = upload("a");
    await arrived;
    expect(await namesIn(b2, bucketId)).toEqual(["stored"]);
    b2.emulator.clock.advance(hour / 2);
    expect(await namesIn(b2, bucketId)).toEqual(["stored"]);
    b2.emulator.clock.advance(hour / 2);
    await moveUntil(b2, delayed.outcome);
    expect((await delayed.outcome).status).toBe(200);
  },
);

test("an answer with a delay comes after the call was performed", async () => {
  const { b2, bucketId, upload, faults } = await startWithFile();
  faults.add({ operation: "b2_upload_file", delay: { millis: hour, when: "answer" } });
  const delayed = upload("a");
  await expect.poll(() => namesIn(b2, bucketId), patiently).toEqual(["a", "stored"]);
  await moveUntil(b2, delayed.outcome);
  expect((await delayed.outcome).status).toBe(200);
});

test("a download with a delay in its middle sends the first half before it", async () => {
  const { b2, download, faults } = await startWithFile();
  faults.add({ operation: "b2_download_file_by_name", delay: { millis: hour, when: "middle" } });
  const delayed = download();
  await expect.poll(delayed.received, patiently).toEqual(content.subarray(0, 500));
  await moveUntil(b2, delayed.outcome);
  expect(await delayed.outcome).toMatchObject({ body: content, error: undefined });
});

/** Moves the clock by an hour again and again, in case the wait had not begun yet. */
async function moveUntil(b2: PlainClient, outcome: Promise<unknown>): Promise<void> {
  let isOver = false;
  void outcome.then(() => {
    isOver = true;
  });
  await expect
    .poll(() => {
      b2.emulator.clock.advance(hour);
      return isOver;
    }, patiently)
    .toBe(true);
}

/** Calls an operation eight times and tells which of the calls failed. */
async function failuresOf(fault: Fault, operations = ["b2_list_buckets"]): Promise<number[]> {
  const b2 = await startForTest({ faults: [fault] });
  const failed: number[] = [];
  for (let call = 1; call <= 8; call++) {
    for (const operation of operations) {
      const { status } = await b2.post(operation, { accountId: b2.emulator.accountId });
      if (status === 503) failed.push(call);
    }
  }
  return failed;
}

test.each([
  ["every call", {}, [1, 2, 3, 4, 5, 6, 7, 8]],
  ["the third call", { nth: 3 }, [3]],
  ["several calls", { nth: [2, 5] }, [2, 5]],
  ["every third call", { every: 3 }, [3, 6]],
  ["at most two calls", { times: 2 }, [1, 2]],
  ["every second call, but at most three", { every: 2, times: 3 }, [2, 4, 6]],
  ["no share", { share: 0 }, []],
  ["the whole share", { share: 1 }, [1, 2, 3, 4, 5, 6, 7, 8]],
])("a fault hits %s", async (_, target, expected) => {
  expect(await failuresOf({ operation: "b2_list_buckets", ...target, status: 503 })).toEqual(expected);
});

test("a share depends on its seed and on nothing else", async () => {
  const half = { operation: "b2_list_buckets", share: 0.5, status: 503 } as const;
  const failed = await failuresOf({ ...half, seed: 2 });
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.length).toBeLessThan(8);
  expect(await failuresOf({ ...half, seed: 2 })).toEqual(failed);
  expect(await failuresOf({ ...half, seed: 3 })).not.toEqual(failed);
});

test("calls of other operations do not count", async () => {
  const fault: Fault = { operation: "b2_list_buckets", nth: 2, status: 503 };
  expect(await failuresOf(fault, ["b2_list_buckets", "b2_make_coffee"])).toEqual([2]);
});

test("of several faults the first that wants a call has it; each counts by itself", async () => {
  const b2 = await startForTest();
  const { faults, accountId } = b2.emulator;
  const first = faults.add({ operation: "b2_list_buckets", nth: 2, status: 500 });
  const second = faults.add({ operation: "*", nth: [1, 2, 3], status: 503 });
  const statuses = [];
  for (let call = 0; call < 4; call++)
    statuses.push((await b2.post("b2_list_buckets", { accountId })).status);
  expect(statuses).toEqual([503, 500, 503, 200]);
  expect([first.calls, first.hits, second.calls, second.hits]).toEqual([4, 1, 4, 2]);
  expect(faults.list).toEqual([first, second]);
  first.remove();
  expect(faults.list).toEqual([second]);
});

test("requests and log name the fault that hit", async () => {
  const lines: string[] = [];
  const b2 = await startForTest({ log: (line) => lines.push(line) });
  b2.emulator.faults.add({ operation: "b2_list_buckets", status: 503 });
  await b2.post("b2_list_buckets", {});
  expect(b2.emulator.requests.list.at(-1)).toMatchObject({ fault: "status", status: 503 });
  await expect
    .poll(() => lines.at(-1), patiently)
    .toMatch(/^b2_list_buckets 503 service_unavailable \(fault: status\)/);
});

test.each<[unknown, string]>([
  [{}, "the fault needs the field operation"],
  [{ operation: "b2_make_coffee", status: 503 }, "operation must be one of *, b2_authorize_account"],
  [{ operation: "*" }, "it needs exactly one of status, delay, reset, refuse"],
  [{ operation: "*", status: 503, reset: "before" }, "it has status, reset"],
  [{ operation: "*", status: 200 }, "status must be >= 400"],
  [{ operation: "*", status: 503, nth: 0 }, "nth must be >= 1"],
  [{ operation: "*", status: 503, nth: 1, every: 2 }, "it may have only one of nth, every, share"],
  [{ operation: "*", status: 503, seed: 2 }, "seed needs share"],
  [{ operation: "*", reset: "late" }, "reset must be one of before, during, after"],
  [{ operation: "*", reset: "after", code: "x" }, "code needs status"],
  [{ operation: "*", delay: { millis: 1 } }, "delay needs the field when"],
  [{ operation: "*", delay: { millis: 1, when: "body", where: 1 } }, "delay has no field where"],
  [{ operation: "*", explode: true }, "the fault has no field explode"],
  [{ operation: "*", wrongContentLength: 0 }, "wrongContentLength must not be 0"],
  [{ operation: "b2_upload_file", truncate: 1 }, "truncate cannot happen to b2_upload_file"],
  [{ operation: "b2_list_keys", wrongSha1: true }, "wrongSha1 cannot happen to b2_list_keys"],
  [
    { operation: "b2_authorize_account", expireToken: true },
    "expireToken cannot happen to b2_authorize_account",
  ],
])("%j is refused as a fault: %s", async (fault, message) => {
  const b2 = await startForTest();
  expect(() => b2.emulator.faults.add(fault as Fault)).toThrow(message);
  const { status, body } = await exchange(`${b2.emulator.url}/emulator/faults`, {
    body: JSON.stringify(fault),
  }).outcome;
  expect(status).toBe(400);
  expect(JSON.parse(body.toString())).toMatchObject({
    code: "bad_request",
    message: expect.stringContaining(message),
  });
});
