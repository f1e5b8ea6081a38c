import { customerKey } from "../encryption.ts";
import { listParts, listUnfinishedLargeFiles } from "../listing/lists.ts";
import type { components } from "../raw/index.ts";
import { ConflictError, RestrictionError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import { type FileSettings, fileInfoOf, isSameFileInfo } from "./file-settings.ts";
import type { LargeFileOptions, TargetName } from "./large-file.ts";
import type { CopiedPart, LargeFilePart } from "./part.ts";
import type { PlannedPart } from "./part-plan.ts";
import { digestOf } from "./piece.ts";

type Schemas = components["schemas"];
type StartedFile = Schemas["StoredFileVersion"];

/** A part that is stored already. */
export type StoredPart = Pick<Schemas["Part"], "partNumber" | "contentLength" | "contentSha1">;

/** A large file that was started before, and its parts by number. */
export interface UnfinishedFile {
  readonly fileId: string;
  readonly parts: ReadonlyMap<number, StoredPart>;
  /** What the service says of it; undefined where the key may not list files. */
  readonly fields: StartedFile | undefined;
  /** Whether the caller named it; else it was found. */
  readonly isNamed: boolean;
}

/** What decides whether an upload can go on with a large file that was started before. */
export interface ResumeJob {
  readonly session: Session;
  readonly to: TargetName;
  readonly settings: FileSettings;
  readonly options: LargeFileOptions;
}

/** Large files that uploads of this process are making now. */
const inUse = new Set<string>();

/** Keeps others of this process from going on with a large file while it is made, and lets them again afterwards. */
export async function whileInUse<T>(fileId: string, work: () => Promise<T>): Promise<T> {
  inUse.add(fileId);
  try {
    return await work();
  } finally {
    inUse.delete(fileId);
  }
}

/**
 * Finds the large files that an upload may go on with, the one with the most bytes first: what the caller named, or
 * everything unfinished of the same name with the same settings. A SHA-1 of the whole is not compared yet.
 *
 * Makes one class C request, and one more for each file that fits; none where the key may not list files.
 *
 * @throws {@link ConflictError} when the named file has another name or other settings.
 */
export async function findUnfinished(job: ResumeJob): Promise<UnfinishedFile[]> {
  const { continueLargeFileId } = job.options;
  return continueLargeFileId === undefined
    ? await findFitting(job)
    : [await openNamed(job, continueLargeFileId)];
}

async function findFitting(job: ResumeJob): Promise<UnfinishedFile[]> {
  const { session, options } = job;
  const files = (await listStarted(job)) ?? [];
  const fitting = files.filter((file) => !inUse.has(file.fileId) && differenceOf(file, job) === undefined);
  const found: UnfinishedFile[] = [];
  for (const fields of fitting) {
    const { fileId } = fields;
    found.push({ fileId, fields, isNamed: false, parts: await partsOf(session, fileId, options) });
  }
  return found.sort((a, b) => storedBytes(b) - storedBytes(a));
}

/** Opens the file that the caller named. */
async function openNamed(job: ResumeJob, fileId: string): Promise<UnfinishedFile> {
  const files = await listStarted(job);
  const fields = files?.find((file) => file.fileId === fileId);
  if (files !== undefined && fields === undefined) {
    throw cannotContinue(job, fileId, "it is not unfinished, or has another name");
  }
  const difference = fields && differenceOf(fields, job);
  if (difference !== undefined) {
    throw cannotContinue(job, fileId, difference);
  }
  return { fileId, fields, isNamed: true, parts: await partsOf(job.session, fileId, job.options) };
}

/** Lists the unfinished files of the name; undefined when the key may not list. */
async function listStarted({ session, to, options }: ResumeJob): Promise<StartedFile[] | undefined> {
  const bucket = { id: to.bucketId, name: to.bucketName };
  const files: StartedFile[] = [];
  try {
    for await (const file of listUnfinishedLargeFiles(session, bucket, {
      prefix: to.fileName,
      signal: options.signal,
    })) {
      if (file.fileName === to.fileName) {
        files.push(file);
      }
    }
  } catch (error) {
    if (error instanceof RestrictionError) {
      return undefined;
    }
    throw error;
  }
  return files;
}

async function partsOf(
  session: Session,
  fileId: string,
  { signal }: LargeFileOptions,
): Promise<Map<number, StoredPart>> {
  const parts = new Map<number, StoredPart>();
  for await (const part of listParts(session, fileId, { signal })) {
    parts.set(part.partNumber, part);
  }
  return parts;
}

function storedBytes({ parts }: UnfinishedFile): number {
  return [...parts.values()].reduce((sum, { contentLength }) => sum + contentLength, 0);
}

/** Says in what a started file differs from the one that is wanted; undefined when it may be the same. */
export function differenceOf(file: StartedFile, { settings }: ResumeJob): string | undefined {
  const { contentType = "b2/x-auto", customUploadTimestamp } = settings;
  const differences: ReadonlyArray<readonly [boolean, string]> = [
    [contentType !== "b2/x-auto" && contentType !== file.contentType, "its content type is another"],
    [
      !isSameFileInfo(withoutSha1(fileInfoOf(settings)), withoutSha1(file.fileInfo)),
      "its file info is another",
    ],
    [!isSameEncryption(file, settings), "its encryption is another, or its key cannot be told"],
    [!isSameRetention(file, settings), "its retention is another"],
    [!isSameHold(file, settings), "its legal hold is another"],
    [
      customUploadTimestamp !== undefined && customUploadTimestamp !== file.uploadTimestamp,
      "its upload time is another",
    ],
  ];
  return differences.find(([isOther]) => isOther)?.[1];
}

function withoutSha1({
  large_file_sha1: _,
  ...info
}: Readonly<Record<string, string>>): Record<string, string> {
  return info;
}

/** Parts under different customer keys would make a file that nobody can read, so the key must be the same for sure. */
function isSameEncryption(
  { serverSideEncryption: found, fileInfo }: StartedFile,
  { encryption }: FileSettings,
): boolean {
  const key = customerKey(encryption);
  if (key === undefined) {
    return found?.mode !== "SSE-C" && (encryption === undefined || found?.mode === encryption.mode);
  }
  const md5 = found?.customerKeyMd5;
  const isSameKey = md5 ? md5 === key.toWire().customerKeyMd5 : fileInfo.sse_c_key_id !== undefined;
  return found?.mode === "SSE-C" && isSameKey; // A key's name was compared with the file info.
}

/** A file that was started without a retention has none, or the bucket's, which cannot be told from one of its own. */
function isSameRetention({ fileRetention: found }: StartedFile, { fileRetention }: FileSettings): boolean {
  const { mode = null, retainUntilTimestamp = null } = fileRetention ?? {};
  if (found?.isClientAuthorizedToRead === false) {
    return mode === null;
  }
  return (
    (found?.value?.mode ?? null) === mode &&
    (found?.value?.retainUntilTimestamp ?? null) === retainUntilTimestamp
  );
}

function isSameHold({ legalHold: found }: StartedFile, { legalHold = "off" }: FileSettings): boolean {
  return found?.isClientAuthorizedToRead === false
    ? legalHold === "off"
    : (found?.value ?? "off") === legalHold;
}

/** Cuts the content as an earlier upload did, where the parts that it left show how. */
export function adoptParts(
  planned: readonly PlannedPart[],
  left: readonly UnfinishedFile[],
  plan: (partBytes: number) => readonly PlannedPart[],
): readonly PlannedPart[] {
  for (const { parts } of left) {
    const partBytes =
      parts.get(1)?.contentLength ?? Math.max(...[...parts.values()].map((part) => part.contentLength));
    const adopted = parts.size === 0 || isPlan(planned, parts) ? planned : tryPlan(plan, partBytes);
    if (adopted.length > 0 && isPlan(adopted, parts)) {
      return adopted;
    }
  }
  return planned;
}

/** A length that is no part size, as that of a last part, gives no plan. */
function tryPlan(
  plan: (partBytes: number) => readonly PlannedPart[],
  partBytes: number,
): readonly PlannedPart[] {
  try {
    return plan(partBytes);
  } catch (error) {
    if (error instanceof RangeError) {
      return [];
    }
    throw error;
  }
}

function isPlan(plan: readonly PlannedPart[], parts: ReadonlyMap<number, StoredPart>): boolean {
  return [...parts.values()].every(
    ({ partNumber, contentLength }) => plan[partNumber - 1]?.length === contentLength,
  );
}

/** Parts to be made, and the file to make them in when it was started before. */
export interface ResumedParts {
  readonly parts: readonly LargeFilePart[];
  readonly unfinished?: UnfinishedFile;
}

/**
 * Chooses the file to go on with and keeps others from it: the named one, or the first that was started for the same
 * content and whose stored parts are the same. Reads those of the source that have no digest yet.
 *
 * @param job - With the SHA-1 of the whole in its settings, where it will be stored.
 * @throws {@link ConflictError} when the named file was started for other content.
 */
export async function claimUnfinished(
  job: ResumeJob,
  left: readonly UnfinishedFile[],
  parts: readonly LargeFilePart[],
): Promise<ResumedParts> {
  for (const unfinished of left) {
    if (unfinished.isNamed) {
      return { parts, unfinished: claim(job, unfinished, parts.length) };
    }
    const resumed = await compareParts(job, unfinished, parts);
    if (resumed !== undefined && !inUse.has(unfinished.fileId)) {
      inUse.add(unfinished.fileId);
      return resumed;
    }
  }
  return { parts };
}

/** Claims the file that the caller named, for parts that are compared when they are made; undefined when none is. */
export async function claimNamed(job: ResumeJob): Promise<UnfinishedFile | undefined> {
  const { continueLargeFileId } = job.options;
  return continueLargeFileId === undefined
    ? undefined
    : claim(job, await openNamed(job, continueLargeFileId), Number.POSITIVE_INFINITY);
}

/** Claims a named file unless it can be told that it would not become what is wanted. */
function claim(job: ResumeJob, unfinished: UnfinishedFile, partCount: number): UnfinishedFile {
  const { fileId, fields, parts } = unfinished;
  const sha1 = fields?.fileInfo.large_file_sha1;
  if (inUse.has(fileId)) {
    throw cannotContinue(job, fileId, "another upload of this process is making it");
  }
  if (sha1 !== undefined && sha1 !== job.settings.fileInfo?.large_file_sha1) {
    throw cannotContinue(job, fileId, `it was started for content with the SHA-1 ${sha1}`);
  }
  if (Math.max(0, ...parts.keys()) > partCount) {
    throw cannotContinue(job, fileId, "it has more parts than the content gives");
  }
  inUse.add(fileId);
  return unfinished;
}

function cannotContinue({ to }: ResumeJob, fileId: string, reason: string): ConflictError {
  const { bucketName, fileName } = to;
  const message = `The large file ${fileId} cannot be continued: ${reason}`;
  return new ConflictError(message, { bucketName, fileName, fileId });
}

/** Gives the parts with the digests that are known now, or undefined when a stored one is not the same. */
async function compareParts(
  { settings, options }: ResumeJob,
  unfinished: UnfinishedFile,
  parts: readonly LargeFilePart[],
): Promise<ResumedParts | undefined> {
  const { fields, parts: stored } = unfinished;
  const whole = settings.fileInfo?.large_file_sha1;
  if (fields?.fileInfo.large_file_sha1 !== whole) {
    return undefined;
  }
  const compared = [...parts];
  for (const { partNumber, contentLength, contentSha1 } of stored.values()) {
    const part = parts[partNumber - 1];
    if (part?.length !== contentLength || (isCopied(part) && whole === undefined)) {
      return undefined; // What is copied has no digest of its own: only that of the whole tells.
    }
    if (!isCopied(part)) {
      const sha1 = part.sha1 ?? (await digestOf(part.chunks(), options.signal));
      if (sha1 !== contentSha1) {
        return undefined;
      }
      compared[partNumber - 1] = { ...part, sha1 };
    }
  }
  return { parts: compared, unfinished: { ...unfinished, parts: withoutDoubt(stored, parts) } };
}

/**
 * Leaves out stored parts that are to be copied and have a gap before them: only the lengths of all parts before tell
 * where such a part begins in the whole.
 */
function withoutDoubt(
  stored: ReadonlyMap<number, StoredPart>,
  parts: readonly LargeFilePart[],
): ReadonlyMap<number, StoredPart> {
  const gap = parts.find(({ partNumber }) => !stored.has(partNumber))?.partNumber ?? parts.length;
  const isSure = (number: number) => number < gap || !isCopied(parts[number - 1]);
  return new Map([...stored].filter(([number]) => isSure(number)));
}

function isCopied(part: LargeFilePart | undefined): part is CopiedPart {
  return part !== undefined && "fileId" in part;
}

/**
 * Tells whether a part is stored in a file that was claimed. Reads it when its digest is not known; copied parts were
 * settled with the file.
 */
export async function isStored(
  part: LargeFilePart,
  stored: StoredPart | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (stored?.contentLength !== part.length) {
    return false;
  }
  return isCopied(part) || (part.sha1 ?? (await digestOf(part.chunks(), signal))) === stored.contentSha1;
}

/**
 * Finds the empty file that a start made although its answer was lost. Only the SHA-1 of the whole tells it from the
 * uploads of others, so that there must be one.
 */
export async function findLostStart(job: ResumeJob): Promise<StartedFile | undefined> {
  const whole = job.settings.fileInfo?.large_file_sha1;
  const files = whole === undefined ? [] : await findFitting(job);
  return files.find(({ fields, parts }) => fields?.fileInfo.large_file_sha1 === whole && parts.size === 0)
    ?.fields;
}
