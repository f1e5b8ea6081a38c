import { execFile } from "node:child_process";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { serve } from "./loopback.ts";
import { fileVersion } from "./wire-answers.ts";

const TYPESCRIPT_LOADER = "ts-blank-space/register";
const MIB = 1024 * 1024;

interface Transfer {
  /** Most memory held outside the heap, beyond what the program held before. */
  readonly peakBytes: number;
  readonly samples: number;
  /** Bytes that a download handed to its reader, or that the answer to an upload names. */
  readonly result: number;
}

/** Makes one transfer in a process of its own. */
async function transfer(...programArguments: Array<string | number>): Promise<Transfer> {
  const program = fileURLToPath(new URL("memory-transfer.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--expose-gc",
    `--import=${TYPESCRIPT_LOADER}`,
    "--conditions=b2kit-source",
    program,
    ...programArguments.map(String),
  ]);
  return JSON.parse(stdout);
}

/** A server that counts what is uploaded. */
async function countingServer() {
  const uploads: number[] = [];
  const url = await serve(async (request: IncomingMessage, response: ServerResponse) => {
    let bytes = 0;
    for await (const chunk of request) {
      bytes += chunk.length;
    }
    uploads.push(bytes);
    response.end(JSON.stringify({ ...fileVersion, contentLength: bytes - 40 }));
  });
  return { url, uploads };
}

/** A server that has a file of any size, made of one buffer. */
async function fileServer(size: number): Promise<string> {
  const piece = new Uint8Array(MIB);
  return await serve((_request, response) => {
    response.writeHead(200, { "Content-Length": size });
    let left = size;
    const pour = () => {
      while (left > 0) {
        left -= MIB;
        if (!response.write(piece)) {
          response.once("drain", pour);
          return;
        }
      }
      response.end();
    };
    pour();
  });
}

async function sparseFile(size: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "b2kit-memory-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "large.bin");
  await writeFile(path, "");
  await truncate(path, size);
  return path;
}

describe("512 MiB pass through a typed call in less than 32 MiB", { timeout: 120_000 }, () => {
  const size = 512 * MIB;
  const limit = 32 * MIB;

  test("up, from a stream", async () => {
    const { url, uploads } = await countingServer();
    const { peakBytes, samples, result } = await transfer("stream", url, size);
    expect(uploads).toEqual([size + 40]);
    expect(result).toBe(size);
    expect(samples).toBe(12);
    expect(peakBytes).toBeLessThan(limit);
  });

  test("up, from a Blob that stands for a file", async () => {
    const { url, uploads } = await countingServer();
    const { peakBytes, samples, result } = await transfer("blob", url, size, await sparseFile(size));
    expect(uploads).toEqual([size + 40]);
    expect(result).toBe(size);
    expect(samples).toBe(12);
    expect(peakBytes).toBeLessThan(limit);
  });

  test("down, to a stream", async () => {
    const { peakBytes, samples, result } = await transfer("download", await fileServer(size), size);
    expect(result).toBe(size);
    expect(samples).toBe(12);
    expect(peakBytes).toBeLessThan(limit);
  });
});

test("the same measurement finds a download that is kept in memory", { timeout: 120_000 }, async () => {
  const size = 64 * MIB;
  const { peakBytes, result } = await transfer("whole", await fileServer(size), size);
  expect(result).toBe(size);
  expect(peakBytes).toBeGreaterThan(size);
});
