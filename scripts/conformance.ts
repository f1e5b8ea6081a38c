import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative, sep } from "node:path";
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
      reject(new Error(`${program} ${args.join(" ")} fails (${error.code ?? error.signal})\n${stdout}${stderr}`));
    });
    started.stdin?.end(input);
  });
}

/** Installs a package of Debian (as root) unless what it brings is there already. */
export async function installFromDebian(name: string, isThere: () => Promise<boolean>): Promise<void> {
  if (await isThere()) return;
  if (process.getuid?.() !== 0) {
    throw new Error(`Debian's package ${name} is missing, and only root can install it: apt-get install ${name}`);
  }
  console.log(`installing Debian's package ${name}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "--quiet"], { env });
  await run("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", name], { env });
  if (!(await isThere())) throw new Error(`Debian's package ${name} is installed, but does not bring what it should`);
}

/** Tells whether the search path has this command. */
export async function hasCommand(name: string): Promise<boolean> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = await Promise.all(folders.map((folder) => access(join(folder, name)).then(() => true, () => false)));
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

  /** Takes over the counts of steps that ran elsewhere. */
  add(ok: number, failed: number): void {
    this.#ok += ok;
    this.#failed += failed;
  }

  /** Prints the counts and answers the exit code. */
  close(): number {
    console.log(`${this.#ok} ok, ${this.#failed} failed`);
    return this.#failed === 0 && this.#ok > 0 ? 0 : 1;
  }
}

const indented = (text: string) => text.trimEnd().replaceAll(/^/gm, "  ");

/** Lends an emulator that checks its answers, and a temporary folder; both are gone afterwards. */
export async function withEmulator<Result>(
  options: EmulatorOptions,
  use: (emulator: Emulator, folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "b2kit-conformance-"));
  const internalErrors: string[] = [];
  const log = (line: string) => void (line.startsWith("error:") && internalErrors.push(line));
  try {
    const emulator = await startEmulator({ checkAnswers: true, log, ...options });
    try {
      return await use(emulator, folder);
    } finally {
      await emulator.close();
      if (internalErrors.length > 0) console.log(indented(`The emulator reported:\n${internalErrors.join("\n")}`));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Throws unless both values have the same JSON. */
export function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(actual, null, 1), JSON.stringify(expected, null, 1)];
  if (left !== right) throw new Error(`${what}: is ${left}, should be ${right}`);
}

export function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

export const sha1Of = (content: string | Uint8Array) => createHash("sha1").update(content).digest("hex");

/** SHA-1 digests by path, in the order of the paths. */
export type Tree = Readonly<Record<string, string>>;

/** Puts the paths of a tree in order, so that two trees can be compared. */
export function treeOf(entries: Iterable<readonly [path: string, sha1: string]>): Tree {
  return Object.fromEntries([...entries].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Reads the digests of all files below a folder. */
export async function readTree(folder: string): Promise<Tree> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const digests = files.map(
    async (file) => [relative(folder, file).split(sep).join("/"), sha1Of(await readFile(file))] as const,
  );
  return treeOf(await Promise.all(digests));
}

/** Throws unless two trees hold the same files; says which ones differ. */
export function expectSameTree(actual: Tree, expected: Tree): void {
  const paths = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  const wrong = [...paths].filter((path) => actual[path] !== expected[path]);
  const lines = wrong.map((path) => `${JSON.stringify(path)}: ${actual[path]}, should be ${expected[path]}`);
  if (wrong.length > 0) throw new Error(`the trees differ\n${lines.join("\n")}`);
}

/** Bytes that look random and are the same each time. */
export function bytesOf(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0, state = seed; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** Names that clients get wrong: each must come back as it was. */
const difficultNames = [
  "plain.txt",
  "empty file",
  "with several spaces .txt",
  "+plus+and %2B+.txt",
  "percent % %41 100%.txt",
  "hash#and#fragment.txt",
  "question?mark=1&other=2.txt",
  "quotes'\" and `ticks`.txt",
  "signs !$&()*,;=:@[]{}|^~<>.txt",
  "back\\slash.txt",
  "tab\tand\u007fdelete.txt",
  " leading and trailing ",
  "dots.../..hidden/...",
  "日本語/ファイル名.txt",
  "العربية/ملف.txt",
  "Ελληνικά/Кириллица.txt",
  "precomposed é.txt",
  "decomposed/e\u0301.txt",
  "emoji 🎉/👩‍👩‍👧‍👦 family.txt",
  "private \u{e000} and 𝒜stral \u{1f600}.txt",
  `${"s".repeat(200)}/${"文".repeat(66)}/${"🎈".repeat(50)}/${"é".repeat(100)}`,
  "deep/a/b/c/d/e/f/g/h/i/j.txt",
];

/** Writes a tree of small files with difficult names, one empty file, and one file of this many bytes. */
export async function writeDifficultTree(folder: string, largeBytes: number): Promise<Tree> {
  for (const [index, name] of difficultNames.entries()) {
    const content = name.startsWith("empty") ? "" : bytesOf(index * 100 + 1, index + 1);
    await writeAt(join(folder, name), content, index);
  }
  await writeAt(join(folder, "large file.bin"), bytesOf(largeBytes, 7), 100);
  return readTree(folder);
}

/** Writes a file that was last modified some hours before a fixed time. */
async function writeAt(path: string, content: string | Uint8Array, hours: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  const time = Date.UTC(2024, 1, 29, 12, 34, 56, 789) - hours * 3_600_000;
  await utimes(path, time / 1000, time / 1000);
}

/** Reads the modification times of the files of a tree, in whole milliseconds. */
export async function modificationTimes(folder: string, tree: Tree): Promise<Tree> {
  const times = Object.keys(tree).map(async (path) => {
    const { mtimeMs } = await stat(join(folder, path));
    return [path, String(Math.round(mtimeMs))] as const;
  });
  return treeOf(await Promise.all(times));
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
