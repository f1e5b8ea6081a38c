import { posix, win32 } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFolderMarker, unsafeReason } from "../../src/sync/path-safety.ts";

const unsafe = [
  "/",
  "//",
  "///",
  "/..",
  "/../",
  "/.../",
  "/../.",
  "/../..",
  "/a.txt",
  "/folder/a.txt",
  "./folder/a.txt",
  "folder/./a.txt",
  "folder/folder/.",
  "a//b/",
  "a///b",
  "a////b",
  "../test",
  "../../test",
  "../../abc/../test",
  "../../abc/../test/",
  "../../abc/../.test",
  "a/b/c/../d",
  "a//..//b../..c/",
  "..a/b../..c/../d..",
  "a/../",
  "a/../../../../../",
  "a/b/c/..",
  "\\",
  "\\z",
  "..\\",
  "..\\..",
  "\\..\\",
  "\\\\..\\\\..",
  "\\\\",
  "\\\\\\\\",
  "\\\\\\\\server\\\\share\\\\dir\\\\file",
  "\\\\server\\share\\dir\\file",
  "\\\\?\\C\\Drive\\temp",
  ".\\\\//",
  "..\\\\..//..\\\\\\\\",
  ".\\\\a\\\\..\\\\b",
  "a\\\\.\\\\b",
];

const odd = [
  "",
  " ",
  " / ",
  " ./. ",
  " ../.. ",
  ".. / ..",
  ".. \\ ..",
  "file.txt",
  ".folder/",
  "..folder/",
  "..file",
  "file/ and\\ folder",
  "file..",
  "..file..",
  "folder/a.txt..",
  "..a/b../c../..d/e../",
  "folder\\test",
  "folder\\..f..\\..f\\..f",
  "mix/and\\match/",
  "a\\b\\c\\d",
];

const drives = [
  "Z:/windows/system32/drivers/etc/hosts",
  "a:/Users/.default/test",
  "C:\\Windows\\system32\\drivers\\mstsc.sys",
];

const systems = ["linux", "darwin", "win32"] as const;

test("the lists hold 42 unsafe names and 20 odd ones", () => {
  expect([new Set(unsafe).size, new Set(odd).size]).toEqual([42, 20]);
});

test.each(unsafe)("the name %j is unsafe on every system (b2sdk 60)", (name) => {
  expect(systems.map((system) => unsafeReason(name, system))).not.toContain(undefined);
});

test.each(odd)("the name %j is safe (b2sdk 60)", (name) => {
  expect(unsafeReason(name, "linux")).toBeUndefined();
  expect(unsafeReason(name, "darwin")).toBeUndefined();
});

test.each(drives)("the drive letter of %j is unsafe on Windows alone (b2sdk 60)", (name) => {
  expect(unsafeReason(name, "linux")).toBeUndefined();
  expect(unsafeReason(name, "win32")).toMatch(/drive letter/);
});

describe("on Windows", () => {
  test.each(["con", "a/NUL.txt", "LPT1", "com²/b", "aux.tar.gz", "x/CONIN$"])("%j is a device", (name) => {
    expect(unsafeReason(name, "win32")).toMatch(/device/);
    expect(unsafeReason(name, "linux")).toBeUndefined();
  });

  test.each(["a.", "a /b", "a:stream", "what?", "a\\b"])("%j would become another name", (name) => {
    expect(unsafeReason(name, "win32")).toBeDefined();
    expect(unsafeReason(name, "linux")).toBeUndefined();
  });

  test.each(["console", "com10", "nulls/a", "a.b", ".hidden", "a b"])("%j is a plain name", (name) => {
    expect(unsafeReason(name, "win32")).toBeUndefined();
  });
});

test.each(["a\nb", "\u0000", "a\u007f", "\u001b[31m"])("the control character of %j is unsafe", (name) => {
  expect(unsafeReason(name, "linux")).toMatch(/control character/);
});

test("half of a surrogate pair is unsafe", () => {
  expect(unsafeReason("a\ud800", "linux")).toMatch(/surrogate/);
});

test("no safe name leads out of its folder, or to another name", () => {
  const part = fc.constantFrom("a", "..", ".", "", "\\", "b\\", "c:", "...");
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      const name = parts.join("/");
      for (const [system, { resolve, relative, sep }] of [
        ["linux", posix],
        ["win32", win32],
      ] as const) {
        if (unsafeReason(name, system) === undefined && !isFolderMarker(name)) {
          const root = resolve("/root");
          expect(relative(root, resolve(root, name)).split(sep).join("/")).toBe(name);
        }
      }
    }),
  );
});

test("names that stand for folders are told from those of files", () => {
  expect(["", "a/", "a/b/"].map(isFolderMarker)).toEqual([true, true, true]);
  expect(["a", "a/b", "a\\"].map(isFolderMarker)).toEqual([false, false, false]);
});
