import http from "node:http";
import https from "node:https";
import type { OnReadOpts } from "node:net";
import { TransportError, type TransportPhase, UnexpectedAnswerError } from "./errors.ts";
import { HeaderFields } from "./header-fields.ts";
import { hostOf, startOfPath } from "./host.ts";
import { createWays, type Way } from "./node-connections.ts";
import type { Flow, Taker } from "./read-buffer.ts";
import type { Bytes, Content, Transport, TransportRequest, TransportResponse } from "./transport.ts";

/** An `http.Agent` or `https.Agent`. Told by its shape, so that a browser's program compiles without Node's types. */
export interface NodeAgent {
  /** Most connections to one host at a time. */
  maxSockets: number;
  /** Closes the connections that the agent keeps. */
  destroy(): void;
}

/** Finds the addresses of a host, as `dns.lookup` does. */
export type NodeLookup = (
  hostname: string,
  options: { readonly family?: number | "IPv4" | "IPv6" | undefined; readonly all?: boolean | undefined },
  callback: (
    error: Error | null,
    address: string | Array<{ address: string; family: number }>,
    family?: number,
  ) => void,
) => void;

/** Settings of {@link nodeTransport}. */
export interface NodeTransportOptions {
  /**
   * URL of the HTTP proxy that all requests go through, such as `http://name:password@proxy.example.com:3128`;
   * `false` for none, whatever the environment says.
   * @defaultValue `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY` in either case, for hosts that are neither this machine
   * nor in `NO_PROXY`: names, which stand for what is below them too, addresses, networks, each with or without a port
   */
  readonly proxy?: string | false;
  /**
   * Certificates in PEM form of authorities to trust beside those that Node comes with. Those in the file that
   * `NODE_EXTRA_CA_CERTS` names are trusted when this is not given.
   */
  readonly ca?: string | readonly string[];
  /**
   * How names of hosts become addresses. While a name is looked up, nobody else looks it up.
   * @defaultValue `dns.lookup`
   */
  readonly lookup?: NodeLookup;
  /** Agent for `http:` URLs, to replace the transport's own keep-alive agent. It takes the place of all the above. */
  readonly httpAgent?: NodeAgent;
  /** Agent for `https:` URLs, such as one with client certificates. It takes the place of all the above. */
  readonly httpsAgent?: NodeAgent;
  /**
   * Longest wait for a connection, name look-up and TLS included.
   * @defaultValue 30,000
   */
  readonly connectTimeoutMillis?: number;
  /**
   * Longest time without a byte moving while a body is sent or received.
   * @defaultValue 60,000
   */
  readonly idleTimeoutMillis?: number;
}

const DEFAULT_ANSWER_TIMEOUT_MILLIS = 120_000;

/**
 * Creates the transport of Node: `node:http` and `node:https`, connections kept alive and shared, through a proxy where
 * the options or the environment name one.
 *
 * Holds one chunk of a body at a time in each direction, and 128 KiB to read into. An answer that comes while the body
 * is still being sent ends the sending, and the connection is closed after the answer was read.
 *
 * @throws `TypeError` when an agent or a certificate is none, or the proxy is not a URL.
 */
export function nodeTransport(options: NodeTransportOptions = {}): Transport {
  const way = createWays(options);
  return typeof way === "function"
    ? async (request) => new Exchange(request, await way(request.url)).run()
    : (request) => new Exchange(request, way).run();
}

/** One request and its answer, with one limit of time that means what the current phase makes of it. */
class Exchange implements Flow {
  readonly #request: TransportRequest;
  readonly #way: Way;
  readonly #outgoing: http.ClientRequest;
  #phase: TransportPhase = "connecting";
  /** How long nothing may move in this phase, and when that ends by `performance.now()`. */
  #limitMillis = Number.POSITIVE_INFINITY;
  #endMillis = Number.POSITIVE_INFINITY;
  /** Looks whether the end has come, at `#lookMillis`: moving the end is much cheaper than moving a timer. */
  #timer: NodeJS.Timeout | undefined;
  #lookMillis = Number.POSITIVE_INFINITY;
  #failure: unknown;
  /** Ends the wait for an answer. */
  #lose: (error?: Error) => void = () => {};
  /** Rejects the write under way, whose own callback never comes when the connection is lost early. */
  #stopWriting: (reason: unknown) => void = () => {};

  constructor(request: TransportRequest, way: Way) {
    request.signal?.throwIfAborted();
    this.#request = request;
    this.#way = way;
    this.#outgoing = open(request, way);
  }

  run(): Promise<TransportResponse> {
    const { signal } = this.#request;
    if (signal !== undefined) {
      const abort = () => this.#fail(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      this.#outgoing.on("close", () => signal.removeEventListener("abort", abort));
    }
    this.#await(this.#way.connectTimeoutMillis, "connecting");
    this.#outgoing.on("socket", (socket) => {
      if (socket.connecting) {
        socket.once("encrypted" in socket ? "secureConnect" : "connect", () => this.#connected());
      } else {
        this.#connected();
      }
    });
    return this.#answer();
  }

  #answer(): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      this.#outgoing.on("response", (message) => {
        try {
          const response = this.#receive(message);
          this.#stopWriting(ANSWERED);
          resolve(response);
        } catch (error) {
          this.#fail(error);
          reject(error);
        }
      });
      const lost = (error?: Error) => {
        if (this.#phase === "receiving") {
          return; // The reader of the answer is told, and closing is how every exchange ends.
        }
        const reason = this.#explain(error);
        this.#stopWriting(reason);
        reject(reason);
      };
      this.#lose = lost;
      this.#outgoing.on("error", lost);
      this.#outgoing.on("close", () => {
        this.#stopLooking();
        lost();
      });
      this.#send()?.catch((error: unknown) => {
        this.#fail(error);
        reject(this.#explain(error));
      });
    });
  }

  /** Sends the body, and promises its end unless all is handed over. */
  #send(): Promise<void> | undefined {
    const { content } = this.#request;
    if (content === undefined) {
      this.#outgoing.end();
    } else if (content.length > SMALL_CONTENT_BYTES) {
      return this.#stream(content);
    } else if (content.whole instanceof Uint8Array) {
      this.#outgoing.end(content.whole);
    } else {
      return gather(content).then((whole) => void this.#outgoing.end(whole));
    }
  }

  async #stream(content: Content): Promise<void> {
    let sent = 0;
    let turnMillis = performance.now();
    await content
      .writeTo(async (chunk) => {
        sent += chunk.length;
        checkLength(content, sent);
        await this.#write(chunk);
        if (performance.now() - turnMillis > TURN_MILLIS) {
          await nextTurn();
          turnMillis = performance.now();
        }
      })
      .catch((error: unknown) => {
        if (error !== ANSWERED) {
          throw error;
        }
      });
    if (this.#phase === "receiving") {
      return;
    }
    checkComplete(content, sent);
    this.#outgoing.end(() => {
      if (this.#phase === "sending") {
        this.#waiting();
      }
    });
  }

  /** Resolves when the chunk was handed to the system; rejects with {@link ANSWERED} once nobody reads it. */
  #write(chunk: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#phase === "receiving") {
        reject(ANSWERED);
        return;
      }
      this.#stopWriting = reject;
      this.#outgoing.write(chunk, (error) => {
        if (error) {
          reject(this.#explain(error));
          return;
        }
        if (this.#phase === "sending") {
          this.moved();
        }
        resolve();
      });
    });
  }

  #connected(): void {
    if (this.#phase !== "connecting") {
      return;
    }
    const { content } = this.#request;
    if (content === undefined || content.length <= SMALL_CONTENT_BYTES) {
      this.#waiting(); // What is small, the system takes at once.
    } else {
      this.#await(this.#way.idleTimeoutMillis, "sending");
    }
  }

  #waiting(): void {
    this.#await(this.#request.answerTimeoutMillis ?? DEFAULT_ANSWER_TIMEOUT_MILLIS, "waiting");
  }

  #receive(message: http.IncomingMessage): TransportResponse {
    this.#phase = "receiving";
    this.held();
    message.on("error", () => {}); // Told by the reader's loop; a body that nobody reads must not crash the process.
    const status = message.statusCode ?? 0;
    if (status < 200 || status > 599 || (status >= 300 && status < 400 && status !== 304)) {
      throw new UnexpectedAnswerError(
        `${describe(this.#request)} was answered with ${status}: B2 never redirects, and following would leak tokens`,
      );
    }
    const headers = HeaderFields.ofPairs(message.rawHeaders);
    return {
      status,
      headers,
      body: {
        [Symbol.asyncIterator]: () => this.#chunks(message),
        readTo: (take, memory) => this.#readTo(message, headers, { take, memory }),
      },
      discard: () => this.#outgoing.destroy(),
    };
  }

  async #readTo(message: http.IncomingMessage, headers: Headers, taker: Taker): Promise<void> {
    this.resumed();
    try {
      await this.#way.readBuffer.pour(message, headers, taker, this);
    } catch (error) {
      throw this.#explain(error);
    } finally {
      this.#received(message);
    }
  }

  async *#chunks(message: http.IncomingMessage): AsyncGenerator<Bytes> {
    try {
      this.resumed();
      for await (const chunk of message) {
        this.held();
        yield chunk;
        this.resumed();
      }
    } catch (error) {
      throw this.#explain(error);
    } finally {
      this.#received(message);
    }
  }

  /** Ends what the reading of a body held; the connection serves again only when both bodies are through. */
  #received(message: http.IncomingMessage): void {
    this.#stopLooking();
    if (!this.#outgoing.writableFinished || !message.readableEnded) {
      this.#outgoing.destroy();
    }
  }

  moved(): void {
    const nowMillis = performance.now();
    this.#endMillis = nowMillis + this.#limitMillis;
    if (this.#endMillis < this.#lookMillis) {
      this.#lookIn(this.#limitMillis, nowMillis);
    }
  }

  held(): void {
    this.#endMillis = Number.POSITIVE_INFINITY;
  }

  resumed(): void {
    this.#await(this.#way.idleTimeoutMillis, "receiving");
  }

  isAborted(): boolean {
    return this.#request.signal?.aborted === true;
  }

  #await(millis: number, phase: TransportPhase): void {
    this.#phase = phase;
    this.#limitMillis = millis;
    this.moved();
  }

  #lookIn(millis: number, nowMillis: number): void {
    clearTimeout(this.#timer);
    this.#lookMillis = nowMillis + millis;
    this.#timer = setTimeout(() => this.#look(), millis);
  }

  #stopLooking(): void {
    clearTimeout(this.#timer);
    this.#lookMillis = Number.POSITIVE_INFINITY;
    this.held();
  }

  #look(): void {
    this.#lookMillis = Number.POSITIVE_INFINITY;
    const nowMillis = performance.now();
    if (nowMillis < this.#endMillis) {
      if (this.#endMillis !== Number.POSITIVE_INFINITY) {
        this.#lookIn(this.#endMillis - nowMillis, nowMillis);
      }
      return;
    }
    const seconds = Math.round(this.#limitMillis / 1000);
    const reason = `${describe(this.#request)}: nothing moved for ${seconds} s while ${this.#phase}`;
    this.#fail(new TransportError(reason, this.#phase, { code: "TIMEOUT" }));
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#outgoing.destroy();
    this.#lose(); // As long as an agent has no connection for it, the end of a request is not told.
  }

  /** Says what went wrong: our own reason for ending the exchange first, then what the connection reported. */
  #explain(error: unknown): unknown {
    if (this.#failure !== undefined) {
      return this.#failure;
    }
    if (error instanceof TransportError || error instanceof RangeError) {
      return error;
    }
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    const reason = error instanceof Error ? error.message || code : "the connection was closed";
    return new TransportError(
      `${describe(this.#request)} failed while ${this.#phase}: ${reason}`,
      this.#phase,
      {
        ...(code !== undefined && { code }),
        cause: error,
      },
    );
  }
}

/** Up to this length a body leaves in one piece together with its header, for which it is copied. */
const SMALL_CONTENT_BYTES = 64 * 1024;

async function gather(content: Content): Promise<Uint8Array> {
  const whole = new Uint8Array(content.length);
  let length = 0;
  await content.writeTo(async (chunk) => {
    checkLength(content, length + chunk.length);
    whole.set(chunk, length);
    length += chunk.length;
  });
  checkComplete(content, length);
  return whole;
}

function checkLength({ length }: Content, sent: number): void {
  if (sent > length) {
    throw new RangeError(`The body has more than the ${length} bytes that were announced`);
  }
}

function checkComplete({ length }: Content, sent: number): void {
  if (sent < length) {
    throw new RangeError(`The body has ${sent} bytes, but ${length} were announced`);
  }
}

/** After this time a body lets others have the event loop: a socket may take megabytes without a wait. */
const TURN_MILLIS = 4;

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

const ANSWERED = Symbol("the service answered before it had read the body");

function open(request: TransportRequest, way: Way): http.ClientRequest {
  const { url, method, content } = request;
  const host = hostOf(url);
  const secure = host.protocol === "https:";
  const direct: https.RequestOptions & { onread: OnReadOpts | undefined } = {
    protocol: host.protocol,
    hostname: host.hostname,
    port: host.port,
    path: pathOf(url),
    method,
    headers: request.headers, // As an object: a list is quicker, but tools that follow requests add to what they take for an object.
    agent: secure ? way.httpsAgent : way.httpAgent,
    onread: way.readBuffer.onread, // Goes on to the socket; agents of other makers may drop it.
  };
  const options = secure ? direct : (way.forward?.(direct, host.origin) ?? direct);
  const outgoing = (options.protocol === "https:" ? https : http).request(options);
  if (content !== undefined) {
    outgoing.setHeader("Content-Length", content.length);
  }
  return outgoing;
}

/** Cuts the path out of the URL as it was written: the URL parser would resolve `..` inside a file name. */
function pathOf(url: string): string {
  const start = startOfPath(url);
  const fragment = url.indexOf("#", start);
  return start === url.length ? "/" : url.slice(start, fragment === -1 ? undefined : fragment);
}

/** Names an exchange without its query and without the secret part of an upload URL. */
function describe(request: TransportRequest): string {
  const { host, pathname } = new URL(request.url);
  const operation = /^\/b2api\/v\d+\/(\w+)/.exec(pathname)?.[1] ?? pathname.split("/", 2).join("/");
  return `${request.method} ${operation} at ${host}`;
}
