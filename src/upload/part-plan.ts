/** Sizes that limit how a file is cut, in bytes. */
export interface PartSizes {
  /** Smallest part but the last; the account's `absoluteMinimumPartSize`. */
  readonly minimumBytes: number;
  /** Usual part; the account's `recommendedPartSize`. */
  readonly recommendedBytes: number;
}

/** One part of a large file: a range of the content. */
export interface PlannedPart {
  /** 1 for the first part. */
  readonly partNumber: number;
  readonly offset: number;
  readonly length: number;
}

/** Most parts of a large file. */
export const MAX_PARTS = 10_000;
/** Most bytes of one part, and of one plain upload. */
export const MAX_PART_BYTES = 5_000_000_000;
/** Most bytes of one file. */
export const MAX_FILE_BYTES = 10_000_000_000_000;

/**
 * Cuts a file into parts; no parts at all means one plain upload.
 *
 * A plain upload reaches up to one recommended part and one minimum part together, so the last part of a large
 * file is always worth its request. Parts grow where 10,000 of them would not reach.
 *
 * @throws `RangeError` for a file over 10 TB or a part size outside the service's limits.
 */
export function planParts(
  size: number,
  sizes: PartSizes,
  partSizeBytes = sizes.recommendedBytes,
): PlannedPart[] {
  const { minimumBytes } = sizes;
  checkPartSize(partSizeBytes, minimumBytes);
  if (size > MAX_FILE_BYTES) {
    throw new RangeError(`The file has ${size} bytes; the service stores up to ${MAX_FILE_BYTES} (10 TB)`);
  }
  const partBytes = partSizeFor(size, partSizeBytes);
  if (size < partBytes + minimumBytes) {
    return size > MAX_PART_BYTES ? cut(size, Math.ceil(size / 2)) : [];
  }
  return cut(size, partBytes, minimumBytes);
}

/** @throws `RangeError` for a part size outside the service's limits. */
export function checkPartSize(partSizeBytes: number, minimumBytes: number): void {
  if (!Number.isInteger(partSizeBytes) || partSizeBytes < minimumBytes || partSizeBytes > MAX_PART_BYTES) {
    throw new RangeError(
      `partSizeBytes must be from ${minimumBytes} to ${MAX_PART_BYTES}, not ${partSizeBytes}`,
    );
  }
}

/**
 * Gives the size of the next part of a file whose length is not known yet. From the middle of the 10,000 parts on they
 * grow with what came before, so that parts of at least 5 MB reach 10 TB whatever comes.
 */
export function nextPartSize(partBytes: number, sentParts: number, sentBytes: number): number {
  const least = sentParts < MAX_PARTS / 2 ? 0 : Math.ceil(sentBytes / 700);
  return Math.min(MAX_PART_BYTES, Math.max(partBytes, least));
}

/** Raises the part size until half as many parts again would still be allowed. */
export function partSizeFor(size: number, partSizeBytes: number): number {
  return Math.min(MAX_PART_BYTES, Math.max(partSizeBytes, Math.ceil((1.5 * size) / MAX_PARTS)));
}

/** Cuts into equal parts; a remainder shorter than the minimum joins the part before it. */
function cut(size: number, partBytes: number, minimumBytes = 0): PlannedPart[] {
  const parts: PlannedPart[] = [];
  let offset = 0;
  while (offset < size) {
    const rest = size - offset;
    const length =
      rest < partBytes + minimumBytes && rest <= MAX_PART_BYTES ? rest : Math.min(partBytes, rest);
    parts.push({ partNumber: parts.length + 1, offset, length });
    offset += length;
  }
  return parts;
}
