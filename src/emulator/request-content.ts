import type { IncomingMessage } from "node:http";
import { finished } from "node:stream";

/** The bytes of a request's body. Stopping early leaves the connection as it is. */
export class RequestContent implements AsyncIterable<Buffer> {
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return this.#request.iterator({ destroyOnReturn: false });
  }

  /**
   * Hands over each chunk as it arrives. Costs less processor time than iterating, which makes three promises for
   * each 64 KiB.
   *
   * @throws what `take` throws, or an error when the client leaves before the end.
   */
  takeEach(take: (chunk: Buffer) => void): Promise<void> {
    const request = this.#request;
    return new Promise((resolve, reject) => {
      const settle = (error?: unknown) => {
        request.off("data", onData);
        forget();
        if (error) reject(error);
        else resolve();
      };
      const onData = (chunk: Buffer) => {
        try {
          take(chunk);
        } catch (error) {
          request.pause();
          settle(error);
        }
      };
      const forget = finished(request, { writable: false }, settle);
      request.on("data", onData);
    });
  }
}
