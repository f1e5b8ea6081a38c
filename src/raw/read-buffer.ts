import type { IncomingMessage } from "node:http";
import type { OnReadOpts, Socket } from "node:net";
import { finished } from "node:stream";
import type { Memory, Take } from "./transport.ts";

const BUFFER_BYTES = 128 * 1024;

/** Who takes a body, and is told how the pouring goes. */
export interface Pourer {
  readonly take: Take;
  readonly memory?: Memory | undefined;
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
 * One piece of memory that all connections of a transport read into, in place of a new one of 64 KiB for each read,
 * unless the taker of a body offers a place of its own.
 */
export class ReadBuffer {
  #memory: Uint8Array | undefined;
  readonly #pourings = new WeakMap<Socket, Pouring>();
  /** Whose memory is asked for next: that of the connection that has just been served. */
  #served: Pouring | undefined;

  /** What `net` and `tls` want in order to read into given memory; Bun does not say which socket has read. */
  readonly onread: OnReadOpts | undefined = process.versions.bun
    ? undefined
    : { buffer: () => this.#next(), callback: this.#handOn() };

  /**
   * Hands the chunks of a message to a function as they arrive; while its promise is open, the connection is held
   * back. Resolves at the end of the message, and settles only when the function is through with the last chunk,
   * unless the caller has given up.
   */
  async pour(message: IncomingMessage, pourer: Pourer): Promise<void> {
    const { socket } = message;
    const pouring = new Pouring(message, pourer);
    this.#pourings.set(socket, pouring);
    try {
      await pouring.run();
    } finally {
      if (this.#pourings.get(socket) === pouring) {
        this.#pourings.delete(socket);
      }
    }
  }

  #next(): Uint8Array {
    const served = this.#served;
    this.#served = undefined;
    this.#memory ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
    return served?.memory() ?? this.#memory;
  }

  /** Makes the function that a socket calls with what it has read. */
  #handOn(): OnReadOpts["callback"] {
    const buffer = this;
    return function (this: Socket, length: number, memory: Uint8Array): boolean {
      buffer.#served = undefined; // What follows may throw.
      buffer.#emit(this, memory.subarray(0, length));
      return true;
    };
  }

  #emit(socket: Socket, bytes: Uint8Array): void {
    if (socket.listenerCount("data") === 0) {
      socket.destroy(); // Nobody asked: what follows could be taken for the next answer.
      return;
    }
    const pouring = this.#pourings.get(socket);
    if (!pouring?.receive(bytes)) {
      socket.emit("data", bytes); // The parser copies what it hands on.
    }
    this.#served = pouring;
  }
}

/** One body on its way to a function. */
class Pouring {
  readonly #message: IncomingMessage;
  readonly #socket: Socket;
  readonly #pourer: Pourer;
  readonly #parser: Parser | undefined;
  /** Bytes still to come; `NaN` when only the parser finds the end. */
  #left: number;
  #held: Promise<void> | undefined;
  #isOver = false;
  #fail: (reason: unknown) => void = () => {};

  constructor(message: IncomingMessage, pourer: Pourer) {
    this.#message = message;
    this.#socket = message.socket;
    this.#pourer = pourer;
    this.#parser = parserOf(message.socket);
    const { "transfer-encoding": coding, "content-length": length } = message.headers;
    this.#left = coding === undefined ? Number(length) : Number.NaN;
  }

  async run(): Promise<void> {
    const message = this.#message;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#fail = reject;
        finished(message, { writable: false }, (error) => {
          this.#left = 0;
          if (this.#held !== undefined) {
            this.#socket.resume(); // It serves somebody else next.
          }
          Promise.resolve(this.#pourer.isAborted() ? undefined : this.#held).then(
            error ? () => reject(error) : resolve,
            reject,
          );
        });
        message.on("data", (chunk: Uint8Array) => this.#give(chunk));
      });
    } finally {
      this.#isOver = true;
    }
  }

  /** Takes bytes straight from the connection, if all that comes next is body: then its parser need only count. */
  receive(bytes: Uint8Array): boolean {
    const parser = this.#idleParser();
    if (parser === undefined) {
      return false;
    }
    this.#give(bytes.subarray(0, this.#left));
    const onBody = parser[ON_BODY];
    parser[ON_BODY] = undefined;
    try {
      this.#socket.emit("data", bytes);
    } finally {
      parser[ON_BODY] = onBody;
    }
    return true;
  }

  /** Gives the place that the next bytes belong to, if there is one. */
  memory(): Uint8Array | undefined {
    const isReady = this.#held === undefined && !this.#isOver && this.#idleParser() !== undefined;
    return isReady ? this.#pourer.memory?.() : undefined;
  }

  /** Gives the connection's parser while it has nothing to find in what comes next, and holds nothing back. */
  #idleParser(): Parser | undefined {
    return this.#left > 0 && this.#message.readableLength === 0 ? this.#parser : undefined;
  }

  #give(chunk: Uint8Array): void {
    if (this.#isOver) {
      return;
    }
    this.#left -= chunk.length;
    this.#pourer.moved();
    try {
      const held = this.#take(chunk);
      if (held !== undefined) {
        this.#hold(held);
      }
    } catch (error) {
      this.#isOver = true;
      this.#fail(error);
    }
  }

  /** Lets the taker have a chunk, behind those that it still works on. */
  #take(chunk: Uint8Array): Promise<void> | void {
    const { take } = this.#pourer;
    if (this.#held === undefined) {
      return take(chunk);
    }
    const copy = new Uint8Array(chunk);
    return this.#held.then(() => take(copy));
  }

  #hold(held: Promise<void>): void {
    this.#held = held;
    this.#socket.pause();
    this.#pourer.held();
    held.then(
      () => {
        if (this.#held === held && !this.#isOver) {
          this.#held = undefined;
          this.#pourer.resumed();
          this.#socket.resume();
        }
      },
      (reason) => {
        this.#isOver = true;
        this.#fail(reason);
      },
    );
  }
}

/** Where a parser of Node keeps the function that it hands copies of a body's bytes; it makes none without it. */
const ON_BODY = 3;

interface Parser {
  [ON_BODY]: unknown;
}

/** Gives the parser of a connection, if it is one that is known. */
function parserOf(socket: Socket): Parser | undefined {
  const parser: unknown = "parser" in socket ? socket.parser : undefined;
  return isParser(parser) ? parser : undefined;
}

function isParser(value: unknown): value is Parser {
  if (typeof value !== "object" || value === null || !(ON_BODY in value)) {
    return false;
  }
  const onBody = value[ON_BODY];
  return typeof onBody === "function" && onBody.name === "parserOnBody";
}
