import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { toContent } from "../../src/raw/content.ts";
import {
  createRawClient,
  fetchTransport,
  nodeTransport,
  type Take,
  type Transport,
} from "../../src/raw/index.ts";
import { type ReceivedBody, readBody, readWhole } from "../../src/raw/transport.ts";
import { serve } from "./loopback.ts";
import { authorization } from "./wire-answers.ts";

/** Bytes of which no two neighbouring megabytes are alike. */
function pattern(size: number, seed: number): Buffer {
  return Buffer.from(Uint32Array.from({ length: Math.ceil(size / 4) }, (_, i) => i * seed).buffer, 0, size);
}

async function serveBytes(bytesOf: (path: string) => Uint8Array): Promise<string> {
  return await serve((request, response) => {
    const bytes = bytesOf(request.url ?? "");
    response.writeHead(200, { "Content-Length": bytes.length }).end(bytes);
  });
}

/** Reads an answer through `readTo` or what stands in for it; copies what it is handed. */
async function collect(transport: Transport, url: string, wait: Take = () => {}): Promise<Buffer> {
  const { body } = await transport({ url, method: "GET", headers: {} });
  const chunks: Buffer[] = [];
  await readBody(body, (chunk) => {
    chunks.push(Buffer.from(chunk));
    return wait(chunk);
  });
  return Buffer.concat(chunks);
}

/** Reads an answer of known size to its place in memory, which is not always offered. */
async function collectInPlace(
  transport: Transport,
  url: string,
  size: number,
  wait: Take,
  offers: () => boolean,
): Promise<{ whole: Buffer; inPlace: number }> {
  const { body } = await transport({ url, method: "GET", headers: {} });
  const whole = Buffer.from(new ArrayBuffer(size));
  let length = 0;
  let inPlace = 0;
  const take: Take = (chunk) => {
    if (chunk.buffer === whole.buffer) {
      expect(chunk.byteOffset).toBe(length);
      inPlace += chunk.length;
    } else {
      whole.set(chunk, length);
    }
    length += chunk.length;
    return wait(chunk);
  };
  await readBody(body, take, () => (offers() ? whole.subarray(length, length + 100_000) : undefined));
  expect(length).toBe(size);
  return { whole, inPlace };
}

const MIB = 1024 * 1024;

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe.each<[string, () => Transport]>([
  ["nodeTransport", () => nodeTransport()],
  ["nodeTransport with an agent that drops options it does not know", () => plain()],
  ["fetchTransport", () => fetchTransport()],
])("readBody over %s", (name, create) => {
  test.each<[string, Take]>([
    ["at once", () => {}],
    ["with waits", nextTurn],
    ["with a wait now and then", (chunk) => (((chunk[0] ?? 0) & 1) === 0 ? nextTurn() : undefined)],
  ])("hands every byte to several takers that take it %s", async (_title, wait) => {
    const sizes = [0, 1, 70_000, 5_000_000, 3_000_000];
    const url = await serveBytes((path) => pattern(sizes[Number(path.slice(1))] ?? 0, path.charCodeAt(1)));
    const transport = create();
    const read = await Promise.all(sizes.map((_size, i) => collect(transport, `${url}/${i}`, wait)));
    for (const [i, size] of sizes.entries()) {
      expect(Buffer.compare(read[i] ?? Buffer.alloc(1), pattern(size, `${i}`.charCodeAt(0)))).toBe(0);
    }
  });

  test.each<[string, Take]>([
    ["at once", () => {}],
    ["with waits", nextTurn],
    ["with a wait now and then", (chunk) => (((chunk[0] ?? 0) & 1) === 0 ? nextTurn() : undefined)],
  ])("puts every byte in its place for takers that offer it and take %s", async (_title, wait) => {
    const sizes = [1, 70_000, 5_000_000, 3_000_000];
    const url = await serveBytes((path) => pattern(sizes[Number(path.slice(1))] ?? 0, path.charCodeAt(1)));
    const transport = create();
    for (const offers of [() => true, () => Math.random() < 0.5]) {
      const read = await Promise.all(
        sizes.map((size, i) => collectInPlace(transport, `${url}/${i}`, size, wait, offers)),
      );
      for (const [i, size] of sizes.entries()) {
        expect(Buffer.compare(read[i]?.whole ?? Buffer.alloc(1), pattern(size, `${i}`.charCodeAt(0)))).toBe(
          0,
        );
      }
    }
  });

  test("reads no further ahead of a slow taker than a connection holds", async () => {
    let sent = 0;
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": 256 * MIB });
      const send = () => {
        while (sent < 256 && response.write(Buffer.alloc(MIB), () => {})) {
          sent += 1;
        }
        response.once("drain", send);
      };
      send();
    });
    const controller = new AbortController();
    const { body } = await create()({ url, method: "GET", headers: {}, signal: controller.signal });
    const reading = readBody(body, () => new Promise(() => {}));
    for (let turn = 0; turn < 2000; turn++) {
      await nextTurn();
    }
    expect(sent).toBeLessThan(128);
    controller.abort("enough");
    if (name.startsWith("node")) {
      await expect(reading).rejects.toBe("enough");
    }
  });

  test.each<[string, Take]>([
    ["throws", () => raise()],
    ["rejects", async () => raise()],
  ])("ends with the error of a taker that %s, and closes the connection", async (_title, take) => {
    let isClosed = false;
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": "10" }).write("hello");
      response.once("close", () => {
        isClosed = true;
      });
    });
    const { body } = await create()({ url, method: "GET", headers: {} });
    const taken = vi.fn(take);
    await expect(readBody(body, taken)).rejects.toThrow("enough");
    expect(taken).toHaveBeenCalledTimes(1);
    await expect.poll(() => isClosed).toBe(true);
  });

  test("reports a body that is cut short", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": "10" });
      response.write("hello", () => response.destroy());
    });
    await expect(collect(create(), url)).rejects.toMatchObject({
      name: "TransportError",
      phase: "receiving",
    });
  });

  test("reports a body that is cut short only when the taker is through with the last chunk", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": "10" });
      response.write("hello", () => response.destroy());
    });
    const events: string[] = [];
    const take = async () => {
      for (let turn = 0; turn < 20; turn++) {
        await nextTurn();
      }
      events.push("taken");
    };
    await collect(create(), url, take).catch(() => events.push("failed"));
    expect(events).toEqual(["taken", "failed"]);
  });

  test("rejects with the signal's reason", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": "10" }).write("hello");
    });
    const controller = new AbortController();
    const { body } = await create()({ url, method: "GET", headers: {}, signal: controller.signal });
    await expect(readBody(body, () => controller.abort("enough"))).rejects.toBe("enough");
  });
});

test("an answer that is read whole is a copy of memory that its transport uses again", async () => {
  const memory = Buffer.alloc(4);
  const body: ReceivedBody = {
    async *[Symbol.asyncIterator]() {},
    async readTo(take) {
      for (const text of ["one ", "two ", "tri "]) {
        memory.write(text);
        await take(memory);
      }
    },
  };
  const answer = { status: 200, headers: new Headers(), body, discard: () => {} };
  expect(new TextDecoder().decode(await readWhole(answer))).toBe("one two tri ");
});

function raise(): never {
  throw new Error("enough");
}

/** A transport whose sockets are opened by an agent that hands on nothing but the address. */
function plain(): Transport {
  const agent = new http.Agent();
  Object.assign(agent, {
    createConnection: ({ host, port }: { host: string; port: number }) => net.connect({ host, port }),
  });
  return nodeTransport({ httpAgent: agent });
}

describe("nodeTransport", () => {
  test("reads nearly everything straight to where a taker wants it", async () => {
    const size = 5_000_000;
    const url = await serveBytes(() => pattern(size, 3));
    const { inPlace } = await collectInPlace(
      nodeTransport(),
      url,
      size,
      () => {},
      () => true,
    );
    expect(inPlace).toBeGreaterThan(size - 512 * 1024);
  });

  test("leaves Node's parser as it was: servers of the same process still get their bodies", async () => {
    const url = await serve(async (request, response) => {
      let length = 0;
      for await (const chunk of request) {
        length += chunk.length;
      }
      response.end(pattern(3_000_000, length));
    });
    const transport = nodeTransport();
    for (const size of [1_000_000, 2_000_000]) {
      const { body } = await transport({
        url,
        method: "POST",
        headers: {},
        content: toContent(pattern(size, 1)),
      });
      const chunks: Buffer[] = [];
      await readBody(body, (chunk) => void chunks.push(Buffer.from(chunk)));
      expect(Buffer.compare(Buffer.concat(chunks), pattern(3_000_000, size))).toBe(0);
    }
  });

  test("reads a body of unknown length", async () => {
    const url = await serve((_request, response) => {
      for (let i = 0; i < 30; i++) {
        response.write(pattern(100_000, i));
      }
      response.end();
    });
    const read = await collect(nodeTransport(), url, nextTurn);
    const expected = Buffer.concat(Array.from({ length: 30 }, (_, i) => pattern(100_000, i)));
    expect(Buffer.compare(read, expected)).toBe(0);
  });

  test("keeps the connection of a body that was read to its end", async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end(pattern(3_000_000, 7));
    });
    const transport = nodeTransport();
    for (let i = 0; i < 3; i++) {
      await collect(transport, url);
    }
    expect(ports.size).toBe(1);
  });

  test("does not take a slow taker for a silent connection", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const url = await serveBytes(() => pattern(3_000_000, 3));
    const read = await collect(nodeTransport(), url, async () => {
      await nextTurn();
      vi.advanceTimersByTime(3_600_000);
    });
    expect(read.length).toBe(3_000_000);
  });

  test("reports a connection that falls silent, also after the taker had asked for time", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": "10" }).write("hello");
    });
    const transport = nodeTransport({ idleTimeoutMillis: 50 });
    await expect(collect(transport, url, nextTurn)).rejects.toMatchObject({
      phase: "receiving",
      code: "TIMEOUT",
    });
  });

  test("drops a connection that says something unasked, and makes the next request on another", async () => {
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        setImmediate(() => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother"));
      });
    });
    let closed = 0;
    server.on("connection", (socket) => {
      socket.on("close", () => {
        closed += 1;
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const transport = nodeTransport();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    for (let i = 1; i <= 3; i++) {
      expect((await collect(transport, url)).toString()).toBe("hello");
      await expect.poll(() => closed).toBe(i);
    }
  });

  test("ends at once when the caller gives up, although the taker is not through", async () => {
    const url = await serveBytes(() => pattern(3_000_000, 3));
    const controller = new AbortController();
    const { body } = await nodeTransport()({ url, method: "GET", headers: {}, signal: controller.signal });
    const reading = readBody(body, () => {
      setImmediate(() => controller.abort("enough"));
      return new Promise(() => {});
    });
    await expect(reading).rejects.toBe("enough");
  });

  test("reads a body whose connection broke before anybody read it", async () => {
    let reset = () => {};
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": "10" }).write("hello");
      reset = () => response.destroy();
    });
    const { body } = await nodeTransport()({ url, method: "GET", headers: {} });
    reset();
    await nextTurn();
    await nextTurn();
    await expect(readBody(body, () => {})).rejects.toMatchObject({ name: "TransportError" });
  });
});

describe("a download with parseAs chunks", () => {
  const file = { params: { query: { fileId: "f" } }, parseAs: "chunks" } as const;

  test("hands out the content, also of an empty file", async () => {
    for (const size of [0, 100_000]) {
      const url = await serveBytes(() => pattern(size, 5));
      const raw = createRawClient({ authorization });
      const { data } = await raw.GET("/b2api/v4/b2_download_file_by_id", { ...file, baseUrl: url });
      let length = 0;
      await readBody(data ?? expect.fail("no data"), (chunk) => {
        length += chunk.length;
      });
      expect(length).toBe(size);
    }
  });

  test("works with middleware that replaces the answer", async () => {
    const url = await serveBytes(() => pattern(10, 5));
    const raw = createRawClient({ authorization });
    raw.use({ onResponse: () => new Response("replaced") });
    const { data } = await raw.GET("/b2api/v4/b2_download_file_by_id", { ...file, baseUrl: url });
    const chunks: Uint8Array[] = [];
    for await (const chunk of data ?? []) {
      chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).toString()).toBe("replaced");
  });

  test("closes the connection when it is discarded", async () => {
    let isClosed = false;
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": "10" }).write("hello");
      response.once("close", () => {
        isClosed = true;
      });
    });
    const raw = createRawClient({ authorization });
    const { data } = await raw.GET("/b2api/v4/b2_download_file_by_id", { ...file, baseUrl: url });
    data?.discard();
    await expect.poll(() => isClosed).toBe(true);
  });
});
