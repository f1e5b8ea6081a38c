import { expect, test } from "vitest";
import { Clock } from "../../src/emulator/index.ts";
import { authorize, startForTest } from "./plain-client.ts";

const dayMillis = 24 * 60 * 60 * 1000;

test("the master key authorizes by its ID and by the account ID, with all capabilities", async () => {
  const { emulator } = await startForTest();
  for (const keyId of [emulator.applicationKeyId, emulator.accountId]) {
    const { status, body } = await authorize(emulator, keyId, emulator.applicationKey);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      accountId: emulator.accountId,
      applicationKeyExpirationTimestamp: null,
      apiInfo: {
        storageApi: {
          apiUrl: emulator.url,
          downloadUrl: emulator.url,
          absoluteMinimumPartSize: 5_000_000,
          recommendedPartSize: 100_000_000,
          allowed: {
            buckets: null,
            namePrefix: null,
            capabilities: expect.arrayContaining(["writeKeys", "listFiles"]),
          },
        },
      },
    });
  }
});

test("the URLs are those by which the client reached the server", async () => {
  const { emulator } = await startForTest();
  const local = emulator.url.replace("127.0.0.1", "localhost");
  const { body } = await authorize(
    { ...emulator, url: local },
    emulator.applicationKeyId,
    emulator.applicationKey,
  );
  expect(body).toMatchObject({ apiInfo: { storageApi: { apiUrl: local } } });
});

test.each([
  ["a wrong key", (id: string) => [id, "wrong"]],
  ["an unknown key ID", (_: string, key: string) => ["0040000000000000000000009", key]],
  ["nothing", () => ["", ""]],
] as const)("%s is unauthorized", async (_, pair) => {
  const { emulator } = await startForTest();
  const [id = "", key = ""] = pair(emulator.applicationKeyId, emulator.applicationKey);
  const answer = await authorize(emulator, id, key);
  expect(answer).toMatchObject({ status: 401, body: { status: 401, code: "unauthorized" } });
});

test("an account token expires after a day", async () => {
  const b2 = await startForTest({ clock: new Clock(() => 1_800_000_000_000) });
  const { accountId, clock } = b2.emulator;
  clock.advance(dayMillis - 1);
  await b2.call("b2_list_buckets", { accountId });
  clock.advance(1);
  expect(await b2.fail("b2_list_buckets", { accountId })).toMatchObject({
    status: 401,
    code: "expired_auth_token",
  });
});

test("an invented token and a missing one are bad tokens", async () => {
  const b2 = await startForTest();
  const { accountId, url } = b2.emulator;
  expect(await b2.fail("b2_list_buckets", { accountId }, "invented")).toMatchObject({
    status: 401,
    code: "bad_auth_token",
  });
  const response = await fetch(`${url}/b2api/v4/b2_list_buckets`, { method: "POST", body: "{}" });
  expect(await response.json()).toMatchObject({ status: 401, code: "bad_auth_token" });
});

test("tokens of a stopped server are bad tokens for the next", async () => {
  const first = await startForTest();
  const second = await startForTest();
  const { accountId } = second.emulator;
  expect(await second.fail("b2_list_buckets", { accountId }, first.token)).toMatchObject({
    code: "bad_auth_token",
  });
});

test("another account's ID is refused", async () => {
  const b2 = await startForTest();
  expect(await b2.fail("b2_list_buckets", { accountId: "ffffffffffff" })).toMatchObject({
    code: "bad_request",
  });
});

test("part sizes can be set for tests", async () => {
  const b2 = await startForTest({ minimumPartSizeBytes: 10, recommendedPartSizeBytes: 20 });
  const { body } = await authorize(b2.emulator, b2.emulator.accountId, b2.emulator.applicationKey);
  expect(body).toMatchObject({
    apiInfo: { storageApi: { absoluteMinimumPartSize: 10, recommendedPartSize: 20 } },
  });
});
