import { newToken } from "./ids.ts";
import { badToken, Refusal } from "./refusal.ts";

const dayMillis = 24 * 60 * 60 * 1000;

/** Stands for an application key in the calls of the account. */
export interface AccountToken {
  readonly kind: "account";
  readonly applicationKeyId: string;
}

/** Lets files be sent to one upload URL, one at a time. */
export interface UploadToken {
  readonly kind: "upload";
  readonly applicationKeyId: string;
  /** Path of the upload URL. */
  readonly path: string;
  /** Bucket of new files. */
  readonly bucketId: string;
  /** Large file of new parts; undefined for whole files. */
  readonly fileId: string | undefined;
}

/** Lets files whose names begin with a prefix be downloaded from a private bucket. */
export interface DownloadToken {
  readonly kind: "download";
  readonly applicationKeyId: string;
  readonly bucketId: string;
  readonly fileNamePrefix: string;
  /** Query parameters with which downloads must come. */
  readonly overrides: Readonly<Record<string, string>>;
}

export type Token = AccountToken | UploadToken | DownloadToken;

interface Issued {
  readonly token: Token;
  readonly expires: number;
  /** How many calls it is still good for. */
  usesLeft: number;
}

const purposes = { account: "acct", upload: "upld", download: "dnld" } as const;

/** The tokens in circulation. They are kept in memory: after a restart, clients authorize again. */
export class Tokens {
  readonly #issued = new Map<string, Issued>();
  readonly #busy = new Set<string>();
  #sweepAt = 10_000;

  /** Gives out a token that lives for a day or for `lifeMillis`, and may be used any number of times or `uses` times. */
  issue(token: Token, now: number, lifeMillis = dayMillis, uses = Number.POSITIVE_INFINITY): string {
    if (this.#issued.size >= this.#sweepAt) this.#sweep(now);
    const text = newToken(token.applicationKeyId, purposes[token.kind]);
    this.#issued.set(text, { token, expires: now + lifeMillis, usesLeft: uses });
    return text;
  }

  /** Forgets tokens that expired over a day ago: they answer `bad_auth_token` from then on. */
  #sweep(now: number): void {
    for (const [text, { expires }] of this.#issued) if (expires + dayMillis < now) this.#issued.delete(text);
    this.#sweepAt = Math.max(10_000, this.#issued.size * 2);
  }

  /**
   * Tells what a token stands for, and counts this as a use of it.
   *
   * @throws {@link Refusal} when it is unknown, expired, or not of the wanted kind.
   */
  find<Kind extends Token["kind"]>(
    text: string,
    kinds: readonly Kind[],
    now: number,
  ): Extract<Token, { kind: Kind }> {
    const issued = this.#issued.get(text);
    if (!issued || !isOneOf(issued.token, kinds)) throw badToken("The authorization token is not valid");
    if (issued.expires <= now || issued.usesLeft <= 0)
      throw new Refusal(401, "expired_auth_token", "The authorization token has expired");
    issued.usesLeft--;
    return issued.token;
  }

  /** Ends the life of a token now, as if its time had run out. */
  expire(text: string): void {
    const issued = this.#issued.get(text);
    if (issued) issued.usesLeft = 0;
  }

  /**
   * Reserves an upload token for one upload.
   *
   * @returns a function that frees it.
   * @throws {@link Refusal} when another upload with it is under way.
   */
  occupy(text: string): () => void {
    if (this.#busy.has(text)) {
      throw new Refusal(400, "auth_token_limit", "more than one upload using auth token");
    }
    this.#busy.add(text);
    return () => this.#busy.delete(text);
  }
}

function isOneOf<Kind extends Token["kind"]>(
  token: Token,
  kinds: readonly Kind[],
): token is Extract<Token, { kind: Kind }> {
  return kinds.some((kind) => kind === token.kind);
}
