import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { B2Api, KeyvAccountInfo, UnexpectedAnswerError, UploadError } from "../../src/index.ts";
import { type Authorization, createRawClient, nodeTransport, type Transport } from "../../src/raw/index.ts";
import { checkServiceUrls, checkUploadUrl, isTrusted } from "../../src/session/service-urls.ts";
import { describeEvent } from "../../src/sync/index.ts";
import { apiFor, cannedTransport, emulatorForTest, serverForTest } from "../support.ts";

const PRODUCTION = "https://api.backblazeb2.com";

/** The answer of b2_authorize_account with the given addresses. */
function authorizationWith(apiUrl: string, downloadUrl = apiUrl): Authorization {
  return {
    accountId: "0123456789ab",
    authorizationToken: "the-account-token",
    applicationKeyExpirationTimestamp: null,
    apiInfo: {
      storageApi: {
        apiUrl,
        downloadUrl,
        s3ApiUrl: "https://s3.us-west-004.backblazeb2.com",
        absoluteMinimumPartSize: 5_000_000,
        recommendedPartSize: 100_000_000,
        allowed: { buckets: null, capabilities: ["listBuckets"], namePrefix: null },
      },
    },
  };
}

/** A server of somebody else, on another host name, and what reached it. */
async function strangerForTest() {
  const reached: string[] = [];
  const url = await serverForTest((request, response) => {
    reached.push(`${request.method} ${request.url}`);
    request.resume();
    response.end("{}");
  });
  return { url: url.replace("127.0.0.1", "localhost"), reached };
}

describe("an authorization", () => {
  test.each([
    [PRODUCTION, "https://api004.backblazeb2.com"],
    ["https://api.backblaze.net", "https://api004.backblaze.net"],
    ["https://b2.example.com", "https://elsewhere.example.org"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
  ])("from %s may lead to %s", (realm, url) => {
    expect(isTrusted(authorizationWith(url), realm)).toBe(true);
    expect(() => checkServiceUrls(authorizationWith(url), realm)).not.toThrow();
  });

  test.each([
    [PRODUCTION, "http://api004.backblazeb2.com", /not encrypted/],
    [PRODUCTION, "https://api004.backblazeb2.com.example.com", /not Backblaze's/],
    [PRODUCTION, "https://notbackblazeb2.com", /not Backblaze's/],
    [PRODUCTION, "https://api.backblazeb2.com@example.com", /no address/],
    [PRODUCTION, "ftp://api004.backblazeb2.com", /no address/],
    [PRODUCTION, "api004", /none/],
    ["https://b2.example.com", "http://b2.example.com", /not encrypted/],
  ])("from %s may not lead to %s", (realm, url, reason) => {
    const good = realm === PRODUCTION ? "https://f004.backblazeb2.com" : realm;
    for (const authorization of [authorizationWith(url, good), authorizationWith(good, url)]) {
      expect(isTrusted(authorization, realm)).toBe(false);
      expect(() => checkServiceUrls(authorization, realm)).toThrow(reason);
    }
  });

  test("that leads elsewhere is refused before its token is sent anywhere", async () => {
    const asked: string[] = [];
    const canned = cannedTransport("b2_authorize_account", [[200, authorizationWith("https://example.com")]]);
    const transport: Transport = (request) => {
      asked.push(request.url);
      return canned(request);
    };
    const b2 = new B2Api({
      applicationKeyId: "key-id",
      applicationKey: "the-key",
      transport,
      realm: PRODUCTION,
    });
    await expect(b2.listBuckets()).rejects.toThrow(UnexpectedAnswerError);
    expect(asked).toEqual([`${PRODUCTION}/b2api/v4/b2_authorize_account`]);
  });

  test("that somebody put into a shared store is not used when it leads elsewhere", async () => {
    const credentials = { applicationKeyId: "key-id", applicationKey: "the-key", realm: PRODUCTION };
    const accountInfo = new KeyvAccountInfo();
    await accountInfo.set(credentials, authorizationWith("https://example.com"));
    const transport = cannedTransport("b2_authorize_account", [
      [200, authorizationWith("https://api004.backblazeb2.com")],
    ]);
    await new B2Api({ ...credentials, accountInfo, transport }).getAccountId();
    const stored = await accountInfo.get(credentials);
    expect(stored?.apiInfo.storageApi.apiUrl).toBe("https://api004.backblazeb2.com");
  });
});

describe("an upload URL", () => {
  const production = authorizationWith("https://api004.backblazeb2.com", "https://f004.backblazeb2.com");
  const own = authorizationWith("https://b2.example.com", "https://files.example.com");

  test.each([
    [
      PRODUCTION,
      production,
      "https://pod-000-1129-06.backblaze.com/b2api/v2/b2_upload_file/x/c002_v0001129_t0017",
    ],
    [PRODUCTION, production, "https://api004.backblazeb2.com/b2api/v4/b2_upload_file/x"],
    ["https://b2.example.com", own, "https://files.example.com/upload"],
    ["https://b2.example.com", own, "https://b2.example.com:8443/upload"],
    ["https://b2.example.com", production, "https://pod-000-1129-06.backblaze.com/upload"],
    ["http://127.0.0.1:8080", authorizationWith("http://127.0.0.1:8080"), "http://127.0.0.1:8081/upload"],
  ])("of realm %s is taken where it belongs to the service", (realm, authorization, url) => {
    expect(() => checkUploadUrl(url, authorization, realm)).not.toThrow();
  });

  test.each([
    [PRODUCTION, production, "http://pod-000-1129-06.backblaze.com/secret-path", /not encrypted/],
    [
      PRODUCTION,
      production,
      "https://pod-000-1129-06.backblaze.com.example.com/secret-path",
      /not Backblaze's/,
    ],
    [PRODUCTION, production, "https://127.0.0.1/secret-path", /not Backblaze's/],
    ["https://b2.example.com", own, "https://uploads.example.com/secret-path", /does not name/],
    ["https://b2.example.com", own, "https://pod-000-1129-06.backblaze.com/secret-path", /does not name/],
    ["https://b2.example.com", own, "http://b2.example.com/secret-path", /not encrypted/],
    [
      "http://127.0.0.1:8080",
      authorizationWith("http://127.0.0.1"),
      "http://localhost/secret-path",
      /not name/,
    ],
    [PRODUCTION, undefined, "secret-path", /none/],
  ])("of realm %s is refused elsewhere, without showing its path", (realm, authorization, url, reason) => {
    const check = () => checkUploadUrl(url, authorization, realm);
    expect(check).toThrow(reason);
    expect(check).not.toThrow(/secret-path/);
  });

  test("on another host gets neither content nor token, and the large file stays", async () => {
    const emulator = await emulatorForTest();
    const { url, reached } = await strangerForTest();
    const answer = { uploadUrl: `${url}/upload`, authorizationToken: "token", bucketId: "b", fileId: "f" };
    const upload = async (operation: string, size: number) => {
      const b2 = apiFor(emulator, { transport: cannedTransport(operation, [[200, answer]]) });
      const bucket = await b2.createBucket(`test-${operation.replaceAll("_", "-")}`, "allPrivate");
      return await bucket.uploadBytes(new Uint8Array(size), "a").catch((error: unknown) => error);
    };
    expect(await upload("b2_get_upload_url", 3)).toBeInstanceOf(UnexpectedAnswerError);
    const unfinished = await upload("b2_get_upload_part_url", 2_500_000);
    expect(unfinished).toBeInstanceOf(UploadError);
    expect(unfinished).toMatchObject({ fileId: expect.any(String), message: expect.stringContaining(url) });
    expect(reached).toEqual([]);
  });

  test("on plain http gets nothing either where the realm is encrypted", async () => {
    const emulator = await emulatorForTest();
    const asked: string[] = [];
    const inner = nodeTransport();
    /** Takes the encryption off, as a proxy before the service does, and keeps it off the answer if it is told to. */
    const plainFor = (operation: string): Transport => {
      return (request) => {
        asked.push(request.url);
        const isEncrypted = request.url.startsWith("https:") && !request.url.includes(operation);
        const headers = { ...request.headers, ...(isEncrypted && { "X-Forwarded-Proto": "https" }) };
        return inner({ ...request, url: request.url.replace("https:", "http:"), headers });
      };
    };
    const service = { ...emulator, url: emulator.url.replace("http:", "https:") };
    const bucket = await apiFor(service, { transport: plainFor("nothing") }).createBucket(
      "test-bucket",
      "allPrivate",
    );
    await bucket.uploadBytes(new Uint8Array(3), "a");
    await bucket.uploadBytes(new Uint8Array(2_500_000), "b");
    for (const [operation, size] of [
      ["b2_get_upload_url", 3],
      ["b2_get_upload_part_url", 2_500_000],
    ] as const) {
      const through = await apiFor(service, { transport: plainFor(operation) }).getBucketById(bucket.id);
      await expect(through.uploadBytes(new Uint8Array(size), "c")).rejects.toThrow(/not encrypted/);
    }
    await expect(
      apiFor(service, { transport: plainFor("b2_authorize_account") }).listBuckets(),
    ).rejects.toThrow(/not encrypted/);
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((url) => !url.startsWith("https:"))).toEqual([]);
  });
});

test.each(["b2_authorize_account", "b2_list_buckets", "b2_upload_file", "/file/"])(
  "a redirect of %s is followed nowhere",
  async (place) => {
    const emulator = await emulatorForTest();
    const { url, reached } = await strangerForTest();
    const bucket = await apiFor(emulator).createBucket("test-bucket", "allPrivate");
    await bucket.uploadBytes(new Uint8Array(3), "a");
    const redirecting = await serverForTest((request, response) => {
      request.resume();
      response.writeHead(307, { Location: `${url}${request.url}` }).end();
    });
    const inner = nodeTransport();
    const transport: Transport = (request) =>
      inner(
        request.url.includes(place)
          ? { ...request, url: redirecting + new URL(request.url).pathname }
          : request,
      );
    const b2 = apiFor(emulator, { transport });
    const job = async () => {
      const [found] = await b2.listBuckets();
      await found?.uploadBytes(new Uint8Array(3), "b");
      await (await found?.downloadFileByName("a"))?.bytes();
    };
    await expect(job()).rejects.toThrow(UnexpectedAnswerError);
    expect(reached).toEqual([]);
  },
);

describe("text that would break out of a header", () => {
  const LINE = "\r\nX-Bz-Info-injected: yes";

  test("is refused before a request in names of files and file info, the content type and the User-Agent", async () => {
    const emulator = await emulatorForTest();
    const bucket = await apiFor(emulator).createBucket("test-bucket", "allPrivate");
    const before = emulator.requests.total;
    const bytes = new Uint8Array(3);
    const attempts = [
      bucket.uploadBytes(bytes, `a${LINE}`),
      bucket.uploadBytes(bytes, "a", { fileInfo: { [`a${LINE}`]: "b" } }),
      bucket.uploadBytes(bytes, "a", { fileInfo: { "": "b" } }),
      bucket.uploadBytes(bytes, "a", { fileInfo: { ü: "b" } }),
      bucket.uploadBytes(bytes, "a", { contentType: `text/plain${LINE}` }),
      bucket.copy("4_z", "b", { fileInfo: { [`a${LINE}`]: "b" } }),
      bucket.concatenate([new Blob(["a"])], "b", { contentType: `text/plain${LINE}` }),
    ];
    for (const attempt of attempts) {
      await expect(attempt).rejects.toThrow(TypeError);
      await expect(attempt).rejects.not.toThrow(/[\r\n]/);
    }
    expect(() => apiFor(emulator, { userAgentAppend: `tool${LINE}` })).toThrow(TypeError);
    expect(emulator.requests.total).toBe(before);
  });

  test("is data in the values of file info", async () => {
    const received: string[][] = [];
    const url = await serverForTest(async (request, response) => {
      received.push(request.rawHeaders);
      request.resume();
      await once(request, "end");
      response.end("{}");
    });
    await createRawClient().POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
      params: {
        path: { uploadUrl: url },
        header: {
          Authorization: "token",
          "X-Bz-File-Name": `a${LINE}`,
          "X-Bz-Content-Sha1": "do_not_verify",
          "X-Bz-Info-*": { a: `b${LINE}` },
        },
      },
      body: new Uint8Array(1),
    });
    expect(received.flat()).toContain("b%0D%0AX-Bz-Info-injected%3A%20yes");
    expect(received.flat().map((text) => text.toLowerCase())).not.toContain("x-bz-info-injected");
  });
});

test("a hostile name in a listing cannot make errors or events command a terminal", async () => {
  const name = "a\u001b]0;owned\u0007\u001b[2J\u009b1A\r\n\u202egnp.exe";
  const emulator = await emulatorForTest();
  const plain = apiFor(emulator);
  const { id: bucketId } = await plain.createBucket("test-bucket", "allPrivate");
  await (await plain.getBucketById(bucketId)).uploadBytes(new Uint8Array(3), "a");
  const { data } = await plain.raw.POST("/b2api/v4/b2_list_file_names", { body: { bucketId } });
  const files = data?.files.map((each) => ({ ...each, fileName: name, fileId: `${each.fileId}\u001b[0m` }));
  const listing = { files, nextFileName: null };
  const b2 = apiFor(emulator, { transport: cannedTransport("b2_list_file_names", [[200, listing]]) });
  const bucket = await b2.getBucketByName("test-bucket");
  for await (const { fileVersion } of bucket.ls()) {
    expect(fileVersion.name).toBe(name);
    const errors = await Promise.all(
      [fileVersion.download(), fileVersion.hide(), fileVersion.delete(), bucket.unhideFile(name)].map(
        (call) =>
          call.then(
            () => new Error("\n"),
            (error: Error) => error,
          ),
      ),
    );
    const lines = [
      ...errors.map((error) => error.message),
      describeEvent({ type: "skipped", relativePath: name, reason: `it is ${name}` }),
    ];
    expect(lines.filter((line) => line === undefined || /[\p{Cc}\u202e]/u.test(line))).toEqual([]);
    expect(lines.join()).toContain("\\u001b");
  }
});
