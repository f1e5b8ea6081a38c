/** Bytes of a file that follow one another. */
export interface Span {
  /** First byte, counted from 0. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
}

/** Gives the position behind the last byte. */
export function endOf({ offset, length }: Span): number {
  return offset + length;
}

/** Cuts spans into pieces of at most `mostBytes`, in the same order; spans without a byte give none. */
export function cutSpans(spans: readonly Span[], mostBytes: number): Span[] {
  return spans.flatMap((span) =>
    Array.from({ length: Math.ceil(span.length / mostBytes) }, (_, index) => {
      const offset = span.offset + index * mostBytes;
      return { offset, length: Math.min(mostBytes, endOf(span) - offset) };
    }),
  );
}
