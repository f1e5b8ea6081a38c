import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Keyv } from "keyv";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { KeyvAccountInfo } from "../../src/session/account-info.ts";
import { AccountInfoError } from "../../src/session/account-info-error.ts";
import { FileStore } from "../../src/session/file-store.ts";
import { fileStorePath, type Surroundings } from "../../src/session/file-store-path.ts";
import { FileStore as FileStoreWithoutFiles } from "../../src/session/file-store-web.ts";
import { apiFor, emulatorForTest, folderForTest } from "../support.ts";

const HOUR_MILLIS = 60 * 60 * 1000;

async function storeForTest(): Promise<{ store: FileStore; path: string }> {
  const path = join(await folderForTest(), "parent", "account-info");
  return { store: new FileStore({ path }), path };
}

/** Stores one value and gives its file. */
async function fileOf(store: FileStore, key = "keyv:any"): Promise<string> {
  const before = await readdir(store.path).catch((): string[] => []);
  await store.set(key, "value");
  const [name] = (await readdir(store.path)).filter((file) => !before.includes(file));
  return join(store.path, name ?? "");
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe("the folder of account info", () => {
  const linux: Surroundings = { environment: {}, platform: "linux", home: "/home/ada" };
  const windows: Surroundings = { environment: {}, platform: "win32", home: "C:\\Users\\Ada" };
  const withVariables = (surroundings: Surroundings, environment: Surroundings["environment"]) => ({
    ...surroundings,
    environment,
  });
  const APPDATA = "D:\\Roaming";

  test.each<[string, Parameters<typeof fileStorePath>[0], Surroundings, string]>([
    ["the path", { path: "/a/b" }, withVariables(linux, { B2KIT_ACCOUNT_INFO: "/c" }), "/a/b"],
    ["a path in the home folder", { path: "~/b" }, linux, "/home/ada/b"],
    ["B2KIT_ACCOUNT_INFO", {}, withVariables(linux, { B2KIT_ACCOUNT_INFO: "/c/d" }), "/c/d"],
    [
      "B2KIT_ACCOUNT_INFO in the home folder",
      {},
      withVariables(linux, { B2KIT_ACCOUNT_INFO: "~/d" }),
      "/home/ada/d",
    ],
    [
      "XDG_CONFIG_HOME",
      {},
      withVariables(linux, { XDG_CONFIG_HOME: "/xdg", B2KIT_ACCOUNT_INFO: "" }),
      "/xdg/b2kit/account-info",
    ],
    [
      "not a relative XDG_CONFIG_HOME",
      {},
      withVariables(linux, { XDG_CONFIG_HOME: "xdg" }),
      "/home/ada/.config/b2kit/account-info",
    ],
    ["~/.config", {}, linux, "/home/ada/.config/b2kit/account-info"],
    ["a profile's own", { profile: "a_B-9" }, linux, "/home/ada/.config/b2kit/account-info-a_B-9"],
    ["APPDATA on Windows", {}, withVariables(windows, { APPDATA }), "D:\\Roaming\\b2kit\\account-info"],
    [
      "the usual APPDATA on Windows",
      { profile: "a" },
      windows,
      "C:\\Users\\Ada\\AppData\\Roaming\\b2kit\\account-info-a",
    ],
  ])("is %s", (_, options, surroundings, expected) => {
    expect(fileStorePath(options, surroundings)).toBe(expected);
  });

  test("comes from the environment of this process", () => {
    vi.stubEnv("XDG_CONFIG_HOME", undefined);
    vi.stubEnv("B2KIT_ACCOUNT_INFO", "/from/environment");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(new FileStore().path).toBe("/from/environment");
    vi.stubEnv("B2KIT_ACCOUNT_INFO", undefined);
    expect(new FileStore({ profile: "p" }).path).toContain(homedir());
  });

  test.each([
    ["a path", { path: "/a", profile: "work" }, {}],
    ["B2KIT_ACCOUNT_INFO", { profile: "work" }, { B2KIT_ACCOUNT_INFO: "/c" }],
  ])("is not chosen when a profile and %s name one each (b2sdk 21)", (rival, options, environment) => {
    const choose = () => fileStorePath(options, withVariables(linux, environment));
    expect(choose).toThrow(TypeError);
    expect(choose).toThrow(`Give a profile or ${rival}, not both`);
  });

  test.each(["", "a/b", "..", "ä", "a b", "a".repeat(65)])("is not chosen by the profile %j", (profile) => {
    expect(() => fileStorePath({ profile }, linux)).toThrow(/profile/);
  });

  test("is not the working folder when the path is empty", () => {
    expect(() => fileStorePath({ path: "" }, linux)).toThrow(TypeError);
  });
});

describe("FileStore", () => {
  test("gives what it stored, also to a later process, and nothing else", async () => {
    const { store, path } = await storeForTest();
    await store.set("keyv:one", "1");
    await store.set("keyv:two", "2");
    await store.set("keyv:one", "new");
    const later = new FileStore({ path });
    expect(await later.get("keyv:one")).toBe("new");
    expect(await later.get("keyv:two")).toBe("2");
    expect(await later.get("keyv:three")).toBeUndefined();
    expect(await readdir(path)).toHaveLength(2);
  });

  test("makes nothing when it is only read", async () => {
    const { store, path } = await storeForTest();
    expect(await store.get("keyv:one")).toBeUndefined();
    expect(await store.delete("keyv:one")).toBe(false);
    await store.clear();
    await expect(stat(path)).rejects.toThrow("ENOENT");
  });

  test("is private: files of mode 0600 in a folder of 0700, whatever the umask (b2sdk 19)", async () => {
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const { store, path } = await storeForTest();
    const file = await fileOf(store);
    expect(await modeOf(path)).toBe(0o700);
    expect(await modeOf(file)).toBe(0o600);
    await chmod(file, 0o644);
    await store.set("keyv:any", "value");
    expect(await modeOf(file)).toBe(0o600);
  });

  test("forgets a value when its time is over, and removes its file with the next thing stored", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { store, path } = await storeForTest();
    await store.set("keyv:short", "1", 1000);
    await store.set("keyv:long", "2", 2000);
    await store.set("keyv:endless", "3");
    vi.setSystemTime(Date.now() + 1000);
    expect(await store.get("keyv:short")).toBeUndefined();
    expect(await store.get("keyv:long")).toBe("2");
    await store.set("keyv:endless", "3");
    expect(await readdir(path)).toHaveLength(2);
    expect(await store.get("keyv:long")).toBe("2");
  });

  test("tells whether there was something to delete", async () => {
    const { store, path } = await storeForTest();
    await store.set("keyv:one", "1");
    expect(await store.delete("keyv:one")).toBe(true);
    expect(await store.delete("keyv:one")).toBe(false);
    expect(await readdir(path)).toEqual([]);
  });

  test("clears the keys of its namespace only", async () => {
    const { path } = await storeForTest();
    const keyv = (namespace: string) => new Keyv({ store: new FileStore({ path }), namespace });
    const [mine, others] = [keyv("mine"), keyv("others")];
    await mine.set("a", 1);
    await others.set("a", 2);
    await mine.clear();
    expect(await mine.get("a")).toBeUndefined();
    expect(await others.get("a")).toBe(2);
  });

  test("is taken by Keyv in place of its options as well, and keeps values that are not serialized", async () => {
    const { path } = await storeForTest();
    expect(await new Keyv(new FileStore({ path })).set("a", { b: 1 })).toBe(true);
    expect(await new Keyv({ store: new FileStore({ path }) }).get("a")).toEqual({ b: 1 });
    const plain = new Keyv({ store: new FileStore({ path }) });
    plain.serialize = undefined;
    plain.deserialize = undefined;
    await plain.set("c", { d: 1 }, HOUR_MILLIS);
    expect(await plain.get("c")).toEqual({ d: 1 });
  });

  const other = (change: object) => (text: string) => JSON.stringify({ ...JSON.parse(text), ...change });
  describe.each<[string, (text: string) => string, RegExp]>([
    ["empty", () => "", /is not b2kit's account info/],
    ["cut short", (text) => text.slice(0, -5), /is not b2kit's account info/],
    ["foreign", () => '{"dependencies":{}}', /is not b2kit's account info/],
    ["binary", () => "SQLite format 3\0\x01", /is not b2kit's account info/],
    ["of another version", other({ version: 2 }), /is of another version/],
    ["of another key", other({ key: "keyv:other" }), /is damaged/],
    ["without a value", other({ value: undefined }), /is damaged/],
    ["without a time", other({ expiresMillis: "soon" }), /is damaged/],
  ])("meets a file that is %s and", (_, change, complaint) => {
    test("names it and leaves it as it is (b2sdk 19)", async () => {
      const { store } = await storeForTest();
      const file = await fileOf(store);
      const text = change(await readFile(file, "utf8"));
      await writeFile(file, text);
      for (const attempt of [
        () => store.get("keyv:any"),
        () => store.set("keyv:any", "new"),
        () => store.delete("keyv:any"),
      ]) {
        const error = await attempt().catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(AccountInfoError);
        expect(error).toMatchObject({ path: file, message: expect.stringMatching(complaint) });
        expect((error as Error).message).toContain(file);
      }
      await store.set("keyv:another", "2");
      expect(await store.get("keyv:another")).toBe("2");
      expect(await readFile(file, "utf8")).toBe(text);
    });
  });

  test("clears what is its own, leaves what is not, and says so", async () => {
    const { store, path } = await storeForTest();
    const file = await fileOf(store);
    await store.set("keyv:another", "2");
    await writeFile(file, "garbage");
    await writeFile(join(path, "notes.txt"), "mine");
    await expect(store.clear()).rejects.toMatchObject({ path: file });
    expect((await readdir(path)).sort()).toEqual([file.slice(path.length + 1), "notes.txt"].sort());
  });

  test("is reported by its path through account info, and breaks no call", async () => {
    const { store, path } = await storeForTest();
    const failures: AccountInfoError[] = [];
    const keyv = new Keyv({ store });
    const accountInfo = new KeyvAccountInfo(keyv, { onStoreError: (error) => failures.push(error) });
    const emulator = await emulatorForTest();
    await apiFor(emulator, { accountInfo }).authorizeAccount();
    for (const name of await readdir(path)) {
      await writeFile(join(path, name), "garbage");
    }
    expect(await apiFor(emulator, { accountInfo }).listBuckets()).toEqual([]);
    expect(failures.map((failure) => failure.path?.startsWith(path))).toContain(true);
    expect(failures.map(({ message }) => message).join("\n")).toMatch(
      /could not be read: .*stays as it is until you move or delete it/,
    );
  });

  test.each<[string, (path: string) => Promise<unknown>, RegExp]>([
    ["is a file", (path) => writeFile(path, ""), /is not a folder/],
    [
      "can be written by others",
      async (path) => {
        await mkdir(path);
        await chmod(path, 0o770);
      },
      /others may write to it/,
    ],
  ])("refuses a folder that %s", async (_, prepare, complaint) => {
    const path = join(await folderForTest(), "account-info");
    await prepare(path);
    const store = new FileStore({ path });
    for (const attempt of [
      () => store.get("keyv:any"),
      () => store.set("keyv:any", "1"),
      () => store.clear(),
    ]) {
      const error = await attempt().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(AccountInfoError);
      expect(error).toMatchObject({ path });
    }
    await expect(store.get("keyv:any")).rejects.toThrow(complaint);
  });

  test("names the path when the folder cannot be reached or made", async () => {
    const file = join(await folderForTest(), "file");
    await writeFile(file, "");
    const path = join(file, "account-info");
    const complaint = { path, message: expect.stringMatching(/a part of the path is not a folder/) };
    await expect(new FileStore({ path }).get("keyv:any")).rejects.toMatchObject(complaint);
    await expect(new FileStore({ path }).set("keyv:any", "1")).rejects.toMatchObject(complaint);
  });

  test.skipIf(process.getuid?.() === 0)("names the path when permission is denied", async () => {
    const { store, path } = await storeForTest();
    await store.set("keyv:any", "1");
    await chmod(path, 0);
    onTestFinished(() => chmod(path, 0o700));
    await expect(store.get("keyv:any")).rejects.toThrow(`${path}`);
    await expect(store.get("keyv:any")).rejects.toThrow("permission denied");
  });

  test("removes what a killed writer left behind an hour ago", async () => {
    const { store, path } = await storeForTest();
    const file = await fileOf(store);
    const [id] = file.slice(path.length + 1).split(".");
    const [old, fresh] = ["1", "2"].map(
      (digit) => `.${id}.json.${digit.repeat(8)}-0000-4000-8000-000000000000.tmp`,
    );
    for (const name of [old, fresh, ".keep.tmp"]) {
      await writeFile(join(path, `${name}`), "half of it");
    }
    const then = (Date.now() - HOUR_MILLIS - 1000) / 1000;
    await utimes(join(path, `${old}`), then, then);
    await utimes(join(path, ".keep.tmp"), then, then);
    await store.set("keyv:any", "1");
    const names = await readdir(path);
    expect(names).not.toContain(old);
    expect(names).toEqual(expect.arrayContaining([fresh, ".keep.tmp"]));
  });

  test("shows readers whole values only while processes write and are killed", async () => {
    const { store } = await storeForTest();
    const writers = ["a", "b", "c"].map((letter) => startWriter(store.path, letter));
    await Promise.all(writers.map((writer) => once(writer.stdout ?? writer, "data")));
    const seen = new Set<unknown>();
    for (let reads = 0; reads < 300; reads++) {
      seen.add(await store.get("keyv:shared"));
    }
    for (const [i, writer] of writers.entries()) {
      writer.kill("SIGKILL");
      await once(writer, "exit");
      expect(await store.get(`keyv:own-${"abc"[i]}`)).toMatch(/^([abc])\1{9999}$/);
      seen.add(await store.get("keyv:shared"));
    }
    expect([...seen].filter((value) => !/^([abc])\1{9999}$/.test(`${value}`))).toEqual([]);
  }, 120_000);
});

/** Starts a process that writes values of 10,000 equal letters without end, to a shared key and to one of its own. */
function startWriter(path: string, letter: string): ChildProcess {
  const module = new URL("../../src/session/file-store.ts", import.meta.url).href;
  const program = `
    const { FileStore } = await import(${JSON.stringify(module)});
    const store = new FileStore({ path: ${JSON.stringify(path)} });
    for (let time = 0; ; time++) {
      await store.set("keyv:own-${letter}", "${letter}".repeat(10000), 60000);
      await store.set("keyv:shared", "${letter}".repeat(10000), 60000);
      if (time === 0) console.log("started");
    }`;
  const options = ["--import", "ts-blank-space/register", "--conditions=b2kit-source", "--input-type=module"];
  const child = spawn(process.execPath, [...options, "--eval", program], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

test("where there are no files, a FileStore names what does instead of it", () => {
  expect(() => new FileStoreWithoutFiles({ profile: "work" })).toThrow(
    /this runtime has none: leave accountInfo out .* or give KeyvAccountInfo a Keyv over another store/,
  );
});

describe("the lock of a key", () => {
  test("is held by one at a time and leaves nothing behind", async () => {
    const { store } = await storeForTest();
    let holders = 0;
    const most: number[] = [];
    const hold = async () => {
      const release = await new FileStore({ path: store.path }).lock("keyv:any");
      most.push(++holders);
      await new Promise(setImmediate);
      holders -= 1;
      await release();
    };
    const other = await store.lock("keyv:other");
    await Promise.all([hold(), hold(), hold()]);
    await other();
    expect(most).toEqual([1, 1, 1]);
    expect(await readdir(store.path)).toEqual([]);
  });

  test("of a process that was killed is taken over", async () => {
    const { store } = await storeForTest();
    await store.lock("keyv:any");
    const [name = ""] = await readdir(store.path);
    const old = new Date(Date.now() - 6000);
    await utimes(join(store.path, name), old, old);
    const release = await store.lock("keyv:any");
    await release();
    expect(await readdir(store.path)).toEqual([]);
  });
});
