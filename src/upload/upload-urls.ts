import type { components } from "../raw/index.ts";
import type { RawAnswer } from "../session/answers.ts";

/** Where one upload at a time may go, and the token for it. */
export type UploadUrl = Pick<
  components["schemas"]["GetUploadUrlResponse"],
  "uploadUrl" | "authorizationToken"
>;

/** Upload URLs that are not in use, for one bucket or one large file; the newest is taken first. */
export class UploadUrlPool {
  readonly #ask: () => Promise<UploadUrl>;
  readonly #free: UploadUrl[] = [];

  /** @param ask - Makes the request for a new one. */
  constructor(ask: () => Promise<UploadUrl>) {
    this.#ask = ask;
  }

  /**
   * Lends a URL to one attempt. It comes back after success and after 429, which says nothing against it; after
   * any other failure the next attempt gets another.
   */
  async lend<T>(send: (url: UploadUrl) => Promise<RawAnswer<T>>): Promise<RawAnswer<T>> {
    const url = this.#free.pop() ?? (await this.#ask());
    const answer = await send(url);
    if (answer.response.ok || answer.response.status === 429) {
      this.#free.push(url);
    }
    return answer;
  }
}
