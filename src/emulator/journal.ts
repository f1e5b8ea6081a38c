import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";

/**
 * An append-only file of JSON lines. A line is on its way to disk before {@link append} returns, so what was
 * acknowledged survives a killed process.
 *
 * A line that a killed process left half-written is the last one and was never acknowledged: reading stops before it.
 */
export class Journal<Line> {
  readonly #path: string;
  #descriptor: number | undefined;
  #length = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads the complete lines in the order in which they were written; nothing if there is no file yet. */
  *lines(): Generator<Line> {
    const bytes = readIfThere(this.#path);
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(0x0a, start);
      if (end < 0) return;
      yield JSON.parse(bytes.toString("utf8", start, end)) as Line;
      start = end + 1;
    }
  }

  /** Replaces the file by these lines in one step, and opens it for appending. */
  rewrite(lines: Iterable<Line>): void {
    const fresh = `${this.#path}.new`;
    this.#descriptor = openSync(fresh, "w", 0o600);
    this.#length = 0;
    for (const line of lines) this.append(line);
    fsyncSync(this.#descriptor);
    renameSync(fresh, this.#path);
  }

  /** Writes one line. If the disk refuses, the file is as it was before. */
  append(line: Line): void {
    if (this.#descriptor === undefined) throw new Error("the journal is closed");
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#descriptor, bytes, done, bytes.length - done, this.#length + done);
      }
    } catch (error) {
      ftruncateSync(this.#descriptor, this.#length);
      throw error;
    }
    this.#length += bytes.length;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}
