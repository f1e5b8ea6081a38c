import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  createRawClient,
  type FailedAttempt,
  type RawClientOptions,
  type Transport,
  TransportError,
  type TransportRequest,
} from "../../src/raw/index.ts";
import { serve } from "./loopback.ts";
import { authorization } from "./wire-answers.ts";

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A transport without a network: gives the answers in turn, then the last one for ever, and keeps the requests. */
function script(...answers: Array<Answer | Error>) {
  const requests: TransportRequest[] = [];
  const transport: Transport = async (request) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)] ?? { body: {} };
    requests.push(request);
    if (answer instanceof Error) {
      throw answer;
    }
    return {
      status: answer.status ?? 200,
      headers: new Headers(answer.headers),
      body: chunk(answer.body ?? {}),
      discard: () => {},
    };
  };
  return { transport, requests };
}

async function* chunk(value: unknown) {
  yield new TextEncoder().encode(JSON.stringify(value));
}

const credentials = { applicationKeyId: "id", applicationKey: "key" };
const listBuckets = { body: { accountId: "0a1b2c3d4e5f" } } as const;

describe("without what the operation needs", () => {
  const SHA1 = "do_not_verify";
  const upload = { Authorization: "3_t", "X-Bz-File-Name": "n", "X-Bz-Content-Sha1": SHA1 } as const;
  const uploadUrl = "https://pod.example.com/upload";

  test.each<
    [string, RawClientOptions, (raw: ReturnType<typeof createRawClient>) => Promise<unknown>, RegExp]
  >([
    [
      "an authorization for a JSON call",
      {},
      (raw) => raw.POST("/b2api/v4/b2_list_buckets", listBuckets),
      /b2_list_buckets needs the authorization option/,
    ],
    [
      "an authorization for a JSON call to a given place",
      {},
      (raw) => raw.POST("/b2api/v4/b2_list_buckets", { ...listBuckets, baseUrl: "https://api.example.com" }),
      /b2_list_buckets needs the authorization option/,
    ],
    [
      "a place for a JSON call with a given token",
      {},
      (raw) => raw.POST("/b2api/v4/b2_list_buckets", { ...listBuckets, headers: { Authorization: "4_t" } }),
      /b2_list_buckets needs the authorization option/,
    ],
    [
      "an authorization for a download",
      {},
      (raw) => raw.GET("/b2api/v4/b2_download_file_by_id", { params: { query: { fileId: "f" } } }),
      /b2_download_file_by_id needs the authorization option/,
    ],
    [
      "credentials",
      { authorization },
      (raw) => raw.GET("/b2api/v4/b2_authorize_account"),
      /b2_authorize_account needs the credentials option/,
    ],
    [
      "an upload token",
      { authorization, credentials },
      (raw) =>
        raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
          // @ts-expect-error The token is left out.
          params: { path: { uploadUrl }, header: { "X-Bz-File-Name": "n", "X-Bz-Content-Sha1": SHA1 } },
          body: new Uint8Array(),
        }),
      /b2_upload_file needs the upload token/,
    ],
    [
      "an upload URL",
      { authorization },
      (raw) =>
        raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
          // @ts-expect-error The upload URL is left out.
          params: { header: upload },
          body: new Uint8Array(),
        }),
      /URL/,
    ],
    [
      "the length of a stream",
      { authorization },
      (raw) =>
        raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
          params: { path: { uploadUrl }, header: upload },
          body: new Blob(["hello"]).stream(),
        }),
      /Content-Length/,
    ],
    [
      "a path of the description",
      { authorization },
      // @ts-expect-error No operation has this path.
      (raw) => raw.POST("/b2api/v4/b2_list_groups", { body: {} }),
      /POST \/b2api\/v4\/b2_list_groups is not an operation/,
    ],
    [
      "a method of the description",
      { authorization },
      // @ts-expect-error The description has this path with POST only.
      (raw) => raw.GET("/b2api/v4/b2_list_buckets", listBuckets),
      /GET \/b2api\/v4\/b2_list_buckets is not an operation/,
    ],
  ])("%s, no request is made", async (_, options, call, message) => {
    const { transport, requests } = script();
    const error = await call(createRawClient({ ...options, transport })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(message);
    expect(requests).toEqual([]);
  });

  test("a length that is not the body's, no request is made", async () => {
    const { transport, requests } = script();
    const call = createRawClient({ transport }).POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
      params: { path: { uploadUrl }, header: { ...upload, "Content-Length": 4 } },
      body: new Blob(["hello"]),
    });
    await expect(call).rejects.toThrow(RangeError);
    expect(requests).toEqual([]);
  });
});

describe("authorization", () => {
  test("is asked for anew by each call that uses it, and by no other", async () => {
    const { transport, requests } = script();
    let issued = 0;
    const raw = createRawClient({
      transport,
      credentials,
      authorization: async () => {
        issued += 1;
        return { ...authorization, authorizationToken: `4_${issued}` };
      },
    });
    await raw.POST("/b2api/v4/b2_list_buckets", listBuckets);
    await raw.GET("/b2api/v4/b2_download_file_by_id", {
      params: { query: { fileId: "f" } },
      parseAs: "text",
    });
    await raw.GET("/b2api/v4/b2_authorize_account");
    await raw.POST("/b2api/v4/b2_list_buckets", {
      ...listBuckets,
      baseUrl: "https://api.example.com",
      headers: { Authorization: "4_mine" },
    });
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([
      "4_1",
      "4_2",
      "Basic aWQ6a2V5",
      "4_mine",
    ]);
    expect(issued).toBe(2);
  });

  test("is not needed to download a public file from a given place", async () => {
    const { transport, requests } = script();
    await createRawClient({ transport }).GET("/file/{bucketName}/{fileName}", {
      params: { path: { bucketName: "bucket", fileName: "a b" } },
      baseUrl: "https://files.example.com/",
      parseAs: "text",
    });
    expect(requests).toMatchObject([{ url: "https://files.example.com/file/bucket/a%20b" }]);
    expect(requests[0]?.headers).not.toHaveProperty("authorization");
  });

  test.each([
    [
      "the caller's header replaces the token",
      { headers: { Authorization: "4_mine" } },
      "4_mine",
      "api004.backblazeb2.com",
    ],
    [
      "the caller's baseUrl replaces the address",
      { baseUrl: "https://eu.example.com" },
      "4_account_token",
      "eu.example.com",
    ],
  ])("%s", async (_, init, token, host) => {
    const { transport, requests } = script();
    await createRawClient({ transport, authorization }).POST("/b2api/v4/b2_list_buckets", {
      ...listBuckets,
      ...init,
    });
    expect(requests[0]?.headers.authorization).toBe(token);
    expect(new URL(requests[0]?.url ?? "").host).toBe(host);
  });

  test("a realm of one's own is asked by authorize only", async () => {
    const { transport, requests } = script();
    const raw = createRawClient({ transport, authorization, credentials, realm: "http://127.0.0.1:8180" });
    await raw.GET("/b2api/v4/b2_authorize_account");
    await raw.POST("/b2api/v4/b2_list_buckets", listBuckets);
    expect(requests.map(({ url }) => new URL(url).origin)).toEqual([
      "http://127.0.0.1:8180",
      "https://api004.backblazeb2.com",
    ]);
  });
});

describe("the transport", () => {
  test("is told how long the operation may take", async () => {
    const { transport, requests } = script();
    const raw = createRawClient({ transport, authorization });
    await raw.POST("/b2api/v4/b2_list_buckets", listBuckets);
    await raw.POST("/b2api/v4/b2_copy_file", { body: { sourceFileId: "f", fileName: "n" } });
    await raw.GET("/b2api/v4/b2_download_file_by_id", {
      params: { query: { fileId: "f" } },
      parseAs: "text",
    });
    expect(requests.map(({ answerTimeoutMillis }) => answerTimeoutMillis)).toEqual([
      120_000, 1_200_000, 120_000,
    ]);
  });

  test("rejects the call when no answer came", async () => {
    const lost = new TransportError("reset", "waiting", { code: "ECONNRESET" });
    const { transport, requests } = script(lost);
    const call = createRawClient({ transport, authorization }).POST("/b2api/v4/b2_list_buckets", listBuckets);
    await expect(call).rejects.toBe(lost);
    expect(requests).toHaveLength(1);
  });
});

describe("middleware", () => {
  test("sees the final URL and adds a header", async () => {
    const { transport, requests } = script();
    const raw = createRawClient({ transport, authorization });
    const seen: string[] = [];
    raw.use({
      onRequest({ request, schemaPath }) {
        seen.push(`${request.method} ${request.url} for ${schemaPath}`);
        request.headers.set("X-Trace", "abc");
        return request;
      },
    });
    await raw.POST("/b2api/v4/b2_list_buckets", listBuckets);
    await raw.GET("/file/{bucketName}/{fileName}", {
      params: { path: { bucketName: "bucket", fileName: "ö/1+1" } },
      parseAs: "text",
    });
    expect(seen).toEqual([
      "POST https://api004.backblazeb2.com/b2api/v4/b2_list_buckets for /b2api/v4/b2_list_buckets",
      "GET https://f004.backblazeb2.com/file/bucket/%C3%B6/1%2B1 for /file/{bucketName}/{fileName}",
    ]);
    expect(requests.map(({ headers }) => headers["x-trace"])).toEqual(["abc", "abc"]);
  });

  test("replaces the request, its body included, and the path stays as it was written", async () => {
    const { transport, requests } = script();
    const raw = createRawClient({ transport, authorization });
    raw.use({
      onRequest: ({ request }) => new Request(request, { headers: [...request.headers, ["X-Trace", "abc"]] }),
    });
    await raw.POST("/b2api/v4/b2_list_buckets", listBuckets);
    await raw.GET("/file/{bucketName}/{fileName}", {
      params: { path: { bucketName: "bucket", fileName: "a/../b" } },
      parseAs: "text",
    });
    expect(requests[1]?.url).toBe("https://f004.backblazeb2.com/file/bucket/a/../b");
    expect(requests[0]).toMatchObject({
      url: "https://api004.backblazeb2.com/b2api/v4/b2_list_buckets",
      method: "POST",
      headers: { authorization: "4_account_token", "content-type": "application/json", "x-trace": "abc" },
    });
    expect(requests[0]?.content?.length).toBe('{"accountId":"0a1b2c3d4e5f"}'.length);
  });

  test("sends the call elsewhere", async () => {
    const { transport, requests } = script();
    const raw = createRawClient({ transport, authorization });
    raw.use({ onRequest: ({ request }) => new Request("https://mirror.example.com/x?y", request) });
    await raw.GET("/b2api/v4/b2_download_file_by_id", {
      params: { query: { fileId: "f" } },
      parseAs: "text",
    });
    expect(requests[0]?.url).toBe("https://mirror.example.com/x?y");
  });

  test("sees the answer, and leaves when ejected", async () => {
    const { transport } = script({
      status: 503,
      body: { status: 503, code: "service_unavailable", message: "" },
    });
    const raw = createRawClient({ transport, authorization });
    const statuses: number[] = [];
    const watch = {
      onResponse: ({ response }: { response: Response }) => void statuses.push(response.status),
    };
    raw.use(watch);
    await raw.POST("/b2api/v4/b2_list_buckets", listBuckets);
    raw.eject(watch);
    await raw.POST("/b2api/v4/b2_list_buckets", listBuckets);
    await raw.POST("/b2api/v4/b2_list_buckets", { ...listBuckets, middleware: [watch] });
    expect(statuses).toEqual([503, 503]);
  });

  test("may answer in the service's place", async () => {
    const { transport, requests } = script();
    const raw = createRawClient({ transport, authorization });
    raw.use({ onRequest: () => Response.json({ buckets: [] }) });
    const { data } = await raw.POST("/b2api/v4/b2_list_buckets", listBuckets);
    expect(data).toEqual({ buckets: [] });
    expect(requests).toEqual([]);
  });
});

describe("retry", () => {
  // Is loaded when it is needed first, which time that stands still would keep from happening.
  beforeAll(async () => void (await import("../../src/raw/repetition.ts")));
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const busy: Answer = {
    status: 503,
    headers: { "Retry-After": "7" },
    body: { status: 503, code: "service_unavailable", message: "busy" },
  };
  const done: Answer = { body: { buckets: [] } };

  test("asks the policy with operation, attempt, status, code, Retry-After and time, and waits as it says", async () => {
    const lost = new TransportError("reset", "waiting", { code: "ECONNRESET" });
    const { transport, requests } = script(busy, lost, { status: 502 }, done);
    const asked: FailedAttempt[] = [];
    const waits = [2500, 500, 1_000_000];
    const retry = (failed: FailedAttempt) => {
      asked.push(failed);
      return waits[asked.length - 1];
    };
    const call = createRawClient({ transport, authorization, retry }).POST(
      "/b2api/v4/b2_list_buckets",
      listBuckets,
    );

    for (const [wait, attempts] of [
      [0, 1],
      [2499, 1],
      [1, 2],
      [499, 2],
      [1, 3],
      [999_999, 3],
      [1, 4],
    ] as const) {
      await vi.advanceTimersByTimeAsync(wait);
      expect(requests).toHaveLength(attempts);
    }
    expect(await call).toMatchObject({ data: { buckets: [] } });

    const operation = expect.objectContaining({ operationId: "b2_list_buckets", retry: "repeat" });
    expect(asked).toEqual([
      { operation, attempt: 1, elapsedMillis: 0, status: 503, code: "service_unavailable", retryAfter: "7" },
      { operation, attempt: 2, elapsedMillis: 2500, error: lost },
      { operation, attempt: 3, elapsedMillis: 3000, status: 502 },
    ]);
    const sent = await Promise.all(requests.map(({ content }) => new Response(content?.whole).text()));
    expect(sent).toEqual(new Array(4).fill('{"accountId":"0a1b2c3d4e5f"}'));
  });

  test("gives the last error when the policy gives up", async () => {
    const { transport, requests } = script(busy);
    const retry = ({ attempt }: FailedAttempt) => (attempt < 3 ? 10 : undefined);
    const call = createRawClient({ transport, authorization, retry }).POST(
      "/b2api/v4/b2_list_buckets",
      listBuckets,
    );
    await vi.runAllTimersAsync();
    expect((await call).error).toEqual({ status: 503, code: "service_unavailable", message: "busy" });
    expect(requests).toHaveLength(3);
  });

  test("repeats nothing without a policy, whatever Retry-After says", async () => {
    const { transport, requests } = script(busy, done);
    const { error } = await createRawClient({ transport, authorization }).POST(
      "/b2api/v4/b2_list_buckets",
      listBuckets,
    );
    expect(error?.code).toBe("service_unavailable");
    expect(requests).toHaveLength(1);
  });

  test("leaves file contents alone, in both directions", async () => {
    const { transport, requests } = script(busy, done);
    const retry = vi.fn(() => 0);
    const raw = createRawClient({ transport, authorization, retry });
    const download = await raw.GET("/b2api/v4/b2_download_file_by_id", {
      params: { query: { fileId: "f" } },
    });
    expect(download.error?.code).toBe("service_unavailable");
    requests.length = 0;
    const upload = await raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
      params: {
        path: { uploadUrl: "https://pod.example.com/upload" },
        header: { Authorization: "3_t", "X-Bz-File-Name": "n", "X-Bz-Content-Sha1": "do_not_verify" },
      },
      body: new Uint8Array(),
    });
    expect(upload.error?.code).toBe("service_unavailable");
    expect(requests).toHaveLength(1);
    expect(retry).not.toHaveBeenCalled();
  });

  test.each([new Error("enough"), "enough"])(
    "ends the wait when the signal aborts with %j",
    async (reason) => {
      const { transport, requests } = script(busy);
      const controller = new AbortController();
      const retry = vi.fn(() => 60_000);
      const call = createRawClient({ transport, authorization, retry }).POST("/b2api/v4/b2_list_buckets", {
        ...listBuckets,
        signal: controller.signal,
      });
      const ended = expect(call).rejects.toBe(reason);
      await vi.advanceTimersByTimeAsync(1000);
      controller.abort(reason);
      await ended;
      await vi.runAllTimersAsync();
      expect(requests).toHaveLength(1);
      expect(retry).toHaveBeenCalledTimes(1);
    },
  );
});

describe("signal", () => {
  test.each([new Error("enough"), "enough"])(
    "ends a JSON call under way with its reason, %j, without asking the policy",
    async (reason) => {
      const controller = new AbortController();
      const url = await serve(() => controller.abort(reason));
      const retry = vi.fn(() => 0);
      const call = createRawClient({ authorization, retry }).POST("/b2api/v4/b2_list_buckets", {
        ...listBuckets,
        baseUrl: url,
        signal: controller.signal,
      });
      await expect(call).rejects.toBe(reason);
      expect(retry).not.toHaveBeenCalled();
    },
  );

  test("that has aborted already lets nothing be sent", async () => {
    let requests = 0;
    const baseUrl = await serve((_request, response) => {
      requests += 1;
      response.end("{}");
    });
    const reason = new Error("enough");
    const raw = createRawClient({ authorization });
    const signal = AbortSignal.abort(reason);
    const list = raw.POST("/b2api/v4/b2_list_buckets", { ...listBuckets, baseUrl, signal });
    await expect(list).rejects.toBe(reason);
    const download = raw.GET("/b2api/v4/b2_download_file_by_id", {
      params: { query: { fileId: "f" } },
      baseUrl,
      signal,
    });
    await expect(download).rejects.toBe(reason);
    expect(requests).toBe(0);
  });

  test("ends an upload while it is sent", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const url = await serve((request) => request.once("data", () => controller.abort(reason)));
    let ended = false;
    async function* endless() {
      try {
        for (;;) {
          yield new Uint8Array(65_536);
        }
      } finally {
        ended = true;
      }
    }
    const call = createRawClient().POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
      params: {
        path: { uploadUrl: url },
        header: {
          Authorization: "3_t",
          "X-Bz-File-Name": "n",
          "X-Bz-Content-Sha1": "do_not_verify",
          "Content-Length": 1e12,
        },
      },
      body: endless(),
      signal: controller.signal,
    });
    await expect(call).rejects.toBe(reason);
    await expect.poll(() => ended).toBe(true);
  });
});
