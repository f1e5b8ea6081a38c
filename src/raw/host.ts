/** What a URL says before its path. */
type Host = Pick<URL, "protocol" | "hostname" | "port" | "origin">;

/** Hosts by what names them in URLs: there are few, and looking closely at every URL takes its time. */
const hosts = new Map<string, Host>();
const MOST_HOSTS = 1000;

/** @throws `TypeError` for a URL that no request can be sent to. */
export function hostOf(url: string): Host {
  const named = url.slice(0, startOfPath(url));
  const known = hosts.get(named);
  if (known !== undefined) {
    return known;
  }
  const { protocol, hostname, port, origin } = new URL(named);
  if (protocol !== "http:" && protocol !== "https:") {
    throw new TypeError(`${protocol} is not a protocol of B2: expected https`);
  }
  const host = { protocol, hostname: hostname.replace(/^\[(.*)\]$/, "$1"), port, origin };
  if (hosts.size >= MOST_HOSTS) {
    hosts.clear();
  }
  hosts.set(named, host);
  return host;
}

/** Gives the position behind the host, where the path begins. */
export function startOfPath(url: string): number {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  return start === -1 ? url.length : start;
}
