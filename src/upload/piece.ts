import { createSha1, sendsStreams } from "#runtime";
import { CHUNK_BYTES } from "../raw/content.ts";
import { TransportError } from "../raw/errors.ts";
import type { Bytes } from "../raw/index.ts";
import { RefusedError } from "../session/errors.ts";
import type { Progress } from "./progress.ts";
import type { RereadableSource } from "./source.ts";

/** Bytes that go with one request. */
export interface Piece {
  readonly length: number;
  /** SHA-1 as hex digits; computed while the bytes are sent when it is not known. */
  readonly sha1?: string | undefined;
  /** The bytes as one value, where they are one anyway. */
  readonly whole?: Uint8Array | Blob | undefined;
  /** Gives the bytes, anew for each attempt. A chunk is valid until the next one is asked for. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** Makes a piece of a range of a source. */
export function pieceFrom(source: RereadableSource, offset: number, length: number): Piece {
  return { length, whole: source.slice?.(offset, length), chunks: () => source.chunks(offset, length) };
}

/** One attempt to send a piece: what goes with the request, and the check of its answer. */
export interface Sending {
  readonly header: { readonly "X-Bz-Content-Sha1": string; readonly "Content-Length": number };
  readonly body: AsyncIterable<Uint8Array> | Uint8Array | Blob;
  readonly onSha1: (sha1: string) => void;
  /** Gives the SHA-1 of the bytes once all of them have been sent. */
  readonly sentSha1: () => string | undefined;
  /**
   * Compares the SHA-1 that the service answers.
   *
   * @throws {@link TransportError} when it is another: what became of the bytes is open then.
   */
  readonly check: (answered: string | null | undefined) => void;
}

/** Prepares an attempt to send a piece. */
export async function prepareSending(piece: Piece, progress: Progress, number: number): Promise<Sending> {
  const atOnce = sendsStreams ? shortValue(piece) : (piece.whole ?? (await collect(piece)));
  // What is sent at once needs its digest before.
  let sha1 = piece.sha1 ?? (atOnce && (await digestOf(piece.chunks())));
  let isSent = atOnce !== undefined;
  const end = () => {
    isSent = true;
  };
  return {
    header: { "X-Bz-Content-Sha1": sha1 ?? "hex_digits_at_end", "Content-Length": piece.length },
    body: atOnce ?? progress.watch(number, piece.chunks(), end),
    onSha1: (computed) => {
      sha1 = computed;
    },
    sentSha1: () => (isSent ? sha1 : undefined),
    check: (answered) => {
      if (answered?.replace(/^unverified:/, "") !== sha1) {
        throw new TransportError(
          `the answer tells the SHA-1 ${answered}, but the bytes that were sent have ${sha1}`,
          "receiving",
        );
      }
      progress.reached(number, piece.length);
    },
  };
}

/** Gives the bytes of a piece as one value where that is quicker to send. */
function shortValue({ length, whole }: Piece): Uint8Array | undefined {
  return length <= CHUNK_BYTES && whole instanceof Uint8Array ? whole : undefined;
}

/**
 * Explains why the service refused a piece: when its bytes do not have the SHA-1 any more that was announced, they
 * changed.
 *
 * @param changed - Makes the error for that; told the SHA-1 that they have now.
 * @throws {@link LocalFileError} when a file shows by itself that it changed.
 */
export async function explainRefusal(
  error: unknown,
  piece: Piece,
  changed: (sha1: string) => Error,
): Promise<unknown> {
  if (!(error instanceof RefusedError) || error.status !== 400 || piece.sha1 === undefined) {
    return error;
  }
  const now = await digestOf(piece.chunks());
  return now === piece.sha1 ? error : changed(now);
}

/** Computes the SHA-1 of bytes, as hex digits. */
export async function digestOf(
  chunks: AsyncIterable<Uint8Array>,
  signal?: AbortSignal | undefined,
): Promise<string> {
  const sha1 = createSha1();
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    sha1.update(chunk);
  }
  return sha1.hex();
}

/** Reads bytes into one value. */
export async function collect(piece: Pick<Piece, "length" | "chunks">): Promise<Bytes> {
  const whole = new Uint8Array(piece.length);
  let filled = 0;
  for await (const chunk of piece.chunks()) {
    whole.set(chunk, filled);
    filled += chunk.length;
  }
  return whole;
}
