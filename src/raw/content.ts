import { createSha1 } from "#runtime";
import type { BinaryBody } from "../../generated/schema.ts";
import { chunksOfStream } from "./stream.ts";
import type { Bytes, Content } from "./transport.ts";

/** Most bytes that are read and sent as one chunk. */
export const CHUNK_BYTES = 1024 * 1024;

/**
 * Makes a request body of anything that holds bytes.
 *
 * Blobs are read 1 MiB at a time; streams are read as they are sent, once.
 *
 * @param length - Number of bytes; needed for streams, which do not know.
 * @throws `TypeError` for a stream without length, `RangeError` for a length that bytes or a Blob do not have.
 */
export function toContent(body: BinaryBody, length?: number): Content {
  const known = knownLength(body);
  if (known !== undefined && length !== undefined && known !== length) {
    throw new RangeError(`Content-Length is ${length}, but the body has ${known} bytes`);
  }
  const total = known ?? length;
  if (total === undefined) {
    throw new TypeError(
      "The body is a stream: give its number of bytes as the Content-Length header parameter",
    );
  }
  if (!Number.isSafeInteger(total) || total < 0) {
    throw new RangeError(`Content-Length must be a whole number of bytes, not ${total}`);
  }
  return {
    length: total,
    ...(isWhole(body) && { whole: body }),
    writeTo: async (sink) => {
      for await (const chunk of chunksOf(body)) {
        if (!(chunk instanceof Uint8Array)) {
          throw new TypeError("The body's chunks must be bytes: do not set an encoding on the stream");
        }
        await sink(chunk);
      }
    },
  };
}

/** Appends the SHA-1 of the bytes, as 40 hex digits computed on the way (`hex_digits_at_end`). */
export function withSha1AtEnd(content: Content, onSha1?: (sha1: string) => void): Content {
  return {
    length: content.length + 40,
    writeTo: async (sink) => {
      const hash = createSha1();
      await content.writeTo((chunk) => {
        hash.update(chunk);
        return sink(chunk);
      });
      const sha1 = hash.hex();
      onSha1?.(sha1);
      await sink(new TextEncoder().encode(sha1));
    },
  };
}

function isWhole(body: BinaryBody): body is Bytes | Blob {
  return body instanceof Blob || (body instanceof Uint8Array && body.buffer instanceof ArrayBuffer);
}

function knownLength(body: BinaryBody): number | undefined {
  if (body instanceof Uint8Array) {
    return body.byteLength;
  }
  return body instanceof Blob ? body.size : undefined;
}

/** Gives the chunks of anything that holds bytes, at most 1 MiB each where the bytes are at hand. */
export function chunksOf(body: BinaryBody): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (body instanceof Uint8Array) {
    return slicesOfBytes(body);
  }
  if (body instanceof Blob) {
    return slicesOfBlob(body);
  }
  return body instanceof ReadableStream ? chunksOfStream(body) : body;
}

function* slicesOfBytes(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    yield bytes.subarray(start, start + CHUNK_BYTES);
  }
}

async function* slicesOfBlob(blob: Blob): AsyncIterable<Uint8Array> {
  for (let start = 0; start < blob.size; start += CHUNK_BYTES) {
    yield new Uint8Array(await blob.slice(start, start + CHUNK_BYTES).arrayBuffer());
  }
}
