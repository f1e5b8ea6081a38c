import type { IncomingMessage } from "node:http";
import type { OnReadOpts, Socket } from "node:net";
import { finished } from "node:stream";
import type { Take } from "./transport.ts";

const BUFFER_BYTES = 1024 * 1024;

/** Is told how the pouring of a body goes. */
interface PourWatcher {
  /** A chunk arrived. */
  moved(): void;
  /** The taker asked for time. */
  held(): void;
  /** The taker is ready again. */
  resumed(): void;
  /** Tells whether the caller has given up, and waits for no taker. */
  isAborted(): boolean;
}

/**
 * One piece of memory that all connections of a transport read into, in place of a new one of 64 KiB for each read.
 *
 * What arrives is copied out, except for a body that is being poured: its taker copies what it keeps.
 */
export class ReadBuffer {
  #memory: Uint8Array | undefined;
  /** Connections whose next bytes go straight to a taker. */
  readonly #pouring = new WeakMap<Socket, IncomingMessage>();

  /** What `net` and `tls` want in order to read into given memory. */
  readonly onread: OnReadOpts = {
    buffer: () => {
      this.#memory ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
      return this.#memory;
    },
    callback: this.#handOn(),
  };

  /**
   * Hands the chunks of a message to a function as they arrive; while its promise is open, the connection is held
   * back. Resolves at the end of the message, and settles only when the function is through with the last chunk,
   * unless the caller has given up.
   */
  pour(message: IncomingMessage, take: Take, watcher: PourWatcher): Promise<void> {
    const { socket } = message;
    let pending: Promise<void> | undefined;
    return new Promise<void>((resolve, reject) => {
      const stop = (reason?: unknown) => {
        this.#pouring.delete(socket);
        message.off("data", onData).pause();
        reject(reason);
      };
      const hold = (held: Promise<void>) => {
        pending = held;
        this.#pouring.delete(socket);
        message.pause();
        watcher.held();
        held.then(() => {
          watcher.resumed();
          message.resume();
        }, stop);
      };
      const onData = (chunk: Uint8Array) => {
        watcher.moved();
        try {
          const held = take(chunk);
          if (held !== undefined) {
            hold(held);
          } else if (message.readableLength === 0) {
            this.#pouring.set(socket, message);
          }
        } catch (error) {
          stop(error);
        }
      };
      finished(message, { writable: false }, (error) => {
        this.#pouring.delete(socket);
        Promise.resolve(watcher.isAborted() ? undefined : pending).then(
          error ? () => reject(error) : resolve,
          reject,
        );
      });
      message.on("data", onData);
    });
  }

  /** Makes the function that a socket calls with what it has read. */
  #handOn(): OnReadOpts["callback"] {
    const buffer = this;
    return function (this: Socket, length: number, memory: Uint8Array): boolean {
      buffer.#emit(this, memory.subarray(0, length));
      return true;
    };
  }

  #emit(socket: Socket, bytes: Uint8Array): void {
    if (socket.listenerCount("data") === 0) {
      socket.destroy(); // Nobody asked: what follows could be taken for the next answer.
      return;
    }
    const message = this.#pouring.get(socket);
    socket.emit("data", message === undefined ? Buffer.from(bytes) : bytes);
    if (message !== undefined && message.readableLength > 0) {
      this.#memory = undefined; // A stream kept the bytes instead of handing them on at once.
    }
  }
}
