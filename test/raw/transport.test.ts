import { once } from "node:events";
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import net from "node:net";
import { Duplex } from "node:stream";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { toContent } from "../../src/raw/content.ts";
import { fetchTransport } from "../../src/raw/fetch-transport.ts";
import { nodeTransport } from "../../src/raw/node-transport.ts";
import { readWhole, type Sink, type Transport } from "../../src/raw/transport.ts";

const closers: Array<() => void> = [];
afterEach(() => {
  for (const close of closers.splice(0)) {
    close();
  }
});

async function serve(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server below HTTP, for answers that no HTTP server would give. */
async function serveRaw(handler: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    handler(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    for (const socket of sockets) {
      socket.destroy();
    }
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

async function readRequest(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const transports: Array<[string, () => Transport]> = [
  ["nodeTransport", () => nodeTransport()],
  ["fetchTransport", () => fetchTransport()],
];

describe.each(transports)("%s", (_, create) => {
  test("carries method, headers and body there and status, headers and body back", async () => {
    const url = await serve(async (request, response) => {
      const body = await readRequest(request);
      response.writeHead(206, { "X-Answer": "yes", "Content-Type": "text/plain" });
      response.end(
        `${request.method} ${request.url} ${request.headers["x-sent"]} ${request.headers["content-length"]} ${body}`,
      );
    });
    const response = await create()({
      url: `${url}/path?query=1`,
      method: "POST",
      headers: { "X-Sent": "header" },
      content: toContent(bytes("body")),
    });
    expect(response.status).toBe(206);
    expect(response.headers.get("X-Answer")).toBe("yes");
    expect(text(await readWhole(response))).toBe("POST /path?query=1 header 4 body");
  });

  test("does not follow a redirect", async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.writeHead(302, { Location: "/elsewhere" }).end();
    });
    await expect(create()({ url, method: "GET", headers: {} })).rejects.toThrow(/never redirects/);
    expect(asked).toBe(1);
  });

  test("reports a refused connection as TransportError", async () => {
    const url = await serve(() => {});
    closers.pop()?.();
    await expect(create()({ url, method: "GET", headers: {} })).rejects.toMatchObject({
      name: "TransportError",
    });
  });

  test("reports an answer cut short while it is received", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": "10" });
      response.write("12345", () => response.destroy());
    });
    const response = await create()({ url, method: "GET", headers: {} });
    await expect(readWhole(response)).rejects.toMatchObject({ name: "TransportError", phase: "receiving" });
  });

  test("rejects with the signal's own reason when it aborts", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const url = await serve(() => controller.abort(reason));
    await expect(create()({ url, method: "GET", headers: {}, signal: controller.signal })).rejects.toBe(
      reason,
    );
  });

  test("gives up when no answer comes in time", async () => {
    const url = await serve(() => {});
    const call = create()({ url, method: "GET", headers: {}, answerTimeoutMillis: 20 });
    await expect(call).rejects.toMatchObject({ name: "TransportError", phase: "waiting", code: "TIMEOUT" });
  });

  test("sends a stream of known length", async () => {
    const url = await serve(async (request, response) => response.end(await readRequest(request)));
    async function* stream() {
      yield bytes("one ");
      yield bytes("two");
    }
    const response = await create()({ url, method: "POST", headers: {}, content: toContent(stream(), 7) });
    expect(text(await readWhole(response))).toBe("one two");
  });
});

describe("nodeTransport", () => {
  test("sends a path as it is written, dots included", async () => {
    const url = await serve((request, response) => response.end(request.url));
    const response = await nodeTransport()({
      url: `${url}/file/bucket/a/../b/.`,
      method: "GET",
      headers: {},
    });
    expect(text(await readWhole(response))).toBe("/file/bucket/a/../b/.");
  });

  test("never decompresses", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Encoding": "gzip" }).end("not gzip at all");
    });
    const response = await nodeTransport()({ url, method: "GET", headers: {} });
    expect(text(await readWhole(response))).toBe("not gzip at all");
  });

  test("lets others have the event loop while a socket takes all of a body at once", async () => {
    class Agent extends http.Agent {
      override createConnection(): Duplex {
        return new Duplex({ read: () => {}, write: (_chunk, _encoding, taken) => taken() });
      }
    }
    let turns = 0;
    let next: NodeJS.Immediate | undefined;
    const count = () => {
      turns += 1;
      next = setImmediate(count);
    };
    onTestFinished(() => clearImmediate(next));
    const writeTo = async (sink: Sink) => {
      next = setImmediate(count);
      for (let chunk = 0; chunk < 50; chunk++) {
        const worked = performance.now() + 1;
        while (performance.now() < worked);
        await sink(new Uint8Array(10_000));
      }
      throw new Error("sent");
    };
    const request = {
      url: "http://b2.test/",
      method: "POST",
      headers: {},
      content: { length: 500_000, writeTo },
    };
    await expect(nodeTransport({ httpAgent: new Agent() })(request)).rejects.toThrow("sent");
    expect(turns).toBeGreaterThan(5);
  });

  test("announces that a POST has no body", async () => {
    const url = await serve(({ headers }, response) => {
      response.end(`${headers["content-length"]} ${headers["transfer-encoding"]}`);
    });
    const response = await nodeTransport()({ url, method: "POST", headers: {} });
    expect(text(await readWhole(response))).toBe("0 undefined");
  });

  test("lets a given agent change the header", async () => {
    class Agent extends http.Agent {
      addRequest(request: http.ClientRequest, ...rest: unknown[]): void {
        request.setHeader("X-Added", "by the agent");
        addRequest.call(this, request, ...rest);
      }
    }
    const addRequest: (...values: unknown[]) => void = Reflect.get(http.Agent.prototype, "addRequest");
    const url = await serve((request, response) => response.end(request.headers["x-added"]));
    const transport = nodeTransport({ httpAgent: new Agent() });
    const response = await transport({ url, method: "GET", headers: { "X-Sent": "header" } });
    expect(text(await readWhole(response))).toBe("by the agent");
  });

  test("goes on under a tool that adds to the header of every request, as OpenTelemetry does", async () => {
    const { request: original } = http;
    const follow = (options: http.RequestOptions, ...rest: unknown[]) =>
      Reflect.apply(original, http, [
        { ...options, headers: { ...options.headers, traceparent: "00-1" } },
        ...rest,
      ]);
    vi.spyOn(http, "request").mockImplementation(follow as typeof http.request);
    onTestFinished(() => void vi.restoreAllMocks());
    const url = await serve((request, response) => {
      response.end(`${request.headers.traceparent} ${request.headers["x-sent"]}`);
    });
    const response = await nodeTransport()({ url, method: "GET", headers: { "X-Sent": "header" } });
    expect(text(await readWhole(response))).toBe("00-1 header");
  });

  test("refuses an agent that is none", () => {
    const agent = { maxSockets: 1, destroy() {} };
    expect(() => nodeTransport({ httpsAgent: agent })).toThrow(TypeError);
  });

  test("keeps the connection for the next request", async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end("ok");
    });
    const transport = nodeTransport();
    for (let i = 0; i < 3; i++) {
      await readWhole(await transport({ url, method: "GET", headers: {} }));
    }
    expect(ports.size).toBe(1);
  });

  test("reads an error that comes while the body is still being sent, and stops sending", async () => {
    const url = await serveRaw((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nstop");
      });
    });
    let produced = 0;
    async function* endless() {
      for (;;) {
        produced += 65_536;
        yield new Uint8Array(65_536);
      }
    }
    const response = await nodeTransport()({
      url,
      method: "POST",
      headers: {},
      content: toContent(endless(), 1e12),
    });
    expect(response.status).toBe(401);
    expect(text(await readWhole(response))).toBe("stop");
    expect(produced).toBeLessThan(1e9);
  });

  test("ends the body's iteration when the connection is lost", async () => {
    const url = await serveRaw((socket) => socket.once("data", () => socket.resetAndDestroy()));
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
    const call = nodeTransport()({ url, method: "POST", headers: {}, content: toContent(endless(), 1e12) });
    await expect(call).rejects.toMatchObject({ name: "TransportError", phase: "sending" });
    await expect.poll(() => ended).toBe(true);
  });

  test("reports a connection that stalls while the body is sent", async () => {
    const url = await serveRaw((socket) => socket.pause());
    async function* endless() {
      for (;;) {
        yield new Uint8Array(1 << 20);
      }
    }
    const call = nodeTransport({ idleTimeoutMillis: 50 })({
      url,
      method: "POST",
      headers: {},
      content: toContent(endless(), 1e12),
    });
    await expect(call).rejects.toMatchObject({ name: "TransportError", phase: "sending", code: "TIMEOUT" });
  });

  test("reports a connection that stalls while the answer is received", async () => {
    const url = await serveRaw((socket) =>
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")),
    );
    const response = await nodeTransport({ idleTimeoutMillis: 50 })({ url, method: "GET", headers: {} });
    await expect(readWhole(response)).rejects.toMatchObject({ phase: "receiving", code: "TIMEOUT" });
  });

  test.each([
    [3, /has 5 bytes|more than the 3 bytes/],
    [9, /has 5 bytes, but 9 were announced/],
  ])("refuses a stream of 5 bytes announced as %d", async (announced, message) => {
    const url = await serve((request, response) => {
      request.resume();
      request.on("end", () => response.end());
    });
    async function* stream() {
      yield bytes("12345");
    }
    const call = nodeTransport()({
      url,
      method: "POST",
      headers: {},
      content: toContent(stream(), announced),
    });
    await expect(call).rejects.toThrow(message);
  });

  test("hands on the error of a body that cannot be read", async () => {
    const url = await serve((request) => request.resume());
    const broken = new Error("disk on fire");
    async function* stream(): AsyncGenerator<Uint8Array> {
      yield bytes("12");
      throw broken;
    }
    await expect(
      nodeTransport()({ url, method: "POST", headers: {}, content: toContent(stream(), 5) }),
    ).rejects.toBe(broken);
  });

  test("names the operation in errors, never the secret part of an upload URL", async () => {
    const url = await serveRaw((socket) => socket.destroy());
    const secret = "c002_v0001129_t0017";
    const call = nodeTransport()({
      url: `${url}/b2api/v4/b2_upload_file/b/${secret}?x=${secret}`,
      method: "POST",
      headers: {},
    });
    const error = await call.catch((reason: unknown) => reason);
    expect(String(error)).toContain("b2_upload_file");
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(secret);
  });
});

describe("fetchTransport", () => {
  test("refuses a path that fetch would change", async () => {
    await expect(
      fetchTransport()({ url: "http://127.0.0.1:1/file/b/a/../c", method: "GET", headers: {} }),
    ).rejects.toThrow(/download the file by its id/);
  });
});
