import type { IncomingMessage } from "node:http";
import type { OnReadOpts, Socket } from "node:net";
import type { Memory, Take } from "./transport.ts";

const BUFFER_BYTES = 128 * 1024;

/** Who takes a body. */
export interface Taker {
  readonly take: Take;
  readonly memory: Memory | undefined;
}

/** Is told how the pouring goes. */
export interface Flow {
  /** Something moved: the wait for more begins anew. */
  moved(): void;
  /** The taker asked for time: who is slow is not an idle connection. */
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
  pour(message: IncomingMessage, headers: Headers, taker: Taker, flow: Flow): Promise<void> {
    const { socket } = message;
    const pouring = new Pouring(message, headers, taker, flow);
    this.#pourings.set(socket, pouring);
    return pouring.run(() => this.#pourings.delete(socket));
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
  readonly #taker: Taker;
  readonly #flow: Flow;
  readonly #parser: Parser | undefined;
  /** Bytes still to come; `NaN` when only the parser finds the end. */
  #left: number;
  #held: Promise<void> | undefined;
  #isOver = false;
  #fail: (reason: unknown) => void = () => {};

  constructor(message: IncomingMessage, headers: Headers, taker: Taker, flow: Flow) {
    this.#message = message;
    this.#socket = message.socket;
    this.#taker = taker;
    this.#flow = flow;
    this.#parser = parserOf(message.socket);
    const isCoded = headers.has("Transfer-Encoding");
    this.#left = isCoded ? Number.NaN : Number(headers.get("Content-Length") ?? Number.NaN);
  }

  /** @param ended - Is called when no more bytes come, and the connection may serve somebody else. */
  run(ended: () => void): Promise<void> {
    const message = this.#message;
    return new Promise<void>((resolve, reject) => {
      this.#fail = reject;
      const end = (settle: () => void) => {
        this.#left = 0;
        this.#isOver = true;
        ended();
        if (this.#held === undefined) {
          settle();
          return;
        }
        this.#socket.resume();
        const through = this.#flow.isAborted() ? Promise.resolve() : this.#held;
        through.then(settle, reject);
      };
      const lose = () => end(() => reject(message.errored));
      message.on("end", () => end(resolve));
      message.on("close", () => message.readableEnded || lose()); // Behind an error, too.
      if (message.destroyed) {
        lose();
      } else {
        message.on("data", (chunk: Uint8Array) => this.#give(chunk));
      }
    });
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
    return isReady ? this.#taker.memory?.() : undefined;
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
    this.#flow.moved();
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
    const { take } = this.#taker;
    if (this.#held === undefined) {
      return take(chunk);
    }
    const copy = new Uint8Array(chunk);
    return this.#held.then(() => take(copy));
  }

  #hold(held: Promise<void>): void {
    this.#held = held;
    this.#socket.pause();
    this.#flow.held();
    held.then(
      () => {
        if (this.#held === held && !this.#isOver) {
          this.#held = undefined;
          this.#flow.resumed();
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
