import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodeTransport, type Transport } from "../../src/raw/index.ts";
import { HoldingReader } from "../../src/upload/held-bytes.ts";
import { nextPartSize } from "../../src/upload/part-plan.ts";
import { bytesOf, inChunks, PART, read, start } from "./support.ts";

describe("uploadUnboundStream", () => {
  test("makes an empty file of an empty stream", async () => {
    const { emulator, bucket } = await start();
    const stored = await bucket.uploadUnboundStream(inChunks(new Uint8Array(0)), "a");
    expect(stored.size).toBe(0);
    expect(emulator.requests.byOperation).toEqual({ b2_get_upload_url: 1, b2_upload_file: 1 });
  });

  test.each([
    [PART - 1, { b2_upload_file: 1 }],
    [PART, { b2_upload_file: 1 }],
    [PART + 1, { b2_start_large_file: 1, b2_upload_part: 2, b2_finish_large_file: 1 }],
  ])("decides by itself whether %d bytes go in one request or in parts", async (size, requests) => {
    const { emulator, bucket } = await start();
    await bucket.uploadUnboundStream(inChunks(bytesOf(size)), "a");
    expect(emulator.requests.byOperation).toMatchObject(requests);
    expect(Buffer.compare(await read(bucket, "a"), bytesOf(size))).toBe(0);
  });

  test.each([1, 2, 5])(
    "b2sdk 50: reads in order, and no further than the %d parts that it holds while the service is slow",
    async (concurrency) => {
      const { transport, arrived, letGo } = heldTransport("b2_upload_part", concurrency);
      const { bucket } = await start({ transport });
      let handedOut = 0;
      const bytes = bytesOf(8 * PART);
      async function* stream() {
        for await (const chunk of inChunks(bytes, 100_000)) {
          handedOut += chunk.length;
          yield chunk;
        }
      }
      const upload = bucket.uploadUnboundStream(stream(), "a", { concurrency });
      await arrived;
      await new Promise(setImmediate);
      expect(handedOut).toBeLessThanOrEqual(concurrency * PART + 100_000);
      letGo();
      expect((await upload).size).toBe(bytes.length);
      expect(Buffer.compare(await read(bucket, "a"), bytes)).toBe(0);
    },
  );

  /** Holds requests whose URL holds a text back, and tells when so many have arrived. */
  function heldTransport(text: string, count: number) {
    const inner = nodeTransport();
    const [arrived, arrive] = signal();
    const [departed, letGo] = signal();
    let seen = 0;
    const transport: Transport = async (request) => {
      if (request.url.includes(text)) {
        if (++seen === count) arrive();
        await departed;
      }
      return await inner(request);
    };
    return { transport, arrived, letGo };
  }

  function signal(): [Promise<void>, () => void] {
    let give = () => {};
    const given = new Promise<void>((resolve) => {
      give = resolve;
    });
    return [given, () => give()];
  }

  test("takes chunks whose memory is used again", async () => {
    const { bucket } = await start();
    const bytes = bytesOf(3 * PART);
    async function* stream() {
      const buffer = new Uint8Array(64 * 1024);
      for await (const chunk of inChunks(bytes, buffer.length)) {
        buffer.set(chunk);
        yield buffer.subarray(0, chunk.length);
      }
    }
    await bucket.uploadUnboundStream(stream(), "a");
    expect(Buffer.compare(await read(bucket, "a"), bytes)).toBe(0);
  });

  test("tells the whole length in progress once the stream has ended", async () => {
    const { bucket } = await start();
    const totals = new Set<number | undefined>();
    const onProgress = ({ totalBytes }: { totalBytes: number | undefined }) => totals.add(totalBytes);
    await bucket.uploadUnboundStream(inChunks(bytesOf(4 * PART)), "a", { onProgress, concurrency: 1 });
    expect([...totals]).toEqual([undefined, 4 * PART]);
  });
});

describe("nextPartSize", () => {
  const partSize = fc.integer({ min: 5_000_000, max: 5_000_000_000 });

  test("reaches 10 TB with 10,000 parts, whatever the first size", () => {
    fc.assert(
      fc.property(partSize, (partBytes) => {
        let [parts, bytes, before] = [0, 0, 0];
        while (bytes < 10_000_000_000_000) {
          const next = nextPartSize(partBytes, parts, bytes);
          expect(next >= before && next >= partBytes && next <= 5_000_000_000).toBe(true);
          before = next;
          bytes += next;
          parts += 1;
        }
        expect(parts).toBeLessThanOrEqual(10_000);
      }),
      { numRuns: 20 },
    );
  });

  test("stays as it is for the first half of the parts", () => {
    fc.assert(
      fc.property(partSize, fc.nat({ max: 4999 }), (partBytes, parts) => {
        expect(nextPartSize(partBytes, parts, parts * partBytes)).toBe(partBytes);
      }),
    );
  });
});

describe("HoldingReader", () => {
  test("cuts a stream into pieces of any length without losing a byte", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 2_500_000 }), { minLength: 1, maxLength: 4 });
    const chunk = fc.integer({ min: 1000, max: 1_500_000 });
    await fc.assert(
      fc.asyncProperty(sizes, chunk, fc.nat({ max: 3_000_000 }), async (lengths, chunkSize, total) => {
        const bytes = bytesOf(total);
        const reader = new HoldingReader(inChunks(bytes, chunkSize));
        let offset = 0;
        for (const length of lengths) {
          const held = await reader.read(length);
          const pieces: Uint8Array[] = [];
          for await (const piece of held.chunks()) pieces.push(piece);
          const expected = bytes.subarray(offset, offset + length);
          expect(held.length).toBe(expected.length);
          expect(Buffer.compare(Buffer.concat(pieces), expected)).toBe(0);
          if (held.whole !== undefined) expect(Buffer.compare(held.whole, expected)).toBe(0);
          offset += held.length;
          held.release();
        }
        expect(await reader.isAtEnd()).toBe(offset === total);
      }),
      { numRuns: 20 },
    );
  });
});
