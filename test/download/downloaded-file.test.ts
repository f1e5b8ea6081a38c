import { describe, expect, onTestFinished, test, vi } from "vitest";
import { DownloadVersion } from "../../src/download/download-version.ts";
import {
  ChecksumError,
  CustomerKey,
  type DownloadedFile,
  type DownloadOptions,
  NotFoundError,
  RefusedError,
  type RetryEvent,
  UnavailableError,
  UnexpectedAnswerError,
} from "../../src/index.ts";
import {
  downloadHeaders,
  nodeTransport,
  type Transport,
  TransportError,
  type TransportResponse,
} from "../../src/raw/index.ts";
import { apiFor, serverForTest } from "../support.ts";
import { replaceFile, sha1, storedFile } from "./support.ts";

const byName = "b2_download_file_by_name";
const byId = "b2_download_file_by_id";

/** A transport that loses each download's connection when half of its bytes have come, rounded up. */
function halving(): Transport {
  const inner = nodeTransport();
  return async (request) => {
    const response = await inner(request);
    const half = Math.ceil(Number(response.headers.get("Content-Length")) / 2);
    return request.url.includes("download") || request.url.includes("/file/")
      ? { ...response, body: cut(response, half) }
      : response;
  };
}

async function* cut({ body, discard }: TransportResponse, most: number) {
  let left = most;
  for await (const chunk of body) {
    yield chunk.subarray(0, left);
    left -= Math.min(left, chunk.length);
    if (left === 0) {
      discard();
      throw new TransportError("The connection was reset", "receiving");
    }
  }
}

async function iterate(file: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const ways: Array<[string, (file: DownloadedFile) => Promise<Uint8Array>]> = [
  ["bytes", (file) => file.bytes()],
  ["stream", async (file) => new Uint8Array(await new Response(file.stream()).arrayBuffer())],
  ["iteration", iterate],
];

describe.each(ways)("content read by %s", (_, read) => {
  test.each([0, 1, 300_000, 3_000_000])("is what was stored, of %d bytes, in one request", async (size) => {
    const { emulator, bucket, bytes } = await storedFile(size);
    expect(Buffer.compare(await read(await bucket.downloadFileByName("file")), bytes)).toBe(0);
    expect(emulator.requests.byOperation).toEqual({ [byName]: 1 });
  });

  test("goes on at once where it broke off, as often as each request brings more", async () => {
    const retries: RetryEvent[] = [];
    const { emulator, bucket, bytes } = await storedFile(500_000, {
      api: { hooks: { onRetry: (event) => retries.push(event) }, retry: { firstDelayMillis: 1_000_000 } },
    });
    emulator.faults.add({ operation: byName, truncate: 100_000 });
    emulator.faults.add({ operation: byId, truncate: 100_000 });
    expect(Buffer.compare(await read(await bucket.downloadFileByName("file")), bytes)).toBe(0);
    expect(emulator.requests.count(byName)).toBe(1);
    expect(emulator.requests.count(byId)).toBe(4);
    expect(retries.map(({ attempt, delayMillis }) => [attempt, delayMillis])).toEqual(
      Array.from({ length: 4 }, () => [1, 0]),
    );
  });

  test("ends after few requests and without a wait although each answer is cut half-way", async () => {
    const retries: RetryEvent[] = [];
    const { emulator, bucket, bytes } = await storedFile(500_000, {
      api: {
        transport: halving(),
        hooks: { onRetry: (event) => retries.push(event) },
        retry: { firstDelayMillis: 1_000_000 },
      },
    });
    expect(Buffer.compare(await read(await bucket.downloadFileByName("file")), bytes)).toBe(0);
    expect(emulator.requests.total).toBeLessThanOrEqual(Math.ceil(Math.log2(500_000)) + 1);
    expect(new Set(retries.map(({ delayMillis }) => delayMillis))).toEqual(new Set([0]));
  });

  test("stays that of one version when another takes its name on the way", async () => {
    const { emulator, bucket, bytes } = await storedFile(500_000);
    emulator.faults.add({ operation: byName, truncate: 100_000 });
    const downloaded = await bucket.downloadFileByName("file");
    await replaceFile(bucket, 500_000);
    expect(Buffer.compare(await read(downloaded), bytes)).toBe(0);
  });

  test.each([300_000, 3_000_000])("of a whole file of %d bytes is compared with its SHA-1", async (size) => {
    const { emulator, bucket, fileId } = await storedFile(size);
    emulator.faults.add({ operation: byName, corrupt: 1000 });
    const downloaded = await bucket.downloadFileByName("file");
    const error = await read(downloaded).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ChecksumError);
    expect(error).toMatchObject({ fileName: "file", fileId });
  });

  test("is not compared for a range, nor when the caller says so", async () => {
    const { emulator, bucket } = await storedFile(300_000);
    emulator.faults.add({ operation: byName, corrupt: 1000 });
    for (const options of [{ offset: 1 }, { verify: false }] satisfies DownloadOptions[]) {
      const content = await read(await bucket.downloadFileByName("file", options));
      expect(content.length).toBe(options.offset === undefined ? 300_000 : 299_999);
    }
  });

  test("ends with an error when nothing more arrives for too long", async () => {
    const { emulator, bucket } = await storedFile(300_000, {
      api: { retry: { firstDelayMillis: 1, transferBudgetMillis: 50 } },
    });
    emulator.faults.add({ operation: byName, truncate: 100_000 });
    emulator.faults.add({ operation: byId, truncate: 0 });
    const error = await read(await bucket.downloadFileByName("file")).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ operation: byId, cause: { name: "TransportError", phase: "receiving" } });
  });

  test("ends with the signal's reason", async () => {
    const controller = new AbortController();
    const { emulator, bucket } = await storedFile(300_000);
    emulator.faults.add({ operation: byName, stall: "response" });
    const downloaded = await bucket.downloadFileByName("file", { signal: controller.signal });
    const content = read(downloaded);
    controller.abort("enough");
    await expect(content).rejects.toBe("enough");
  });

  test("gives no chunk more after an abort", async () => {
    const controller = new AbortController();
    const { bucket } = await storedFile(3_000_000);
    const downloaded = await bucket.downloadFileByName("file", { signal: controller.signal });
    let chunks = 0;
    const reading = (async () => {
      for await (const _ of downloaded) {
        chunks += 1;
        controller.abort("enough");
      }
    })();
    await expect(reading).rejects.toBe("enough");
    expect(chunks).toBe(1);
  });
});

test("b2sdk 55: content with an unverified SHA-1 is compared without the prefix", async () => {
  const { emulator, b2, bucket } = await storedFile(10);
  const bytes = Buffer.from("not checked when it was stored");
  const { data: target } = await b2.raw.POST("/b2api/v4/b2_get_upload_url", {
    body: { bucketId: bucket.id },
  });
  await b2.raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
    params: {
      path: { uploadUrl: target?.uploadUrl ?? "" },
      header: {
        Authorization: target?.authorizationToken ?? "",
        "X-Bz-File-Name": "unverified",
        "X-Bz-Content-Sha1": "do_not_verify",
        "Content-Length": bytes.length,
      },
    },
    body: bytes,
  });
  const downloaded = await bucket.downloadFileByName("unverified");
  expect(downloaded.downloadVersion).toMatchObject({
    contentSha1: sha1(bytes),
    isContentSha1Verified: false,
  });
  expect(Buffer.compare(await downloaded.bytes(), bytes)).toBe(0);
  emulator.faults.add({ operation: byName, corrupt: 3 });
  await expect((await bucket.downloadFileByName("unverified")).bytes()).rejects.toBeInstanceOf(ChecksumError);
});

test("text is read as UTF-8", async () => {
  const { bucket } = await storedFile(10);
  const downloaded = await bucket.downloadFileByName("file");
  expect(await downloaded.text()).toBe(
    new TextDecoder().decode(await (await bucket.downloadFileByName("file")).bytes()),
  );
});

test("what is labelled as compressed comes back as it was stored", async () => {
  const { bucket, bytes } = await storedFile(300_000, { contentEncoding: "gzip" });
  const downloaded = await bucket.downloadFileByName("file");
  expect(downloaded.downloadVersion.headers.contentEncoding).toBe("gzip");
  expect(Buffer.compare(await downloaded.bytes(), bytes)).toBe(0);
});

test("content encrypted with a customer key is read with that key, also after a break", async () => {
  const encryption = { mode: "SSE-C", key: new CustomerKey(new Uint8Array(32).fill(7)) } as const;
  const { emulator, bucket, bytes } = await storedFile(300_000, { encryption });
  emulator.faults.add({ operation: byName, truncate: 100_000 });
  const content = await (await bucket.downloadFileByName("file", { encryption })).bytes();
  expect(Buffer.compare(content, bytes)).toBe(0);
  await expect(bucket.downloadFileByName("file")).rejects.toBeInstanceOf(RefusedError);
});

describe("a range", () => {
  test.each([
    [0, 1],
    [0, 1000],
    [1, 998],
    [999, 1],
    [400, undefined],
  ])("from %d of %s bytes brings exactly these", async (offset, length) => {
    const { emulator, bucket, bytes } = await storedFile(1000);
    const end = length === undefined ? 1000 : offset + length;
    for (const [_, read] of ways) {
      const downloaded = await bucket.downloadFileByName("file", {
        offset,
        ...(length !== undefined && { length }),
      });
      expect(downloaded.downloadVersion).toMatchObject({
        size: 1000,
        contentLength: end - offset,
        range: { offset, length: end - offset },
      });
      expect(Buffer.compare(await read(downloaded), bytes.subarray(offset, end))).toBe(0);
    }
    expect(emulator.requests.byOperation).toEqual({ [byName]: 3 });
  });

  test("goes on inside the range after a break", async () => {
    const { emulator, b2, fileId, bytes } = await storedFile(500_000);
    emulator.faults.add({ operation: byId, truncate: 100_000 });
    const downloaded = await b2.downloadFileById(fileId, { offset: 50_000, length: 350_000 });
    expect(Buffer.compare(await downloaded.bytes(), bytes.subarray(50_000, 400_000))).toBe(0);
  });

  test("is no part of what the whole file's headers say", async () => {
    const { bucket } = await storedFile(1000);
    const { downloadVersion } = await bucket.downloadFileByName("file");
    expect(downloadVersion).toMatchObject({ size: 1000, contentLength: 1000, range: undefined });
    expect(await bucket.getFileInfoByName("file")).toMatchObject({ size: 1000, range: undefined });
  });

  test("b2sdk 53: that reaches one byte beyond the end is an error, and its connection is closed", async () => {
    const closed = vi.fn();
    const { bucket } = await storedFile(1000, { api: { transport: watching({ discarded: closed }) } });
    await expect(bucket.downloadFileByName("file", { offset: 900, length: 101 })).rejects.toThrow(
      new RangeError(
        'The range of 101 bytes from 900 reaches beyond the end of "file", which has 1000 bytes',
      ),
    );
    expect(closed).toHaveBeenCalledTimes(1);
  });

  test("behind the end is refused by the service", async () => {
    const { bucket } = await storedFile(1000);
    const error = await bucket
      .downloadFileByName("file", { offset: 1000 })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ status: 416, code: "range_not_satisfiable" });
  });

  test.each<[DownloadOptions, RegExp]>([
    [{ offset: -1 }, /offset must be a whole number from 0, not -1/],
    [{ offset: 0.5 }, /offset must be a whole number/],
    [{ length: 0 }, /length must be a whole number from 1, not 0/],
    [{ length: Number.NaN }, /length must be a whole number/],
  ])("%j is refused before any request", async (options, message) => {
    const { emulator, bucket, b2, fileId, stored } = await storedFile(10);
    for (const download of [
      () => bucket.downloadFileByName("file", options),
      () => bucket.downloadFileById(fileId, options),
      () => b2.downloadFileById(fileId, options),
      () => stored.download(options),
    ]) {
      await expect(download()).rejects.toThrow(message);
      await expect(download()).rejects.toBeInstanceOf(RangeError);
    }
    expect(emulator.requests.total).toBe(0);
  });

  test.each([
    ["the whole file", { status: 200, range: undefined }],
    ["other bytes", { status: 206, range: "bytes 0-9/1000" }],
    ["a range that makes no sense", { status: 206, range: "bytes 9-0/1000" }],
    ["bytes of another kind", { status: 206, range: "lines 5-9/1000" }],
  ])("answered with %s is not taken for the right one", async (_, { status, range }) => {
    const { bucket } = await storedFile(1000, {
      api: { transport: answering(status, range, "b2_download_file_by_id|/file/") },
    });
    await expect(bucket.downloadFileByName("file", { offset: 5 })).rejects.toBeInstanceOf(
      UnexpectedAnswerError,
    );
  });

  test.each([
    ["the whole file", { status: 200, range: undefined }],
    ["other bytes", { status: 206, range: "bytes 0-9/1000" }],
  ])("that was asked for to go on, and answered with %s, is not mixed in", async (_, { status, range }) => {
    const { emulator, bucket } = await storedFile(1000, {
      api: { transport: answering(status, range, "b2_download_file_by_id") },
    });
    emulator.faults.add({ operation: byName, truncate: 100 });
    const downloaded = await bucket.downloadFileByName("file");
    await expect(downloaded.bytes()).rejects.toBeInstanceOf(UnexpectedAnswerError);
  });
});

test("a version that was deleted on the way is not found", async () => {
  const { emulator, bucket, stored } = await storedFile(300_000);
  emulator.faults.add({ operation: byName, truncate: 100_000 });
  const downloaded = await bucket.downloadFileByName("file");
  await replaceFile(bucket, 300_000);
  await stored.delete();
  await expect(downloaded.bytes()).rejects.toBeInstanceOf(NotFoundError);
});

test("an answer of fewer bytes than announced is noticed where there is no SHA-1", async () => {
  const { emulator, bucket } = await storedFile(300_000);
  emulator.faults.add({ operation: byName, wrongContentLength: 10 });
  const downloaded = await bucket.downloadFileByName("file", { verify: false });
  await expect(downloaded.bytes()).rejects.toThrow(/arrived with 300000 bytes instead of 300010/);
});

test("headers of the answer are replaced on demand", async () => {
  const { bucket } = await storedFile(10, { cacheControl: "no-store" });
  const { downloadVersion } = await bucket.downloadFileByName("file", {
    responseHeaders: {
      contentType: "text/x-special",
      contentDisposition: 'attachment; filename="a b.txt"',
      contentLanguage: "de",
      contentEncoding: "br",
      cacheControl: "max-age=1",
      expires: new Date(0),
    },
  });
  expect(downloadVersion.contentType).toBe("text/x-special");
  expect(downloadVersion.headers).toEqual({
    contentDisposition: 'attachment; filename="a b.txt"',
    contentLanguage: "de",
    contentEncoding: "br",
    cacheControl: "max-age=1",
    expires: "Thu, 01 Jan 1970 00:00:00 GMT",
  });
  expect(downloadVersion.expires).toEqual(new Date(0));
});

describe("an answer that nobody reads", () => {
  test("is released after half a minute, and asked for again by who reads it later", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const closed = vi.fn();
    const { emulator, bucket, bytes } = await storedFile(300_000, {
      api: { transport: watching({ discarded: closed }) },
    });
    const downloaded = await bucket.downloadFileByName("file");
    vi.advanceTimersByTime(29_999);
    expect(closed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(closed).toHaveBeenCalledTimes(1);
    expect(Buffer.compare(await downloaded.bytes(), bytes)).toBe(0);
    expect(emulator.requests.byOperation).toEqual({ [byName]: 1, [byId]: 1 });
  });

  test("is released at once when it is cancelled, and can be read no more", async () => {
    const closed = vi.fn();
    const { bucket } = await storedFile(300_000, { api: { transport: watching({ discarded: closed }) } });
    const downloaded = await bucket.downloadFileByName("file");
    downloaded.cancel();
    expect(closed).toHaveBeenCalledTimes(1);
    await expect(downloaded.bytes()).rejects.toThrow(/read already/);
  });

  test("is released when its stream is cancelled before the first read", async () => {
    const closed = vi.fn();
    const { bucket } = await storedFile(300_000, { api: { transport: watching({ discarded: closed }) } });
    await (await bucket.downloadFileByName("file")).stream().cancel();
    expect(closed).toHaveBeenCalledTimes(1);
  });
});

describe("a reader who leaves early closes the connection", () => {
  async function closing(leave: (file: DownloadedFile) => Promise<void>) {
    let closed = 0;
    const url = await serverForTest((_request, response) => {
      response.writeHead(200, {
        "Content-Length": 10_000_000,
        "Content-Type": "text/plain",
        "X-Bz-File-Id": "4_z",
        "X-Bz-File-Name": "file",
        "X-Bz-Content-Sha1": "none",
        "X-Bz-Upload-Timestamp": "1",
      });
      response.write(new Uint8Array(1_000_000));
      response.once("close", () => {
        closed += 1;
      });
    });
    const { emulator } = await storedFile(1);
    const inner = nodeTransport();
    const transport: Transport = (request) =>
      inner({ ...request, url: request.url.replace(/^.*(?=\/file\/)/, url) });
    const bucket = await apiFor(emulator, { transport }).getBucketByName("test-bucket");
    await leave(await bucket.downloadFileByName("file"));
    await expect.poll(() => closed).toBe(1);
  }

  test("of a loop", () =>
    closing(async (file) => {
      for await (const _ of file) {
        break;
      }
    }));

  test("of a stream", () =>
    closing(async (file) => {
      const reader = file.stream().getReader();
      await reader.read();
      await reader.cancel();
    }));

  test("of a stream that waits for a silent service", () =>
    closing(async (file) => {
      const reader = file.stream().getReader();
      for (let read = 0; read < 1_000_000; ) {
        read += (await reader.read()).value?.length ?? 0;
      }
      const waiting = reader.read();
      await reader.cancel();
      expect((await waiting).done).toBe(true);
    }));
});

/** A transport that tells when the content of a download is discarded. */
function watching({ discarded }: { discarded: () => void }): Transport {
  const inner = nodeTransport();
  return async (request) => {
    const response = await inner(request);
    return {
      ...response,
      discard: () => {
        discarded();
        response.discard();
      },
    };
  };
}

/** A transport that changes status and range of the answers to some requests. */
function answering(status: number, range: string | undefined, paths: string): Transport {
  const inner = nodeTransport();
  return async (request) => {
    const response = await inner(request);
    if (!new RegExp(paths).test(request.url)) {
      return response;
    }
    const headers = new Headers(response.headers);
    headers.delete("Content-Range");
    if (range !== undefined) {
      headers.set("Content-Range", range);
    }
    return { ...response, status, headers };
  };
}

test("headers that a CORS rule keeps from a page are missed by name", () => {
  const headers = { "X-Bz-File-Id": "4_z", "Content-Length": "1", "Content-Type": "text/plain" };
  expect(() => new DownloadVersion(downloadHeaders(new Response("a", { headers })))).toThrow(
    /without X-Bz-File-Name: .* CORS rule must expose it/,
  );
});
