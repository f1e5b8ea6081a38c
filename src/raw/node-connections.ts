import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import type { LookupFunction } from "node:net";
import type { SecureContext } from "node:tls";
import { once } from "../once.ts";
import type { NodeAgent, NodeLookup, NodeTransportOptions } from "./node-transport.ts";
import type { TunnelOptions } from "./proxy.ts";
import { ReadBuffer } from "./read-buffer.ts";

/** Gives the way to every URL, or what finds it where a proxy may be in between. */
export function createWays(options: NodeTransportOptions): Way | ((url: string) => Promise<Way>) {
  const lookup = shareLookups(options.lookup);
  const secureContext = trusting(options.ca);
  const shared = { keepAlive: true, scheduling: "lifo", lookup } as const;
  const direct: Way = {
    httpAgent: checkAgent(options.httpAgent) ?? new http.Agent(shared),
    httpsAgent: checkAgent(options.httpsAgent) ?? new https.Agent({ ...shared, secureContext }),
    connectTimeoutMillis: options.connectTimeoutMillis ?? 30_000,
    idleTimeoutMillis: options.idleTimeoutMillis ?? 60_000,
    readBuffer: new ReadBuffer(),
  };
  if (!mayHaveProxy(options)) {
    return direct;
  }
  const ways = new ProxiedWays(options, direct, { ...direct, lookup, secureContext });
  return (url) => ways.to(url);
}

/** What exchanges over one way share: their connections, limits and memory. */
export interface Way {
  readonly httpAgent: http.Agent;
  readonly httpsAgent: http.Agent;
  readonly connectTimeoutMillis: number;
  readonly idleTimeoutMillis: number;
  readonly readBuffer: ReadBuffer;
  /** Changes a request for an `http:` URL on its way. */
  readonly forward?: (options: https.RequestOptions, origin: string) => https.RequestOptions;
}

function mayHaveProxy({ proxy, httpAgent, httpsAgent }: NodeTransportOptions): boolean {
  const names = ["http_proxy", "https_proxy", "all_proxy"].flatMap((name) => [name, name.toUpperCase()]);
  const isNamed = proxy !== undefined || names.some((name) => process.env[name]);
  return proxy !== false && isNamed && (httpAgent === undefined || httpsAgent === undefined);
}

const loadProxy = once(() => import("./proxy.ts"));

/** Knows for each URL whether it is reached through a proxy, and keeps the connections through each. */
class ProxiedWays {
  readonly #options: NodeTransportOptions;
  readonly #direct: Way;
  readonly #tunnel: TunnelOptions;
  readonly #ways = new Map<string, Way>();

  constructor(options: NodeTransportOptions, direct: Way, tunnel: TunnelOptions) {
    this.#options = options;
    this.#direct = direct;
    this.#tunnel = tunnel;
  }

  async to(url: string): Promise<Way> {
    const { createForward, findProxy, TunnelAgent } = await loadProxy();
    const { proxy: given, httpAgent, httpsAgent } = this.#options;
    const proxy = findProxy(new URL(url), given || undefined);
    if (proxy === undefined) {
      return this.#direct;
    }
    const known = this.#ways.get(proxy.href);
    const way = known ?? {
      ...this.#direct,
      ...(httpsAgent === undefined && { httpsAgent: new TunnelAgent(proxy, this.#tunnel) }),
      ...(httpAgent === undefined && { forward: createForward(proxy, this.#tunnel) }),
    };
    this.#ways.set(proxy.href, way);
    return way;
  }
}

/** Lets all who ask for a name at the same time share one look-up: Node keeps none, and makes few side by side. */
function shareLookups(look: NodeLookup = lookUp): LookupFunction {
  const waiting = new Map<string, Array<Parameters<LookupFunction>[2]>>();
  return (hostname, options, callback) => {
    const key = JSON.stringify([hostname, options]);
    const others = waiting.get(key);
    if (others !== undefined) {
      others.push(callback);
      return;
    }
    const all = [callback];
    waiting.set(key, all);
    look(hostname, options, (...answer) => {
      waiting.delete(key);
      for (const each of all) {
        each(...answer);
      }
    });
  };
}

const lookUp: NodeLookup = (hostname, options, callback) => dns.lookup(hostname, options, callback);

/** Trusts more authorities than Node comes with. Made once, because reading so many takes its time. */
function trusting(ca: string | readonly string[] = []): SecureContext | undefined {
  const added = typeof ca === "string" ? [ca] : ca;
  if (added.some((text) => !text.includes("-----BEGIN CERTIFICATE-----"))) {
    throw new TypeError("ca must be certificates in PEM form, which contain -----BEGIN CERTIFICATE-----");
  }
  return added.length === 0 ? undefined : readTrusted(added);
}

function readTrusted(added: readonly string[]): SecureContext {
  const tls = process.getBuiltinModule("node:tls"); // An import of it would copy all certificates at every start.
  return tls.createSecureContext({ ca: [...tls.rootCertificates, ...added] });
}

function checkAgent(agent: NodeAgent | undefined): http.Agent | undefined {
  if (agent !== undefined && !(agent instanceof http.Agent)) {
    throw new TypeError("httpAgent and httpsAgent must be agents of node:http and node:https");
  }
  return agent;
}
