import { createSha1 } from "#runtime";
import type { components } from "../raw/index.ts";
import { ChecksumError } from "../session/errors.ts";
import { unlessAborted } from "../session/session.ts";
import { type HeldBytes, HoldingReader } from "./held-bytes.ts";
import { storeLargeFile } from "./large-file.ts";
import type { UploadedPart } from "./part.ts";
import { checkPartSize, MAX_FILE_BYTES, MAX_PARTS, nextPartSize, planParts } from "./part-plan.ts";
import type { StreamedSource } from "./source.ts";
import { expectedSha1, type UploadJob, withWholeSha1 } from "./upload.ts";
import { uploadWhole, wrongContent } from "./whole-file.ts";

type FileVersion = components["schemas"]["FileVersion"];

/** Parts of a stream that are held in memory, one of them being filled. */
const DEFAULT_CONCURRENCY = 2;

/**
 * Stores a stream. What was read is held until it is stored, because it cannot be read again: at most one part for
 * each upload at a time. The second part tells that the file is a large one.
 */
export async function uploadStream(job: UploadJob, source: StreamedSource): Promise<FileVersion> {
  const { signal, concurrency = DEFAULT_CONCURRENCY } = job.options;
  const lengths = partLengths(job, source.length);
  const reader = new CheckedReader(source, expectedSha1(job.options));
  const first = await unlessAborted(reader.read(lengths.next(0, 0)), signal);
  const isWhole = lengths.isWhole ?? (await unlessAborted(reader.isAtEnd(), signal));
  if (isWhole) {
    reader.check();
    job.progress.endsAt(first.length);
    return await job.session.slots.run(job, () => uploadWhole(job, first), signal);
  }
  const isOmitted = job.options.largeFileSha1 === "omit";
  const settings = withWholeSha1(job.settings, isOmitted ? undefined : expectedSha1(job.options));
  const options = { ...job.options, concurrency };
  return await storeLargeFile({ ...job, settings, options }, partsOf(job, reader, first, lengths));
}

/** How long the parts of a stream are. */
interface PartLengths {
  /** Whether everything is one part; undefined when only the end of the stream will tell. */
  readonly isWhole: boolean | undefined;
  /** Gives the length of the next part. */
  next(sentParts: number, sentBytes: number): number;
}

function partLengths({ sizes, options }: UploadJob, length: number | undefined): PartLengths {
  const { partSizeBytes = sizes.recommendedBytes } = options;
  if (length === undefined) {
    checkPartSize(partSizeBytes, sizes.minimumBytes);
    return { isWhole: undefined, next: (...sent) => nextPartSize(partSizeBytes, ...sent) };
  }
  const parts = planParts(length, sizes, partSizeBytes);
  const lengths = new Map(parts.map((part) => [part.offset, part.length]));
  return {
    isWhole: parts.length === 0,
    next: (_, sentBytes) => lengths.get(sentBytes) ?? length - sentBytes,
  };
}

/** Reads a stream and compares its SHA-1 with the one that it should have. */
class CheckedReader extends HoldingReader {
  readonly #sha1 = createSha1();
  readonly #expected: string | undefined;

  constructor(source: StreamedSource, expected: string | undefined) {
    super(source.chunks(), expected === undefined ? undefined : (chunk) => this.#sha1.update(chunk));
    this.#expected = expected;
  }

  /** @throws {@link ChecksumError} when the whole stream was not what it should be. */
  check(): void {
    const expected = this.#expected;
    const actual = this.#sha1.hex();
    if (expected !== undefined && actual !== expected) {
      throw new ChecksumError(wrongContent(actual, { sha1: expected }));
    }
  }
}

async function* partsOf(
  { progress }: UploadJob,
  reader: CheckedReader,
  first: HeldBytes,
  lengths: PartLengths,
): AsyncGenerator<UploadedPart, undefined> {
  let part = first;
  let sentBytes = 0;
  for (let partNumber = 1; part.length > 0; partNumber++) {
    sentBytes += part.length;
    if (sentBytes > MAX_FILE_BYTES || partNumber > MAX_PARTS) {
      throw new RangeError(
        `The stream is too long for parts of this size; the service stores up to ${MAX_FILE_BYTES} bytes (10 TB)`,
      );
    }
    yield { ...part, partNumber };
    part = await reader.read(lengths.next(partNumber, sentBytes));
  }
  reader.check();
  progress.endsAt(sentBytes);
  return undefined;
}
