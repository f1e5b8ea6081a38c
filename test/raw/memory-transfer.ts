import { openAsBlob } from "node:fs";
import {
  type BinaryBody,
  createRawClient,
  nodeTransport,
  type Transport,
  type TransportResponse,
} from "../../src/raw/index.ts";

// The program that memory.test.ts measures: one transfer, with garbage collected and memory read on the way.
// Arguments: kind of transfer, URL of the server, number of bytes, and for `blob` the path of a file.

const [kind = "", url = "", size = "0", path = ""] = process.argv.slice(2);
const total = Number(size);
const SAMPLES = 12;

let moved = 0;
let peakBytes = 0;
let samples = 0;
const before = heldBytes();

/** Memory outside the heap; what lies in an ArrayBuffer counts twice. */
function heldBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.(); // The first leaves the freeing of buffers to another thread, the second waits for it.
  const { arrayBuffers, external } = process.memoryUsage();
  return arrayBuffers + external;
}

function count(chunk: Uint8Array): void {
  moved += chunk.length;
  if (moved >= (total / SAMPLES) * (samples + 1)) {
    samples += 1;
    peakBytes = Math.max(peakBytes, heldBytes() - before);
  }
}

/** The transport of Node, with every byte counted as it passes. */
function countingTransport(): Transport {
  const send = nodeTransport();
  return async ({ content, ...request }) => {
    if (content === undefined) {
      return counted(await send(request));
    }
    const writeTo = content.writeTo.bind(content);
    return await send({
      ...request,
      content: {
        length: content.length,
        writeTo: (sink) =>
          writeTo((chunk) => {
            count(chunk);
            return sink(chunk);
          }),
      },
    });
  };
}

function counted(response: TransportResponse): TransportResponse {
  async function* body() {
    for await (const chunk of response.body) {
      count(chunk);
      yield chunk;
    }
  }
  return { ...response, body: body() };
}

const raw = createRawClient({ transport: countingTransport() });

async function upload(body: BinaryBody): Promise<number | undefined> {
  const { data } = await raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
    params: {
      path: { uploadUrl: url },
      header: {
        Authorization: "3_t",
        "X-Bz-File-Name": "large.bin",
        "X-Bz-Content-Sha1": "hex_digits_at_end",
        "Content-Length": total,
      },
    },
    body,
  });
  return data?.contentLength;
}

async function* chunks() {
  for (let made = 0; made < total; made += 65_536) {
    yield new Uint8Array(Math.min(65_536, total - made));
  }
}

const file = { params: { path: { bucketName: "bucket", fileName: "large.bin" } }, baseUrl: url } as const;

/** Reads a download and drops what it read. */
async function downloadStream(): Promise<number> {
  const { data } = await raw.GET("/file/{bucketName}/{fileName}", file);
  let received = 0;
  for await (const chunk of data ?? []) {
    received += chunk.length;
  }
  return received;
}

async function downloadWhole(): Promise<number | undefined> {
  const { data } = await raw.GET("/file/{bucketName}/{fileName}", { ...file, parseAs: "arrayBuffer" });
  return data?.byteLength;
}

const transfers: Record<string, () => Promise<number | undefined>> = {
  stream: () => upload(chunks()),
  blob: async () => await upload(await openAsBlob(path)),
  download: downloadStream,
  whole: downloadWhole,
};

const result = await transfers[kind]?.();
console.log(JSON.stringify({ peakBytes, samples, result }));
