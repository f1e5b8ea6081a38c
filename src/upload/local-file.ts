import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { LocalFileError } from "../session/errors.ts";
import type { PlannedPart } from "./part-plan.ts";

const BUFFER_BYTES = 1024 * 1024;

/** A file on this machine, open for reading; ranges of it can be read side by side and again. */
export class LocalFile {
  readonly path: string;
  readonly size: number;
  /** Modification time in milliseconds since 1970 UTC. */
  readonly modTimeMillis: number;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle, size: number, modTimeMillis: number) {
    this.path = path;
    this.size = size;
    this.modTimeMillis = modTimeMillis;
    this.#handle = handle;
  }

  /** @throws {@link LocalFileError} when the path is missing, unreadable or not a regular file. */
  static async open(path: string): Promise<LocalFile> {
    const handle = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
      throw new LocalFileError(`Cannot read ${path}: ${reasons[cause.code ?? ""] ?? cause.message}`, {
        cause,
      });
    });
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) {
        const kind = stat.isDirectory() ? "a folder; upload its files one by one" : "not a regular file";
        throw new LocalFileError(`Cannot upload ${path}: it is ${kind}`);
      }
      return new LocalFile(path, handle, stat.size, Math.round(stat.mtimeMs));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Reads a range. A chunk is valid until the next one is asked for: two buffers of 1 MiB take turns, so that one
   * is read while the other is sent.
   */
  async *chunks(offset = 0, length = this.size): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const bufferBytes = Math.min(BUFFER_BYTES, length);
    let [filling, spare] = [
      new Uint8Array(bufferBytes),
      new Uint8Array(length > bufferBytes ? bufferBytes : 0),
    ];
    const end = offset + length;
    let position = offset;
    let pending = this.#read(filling, position, end);
    try {
      while (position < end) {
        const chunk = filling.subarray(0, await pending);
        position += chunk.length;
        [filling, spare] = [spare, filling];
        pending = this.#read(filling, position, end);
        yield chunk;
      }
    } finally {
      await pending.catch(() => {}); // Left early: the read still under way may not outlive the buffer's owner.
    }
  }

  /** Computes the SHA-1 of the whole file and of each part in one pass, as hex digits. */
  async digests(
    parts: readonly PlannedPart[],
    signal?: AbortSignal,
  ): Promise<{ whole: string; parts: string[] }> {
    const whole = createHash("sha1");
    const digests: string[] = [];
    for (const { offset, length } of parts) {
      const part = createHash("sha1");
      for await (const chunk of this.chunks(offset, length)) {
        signal?.throwIfAborted();
        whole.update(chunk);
        part.update(chunk);
      }
      digests.push(part.digest("hex"));
    }
    return { whole: whole.digest("hex"), parts: digests };
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
      throw new LocalFileError(
        `${this.path} became shorter while it was read: upload it again when it is at rest`,
      );
    }
    return bytesRead;
  }
}

const reasons: Record<string, string | undefined> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder",
};
