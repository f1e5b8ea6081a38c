/** How many events wait for a slow listener before the work waits for it. */
const MOST_WAITING = 1000;

/**
 * Hands events from the work that makes them to one listener. Without a listener they are dropped; with one the work
 * can wait until it has caught up.
 */
export class EventChannel<Event> {
  readonly #waiting: Event[] = [];
  #isListened = false;
  #isEnded = false;
  #wakeListener = () => {};
  #wakeWork = () => {};

  /** Gives an event to the listener, if there is one. */
  push(event: Event): void {
    if (this.#isListened) {
      this.#waiting.push(event);
      this.#wakeListener();
    }
  }

  /** Waits until the listener has not much left to hear. */
  async room(): Promise<void> {
    while (this.#waiting.length >= MOST_WAITING) {
      await new Promise<void>((resolve) => {
        this.#wakeWork = resolve;
      });
    }
  }

  /** Ends the events; those that wait are still heard. */
  end(): void {
    this.#isEnded = true;
    this.#wakeListener();
  }

  /**
   * Begins to listen: every event from now on is heard.
   *
   * @param onLeave - Called when the listener leaves before the end.
   * @throws `TypeError` when somebody listens already.
   */
  listen(onLeave: () => void): AsyncGenerator<Event, void> {
    if (this.#isListened) {
      throw new TypeError("The events of a synchronisation can be iterated over once");
    }
    this.#isListened = true;
    return this.#hear(onLeave);
  }

  async *#hear(onLeave: () => void): AsyncGenerator<Event, void> {
    try {
      for (;;) {
        for (const event of this.#takeAll()) {
          yield event;
        }
        if (this.#isEnded && this.#waiting.length === 0) {
          return;
        }
        if (this.#waiting.length === 0) {
          await new Promise<void>((resolve) => {
            this.#wakeListener = resolve;
          });
        }
      }
    } finally {
      this.#isListened = false;
      this.#takeAll();
      if (!this.#isEnded) {
        onLeave();
      }
    }
  }

  #takeAll(): Event[] {
    const events = this.#waiting.splice(0);
    this.#wakeWork();
    return events;
  }
}
