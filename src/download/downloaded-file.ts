import { createSha1 } from "#runtime";
import { once } from "../once.ts";
import type { Bytes, Take } from "../raw/index.ts";
import { pull, toReadableStream } from "../raw/stream.ts";
import type { Session } from "../session/session.ts";
import { checkContent, DownloadContent } from "./content.ts";
import type { DownloadVersion } from "./download-version.ts";
import type { DownloadOptions, DownloadSource } from "./request.ts";
import type { SaveOptions } from "./save.ts";

/**
 * A file, or a range of it, whose headers have arrived and whose content waits to be read, once, in one of several
 * ways.
 *
 * However it is read, the content goes on after a lost connection from the byte where it broke off, always of the same
 * version, and is compared with the SHA-1 that the service tells of a whole file. It is never decompressed. An answer
 * that nobody reads is released after half a minute; reading it later costs another request.
 */
export class DownloadedFile implements AsyncIterable<Bytes> {
  /** What the headers say of the file. */
  readonly downloadVersion: DownloadVersion;
  readonly #content: DownloadContent;
  #isTaken = false;

  private constructor(content: DownloadContent) {
    this.downloadVersion = content.version;
    this.#content = content;
  }

  /**
   * Asks for a file; resolves when its headers are there. Makes one request.
   *
   * @throws `RangeError` when the range makes no sense, or reaches beyond the end of the file.
   * @see b2_download_file_by_name, b2_download_file_by_id
   */
  static async open(
    session: Session,
    source: DownloadSource,
    options: DownloadOptions = {},
  ): Promise<DownloadedFile> {
    return new DownloadedFile(await DownloadContent.open(session, source, options));
  }

  /**
   * Hands the content out as a stream that reads no further than it is asked. It fails with a {@link ChecksumError} at
   * the end when the content is not what was uploaded.
   */
  stream(): ReadableStream<Bytes> {
    const stop = new AbortController();
    return toReadableStream(this.#chunks(stop), () => {
      stop.abort();
      this.#content.discard();
    });
  }

  /**
   * Hands the content out chunk by chunk; the loop ends with a {@link ChecksumError} when the content is not what was
   * uploaded.
   */
  [Symbol.asyncIterator](): AsyncGenerator<Bytes> {
    return this.#chunks(new AbortController());
  }

  /**
   * Reads the content into memory.
   *
   * @throws {@link ChecksumError} when the content is not what was uploaded.
   */
  async bytes(): Promise<Bytes> {
    this.#take();
    const { session, options } = this.#content;
    const bytes = new Uint8Array(this.downloadVersion.contentLength);
    let length = 0;
    const take: Take = (chunk) => {
      bytes.set(chunk, length);
      length += chunk.length;
    };
    await session.slots.run(this, () => this.#read(take, options.signal), options.signal);
    return bytes.subarray(0, length);
  }

  /**
   * Reads the content into memory as UTF-8.
   *
   * @throws {@link ChecksumError} when the content is not what was uploaded.
   */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  /**
   * Writes the content to a file on this machine.
   *
   * A large file is fetched in ranges, several at a time, each written to its place. Everything goes beside the target
   * first, is verified, flushed to the disk and renamed when all is well, so that the target is either whole or
   * untouched; an existing file is replaced. The modification time is the one that the uploader gave. A pipe or device,
   * such as `/dev/stdout`, is written to directly, in order, and verified when everything is out.
   *
   * Holds 3 MiB of memory for each range and 1 MiB more. What failed leaves nothing behind, unless `resume` is set.
   *
   * @throws {@link LocalFileError} when the target cannot be written, {@link ChecksumError} when the content is
   * not what was uploaded.
   */
  async saveTo(path: string, options: SaveOptions = {}): Promise<void> {
    this.#take();
    const { saveContent } = await localFiles();
    try {
      await saveContent(path, this.#content, options);
    } finally {
      this.#content.discard();
    }
  }

  /** Releases the connection when the content is not wanted after all. */
  cancel(): void {
    this.#isTaken = true;
    this.#content.discard();
  }

  #chunks(stop: AbortController): AsyncGenerator<Bytes> {
    this.#take();
    const { signal } = this.#content.options;
    const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    return pull((take) => this.#read(take, either));
  }

  /** Reads everything and compares the SHA-1, where there is one to compare with. */
  async #read(take: Take, signal: AbortSignal | undefined): Promise<void> {
    const { expectedSha1 } = this.#content;
    const hash = expectedSha1 === undefined ? undefined : createSha1();
    const length = await this.#content.read(
      (chunk) => {
        hash?.update(chunk);
        return take(chunk);
      },
      { signal },
    );
    checkContent(this.downloadVersion, length, expectedSha1, hash?.hex());
  }

  #take(): void {
    if (this.#isTaken) {
      throw new TypeError("The content was read already: download the file again");
    }
    this.#isTaken = true;
  }
}

const localFiles = /* @__PURE__ */ once(() => import("#local-files"));
