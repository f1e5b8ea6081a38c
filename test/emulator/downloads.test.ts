import { expect, test } from "vitest";
import { sha1Of, startForTest } from "./plain-client.ts";

async function startWithFile(content = "0123456789", headers: object = {}, settings: object = {}) {
  const b2 = await startForTest();
  const { bucketId } = await b2.createBucket("my-bucket", settings);
  const version = await b2.upload(bucketId, "digits.txt", content, headers);
  return { b2, bucketId, version };
}

test("a download says what the file is", async () => {
  const { b2, version } = await startWithFile("0123456789", { "X-Bz-Info-Author": "%E2%82%AC%2B1" });
  const response = await b2.download("my-bucket", "digits.txt");
  expect(await response.text()).toBe("0123456789");
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-length": "10",
    "content-type": "text/plain",
    "accept-ranges": "bytes",
    "x-bz-file-id": version.fileId,
    "x-bz-file-name": "digits.txt",
    "x-bz-content-sha1": sha1Of("0123456789"),
    "x-bz-upload-timestamp": String(version.uploadTimestamp),
    "x-bz-info-author": "%E2%82%AC%2B1",
  });
});

test("HEAD answers the same headers and no body, also for errors", async () => {
  const { b2 } = await startWithFile();
  const get = await b2.download("my-bucket", "digits.txt");
  await get.text();
  const head = await b2.download("my-bucket", "digits.txt", { method: "HEAD" });
  const described = ({ headers }: Response) =>
    [...headers].filter(([name]) => !["date", "connection", "keep-alive"].includes(name));
  expect(described(head)).toEqual(described(get));
  const missing = await b2.download("my-bucket", "nothing", { method: "HEAD" });
  expect(missing.status).toBe(404);
  expect(await missing.text()).toBe("");
});

test.each([
  ["bytes=2-4", "234", "bytes 2-4/10"],
  ["bytes=7-", "789", "bytes 7-9/10"],
  ["bytes=-2", "89", "bytes 8-9/10"],
  ["bytes=8-100", "89", "bytes 8-9/10"],
])("the range %s answers 206 and %s", async (range, expected, contentRange) => {
  const { b2 } = await startWithFile();
  const response = await b2.download("my-bucket", "digits.txt", { headers: { range } });
  expect(response.status).toBe(206);
  expect(response.headers.get("content-range")).toBe(contentRange);
  expect(await response.text()).toBe(expected);
});

test.each(["bytes=10-", "bytes=10-12"])("the range %s is outside of the file", async (range) => {
  const { b2 } = await startWithFile();
  const response = await b2.download("my-bucket", "digits.txt", { headers: { range } });
  expect(response.status).toBe(416);
  expect(await response.json()).toMatchObject({ code: "range_not_satisfiable" });
});

test("an empty file has no range", async () => {
  const { b2 } = await startWithFile("");
  const response = await b2.download("my-bucket", "digits.txt", { headers: { range: "bytes=0-" } });
  expect(response.status).toBe(416);
});

test("a version comes by ID, with GET, HEAD and POST, also below a newer one", async () => {
  const { b2, bucketId, version } = await startWithFile();
  await b2.upload(bucketId, "digits.txt", "newer");
  const headers = { authorization: b2.token };
  const url = `${b2.emulator.url}/b2api/v4/b2_download_file_by_id`;
  const query = `?fileId=${version.fileId}`;
  expect(await (await fetch(url + query, { headers })).text()).toBe("0123456789");
  expect((await fetch(url + query, { headers, method: "HEAD" })).headers.get("content-length")).toBe("10");
  const body = JSON.stringify({ fileId: version.fileId });
  expect(await (await fetch(url, { headers, method: "POST", body })).text()).toBe("0123456789");
});

test("names with slashes, spaces, plus signs and dots are found", async () => {
  const { b2, bucketId } = await startWithFile();
  for (const name of ["a//b", "a/../b", "a b+c", "100%", "q?#", "日本/é\u{1F600}"]) {
    await b2.upload(bucketId, name, name);
    const response = await rawDownload(
      b2.emulator.url,
      `/file/my-bucket/${encodeURIComponent(name).replaceAll("%2F", "/")}`,
      b2.token,
    );
    expect(response).toEqual({ status: 200, body: name });
  }
});

test("special info becomes real headers, and queries replace them", async () => {
  const { b2 } = await startWithFile(
    "x",
    { "X-Bz-Info-b2-content-disposition": "inline", "X-Bz-Info-b2-cache-control": "max-age%3D5" },
    { bucketInfo: { "Cache-Control": "max-age=9" } },
  );
  const response = await b2.download("my-bucket", "digits.txt");
  expect(response.headers.get("content-disposition")).toBe("inline");
  expect(response.headers.get("cache-control")).toBe("max-age=5");
  expect(response.headers.has("x-bz-info-b2-content-disposition")).toBe(false);
  const url = `${b2.emulator.url}/file/my-bucket/digits.txt?b2ContentType=image/png&b2ContentDisposition=attachment`;
  const replaced = await fetch(url, { headers: { authorization: b2.token } });
  expect(replaced.headers.get("content-type")).toBe("image/png");
  expect(replaced.headers.get("content-disposition")).toBe("attachment");
});

test("a private bucket needs a token, a public one does not", async () => {
  const { b2, bucketId } = await startWithFile();
  const url = `${b2.emulator.url}/file/my-bucket/digits.txt`;
  const refused = await fetch(url);
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ code: "unauthorized" });
  expect((await fetch(`${url}?Authorization=${encodeURIComponent(b2.token)}`)).status).toBe(200);
  await b2.call("b2_update_bucket", { accountId: b2.emulator.accountId, bucketId, bucketType: "allPublic" });
  expect(await (await fetch(url)).text()).toBe("0123456789");
  expect((await fetch(url, { headers: { authorization: "invented" } })).status).toBe(401);
  expect((await fetch(`${url}?b2ContentType=image/png`)).status).toBe(401);
});

test("missing buckets, files and versions are not found", async () => {
  const { b2 } = await startWithFile();
  expect((await b2.download("other-bucket", "digits.txt")).status).toBe(404);
  expect((await b2.download("my-bucket", "other.txt")).status).toBe(404);
  const url = `${b2.emulator.url}/b2api/v4/b2_download_file_by_id?fileId=nothing`;
  expect((await fetch(url, { headers: { authorization: b2.token } })).status).toBe(404);
});

test("a file that is deleted while it is downloaded arrives whole", async () => {
  const content = "x".repeat(20_000_000);
  const { b2, version } = await startWithFile(content);
  const response = await b2.download("my-bucket", "digits.txt");
  await b2.call("b2_delete_file_version", { fileName: "digits.txt", fileId: version.fileId });
  expect(sha1Of(await response.text())).toBe(sha1Of(content));
});

/** Asks for exactly this path, which fetch would tidy up. */
async function rawDownload(url: string, path: string, authorization: string) {
  const { get } = await import("node:http");
  const { hostname, port } = new URL(url);
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    get({ hostname, port, path, headers: { authorization } }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode, body }));
    }).on("error", reject);
  });
}
