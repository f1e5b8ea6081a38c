import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type B2Api, type CallEvent, type RetryEvent, UnavailableError } from "../../src/index.ts";
import { type NodeLookup, nodeTransport } from "../../src/raw/index.ts";
import { findProxy } from "../../src/raw/proxy.ts";
import { apiFor, emulatorForTest, folderForTest, serverForTest } from "../support.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Sets the environment's proxies for one test, without those of the machine that runs it. */
function stubProxies(variables: Readonly<Record<string, string>>): void {
  for (const name of ["http_proxy", "https_proxy", "all_proxy", "no_proxy"]) {
    vi.stubEnv(name, "");
    vi.stubEnv(name.toUpperCase(), "");
  }
  for (const [name, value] of Object.entries(variables)) {
    vi.stubEnv(name, value);
  }
}

/** Uploads a small and a large file, and downloads both again with verification. */
async function moveFiles(b2: B2Api): Promise<void> {
  const bucket = await b2.createBucket("test-bucket", "allPrivate");
  const folder = await folderForTest();
  for (const [name, size] of [
    ["small", 5000],
    ["large", 3_500_000],
  ] as const) {
    const bytes = randomBytes(size);
    await bucket.uploadBytes(bytes, name);
    const path = join(folder, name);
    await (await bucket.downloadFileByName(name)).saveTo(path);
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(Buffer.from(await (await bucket.downloadFileByName(name)).bytes()).equals(bytes)).toBe(true);
  }
}

/** A proxy for `http:` URLs, and the requests that it was asked to pass on. */
async function proxyForTest() {
  const passed: Array<{ url: string; authorization: string | undefined; connection: string | undefined }> =
    [];
  const url = await serverForTest((request, response) => {
    const { "proxy-authorization": authorization, connection, ...headers } = request.headers;
    passed.push({ url: request.url ?? "", authorization, connection });
    const { host, origin } = new URL(request.url ?? "");
    const path = request.url?.slice(origin.length);
    const [hostname, port] = host.split(":");
    const onward = httpRequest({ hostname, port, path, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.rawHeaders);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  return { url, passed };
}

/** A proxy that treats the wish for a connection as it is told, and the wishes. */
async function tunnelForTest(treat: (socket: Socket, nth: number) => void) {
  const wishes: string[] = [];
  const server = createServer((_, response) => response.writeHead(400).end());
  server.on("connect", ({ url = "" }, socket: Socket) => {
    socket.on("error", () => {}).resume();
    treat(socket, wishes.push(url));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://me:pass%20word@127.0.0.1:${(server.address() as AddressInfo).port}`, wishes };
}

const answerWith = (status: string) => (socket: Socket) => void socket.end(`HTTP/1.1 ${status}\r\n\r\n`);

describe("the environment's proxy", () => {
  const http = "http://other:1080/";
  const https = "http://proxy.example.com:3128/";

  test.each<[string, Record<string, string>, string | undefined]>([
    ["https://api.backblazeb2.com/x", { HTTPS_PROXY: https, HTTP_PROXY: http }, https],
    ["https://api.backblazeb2.com/x", { https_proxy: https, HTTPS_PROXY: http }, https],
    ["http://example.com/x", { HTTPS_PROXY: https, HTTP_PROXY: http }, http],
    ["http://example.com/x", { HTTPS_PROXY: https }, undefined],
    ["https://example.com/x", { ALL_PROXY: https }, https],
    ["https://example.com/x", { HTTPS_PROXY: "proxy.example.com:3128" }, https],
    ["https://localhost:8080/x", { HTTPS_PROXY: https }, undefined],
    ["https://127.1.2.3/x", { HTTPS_PROXY: https }, undefined],
    ["https://[::1]:8080/x", { HTTPS_PROXY: https }, undefined],
  ])("for %s with %o is %s", (url, variables, proxy) => {
    stubProxies(variables);
    expect(findProxy(new URL(url))?.href).toBe(proxy);
  });

  test.each([
    ["https://b2.example.com", "example.com", false],
    ["https://b2.example.com", ".example.com", false],
    ["https://b2.example.com", "*.example.com", false],
    ["https://example.com", "example.com", false],
    ["https://B2.Example.com", "b2.EXAMPLE.com", false],
    ["https://b2.example.com", "a.example,b2.example.com other", false],
    ["https://b2.example.com", "*", false],
    ["https://b2.example.com", "b2.example.com:443", false],
    ["https://b2.example.com:8443", "example.com:8443", false],
    ["https://10.1.2.3", "10.0.0.0/8", false],
    ["https://10.1.2.3", "10.1.2.3", false],
    ["https://[fd00::7]:8443", "fd00::/8", false],
    ["https://[fd00::7]:8443", "fd00::7", false],
    ["https://[fd00::7]:8443", "[fd00::7]:8443", false],
    ["https://b2.example.com", "", true],
    ["https://b2.example.com", "b2.example.com:8443", true],
    ["https://notexample.com", "example.com", true],
    ["https://b2.example.com.evil.org", "example.com", true],
    ["https://11.1.2.3", "10.0.0.0/8", true],
    ["https://[fe80::7]", "fd00::/8", true],
    ["https://10.1.2.3", "10.0.0.0/999", true],
  ])("for %s with NO_PROXY=%s: %s", (url, list, isUsed) => {
    stubProxies({ HTTPS_PROXY: https, NO_PROXY: list });
    expect(findProxy(new URL(url)) !== undefined).toBe(isUsed);
  });

  test.each(["socks5://user:secret-word@127.0.0.1:1080", "http://", "http://secret-word@"])(
    "that is none is refused without showing it",
    (proxy) => {
      expect(() => findProxy(new URL("https://example.com"), proxy)).toThrow(TypeError);
      expect(() => findProxy(new URL("https://example.com"), proxy)).not.toThrow(/secret-word/);
    },
  );
});

describe("an http realm", () => {
  test("is reached through the proxy of the option, which learns its own password and every URL as it was written", async () => {
    const emulator = await emulatorForTest();
    const { url, passed } = await proxyForTest();
    const proxy = url.replace("http://", "http://me:pass%20word@");
    await moveFiles(apiFor(emulator, { transport: nodeTransport({ proxy }) }));
    expect(passed.length).toBe(emulator.requests.total);
    expect(passed.every((each) => each.url.startsWith(`${emulator.url}/`))).toBe(true);
    expect(new Set(passed.map(({ connection }) => connection))).toEqual(new Set(["close"]));
    expect(new Set(passed.map(({ authorization }) => authorization))).toEqual(
      new Set([`Basic ${btoa("me:pass word")}`]),
    );
  });

  test("is reached through the environment's proxy, unless the option says no or an agent is given", async () => {
    const passed: string[] = [];
    const proxy = await serverForTest((request, response) => {
      passed.push(request.url ?? "");
      response.end("{}");
    });
    stubProxies({ HTTP_PROXY: proxy });
    const request = { url: "http://b2.example.com/a/../b?c", method: "GET", headers: {} };
    expect((await nodeTransport()(request)).status).toBe(200);
    expect(passed).toEqual([request.url]);
    const lookup: NodeLookup = (_, __, callback) => callback(new Error("asked directly"), "");
    const { Agent: HttpAgent } = await import("node:http");
    const httpAgent = new HttpAgent({ lookup: (_, __, callback) => callback(new Error("by the agent"), "") });
    await expect(nodeTransport({ proxy: false, lookup })(request)).rejects.toThrow("asked directly");
    await expect(nodeTransport({ httpAgent })(request)).rejects.toThrow("by the agent");
  });
});

describe("a proxy on the way to an https realm", () => {
  const realm = "https://b2.example.com";
  const keys = { url: realm, applicationKeyId: "key-id", applicationKey: "the-key" };

  test.each(["403 Forbidden", "407 Proxy Authentication Required"])(
    "that answers %s is named at once",
    async (status) => {
      const { url, wishes } = await tunnelForTest(answerWith(status));
      const call = apiFor(keys, { transport: nodeTransport({ proxy: url }) }).listBuckets();
      await expect(call).rejects.toThrow(UnavailableError);
      await expect(call).rejects.toThrow(`${new URL(url).host} answered ${status.slice(0, 3)}`);
      await expect(call).rejects.not.toThrow(/pass/);
      expect(wishes).toEqual(["b2.example.com:443"]);
    },
  );

  test("that cannot reach it is asked again, as long as the retry policy says", async () => {
    const { url, wishes } = await tunnelForTest(answerWith("503 Service Unavailable"));
    const retry = { firstDelayMillis: 1, budgetMillis: 50 };
    const call = apiFor(keys, { retry, transport: nodeTransport({ proxy: url }) }).listBuckets();
    await expect(call).rejects.toThrow(UnavailableError);
    expect(wishes.length).toBeGreaterThan(1);
  });

  test("that is silent ends with the time limit for connections, and the connection to it is closed", async () => {
    const closed: unknown[] = [];
    const { url } = await tunnelForTest((socket) => void socket.on("end", () => closed.push(socket)));
    const transport = nodeTransport({ proxy: url, connectTimeoutMillis: 50 });
    const call = transport({ url: realm, method: "GET", headers: {} });
    await expect(call).rejects.toMatchObject({
      name: "TransportError",
      phase: "connecting",
      code: "TIMEOUT",
    });
    await vi.waitFor(() => expect(closed.length).toBe(1));
  });

  test("that is silent does not hold back an abort", async () => {
    const abort = new AbortController();
    const { url } = await tunnelForTest(() => abort.abort(new Error("enough")));
    const transport = nodeTransport({ proxy: url, connectTimeoutMillis: 500 });
    const call = transport({ url: realm, method: "GET", headers: {}, signal: abort.signal });
    await expect(call).rejects.toThrow("enough");
  });

  test("that is not there is a failed connection, as is one that talks nonsense", async () => {
    const request = { url: realm, method: "GET", headers: {} };
    const nonsense = await tunnelForTest((socket) => void socket.end("what?"));
    for (const proxy of ["http://127.0.0.1:9", nonsense.url]) {
      await expect(nodeTransport({ proxy })(request)).rejects.toMatchObject({
        name: "TransportError",
        phase: "connecting",
      });
    }
  });

  test("is told an IPv6 address in brackets", async () => {
    const { url, wishes } = await tunnelForTest(answerWith("403 Forbidden"));
    const call = nodeTransport({ proxy: url })({
      url: "https://[fd00::7]:8443/x",
      method: "GET",
      headers: {},
    });
    await expect(call).rejects.toMatchObject({ code: "PROXY_REFUSED" });
    expect(wishes).toEqual(["[fd00::7]:8443"]);
  });
});

test("ca that is no certificate is refused", () => {
  expect(() => nodeTransport({ ca: "/etc/ssl/certs/ca.pem" })).toThrow(/PEM/);
});

test("a realm at an IPv6 address works", async () => {
  const emulator = await emulatorForTest({ host: "::1" });
  expect(emulator.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  await moveFiles(apiFor(emulator));
});

describe("a name server", () => {
  /** Looks names up as the test says, and counts. */
  function lookupForTest(answer: (nth: number, tell: (error: Error | null) => void) => void) {
    const asked: string[] = [];
    const lookup: NodeLookup = (hostname, _, callback) => {
      answer(asked.push(hostname), (error) =>
        callback(error, error === null ? [{ address: "127.0.0.1", family: 4 }] : ""),
      );
    };
    return { asked, lookup };
  }

  const at = (url: string) => url.replace("127.0.0.1", "b2.example.com");

  test("that is slow is asked once for all who wait, and its time is not the service's", async () => {
    const emulator = await emulatorForTest();
    const { asked, lookup } = lookupForTest((_, tell) => void setTimeout(() => tell(null), 100));
    const transport = nodeTransport({ lookup });
    const get = () =>
      transport({
        url: `${at(emulator.url)}/b2api/v4/b2_authorize_account`,
        method: "GET",
        headers: {},
        answerTimeoutMillis: 5000,
      });
    const answers = await Promise.all(Array.from({ length: 20 }, get));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(401));
    for (const { discard } of answers) {
      discard();
    }
    expect(asked).toEqual(["b2.example.com"]);
  });

  test("that is slower than a connection may take is waited for by the next attempts, and not asked by each", async () => {
    const emulator = await emulatorForTest();
    let tellFirst = () => {};
    const { asked, lookup } = lookupForTest((nth, tell) => {
      tellFirst = () => tell(null);
      return nth > 1 && tell(null);
    });
    const failures: unknown[] = [];
    const hooks = {
      onRequest: ({ attempt }: CallEvent) => void (attempt === 4 && setTimeout(tellFirst, 10)),
      onRetry: ({ error }: RetryEvent) => void failures.push(error),
    };
    const transport = nodeTransport({ lookup, connectTimeoutMillis: 100 });
    const b2 = apiFor({ ...emulator, url: at(emulator.url) }, { transport, hooks });
    expect(await b2.getAccountId()).not.toBe("");
    expect(failures.length).toBeGreaterThan(2);
    expect(failures).toEqual(
      failures.map(() =>
        expect.objectContaining({ name: "TransportError", phase: "connecting", code: "TIMEOUT" }),
      ),
    );
    expect(asked.length).toBeLessThan(3);
  });

  test("that does not know a name at first is asked again", async () => {
    const emulator = await emulatorForTest();
    const unknown = Object.assign(new Error("getaddrinfo EAI_AGAIN b2.example.com"), { code: "EAI_AGAIN" });
    const { asked, lookup } = lookupForTest((nth, tell) => tell(nth < 3 ? unknown : null));
    const b2 = apiFor({ ...emulator, url: at(emulator.url) }, { transport: nodeTransport({ lookup }) });
    await moveFiles(b2);
    expect(asked.length).toBeGreaterThan(2);
  });
});
