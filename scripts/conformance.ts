import { execFile } from "node:child_process";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Emulator, type EmulatorOptions, startEmulator } from "../src/emulator/index.ts";

/** What a program printed. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a program. */
export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** What the program reads from its standard input. */
  readonly input?: string | Uint8Array;
}

const longestRunMillis = 300_000;

/**
 * Runs a program and answers what it printed.
 *
 * @throws with everything that it printed when its exit code is not zero.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Printed> {
  const { env = process.env, cwd, input } = options;
  const settings = { env, cwd, maxBuffer: 64 << 20, timeout: longestRunMillis };
  return new Promise((resolve, reject) => {
    const started = execFile(program, args, settings, (error, stdout, stderr) => {
      if (!error) return resolve({ stdout, stderr });
      reject(
        new Error(`${program} ${args.join(" ")} fails (${error.code ?? error.signal})\n${stdout}${stderr}`),
      );
    });
    started.stdin?.end(input);
  });
}

/** Installs a package of Debian (as root) unless what it brings is there already. */
export async function installFromDebian(name: string, isThere: () => Promise<boolean>): Promise<void> {
  if (await isThere()) return;
  if (process.getuid?.() !== 0) {
    throw new Error(
      `Debian's package ${name} is missing, and only root can install it: apt-get install ${name}`,
    );
  }
  console.log(`installing Debian's package ${name}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "--quiet"], { env });
  await run("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", name], { env });
  if (!(await isThere()))
    throw new Error(`Debian's package ${name} is installed, but does not bring what it should`);
}

/** Tells whether the search path has this command. */
export async function hasCommand(name: string): Promise<boolean> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/** Runs steps one after the other, prints a line for each, and counts. */
export class Steps {
  #ok = 0;
  #failed = 0;

  /**
   * Runs one step; a failed one does not end the run.
   *
   * @param action - May answer a few words on what it did.
   */
  async step(name: string, action: () => Promise<string | undefined>): Promise<void> {
    try {
      const words = await action();
      this.#ok++;
      console.log(`ok ${name}${words ? `: ${words}` : ""}`);
    } catch (error) {
      this.#failed++;
      console.log(`FAILED ${name}`);
      console.log(indented(error instanceof Error ? error.message : String(error)));
    }
  }

  /** Prints the counts and answers the exit code. */
  close(): number {
    console.log(`${this.#ok} passed, ${this.#failed} failed`);
    return this.#failed === 0 && this.#ok > 0 ? 0 : 1;
  }
}

const indented = (text: string) => text.trimEnd().replaceAll(/^/gm, "  ");

/**
 * Lends an emulator that checks its answers, and a temporary folder; both are gone afterwards, also when the run is
 * interrupted.
 *
 * @throws when the emulator had an internal error: a client that tries again may not have noticed.
 */
export async function withEmulator<Result>(
  options: EmulatorOptions,
  use: (emulator: Emulator, folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "b2kit-conformance-"));
  const internalErrors: string[] = [];
  const log = (line: string) => void (line.startsWith("error:") && internalErrors.push(line));
  const emulator = await startEmulator({ checkAnswers: true, log, ...options });
  const clean = async () => {
    await emulator.close();
    await rm(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void clean().finally(() => process.exit(1)));
  }
  const result = await use(emulator, folder).finally(clean);
  if (internalErrors.length > 0) throw new Error(`The emulator reported:\n${internalErrors.join("\n")}`);
  return result;
}

/** Throws unless both values have the same JSON. */
export function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(actual, null, 1), JSON.stringify(expected, null, 1)];
  if (left !== right) throw new Error(`${what}: is ${left}, should be ${right}`);
}

export function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** The least of a B2 client: what a step needs beside the client that it tests. */
export class Account {
  readonly #emulator: Emulator;
  readonly #token: string;

  private constructor(emulator: Emulator, token: string) {
    this.#emulator = emulator;
    this.#token = token;
  }

  static async authorize(emulator: Emulator): Promise<Account> {
    const pair = Buffer.from(`${emulator.applicationKeyId}:${emulator.applicationKey}`).toString("base64");
    const headers = { Authorization: `Basic ${pair}` };
    const answer = await fetch(`${emulator.url}/b2api/v4/b2_authorize_account`, { headers });
    const { authorizationToken } = (await answer.json()) as { authorizationToken: string };
    return new Account(emulator, authorizationToken);
  }

  /** The ID of the one bucket that there is. */
  async onlyBucketId(): Promise<string> {
    const { buckets } = await this.call<{ buckets: { bucketId: string }[] }>("b2_list_buckets", {});
    const [bucket] = buckets;
    if (!bucket || buckets.length > 1) throw new Error(`there are ${buckets.length} buckets`);
    return bucket.bucketId;
  }

  async call<Answer>(operation: string, body: object): Promise<Answer> {
    const answer = await fetch(`${this.#emulator.url}/b2api/v4/${operation}`, {
      method: "POST",
      headers: { Authorization: this.#token },
      body: JSON.stringify({ accountId: this.#emulator.accountId, ...body }),
    });
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${operation}: ${JSON.stringify(json)}`);
    return json as Answer;
  }
}
