import type { Span } from "../download/span.ts";
import { customerKey } from "../encryption.ts";
import { checkFileName } from "../file-name.ts";
import type { components } from "../raw/index.ts";
import { type Session, unlessAborted } from "../session/session.ts";
import { type LargeFileJob, resumeLargeFile, storeLargeFile } from "../upload/large-file.ts";
import type { LargeFilePart } from "../upload/part.ts";
import { checkPartSize, type PartSizes } from "../upload/part-plan.ts";
import { collect, pieceFrom } from "../upload/piece.ts";
import { Progress } from "../upload/progress.ts";
import { bytesSource, type RereadableSource } from "../upload/source.ts";
import {
  checkUploadOptions,
  type Destination,
  expectedSha1,
  partSizes,
  type UploadOptions,
  uploadSource,
  withWholeSha1,
} from "../upload/upload.ts";
import { type ComposedPart, ComposePlan, growingSizes, type Piece, planComposition } from "./compose-plan.ts";
import {
  type ComposeSource,
  ComposeSources,
  checkRange,
  isStored,
  type OpenedSource,
  type StoredRange,
  type WriteIntent,
} from "./compose-source.ts";
import { copyFile } from "./copy.ts";
import type { Intent } from "./write-intents.ts";

type FileVersion = components["schemas"]["FileVersion"];
type Part = ComposedPart<OpenedSource>;

interface Job {
  readonly session: Session;
  readonly to: Destination;
  readonly options: UploadOptions;
  readonly sources: ComposeSources;
  readonly sizes: PartSizes;
}

/**
 * Composes a file of stored files and local content: what is stored is copied inside the service where that is
 * possible, everything else is sent.
 *
 * A list of intents may be in any order, and is planned as a whole. An async iterable must come sorted, and is planned
 * while the file is made.
 */
export async function composeFile(
  session: Session,
  to: Destination,
  intents: Iterable<WriteIntent> | AsyncIterable<WriteIntent>,
  options: UploadOptions = {},
): Promise<FileVersion> {
  checkFileName(to.fileName);
  const job = await createJob(session, to, options);
  try {
    return Symbol.asyncIterator in intents
      ? await composeArriving(job, intents)
      : await composeKnown(job, [...intents]);
  } finally {
    await job.sources.close();
  }
}

/** Composes a file of sources that are open already. */
export async function composeOpened(
  session: Session,
  to: Destination,
  intents: readonly Intent<OpenedSource>[],
  options: UploadOptions,
): Promise<FileVersion> {
  return await compose(await createJob(session, to, options), intents);
}

/** Puts sources one behind the other. */
export function toIntents(
  sources: Iterable<ComposeSource> | AsyncIterable<ComposeSource>,
): Iterable<WriteIntent> | AsyncIterable<WriteIntent> {
  return Symbol.asyncIterator in sources ? wrapEach(sources) : Array.from(sources, (source) => ({ source }));
}

async function* wrapEach(sources: AsyncIterable<ComposeSource>): AsyncGenerator<WriteIntent> {
  for await (const source of sources) {
    yield { source };
  }
}

async function createJob(session: Session, to: Destination, options: UploadOptions): Promise<Job> {
  checkUploadOptions(options);
  const { minimumBytes, recommendedBytes } = partSizes(await session.authorization(options.signal));
  const { partSizeBytes = recommendedBytes, signal } = options;
  checkPartSize(partSizeBytes, minimumBytes);
  const sizes = { minimumBytes, recommendedBytes: partSizeBytes };
  return { session, to, options, sizes, sources: new ComposeSources(session, signal) };
}

async function composeKnown(job: Job, intents: readonly WriteIntent[]): Promise<FileVersion> {
  const { session, options, sources } = job;
  const opening = intents.map(({ source }) =>
    session.slots.run(job, () => sources.open(source), options.signal),
  );
  await Promise.allSettled(opening); // What fails must leave nothing open, so all come to their end.
  const opened = await Promise.all(opening);
  const put = placing();
  return await compose(
    job,
    opened.map((source, index) => put(source, intents[index]?.destinationOffset)),
  );
}

/** Plans all intents at once. What is local only is uploaded like any other file, with its SHA-1. */
async function compose(job: Job, intents: readonly Intent<OpenedSource>[]): Promise<FileVersion> {
  const parts = planComposition(intents, job.sizes);
  const [first, ...others] = parts;
  if (first !== undefined && others.length === 0) {
    return await storeOnePart(job, first);
  }
  const pieces = parts.flatMap((part) => part.pieces);
  return pieces.every(isRereadable)
    ? await uploadSource(job.session, job.to, chain(job, pieces), job.options)
    : await storeKnown(job, parts);
}

/** Plans while the intents arrive; the second part tells that the file is a large one. */
async function composeArriving(job: Job, intents: AsyncIterable<WriteIntent>): Promise<FileVersion> {
  const parts = planArriving(job, intents);
  try {
    const next = async () => (await unlessAborted(parts.next(), job.options.signal)).value ?? [];
    const known = [await next(), await next()].flat();
    const [first, second] = known;
    if (first !== undefined && second === undefined) {
      return await storeOnePart(job, first);
    }
    const large = largeFileJob(job, undefined);
    const counted = countBytes(continued(known, parts), (bytes) => large.progress.endsAt(bytes));
    return await storeLargeFile(large, makeable(job, counted));
  } finally {
    void parts.return(undefined).catch(() => {}); // Not waited for: the next intent may never come.
  }
}

async function* planArriving(
  { sources, sizes }: Job,
  intents: AsyncIterable<WriteIntent>,
): AsyncGenerator<Part, undefined> {
  const plan = new ComposePlan<OpenedSource>(sizes, (...sent) => growingSizes(sizes, ...sent));
  const put = placing();
  for await (const { source, destinationOffset } of intents) {
    yield* plan.add(put(await sources.open(source), destinationOffset));
  }
  yield* plan.end();
}

async function* continued<T>(known: readonly T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield* known;
  yield* rest;
}

/** Tells the length of all parts behind the last. */
async function* countBytes(parts: AsyncIterable<Part>, end: (bytes: number) => void): AsyncGenerator<Part> {
  let bytes = 0;
  for await (const part of parts) {
    bytes += part.length;
    yield part;
  }
  end(bytes);
}

/** Gives a function that places sources behind the one before where nothing else is said. */
function placing(): (source: OpenedSource, destinationOffset?: number) => Intent<OpenedSource> {
  let end = 0;
  return (source, destinationOffset = end) => {
    end = destinationOffset + source.length;
    return place(source, destinationOffset);
  };
}

/** Says where a source goes. @throws `RangeError` when there is no such place. */
export function place(source: OpenedSource, destinationOffset: number): Intent<OpenedSource> {
  if (!Number.isSafeInteger(destinationOffset) || destinationOffset < 0) {
    throw new RangeError(`destinationOffset must be a whole number from 0, not ${destinationOffset}`);
  }
  return { source, isStored: isStored(source), destinationOffset, length: source.length };
}

async function storeOnePart(job: Job, { pieces, isCopy }: Part): Promise<FileVersion> {
  const [piece] = pieces;
  return isCopy && piece !== undefined && isStored(piece.source)
    ? await copyOnly(job, piece.source, piece)
    : await uploadSource(job.session, job.to, await readable(job, pieces), job.options);
}

/** Copies what is the whole file. Metadata is not taken from the source, as it is not where there are several. */
async function copyOnly(
  { session, to, options, sources }: Job,
  source: StoredRange,
  { offset, length }: Span,
): Promise<FileVersion> {
  const size = source.size ?? (await sources.size(source.fileId));
  checkRange({ ...source, size }); // The service would copy less than what is asked for.
  const { partSizeBytes: _, ...settings } = options;
  return await copyFile(session, { fileId: source.fileId }, to, {
    contentType: "b2/x-auto",
    fileInfo: {},
    ...settings,
    ...(length < size && { offset: source.offset + offset, length }),
    ...(source.encryption !== undefined && { sourceEncryption: source.encryption }),
  });
}

async function storeKnown(job: Job, parts: readonly Part[]): Promise<FileVersion> {
  const pieces = parts.flatMap((part) => part.pieces);
  const large = largeFileJob(job, lengthOf(pieces));
  return pieces.every(({ source }) => isStored(source) || source.isRereadable)
    ? await resumeLargeFile(
        large,
        parts.map((part) => toLargeFilePart(job, part)),
      )
    : await storeLargeFile(large, makeable(job, parts));
}

function largeFileJob({ session, to, options }: Job, size: number | undefined): LargeFileJob {
  const sha1 = options.largeFileSha1 === "omit" ? undefined : expectedSha1(options);
  const settings = withWholeSha1(options, sha1);
  return { session, to, settings, progress: new Progress(size, options.onProgress), options };
}

/** Prepares parts one by one, in the order in which streams must be read. */
async function* makeable(
  job: Job,
  parts: Iterable<Part> | AsyncIterable<Part>,
): AsyncGenerator<LargeFilePart, undefined> {
  for await (const part of parts) {
    yield toLargeFilePart(job, part, await readable(job, part.pieces));
  }
}

function toLargeFilePart(
  job: Job,
  { partNumber, length, pieces, isCopy }: Part,
  source = chain(job, pieces),
): LargeFilePart {
  const [piece] = pieces;
  if (!isCopy || piece === undefined || !isStored(piece.source)) {
    return { partNumber, ...pieceFrom(source, 0, length) };
  }
  const { fileId, offset, encryption } = piece.source;
  return { partNumber, fileId, offset: offset + piece.offset, length, sourceKey: customerKey(encryption) };
}

/** Makes pieces readable as often as they are sent; what comes from streams is read into memory for that. */
async function readable(job: Job, pieces: readonly Piece<OpenedSource>[]): Promise<RereadableSource> {
  const source = chain(job, pieces);
  return pieces.every((piece) => isStored(piece.source) || isRereadable(piece))
    ? source
    : bytesSource(await collect(source));
}

/** Makes one source of pieces that follow each other. */
function chain({ sources }: Job, pieces: readonly Piece<OpenedSource>[]): RereadableSource {
  const total = lengthOf(pieces);
  const slice = pieces.length === 1 ? pieces.map(sliceOf)[0] : undefined;
  return {
    ...(slice && { slice }),
    length: total,
    isRereadable: true,
    chunks: (offset = 0, length = total - offset) => sources.read(pieces, { offset, length }),
    close: async () => {},
  };
}

/** Gives what cuts a piece without reading it, where its source can. */
function sliceOf({ source, offset }: Piece<OpenedSource>): RereadableSource["slice"] | undefined {
  const slice = isStored(source) || !source.isRereadable ? undefined : source.slice;
  return slice && ((from, length) => slice(offset + from, length));
}

function isRereadable({ source }: Piece<OpenedSource>): boolean {
  return !isStored(source) && source.isRereadable;
}

function lengthOf(pieces: readonly Piece<OpenedSource>[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
