import { createReadStream } from "node:fs";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Found } from "./local-destination.ts";
import type { RemovalAction } from "./plan.ts";

/** What is to be removed of one name, in this order. */
export interface Removals {
  readonly actions: readonly RemovalAction[];
  /** What the scan found, of a local file. */
  readonly found?: Found | undefined;
}

/** How many names are held in memory. */
const MOST_HELD = 10_000;

/**
 * Keeps what is to be removed until both scans have ended: the first names in memory, what comes beyond 10,000 in a
 * temporary file.
 */
export class RemovalQueue implements AsyncIterable<Removals> {
  readonly #mostHeld: number;
  #held: Removals[] = [];
  #folder: string | undefined;

  constructor(mostHeld = MOST_HELD) {
    this.#mostHeld = mostHeld;
  }

  async add(removals: Removals): Promise<void> {
    this.#held.push(removals);
    if (this.#held.length > this.#mostHeld) {
      const lines = this.#held.map((each) => `${JSON.stringify(each)}\n`).join("");
      this.#held = [];
      this.#folder ??= await mkdtemp(join(tmpdir(), "b2kit-sync-"));
      await appendFile(join(this.#folder, "removals"), lines);
    }
  }

  /** Gives everything in the order in which it came. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Removals, void> {
    if (this.#folder !== undefined) {
      const lines = createInterface(createReadStream(join(this.#folder, "removals")));
      for await (const line of lines) {
        yield JSON.parse(line);
      }
    }
    yield* this.#held;
  }

  /** Removes the temporary file, if there is one. */
  async close(): Promise<void> {
    if (this.#folder !== undefined) {
      await rm(this.#folder, { recursive: true, force: true });
    }
  }
}
