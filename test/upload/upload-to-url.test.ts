import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { FaultEffect } from "../../src/emulator/fault.ts";
import {
  AuthorizationError,
  type B2Error,
  ChecksumError,
  type TransferProgress,
  UnavailableError,
  type UploadTarget,
  type UploadToUrlOptions,
  uploadToUrl,
} from "../../src/index.ts";
import { apiFor, emulatorForTest } from "../support.ts";
import { bytesOf, recordingTransport, sha1 } from "./support.ts";

const quick = { retry: { firstDelayMillis: 1 } } satisfies UploadToUrlOptions;

/** Starts an emulator with a bucket, and what hands its upload URLs out. */
async function start() {
  const emulator = await emulatorForTest();
  const b2 = apiFor(emulator);
  const bucket = await b2.createBucket("handed-out", "allPrivate");
  const target = async () => {
    const { data } = await b2.raw.POST("/b2api/v4/b2_get_upload_url", { body: { bucketId: bucket.id } });
    if (data === undefined) {
      throw new Error("There is no upload URL");
    }
    return data;
  };
  return { emulator, bucket, target };
}

describe("uploadToUrl", () => {
  test("stores a file with nothing but the URL and its token", async () => {
    const { emulator, bucket, target } = await start();
    const handed = await target();
    emulator.requests.clear();
    const reported: TransferProgress[] = [];
    const content = new File([bytesOf(3_000_000)], "any", { lastModified: 1_700_000_000_000 });
    const stored = await uploadToUrl(handed, content, "größe + more.txt", {
      contentType: "text/plain",
      fileInfo: { author: "Zoë" },
      onProgress: (progress) => reported.push(progress),
    });
    expect(emulator.requests.byOperation).toEqual({ b2_upload_file: 1 });
    expect(stored).toMatchObject({
      fileName: "größe + more.txt",
      contentLength: 3_000_000,
      contentSha1: sha1(bytesOf(3_000_000)),
      contentType: "text/plain",
      fileInfo: { author: "Zoë", src_last_modified_millis: "1700000000000" },
    });
    expect(reported.at(-1)).toEqual({ bytes: 3_000_000, totalBytes: 3_000_000 });
    const file = await bucket.downloadFileByName("größe + more.txt");
    expect(sha1(await file.bytes())).toBe(stored.contentSha1);
  });

  test.each<[string, FaultEffect]>([
    ["the service is busy", { status: 503, code: "service_unavailable" }],
    ["the connection is reset", { reset: "during" }],
    ["the token is dead", { status: 401, code: "expired_auth_token" }],
  ])("asks for another URL when %s", async (_, effect) => {
    const { emulator, target } = await start();
    emulator.faults.add({ operation: "b2_upload_file", nth: 1, ...effect });
    const { transport, requests } = recordingTransport();
    const stored = await uploadToUrl(target, bytesOf(2_000_000), "a", { ...quick, transport });
    expect(new Set(requests.map(({ url }) => url)).size).toBe(2);
    expect(stored.contentSha1).toBe(sha1(bytesOf(2_000_000)));
  });

  test("with one fixed URL waits on 429 and gives up on anything else", async () => {
    const { emulator, target } = await start();
    const handed = await target();
    emulator.faults.add({ operation: "b2_upload_file", nth: 1, status: 429, code: "too_many_requests" });
    emulator.faults.add({ operation: "b2_upload_file", nth: 3, status: 503, code: "service_unavailable" });
    emulator.faults.add({ operation: "b2_upload_file", nth: 4, status: 401, code: "expired_auth_token" });
    const retried: number[] = [];
    const hooks = { onRetry: ({ attempt }: { attempt: number }) => void retried.push(attempt) };
    await uploadToUrl(handed, bytesOf(10), "a", { ...quick, hooks });
    expect(retried).toEqual([1]);
    await expect(uploadToUrl(handed, bytesOf(10), "a", quick)).rejects.toBeInstanceOf(UnavailableError);
    const error = await uploadToUrl(handed, bytesOf(10), "a", quick).catch((reason: B2Error) => reason);
    expect(error).toBeInstanceOf(AuthorizationError);
    expect(error).toMatchObject({ operation: "b2_upload_file", fileName: "a", attempts: 1 });
    expect(inspect(error, { depth: null })).not.toMatch(
      new RegExp(`${handed.authorizationToken}|${handed.uploadUrl}`),
    );
    expect(emulator.requests.byOperation.b2_upload_file).toBe(4);
  });

  test("stores nothing when the content is not what it should be", async () => {
    const { emulator, target } = await start();
    for (const size of [10, 2_000_000]) {
      const contentSha1 = "0".repeat(40);
      await expect(uploadToUrl(target, bytesOf(size), "a", { contentSha1 })).rejects.toBeInstanceOf(
        ChecksumError,
      );
    }
    expect(emulator.requests.byOperation.b2_upload_file).toBe(1); // The short one was not even sent.
  });

  test.each<[string, UploadTarget, Parameters<typeof uploadToUrl>[1], string, UploadToUrlOptions, RegExp]>([
    ["a stream", unused, new Blob(["a"]).stream(), "a", {}, /takes no streams/],
    ["an empty name", unused, bytesOf(1), "", {}, /name is empty/],
    ["a wrong digest", unused, bytesOf(1), "a", { contentSha1: "1" }, /40 lower-case hex digits/],
    [
      "a URL that is none",
      { uploadUrl: "x", authorizationToken: "y" },
      bytesOf(1),
      "a",
      {},
      /no absolute URL/,
    ],
  ])("refuses %s before a request", async (_, target, source, name, options, reason) => {
    await expect(uploadToUrl(target, source, name, options)).rejects.toThrow(reason);
  });

  test("ends with the signal's own reason, also while it waits for a URL", async () => {
    const { emulator, target } = await start();
    emulator.faults.add({ operation: "b2_upload_file", nth: 1, stall: "response" });
    const controller = new AbortController();
    const stuck = uploadToUrl(target, bytesOf(10), "a", { signal: controller.signal });
    const never = uploadToUrl(() => new Promise(() => {}), bytesOf(10), "a", { signal: controller.signal });
    await emulator.requests.next("b2_upload_file");
    const reason = new Error("enough");
    controller.abort(reason);
    const rejected = { status: "rejected", reason };
    expect(await Promise.allSettled([stuck, never])).toEqual([rejected, rejected]);
  });
});

function unused(): never {
  throw new Error("Nobody asks for a URL");
}
