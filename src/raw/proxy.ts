import http from "node:http";
import https from "node:https";
import { BlockList, isIP, type LookupFunction, type Socket } from "node:net";
import { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import { TransportError } from "./errors.ts";

/** What ways through a proxy need beside its address. */
export interface TunnelOptions {
  readonly connectTimeoutMillis: number;
  readonly lookup: LookupFunction;
  readonly secureContext: SecureContext | undefined;
}

/** Which proxy leads to a URL: the given one, else the environment's; undefined when nothing is in the way. */
export function findProxy(target: URL, given?: string): URL | undefined {
  const proxy = given ?? (isExempt(target) ? undefined : fromEnvironment(target.protocol));
  if (proxy === undefined) {
    return undefined;
  }
  const url = /^[a-z][\w+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
  if (!URL.canParse(url) || !/^https?:\/\/./i.test(url)) {
    // The text is not shown, because it may hold a password.
    throw new TypeError(
      "The proxy is no http(s) URL; for other kinds of proxies give an httpAgent and httpsAgent",
    );
  }
  return new URL(url);
}

function fromEnvironment(protocol: string): string | undefined {
  const names = [`${protocol.slice(0, -1)}_proxy`, "all_proxy"].flatMap((name) => [name, name.toUpperCase()]);
  return names.map((name) => process.env[name]).find(Boolean);
}

/** Tells whether NO_PROXY names a host, or it is this machine, which no proxy of the environment can mean. */
function isExempt({ hostname, port, protocol }: URL): boolean {
  const host = withoutBrackets(hostname);
  const list = process.env.no_proxy || process.env.NO_PROXY || "";
  const loopback = ["localhost", "127.0.0.0/8", "::1"];
  return [...loopback, ...list.toLowerCase().split(/[\s,]+/)].some((entry) => {
    const [, name = "", only] = isIP(entry) ? [entry, entry] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
    const actualPort = port || (protocol === "https:" ? "443" : "80");
    return (only === undefined || only === actualPort) && isNamed(host, withoutBrackets(name));
  });
}

/** Tells whether an entry of NO_PROXY means a host: its name, a domain above it, a network that it is in, or all. */
function isNamed(host: string, entry: string): boolean {
  const [, base = "", bits = ""] = /^(.+)\/(\d+)$/.exec(entry) ?? [];
  const family = isIP(base);
  if (family !== 0) {
    return family === isIP(host) && isInNetwork(host, base, Number(bits));
  }
  const domain = entry.replace(/^\*?\./, "");
  return entry === "*" || (domain !== "" && (host === domain || host.endsWith(`.${domain}`)));
}

function isInNetwork(host: string, base: string, bits: number): boolean {
  const family = isIP(host) === 6 ? "ipv6" : "ipv4";
  const network = new BlockList();
  network.addSubnet(base, Math.min(bits, family === "ipv6" ? 128 : 32), family);
  return network.check(host, family);
}

/**
 * Sends requests for `http:` URLs to a proxy, which is told the whole URL. Each takes a connection of its own, because
 * some proxies close it after one answer without saying so.
 */
export function createForward(proxy: URL, { lookup, secureContext }: TunnelOptions) {
  const agent =
    proxy.protocol === "https:" ? new https.Agent({ lookup, secureContext }) : new http.Agent({ lookup });
  return (options: https.RequestOptions, origin: string): https.RequestOptions => ({
    ...options,
    ...addressOf(proxy),
    agent,
    path: `${origin}${options.path}`,
    headers: { ...options.headers, Host: new URL(origin).host, ...authorizationFor(proxy) },
  });
}

/** Keeps encrypted connections that lead through a proxy, which sees nothing but the name of the host. */
export class TunnelAgent extends https.Agent {
  readonly #proxy: URL;
  readonly #tunnel: TunnelOptions;

  constructor(proxy: URL, tunnel: TunnelOptions) {
    super({ keepAlive: true, scheduling: "lifo", secureContext: tunnel.secureContext });
    this.#proxy = proxy;
    this.#tunnel = tunnel;
  }

  override createConnection(
    options: https.RequestOptions,
    callback: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#open(options).then(
      (socket) => callback(null, socket),
      (error) => callback(error, new Duplex()),
    );
  }

  /** Opens a connection and waits until it is encrypted, for as long as a connection may take. */
  #open(options: https.RequestOptions): Promise<Duplex> {
    const { connectTimeoutMillis } = this.#tunnel;
    return new Promise((resolve, reject) => {
      const host = withBrackets(options.host ?? "");
      const request = this.#ask(`${host}:${options.port}`);
      const give = (settle: () => void) => {
        clearTimeout(timer);
        settle();
      };
      const fail = (error: Error) => give(() => reject(error));
      const timer = setTimeout(() => {
        request.destroy();
        fail(this.#tooSlow(host));
      }, connectTimeoutMillis);
      request.once("error", fail);
      request.once("connect", ({ statusCode = 0 }, socket: Socket, head: Uint8Array) => {
        if (statusCode < 200 || statusCode > 299) {
          socket.destroy();
          fail(refusal(this.#proxy, host, statusCode));
          return;
        }
        socket.unshift(head);
        const through: https.RequestOptions & { socket: Socket } = { ...options, socket };
        const secure = super.createConnection(through);
        secure?.once("error", fail).once("secureConnect", () => give(() => resolve(secure)));
      });
      request.end();
    });
  }

  #ask(target: string): http.ClientRequest {
    const { lookup, secureContext } = this.#tunnel;
    const options = {
      ...addressOf(this.#proxy),
      ...(secureContext && { secureContext }),
      method: "CONNECT",
      path: target,
      headers: { Host: target, ...authorizationFor(this.#proxy) },
      agent: false,
      lookup,
    };
    return (this.#proxy.protocol === "https:" ? https : http).request(options);
  }

  #tooSlow(host: string): TransportError {
    const seconds = Math.round(this.#tunnel.connectTimeoutMillis / 1000);
    const message = `The proxy at ${this.#proxy.host} opened no connection to ${host} within ${seconds} s`;
    return new TransportError(message, "connecting", { code: "TIMEOUT" });
  }
}

/** What a proxy refuses, it refuses again; what it cannot do now, it may do later. */
function refusal(proxy: URL, host: string, status: number): TransportError {
  const message = `The proxy at ${proxy.host} answered ${status} instead of opening a connection to ${host}`;
  const mayPass = status >= 500 || status === 408 || status === 429;
  return new TransportError(message, "connecting", { code: mayPass ? "PROXY_FAILED" : "PROXY_REFUSED" });
}

function addressOf({ protocol, hostname, port }: URL) {
  return { protocol, hostname: withoutBrackets(hostname), port: port || (protocol === "https:" ? 443 : 80) };
}

function authorizationFor({ username, password }: URL): { "Proxy-Authorization"?: string } {
  if (username === "" && password === "") {
    return {};
  }
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "Proxy-Authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** Gives an IPv6 address as sockets want it. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

function withBrackets(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
