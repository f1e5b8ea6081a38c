import { decryptionHeaders, type FileEncryption } from "../encryption.ts";
import { TransportError, UnexpectedAnswerError } from "../raw/errors.ts";
import { type DownloadHeaders, downloadHeaders } from "../raw/headers.ts";
import { chunksOfStream, toReadableStream } from "../raw/stream.ts";
import type { CallOptions, Session } from "../session/session.ts";
import { DownloadVersion } from "./download-version.ts";
import type { SaveOptions } from "./local-target.ts";

/** Which file is downloaded: the newest version of a name, or one version by its id. */
export type DownloadSource =
  | { readonly bucketName: string; readonly fileName: string }
  | { readonly fileId: string };

/** Options of a download. */
export interface DownloadOptions extends CallOptions {
  /** The key of a file that was encrypted with one of yours. */
  readonly encryption?: FileEncryption;
}

/**
 * A file whose headers have arrived and whose content waits to be read, once, in one of several ways.
 *
 * The content continues after a lost connection from the byte where it broke off.
 */
export class DownloadedFile {
  /** What the headers say of the file. */
  readonly downloadVersion: DownloadVersion;
  readonly #session: Session;
  readonly #options: DownloadOptions;
  #first: Body | undefined;

  private constructor(session: Session, opened: Opened, options: DownloadOptions) {
    this.downloadVersion = new DownloadVersion(opened.headers);
    this.#session = session;
    this.#options = options;
    this.#first = opened.body;
  }

  /**
   * Asks for a file; resolves when its headers are there. Makes one request.
   *
   * @see b2_download_file_by_name, b2_download_file_by_id
   */
  static async open(
    session: Session,
    source: DownloadSource,
    options: DownloadOptions = {},
  ): Promise<DownloadedFile> {
    return new DownloadedFile(session, await open(session, source, options), options);
  }

  /** Hands the content out as a stream that reads no further than it is asked. Nothing is verified. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const first = this.#takeFirst();
    return toReadableStream(this.#content(first), () => void first.cancel().catch(() => {}));
  }

  /** Reads the content into memory. Nothing is verified. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await new Response(this.stream()).arrayBuffer());
  }

  /** Reads the content into memory as UTF-8. Nothing is verified. */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  /**
   * Writes the content to a file on this machine and verifies its SHA-1 where the service tells one.
   *
   * Writes beside the target first and renames when all is well, so that the target is either whole or untouched.
   * Replaces an existing file. Sets the modification time that the uploader gave.
   *
   * @throws {@link LocalFileError} when the target cannot be written, {@link ChecksumError} when the content is
   * not what was uploaded.
   */
  async saveTo(path: string, options: SaveOptions = {}): Promise<void> {
    const { saveToFile } = await import("./local-target.ts");
    const first = this.#takeFirst();
    try {
      await saveToFile(path, this.downloadVersion, this.#content(first), options);
    } catch (error) {
      await first.cancel().catch(() => {}); // Releases the connection when nothing was read yet.
      throw error;
    }
  }

  /** Gives the content, opening it again by file id where it broke off. */
  async *#content(first: Body): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { id, size } = this.downloadVersion;
    let body = first;
    let position = 0;
    let fruitless = 0;
    for (;;) {
      try {
        for await (const chunk of chunksOfStream(body)) {
          position += chunk.length;
          fruitless = 0;
          yield chunk;
        }
        return;
      } catch (error) {
        if (!(error instanceof TransportError) || ++fruitless > MAX_FRUITLESS_BREAKS) {
          throw error;
        }
        if (position === size) {
          return; // Every byte is here; only the end of the connection went wrong.
        }
        ({ body } = await open(this.#session, { fileId: id }, this.#options, position));
      }
    }
  }

  #takeFirst(): Body {
    const first = this.#first;
    if (first === undefined) {
      throw new TypeError("The content was read already: download the file again");
    }
    this.#first = undefined;
    return first;
  }
}

/** Gives up a download after this many broken connections in a row that brought no byte. */
const MAX_FRUITLESS_BREAKS = 10;

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

interface Opened {
  readonly headers: DownloadHeaders;
  readonly body: Body;
}

/** Opens a file from a byte on. */
async function open(
  session: Session,
  source: DownloadSource,
  { encryption, signal }: DownloadOptions,
  offset = 0,
): Promise<Opened> {
  const init = {
    parseAs: "stream" as const,
    signal,
  };
  const header = { ...decryptionHeaders(encryption), ...(offset > 0 && { Range: `bytes=${offset}-` }) };
  const { data, response } =
    "fileId" in source
      ? await session.transfer(
          "b2_download_file_by_id",
          (attempt) =>
            session.raw.GET("/b2api/v4/b2_download_file_by_id", {
              ...init,
              attempt,
              params: { query: source, header },
            }),
          { ...source, signal },
        )
      : await session.transfer(
          "b2_download_file_by_name",
          (attempt) =>
            session.raw.GET("/file/{bucketName}/{fileName}", {
              ...init,
              attempt,
              params: { path: source, header },
            }),
          { ...source, signal },
        );
  if (data === null) {
    throw new UnexpectedAnswerError("A download was answered without a body");
  }
  return { headers: downloadHeaders(response), body: data };
}
