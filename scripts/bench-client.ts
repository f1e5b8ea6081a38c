import http, { type IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import { runCommand } from "./command.ts";

/** One request of `npm run bench:emulator`: sends or receives that many bytes. */
export interface Transfer {
  readonly method: "POST" | "GET";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
}

const block = Buffer.alloc(1 << 20, "b2kit");

/** Size of a small file. */
export const smallBytes = 10 << 10;

/** The content of every transfer. */
export function* blocks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= block.length) yield block.subarray(0, left);
}

async function transfer({ method, url, headers, bytes }: Transfer): Promise<void> {
  const length = method === "POST" ? { "Content-Length": bytes } : {};
  const request = http.request(url, { method, headers: { ...headers, ...length }, agent: false });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once("response", resolve).once("error", reject);
  });
  if (method === "POST") await pipeline(blocks(bytes), request);
  else request.end();
  const response = await answered;
  let received = 0;
  for await (const chunk of response) received += (chunk as Buffer).length;
  if (response.statusCode !== 200) throw new Error(`${method} ${url} answers ${response.statusCode}`);
  if (method === "GET" && received !== bytes) throw new Error(`received ${received} of ${bytes} bytes`);
}

await runCommand(import.meta.url, async ([order = ""]) => {
  await transfer(JSON.parse(order) as Transfer);
  return 0;
});
