import { expect, test } from "vitest";
import { Clock } from "../../src/emulator/index.ts";
import { startForTest } from "./plain-client.ts";

const path = "/file/my-bucket/shared/a";

async function start() {
  const b2 = await startForTest({ clock: new Clock(() => 1_800_000_000_000) });
  const { bucketId } = await b2.createBucket("my-bucket");
  await b2.upload(bucketId, "shared/a", "content", { "X-Bz-Info-note": "n".repeat(1500) });
  const request = { bucketId, fileNamePrefix: "shared/", validDurationInSeconds: 60 };
  return { b2, bucketId, request };
}

type Started = Awaited<ReturnType<typeof start>>;

async function tokenFor({ b2, request }: Started, extra: object = {}): Promise<string> {
  const answer = await b2.call("b2_get_download_authorization", { ...request, ...extra });
  return answer.authorizationToken;
}

/** Downloads by link: everything in the query. */
async function follow({ b2 }: Started, query: Record<string, string>, place = path): Promise<Response> {
  return fetch(`${b2.emulator.url}${place}?${new URLSearchParams(query)}`);
}

const refused = { status: 401, code: "unauthorized" };

test("a download authorization goes into the header or into the link", async () => {
  const started = await start();
  const token = await tokenFor(started);
  expect(await (await follow(started, { Authorization: token })).text()).toBe("content");
  const headers = { authorization: token };
  expect((await fetch(started.b2.emulator.url + path, { headers })).status).toBe(200);
  expect((await fetch(started.b2.emulator.url + path, { headers, method: "HEAD" })).status).toBe(200);
});

test("a download must repeat all values that its authorization was made with", async () => {
  const started = await start();
  const values = {
    b2ContentDisposition: 'attachment; filename="a b.txt"',
    b2ContentLanguage: "de, en-GB",
    b2Expires: "Thu, 01 Dec 1994 16:00:00 GMT",
    b2CacheControl: "max-age=60, private",
    b2ContentEncoding: "gzip",
    b2ContentType: "text/html; charset=utf-8",
  };
  const token = await tokenFor(started, values);
  const response = await started.b2.download("my-bucket", "shared/a", {
    method: "HEAD",
    headers: { authorization: token },
  });
  expect(response.status).toBe(401);
  const head = await fetch(
    `${started.b2.emulator.url}${path}?${new URLSearchParams({ Authorization: token, ...values })}`,
    { method: "HEAD" },
  );
  expect(Object.fromEntries(head.headers)).toMatchObject({
    "content-disposition": values.b2ContentDisposition,
    "content-language": values.b2ContentLanguage,
    expires: values.b2Expires,
    "cache-control": values.b2CacheControl,
    "content-encoding": values.b2ContentEncoding,
    "content-type": values.b2ContentType,
  });
  for (const name of Object.keys(values)) {
    const others = Object.entries(values).filter(([other]) => other !== name);
    const link = await follow(started, { Authorization: token, ...Object.fromEntries(others) });
    expect(await link.json()).toMatchObject(refused);
  }
});

test("a download authorization is for one bucket, one prefix, and downloads by name", async () => {
  const started = await start();
  const { b2 } = started;
  const token = await tokenFor(started);
  const { bucketId: otherId } = await b2.createBucket("other-bucket");
  const other = await b2.upload(otherId, "shared/a");
  expect(
    await (await follow(started, { Authorization: token }, "/file/other-bucket/shared/a")).json(),
  ).toMatchObject(refused);
  const byId = "/b2api/v4/b2_download_file_by_id";
  const { files } = await b2.call("b2_list_file_names", { bucketId: started.bucketId });
  for (const fileId of [other.fileId, files[0]?.fileId]) {
    const link = await follow(started, { Authorization: token, fileId: String(fileId) }, byId);
    expect(await link.json()).toMatchObject(refused);
  }
});

test("a download authorization ends at its time", async () => {
  const started = await start();
  const token = await tokenFor(started, { validDurationInSeconds: 604_800 });
  const { clock } = started.b2.emulator;
  clock.advance(604_800_000 - 1);
  expect((await follow(started, { Authorization: token })).status).toBe(200);
  clock.advance(1);
  expect(await (await follow(started, { Authorization: token })).json()).toMatchObject({
    code: "expired_auth_token",
  });
});

test("a download authorization ends with the key that made it", async () => {
  const { b2, ...others } = await start();
  const capabilities = ["shareFiles"];
  const { key, client } = await b2.withKey({ capabilities, validDurationInSeconds: 30 });
  const started = { ...others, b2: client };
  const token = await tokenFor(started);
  expect((await follow(started, { Authorization: token })).status).toBe(200);
  b2.emulator.clock.advance(30_000);
  expect((await follow(started, { Authorization: token })).status).toBe(401);
  const second = await b2.withKey({ capabilities });
  const other = await tokenFor({ ...others, b2: second.client });
  await b2.call("b2_delete_key", { applicationKeyId: second.key.applicationKeyId });
  expect((await follow(started, { Authorization: other })).status).toBe(401);
  expect(key.expirationTimestamp).toBe(b2.emulator.clock.now());
});

test("a key shares only names that it may use itself", async () => {
  const { b2, request } = await start();
  const { client } = await b2.withKey({ capabilities: ["shareFiles"], namePrefix: "shared/" });
  await client.call("b2_get_download_authorization", { ...request, fileNamePrefix: "shared/a" });
  for (const fileNamePrefix of ["", "share", "other/"]) {
    const wide = { ...request, fileNamePrefix };
    expect(await client.fail("b2_get_download_authorization", wide)).toMatchObject(refused);
  }
});

test.each([
  ["no time", { validDurationInSeconds: 0 }],
  ["more than a week", { validDurationInSeconds: 604_801 }],
  ["a prefix longer than a name", { fileNamePrefix: "é".repeat(513) }],
  ["an unknown bucket", { bucketId: "0".repeat(24) }],
  ["an extended file name", { b2ContentDisposition: "attachment; filename*=UTF-8''a.txt" }],
  ["a disposition that is none", { b2ContentDisposition: "attachment; filename=a b" }],
  ["a header beyond its line", { b2CacheControl: "private\r\nX-Other: 1" }],
  ["a date that is none", { b2Expires: "tomorrow" }],
  ["a content type without a subtype", { b2ContentType: "text" }],
])("a download authorization with %s is a bad request", async (_, wrong) => {
  const { b2, request } = await start();
  expect(await b2.fail("b2_get_download_authorization", { ...request, ...wrong })).toMatchObject({
    status: 400,
    code: "bad_request",
  });
});

test.each([
  ["b2ContentDisposition", "inline; filename*=UTF-8''%e2%82%ac.txt", 200],
  ["b2ContentDisposition", "inline; filename*=iso-8859-1''a.txt", 400],
  ["b2ContentDisposition", "inline; filename*=UTF-8'en'a.txt", 400],
  ["b2ContentDisposition", "inline; filename*0=a", 400],
  ["b2ContentDisposition", "", 400],
  ["b2ContentLanguage", "not a language", 400],
  ["b2Expires", "Sunday, 06-Nov-94 08:49:37 GMT", 200],
  ["b2Expires", "Sun Nov  6 08:49:37 1994", 200],
  ["b2Expires", "0", 400],
  ["b2ContentType", "text/plain\u0007", 400],
  ["b2ContentEncoding", "gzip, br", 200],
  ["b2ContentEncoding", "é", 400],
])("a download with %s: %s answers %d", async (name, value, status) => {
  const started = await start();
  const answer = await follow(started, { Authorization: started.b2.token, [name]: value });
  expect(answer.status).toBe(status);
});

test("replaced headers and file info share 7,000 bytes, and 2,048 for encrypted files", async () => {
  const started = await start();
  const { b2, bucketId } = started;
  const withLength = (length: number, place = path) =>
    follow(started, { Authorization: b2.token, b2ContentType: `a/${"b".repeat(length)}` }, place);
  expect((await withLength(5000)).status).toBe(200);
  expect(await (await withLength(5600)).json()).toMatchObject({ status: 400, code: "bad_request" });
  await b2.upload(bucketId, "secret", "x", {
    "X-Bz-Info-note": "n".repeat(1500),
    "X-Bz-Server-Side-Encryption": "AES256",
  });
  expect((await withLength(400, "/file/my-bucket/secret")).status).toBe(200);
  expect((await withLength(600, "/file/my-bucket/secret")).status).toBe(400);
});

test("replacing headers needs a token in a public bucket too, of any key", async () => {
  const started = await start();
  const { b2, bucketId } = started;
  await b2.call("b2_update_bucket", { accountId: b2.emulator.accountId, bucketId, bucketType: "allPublic" });
  const { client } = await b2.withKey({ capabilities: ["listBuckets"] });
  const query = { b2ContentType: "image/png" };
  expect((await follow(started, query)).status).toBe(401);
  expect((await follow(started, { ...query, Authorization: client.token })).status).toBe(200);
});

test("a POST replaces headers by its JSON fields", async () => {
  const { b2, bucketId } = await start();
  const { files } = await b2.call("b2_list_file_names", { bucketId });
  const response = await fetch(`${b2.emulator.url}/b2api/v4/b2_download_file_by_id`, {
    method: "POST",
    headers: { authorization: b2.token },
    body: JSON.stringify({ fileId: files[0]?.fileId, b2ContentType: "image/png" }),
  });
  expect(response.headers.get("content-type")).toBe("image/png");
});

test.each([
  ["b2-content-disposition", "attachment; filename=a b"],
  ["b2-expires", "soon"],
  ["b2-cache-control", "ma=x=age"],
])("an upload with %s: %s is a bad request", async (name, value) => {
  const { b2, bucketId } = await start();
  const upload = b2.upload(bucketId, "a", "x", { [`X-Bz-Info-${name}`]: encodeURIComponent(value) });
  await expect(upload).rejects.toThrow("bad_request");
});

test("a bucket's Cache-Control that is none is a bad request", async () => {
  const { b2, bucketId } = await start();
  const { accountId } = b2.emulator;
  const wrong = { accountId, bucketId, bucketInfo: { "cache-control": "private\nX: 1" } };
  expect(await b2.fail("b2_update_bucket", wrong)).toMatchObject({ status: 400, code: "bad_request" });
});

test("a content type that no header can carry is a bad request", async () => {
  const { b2, bucketId } = await start();
  const wrong = { bucketId, fileName: "large", contentType: "text/plain\n" };
  expect(await b2.fail("b2_start_large_file", wrong)).toMatchObject({ status: 400, code: "bad_request" });
});
