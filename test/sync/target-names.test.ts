import { link, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeEvent, sync } from "../../src/sync/index.ts";
import { isFolding, TargetNames } from "../../src/sync/target-names.ts";
import { apiFor, emulatorForTest, folderForTest } from "../support.ts";
import { hear, readFiles, storeFiles } from "./support.ts";

/** Makes a folder that looks as if its file system took `A` for `a`: one file has both names. */
async function foldingFolder(): Promise<string> {
  const root = await folderForTest();
  await writeFile(join(root, "Probe"), "");
  await link(join(root, "Probe"), join(root, "probe"));
  return root;
}

const taken = (name: string) => `the file system takes its name for that of "${name}"`;

describe("where the file system takes A for a", () => {
  test.each<[string, string[], Array<string | undefined>]>([
    ["files", ["README", "readme"], [undefined, taken("README")]],
    ["folders", ["Dir/x", "dir/x", "dir/y"], [undefined, taken("Dir"), taken("Dir")]],
    ["a file and a folder", ["Name", "name/x"], [undefined, taken("Name")]],
    ["accents before and behind", ["e\u0301", "\u00e9"], [undefined, taken("e\u0301")]],
    ["accents and case at once", ["E\u0301/a", "\u00e9/b"], [undefined, taken("E\u0301")]],
  ])("of %s the first is written", async (_, names, reasons) => {
    const target = new TargetNames(await folderForTest(), true);
    const found = [];
    for (const name of names) {
      found.push(await target.refuse(name, false));
    }
    expect(found).toEqual(reasons);
  });

  test("a folder that stands there under another spelling is not written to", async () => {
    const root = await folderForTest();
    await mkdir(join(root, "Photos"));
    const target = new TargetNames(root, true);
    expect(await target.refuse("photos/a", false)).toBe(taken("Photos"));
    expect(await target.refuse("Photos/a", false)).toBeUndefined();
  });

  test("a file is not deleted that may be what another name became", async () => {
    const target = new TargetNames(await folderForTest(), true);
    await target.refuse("README", false);
    await target.refuse("con/../trap", false);
    expect(["readme", "README", "CON/../trap", "other"].map((name) => target.isClaimed(name))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test("a synchronisation writes one of two names, reports the other, and is done then", async () => {
    const emulator = await emulatorForTest();
    const bucket = await apiFor(emulator).createBucket("folding-bucket", "allPrivate");
    await storeFiles(emulator, bucket, { README: "loud", readme: "quiet", other: "1" });
    const root = await foldingFolder();
    const options = { excludeFileRegexes: ["[Pp]robe"], keepDaysOrDelete: "delete" } as const;
    const run = async () => {
      const { events } = await hear(sync({ bucket }, root, options));
      return events.flatMap((event) => describeEvent(event) ?? []);
    };
    const skip = `skip readme: ${taken("README")}`;
    expect((await run()).sort()).toEqual(["download README", "download other", skip]);
    expect(await readFiles(root)).toMatchObject({ README: "loud", other: "1" });
    expect(await run()).toEqual([skip]);
  });
});

test("where it does not, names that differ in case or in the order of accents are all written", async () => {
  const target = new TargetNames(await folderForTest(), false);
  for (const name of ["README", "e\u0301", "readme", "\u00e9"]) {
    expect(await target.refuse(name, false)).toBeUndefined();
  }
  expect(target.isClaimed("README")).toBe(false);
});

test("whether it does is found out by looking, and nothing is written", async () => {
  const folding = await foldingFolder();
  expect(await isFolding(folding)).toBe(true);
  expect(await isFolding(join(folding, "not/there"))).toBe(true);
  const plain = await folderForTest();
  await writeFile(join(plain, "a"), "");
  await writeFile(join(plain, "A"), "");
  expect(await isFolding(plain)).toBe(false);
  expect(await isFolding(join(plain, "not/there"))).toBe(false);
});
