import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Clock } from "./clock.ts";
import type { Fault } from "./fault.ts";
import { leaving, pause } from "./waiting.ts";

type Done = (error?: Error | null) => void;

/** What becomes of some bytes of an answer: they go out as they are or changed, or something happens between them. */
type Step =
  | { readonly send: Buffer }
  | { readonly waitMillis: number }
  | { readonly end: "cut" | "reset" | "stall" };

/** A response that a fault may distort on its way out. Without one it is what it inherits. */
export class FaultyAnswer extends ServerResponse<IncomingMessage> {
  #distortion: { readonly fault: Fault; readonly clock: Clock } | undefined;
  #length = 0;
  #position = 0;

  /** Lets a fault distort the answer, unless it is an error answer. Call before anything is sent. */
  distort(fault: Fault, clock: Clock): void {
    this.#distortion = { fault, clock };
  }

  override writeHead(
    status: number,
    reasonOrHeaders?: string | OutgoingHttpHeaders | unknown[],
    more?: OutgoingHttpHeaders | unknown[],
  ): this {
    const headers = typeof reasonOrHeaders === "object" ? reasonOrHeaders : more;
    if (status >= 400) this.#distortion = undefined;
    if (!this.#distortion || Array.isArray(headers)) return super.writeHead(status, headers as never);
    this.#length = Number(headers?.["Content-Length"] ?? 0);
    super.writeHead(status, { ...headers, ...wrongLength(this.#distortion.fault, this.#length) });
    this.flushHeaders();
    return this;
  }

  override write(chunk: unknown, encodingOrDone?: BufferEncoding | Done, done?: Done): boolean {
    if (!this.#distortion) return super.write(chunk, encodingOrDone as BufferEncoding, done);
    const finished = typeof encodingOrDone === "function" ? encodingOrDone : done;
    void this.#send(chunk as Uint8Array).then(() => finished?.(), finished);
    return true;
  }

  override end(chunk?: unknown, encodingOrDone?: BufferEncoding | (() => void), done?: () => void): this {
    if (!this.#distortion) return super.end(chunk, encodingOrDone as BufferEncoding, done);
    void this.#finish((chunk ?? Buffer.alloc(0)) as Uint8Array).catch(() => this.destroy());
    return this;
  }

  async #finish(chunk: Uint8Array): Promise<void> {
    await this.#send(chunk);
    const extra = this.#distortion?.fault.overlong;
    if (extra !== undefined) await this.#transmit(Buffer.alloc(extra, "!"));
    super.end();
  }

  async #send(chunk: Uint8Array): Promise<void> {
    if (!this.#distortion) return;
    const { fault, clock } = this.#distortion;
    const { socket } = this.req;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const steps = stepsOf(fault, bytes, this.#position, this.#length);
    this.#position += bytes.length;
    for (const step of steps) {
      if ("send" in step) await this.#transmit(step.send);
      else if ("waitMillis" in step) await pause(clock, socket, step.waitMillis);
      else if (step.end === "stall") await leaving(socket);
      else if (step.end === "reset") socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  /** Sends bytes as they are, and waits until the system has them. */
  #transmit(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      super.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function wrongLength({ wrongContentLength }: Fault, length: number): OutgoingHttpHeaders {
  if (wrongContentLength === undefined) return {};
  const claim = { "Content-Length": Math.max(length + wrongContentLength, 0) };
  return wrongContentLength > 0 ? { ...claim, Connection: "close" } : claim; // the end of the connection ends the wait
}

/**
 * Plans what becomes of one chunk of an answer.
 *
 * @param position - How many bytes of the answer came before it.
 * @param length - How many bytes the answer has.
 */
function stepsOf(fault: Fault, bytes: Buffer, position: number, length: number): readonly Step[] {
  const middle = (length >> 1) - position;
  if (fault.truncate !== undefined) return endingAt(fault.truncate - position, "cut", bytes);
  if (fault.reset === "during") return endingAt(middle, "reset", bytes);
  if (fault.corrupt !== undefined) return [{ send: corrupted(bytes, fault.corrupt - position) }];
  if (fault.stall === "response") return [{ end: "stall" }];
  if (fault.delay?.when === "middle") return delayed(bytes, middle, fault.delay.millis);
  if (fault.wrongContentLength !== undefined && fault.wrongContentLength < 0) {
    return [{ send: bytes.subarray(0, Math.max(length + fault.wrongContentLength - position, 0)) }];
  }
  return [{ send: bytes }];
}

function endingAt(position: number, end: "cut" | "reset", bytes: Buffer): readonly Step[] {
  return bytes.length < position ? [{ send: bytes }] : [{ send: bytes.subarray(0, position) }, { end }];
}

function corrupted(bytes: Buffer, at: number): Buffer {
  const wrong = Buffer.from(bytes); // the bytes themselves may be used again
  if (at >= 0 && at < wrong.length) wrong[at] = ~(wrong[at] ?? 0);
  return wrong;
}

function delayed(bytes: Buffer, at: number, waitMillis: number): readonly Step[] {
  if (at < 0 || at >= bytes.length) return [{ send: bytes }];
  return [{ send: bytes.subarray(0, at) }, { waitMillis }, { send: bytes.subarray(at) }];
}
