import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { B2Api } from "../src/b2-api.ts";
import { Clock, type Emulator, type Fault } from "../src/emulator/index.ts";
import { sync } from "../src/sync/index.ts";
import { runCommand } from "./command.ts";
import {
  Account,
  expect,
  expectSame,
  hasCommand,
  installFromDebian,
  type Printed,
  run,
  Steps,
  withEmulator,
} from "./conformance.ts";
import {
  bytesOf,
  expectSameTree,
  modificationTimes,
  readTree,
  sha1Of,
  type Tree,
  treeOf,
  writeDifficultTree,
} from "./file-tree.ts";

const hourMillis = 3_600_000;
const largeBytes = 12_345_678;
const bucketName = "rclone-conformance";
const bucket = `b2:${bucketName}`;

/** Makes rclone send the large file of the tree in parts, and copy it in parts. */
const smallParts = ["--b2-upload-cutoff=5M", "--b2-chunk-size=5M", "--b2-copy-cutoff=5M"];

/** One line of `rclone lsjson`, as far as the steps look at it. */
interface Listed {
  readonly Path: string;
  readonly Size: number;
  readonly IsDir: boolean;
  readonly Hashes?: { readonly sha1: string };
}

/** What the steps work with. */
interface Scene {
  readonly emulator: Emulator;
  readonly steps: Steps;
  readonly rclone: Rclone;
  /** Folder for what the steps write. */
  readonly folder: string;
  /** The tree on disk that is copied up. */
  readonly source: string;
  readonly tree: Tree;
}

/** rclone with a remote `b2:` on the emulator, set up by environment variables only. Gives up at the first error. */
class Rclone {
  readonly #env: NodeJS.ProcessEnv;

  constructor(folder: string, { url }: Emulator, applicationKeyId: string, applicationKey: string) {
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith("RCLONE_"));
    this.#env = {
      ...Object.fromEntries(others),
      RCLONE_CONFIG: join(folder, "rclone.conf"), // is empty
      RCLONE_CONFIG_B2_TYPE: "b2",
      RCLONE_CONFIG_B2_ACCOUNT: applicationKeyId,
      RCLONE_CONFIG_B2_KEY: applicationKey,
      RCLONE_CONFIG_B2_ENDPOINT: url,
      RCLONE_RETRIES: "1",
      RCLONE_LOW_LEVEL_RETRIES: "1",
    };
  }

  /** Runs a command, shows it, and answers what it printed. */
  async run(...args: readonly string[]): Promise<Printed> {
    console.log(`  $ rclone ${args.map(shown).join(" ")}`);
    const printed = await run("rclone", args, { env: this.#env });
    if (printed.stderr) console.log(printed.stderr.trimEnd().replaceAll(/^/gm, "    "));
    return printed;
  }

  /** Runs a command and insists that it fails. */
  async fail(...args: readonly string[]): Promise<string> {
    console.log(`  $ rclone ${args.map(shown).join(" ")}   (must fail)`);
    const error: unknown = await run("rclone", args, { env: this.#env }).then(
      () => undefined,
      (reason) => reason,
    );
    if (error instanceof Error) return error.message;
    throw new Error(`rclone ${args.join(" ")} succeeds`);
  }

  /** Sends text or bytes to a name. */
  async rcat(content: string | Uint8Array, target: string, ...flags: readonly string[]): Promise<void> {
    await run("rclone", ["rcat", ...flags, target], { env: this.#env, input: content });
  }

  async cat(target: string, ...flags: readonly string[]): Promise<string> {
    return (await this.run("cat", ...flags, target)).stdout;
  }

  async list(target: string, ...flags: readonly string[]): Promise<Listed[]> {
    const { stdout } = await this.run("lsjson", "--recursive", "--files-only", "--hash", ...flags, target);
    return JSON.parse(stdout) as Listed[];
  }

  /** The digests of all files below a place, as the listing tells them. */
  async tree(target: string): Promise<Tree> {
    const files = await this.list(target);
    return treeOf(files.map(({ Path, Hashes }) => [asNamed(Path), Hashes?.sha1 ?? "none"] as const));
  }

  async names(target: string, ...flags: readonly string[]): Promise<string[]> {
    const { stdout } = await this.run("lsf", "--files-only", ...flags, target);
    return stdout.split("\n").filter(Boolean);
  }
}

/** Undoes rclone's notation of control characters, which the service does not take and rclone replaces. */
function asNamed(path: string): string {
  return path
    .replaceAll("␡", "\u007f")
    .replaceAll(/[␀-␟]/g, (picture) => String.fromCodePoint((picture.codePointAt(0) ?? 0) - 0x2400));
}

/** An argument as a shell would take it. */
const shown = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

async function main(): Promise<number> {
  await installFromDebian("rclone", () => hasCommand("rclone"));
  console.log((await run("rclone", ["version"])).stdout.split("\n")[0]);
  const steps = new Steps();
  const clock = new Clock();
  clock.advance(-72 * hourMillis); // rclone's clean-up looks for files that are older than a day
  await withEmulator({ clock }, async (emulator, folder) => {
    const source = join(folder, "source");
    const tree = await writeDifficultTree(source, largeBytes);
    await writeFile(join(folder, "rclone.conf"), "");
    const { applicationKeyId, applicationKey } = emulator;
    const rclone = new Rclone(folder, emulator, applicationKeyId, applicationKey);
    const scene: Scene = { emulator, steps, rclone, folder, source, tree };
    await copyUpAndDown(scene);
    await copyOnTheServer(scene);
    await agreeWithSync(scene);
    await keepVersions(scene);
    await useOtherCommands(scene);
    await restrictKeys(scene);
    await survive(scene);
    await probeNames(scene);
    await removeAll(scene);
  });
  return steps.close();
}

async function copyUpAndDown({ emulator, steps, rclone, folder, source, tree }: Scene): Promise<void> {
  const bytes = (files: readonly Listed[]) => files.reduce((sum, { Size }) => sum + Size, 0);
  const copy = join(folder, "copy");

  await steps.step("mkdir makes a bucket", async () => {
    await rclone.run("mkdir", bucket);
    const { stdout } = await rclone.run("lsd", "b2:");
    expect(stdout.trimEnd().endsWith(bucketName), `lsd prints ${stdout}`);
    return undefined;
  });
  await steps.step("an unfinished large file is left behind", async () => {
    const account = await Account.authorize(emulator);
    const bucketId = await account.onlyBucketId();
    await account.call("b2_start_large_file", { bucketId, fileName: "left", contentType: "b2/x-auto" });
    emulator.clock.advance(72 * hourMillis);
    return undefined;
  });
  await steps.step("copy sends a tree", async () => {
    await rclone.run("copy", source, `${bucket}/tree`, ...smallParts);
    const parts = emulator.requests.count("b2_upload_part");
    expect(parts === 3, `the large file has ${parts} parts`);
    return `${Object.keys(tree).length} files, ${parts} parts`;
  });
  await steps.step("lsjson lists it with the right SHA-1 digests", async () => {
    expectSameTree(await rclone.tree(`${bucket}/tree`), tree);
    return undefined;
  });
  await steps.step("size counts it", async () => {
    const { stdout } = await rclone.run("size", "--json", `${bucket}/tree`);
    const { count, bytes: sum } = JSON.parse(stdout) as { count: number; bytes: number };
    expectSame([count, sum], [Object.keys(tree).length, bytes(await rclone.list(source))], "count and bytes");
    return `${count} files, ${sum} bytes`;
  });
  await steps.step("check finds no difference", async () => {
    await rclone.run("check", source, `${bucket}/tree`);
    return undefined;
  });
  await steps.step("check --download finds no difference", async () => {
    await rclone.run("check", "--download", source, `${bucket}/tree`);
    return undefined;
  });
  await steps.step("check finds a difference", async () => {
    await rclone.rcat("something else", `${bucket}/different/plain.txt`);
    const message = await rclone.fail("check", "--one-way", `${bucket}/different`, source);
    expect(message.includes("1 differences found"), message);
    await rclone.run("delete", "--b2-hard-delete", `${bucket}/different`);
    return undefined;
  });
  await steps.step("copy brings it back, contents and modification times", async () => {
    await rclone.run("copy", `${bucket}/tree`, copy);
    expectSameTree(await readTree(copy), tree);
    expectSameTree(await modificationTimes(copy, tree), await modificationTimes(source, tree));
    return undefined;
  });
  await steps.step("a second copy transfers nothing", async () => {
    const before = emulator.requests.count("b2_upload_file");
    await rclone.run("copy", source, `${bucket}/tree`, ...smallParts);
    expectSame(emulator.requests.count("b2_upload_file"), before, "uploads");
    return undefined;
  });
  await steps.step("sync removes what is gone and sends what is new", async () => {
    await rm(join(copy, "plain.txt"));
    await writeFile(join(copy, "new + name.txt"), "new");
    await rclone.run("sync", copy, `${bucket}/tree`, ...smallParts);
    expectSameTree(await rclone.tree(`${bucket}/tree`), await readTree(copy));
    await rclone.run("sync", source, `${bucket}/tree`, ...smallParts);
    expectSameTree(await rclone.tree(`${bucket}/tree`), tree);
    return undefined;
  });
  await steps.step("lsf lists one folder at a time", async () => {
    await rclone.rcat("a", `${bucket}/flat/a`);
    await rclone.rcat("b", `${bucket}/flat/sub/b`);
    const { stdout } = await rclone.run("lsf", `${bucket}/flat`);
    expectSame(stdout, "a\nsub/\n", "entries");
    return undefined;
  });
}

async function copyOnTheServer({ emulator, steps, rclone, folder, tree }: Scene): Promise<void> {
  const uploads = () => emulator.requests.count("b2_upload_file") + emulator.requests.count("b2_upload_part");

  await steps.step("copyto copies a small file on the server", async () => {
    const [copies, sent] = [emulator.requests.count("b2_copy_file"), uploads()];
    await rclone.run("copyto", `${bucket}/tree/+plus+and %2B+.txt`, `${bucket}/copied/1 + 1%.txt`);
    expectSame(await rclone.tree(`${bucket}/copied`), { "1 + 1%.txt": tree["+plus+and %2B+.txt"] }, "copy");
    expect(emulator.requests.count("b2_copy_file") === copies + 1 && uploads() === sent, "rclone sent bytes");
    return undefined;
  });
  await steps.step("copyto copies a large file in parts on the server", async () => {
    const sent = uploads();
    await rclone.run("copyto", `${bucket}/tree/large file.bin`, `${bucket}/copied/large`, ...smallParts);
    await rclone.run("copyto", `${bucket}/copied/large`, join(folder, "large"));
    expectSame(sha1Of(await readFile(join(folder, "large"))), tree["large file.bin"], "SHA-1");
    const parts = emulator.requests.count("b2_copy_part");
    expect(parts === 3 && uploads() === sent, `${parts} parts were copied, ${uploads() - sent} uploads made`);
    return `${parts} parts`;
  });
  await steps.step("copy copies the tree on the server", async () => {
    const sent = uploads();
    await rclone.run("copy", `${bucket}/tree`, `${bucket}/second tree`, ...smallParts);
    const { "large file.bin": _, ...small } = tree;
    const { "large file.bin": __, ...copied } = await rclone.tree(`${bucket}/second tree`);
    expectSameTree(copied, small);
    await rclone.run("check", "--download", `${bucket}/tree`, `${bucket}/second tree`);
    expectSame(uploads(), sent, "uploads");
    return undefined;
  });
  await steps.step("move renames the tree on the server", async () => {
    await rclone.run("move", `${bucket}/second tree`, `${bucket}/moved/here`);
    expectSame(await rclone.names(`${bucket}/second tree`, "--recursive"), [], "what is left");
    await rclone.run("check", "--download", `${bucket}/tree`, `${bucket}/moved/here`);
    return undefined;
  });
  await steps.step("moveto renames one file", async () => {
    await rclone.run("moveto", `${bucket}/copied/1 + 1%.txt`, `${bucket}/copied/2?.txt`);
    expectSame(await rclone.names(`${bucket}/copied`), ["2?.txt", "large"], "names");
    return undefined;
  });
  await steps.step("move takes a file up and back", async () => {
    await mkdir(join(folder, "box"), { recursive: true });
    await writeFile(join(folder, "box", "thing"), "thing");
    await rclone.run("move", join(folder, "box"), `${bucket}/box`);
    expectSame(await readTree(join(folder, "box")), {}, "what is left here");
    await rclone.run("move", `${bucket}/box`, join(folder, "box"));
    expectSame(await readTree(join(folder, "box")), { thing: sha1Of("thing") }, "what came back");
    expectSame(await rclone.names(`${bucket}/box`), [], "what is left there");
    return undefined;
  });
  await steps.step("touch changes the modification time on the server", async () => {
    const sent = uploads();
    await rclone.run("touch", "--no-create", "--timestamp", "2020-02-02T02:02:02", `${bucket}/copied/2?.txt`);
    const { stdout } = await rclone.run("lsf", "--format=tp", "--timeout=1m", `${bucket}/copied/2?.txt`);
    expectSame([stdout, uploads()], ["2020-02-02 02:02:02;2?.txt\n", sent], "time and uploads");
    return undefined;
  });
}

/** Synchronises by b2kit and lets rclone judge. */
async function agreeWithSync({ emulator, steps, rclone, folder, source }: Scene): Promise<void> {
  const { url: realm, applicationKeyId, applicationKey } = emulator;
  const b2 = new B2Api({ realm, applicationKeyId, applicationKey });
  const remote = `b2://${bucketName}`;
  const target = join(folder, "synchronised");
  const synchronise = async (from: string, to: string) => {
    const excludeFileRegexes = ["tab", "back"]; // rclone stores these two under other names.
    const result = await sync(from, to, { b2, keepDaysOrDelete: "delete", excludeFileRegexes }).result;
    expect(result.isComplete, JSON.stringify(result));
    return result;
  };
  const agree = (one: string, other: string) =>
    rclone.run("check", "--exclude=tab*", "--exclude=back*", one, other);

  await steps.step("check agrees with b2kit's sync to the service", async () => {
    const { transferred } = await synchronise(source, `${remote}/synchronised`);
    await agree(source, `${bucket}/synchronised`);
    return `${transferred.files} files`;
  });
  await steps.step("check agrees with b2kit's sync inside the service", async () => {
    await synchronise(`${remote}/synchronised`, `${remote}/again`);
    await agree(`${bucket}/synchronised`, `${bucket}/again`);
    return undefined;
  });
  await steps.step("check agrees with b2kit's sync from the service", async () => {
    await synchronise(`${remote}/again`, target);
    await agree(`${bucket}/again`, target);
    return undefined;
  });
  await steps.step("check agrees after files came, went and changed", async () => {
    await rm(join(target, "plain.txt"));
    await writeFile(join(target, "new + name.txt"), "new");
    await writeFile(join(target, "empty file"), "no longer empty");
    const { transferred, removed } = await synchronise(target, `${remote}/again`);
    await agree(target, `${bucket}/again`);
    expectSame([transferred.files, removed.deleted], [2, 2], "transfers and deleted versions");
    return undefined;
  });
  await steps.step(
    "b2kit's sync has nothing to do where rclone copied, nor rclone where b2kit did",
    async () => {
      await rclone.run("copy", target, `${bucket}/by rclone`, ...smallParts);
      const { transferred } = await synchronise(`${remote}/by rclone`, target);
      expectSame(transferred.files, 0, "files");
      const sent = emulator.requests.count("b2_upload_file");
      await rclone.run("copy", target, `${bucket}/again`, ...smallParts);
      expectSame(emulator.requests.count("b2_upload_file"), sent, "uploads");
      return undefined;
    },
  );
}

async function keepVersions({ emulator, steps, rclone }: Scene): Promise<void> {
  const place = `${bucket}/versions`;
  const moments: string[] = [];

  await steps.step("--b2-versions shows former versions", async () => {
    emulator.clock.advance(-10 * hourMillis);
    for (const content of ["first", "second", "third"]) {
      await rclone.rcat(content, `${place}/note.txt`);
      emulator.clock.advance(hourMillis);
      moments.push(new Date(emulator.clock.now()).toISOString());
      emulator.clock.advance(hourMillis);
    }
    const names = await rclone.names(place, "--b2-versions");
    expect(names.length === 3, `names are ${names.join(", ")}`);
    const contents = await Promise.all(names.map((name) => rclone.cat(`${place}/${name}`, "--b2-versions")));
    expectSame(contents.sort(), ["first", "second", "third"], "contents");
    return names.join(", ");
  });
  await steps.step("--b2-version-at shows a moment of the past", async () => {
    const contents: string[] = [];
    for (const moment of moments) {
      contents.push(await rclone.cat(`${place}/note.txt`, `--b2-version-at=${moment}`));
    }
    expectSame(contents, ["first", "second", "third"], "contents");
    return undefined;
  });
  await steps.step("deletefile hides, and the versions stay", async () => {
    await rclone.run("deletefile", `${place}/note.txt`);
    expectSame(await rclone.names(place), [], "names");
    expectSame((await rclone.names(place, "--b2-versions")).length, 3, "versions");
    return undefined;
  });
  await steps.step("--b2-hard-delete leaves nothing", async () => {
    await rclone.rcat("once", `${bucket}/gone/once.txt`);
    await rclone.run("deletefile", "--b2-hard-delete", `${bucket}/gone/once.txt`);
    expectSame(await rclone.names(`${bucket}/gone`, "--b2-versions"), [], "names");
    return undefined;
  });
  await steps.step("cleanup removes former versions and unfinished large files", async () => {
    const account = await Account.authorize(emulator);
    const bucketId = await account.onlyBucketId();
    const unfinished = () =>
      account.call<{ files: unknown[] }>("b2_list_unfinished_large_files", { bucketId });
    expectSame((await unfinished()).files.length, 1, "unfinished files before");
    await rclone.run("cleanup", bucket);
    expectSame(await rclone.names(place, "--b2-versions"), [], "versions");
    expectSame((await unfinished()).files, [], "unfinished files");
    expect((await rclone.list(`${bucket}/tree`)).length > 0, "current files are gone, too");
    return undefined;
  });
}

async function useOtherCommands({ steps, rclone, tree }: Scene): Promise<void> {
  await steps.step("rcat sends a stream of unknown length", async () => {
    const content = bytesOf(7_000_000, 3);
    await rclone.rcat(content, `${bucket}/streams/large`, "--b2-upload-cutoff=5M", "--b2-chunk-size=5M");
    await rclone.rcat("short", `${bucket}/streams/short`);
    await rclone.rcat("", `${bucket}/streams/empty`);
    const { stdout } = await rclone.run("hashsum", "SHA1", "--download", `${bucket}/streams`);
    const digests = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/))
      .map(([sha1, name]) => [name, sha1] as const);
    const expected = { empty: sha1Of(""), large: sha1Of(content), short: sha1Of("short") };
    expectSame(Object.fromEntries(digests.sort()), expected, "digests");
    return undefined;
  });
  await steps.step("cat reads ranges", async () => {
    await rclone.rcat("0123456789", `${bucket}/ranges`);
    expectSame(await rclone.cat(`${bucket}/ranges`, "--offset=3", "--count=4"), "3456", "the middle");
    expectSame(await rclone.cat(`${bucket}/ranges`, "--tail=2"), "89", "the end");
    return undefined;
  });
  await steps.step("link makes a URL that needs no key", async () => {
    const { stdout } = await rclone.run("link", "--expire=1h", `${bucket}/tree/plain.txt`);
    const answer = await fetch(stdout.trim());
    const digest = sha1Of(new Uint8Array(await answer.arrayBuffer()));
    expectSame([answer.status, digest], [200, tree["plain.txt"]], "download");
    return undefined;
  });
  await steps.step("backend features tells what rclone makes of the remote", async () => {
    const { stdout } = await rclone.run("backend", "features", "b2:");
    const { Hashes, Features } = JSON.parse(stdout) as {
      Hashes: string[];
      Features: Record<string, boolean>;
    };
    expectSame([Hashes, Features.Copy, Features.CleanUp], [["sha1"], true, true], "features");
    return undefined;
  });
  await steps.step("rmdir removes an empty bucket", async () => {
    await rclone.run("mkdir", "b2:rclone-conformance-2");
    await rclone.run("rmdir", "b2:rclone-conformance-2");
    const { stdout } = await rclone.run("lsf", "b2:");
    expectSame(stdout, `${bucketName}/\n`, "buckets");
    return undefined;
  });
}

async function restrictKeys({ emulator, steps, rclone, folder, source }: Scene): Promise<void> {
  await steps.step("a key for one bucket and one prefix works there and nowhere else", async () => {
    const account = await Account.authorize(emulator);
    const made = await account.call<{ applicationKeyId: string; applicationKey: string }>("b2_create_key", {
      keyName: "rclone-restricted",
      capabilities: ["listBuckets", "listFiles", "readFiles", "writeFiles", "deleteFiles"],
      bucketIds: [await account.onlyBucketId()],
      namePrefix: "mine/",
    });
    const restricted = new Rclone(folder, emulator, made.applicationKeyId, made.applicationKey);
    await restricted.run("copy", join(source, "日本語"), `${bucket}/mine/日本語`);
    expectSameTree(await restricted.tree(`${bucket}/mine/日本語`), await readTree(join(source, "日本語")));
    await restricted.fail("copy", join(source, "日本語"), `${bucket}/yours`);
    await restricted.fail("lsf", `${bucket}/tree`);
    await restricted.run("purge", "--b2-hard-delete", `${bucket}/mine`);
    expectSame(await rclone.names(`${bucket}/mine`, "--recursive"), [], "what is left");
    return undefined;
  });
}

/** What goes wrong while rclone works; it must not notice more than a delay. */
const troubles: Readonly<Record<string, readonly Fault[]>> = {
  "errors of the service": [
    { operation: "b2_upload_file", nth: [1, 4], status: 503, code: "service_unavailable" },
    { operation: "b2_upload_part", nth: 2, status: 500, code: "internal_error" },
    { operation: "b2_get_upload_url", nth: 2, status: 429, code: "too_many_requests", retryAfter: 1 },
    { operation: "b2_list_file_names", nth: 1, status: 503, code: "service_unavailable" },
  ],
  "upload tokens that die": [
    { operation: "b2_upload_file", nth: [2, 7], expireToken: true },
    { operation: "b2_upload_part", nth: 1, expireToken: true },
  ],
  "reset connections": [
    { operation: "b2_upload_file", nth: 3, reset: "during" },
    { operation: "b2_upload_part", nth: 3, reset: "during" },
    { operation: "b2_start_large_file", nth: 1, reset: "before" },
    { operation: "b2_download_file_by_id", nth: [2, 9], reset: "before" },
  ],
  "downloads that end early": [
    { operation: "b2_download_file_by_id", nth: [1, 3, 5], truncate: 10 },
    { operation: "b2_download_file_by_id", every: 3, truncate: 5_000_000 },
  ],
};

async function survive({ emulator, steps, rclone, folder, source, tree }: Scene): Promise<void> {
  const patient = ["--low-level-retries=10", "--retries=3", ...smallParts];

  await steps.step("a copy survives fail_some_uploads", async () => {
    await rclone.run("copy", "--b2-test-mode=fail_some_uploads", ...patient, source, `${bucket}/failing`);
    expectSame((await rclone.list(`${bucket}/failing`)).length, Object.keys(tree).length, "files");
    await rclone.run("check", "--download", source, `${bucket}/failing`);
    return undefined;
  });
  await steps.step("a copy survives expire_some_account_authorization_tokens", async () => {
    const mode = "--b2-test-mode=expire_some_account_authorization_tokens";
    const before = emulator.requests.count("b2_authorize_account");
    await rclone.run("copy", mode, ...patient, source, `${bucket}/expiring`);
    await rclone.run("check", "--download", source, `${bucket}/expiring`);
    return `authorized ${emulator.requests.count("b2_authorize_account") - before} times`;
  });
  for (const [name, faults] of Object.entries(troubles)) {
    await steps.step(`a copy survives ${name}`, async () => {
      const added = faults.map((fault) => emulator.faults.add(fault));
      try {
        await rclone.run("copy", ...patient, source, `${bucket}/${name}`);
        await rclone.run("copy", ...patient, `${bucket}/${name}`, join(folder, name));
        expectSameTree(await readTree(join(folder, name)), tree);
      } finally {
        emulator.faults.clear();
      }
      const hits = added.map((fault) => fault.hits);
      expect(!hits.includes(0), `some faults did not happen: ${hits}`);
      return `${hits.reduce((sum, count) => sum + count, 0)} failures`;
    });
  }
  await steps.step("a copy under force_cap_exceeded fails", async () => {
    const message = await rclone.fail(
      "copy",
      "--b2-test-mode=force_cap_exceeded",
      source,
      `${bucket}/capped`,
    );
    expect(message.includes("cap_exceeded"), message);
    expectSame(await rclone.names(`${bucket}/capped`, "--recursive"), [], "names");
    return undefined;
  });
}

/** What `rclone test info` finds out. */
interface NameReport {
  readonly MaxFileLength: number;
  readonly CanStream: boolean;
  readonly CanReadUnnormalized: boolean;
  readonly ControlCharacters: Readonly<Record<string, CharacterReport>>;
}

/** What became of one character at three places of a name. */
interface CharacterReport {
  readonly WriteError: object;
  readonly GetError: object;
  readonly InList: Readonly<Record<string, string>>;
}

async function probeNames({ steps, rclone, folder }: Scene): Promise<void> {
  await steps.step("test info finds that all names work, up to 1024 bytes", async () => {
    const report = join(folder, "info.json");
    await rclone.run("test", "info", "--all", "--write-json", report, `${bucket}/info`);
    const { MaxFileLength, CanStream, CanReadUnnormalized, ControlCharacters } = JSON.parse(
      await readFile(report, "utf8"),
    ) as NameReport;
    expectSame(MaxFileLength, 1024 - "info/".length, "the longest name");
    expect(CanStream && CanReadUnnormalized, "streams or names that are not normalized do not work");
    const lost = Object.entries(ControlCharacters).filter(
      ([, { WriteError, GetError, InList }]) =>
        [WriteError, GetError].some((error) => Object.keys(error).length > 0) ||
        Object.values(InList).some((found) => found !== "present" && found !== "renamed"),
    );
    expectSame(lost, [], "characters that do not work");
    return `${Object.keys(ControlCharacters).length} difficult characters`;
  });
}

async function removeAll({ steps, rclone }: Scene): Promise<void> {
  await steps.step("purge removes a folder", async () => {
    await rclone.run("purge", `${bucket}/moved`);
    expectSame(await rclone.names(`${bucket}/moved`, "--recursive"), [], "what is left");
    return undefined;
  });
  await steps.step("purge removes the bucket with all versions", async () => {
    await rclone.run("purge", bucket);
    expectSame((await rclone.run("lsf", "b2:")).stdout, "", "buckets");
    return undefined;
  });
}

await runCommand(import.meta.url, main);
