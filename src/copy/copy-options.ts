import type { FileEncryption } from "../encryption.ts";
import type { components } from "../raw/index.ts";
import { checkConcurrency } from "../session/slots.ts";
import { checkFileSettings, type FileSettings } from "../upload/file-settings.ts";
import type { LargeFileOptions } from "../upload/large-file.ts";
import type { ProgressListener } from "../upload/progress.ts";

/** Options of a copy inside the service. */
export interface CopyOptions extends FileSettings, LargeFileOptions {
  /**
   * MIME type of the copy.
   * @defaultValue the source's
   */
  readonly contentType?: string;
  /**
   * Entries kept with the copy, instead of the source's. Headers such as `cacheControl` are added to them, or to the
   * source's when this is left out.
   * @defaultValue the source's
   */
  readonly fileInfo?: Readonly<Record<string, string>>;
  /**
   * First byte to copy. At or behind the end of the source, the service refuses the copy.
   * @defaultValue 0
   */
  readonly offset?: number;
  /**
   * Bytes to copy; fewer are copied when the source ends before.
   * @defaultValue all up to the end
   */
  readonly length?: number;
  /** The key of a source that was encrypted with one of yours. */
  readonly sourceEncryption?: FileEncryption;
  /**
   * Most bytes copied with one request; a longer copy becomes a large file. The parts have the same length, at most
   * this but for copies that would need more than 10,000 of them.
   * @defaultValue 5,000,000,000, the most that the service copies at once
   */
  readonly partSizeBytes?: number;
  /** Is told when a part is copied, or the whole file where one request does it. */
  readonly onProgress?: ProgressListener;
}

/** What a copy needs to know of its source, except for the plainest; it never changes. */
export type SourceFields = Pick<
  components["schemas"]["FileVersion"],
  "contentLength" | "contentType" | "contentSha1" | "fileInfo"
>;

/** The version to copy from. */
export interface CopySource {
  readonly fileId: string;
  /** What is known of it already; it is asked for when it is needed. */
  readonly fields?: SourceFields;
}

/**
 * Refuses options that make no sense, before a request is spent.
 *
 * @throws `RangeError` for a wrong range or concurrency, `TypeError` for metadata that cannot be
 * written into headers, or that names another customer key than the one that encrypts the copy.
 */
export function checkCopyOptions({ offset = 0, length, concurrency = 1, ...options }: CopyOptions): void {
  if (!isWhole(offset, 0)) {
    throw new RangeError(`offset must be a whole number from 0, not ${offset}`);
  }
  if (length !== undefined && !isWhole(length, 1)) {
    throw new RangeError(`length must be a whole number from 1, not ${length}`);
  }
  checkConcurrency(concurrency);
  checkFileSettings(options);
}

function isWhole(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}
