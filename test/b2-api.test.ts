import { describe, expect, test } from "vitest";
import {
  AuthorizationError,
  B2Api,
  B2Error,
  ConflictError,
  NotFoundError,
  UnavailableError,
} from "../src/index.ts";
import { apiFor, emulatorForTest, serverForTest } from "./support.ts";

describe("buckets", () => {
  test("are created, listed, found by name and deleted", async () => {
    const b2 = apiFor(await emulatorForTest());
    const created = await b2.createBucket("first-bucket", "allPrivate", { bucketInfo: { purpose: "test" } });
    await b2.createBucket("second-bucket", "allPublic");
    expect(created).toMatchObject({ name: "first-bucket", type: "allPrivate", info: { purpose: "test" } });
    expect((await b2.listBuckets()).map(({ name }) => name).sort()).toEqual([
      "first-bucket",
      "second-bucket",
    ]);
    expect((await b2.getBucketByName("first-bucket")).id).toBe(created.id);
    await b2.deleteBucket(created);
    await expect(b2.getBucketByName("first-bucket")).rejects.toBeInstanceOf(NotFoundError);
  });

  test("with a taken name are a conflict that names bucket and code", async () => {
    const b2 = apiFor(await emulatorForTest());
    await b2.createBucket("first-bucket", "allPrivate");
    const error = await b2.createBucket("first-bucket", "allPrivate").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({
      operation: "b2_create_bucket",
      status: 400,
      code: "duplicate_bucket_name",
      bucketName: "first-bucket",
    });
  });
});

describe("authorization", () => {
  test("happens with the first call, once for all calls that wait for it", async () => {
    const emulator = await emulatorForTest();
    const b2 = apiFor(emulator);
    expect(emulator.requests.total).toBe(0);
    await Promise.all(Array.from({ length: 20 }, () => b2.listBuckets()));
    expect(emulator.requests.count("b2_authorize_account")).toBe(1);
  });

  test("is renewed once, for all calls, when the token has expired", async () => {
    const emulator = await emulatorForTest();
    const b2 = apiFor(emulator);
    await b2.listBuckets();
    emulator.clock.advance(25 * 60 * 60 * 1000);
    await Promise.all(Array.from({ length: 20 }, () => b2.listBuckets()));
    expect(emulator.requests.count("b2_authorize_account")).toBe(2);
  });

  test("is shared by facades over one account info", async () => {
    const emulator = await emulatorForTest();
    const first = apiFor(emulator);
    await first.listBuckets();
    await apiFor(emulator, { accountInfo: first.accountInfo }).listBuckets();
    expect(emulator.requests.count("b2_authorize_account")).toBe(1);
  });

  test("comes from the environment when no option gives it", async () => {
    const emulator = await emulatorForTest();
    const names = ["B2_REALM", "B2_APPLICATION_KEY_ID", "B2_APPLICATION_KEY"] as const;
    const before = names.map((name) => process.env[name]);
    [process.env.B2_REALM, process.env.B2_APPLICATION_KEY_ID, process.env.B2_APPLICATION_KEY] = [
      emulator.url,
      emulator.applicationKeyId,
      emulator.applicationKey,
    ];
    try {
      expect(await new B2Api().getAccountId()).toBe(emulator.accountId);
    } finally {
      names.forEach((name, index) => {
        const value = before[index];
        if (value === undefined) {
          delete process.env[name];
        } else {
          process.env[name] = value;
        }
      });
    }
  });
});

describe("bad input", () => {
  const retry = { firstDelayMillis: 1, budgetMillis: 5 };

  test("a wrong key is refused with one sentence that names key id and realm, not the key", async () => {
    const emulator = await emulatorForTest();
    const secret = "K00wrongwrongwrongwrongwrong";
    const error = await apiFor(emulator, { applicationKey: secret })
      .listBuckets()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AuthorizationError);
    expect(String(error)).toContain(emulator.applicationKeyId);
    expect(String(error)).toContain(emulator.url);
    expect(String(error)).not.toContain(secret);
    expect(emulator.requests.count("b2_authorize_account")).toBe(1);
  });

  test("missing credentials are named before any request", async () => {
    const { url } = await emulatorForTest();
    await expect(new B2Api({ realm: url, applicationKeyId: "0014" }).listBuckets()).rejects.toThrow(
      /applicationKey \(B2_APPLICATION_KEY\) is missing/,
    );
  });

  test.each(["ftp://example.com", "not a url"])("the realm %j is refused", async (realm) => {
    await expect(
      new B2Api({ realm, applicationKeyId: "a", applicationKey: "b" }).listBuckets(),
    ).rejects.toThrow(/neither "production" nor an http\(s\) URL/);
  });

  test("an unreachable realm is unavailable, after repetitions", async () => {
    const b2 = new B2Api({ realm: "http://127.0.0.1:1", applicationKeyId: "a", applicationKey: "b", retry });
    const error = await b2.listBuckets().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(String(error)).toMatch(/b2_authorize_account got no answer: .*127\.0\.0\.1:1.*ECONNREFUSED/);
  });

  test.each([
    [200, "<html><body>Welcome to nginx!</body></html>", "text/html"],
    [404, "<html><body>Not Found</body></html>", "text/html"],
    [200, '{"hello":"world"}', "application/json"],
    [200, "[]", "application/json"],
    [403, "", "text/plain"],
  ])("a realm that answers %d %j is not a B2 service", async (status, body, type) => {
    const realm = await serverForTest((_request, response) => {
      response.writeHead(status, { "Content-Type": type }).end(body);
    });
    const b2 = new B2Api({ realm, applicationKeyId: "a", applicationKey: "b", retry });
    const error = await b2.listBuckets().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "UnexpectedAnswerError" });
    expect(String(error)).toContain(`${realm} does not answer like a B2 service`);
  });

  test("a truncated answer is repeated, then reported as unavailable", async () => {
    let asked = 0;
    const realm = await serverForTest((_request, response) => {
      asked += 1;
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": "1000" });
      response.write('{"accountId":', () => response.destroy());
    });
    const b2 = new B2Api({
      realm,
      applicationKeyId: "a",
      applicationKey: "b",
      retry: { firstDelayMillis: 100, budgetMillis: 1000 },
    });
    await expect(b2.listBuckets()).rejects.toBeInstanceOf(UnavailableError);
    expect(asked).toBeGreaterThan(1);
  });

  test("an unknown bucket is named", async () => {
    const b2 = apiFor(await emulatorForTest());
    await expect(b2.getBucketByName("no-such-bucket")).rejects.toThrow("There is no bucket no-such-bucket");
    await expect(b2.deleteBucket("0123456789abcdef01234567")).rejects.toBeInstanceOf(B2Error);
  });
});
