import { execFileSync } from "node:child_process";
import { mkdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Filter } from "../../src/listing/filter.ts";
import { LocalFileError } from "../../src/session/errors.ts";
import { type LocalScanSettings, scanLocalFolder } from "../../src/sync/local-folder.ts";
import { ScanFilter } from "../../src/sync/scan-policies.ts";
import { all } from "../listing/support.ts";
import { folderForTest } from "../support.ts";
import { becomeNobody } from "./support.ts";

/** Writes files, with the folders above them. */
async function write(root: string, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), "");
  }
}

async function scan(root: string, settings: Partial<LocalScanSettings> = {}) {
  return await all(scanLocalFolder(root, { filter: new ScanFilter({}), role: "source", ...settings }));
}

/** The paths of a scan; of obstacles with the reasons that they report. */
async function paths(root: string, settings?: Partial<LocalScanSettings>): Promise<string[]> {
  const found = await scan(root, settings);
  return found.map((path) =>
    path.type === "local"
      ? path.relativePath
      : `${path.relativePath} (${(!path.isEcho && path.reason) || ""})`,
  );
}

describe("the order is that of UTF-8 bytes", () => {
  test.each([
    [["hello.", "hello/a/1", "hello/a/2", "hello/b", "hello0"]],
    [["a b/bar", "a/foo"]],
    [["\uffee/x", "\u{1f98a}"]],
  ])("%j (b2sdk 59)", async (files) => {
    const root = await folderForTest();
    await write(root, ...files.toReversed());
    expect(await paths(root)).toEqual(files);
  });

  test("for any tree", async () => {
    const part = fc.constantFrom("a", "a.", "a-", "a0", "b", "\uffee", "\u{1f98a}", "é", "e\u0301");
    const path = fc.array(part, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(path, { maxLength: 12 }), async (trees) => {
        const root = await folderForTest();
        const files = new Set<string>();
        for (const parts of trees) {
          const name = parts
            .map((each) => `${each}_`)
            .join("/")
            .slice(0, -1); // Files end otherwise than folders.
          files.add(name);
          await write(root, name);
        }
        const expected = [...files].sort((left, right) =>
          Buffer.compare(Buffer.from(left), Buffer.from(right)),
        );
        expect(await paths(root)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});

test("size and modification time are those of the file", async () => {
  const root = await folderForTest();
  await writeFile(join(root, "a"), "12345");
  await utimes(join(root, "a"), 1_700_000_000.5, 1_700_000_000.5);
  const absolutePath = join(root, "a");
  const file = { type: "local", relativePath: "a", absolutePath, modTimeMillis: 1_700_000_000_500, size: 5 };
  expect(await scan(root)).toEqual([file]);
});

describe("policies", () => {
  test("leave out folders without looking into them, and files", async () => {
    const root = await folderForTest();
    await write(root, "a/b/c", "a/d", "e.tmp", "f");
    await symlink("loop", join(root, "a/b/loop"));
    const filter = new ScanFilter({ filters: [Filter.exclude("a/b/"), Filter.exclude("*.tmp")] });
    expect(await paths(root, { filter })).toEqual(["a/d", "f"]);
  });

  test("that exclude a file of the source by its time stop the other side, too", async () => {
    const root = await folderForTest();
    await write(root, "new", "old");
    await utimes(join(root, "old"), 1, 1);
    const filter = new ScanFilter({ excludeModifiedBefore: 2000 });
    expect(await paths(root, { filter })).toEqual(["new", "old ()"]);
    expect(await paths(root, { filter, role: "destination" })).toEqual(["new", "old"]);
  });

  test("may refuse files with a reason", async () => {
    const root = await folderForTest();
    await write(root, "a", "b");
    const refuse = (path: string) => (path === "b" ? "b is not wanted" : undefined);
    expect(await paths(root, { refuse })).toEqual(["a", "b (b is not wanted)"]);
  });
});

test("unfinished downloads are not seen", async () => {
  const root = await folderForTest();
  await write(root, "a", ".a.0123456789ab.b2kit");
  expect(await paths(root)).toEqual(["a"]);
});

describe("symbolic links of a source", () => {
  test("to files and folders are followed", async () => {
    const root = await folderForTest();
    const outside = await folderForTest();
    await write(root, "b/c/c.txt", "b/d/e/e.txt");
    await writeFile(join(outside, "file"), "123");
    await symlink(join(outside, "file"), join(root, "a"));
    await symlink("../d", join(root, "b/c/up"));
    await symlink("b/d/e", join(root, "deeper"));
    expect(await paths(root)).toEqual(["a", "b/c/c.txt", "b/c/up/e/e.txt", "b/d/e/e.txt", "deeper/e.txt"]);
    expect((await scan(root))[0]).toMatchObject({ size: 3 });
  });

  test("may be the folder itself", async () => {
    const root = await folderForTest();
    await write(root, "real/a");
    await symlink("real", join(root, "link"));
    expect(await paths(join(root, "link"))).toEqual(["a"]);
  });

  test.each([
    ["to the folder in which it lies", ["dir/file"], { "dir/link": "." }, ["dir/file", "dir/link/"]],
    ["to the scanned folder", ["a/file"], { "a/link": ".." }, ["a/file", "a/link/"]],
    ["to a folder above the scanned one", ["file"], { link: ".." }, ["file", "link/start/"]],
    [
      "to each other",
      ["a/x", "b/y"],
      { "a/b": "../b", "b/a": "../a" },
      ["a/b/a/", "a/b/y", "a/x", "b/a/b/", "b/a/x", "b/y"],
    ],
  ])("that lead back are noticed: %s", async (_, files, links, expected) => {
    const root = join(await folderForTest(), "start");
    await write(root, ...files);
    for (const [link, target] of Object.entries(links)) {
      await symlink(target, join(root, link));
    }
    const reason = "a symbolic link leads back to a folder on the way to it";
    const found = await scan(root);
    expect(found.map(({ relativePath }) => relativePath)).toEqual(expected);
    const obstacles = found.filter(({ type }) => type === "obstacle");
    expect(obstacles).toEqual(
      expected
        .filter((path) => path.endsWith("/"))
        .map((relativePath) => ({ type: "obstacle", relativePath, reason })),
    );
  });

  test("that lead nowhere, or round, stop the other side", async () => {
    const root = await folderForTest();
    await write(root, "a");
    await symlink("missing", join(root, "b"));
    await symlink("d", join(root, "c"));
    await symlink("c", join(root, "d"));
    const nowhere = "(it is a symbolic link that leads nowhere)";
    const each = ["b", "c", "d"].flatMap((name) => [`${name} ${nowhere}`, `${name}/ ()`]);
    expect(await paths(root)).toEqual(["a", ...each]);
  });

  test("can be excluded", async () => {
    const root = await folderForTest();
    await write(root, "a/b");
    await symlink("a", join(root, "c"));
    const filter = new ScanFilter({ excludeAllSymlinks: true });
    expect(await paths(root, { filter })).toEqual(["a/b", "c (it is a symbolic link)", "c/ ()"]);
  });
});

test("symbolic links of a destination are not followed", async () => {
  const root = await folderForTest();
  await write(root, "a/b");
  await symlink("a", join(root, "c"));
  expect(await paths(root, { role: "destination" })).toEqual(["a/b", "c (it is a symbolic link)", "c/ ()"]);
});

test("what is neither file nor folder stops the other side", async () => {
  const root = await folderForTest();
  await write(root, "a");
  execFileSync("mkfifo", [join(root, "pipe")]);
  expect(await paths(root)).toEqual(["a", "pipe (it is neither a file nor a folder)", "pipe/ ()"]);
});

test("names that are not UTF-8 are told, and the others scanned", async () => {
  const root = await folderForTest();
  await write(root, "a", "z\ufffd");
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x62, 0xff, 0xff])]), "");
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x62, 0xfe, 0xfe])]), "");
  const reason = "(its name is not valid UTF-8)";
  expect(await paths(root)).toEqual(["a", `b\ufffd\ufffd ${reason}`, "b\ufffd\ufffd/ ()", "z\ufffd"]);
});

test("a folder that may not be read stops the other side, and the scan goes on", async () => {
  const root = await folderForTest();
  await write(root, "a/b", "locked/c", "z");
  execFileSync("chmod", ["755", root]);
  execFileSync("chmod", ["0", join(root, "locked")]);
  becomeNobody();
  const [first, second, third] = await scan(root);
  expect([first, third]).toMatchObject([{ relativePath: "a/b" }, { relativePath: "z" }]);
  const reason = `Cannot read ${join(root, "locked")}: permission denied`;
  expect(second).toEqual({
    type: "obstacle",
    relativePath: "locked/",
    reason,
    error: new LocalFileError(reason, { cause: expect.anything() }),
  });
});

test("a folder that is not there, or a file, is an error", async () => {
  const root = await folderForTest();
  await write(root, "file");
  await expect(scan(join(root, "missing"))).rejects.toThrow(/Cannot read .*missing: it is not there/);
  await expect(scan(join(root, "file"))).rejects.toThrow(LocalFileError);
});

test("an abort ends the scan with the signal's reason", async () => {
  const root = await folderForTest();
  await write(root, "a/b", "c/d");
  const aborter = new AbortController();
  const reason = new Error("enough");
  const settings = { filter: new ScanFilter({}), role: "source", signal: aborter.signal } as const;
  const rest = async () => {
    for await (const _ of scanLocalFolder(root, settings)) {
      aborter.abort(reason);
    }
  };
  await expect(rest()).rejects.toBe(reason);
});

test("a file that vanishes while its folder is scanned stops the other side", async () => {
  const root = await folderForTest();
  await write(root, "a/b", "c");
  const found = scanLocalFolder(root, { filter: new ScanFilter({}), role: "source" });
  await found.next(); // The entries of the root are read now.
  await rm(join(root, "c"));
  expect(await found.next()).toMatchObject({ value: { type: "obstacle", relativePath: "c" } });
});
