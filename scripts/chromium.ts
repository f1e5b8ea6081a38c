import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

const FLAGS = [
  "--headless=new",
  "--no-sandbox", // The tests run as root, and load nothing but their own page.
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-extensions",
  "--disable-background-networking",
  "--no-first-run",
  "--remote-debugging-pipe",
];

const LONGEST_RUN_MILLIS = 300_000;

/** What the browser says to a command, or of itself. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly message?: string };
  readonly result?: object;
  readonly error?: { readonly message: string };
}

/** A headless Chromium with one page, driven by its DevTools protocol through pipes. */
export class Chromium {
  readonly #process: ChildProcess;
  readonly #commands: Writable;
  readonly #waiting = new Map<number, { resolve(result: object): void; reject(error: Error): void }>();
  #session = "";
  #ended: Error | undefined;
  #lastId = 0;

  private constructor(program: string, profile: string) {
    this.#process = spawn(program, [...FLAGS, `--user-data-dir=${profile}`, "about:blank"], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
      timeout: LONGEST_RUN_MILLIS,
    });
    const [, , , commands, messages] = this.#process.stdio;
    this.#commands = commands as Writable; // Pipes, as they were asked for.
    void this.#listen(messages as Readable);
    this.#process.once("exit", (code, signal) =>
      this.#fail(new Error(`Chromium ended with ${code ?? signal}`)),
    );
    this.#commands.on("error", () => {}); // What waits is told by the end of the process.
    this.#process.once("error", (error) => this.#fail(error));
  }

  /**
   * Starts the browser and opens a page.
   *
   * @param profile - Folder for whatever it keeps.
   */
  static async start(program: string, profile: string, url: string): Promise<Chromium> {
    const browser = new Chromium(program, profile);
    const { targetId } = await browser.#send<{ targetId: string }>("Target.createTarget", {
      url: "about:blank",
    });
    const attached = await browser.#send<{ sessionId: string }>("Target.attachToTarget", {
      targetId,
      flatten: true,
    });
    browser.#session = attached.sessionId;
    await browser.send("Page.navigate", { url });
    return browser;
  }

  /** Sends a command to the page. */
  async send<Result extends object>(method: string, params: object = {}): Promise<Result> {
    return await this.#send<Result>(method, params, this.#session);
  }

  /**
   * Evaluates an expression in the page and gives what it, or its promise, comes to.
   *
   * @throws with what the page threw.
   */
  async evaluate<Result>(expression: string): Promise<Result> {
    const { result, exceptionDetails } = await this.send<Evaluated<Result>>("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) {
      throw new Error(`The page threw: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    }
    return result.value;
  }

  /** Process id of the page's renderer. */
  async rendererId(): Promise<number> {
    const { processInfo } = await this.#send<{
      processInfo: { type: string; id: number; cpuTime: number }[];
    }>("SystemInfo.getProcessInfo");
    const renderers = processInfo.filter(({ type }) => type === "renderer");
    const [busiest] = renderers.sort((a, b) => b.cpuTime - a.cpuTime);
    if (busiest === undefined) throw new Error("Chromium has no renderer");
    return busiest.id;
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    const exit = once(this.#process, "exit");
    await this.#send("Browser.close").catch(() => this.#process.kill());
    await exit;
  }

  async #send<Result extends object>(
    method: string,
    params: object = {},
    sessionId?: string,
  ): Promise<Result> {
    if (this.#ended !== undefined) throw this.#ended;
    const id = ++this.#lastId;
    const answer = new Promise<object>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#commands.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`);
    return (await answer) as Result; // The protocol says which command answers what.
  }

  async #listen(messages: Readable): Promise<void> {
    let rest = "";
    for await (const chunk of messages.setEncoding("utf8")) {
      const texts = `${rest}${chunk}`.split("\0");
      rest = texts.pop() ?? "";
      for (const text of texts) {
        this.#receive(JSON.parse(text));
      }
    }
  }

  #receive({ id = 0, result = {}, error }: Message): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error !== undefined) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }

  #fail(error: Error): void {
    this.#ended = error;
    for (const { reject } of this.#waiting.values()) {
      reject(error);
    }
    this.#waiting.clear();
  }
}

interface Evaluated<Value> {
  readonly result: { readonly value: Value };
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
  };
}
