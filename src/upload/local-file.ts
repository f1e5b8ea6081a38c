import { closeSync, constants, fstatSync, open, read, type Stats } from "node:fs";
import { promisify } from "node:util";
import { CHUNK_BYTES } from "../raw/content.ts";
import type { Bytes } from "../raw/index.ts";
import { LocalFileError } from "../session/errors.ts";
import { Blocks } from "./held-bytes.ts";
import type { RereadableSource } from "./source.ts";

const openFile = promisify(open);

/**
 * A file on this machine, open for reading; ranges of it can be read side by side and again. Its status is asked for
 * and it is closed without the thread pool: neither waits for the disk, and another thread takes thirty times as long.
 */
export class LocalFile implements RereadableSource {
  readonly path: string;
  readonly length: number;
  readonly isRereadable = true;
  /** Modification time in milliseconds since 1970 UTC. */
  readonly modTimeMillis: number;
  readonly #descriptor: number;
  readonly #modified: number;
  readonly #blocks = new Blocks();

  private constructor(path: string, descriptor: number, { size, mtimeMs }: Stats) {
    this.path = path;
    this.length = size;
    this.modTimeMillis = Math.round(mtimeMs);
    this.#descriptor = descriptor;
    this.#modified = mtimeMs;
  }

  /** @throws {@link LocalFileError} when the path is missing, unreadable or not a regular file. */
  static async open(path: string): Promise<LocalFile> {
    // Without O_NONBLOCK, a pipe would be waited for until somebody writes to it.
    const descriptor = await openFile(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(
      (cause: NodeJS.ErrnoException) => {
        throw new LocalFileError(`Cannot read ${path}: ${reasons[cause.code ?? ""] ?? cause.message}`, {
          cause,
        });
      },
    );
    try {
      const stat = fstatSync(descriptor);
      if (!stat.isFile()) {
        const kind = stat.isDirectory() ? "a folder; upload its files one by one" : "not a regular file";
        throw new LocalFileError(`Cannot upload ${path}: it is ${kind}`);
      }
      return new LocalFile(path, descriptor, stat);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /**
   * Reads a range. A chunk is valid until the next one is asked for: two buffers of 1 MiB take turns, so that one
   * is read while the other is sent. Who reads a range after another uses their memory again.
   *
   * @throws {@link LocalFileError} before the last chunk when the file has changed since it was opened.
   */
  async *chunks(offset = 0, length = this.length - offset): AsyncGenerator<Bytes> {
    const isLong = length > CHUNK_BYTES;
    let [filling, spare] = isLong
      ? [this.#blocks.take(), this.#blocks.take()]
      : [new Uint8Array(length), new Uint8Array(0)];
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
      if (isLong) {
        this.#blocks.give([filling, spare]); // Not when left early: what was sent last may still be under way then.
      }
    } finally {
      await pending.catch(() => {}); // Left early: the read still under way may not outlive the buffer's owner.
    }
  }

  /**
   * Reads the file into memory.
   *
   * @throws {@link LocalFileError} when it has changed since it was opened.
   */
  async readWhole(): Promise<Bytes> {
    const bytes = new Uint8Array(this.length);
    for (let filled = 0; filled < bytes.length; ) {
      filled += await this.#read(filled === 0 ? bytes : bytes.subarray(filled), filled, bytes.length);
    }
    this.#checkUnchanged();
    return bytes;
  }

  /** Closes the file; nothing may be read from it any more. */
  async close(): Promise<void> {
    closeSync(this.#descriptor);
  }

  #read(buffer: Uint8Array, position: number, end: number): Promise<number> {
    const wanted = Math.min(buffer.length, end - position);
    return new Promise((resolve, reject) => {
      if (wanted === 0) {
        resolve(0);
        return;
      }
      read(this.#descriptor, buffer, 0, wanted, position, (error, bytesRead) => {
        if (error || bytesRead === 0) {
          reject(error ?? this.#changed("became shorter"));
        } else {
          resolve(bytesRead);
        }
      });
    });
  }

  #checkUnchanged(): void {
    const { size, mtimeMs } = fstatSync(this.#descriptor);
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
