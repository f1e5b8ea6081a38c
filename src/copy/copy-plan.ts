import type { Span } from "../download/span.ts";
import { checkPartSize, MAX_FILE_BYTES, MAX_PARTS, type PlannedPart } from "../upload/part-plan.ts";

/** Sizes that limit how a copy is cut, in bytes. */
export interface CopySizes {
  /** Smallest part; the account's `absoluteMinimumPartSize`. */
  readonly minimumBytes: number;
  /**
   * Most bytes of one request.
   * @defaultValue 5,000,000,000, the most that the service copies at once
   */
  readonly partSizeBytes?: number | undefined;
  /**
   * Cuts into two parts at least, whatever the length.
   * @defaultValue false
   */
  readonly isLarge?: boolean;
}

/** Most bytes that the service copies with one request. */
export const MAX_COPY_BYTES = 5_000_000_000;

/**
 * Cuts a copy into parts, with offsets in the source; no parts at all means one plain copy.
 *
 * The parts have the same length, but for one byte. There are as few as the limits allow, or one more when the last
 * would be short beside the others otherwise. None is shorter than the minimum: a length that is too short for two
 * such parts makes one plain copy, although it may be longer than `partSizeBytes`.
 *
 * @throws `RangeError` for a copy over 10 TB, a part size outside the service's limits, or a large file too short
 * for two parts.
 */
export function planCopy({ offset, length }: Span, sizes: CopySizes): PlannedPart[] {
  const { minimumBytes, partSizeBytes = MAX_COPY_BYTES, isLarge = false } = sizes;
  checkPartSize(partSizeBytes, minimumBytes);
  if (length > MAX_FILE_BYTES) {
    throw new RangeError(`The copy has ${length} bytes; the service stores up to ${MAX_FILE_BYTES} (10 TB)`);
  }
  const most = Math.min(MAX_PARTS, Math.floor(length / minimumBytes));
  if (isLarge && most < 2) {
    throw new RangeError(
      `The copy has ${length} bytes and cannot become a large file, which has ${2 * minimumBytes} at least (customUploadTimestamp needs one)`,
    );
  }
  const count = Math.min(most, Math.max(isLarge ? 2 : 1, countParts(length, partSizeBytes)));
  return count < 2 ? [] : cutEvenly(offset, length, count);
}

function countParts(length: number, partBytes: number): number {
  const count = Math.ceil(length / partBytes);
  const last = length - (count - 1) * partBytes;
  return count > 1 && last < Math.floor(length / (count + 1)) ? count + 1 : count;
}

function cutEvenly(start: number, length: number, count: number): PlannedPart[] {
  const base = Math.floor(length / count);
  const longer = length % count;
  return Array.from({ length: count }, (_, index) => ({
    partNumber: index + 1,
    offset: start + index * base + Math.min(index, longer),
    length: index < longer ? base + 1 : base,
  }));
}

/** Gives the bytes that a copy takes from a source of this size; none when it begins at or behind the end. */
export function spanOf(size: number, offset = 0, length = Number.POSITIVE_INFINITY): Span {
  return { offset, length: Math.max(0, Math.min(length, size - offset)) };
}

/** Writes a span as the service wants it, both ends included. An empty one still names a byte, to be refused. */
export function rangeOf({ offset, length }: Span): string {
  return `bytes=${offset}-${offset + Math.max(1, length) - 1}`;
}
