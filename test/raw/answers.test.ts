import { gzipSync } from "node:zlib";
import nock from "nock";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createRawClient, type RawClient, UnexpectedAnswerError } from "../../src/raw/index.ts";
import { authorization, fileHeaders } from "./wire-answers.ts";

beforeAll(() => {
  if (!nock.isActive()) {
    nock.activate(); // Another file has ended it.
  }
  nock.disableNetConnect();
});
afterEach(() => {
  nock.cleanAll();
});
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

const raw = createRawClient({ authorization });

/** One call of each kind: JSON, file content there, file content back. */
const calls: Array<
  [string, (client: RawClient) => Promise<{ data?: unknown; error?: unknown; response: Response }>]
> = [
  [
    "b2_list_buckets",
    (client) => client.POST("/b2api/v4/b2_list_buckets", { body: { accountId: "0a1b2c3d4e5f" } }),
  ],
  [
    "b2_upload_file",
    (client) =>
      client.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
        params: {
          path: { uploadUrl: "https://api004.backblazeb2.com/upload" },
          header: { Authorization: "3_t", "X-Bz-File-Name": "n", "X-Bz-Content-Sha1": "do_not_verify" },
        },
        body: new Uint8Array(3),
      }),
  ],
  [
    "b2_download_file_by_id",
    (client) =>
      client.GET("/b2api/v4/b2_download_file_by_id", {
        params: { query: { fileId: "4_za70b_f118" } },
        baseUrl: "https://api004.backblazeb2.com",
      }),
  ],
];

function answerWith(status: number, body: nock.Body = "", headers: nock.ReplyHeaders = {}): void {
  for (const method of ["GET", "POST", "HEAD"]) {
    nock(/backblazeb2\.com/)
      .intercept(/^/, method)
      .reply(status, body, headers);
  }
}

describe.each(calls)("%s", (_, call) => {
  test.each([
    [400, "bad_request", "Bad characters in fileName"],
    [401, "expired_auth_token", "Authorization token has expired"],
    [403, "storage_cap_exceeded", ""],
    [429, "too_many_requests", "Slow down"],
    [503, "a_code_of_tomorrow", "c001_v0001001_t0001 is too busy"],
  ])("hands out the service's error: %d %s", async (status, code, message) => {
    answerWith(status, { status, code, message }, { "Retry-After": "7" });
    const { data, error, response } = await call(raw);
    expect(error).toEqual({ status, code, message });
    expect(data).toBeUndefined();
    expect(response.status).toBe(status);
    expect(response.headers.get("Retry-After")).toBe("7");
  });

  test.each<[string, nock.Body, nock.ReplyHeaders, string]>([
    ["no body", "", {}, "HTTP status 502 without an explanation"],
    ["a body of length 0", "", { "Content-Length": "0" }, "HTTP status 502 without an explanation"],
    ["text", "upstream gone", {}, "upstream gone"],
    [
      "HTML",
      "<html>\n<head><title>502 Bad\n Gateway</title></head><body><h1>nginx</h1></body></html>",
      { "Content-Type": "text/html" },
      "502 Bad Gateway nginx",
    ],
    ["JSON of another form", { error: "gone" }, {}, "HTTP status 502 without an explanation"],
    ["JSON that is cut", '{"status":502,"code":"bad', {}, '{"status":502,"code":"bad'],
    ["null", "null", {}, "HTTP status 502 without an explanation"],
    ["a huge text", "x".repeat(1_000_000), {}, "x".repeat(200)],
  ])("makes an error of %s", async (_title, body, headers, message) => {
    answerWith(502, body, headers);
    const { data, error } = await call(raw);
    expect(error).toEqual({ status: 502, code: "unknown", message });
    expect(data).toBeUndefined();
  });

  test("does not follow a redirect", async () => {
    answerWith(302, "", { Location: "https://elsewhere.backblazeb2.com/" });
    await expect(call(raw)).rejects.toThrow(UnexpectedAnswerError);
  });

  test("takes an answer without content for an error", async () => {
    answerWith(304);
    expect((await call(raw)).error).toMatchObject({ status: 304, code: "unknown" });
  });
});

describe.each(calls.slice(0, 2))("%s, which answers JSON", (operation, call) => {
  test.each([
    ["HTML", "<!DOCTYPE html><title>Welcome</title>"],
    ["JSON that is cut", '{"buckets":[{"accountId":"0a1b'],
    ["nothing", ""],
  ])("rejects %s with status 200", async (_, body) => {
    answerWith(200, body, { "Content-Length": String(body.length) });
    const error = await call(raw).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect(String(error)).toContain(operation);
  });

  test("rejects nothing at all with status 204", async () => {
    answerWith(204);
    await expect(call(raw)).rejects.toThrow(UnexpectedAnswerError);
  });
});

test("a JSON answer is JSON whatever parseAs says", async () => {
  answerWith(200, { buckets: [] });
  const { data } = await raw.POST("/b2api/v4/b2_list_buckets", {
    body: { accountId: "0a1b" },
    parseAs: "text",
  });
  expect(data).toEqual({ buckets: [] });
});

describe("HEAD", () => {
  const head = () =>
    raw.HEAD("/file/{bucketName}/{fileName}", {
      params: { path: { bucketName: "bucket", fileName: "file" } },
    });

  test("gives the headers, and no data", async () => {
    answerWith(200, "", { ...fileHeaders, "Content-Length": "5000000000" });
    const { data, error, response } = await head();
    expect([data, error]).toEqual([undefined, undefined]);
    expect(response.headers.get("Content-Length")).toBe("5000000000");
  });

  test("makes an error of the status, since there is no body", async () => {
    answerWith(404);
    expect((await head()).error).toEqual({
      status: 404,
      code: "unknown",
      message: "HTTP status 404 without an explanation",
    });
  });
});

describe("a download", () => {
  const path = { bucketName: "bucket", fileName: "file" };

  test("is a stream unless told otherwise", async () => {
    answerWith(200, "hello", fileHeaders);
    const { data } = await raw.GET("/file/{bucketName}/{fileName}", { params: { path } });
    expect(data).toBeInstanceOf(ReadableStream);
    expect(await new Response(data).text()).toBe("hello");
  });

  test("is what parseAs says", async () => {
    const read = async (parseAs: "blob" | "arrayBuffer" | "text" | "stream") => {
      answerWith(200, "hello", fileHeaders);
      const { data } = await raw.GET("/file/{bucketName}/{fileName}", { params: { path }, parseAs });
      nock.cleanAll();
      return data;
    };
    expect(await read("text")).toBe("hello");
    expect(await read("arrayBuffer")).toEqual(new TextEncoder().encode("hello").buffer);
    const blob = await read("blob");
    expect(blob).toBeInstanceOf(Blob);
    expect(await new Response(blob).text()).toBe("hello");
    expect(await read("stream")).toBeInstanceOf(ReadableStream);
  });

  test.each<[string, nock.ReplyHeaders]>([
    ["with its length", { ...fileHeaders, "Content-Length": "0" }],
    ["without a length", {}],
  ])("of an empty file, answered %s, is an empty stream or value", async (_, headers) => {
    const read = async (parseAs: "arrayBuffer" | "text" | "stream") => {
      answerWith(200, "", headers);
      const { data } = await raw.GET("/file/{bucketName}/{fileName}", { params: { path }, parseAs });
      nock.cleanAll();
      return data;
    };
    expect(await read("text")).toBe("");
    expect(await read("arrayBuffer")).toEqual(new ArrayBuffer(0));
    const stream = await read("stream");
    expect(stream).toBeInstanceOf(ReadableStream);
    expect(await new Response(stream).text()).toBe("");
  });

  test("is never decompressed", async () => {
    const stored = gzipSync("hello");
    answerWith(200, stored, { "Content-Encoding": "gzip" });
    const { data } = await raw.GET("/file/{bucketName}/{fileName}", {
      params: { path },
      parseAs: "arrayBuffer",
    });
    expect(Buffer.from(data ?? new ArrayBuffer(0))).toEqual(stored);
  });

  test("hands out HTML with status 200, which may well be the file", async () => {
    answerWith(200, "<p>mine</p>", { "Content-Type": "text/html" });
    const { data } = await raw.GET("/file/{bucketName}/{fileName}", { params: { path }, parseAs: "text" });
    expect(data).toBe("<p>mine</p>");
  });
});
