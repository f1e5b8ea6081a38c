import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A server on a free port of loopback, with a folder of its own. */
export interface Server {
  readonly url: string;
  /** The lines that it has printed. */
  readonly said: readonly string[];
  /** Ends it without a warning to its clients. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

/** How a kind of server is started. */
interface Recipe {
  readonly command: string;
  readonly args: readonly string[];
  readonly url: string;
  /** What it prints when clients can come. */
  readonly ready: RegExp;
  readonly folder: string;
  /** Ends it at once, and whatever it started. */
  readonly deadlySignal: "KILL" | "QUIT";
  readonly user?: { readonly uid: number; readonly gid: number };
}

export async function startRedis(): Promise<Server> {
  const [folder, port] = [await mkdtemp(join(tmpdir(), "b2kit-redis-")), await freePort()];
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  return await start({
    command: "redis-server",
    args,
    url: `redis://127.0.0.1:${port}`,
    ready: /Ready to accept connections/,
    folder,
    deadlySignal: "KILL",
  });
}

/** @param programs - Folder of `initdb` and `postgres`. */
export async function startPostgres(programs: string): Promise<Server> {
  const [folder, port] = [await mkdtemp(join(tmpdir(), "b2kit-postgres-")), await freePort()];
  const user = process.getuid?.() === 0 ? await unprivilegedUser("postgres") : undefined;
  if (user) {
    await chown(folder, user.uid, user.gid); // PostgreSQL refuses to run as root.
  }
  const init = ["-D", folder, "-U", "b2kit", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"];
  await run(join(programs, "initdb"), init, { ...user, cwd: folder });
  return await start({
    command: join(programs, "postgres"),
    args: ["-D", folder, "-p", `${port}`, "-h", "127.0.0.1", "-k", "", "-F"],
    url: `postgresql://b2kit:no-password@127.0.0.1:${port}/postgres`,
    ready: /ready to accept connections/,
    folder,
    deadlySignal: "QUIT",
    ...(user && { user }),
  });
}

async function unprivilegedUser(name: string): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => (await run("id", [flag, name])).stdout),
  );
  return { uid: Number(uid), gid: Number(gid) };
}

/** Starts tinyproxy, which lets in who knows name and password, and prints the requests that it gets. */
export async function startTinyproxy(name: string, password: string): Promise<Server> {
  const [folder, port] = [await mkdtemp(join(tmpdir(), "b2kit-tinyproxy-")), await freePort()];
  const lines = [
    `Port ${port}`,
    "Listen 127.0.0.1",
    "Timeout 60",
    "LogLevel Info",
    `BasicAuth ${name} ${password}`,
  ];
  const path = join(folder, "tinyproxy.conf");
  await writeFile(path, `${lines.join("\n")}\n`);
  return await start({
    command: "tinyproxy",
    args: ["-d", "-c", path],
    url: `http://${name}:${password}@127.0.0.1:${port}`,
    ready: /Accepting connections/,
    folder,
    deadlySignal: "KILL",
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function start(recipe: Recipe): Promise<Server> {
  const said: string[] = [];
  let running = await launch(recipe, said);
  const kill = async () => {
    if (running.exitCode === null && running.signalCode === null) {
      running.stdin?.end();
      await once(running, "exit");
    }
  };
  return {
    url: recipe.url,
    said,
    kill,
    restart: async () => {
      await kill();
      running = await launch(recipe, said);
    },
    close: async () => {
      await kill();
      await rm(recipe.folder, { recursive: true, force: true });
    },
  };
}

/** Starts a server that dies when its standard input ends, and so with this process, however that ends. */
async function launch(
  { command, args, ready, folder, deadlySignal, user }: Recipe,
  said: string[],
): Promise<ChildProcess> {
  const script = `exec 3<&0; (cat <&3 >/dev/null; kill -${deadlySignal} $$) & exec "$@" 3<&- </dev/null`;
  const server = spawn("sh", ["-c", script, "sh", command, ...args], { ...user, cwd: folder });
  return await new Promise((resolve, reject) => {
    const read = (line: string) => {
      said.push(line);
      if (ready.test(line)) {
        resolve(server);
      }
    };
    createInterface(server.stdout).on("line", read);
    createInterface(server.stderr).on("line", read);
    server.once("error", reject);
    server.once("exit", () => {
      server.stdin.end();
      reject(new Error(`${command} ended:\n${said.join("\n")}`));
    });
  });
}
