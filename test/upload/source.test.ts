import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { appendFile, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LocalFileError } from "../../src/index.ts";
import * as web from "../../src/local-files-web.ts";
import {
  openSource,
  rangeOfSource,
  type Source,
  type SourceContent,
  type UploadSource,
} from "../../src/upload/source.ts";
import { fileForTest, folderForTest } from "../support.ts";

async function read(chunks: AsyncIterable<Uint8Array>): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of chunks) {
    bytes.push(...chunk);
  }
  return bytes;
}

const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);

async function* inChunks(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += size) {
    yield content.subarray(start, start + size);
  }
}

function toStream(content: Uint8Array, size: number): ReadableStream<Uint8Array> {
  const chunks = inChunks(content, size);
  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await chunks.next();
      if (done) {
        controller.close();
      } else {
        controller.enqueue(value);
      }
    },
  });
}

const kinds: ReadonlyArray<[string, (content: Uint8Array<ArrayBuffer>, size: number) => SourceContent]> = [
  ["bytes", (content) => content],
  ["an ArrayBuffer", (content) => content.slice().buffer],
  ["a Blob", (content) => new Blob([content])],
  ["an async iterable", (content, size) => inChunks(content, size)],
  ["a web stream", (content, size) => toStream(content, size)],
  ["a Node stream", (content, size) => Readable.from(inChunks(content, size))],
];

describe("openSource", () => {
  test.each(kinds)("reads %s range by range", async (_, make) => {
    const size = fc.integer({ min: 1, max: 120 });
    await fc.assert(
      fc.asyncProperty(size, fc.array(fc.nat({ max: 40 }), { maxLength: 5 }), async (chunkSize, lengths) => {
        const source = await openSource(make(bytes, chunkSize));
        let offset = 0;
        for (const length of lengths.filter((_, index) => index < 2)) {
          expect(await read(source.chunks(offset, length))).toEqual([
            ...bytes.subarray(offset, offset + length),
          ]);
          offset += length;
        }
        expect(await read(source.chunks(offset))).toEqual([...bytes.subarray(offset)]);
        await source.close();
      }),
      { numRuns: 30 },
    );
  });

  test.each(kinds)("reads a range of %s", async (_, make) => {
    const source = await openSource({ source: make(bytes, 7), offset: 10, length: 50 });
    expect(source.length).toBe(50);
    expect(await read(source.chunks(5, 20))).toEqual([...bytes.subarray(15, 35)]);
    expect(await read(source.chunks(30))).toEqual([...bytes.subarray(40, 60)]);
    await source.close();
  });

  test("tells what can be read again and how long it is", async () => {
    const told = async (source: UploadSource) => {
      const { length, isRereadable } = await openSource(source);
      return [length, isRereadable];
    };
    expect(await told(bytes)).toEqual([100, true]);
    expect(await told(new Blob([bytes]))).toEqual([100, true]);
    expect(await told(toStream(bytes, 10))).toEqual([undefined, false]);
    expect(await told({ source: toStream(bytes, 10), length: 100 })).toEqual([100, false]);
    expect(await told({ source: bytes, offset: 40 })).toEqual([60, true]);
  });

  test("takes the time of the last change from local files and Files", async () => {
    const file = await openSource(new File([bytes], "a", { lastModified: 1_600_000_000_000 }));
    expect(file.modTimeMillis).toBe(1_600_000_000_000);
    expect((await openSource(new Blob([bytes]))).modTimeMillis).toBeUndefined();
  });

  test.each([
    ["behind the end", { offset: 101 }],
    ["beyond the end", { offset: 50, length: 51 }],
    ["before the beginning", { offset: -1 }],
    ["of a broken length", { length: 1.5 }],
  ])("refuses a range %s", async (_, range) => {
    await expect(openSource({ source: bytes, ...range })).rejects.toThrow(RangeError);
  });

  test.each([
    ["a text", "text"],
    ["a number", 5],
    ["nothing", undefined],
    ["an object", {}],
  ])("refuses %s", async (_, value) => {
    await expect(openSource(value as unknown as UploadSource)).rejects.toThrow(/holds no bytes/);
  });

  test("refuses a stream that ends early, has an encoding, or is read backwards", async () => {
    const short = await openSource({ source: toStream(bytes, 10), length: 101 });
    await expect(read(short.chunks())).rejects.toThrow("ended after 100 bytes, not after 101");
    const text = await openSource(Readable.from(["text"]) as AsyncIterable<Uint8Array>);
    await expect(read(text.chunks())).rejects.toThrow(/do not set an encoding/);
    const once = await openSource(inChunks(bytes, 10));
    await read(once.chunks(0, 50));
    await expect(read(once.chunks(0, 50))).rejects.toThrow(/read once only/);
  });

  test("ends a stream that it leaves, even one that never answers", async () => {
    let cancelled = false;
    const stalled = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true;
      },
    });
    const source = await openSource(stalled);
    void read(source.chunks());
    await source.close();
    expect(cancelled).toBe(true);
    const path = await fileForTest(await folderForTest(), "source", 10);
    const stream = createReadStream(path);
    await (await openSource(stream)).close();
    expect(stream.destroyed).toBe(true);
  });
});

describe("rangeOfSource", () => {
  test("gives a range of a range", async () => {
    const range = rangeOfSource(await openSource({ source: bytes, offset: 10 }), 20, 30);
    expect(await read(range.chunks())).toEqual([...bytes.subarray(30, 60)]);
  });
});

describe("a local file", () => {
  const open = async (size: number): Promise<[Source, string]> => {
    const path = await fileForTest(await folderForTest(), "source", size);
    return [await openSource({ path }), path];
  };

  test("is read in any order and side by side", async () => {
    const [source, path] = await open(3_000_000);
    const content = await readFile(path);
    const [tail, head] = await Promise.all([
      readBytes(source.chunks(1_500_000)),
      readBytes(source.chunks(0, 1_500_000)),
    ]);
    await source.close();
    expect(Buffer.compare(Buffer.concat([head, tail]), content)).toBe(0);
  });

  test("that changes while it is read is noticed before its last chunk", async () => {
    const [source, path] = await open(2_500_000);
    let seen = 0;
    const reading = (async () => {
      for await (const chunk of source.chunks()) {
        seen += chunk.length;
        await appendFile(path, "x");
      }
    })();
    await expect(reading).rejects.toThrow(LocalFileError);
    expect(seen).toBe(2 * 1024 * 1024);
    await source.close();
  });

  test("that fails while nobody reads does not harm the process", async () => {
    const [source] = await open(2_500_000);
    const chunks = source.chunks()[Symbol.asyncIterator]();
    await chunks.next();
    await source.close();
    await chunks.return?.();
  });

  test("b2sdk 41: must be a file: pipes and dangling links are refused", async () => {
    const folder = await folderForTest();
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    await symlink(join(folder, "nowhere"), join(folder, "link"));
    await expect(openSource({ path: pipe })).rejects.toThrow("it is not a regular file");
    await expect(openSource({ path: join(folder, "link") })).rejects.toThrow("there is no such file");
    await expect(openSource({ path: folder })).rejects.toThrow("it is a folder");
  });
});

async function readBytes(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Uint8Array[] = [];
  for await (const chunk of chunks) {
    copies.push(chunk.slice());
  }
  return Buffer.concat(copies);
}

test("where there are no files, uploads and downloads of files name what does instead", async () => {
  await expect(web.LocalFile.open("a.txt")).rejects.toThrow(
    /no local files: give the content as bytes, a Blob/,
  );
  const content = undefined as never; // Nobody looks at it.
  await expect(web.saveContent("a.txt", content, {})).rejects.toThrow(/read the content with stream\(\)/);
});
