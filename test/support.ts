import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Emulator, type EmulatorOptions, startEmulator } from "../src/emulator/index.ts";
import { B2Api, type B2ApiOptions } from "../src/index.ts";

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
export function apiFor(emulator: Emulator, options: B2ApiOptions = {}): B2Api {
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
