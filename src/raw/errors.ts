/** How far an exchange had come when the connection failed. */
export type TransportPhase = "connecting" | "sending" | "waiting" | "receiving";

/**
 * Reports that no whole answer arrived: no connection, a reset, a time-out, a truncated or an unusable answer.
 *
 * `phase` tells what the service may have done: nothing while `connecting`, perhaps everything while `waiting`
 * or `receiving`.
 */
export class TransportError extends Error {
  /** Name of the class. */
  override readonly name = "TransportError";
  /** How far the exchange had come. */
  readonly phase: TransportPhase;
  /** The system's code, such as `ECONNRESET`, or `TIMEOUT`, `PROXY_REFUSED`, `PROXY_FAILED`, where there is one. */
  readonly code: string | undefined;

  constructor(message: string, phase: TransportPhase, options: { code?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.phase = phase;
    this.code = options.code;
    settleStack(this);
  }
}

/**
 * Writes an error's stack down. Before somebody does, a kept error holds what the functions on its stack can reach, and
 * that may be the memory of a transfer.
 */
export function settleStack({ stack }: Error): void {
  void stack;
}

/** Reports an answer that a B2 service would not give: a redirect, HTML with status 200, JSON cut short. */
export class UnexpectedAnswerError extends Error {
  /** Name of the class. */
  override readonly name = "UnexpectedAnswerError";
}
