/** A SHA-1 computed piece by piece. */
export interface Sha1 {
  update(bytes: Uint8Array): unknown;
  /** Gives a second computation that goes on from here on its own. */
  copy(): Sha1;
  /** Ends the computation and gives 40 lower-case hex digits. */
  hex(): string;
}
