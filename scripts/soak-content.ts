/** Bytes that nobody else has: a text repeated up to a length. They lie in one file of the contents folder. */
export interface Sent {
  readonly text: string;
  readonly length: number;
}

/** A span of what was sent once. */
interface Span {
  readonly sent: Sent;
  readonly start: number;
  readonly length: number;
}

/** What a file or a part holds, as spans of what was sent: finishing joins them, copying takes some of them. */
export type Content = readonly Span[];

/** All of what was sent; no span when that is nothing. */
export function contentOf(sent: Sent): Content {
  return sent.length > 0 ? [{ sent, start: 0, length: sent.length }] : [];
}

export function bytesOf(content: Content): Buffer {
  return Buffer.concat(
    content.map(({ sent, start, length }) =>
      Buffer.alloc(sent.length, sent.text).subarray(start, start + length),
    ),
  );
}

export function lengthOf(content: Content): number {
  return content.reduce((sum, { length }) => sum + length, 0);
}

/** Takes the bytes from `first` to `last`, both included. */
export function rangeOf(content: Content, first: number, last: number): Content {
  let position = 0;
  return content.flatMap(({ sent, start, length }) => {
    const from = Math.max(first - position, 0);
    const to = Math.min(last + 1 - position, length);
    position += length;
    return from < to ? [{ sent, start: start + from, length: to - from }] : [];
  });
}
