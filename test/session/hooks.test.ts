import { describe, expect, test } from "vitest";
import type { CallEvent, ResponseEvent, RetryEvent } from "../../src/index.ts";
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
});
