import { createSha1 } from "#runtime";
import type { PlannedPart } from "./part-plan.ts";
import type { RereadableSource } from "./source.ts";

/** SHA-1s of a content, as hex digits. */
export interface Digests {
  readonly whole: string;
  /** One for each part, in order. */
  readonly parts: readonly string[];
}

/** Computes the SHA-1 of the whole content and of each part in one pass. */
export async function digestParts(
  source: RereadableSource,
  parts: readonly PlannedPart[],
  signal: AbortSignal | undefined,
): Promise<Digests> {
  const whole = createSha1();
  const digests: string[] = [];
  for (const { offset, length } of parts) {
    // The whole begins with the first part, whose digest is therefore there for nothing.
    const part = offset === 0 ? undefined : createSha1();
    for await (const chunk of source.chunks(offset, length)) {
      signal?.throwIfAborted();
      whole.update(chunk);
      part?.update(chunk);
    }
    digests.push((part ?? whole.copy()).hex());
  }
  return { whole: whole.hex(), parts: digests };
}
