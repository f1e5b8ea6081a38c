import { AsyncLocalStorage } from "node:async_hooks";
import { execFile } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import type { CallEvent, ResponseEvent, RetryEvent } from "../../src/index.ts";
import { tellRequest } from "../../src/raw/hooks.ts";
import {
  apiFor,
  type CannedAnswer,
  cannedTransport,
  emulatorForTest,
  fileForTest,
  folderForTest,
} from "../support.ts";

/** Hooks that write down what they are told. */
function recording() {
  const requests: CallEvent[] = [];
  const responses: ResponseEvent[] = [];
  const retries: RetryEvent[] = [];
  const hooks = {
    onRequest: (event: CallEvent) => void requests.push(event),
    onResponse: (event: ResponseEvent) => void responses.push(event),
    onRetry: (event: RetryEvent) => void retries.push(event),
  };
  return { hooks, requests, responses, retries };
}

const unavailable: CannedAnswer = [503, { status: 503, code: "service_unavailable", message: "" }];

describe("hooks", () => {
  test("are told of every request and how it ended", async () => {
    const { hooks, requests, responses, retries } = recording();
    await apiFor(await emulatorForTest(), { hooks }).listBuckets();
    expect(requests).toMatchObject([
      { operation: "b2_authorize_account", transactionClass: "C", attempt: 1 },
      { operation: "b2_list_buckets", transactionClass: "C", attempt: 1 },
    ]);
    expect(responses.map(({ id, status }) => ({ id, status }))).toEqual(
      requests.map(({ id }) => ({ id, status: 200 })),
    );
    expect(responses.every(({ durationMillis }) => durationMillis > 0)).toBe(true);
    expect(retries).toEqual([]);
  });

  test("are told why and when a JSON call, an upload and a creation are repeated", async () => {
    const emulator = await emulatorForTest();
    const source = await fileForTest(await folderForTest(), "source", 3);
    const retriesOf = async (operation: string) => {
      const { hooks, requests, retries } = recording();
      const b2 = apiFor(emulator, { hooks, transport: cannedTransport(operation, [unavailable]) });
      const bucket = await b2.createBucket(`test-${operation.replaceAll("_", "-")}`, "allPrivate");
      await b2.listBuckets();
      await bucket.uploadLocalFile(source, "a");
      const attempts = requests
        .filter((event) => event.operation === operation)
        .map(({ attempt }) => attempt);
      return { attempts, retries };
    };
    for (const operation of ["b2_list_buckets", "b2_upload_file"] as const) {
      const { attempts, retries } = await retriesOf(operation);
      expect(retries).toMatchObject([{ operation, attempt: 1, status: 503, code: "service_unavailable" }]);
      expect(retries[0]?.delayMillis).toBeGreaterThanOrEqual(0);
      expect(attempts.slice(0, 2)).toEqual([1, 2]);
    }
    const { retries } = await retriesOf("b2_create_bucket");
    expect(retries).toMatchObject([{ operation: "b2_create_bucket", attempt: 1 }]);
  });

  test("are told of a connection that failed", async () => {
    const { hooks, responses } = recording();
    const emulator = await emulatorForTest();
    await emulator.close();
    await apiFor(emulator, { hooks, retry: { budgetMillis: 0 } })
      .listBuckets()
      .catch(() => {});
    expect(responses).toMatchObject([
      { operation: "b2_authorize_account", error: { name: "TransportError" } },
    ]);
    expect(responses[0]).not.toHaveProperty("status");
  });

  test("tell the attempts of one call by one number, and which file it is about, to the host", async () => {
    const emulator = await emulatorForTest({
      faults: [
        { operation: "b2_upload_file", times: 1, status: 503 },
        { operation: "b2_list_buckets", nth: 1, expireToken: true },
        { operation: "b2_list_buckets", nth: 2, status: 503 },
      ],
    });
    const { hooks, requests, responses, retries } = recording();
    const b2 = apiFor(emulator, { hooks });
    const bucket = await b2.createBucket("test-bucket", "allPrivate");
    await Promise.all([
      bucket.uploadBytes(new Uint8Array(1), "a"),
      bucket.uploadBytes(new Uint8Array(1), "b"),
    ]);
    await b2.listBuckets();
    const { host } = new URL(emulator.url);
    for (const [operation, about] of [
      ["b2_upload_file", { fileName: "a", bucketName: "test-bucket", host }],
      ["b2_upload_file", { fileName: "b", bucketName: "test-bucket", host }],
      ["b2_list_buckets", { host }],
    ] as const) {
      const ofCall = requests.filter((event) => event.operation === operation && isAbout(event, about));
      const { callId } = ofCall[0] ?? {};
      expect(ofCall.map((event) => [event.callId, event.attempt])).toEqual(
        ofCall.map((_, index) => [callId, index + 1]),
      );
      const repeated = retries.filter((event) => event.callId === callId).map(({ attempt }) => attempt);
      expect(repeated).toEqual(ofCall.slice(1).map((_, index) => index + 1));
    }
    expect(retries.map(({ status, code }) => [status, code])).toEqual([
      [503, "service_unavailable"],
      [401, "expired_auth_token"],
      [503, "service_unavailable"],
    ]);
    expect(responses.map(({ id }) => id).sort()).toEqual(requests.map(({ id }) => id).sort());
    expect(new Set(requests.map(({ id }) => id)).size).toBe(requests.length);
  });
});

function isAbout(event: CallEvent, about: Partial<CallEvent>): boolean {
  return Object.entries(about).every(([name, value]) => Reflect.get(event, name) === value);
}

/** Writes down what passes a channel until the test ends. */
function subscribeForTest<Event>(name: string, take: (event: Event) => void): void {
  const listener = (event: unknown) => take(event as Event);
  subscribe(name, listener);
  onTestFinished(() => void unsubscribe(name, listener));
}

describe("diagnostics channels", () => {
  test("tell what hooks are told, within the work of the program that caused it", async () => {
    const emulator = await emulatorForTest({
      faults: [{ operation: "b2_upload_part", nth: 3, status: 503 }],
    });
    const { hooks, requests, responses, retries } = recording();
    const seen: Record<string, unknown[]> = { request: [], response: [], retry: [] };
    const work = new AsyncLocalStorage<string>();
    const wrong: unknown[] = [];
    for (const [kind, events] of Object.entries(seen)) {
      subscribeForTest<CallEvent>(`b2kit:${kind}`, (event) => {
        events.push(event);
        if (event.fileName !== undefined && event.fileName !== work.getStore()) {
          wrong.push(event);
        }
      });
    }
    const b2 = apiFor(emulator, { hooks, concurrency: 2 });
    const bucket = await b2.createBucket("test-bucket", "allPrivate");
    const upload = (name: string, size: number) =>
      work.run(name, () => bucket.uploadBytes(new Uint8Array(size), name));
    await Promise.all([upload("a", 1), upload("b", 2_500_000), upload("c", 1), upload("d", 2_500_000)]);
    expect(seen).toEqual({ request: requests, response: responses, retry: retries });
    expect(retries).toMatchObject([{ operation: "b2_upload_part", partNumber: expect.any(Number) }]);
    expect(requests.filter(({ fileName }) => fileName !== undefined).length).toBeGreaterThan(8);
    expect(wrong).toEqual([]);
  });

  test("cost no event when nobody follows", () => {
    const call = {
      settings: {},
      get operation(): never {
        throw new Error("an event was made");
      },
    };
    expect(tellRequest(call as unknown as Parameters<typeof tellRequest>[0])).toBeUndefined();
  });

  test("are printed with NODE_DEBUG=b2kit", async () => {
    const { url, applicationKeyId, applicationKey } = await emulatorForTest();
    const program = `import { B2Api } from "b2kit"; await new B2Api().listBuckets();`;
    const { stderr } = await promisify(execFile)(
      process.execPath,
      [
        "--import",
        "ts-blank-space/register",
        "--conditions=b2kit-source",
        "--input-type=module",
        "--eval",
        program,
      ],
      {
        env: {
          ...process.env,
          NODE_DEBUG: "b2kit",
          B2_REALM: url,
          B2_APPLICATION_KEY_ID: applicationKeyId,
          B2_APPLICATION_KEY: applicationKey,
        },
      },
    );
    const lines = stderr.split("\n").filter((line) => line.startsWith("B2KIT"));
    expect(lines.map((line) => /b2kit:(\w+) .*"operation":"(\w+)"/.exec(line)?.slice(1))).toEqual([
      ["request", "b2_authorize_account"],
      ["response", "b2_authorize_account"],
      ["request", "b2_list_buckets"],
      ["response", "b2_list_buckets"],
    ]);
    expect(stderr).not.toContain(applicationKey);
  });
});
