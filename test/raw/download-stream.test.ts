import type { ServerResponse } from "node:http";
import v8 from "node:v8";
import vm from "node:vm";
import { describe, expect, test } from "vitest";
import { createRawClient, fetchTransport, nodeTransport, type Transport } from "../../src/raw/index.ts";
import { serve } from "./loopback.ts";
import { authorization } from "./wire-answers.ts";

/** Serves a body whose end never comes: `hello`, then nothing. */
async function stalling() {
  let isClosed = false;
  const url = await serve((_request, response) => {
    response.writeHead(200, { "Content-Length": "10" });
    response.write("hello");
    response.once("close", () => {
      isClosed = true;
    });
  });
  return { url, closed: () => expect.poll(() => isClosed).toBe(true) };
}

async function download(transport: Transport, baseUrl: string, signal?: AbortSignal) {
  const { data } = await createRawClient({ authorization, transport }).GET(
    "/b2api/v4/b2_download_file_by_id",
    {
      params: { query: { fileId: "f" } },
      baseUrl,
      signal,
    },
  );
  return data?.getReader() ?? expect.fail("no data");
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

v8.setFlagsFromString("--expose-gc");
const collectGarbage: () => void = vm.runInNewContext("gc");

describe.each<[string, () => Transport]>([
  ["nodeTransport", () => nodeTransport()],
  ["fetchTransport", () => fetchTransport()],
])("a download's stream over %s", (_, create) => {
  test("breaks with a TransportError when the connection does", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": "10" });
      response.write("hello", () => response.destroy());
    });
    const reader = await download(create(), url);
    await reader.read();
    await expect(reader.read()).rejects.toMatchObject({ name: "TransportError", phase: "receiving" });
  });

  test("ends with the signal's reason, also after everything else about the call is garbage", async () => {
    const { url, closed } = await stalling();
    const controller = new AbortController();
    const reader = await download(create(), url, controller.signal);
    await reader.read();
    const read = expect(reader.read()).rejects.toBe("enough");
    for (let i = 0; i < 5; i++) {
      collectGarbage();
      await nextTurn();
    }
    controller.abort("enough");
    await read;
    await closed();
  });

  test("closes the connection when cancelled before the first read", async () => {
    const { url, closed } = await stalling();
    const reader = await download(create(), url);
    await reader.cancel();
    await closed();
  });

  test("closes the connection when cancelled between reads", async () => {
    const { url, closed } = await stalling();
    const reader = await download(create(), url);
    await reader.read();
    await reader.cancel();
    await closed();
  });

  test("closes the connection when cancelled while a read waits for a stalled server", async () => {
    const { url, closed } = await stalling();
    const reader = await download(create(), url);
    await reader.read();
    const waiting = reader.read();
    await nextTurn(); // The stream asks its source only then.
    await reader.cancel();
    expect((await waiting).done).toBe(true);
    await closed();
  });
});

test("an error's body without end is read as far as an error can be long", async () => {
  let isClosed = false;
  const url = await serve((_request, response) => {
    response.once("close", () => {
      isClosed = true;
    });
    response.writeHead(503);
    pour(response);
  });
  const { error } = await createRawClient({ authorization }).POST("/b2api/v4/b2_list_buckets", {
    body: { accountId: "0a1b2c3d4e5f" },
    baseUrl: url,
  });
  expect(error).toEqual({ status: 503, code: "unknown", message: "y".repeat(200) });
  await expect.poll(() => isClosed).toBe(true);
});

test("a JSON answer that is cut short is a lost one", async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { "Content-Length": "100" });
    response.write('{"buckets":[]}', () => response.destroy());
  });
  const call = createRawClient({ authorization }).POST("/b2api/v4/b2_list_buckets", {
    body: { accountId: "0a1b2c3d4e5f" },
    baseUrl: url,
  });
  await expect(call).rejects.toMatchObject({ name: "TransportError", phase: "receiving" });
});

function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write("y".repeat(10_000))) {}
  response.once("drain", () => pour(response));
}
