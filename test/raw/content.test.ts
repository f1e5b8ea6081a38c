import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toContent, withSha1AtEnd } from "../../src/raw/content.ts";
import type { BinaryBody, Content } from "../../src/raw/index.ts";
import * as node from "../../src/raw/runtime-node.ts";
import * as web from "../../src/raw/runtime-web.ts";

const MIB = 1024 * 1024;

/** Bytes that differ from their neighbours, so that a lost or doubled slice shows. */
function patterned(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7) % 256);
}

async function* inChunks(bytes: Uint8Array, size = 100_000) {
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.slice(start, start + size);
  }
}

/** Takes a body apart into the chunks that a transport gets, each kept before the next is asked for. */
async function chunksOf(content: Content): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  await content.writeTo(async (chunk) => {
    chunks.push(chunk.slice());
  });
  return chunks;
}

const lengths = (chunks: readonly Uint8Array[]) => chunks.map((chunk) => chunk.length);

const data = patterned(2 * MIB + 3);

const bodies: Array<[string, () => BinaryBody, length?: number]> = [
  ["bytes", () => data],
  ["a part of a larger buffer", () => Buffer.concat([Buffer.of(1), data, Buffer.of(2)]).subarray(1, -1)],
  ["a Blob", () => new Blob([data.subarray(0, 10), data.subarray(10)])],
  ["a web stream", () => new Blob([data]).stream(), data.length],
  ["a Node stream", () => Readable.from(inChunks(data)), data.length],
  ["an async generator", () => inChunks(data), data.length],
];

describe.each(bodies)("the content of %s", (_, body, length) => {
  test("has a length and writes all bytes in order", async () => {
    const content = toContent(body(), length);
    expect(content.length).toBe(data.length);
    expect(Buffer.concat(await chunksOf(content)).equals(data)).toBe(true);
  });

  test("ends with its digest where that is wanted", async () => {
    const content = withSha1AtEnd(toContent(body(), length));
    expect(content.length).toBe(data.length + 40);
    const written = Buffer.concat(await chunksOf(content));
    expect(written.subarray(0, -40).equals(data)).toBe(true);
    expect(written.subarray(-40).toString()).toBe(createHash("sha1").update(data).digest("hex"));
  });

  test("waits for the sink, and ends with its rejection", async () => {
    const stop = new Error("nobody reads");
    let calls = 0;
    const written = toContent(body(), length).writeTo(async () => {
      calls += 1;
      await new Promise((resolve) => setImmediate(resolve));
      throw stop;
    });
    await expect(written).rejects.toBe(stop);
    expect(calls).toBe(1);
  });
});

test.each([
  ["bytes", () => data],
  ["a Blob", () => new Blob([data])],
])("%s are written in slices of 1 MiB", async (_, body) => {
  expect(lengths(await chunksOf(toContent(body())))).toEqual([MIB, MIB, 3]);
});

test.each([
  ["bytes", () => new Uint8Array()],
  ["a Blob", () => new Blob()],
  ["a stream", () => inChunks(new Uint8Array())],
])("%s may be empty", async (_, body) => {
  const content = toContent(body(), 0);
  expect(content.length).toBe(0);
  expect(await chunksOf(content)).toEqual([]);
  expect(Buffer.concat(await chunksOf(withSha1AtEnd(toContent(body(), 0)))).toString()).toBe(
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
  );
});

test("a stream's chunks are handed on as they come, without one being asked for early", async () => {
  const asked: number[] = [];
  async function* source() {
    for (let i = 1; i <= 3; i++) {
      asked.push(i);
      yield new Uint8Array(i);
    }
  }
  const askedAtEachWrite: number[] = [];
  await toContent(source(), 6).writeTo(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    askedAtEachWrite.push(asked.length);
  });
  expect(askedAtEachWrite).toEqual([1, 2, 3]);
});

test("only what is one value anyway is offered as a whole", () => {
  const blob = new Blob(["hello"]);
  expect(toContent(data).whole).toBe(data);
  expect(toContent(blob).whole).toBe(blob);
  expect(toContent(inChunks(data), data.length)).not.toHaveProperty("whole");
  expect(toContent(new Uint8Array(new SharedArrayBuffer(5)))).not.toHaveProperty("whole");
  expect(withSha1AtEnd(toContent(data))).not.toHaveProperty("whole");
});

test("bytes and a Blob can be written again, as a repeated call does", async () => {
  for (const body of [data, new Blob([data])]) {
    const content = withSha1AtEnd(toContent(body));
    expect(Buffer.concat(await chunksOf(content)).equals(Buffer.concat(await chunksOf(content)))).toBe(true);
  }
});

describe("refuses", () => {
  test.each([
    ["a stream without a length", () => toContent(inChunks(data)), TypeError],
    ["a length that bytes do not have", () => toContent(new Uint8Array(5), 4), RangeError],
    ["a length that a Blob does not have", () => toContent(new Blob(["hello"]), 6), RangeError],
    ["a negative length", () => toContent(inChunks(data), -1), RangeError],
    ["half a byte", () => toContent(inChunks(data), 1.5), RangeError],
    ["a length that is not a number", () => toContent(inChunks(data), Number("5 MB")), RangeError],
    ["a length beyond what numbers count", () => toContent(inChunks(data), 2 ** 53), RangeError],
  ])("%s", (_, make, error) => {
    expect(make).toThrow(error);
  });

  test("a stream of text", async () => {
    const stream = Readable.from([Buffer.from("hello")]).setEncoding("utf8");
    await expect(chunksOf(toContent(stream, 5))).rejects.toThrow(TypeError);
  });
});

test("the error of a source passes through", async () => {
  const broken = new Error("disk on fire");
  const stream = new ReadableStream<Uint8Array>({
    pull() {
      throw broken;
    },
  });
  await expect(chunksOf(withSha1AtEnd(toContent(stream, 5)))).rejects.toBe(broken);
});

test("a stream is cancelled when nobody reads it any more", async () => {
  let reason = "not cancelled";
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(5)),
    cancel: () => {
      reason = "cancelled";
    },
  });
  const written = toContent(stream, 100).writeTo(async () => {
    throw new Error("enough");
  });
  await expect(written).rejects.toThrow("enough");
  expect(reason).toBe("cancelled");
});

describe.each([
  ["Node", node.createSha1],
  ["other runtimes", web.createSha1],
])("SHA-1 on %s", (_, createSha1) => {
  test("equals the digest of all bytes, however they are split", () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, (parts) => {
        const sha1 = createSha1();
        for (const part of parts) {
          sha1.update(part);
        }
        return sha1.hex() === createHash("sha1").update(Buffer.concat(parts)).digest("hex");
      }),
    );
  });

  test("is done with a chunk once it returns", () => {
    const sha1 = createSha1();
    const buffer = Buffer.from("hello");
    sha1.update(buffer);
    buffer.fill(0);
    expect(sha1.hex()).toBe("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d");
  });
});

describe("the runtime without Node", () => {
  test("offers the same names", () => {
    expect(Object.keys(web).sort()).toEqual(Object.keys(node).sort());
  });

  test("says that nodeTransport needs Node", () => {
    expect(() => web.nodeTransport()).toThrow(/needs Node/);
  });

  test("leaves User-Agent to the platform", () => {
    expect(web.runtimeName).toBeUndefined();
  });
});
