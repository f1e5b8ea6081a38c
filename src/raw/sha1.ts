/** A SHA-1 computed piece by piece. */
export interface Sha1 {
  update(bytes: Uint8Array): unknown;
  /** Ends the computation and gives 40 lower-case hex digits. */
  hex(): string;
}
