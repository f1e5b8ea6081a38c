import { constants, fstatSync, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Bytes } from "../raw/index.ts";
import { LocalFileError } from "../session/errors.ts";
import type { RereadableSource } from "./source.ts";

const BUFFER_BYTES = 1024 * 1024;

/** The system has the status of an open file at hand; by way of the thread pool it takes thirty times as long. */
const statusOf = ({ fd }: FileHandle): Stats => fstatSync(fd);

/** A file on this machine, open for reading; ranges of it can be read side by side and again. */
export class LocalFile implements RereadableSource {
  readonly path: string;
  readonly length: number;
  readonly isRereadable = true;
  /** Modification time in milliseconds since 1970 UTC. */
  readonly modTimeMillis: number;
  readonly #handle: FileHandle;
  readonly #modified: number;

  private constructor(path: string, handle: FileHandle, { size, mtimeMs }: Stats) {
    this.path = path;
    this.length = size;
    this.modTimeMillis = Math.round(mtimeMs);
    this.#handle = handle;
    this.#modified = mtimeMs;
  }

  /** @throws {@link LocalFileError} when the path is missing, unreadable or not a regular file. */
  static async open(path: string): Promise<LocalFile> {
    // Without O_NONBLOCK, a pipe would be waited for until somebody writes to it.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(
      (cause: NodeJS.ErrnoException) => {
        throw new LocalFileError(`Cannot read ${path}: ${reasons[cause.code ?? ""] ?? cause.message}`, {
          cause,
        });
      },
    );
    try {
      const stat = statusOf(handle);
      if (!stat.isFile()) {
        const kind = stat.isDirectory() ? "a folder; upload its files one by one" : "not a regular file";
        throw new LocalFileError(`Cannot upload ${path}: it is ${kind}`);
      }
      return new LocalFile(path, handle, stat);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Reads a range. A chunk is valid until the next one is asked for: two buffers of 1 MiB take turns, so that one
   * is read while the other is sent.
   *
   * @throws {@link LocalFileError} before the last chunk when the file has changed since it was opened.
   */
  async *chunks(offset = 0, length = this.length - offset): AsyncGenerator<Bytes> {
    const bufferBytes = Math.min(BUFFER_BYTES, length);
    let [filling, spare] = [
      new Uint8Array(bufferBytes),
      new Uint8Array(length > bufferBytes ? bufferBytes : 0),
    ];
    const end = offset + length;
    let position = offset;
    const read = () => {
      const reading = this.#read(filling, position, end);
      reading.catch(() => {}); // It may fail while nobody waits for it yet.
      return reading;
    };
    let pending = read();
    try {
      while (position < end) {
        const chunk = filling.subarray(0, await pending);
        position += chunk.length;
        [filling, spare] = [spare, filling];
        if (position < end) {
          pending = read();
        } else {
          this.#checkUnchanged();
        }
        yield chunk;
      }
    } finally {
      await pending.catch(() => {}); // Left early: the read still under way may not outlive the buffer's owner.
    }
  }

  /** Closes the file; nothing may be read from it any more. */
  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #read(buffer: Uint8Array, position: number, end: number): Promise<number> {
    const wanted = Math.min(buffer.length, end - position);
    if (wanted === 0) {
      return 0;
    }
    const { bytesRead } = await this.#handle.read(buffer, 0, wanted, position);
    if (bytesRead === 0) {
      throw this.#changed("became shorter");
    }
    return bytesRead;
  }

  #checkUnchanged(): void {
    const { size, mtimeMs } = statusOf(this.#handle);
    if (size !== this.length || mtimeMs !== this.#modified) {
      throw this.#changed("changed");
    }
  }

  #changed(how: string): LocalFileError {
    return new LocalFileError(`${this.path} ${how} while it was read: upload it again when it is at rest`);
  }
}

const reasons: Record<string, string | undefined> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder",
};
