import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

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
