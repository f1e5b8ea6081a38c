import { quote } from "../raw/encoding.ts";
import { downloadHeaders } from "../raw/headers.ts";
import {
  type RawClient,
  type ReceivedContent,
  type Take,
  TransportError,
  UnexpectedAnswerError,
} from "../raw/index.ts";
import { type Memory, readBody } from "../raw/transport.ts";
import type { RawAnswer } from "../session/answers.ts";
import { ChecksumError } from "../session/errors.ts";
import type { Session } from "../session/session.ts";
import { DownloadVersion } from "./download-version.ts";
import {
  checkDownloadOptions,
  type DownloadOptions,
  type DownloadSource,
  requestContent,
} from "./request.ts";
import { endOf, type Span } from "./span.ts";

/**
 * How long an answer is kept whose content nobody reads, in milliseconds. Afterwards its connection is closed, and a
 * reader who comes late costs another request.
 */
const UNREAD_MILLIS = 30_000;

/** The content of one file version, or a range of it, behind an answer whose headers have arrived. */
export class DownloadContent {
  readonly version: DownloadVersion;
  readonly session: Session;
  readonly options: DownloadOptions;
  /** The answer that is open since the headers came. */
  #first: RawAnswer<ReceivedContent> | undefined;
  readonly #release: ReturnType<typeof setTimeout>;

  private constructor(
    session: Session,
    version: DownloadVersion,
    answer: RawAnswer<ReceivedContent>,
    options: DownloadOptions,
  ) {
    this.version = version;
    this.session = session;
    this.options = options;
    this.#first = answer;
    this.#release = setTimeout(() => this.discard(), UNREAD_MILLIS);
    this.#release.unref?.(); // Where it is an object: a process does not stay alive for it.
  }

  /**
   * Asks for a file; resolves when its headers are there. Makes one request.
   *
   * @throws `RangeError` when the range reaches beyond the end of the file.
   */
  static async open(
    session: Session,
    source: DownloadSource,
    options: DownloadOptions,
  ): Promise<DownloadContent> {
    checkDownloadOptions(options);
    const { signal } = options;
    const request = { ...options, offset: options.offset ?? 0 };
    const answer = await session.transfer(
      "fileId" in source ? "b2_download_file_by_id" : "b2_download_file_by_name",
      (raw) => requestContent(raw, source, request),
      { ...source, signal },
    );
    try {
      const version = new DownloadVersion(downloadHeaders(answer.response));
      checkFirstAnswer(version, options);
      return new DownloadContent(session, version, answer, options);
    } catch (error) {
      answer.data.discard();
      throw error;
    }
  }

  /** The bytes that were asked for. */
  get span(): Span {
    return this.version.range ?? { offset: 0, length: this.version.size };
  }

  /** The SHA-1 that the content must have; undefined where nothing can or shall be compared. */
  get expectedSha1(): string | undefined {
    const { contentSha1, contentLength, size } = this.version;
    return this.options.verify !== false && contentLength === size ? contentSha1 : undefined;
  }

  /**
   * Reads a span of the content, in order, and goes on from its last byte after a failure, always with the same
   * version of the file. The open answer serves the span that begins where it does.
   *
   * @returns the number of bytes, less than the span's only when the file ends before it.
   * @throws a {@link B2Error} when nothing more arrived for as long as the retry policy allows.
   */
  async read(
    take: Take,
    { span = this.span, signal = this.options.signal, memory }: ReadOptions = {},
  ): Promise<number> {
    const fileId = this.version.id;
    const end = endOf(span);
    let position = span.offset;
    const receive: Take = (chunk) => {
      const wanted = chunk.length <= end - position ? chunk : chunk.subarray(0, end - position);
      position += wanted.length;
      const taken = take(wanted);
      return wanted === chunk ? taken : enough(taken);
    };
    const attempt = async (raw: RawClient) => {
      const rest = { offset: position, length: end - position };
      const answer = this.#takeFirst(position) ?? (await this.#ask(raw, rest, signal));
      if (answer.response.status === 416) {
        throw ENOUGH; // The headers of the first answer promised more than there is.
      }
      if (answer.data !== undefined) {
        const reading = readBody(answer.data, receive, memory);
        await receiveWhole(reading, () => position === end);
      }
      return answer;
    };
    try {
      await this.session.transfer("b2_download_file_by_id", attempt, {
        fileId,
        signal,
        gained: () => position,
      });
    } catch (error) {
      if (error !== ENOUGH) {
        throw error;
      }
    }
    return position - span.offset;
  }

  /** Releases the connection of an answer that nobody reads. */
  discard(): void {
    clearTimeout(this.#release);
    this.#first?.data?.discard();
    this.#first = undefined;
  }

  #takeFirst(position: number): RawAnswer<ReceivedContent> | undefined {
    const first = this.#first;
    if (position !== this.span.offset) {
      return undefined;
    }
    clearTimeout(this.#release);
    this.#first = undefined;
    return first;
  }

  /** Asks for bytes of the version, and makes sure that the answer holds nothing else. */
  async #ask(
    raw: RawClient,
    span: Span,
    signal: AbortSignal | undefined,
  ): Promise<RawAnswer<ReceivedContent>> {
    const { id, size } = this.version;
    const isWholeFile = span.offset === 0 && span.length === size;
    const { encryption } = this.options;
    const answer = await requestContent(
      raw,
      { fileId: id },
      {
        ...(encryption && { encryption }),
        offset: span.offset,
        length: isWholeFile ? undefined : span.length,
        signal,
      },
    );
    if (answer.response.ok) {
      try {
        checkSameVersion(new DownloadVersion(downloadHeaders(answer.response)), id, span);
      } catch (error) {
        answer.data?.discard();
        throw error;
      }
    }
    return answer;
  }
}

/** Which part of the content is read, and what ends it. */
export interface ReadOptions {
  readonly span?: Span;
  readonly signal?: AbortSignal | undefined;
  /** Where bytes that are taken belong, so that they can be read to there. */
  readonly memory?: Memory;
}

/** Waits for an answer's bytes, all of which must have come. */
async function receiveWhole(reading: Promise<void>, isWhole: () => boolean): Promise<void> {
  try {
    await reading;
  } catch (error) {
    if (error instanceof TransportError && isWhole()) {
      return; // Every byte is here; only the end of the connection went wrong.
    }
    throw error;
  }
  if (!isWhole()) {
    throw new TransportError("The answer ended before the last byte", "receiving");
  }
}

/** Ends a reading early, and well. */
const ENOUGH = Symbol("enough bytes arrived");

function enough(taken: Promise<void> | void): Promise<void> {
  return Promise.resolve(taken).then(() => {
    throw ENOUGH;
  });
}

function checkFirstAnswer(version: DownloadVersion, { offset = 0, length }: DownloadOptions): void {
  if (offset === 0 && length === undefined) {
    return;
  }
  const { range, name, size } = version;
  if (range === undefined || range.offset !== offset) {
    throw new UnexpectedAnswerError("A range was asked for, and other bytes were answered");
  }
  if (length !== undefined && length !== range.length) {
    throw new RangeError(
      `The range of ${length} bytes from ${offset} reaches beyond the end of ${quote(name)}, which has ${size} bytes`,
    );
  }
}

function checkSameVersion(version: DownloadVersion, id: string, span: Span): void {
  const got = version.range ?? { offset: 0, length: version.size };
  if (version.id !== id || got.offset !== span.offset) {
    throw new UnexpectedAnswerError(
      `Bytes from ${span.offset} of file ${id} were asked for, and bytes from ${got.offset} of file ${version.id} answered`,
    );
  }
}

/**
 * Compares what arrived with what was stored.
 *
 * @throws {@link ChecksumError} when the SHA-1 is another, or the length where there is no SHA-1.
 */
export function checkContent(
  { id, name, contentLength }: DownloadVersion,
  length: number,
  expectedSha1: string | undefined,
  sha1: string | undefined,
): void {
  const told = { fileName: name, fileId: id };
  if (expectedSha1 !== undefined && sha1 !== expectedSha1) {
    throw new ChecksumError(
      `${quote(name)} arrived with SHA-1 ${sha1} instead of ${expectedSha1} (file ${id})`,
      told,
    );
  }
  if (expectedSha1 === undefined && length !== contentLength) {
    throw new ChecksumError(
      `${quote(name)} arrived with ${length} bytes instead of ${contentLength} (file ${id})`,
      told,
    );
  }
}
