import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { OrderedSha1 } from "../../src/download/ordered-sha1.ts";
import { cutSpans } from "../../src/download/span.ts";
import { sha1 } from "./support.ts";

/** What was written, to be read again, a few bytes at a time. */
function fileInMemory(size: number) {
  const written = new Uint8Array(size);
  const read = vi.fn(async (into: Uint8Array, offset: number) => {
    const bytes = written.subarray(offset, offset + Math.min(7, into.length));
    into.set(bytes);
    return bytes.length;
  });
  return { written, read };
}

test("hashes bytes in the order of the file, in whatever order they are written", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 50 }),
      fc.infiniteStream(fc.nat()),
      async (bytes, most, choices) => {
        const { written, read } = fileInMemory(bytes.length);
        const waiting = cutSpans([{ offset: 0, length: bytes.length }], most);
        const digest = new OrderedSha1(read, bytes.length);
        while (waiting.length > 0) {
          const [piece] = waiting.splice((choices.next().value ?? 0) % waiting.length, 1);
          if (piece !== undefined) {
            const part = bytes.subarray(piece.offset, piece.offset + piece.length);
            digest.update(part, piece.offset);
            written.set(part, piece.offset);
            await Promise.resolve();
            digest.written(piece);
          }
        }
        expect(await digest.hex()).toBe(sha1(bytes));
      },
    ),
  );
});

test("reads nothing again that came in order", async () => {
  const { read } = fileInMemory(1000);
  const digest = new OrderedSha1(read, 1000);
  for (let offset = 0; offset < 1000; offset += 100) {
    digest.update(new Uint8Array(100), offset);
    digest.written({ offset, length: 100 });
  }
  expect(await digest.hex()).toBe(sha1(new Uint8Array(1000)));
  expect(read).not.toHaveBeenCalled();
});

test("reports a file that cannot be read again", async () => {
  const digest = new OrderedSha1(async () => {
    throw new Error("gone");
  }, 100);
  digest.written({ offset: 0, length: 100 });
  await expect(digest.hex()).rejects.toThrow("gone");
});
