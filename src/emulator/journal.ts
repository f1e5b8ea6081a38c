import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";

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
    let number = 0;
    for (const text of completeLines(this.#path)) yield this.#parse(text, ++number);
  }

  #parse(text: string, number: number): Line {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new Error(`line ${number} of ${this.#path} is damaged`, { cause: error });
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

/** How much of the file is read at once. It may be longer than what fits into one buffer. */
const readBytes = 1 << 20;

function* completeLines(path: string): Generator<string> {
  if (!existsSync(path)) return;
  const descriptor = openSync(path, "r");
  try {
    let rest: Buffer[] = [];
    for (;;) {
      const chunk = Buffer.allocUnsafe(readBytes);
      const length = readSync(descriptor, chunk);
      if (length === 0) return;
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0 && end < length; end = chunk.indexOf(0x0a, start)) {
        yield Buffer.concat([...rest, chunk.subarray(start, end)]).toString("utf8");
        rest = [];
        start = end + 1;
      }
      rest.push(chunk.subarray(start, length));
    }
  } finally {
    closeSync(descriptor);
  }
}
