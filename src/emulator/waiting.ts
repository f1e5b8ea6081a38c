import type { Socket } from "node:net";
import type { Clock } from "./clock.ts";
import { ClientLeft } from "./refusal.ts";

/** What a timer of Node can wait at most. */
const longestTimerMillis = 2 ** 31 - 1;

/**
 * Waits on the emulator's clock: until the time has passed, or the clock was moved that far.
 *
 * @throws ClientLeft when the connection ends before that.
 */
export async function pause(clock: Clock, socket: Socket, millis: number): Promise<void> {
  const end = new AbortController();
  try {
    await Promise.race([passing(clock, millis, end.signal), leaving(socket, end.signal)]);
  } finally {
    end.abort();
  }
}

/** Waits until a connection ends, and throws {@link ClientLeft} then; never does anything else. */
export function leaving(socket: Socket, signal?: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = () => reject(new ClientLeft());
    if (socket.destroyed) return leave();
    socket.once("close", leave);
    signal?.addEventListener("abort", () => socket.off("close", leave));
  });
}

/** Waits until the time has passed or the clock was moved that far; for ever when the signal comes before that. */
export function passing(clock: Clock, millis: number, signal: AbortSignal): Promise<void> {
  const until = clock.now() + millis;
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const look = () => {
      clearTimeout(timer);
      const left = until - clock.now();
      if (left <= 0) resolve();
      else timer = setTimeout(look, Math.min(left, longestTimerMillis));
    };
    const ignoreMoves = clock.onMove(look);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      ignoreMoves();
    });
    look();
  });
}
