import { forEachAtOnce } from "../session/at-once.ts";
import { ChecksumError, LocalFileError } from "../session/errors.ts";
import { type CallOptions, unlessAborted } from "../session/session.ts";
import { checkConcurrency } from "../session/slots.ts";
import { Progress, type ProgressListener } from "../upload/progress.ts";
import { type BlockSink, Blocks, BlockWriter } from "./block-writer.ts";
import { checkContent, type DownloadContent } from "./content.ts";
import { type LocalTarget, openTarget, type TargetOptions } from "./local-target.ts";
import { OrderedSha1 } from "./ordered-sha1.ts";
import { cutSpans, type Span } from "./span.ts";

/** Options of saving a download to a file. */
export interface SaveOptions extends CallOptions {
  /**
   * Ranges of this file fetched at the same time; all files together stay within `concurrency` of {@link B2Api}. Each
   * needs 3 MiB of memory.
   * @defaultValue 4
   */
  readonly concurrency?: number;
  /**
   * Size of a range in bytes, and the size above which a file is fetched in ranges at all.
   * @defaultValue ranges of 32 MiB for files above 100 MB
   */
  readonly rangeSizeBytes?: number;
  /**
   * Keeps what has arrived when the download fails or its process ends, beside the target, and goes on with it when the
   * same version is saved there with `resume` again. What was there is verified with the rest.
   * @defaultValue false
   */
  readonly resume?: boolean;
  /**
   * Overwrites bytes of an existing file, from this position on, instead of replacing the file. What was written
   * before a failure stays.
   */
  readonly position?: number;
  /** Is told how many bytes were saved. */
  readonly onProgress?: ProgressListener;
}

const PARALLEL_ABOVE_BYTES = 100_000_000;
const RANGE_BYTES = 32 * 1024 * 1024;
const DEFAULT_CONCURRENCY = 4;

/** Blocks for each range: one to fill, and one on its way to the disk. */
const BLOCKS_EACH = 2;

/**
 * Writes content to where a path leads.
 *
 * @throws {@link LocalFileError} when nothing can be written there, {@link ChecksumError} when the content is wrong.
 */
export async function saveContent(
  path: string,
  content: DownloadContent,
  options: SaveOptions,
): Promise<void> {
  checkSaveOptions(options);
  const progress = new Progress(content.span.length, options.onProgress);
  const signal = eitherSignal(content.options.signal, options.signal);
  const work = () => save(path, content, { ...options, signal }, progress);
  try {
    await content.session.transfers.run(content, work, signal);
  } catch (error) {
    throw explain(path, error);
  }
}

/** @throws `RangeError` or `TypeError` for options that make no sense. */
function checkSaveOptions({ concurrency = 1, rangeSizeBytes = 1, position, resume }: SaveOptions): void {
  checkConcurrency(concurrency);
  if (!Number.isSafeInteger(rangeSizeBytes) || rangeSizeBytes < 1) {
    throw new RangeError(`rangeSizeBytes must be a whole number from 1, not ${rangeSizeBytes}`);
  }
  if (position !== undefined && (!Number.isSafeInteger(position) || position < 0)) {
    throw new RangeError(`position must be a whole number from 0, not ${position}`);
  }
  if (resume && position !== undefined) {
    throw new TypeError("Give resume or position, not both: bytes inside a file are not resumed");
  }
}

async function save(
  path: string,
  content: DownloadContent,
  options: SaveOptions & TargetOptions,
  progress: Progress,
): Promise<void> {
  const target = await openTarget(path, content.version, options);
  const isContinued = target.present.bytes > 0;
  try {
    await writeContent(content, target, options, progress);
    await target.commit(content.version);
  } catch (error) {
    const isWrong = error instanceof ChecksumError;
    await target.abandon(isWrong).catch(() => {}); // What failed first is what the caller is told.
    if (!isWrong || !isContinued) {
      throw error;
    }
    await save(path, content, options, progress); // What was there may be at fault: everything from the beginning.
  }
}

/** Fetches what is missing, and compares all of it. */
async function writeContent(
  content: DownloadContent,
  target: LocalTarget,
  options: SaveOptions,
  progress: Progress,
): Promise<void> {
  const { version, expectedSha1 } = content;
  const sha1 =
    expectedSha1 === undefined
      ? undefined
      : new OrderedSha1((into, offset) => target.read(into, offset), version.size);
  const present = target.present.bytes;
  const pieces = planPieces(content, target, options);
  for (const span of target.present.spans) {
    sha1?.written(span);
  }
  progress.reached(-1, present);
  const arrived = await fetchPieces(pieces, { content, target, sha1, progress, options });
  checkContent(version, present + arrived, expectedSha1, await sha1?.hex());
}

/** Decides which spans are fetched, each in one go. An empty file is read, too: its answer ends the request. */
function planPieces({ span }: DownloadContent, target: LocalTarget, options: SaveOptions): Span[] {
  const { concurrency = DEFAULT_CONCURRENCY, rangeSizeBytes } = options;
  const isParallel =
    concurrency > 1 && target.isSeekable && span.length > (rangeSizeBytes ?? PARALLEL_ABOVE_BYTES);
  const missing = target.present.missing(span);
  const pieces = isParallel ? cutSpans(missing, rangeSizeBytes ?? RANGE_BYTES) : missing;
  return span.length === 0 ? [span] : pieces;
}

interface Saving {
  readonly content: DownloadContent;
  readonly target: LocalTarget;
  readonly sha1: OrderedSha1 | undefined;
  readonly progress: Progress;
  readonly options: SaveOptions;
}

/** Fetches pieces side by side, each to its place, and gives the number of bytes that arrived. */
async function fetchPieces(pieces: readonly Span[], saving: Saving): Promise<number> {
  const { content, target, options } = saving;
  const { signal } = options;
  const most = target.isSeekable ? (options.concurrency ?? DEFAULT_CONCURRENCY) : 1;
  const concurrency = Math.max(1, Math.min(most, pieces.length));
  const longest = pieces.reduce((most, { length }) => Math.max(most, length), 1);
  const blocks = new Blocks(sinkFor(target, saving.sha1), BLOCKS_EACH * concurrency, longest);
  const fetch = (piece: Span, either: AbortSignal | undefined) =>
    content.session.slots.run(content, () => fetchPiece(piece, blocks, saving, either), either);
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) {
    return await fetch(first, signal); // What many small files need not pay for.
  }
  let arrived = 0;
  await forEachAtOnce(pieces, concurrency, signal, async (piece, either) => {
    const bytes = await fetch(piece, either);
    arrived += bytes;
  });
  return arrived;
}

async function fetchPiece(
  span: Span,
  blocks: Blocks,
  { content, target, progress }: Saving,
  signal: AbortSignal | undefined,
): Promise<number> {
  const writer = new BlockWriter(span, blocks);
  let bytes = 0;
  try {
    await content.read(
      (chunk) => {
        bytes += chunk.length;
        const held = writer.take(chunk);
        progress.reached(span.offset, bytes);
        return held;
      },
      { span, signal, memory: () => writer.memory() },
    );
    await unlessAborted(writer.end(), signal);
    return bytes;
  } catch (error) {
    if (target.isSeekable) {
      await writer.stop(); // A pipe that nobody reads might never take what is left.
    }
    throw error;
  }
}

/** Makes the way of blocks: hashed when they come next, and written. */
function sinkFor(target: LocalTarget, sha1: OrderedSha1 | undefined): BlockSink {
  return {
    see: (bytes, offset) => sha1?.update(bytes, offset),
    write: async (bytes, offset) => {
      await target.write(bytes, offset);
      sha1?.written({ offset, length: bytes.length });
    },
  };
}

function eitherSignal(
  first: AbortSignal | undefined,
  second: AbortSignal | undefined,
): AbortSignal | undefined {
  return first !== undefined && second !== undefined ? AbortSignal.any([first, second]) : (first ?? second);
}

function explain(path: string, error: unknown): unknown {
  const isSystemError = error instanceof Error && "syscall" in error && "code" in error;
  if (!isSystemError) {
    return error;
  }
  const reason = reasons[String(error.code)] ?? error.message;
  return new LocalFileError(`Cannot save to ${path}: ${reason}`, { cause: error });
}

const reasons: Record<string, string | undefined> = {
  ENOENT: "its folder does not exist",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder; name a file in it",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file is larger than the file system allows",
  EROFS: "the file system is read-only",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
  EPIPE: "nobody reads the pipe any more",
};
