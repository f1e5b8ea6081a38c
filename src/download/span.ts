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

/** The bytes of a file that are at hand: spans in order that neither touch nor overlap. */
export class SpanSet {
  #spans: Span[] = [];

  /** The spans, from the beginning of the file to its end. */
  get spans(): readonly Span[] {
    return this.#spans;
  }

  /** Number of bytes in all spans. */
  get bytes(): number {
    return this.#spans.reduce((sum, { length }) => sum + length, 0);
  }

  /** Adds bytes; those that are there already make no difference. */
  add(added: Span): void {
    if (added.length === 0) {
      return;
    }
    if (this.#spans.length === 0) {
      this.#spans = [{ offset: added.offset, length: added.length }];
      return;
    }
    const touching = this.#spans.filter((span) => span.offset <= endOf(added) && endOf(span) >= added.offset);
    const offset = Math.min(added.offset, ...touching.map((span) => span.offset));
    const end = Math.max(endOf(added), ...touching.map(endOf));
    this.#spans = [
      ...this.#spans.filter((span) => endOf(span) < offset),
      { offset, length: end - offset },
      ...this.#spans.filter((span) => span.offset > end),
    ];
  }

  /** Gives how many bytes are there in one piece from a position on. */
  from(position: number): number {
    const span = this.#spans.find(({ offset, length }) => offset <= position && position < offset + length);
    return span === undefined ? 0 : endOf(span) - position;
  }

  /** Gives the bytes of a span that are not there, in order. */
  missing(whole: Span): Span[] {
    const missing: Span[] = [];
    let position = whole.offset;
    for (const span of [...this.#spans, { offset: endOf(whole), length: 0 }]) {
      const end = Math.min(span.offset, endOf(whole));
      if (end > position) {
        missing.push({ offset: position, length: end - position });
      }
      position = Math.max(position, endOf(span));
    }
    return missing;
  }
}
