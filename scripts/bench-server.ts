import { createHash } from "node:crypto";
import { closeSync, createReadStream, openSync, rmSync, statSync, writeSync } from "node:fs";
import http, { type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "../src/emulator/index.ts";

/**
 * One server of `npm run bench:emulator`, in a process of its own. Prints its URL (an emulator also its key) as one
 * line of JSON, and runs until it is ended.
 *
 * Arguments: `hash`, `hash-and-write FILE`, `send FILE`, `send-memory BYTES`, `emulator` or `checking-emulator`.
 */
const [kind = "", argument = ""] = process.argv.slice(2);

/** Where a server is reached. */
export interface Reached {
  readonly url: string;
  readonly applicationKeyId?: string;
  readonly applicationKey?: string;
}

/** Hashes what it receives: the least that any server of uploads does. */
const hashing: RequestListener = (request, response) => {
  const hash = createHash("sha1");
  request.on("data", (chunk: Buffer) => hash.update(chunk));
  request.on("end", () => response.end(hash.digest("hex")));
};

/** Hashes what it receives and writes it to a file: the least that a server does which keeps uploads. */
function hashingAndWriting(path: string): RequestListener {
  return (request, response) => {
    const hash = createHash("sha1");
    const file = openSync(path, "w");
    request.on("data", (chunk: Buffer) => {
      hash.update(chunk);
      writeSync(file, chunk);
    });
    request.on("end", () => {
      closeSync(file);
      rmSync(path);
      response.end(hash.digest("hex"));
    });
  };
}

/** Sends a file: the least that a server of downloads does. */
function sending(path: string): RequestListener {
  return (_, response) => {
    response.writeHead(200, { "Content-Length": statSync(path).size });
    createReadStream(path).pipe(response);
  };
}

/** Sends that many bytes without having to get them from anywhere. */
function sendingMemory(bytes: number): RequestListener {
  const block = Buffer.alloc(512 << 10, "b2");
  return (_, response) => {
    response.writeHead(200, { "Content-Length": bytes });
    let left = bytes;
    const send = () => {
      while (left > 0) {
        const chunk = block.subarray(0, Math.min(left, block.length));
        left -= chunk.length;
        if (!response.write(chunk)) return void response.once("drain", send);
      }
      response.end();
    };
    send();
  };
}

async function serve(listener: RequestListener): Promise<Reached> {
  const server = http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

async function emulate(checkAnswers: boolean): Promise<Reached> {
  const emulator = await startEmulator({ checkAnswers });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void emulator.close());
  const { url, applicationKeyId, applicationKey } = emulator;
  return { url, applicationKeyId, applicationKey };
}

async function start(): Promise<Reached> {
  if (kind === "hash") return serve(hashing);
  if (kind === "hash-and-write") return serve(hashingAndWriting(argument));
  if (kind === "send") return serve(sending(argument));
  if (kind === "send-memory") return serve(sendingMemory(Number(argument)));
  return emulate(kind === "checking-emulator");
}

console.log(JSON.stringify(await start()));
