import {
  MAX_FILE_BYTES,
  MAX_PART_BYTES,
  MAX_PARTS,
  type PartSizes,
  type PlannedPart,
  partSizeFor,
} from "../upload/part-plan.ts";
import { planCopy } from "./copy-plan.ts";
import { endOf, type Fragment, type Intent, IntentOverlaps } from "./write-intents.ts";

/** Bytes of a source, counted from its own beginning. */
export interface Piece<Source> {
  readonly source: Source;
  readonly offset: number;
  readonly length: number;
}

/** A part of a composed file; its offset is the one in the file. */
export interface ComposedPart<Source> extends PlannedPart {
  /** What is put together and sent; what of it is stored elsewhere in B2 is downloaded for that. */
  readonly pieces: readonly Piece<Source>[];
  /** Tells that the service copies the part, which is one piece then. */
  readonly isCopy: boolean;
}

/**
 * Plans how a file is composed of intents that are all known; one part means one request.
 *
 * Parts that are sent grow where 10,000 would not reach, and so does the length from which a copy is worth a part.
 *
 * @throws `RangeError` when the intents leave a hole, or the file would have over 10 TB.
 */
export function planComposition<Source>(
  intents: readonly Intent<Source>[],
  sizes: PartSizes,
): ComposedPart<Source>[] {
  const sorted = intents.toSorted((a, b) => a.destinationOffset - b.destinationOffset);
  const size = sorted.reduce((end, intent) => Math.max(end, endOf(intent)), 0);
  let { minimumBytes } = sizes;
  for (;;) {
    const recommendedBytes = Math.max(minimumBytes, partSizeFor(size, sizes.recommendedBytes));
    const plan = new ComposePlan<Source>({ minimumBytes, recommendedBytes });
    const parts = [...sorted.flatMap((intent) => plan.add(intent)), ...plan.end()];
    if (parts.length <= MAX_PARTS) {
      return parts;
    }
    minimumBytes *= 2;
  }
}

/**
 * Gives the sizes for a file whose length is not known yet. From a quarter of the 10,000 parts on they grow with what
 * came before, so that the parts reach 10 TB whatever came.
 */
export function growingSizes(
  { minimumBytes, recommendedBytes }: PartSizes,
  sentParts: number,
  sentBytes: number,
): PartSizes {
  // Copies of over 5 GB are cut in two, so that no part of them would have more than half of the longest.
  const grown = Math.min(MAX_PART_BYTES / 2, Math.ceil(sentBytes / 700));
  const least = sentParts < MAX_PARTS / 4 ? 0 : grown;
  return { minimumBytes: Math.max(minimumBytes, least), recommendedBytes: Math.max(recommendedBytes, least) };
}

/**
 * Plans how a file is composed while its intents come in, sorted by their offset. Each one completes the parts before
 * it; what is held is about the intents of one part.
 */
export class ComposePlan<Source> {
  readonly #sizesBehind: (sentParts: number, sentBytes: number) => PartSizes;
  readonly #overlaps: IntentOverlaps<Source>;
  /** The fragments of one intent that follow each other, as far as they are known. */
  #run: Fragment<Source> | undefined;
  /** What is to be sent and is not in a part yet. */
  #waiting: Piece<Source>[] = [];
  #waitingBytes = 0;
  /** Where the next part begins. */
  #offset = 0;
  #partNumber = 1;
  #complete: ComposedPart<Source>[] = [];

  /** @param sizesBehind - Gives the sizes for what comes behind so many parts with so many bytes. */
  constructor(
    sizes: PartSizes,
    sizesBehind: (sentParts: number, sentBytes: number) => PartSizes = () => sizes,
  ) {
    this.#sizesBehind = sizesBehind;
    this.#overlaps = new IntentOverlaps(sizes.minimumBytes);
  }

  /**
   * Takes the next intent and gives the parts that are complete.
   *
   * @throws `RangeError` when it comes too late, or no intent covers the bytes before it.
   */
  add(intent: Intent<Source>): ComposedPart<Source>[] {
    if (intent.length === 0) {
      return [];
    }
    if (endOf(intent) > MAX_FILE_BYTES) {
      throw new RangeError(
        `The file would have ${endOf(intent)} bytes or more; the service stores up to ${MAX_FILE_BYTES} (10 TB)`,
      );
    }
    return this.#takeFragments(this.#overlaps.add(intent));
  }

  /** Gives the parts that are left when there are no more intents; a file of no bytes has one empty part. */
  end(): ComposedPart<Source>[] {
    const parts = this.#takeFragments(this.#overlaps.end());
    if (this.#run !== undefined) {
      this.#takeRun(this.#run, true);
    }
    this.#send({ isAll: true });
    if (this.#partNumber === 1) {
      this.#sendPart(0);
    }
    return [...parts, ...this.#takeComplete()];
  }

  get #sizes(): PartSizes {
    return this.#sizesBehind(this.#partNumber - 1, this.#offset);
  }

  #takeFragments(fragments: readonly Fragment<Source>[]): ComposedPart<Source>[] {
    for (const fragment of fragments) {
      if (this.#run?.intent === fragment.intent) {
        this.#run = { ...this.#run, end: fragment.end };
      } else {
        if (this.#run !== undefined) {
          this.#takeRun(this.#run, false);
        }
        this.#run = fragment;
      }
    }
    return this.#takeComplete();
  }

  #takeComplete(): ComposedPart<Source>[] {
    const parts = this.#complete;
    this.#complete = [];
    return parts;
  }

  /** Decides whether bytes that follow each other in one source are copied, sent, or some of each. */
  #takeRun({ intent, start, end }: Fragment<Source>, isLast: boolean): void {
    const piece = { source: intent.source, offset: start - intent.destinationOffset, length: end - start };
    const isWholeFile = isLast && this.#offset + this.#waitingBytes === 0;
    const borrowed = this.#missingBytes();
    const isWorthCopying = piece.length >= this.#sizes.minimumBytes + borrowed || isWholeFile;
    if (!intent.isStored || !isWorthCopying) {
      this.#wait(piece);
      this.#send({ isAll: false });
      return;
    }
    if (borrowed > 0) {
      this.#wait({ ...piece, length: borrowed });
    }
    this.#send({ isAll: true });
    this.#copy({ ...piece, offset: piece.offset + borrowed, length: piece.length - borrowed });
  }

  /** Gives the bytes that a copy must lend to what waits, so that it can be a part before the copy. */
  #missingBytes(): number {
    return this.#waitingBytes === 0 ? 0 : Math.max(0, this.#sizes.minimumBytes - this.#waitingBytes);
  }

  #wait(piece: Piece<Source>): void {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
  }

  /** Makes parts of what waits; leaves what more could be added to unless all is to be sent. */
  #send({ isAll }: { readonly isAll: boolean }): void {
    let { minimumBytes, recommendedBytes } = this.#sizes;
    while (this.#waitingBytes >= recommendedBytes + minimumBytes) {
      this.#sendPart(recommendedBytes);
      ({ minimumBytes, recommendedBytes } = this.#sizes);
    }
    if (isAll && this.#waitingBytes > MAX_PART_BYTES) {
      this.#sendPart(Math.ceil(this.#waitingBytes / 2));
    }
    if (isAll && this.#waitingBytes > 0) {
      this.#sendPart(this.#waitingBytes);
    }
  }

  #sendPart(length: number): void {
    const [pieces, rest] = splitPieces(this.#waiting, length);
    this.#waiting = rest;
    this.#waitingBytes -= length;
    this.#add({ pieces, isCopy: false, length });
  }

  #copy(piece: Piece<Source>): void {
    const spans = planCopy(piece, { minimumBytes: this.#sizes.minimumBytes });
    for (const { offset, length } of spans.length > 0 ? spans : [piece]) {
      this.#add({ pieces: [{ ...piece, offset, length }], isCopy: true, length });
    }
  }

  #add(part: Pick<ComposedPart<Source>, "pieces" | "isCopy" | "length">): void {
    this.#complete.push({ ...part, partNumber: this.#partNumber, offset: this.#offset });
    this.#partNumber += 1;
    this.#offset += part.length;
  }
}

/** Divides pieces behind so many bytes, which may cut one in two. */
function splitPieces<Source>(
  pieces: readonly Piece<Source>[],
  length: number,
): [Piece<Source>[], Piece<Source>[]] {
  const head: Piece<Source>[] = [];
  let missing = length;
  for (const [index, piece] of pieces.entries()) {
    if (piece.length > missing) {
      const tail = { ...piece, offset: piece.offset + missing, length: piece.length - missing };
      return [
        missing > 0 ? [...head, { ...piece, length: missing }] : head,
        [tail, ...pieces.slice(index + 1)],
      ];
    }
    head.push(piece);
    missing -= piece.length;
  }
  return [head, []];
}
