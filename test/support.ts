import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Emulator, type EmulatorOptions, startEmulator } from "../src/emulator/index.ts";
import { B2Api, type B2ApiOptions } from "../src/index.ts";
import { nodeTransport, type Transport } from "../src/raw/index.ts";

/** Starts an emulator that checks its own answers, has small parts, and ends with the test. */
export async function emulatorForTest(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({
    checkAnswers: true,
    minimumPartSizeBytes: 100_000,
    recommendedPartSizeBytes: 1_000_000,
    ...options,
  });
  onTestFinished(() => emulator.close());
  return emulator;
}

/** Makes a facade on an emulator, with its master key and waits too short to notice. */
export function apiFor(
  emulator: Pick<Emulator, "url" | "applicationKeyId" | "applicationKey">,
  options: B2ApiOptions = {},
): B2Api {
  const { url: realm, applicationKeyId, applicationKey } = emulator;
  return new B2Api({ realm, applicationKeyId, applicationKey, retry: { firstDelayMillis: 1 }, ...options });
}

/** Makes a folder that is removed with the test. */
export async function folderForTest(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "b2kit-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file of reproducible bytes and gives its path. */
export async function fileForTest(folder: string, name: string, size: number): Promise<string> {
  const path = join(folder, name);
  const bytes = Buffer.alloc(size);
  for (let i = 0, state = size + 1; i < size; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 24;
  }
  await writeFile(path, bytes);
  return path;
}

/** Starts an HTTP server for answers that a B2 service would not give. */
export async function serverForTest(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Lets requests whose URL holds a text be answered by a list of canned answers, one each, before real ones come. */
export function cannedTransport(text: string, answers: readonly CannedAnswer[]): Transport {
  const inner = nodeTransport();
  const waiting = [...answers];
  return async (request) => {
    const canned = request.url.includes(text) ? waiting.shift() : undefined;
    if (canned === undefined) {
      return await inner(request);
    }
    const [status, body, headers = {}] = canned;
    return {
      status,
      headers: new Headers(headers),
      body: (async function* () {
        yield new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
      })(),
      discard: () => {},
    };
  };
}

/** Status, body (text, or a value to be written as JSON) and headers. */
export type CannedAnswer = readonly [status: number, body: unknown, headers?: HeadersInit];
