import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { startForTest } from "./plain-client.ts";
import { exchange } from "./raw-http.ts";

async function startControlled() {
  const b2 = await startForTest();
  const control = async (method: string, path: string, body: object | "" = "") => {
    const { status, body: bytes } = await exchange(`${b2.emulator.url}/emulator/${path}`, {
      method,
      body: body === "" ? "" : JSON.stringify(body),
    }).outcome;
    return { status, answer: JSON.parse(bytes.toString()) };
  };
  return { b2, control };
}

test("faults are added, counted and removed over HTTP", async () => {
  const { b2, control } = await startControlled();
  const fault = { operation: "b2_list_buckets", nth: 1, status: 503 };
  expect(await control("POST", "faults", fault)).toEqual({
    status: 200,
    answer: { faults: [{ fault, calls: 0, hits: 0 }] },
  });
  expect((await b2.post("b2_list_buckets", {})).status).toBe(503);
  expect((await control("GET", "faults")).answer).toEqual({ faults: [{ fault, calls: 1, hits: 1 }] });
  expect((await control("DELETE", "faults")).answer).toEqual({ faults: [] });
});

test("the clock is read and moved over HTTP", async () => {
  const { b2, control } = await startControlled();
  const day = 24 * 60 * 60 * 1000;
  const { now } = (await control("GET", "clock")).answer;
  expect((await control("POST", "clock", { advanceMillis: day })).answer.now).toBeGreaterThanOrEqual(
    now + day,
  );
  expect((await b2.post("b2_list_buckets", {})).body).toMatchObject({ code: "expired_auth_token" });
  const later = now + 10 * day;
  expect((await control("POST", "clock", { now: later })).answer.now).toBeGreaterThanOrEqual(later);
});

test("requests are counted over HTTP; those that steer the emulator are not among them", async () => {
  const { b2, control } = await startControlled();
  await b2.createBucket();
  expect((await control("GET", "requests")).answer).toEqual({
    total: 2,
    byOperation: { b2_authorize_account: 1, b2_create_bucket: 1 },
    byTransactionClass: { A: 0, B: 0, C: 2 },
    list: [
      {
        method: "GET",
        path: "/b2api/v4/b2_authorize_account",
        operation: "b2_authorize_account",
        status: 200,
      },
      { method: "POST", path: "/b2api/v4/b2_create_bucket", operation: "b2_create_bucket", status: 200 },
    ],
  });
  expect((await control("DELETE", "requests")).answer).toMatchObject({ total: 0, list: [] });
});

test.each([
  ["POST", "clock", {}, 400, "exactly one whole number"],
  ["POST", "clock", { advanceMillis: "1" }, 400, "exactly one whole number"],
  ["POST", "clock", { now: 1, advanceMillis: 1 }, 400, "exactly one whole number"],
  ["PUT", "faults", {}, 405, "/emulator/faults accepts GET, POST, DELETE"],
  ["GET", "nothing", "", 404, "there is /emulator/faults, /emulator/clock, /emulator/requests"],
] as const)("%s %s with %j is refused", async (method, path, body, status, message) => {
  const { control } = await startControlled();
  expect(await control(method, path, body)).toMatchObject({
    status,
    answer: { status, message: expect.stringContaining(message) },
  });
});

const ownAddress = Object.values(networkInterfaces())
  .flat()
  .find((info) => info?.family === "IPv4" && !info.internal)?.address;

test.skipIf(!ownAddress)("other machines cannot steer the emulator", async () => {
  const b2 = await startForTest({ host: "0.0.0.0" });
  const { port } = new URL(b2.emulator.url);
  const { status } = await exchange(`http://${ownAddress}:${port}/emulator/clock`, { method: "GET" }).outcome;
  expect(status).toBe(403);
  expect((await exchange(`${b2.emulator.url}/emulator/clock`, { method: "GET" }).outcome).status).toBe(200);
});
