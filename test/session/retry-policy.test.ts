import { describe, expect, test, vi } from "vitest";
import { type OperationId, operations } from "../../generated/operations.ts";
import { TransportError, type TransportPhase } from "../../src/raw/errors.ts";
import type { FailedAttempt } from "../../src/raw/retry.ts";
import {
  createRetryPolicy,
  judge,
  nextDelayMillis,
  sleep,
  type Verdict,
} from "../../src/session/retry-policy.ts";

function failed(operation: OperationId, failure: Partial<FailedAttempt>): FailedAttempt {
  return { operation: operations[operation], attempt: 1, elapsedMillis: 0, ...failure };
}
const lost = (phase: TransportPhase) => ({ error: new TransportError("gone", phase) });

type Judgement = [OperationId, Partial<FailedAttempt>, Verdict];

/** A connection that fails with a code. */
const failing = (code: string, verdict: Verdict): Judgement => [
  "b2_list_buckets",
  { error: new TransportError(code, "connecting", { code }) },
  verdict,
];

describe("judge", () => {
  test.each<Judgement>([
    ["b2_list_buckets", { status: 503, code: "service_unavailable" }, "wait"],
    ["b2_list_buckets", { status: 500, code: "internal_error" }, "wait"],
    ["b2_list_buckets", { status: 502, code: "unknown" }, "wait"],
    ["b2_list_buckets", { status: 408, code: "request_timeout" }, "wait"],
    ["b2_list_buckets", { status: 429, code: "too_many_requests" }, "wait"],
    ["b2_list_buckets", { status: 400, code: "bad_request" }, "give up"],
    ["b2_list_buckets", { status: 403, code: "transaction_cap_exceeded" }, "give up"],
    ["b2_list_buckets", { status: 401, code: "unauthorized" }, "give up"],
    ["b2_list_buckets", { status: 401, code: "expired_auth_token" }, "authorize"],
    ["b2_list_buckets", { status: 401, code: "bad_auth_token" }, "authorize"],
    ["b2_list_buckets", { status: 401, code: "unknown" }, "authorize"],
    ["b2_head_file_by_name", { status: 401 }, "authorize"],
    ["b2_list_buckets", lost("connecting"), "wait"],
    ["b2_list_buckets", lost("waiting"), "wait"],
    ...[
      "PROXY_REFUSED",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "CERT_HAS_EXPIRED",
    ].map((code) => failing(code, "give up")),
    ...["PROXY_FAILED", "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "TIMEOUT"].map((code) =>
      failing(code, "wait"),
    ),
    ["b2_list_buckets", { error: new Error("a bug") }, "give up"],
    ["b2_authorize_account", { status: 401, code: "bad_auth_token" }, "give up"],
    ["b2_authorize_account", { status: 503 }, "wait"],
    ["b2_create_key", { status: 503 }, "give up"],
    ["b2_create_key", { status: 429 }, "wait"],
    ["b2_create_key", lost("connecting"), "wait"],
    ["b2_create_key", lost("waiting"), "give up"],
    ["b2_upload_part", { status: 503 }, "new upload URL"],
    ["b2_upload_part", { status: 401, code: "expired_auth_token" }, "new upload URL"],
    ["b2_upload_part", { status: 408 }, "new upload URL"],
    ["b2_upload_part", { status: 429 }, "wait"],
    ["b2_upload_part", { status: 403, code: "storage_cap_exceeded" }, "give up"],
    ["b2_upload_part", lost("sending"), "new upload URL"],
    ["b2_download_file_by_id", lost("receiving"), "wait"],
  ])("%s after %o: %s", (operation, failure, verdict) => {
    expect(judge(failed(operation, failure))).toBe(verdict);
  });
});

describe("nextDelayMillis", () => {
  const delays = (attempt: number, failure: Partial<FailedAttempt> = { status: 503 }) =>
    Array.from(
      { length: 50 },
      () => nextDelayMillis(failed("b2_list_buckets", { attempt, ...failure })) ?? Number.NaN,
    );

  test.each([
    [1, 1000],
    [2, 2000],
    [5, 16_000],
    [7, 64_000],
    [30, 64_000],
  ])("after attempt %d lies between half and the whole of %d", (attempt, longest) => {
    const seen = delays(attempt);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(longest / 2);
    expect(Math.max(...seen)).toBeLessThanOrEqual(longest);
    expect(new Set(seen).size).toBeGreaterThan(1);
  });

  test("takes the other upload URL at once, and waits before the third", () => {
    const delayAfter = (attempt: number) =>
      nextDelayMillis(failed("b2_upload_file", { status: 503, attempt }));
    expect(delayAfter(1)).toBe(0);
    expect(delayAfter(2)).toBeGreaterThanOrEqual(1000);
  });

  test.each([
    ["7", 7000],
    ["0", 0],
    ["1.5", 1500],
    ["Fri, 20 Nov 2026 20:00:09 GMT", 9000],
    ["Fri, 20 Nov 2026 19:00:00 GMT", 0],
  ])("honours Retry-After: %s", (retryAfter, delay) => {
    vi.useFakeTimers({ now: Date.parse("2026-11-20T20:00:00Z") });
    try {
      expect(delays(1, { status: 429, retryAfter })[0]).toBe(delay);
      expect(delays(1, { status: 503, retryAfter })[0]).toBe(delay);
    } finally {
      vi.useRealTimers();
    }
  });

  test("backs off when Retry-After makes no sense", () => {
    expect(delays(1, { status: 429, retryAfter: "soon" })[0]).toBeGreaterThanOrEqual(500);
  });

  test("gives up when the wait would overdraw the budget: two minutes, or fifteen for transfers", () => {
    const at = (operation: OperationId, elapsedMillis: number) =>
      nextDelayMillis(failed(operation, { status: 503, elapsedMillis, attempt: 2 }));
    expect(at("b2_list_buckets", 100_000)).toBeDefined();
    expect(at("b2_list_buckets", 120_000)).toBeUndefined();
    expect(at("b2_upload_file", 120_000)).toBeDefined();
    expect(at("b2_upload_file", 900_000)).toBeUndefined();
    expect(at("b2_download_file_by_id", 890_000)).toBeDefined();
  });
});

test("the policy of JSON calls waits only where waiting helps", () => {
  const policy = createRetryPolicy({ firstDelayMillis: 10 });
  expect(policy(failed("b2_list_buckets", { status: 503 }))).toBeGreaterThanOrEqual(5);
  expect(policy(failed("b2_list_buckets", { status: 401, code: "expired_auth_token" }))).toBeUndefined();
  expect(policy(failed("b2_finish_large_file", { status: 503 }))).toBeUndefined();
});

test("sleep ends at once when it is aborted, with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const slept = sleep(1e9, controller.signal);
  controller.abort(reason);
  await expect(slept).rejects.toBe(reason);
  await expect(sleep(1e9, controller.signal)).rejects.toBe(reason);
});
