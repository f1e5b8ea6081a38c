import type { components } from "../raw/index.ts";
import type { RawAnswer } from "./answers.ts";

/** Where one upload at a time may go, and the token for it. */
export type UploadUrl = Pick<
  components["schemas"]["GetUploadUrlResponse"],
  "uploadUrl" | "authorizationToken"
>;

interface HeldUrl extends UploadUrl {
  readonly askedMillis: number;
}

/** Tokens live for 24 hours; one that is about to end is not begun with. */
const LIFE_MILLIS = 23 * 60 * 60 * 1000;

/** Upload URLs that are not in use, for each bucket and each large file by its id; the newest is taken first. */
export class UploadUrls {
  #free = new Map<string, HeldUrl[]>();
  readonly #check: (url: string) => void;

  /** @param check - Throws when nothing must be sent to a URL. */
  constructor(check: (url: string) => void = () => {}) {
    this.#check = check;
  }

  /**
   * Lends a URL to one attempt. It comes back after success and after 429, which says nothing against it; after
   * any other failure the next attempt gets another.
   *
   * @param id - Of the bucket or the large file.
   * @param ask - Makes the request for a new one.
   */
  async lend<T>(
    id: string,
    ask: () => Promise<UploadUrl>,
    send: (url: UploadUrl) => Promise<RawAnswer<T>>,
  ): Promise<RawAnswer<T>> {
    const free = this.#freeFor(id);
    const url = newest(free) ?? (await this.#askWith(ask));
    const answer = await send(url);
    if (answer.response.ok || answer.response.status === 429) {
      free.push(url); // Into the pool that it came from, which nobody reads any more if it was dropped meanwhile.
    }
    return answer;
  }

  /** Drops the URLs of one bucket or large file. */
  drop(id: string): void {
    this.#free.delete(id);
  }

  /** Drops all URLs, also those that are in use now. */
  clear(): void {
    this.#free = new Map();
  }

  async #askWith(ask: () => Promise<UploadUrl>): Promise<HeldUrl> {
    const url = await ask();
    this.#check(url.uploadUrl);
    return { ...url, askedMillis: Date.now() };
  }

  #freeFor(id: string): HeldUrl[] {
    const known = this.#free.get(id);
    if (known !== undefined) {
      return known;
    }
    const free: HeldUrl[] = [];
    this.#free.set(id, free);
    return free;
  }
}

/** Takes the newest URL that lives long enough, and drops the others' worn-out elders. */
function newest(free: HeldUrl[]): HeldUrl | undefined {
  const url = free.pop();
  if (url !== undefined && Date.now() - url.askedMillis > LIFE_MILLIS) {
    return newest(free);
  }
  return url;
}
