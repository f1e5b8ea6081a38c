import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { type BinaryBody, createRawClient, downloadHeaders } from "../../src/raw/index.ts";
import { bodyOf, serve } from "./loopback.ts";
import { authorization, fileHeaders, fileVersion } from "./wire-answers.ts";

// What nock does not show as it is: undecoded paths, exact lengths, bytes that are not text.

interface Seen {
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Answers every request with a file version and records what came over the wire. */
async function recorder(): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const url = await serve(async (request, response) => {
    const body = (await bodyOf(request)).toString("latin1");
    seen.push({ url: request.url, headers: request.headers, body });
    response.end(JSON.stringify(fileVersion));
  });
  return { url, seen };
}

const raw = createRawClient({ authorization });

async function upload(uploadUrl: string, body: BinaryBody, header: object = {}) {
  return await raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
    params: {
      path: { uploadUrl },
      header: {
        Authorization: "3_upload_token",
        "X-Bz-File-Name": "hello.txt",
        "X-Bz-Content-Sha1": "do_not_verify",
        ...header,
      },
    },
    body,
  });
}

describe("download by name", () => {
  test.each([
    ["a/b c", "a/b%20c"],
    ["1+1=2", "1%2B1%3D2"],
    ["100%", "100%25"],
    ["what?#1", "what%3F%231"],
    ["a%2Fb", "a%252Fb"],
    ["a/../b/./c", "a/../b/./c"],
    ["..", ".."],
    ["//double//slashes//", "//double//slashes//"],
    ["back\\slash", "back%5Cslash"],
    ["größe", "gr%C3%B6%C3%9Fe"],
    ["🦊", "%F0%9F%A6%8A"],
    ["~-_.!*'()", "~-_.!*'()"],
  ])("asks for %j as %j", async (fileName, path) => {
    const { url, seen } = await recorder();
    await raw.GET("/file/{bucketName}/{fileName}", {
      params: { path: { bucketName: "holiday-photos", fileName }, query: { b2ContentType: "text/plain" } },
      baseUrl: url,
      parseAs: "text",
    });
    await raw.HEAD("/file/{bucketName}/{fileName}", {
      params: { path: { bucketName: "holiday-photos", fileName } },
      baseUrl: url,
    });
    expect(seen.map((request) => request.url)).toEqual([
      `/file/holiday-photos/${path}?b2ContentType=text%2Fplain`,
      `/file/holiday-photos/${path}`,
    ]);
  });

  test("does not send half of a surrogate pair", async () => {
    const { url, seen } = await recorder();
    const call = raw.GET("/file/{bucketName}/{fileName}", {
      params: { path: { bucketName: "holiday-photos", fileName: "a\ud83e" } },
      baseUrl: url,
    });
    await expect(call).rejects.toThrow(TypeError);
    expect(seen).toEqual([]);
  });
});

describe("upload", () => {
  test("uses the upload URL as it is", async () => {
    const { url, seen } = await recorder();
    await upload(`${url}/any/../path//of%2fits+own/?ticket=a+b%20c&x`, new Uint8Array());
    expect(seen[0]?.url).toBe("/any/../path//of%2fits+own/?ticket=a+b%20c&x");
  });

  async function* chunks() {
    yield new Uint8Array([1, 2]);
    yield new Uint8Array([253, 254, 255]);
  }
  const bytes = () => new Uint8Array([1, 2, 253, 254, 255]);

  test.each<[string, () => BinaryBody, header: object]>([
    ["bytes", bytes, {}],
    ["bytes whose length is told too", bytes, { "Content-Length": 5 }],
    ["a Buffer within a larger one", () => Buffer.from([0, 1, 2, 253, 254, 255, 0]).subarray(1, 6), {}],
    ["bytes in shared memory", () => shared(bytes()), {}],
    ["a Blob", () => new Blob([bytes()]), {}],
    ["a web stream", () => new Blob([bytes()]).stream(), { "Content-Length": 5 }],
    ["a Node stream", () => Readable.from(chunks()), { "Content-Length": 5 }],
    ["an async generator", chunks, { "Content-Length": 5 }],
  ])("sends %s with and without the digest at the end", async (_, body, header) => {
    const { url, seen } = await recorder();
    await upload(url, body(), header);
    await upload(url, body(), { ...header, "X-Bz-Content-Sha1": "hex_digits_at_end" });
    const plain = "\x01\x02\xfd\xfe\xff";
    expect(seen.map((request) => request.body)).toEqual([
      plain,
      `${plain}b6e54276841ff5c5573c08fea71c7b01c9f4a98e`,
    ]);
    expect(seen.map(({ headers }) => headers["content-length"])).toEqual(["5", "45"]);
    expect(seen.map(({ headers }) => headers["transfer-encoding"])).toEqual([undefined, undefined]);
  });

  test("sends an empty file", async () => {
    const { url, seen } = await recorder();
    await upload(url, new Uint8Array());
    await upload(url, new Blob([]), { "X-Bz-Content-Sha1": "hex_digits_at_end" });
    expect(seen.map(({ headers, body }) => [headers["content-length"], body])).toEqual([
      ["0", ""],
      ["40", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
    ]);
  });

  test("encodes the values of file info, never the names", async () => {
    const { url, seen } = await recorder();
    const info = {
      "b2-content-disposition": 'attachment; filename="ö+ü.txt"',
      path: "a/b c+d%2F",
      "odd.!#$%^&*'+|name": "x",
      $$: "dollars",
      "a$&b": "and",
      empty: "",
      "line-break": "a\r\nb",
      fox: "🦊",
    };
    await upload(url, new Uint8Array(), { "X-Bz-Info-*": info });
    const sent = Object.entries(seen[0]?.headers ?? {}).filter(([name]) => name.startsWith("x-bz-info-"));
    expect(Object.fromEntries(sent)).toEqual({
      "x-bz-info-b2-content-disposition": "attachment%3B%20filename%3D%22%C3%B6%2B%C3%BC.txt%22",
      "x-bz-info-path": "a/b%20c%2Bd%252F",
      "x-bz-info-odd.!#$%^&*'+|name": "x",
      "x-bz-info-$$": "dollars",
      "x-bz-info-a$&b": "and",
      "x-bz-info-empty": "",
      "x-bz-info-line-break": "a%0D%0Ab",
      "x-bz-info-fox": "%F0%9F%A6%8A",
    });
  });
});

test("a JSON call states the length of its body in bytes", async () => {
  const { url, seen } = await recorder();
  await raw.POST("/b2api/v4/b2_hide_file", { body: { bucketId: "b", fileName: "ö🦊" }, baseUrl: url });
  expect(seen[0]).toMatchObject({
    headers: { "content-length": "36", "content-type": "application/json" },
    body: Buffer.from('{"bucketId":"b","fileName":"ö🦊"}').toString("latin1"),
  });
});

describe("User-Agent", () => {
  test.each([
    [undefined, /^b2kit\/\d+\.\d+\.\d+ node\/\d+\.\d+\.\d+$/],
    ["backup-tool/2.1 (nightly)", /^b2kit\/\d+\.\d+\.\d+ node\/\d+\.\d+\.\d+ backup-tool\/2\.1 \(nightly\)$/],
  ])("with %j appended", async (userAgentAppend, expected) => {
    const { url, seen } = await recorder();
    const client = createRawClient({ authorization, ...(userAgentAppend && { userAgentAppend }) });
    await client.POST("/b2api/v4/b2_get_file_info", { body: { fileId: "f" }, baseUrl: url });
    await client.GET("/b2api/v4/b2_download_file_by_id", {
      params: { query: { fileId: "f" } },
      baseUrl: url,
      parseAs: "text",
    });
    expect(seen).toHaveLength(2);
    for (const { headers } of seen) {
      expect(headers["user-agent"]).toMatch(expected);
    }
  });
});

test("authorize sends credentials as UTF-8, whatever was typed", async () => {
  const { url, seen } = await recorder();
  const credentials = { applicationKeyId: "schlüssel", applicationKey: "gehéim“" };
  await createRawClient({ credentials, realm: `${url}/` }).GET("/b2api/v4/b2_authorize_account");
  expect(seen[0]?.url).toBe("/b2api/v4/b2_authorize_account");
  expect(seen[0]?.headers.authorization).toBe("Basic c2NobMO8c3NlbDpnZWjDqWlt4oCc");
});

describe("downloadHeaders", () => {
  test("reads numbers as numbers, and names and file info decoded", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, {
        ...fileHeaders,
        "X-Bz-Info-__proto__": "own",
        "X-Bz-Info-plus": "a+b%2Bc",
        "X-Bz-Info-broken": "50%",
        "X-Bz-File-Retention-Mode": "governance",
        "X-Bz-File-Retention-Retain-Until-Timestamp": "1800000000000",
        "X-Bz-Unknown": "left out",
      });
      response.end("hello");
    });
    const { response } = await raw.GET("/b2api/v4/b2_download_file_by_id", {
      params: { query: { fileId: "f" } },
      baseUrl: url,
      parseAs: "text",
    });
    const { "X-Bz-Info-*": info, ...headers } = downloadHeaders(response);
    expect(headers).toEqual({
      "Accept-Ranges": "bytes",
      "Content-Length": 5,
      "Content-Type": "text/plain; charset=utf-8",
      "X-Bz-Content-Sha1": "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
      "X-Bz-File-Id": "4_za70b_f118_d20261120_m101500_c004_v0402010_t0037_u01763633700123",
      "X-Bz-File-Name": "photos/größe 1+1.txt",
      "X-Bz-File-Retention-Mode": "governance",
      "X-Bz-File-Retention-Retain-Until-Timestamp": 1_800_000_000_000,
      "X-Bz-Upload-Timestamp": 1_763_633_700_000,
    });
    expect(Object.entries(info ?? {})).toEqual([
      ["__proto__", "own"],
      ["author", "Zoë 🦊"],
      ["broken", "50%"],
      ["plus", "a b+c"],
      ["src_last_modified_millis", "1763633700123"],
    ]);
  });
});

function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
