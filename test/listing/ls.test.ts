import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Filter } from "../../src/listing/filter.ts";
import { type LsOptions, ls } from "../../src/listing/ls.ts";
import type { ListedBucket } from "../../src/listing/pages.ts";
import { RestrictionError } from "../../src/session/errors.ts";
import type { Session } from "../../src/session/session.ts";
import { listModel } from "./model.ts";
import { all, answeringPages, everyOtherPageEmpty, FilledAccount, type Step } from "./support.ts";

let account: FilledAccount;
beforeAll(async () => {
  account = await FilledAccount.start();
});
afterAll(() => account.emulator.close());

/** Lists names; folders end with a slash, and what is not a stored file tells what it is. */
async function names(session: Session, bucket: ListedBucket, path?: string, options?: LsOptions) {
  const entries = await all(ls(session, bucket, path, options));
  return entries.map(({ fileName, action }) =>
    action === "upload" || action === "folder" ? fileName : `${fileName} (${action})`,
  );
}

const transports = [
  ["as they come", undefined],
  ["every other one empty (b2sdk 30)", everyOtherPageEmpty],
] as const;

describe.each(transports)("with pages %s,", (_, transport) => {
  const start = async (...steps: readonly (Step | string)[]) => {
    const bucket = await account.bucketWith(...steps);
    const session = await account.session({ ...(transport && { transport: transport() }) });
    return (path?: string, options?: LsOptions) => names(session, bucket, path, options);
  };

  test("files and folders of one level come in UTF-8 byte order", async () => {
    const list = await start("a.txt", "b/1", "b/2", "b/c/3", "b", "\u{1f98a}", "\uffee", "z/1");
    expect(await list()).toEqual(["a.txt", "b", "b/", "z/", "\uffee", "\u{1f98a}"]);
    expect(await list("b/")).toEqual(["b/1", "b/2", "b/c/"]);
    expect(await list("b")).toEqual(["b", "b/1", "b/2", "b/c/"]);
    expect(await list("b", { recursive: true })).toEqual(["b", "b/1", "b/2", "b/c/3"]);
    expect(await list("missing")).toEqual([]);
  });

  test("the exact name of a file shows it, not names that begin with it (b2sdk 28)", async () => {
    const list = await start("hello", "hello.txt", "hello0", "hello-world");
    expect(await list("hello")).toEqual(["hello"]);
    expect(await list("hello.tx")).toEqual([]);
  });

  test("a hidden file is shown with all versions only, what lies below its name always (b2sdk 28)", async () => {
    const list = await start("hello", ["hide", "hello"], "hello/below");
    expect(await list("hello")).toEqual(["hello/below"]);
    expect(await list("hello", { latestOnly: false })).toEqual(["hello (hide)", "hello", "hello/below"]);
    expect(await list("")).toEqual(["hello/"]);
    expect(await list("", { latestOnly: false })).toEqual(["hello (hide)", "hello", "hello/"]);
  });

  test("hidden names make no folder, unless all versions are shown", async () => {
    const list = await start("a/1", ["hide", "a/1"], "b/1");
    expect(await list("")).toEqual(["b/"]);
    expect(await list("", { latestOnly: false })).toEqual(["a/", "b/"]);
  });

  test("unfinished large files are shown with all versions", async () => {
    const list = await start(["start", "large"], "small", ["start", "small"]);
    expect(await list("", { recursive: true })).toEqual(["small"]);
    const versions = ["large (start)", "small (start)", "small"];
    expect(await list("", { latestOnly: false })).toEqual(versions);
    expect(await list("small", { latestOnly: false })).toEqual(["small (start)", "small"]);
  });

  test("a name that ends with a slash is a folder above, and a file in it", async () => {
    const list = await start("a/", "a/1", "b//c", "/d");
    expect(await list("")).toEqual(["/", "a/", "b/"]);
    expect(await list("a")).toEqual(["a/", "a/1"]);
    expect(await list("b/")).toEqual(["b//"]);
    expect(await list("b//")).toEqual(["b//c"]);
    expect(await list("/")).toEqual(["/d"]);
  });

  test("a page of one entry gives the same listing (b2sdk 29)", async () => {
    const list = await start("a", "b", "b/1", "b/2", "b/c/1", "b/c/2", "b0", "c/1", ["hide", "b"], "a");
    for (const latestOnly of [true, false]) {
      for (const recursive of [true, false]) {
        for (const path of ["", "b", "b/", "b/c"]) {
          const options = { latestOnly, recursive };
          expect(await list(path, { ...options, fetchCount: 1 })).toEqual(await list(path, options));
        }
      }
    }
  });

  test("wildcards match full names (b2sdk 31)", async () => {
    const list = await start(
      "a",
      "b/2/a",
      "b/2/c.txt",
      "b/2/t",
      "b/2/k.txt",
      "b/a.txt",
      "b/*.txt",
      "c/a.txt",
    );
    const match = (pattern: string) => list(pattern, { recursive: true, withWildcard: true });
    expect(await match("b/[*].txt")).toEqual(["b/*.txt"]);
    expect(await match("b/*.txt")).toEqual(["b/*.txt", "b/2/c.txt", "b/2/k.txt", "b/a.txt"]);
    expect(await match("b/2/[!ck]*")).toEqual(["b/2/a", "b/2/t"]);
    expect(await match("b/2/[tc]*")).toEqual(["b/2/c.txt", "b/2/t"]);
    expect(await match("b/?/?")).toEqual(["b/2/a", "b/2/t"]);
    expect(await match("*a*")).toEqual(["a", "b/2/a", "b/a.txt", "c/a.txt"]);
    expect(await match("a")).toEqual(["a"]);
    expect(await match("b")).toEqual([]);
  });

  test("filters judge full names, and a folder is shown when something in it is (b2sdk 32)", async () => {
    const list = await start("a.txt", "b.txt", "b/a.txt", "b/b.csv", "c/a.txt", "d.csv");
    const filters = [Filter.include("b/*"), Filter.exclude("*.txt"), Filter.include("a.txt")];
    expect(await list("", { recursive: true, filters })).toEqual(["a.txt", "b/b.csv", "d.csv"]);
    expect(await list("", { filters })).toEqual(["a.txt", "b/", "d.csv"]);
    expect(await list("", { filters, fetchCount: 1 })).toEqual(["a.txt", "b/", "d.csv"]);
    expect(await list("b", { filters: [Filter.include("b/*.csv")] })).toEqual(["b/b.csv"]);
    expect(await list("", { filters: [Filter.include("b/*.csv"), Filter.include("b/a*")] })).toEqual(["b/"]);
    expect(await list("c/", { filters: [Filter.include("b/*")] })).toEqual([]);
  });
});

describe("for any tree and options,", () => {
  const part = fc.constantFrom("a", "b", "ä", "\uffee", "\u{1f98a}", "a.", "a0", "", "[b]");
  const name = fc
    .array(part, { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join("/"))
    .filter((name) => name !== "");
  const step: fc.Arbitrary<Step> = fc.tuple(
    fc.constantFrom("upload", "upload", "upload", "hide", "start"),
    fc.oneof(name, fc.constantFrom("a", "a/b", "b/a")),
  );
  const pattern = fc.oneof(
    name,
    fc.constantFrom("*", "a*", "a/*", "?/b", "[ab]/*", "[!a]*", "a*/*", "[[]b]*", "a?", "*\u{1f98a}", "ä/*"),
  );
  const filters = fc.array(
    fc
      .tuple(fc.boolean(), pattern)
      .map(([isIncluded, each]) => (isIncluded ? Filter.include(each) : Filter.exclude(each))),
    { maxLength: 3 },
  );
  const asked = fc.record({
    path: fc.oneof(
      name,
      name.map((path) => `${path}/`),
      fc.constant(""),
    ),
    pattern,
    recursive: fc.boolean(),
    latestOnly: fc.boolean(),
    withWildcard: fc.boolean(),
    filters,
    fetchCount: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  });
  const seeds = [1, 2, 3, 4];

  test.each(seeds)("ls agrees with a model of the bucket (tree %i)", async (seed) => {
    const bucket = await account.bucketWith(...fc.sample(step, { numRuns: 40, seed }));
    const versions = await account.versionsIn(bucket);
    const sessions = [
      await account.session(),
      await account.session({ transport: everyOtherPageEmpty() }),
    ] as const;
    const property = fc.asyncProperty(
      asked,
      fc.boolean(),
      async ({ path, pattern, ...rest }, withEmptyPages) => {
        const options = { ...rest, recursive: rest.recursive || rest.withWildcard };
        const given = options.withWildcard ? pattern : path;
        const listed = await all(ls(sessions[withEmptyPages ? 1 : 0], bucket, given, options));
        const shown = listed.map(({ fileName, fileId }) => [fileName, fileId]);
        expect(shown).toEqual(listModel(versions, given, options));
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  test.each(seeds)(
    "ls under a key with a prefix shows what of that the key may see (tree %i)",
    async (seed) => {
      const bucket = await account.bucketWith(...fc.sample(step, { numRuns: 40, seed }));
      const versions = await account.versionsIn(bucket);
      for (const namePrefix of ["a", "a/", "a/b", "b/a/"]) {
        const session = await account.session({ namePrefix });
        const visible = versions.filter(({ fileName }) => fileName.startsWith(namePrefix));
        const property = fc.asyncProperty(asked, async ({ path, ...rest }) => {
          const options = { ...rest, withWildcard: false };
          const level = path === "" || path.endsWith("/") ? path : `${path}/`;
          const listed = all(ls(session, bucket, path, options));
          if (level.startsWith(namePrefix) || namePrefix.startsWith(level)) {
            const shown = (await listed).map(({ fileName, fileId }) => [fileName, fileId]);
            expect(shown).toEqual(listModel(visible, path, options));
          } else {
            await expect(listed).rejects.toBeInstanceOf(RestrictionError);
          }
        });
        await fc.assert(property, { numRuns: 25 });
      }
    },
  );
});

describe("a key with a name prefix", () => {
  const files = ["a", "p", "p.txt", "p/1", "p/2", "p/q/1", "p0", "z/1"];

  test.each([
    ["p/", "p", ["p/1", "p/2", "p/q/"]],
    ["p/", "p/", ["p/1", "p/2", "p/q/"]],
    ["p/", "", ["p/"]],
    ["p/", "p/1", ["p/1"]],
    ["p/", "p/q", ["p/q/1"]],
    ["p/q/", "", ["p/"]],
    ["p/q/", "p", ["p/q/"]],
    ["p", "", ["p", "p.txt", "p/", "p0"]],
    ["p", "p", ["p", "p/1", "p/2", "p/q/"]],
    ["none/", "", []],
  ])("%s lists %j", async (namePrefix, path, expected) => {
    const bucket = await account.bucketWith(...files);
    const session = await account.session({ namePrefix });
    expect(await names(session, bucket, path)).toEqual(expected);
    expect(account.emulator.requests.list.map(({ status }) => status)).not.toContain(401);
  });

  test.each([
    ["p/", "p/*", ["p/1", "p/2", "p/q/1"]],
    ["p/", "p*", ["p/1", "p/2", "p/q/1"]],
    ["p/", "*1", ["p/1", "p/q/1"]],
    ["p/", "[pq]/?", ["p/1", "p/2"]],
    ["p/q", "p/?", []],
  ])("%s matches the pattern %s", async (namePrefix, pattern, expected) => {
    const bucket = await account.bucketWith(...files);
    const session = await account.session({ namePrefix });
    expect(await names(session, bucket, pattern, { recursive: true, withWildcard: true })).toEqual(expected);
  });

  test.each([
    ["p/", "q", false],
    ["p/", "a/", false],
    ["p/q", "p/r", false],
    ["p/", "q*", true],
    ["p/", "p", true],
  ])("%s refuses %j before any request, and tells the prefix", async (namePrefix, path, withWildcard) => {
    const bucket = await account.bucketWith(...files);
    const session = await account.session({ namePrefix });
    const listing = all(ls(session, bucket, path, { recursive: true, withWildcard }));
    await expect(listing).rejects.toBeInstanceOf(RestrictionError);
    await expect(listing).rejects.toThrow(`prefix ${JSON.stringify(namePrefix)}`);
    await expect(listing).rejects.toThrow(JSON.stringify(path));
    expect(account.emulator.requests.total).toBe(0);
  });

  test("the way to the prefix is shown as the service shows folders, for one request", async () => {
    const bucket = await account.bucketWith("p/q/1", "p/q/2");
    const [shown] = await all(ls(await account.session({ namePrefix: "p/q/" }), bucket, ""));
    expect(account.emulator.requests.total).toBe(1);
    expect(shown).toEqual((await all(ls(await account.session(), bucket, "")))[0]);
  });
});

describe("requests", () => {
  const count = () => account.emulator.requests.byTransactionClass.C;

  test("a page of files and folders costs one, whatever lies in the folders", async () => {
    const folders = Array.from({ length: 30 }, (_, index) => `folder-${index}/`);
    const inside = folders.flatMap((folder) => [`${folder}1`, `${folder}2`, `${folder}3`]);
    const bucket = await account.bucketWith("file", ...inside);
    const session = await account.session();
    for (const latestOnly of [true, false]) {
      account.emulator.requests.clear();
      expect(await names(session, bucket, "", { latestOnly })).toEqual(["file", ...folders.sort()]);
      expect(count()).toBe(1);
      expect(await names(session, bucket, "", { latestOnly, fetchCount: 10 })).toHaveLength(31);
      expect(count()).toBe(1 + 4);
    }
  });

  test("the file of a path's own name costs one more", async () => {
    const bucket = await account.bucketWith("a", "a", "a-1", "a/1");
    const session = await account.session();
    for (const latestOnly of [true, false]) {
      account.emulator.requests.clear();
      await names(session, bucket, "a", { latestOnly, fetchCount: 2 });
      expect(count()).toBe(2);
    }
  });

  test("filters read a folder up to the page on which it is shown", async () => {
    const inside = Array.from({ length: 30 }, (_, index) => `folder/${String(index).padStart(2, "0")}`);
    const bucket = await account.bucketWith(...inside, "last");
    const session = await account.session();
    const filters = [Filter.exclude("folder/0[0-4]")];
    expect(await names(session, bucket, "", { filters, fetchCount: 4 })).toEqual(["folder/", "last"]);
    expect(count()).toBe(3); // Two pages of the folder, then what is behind it.
  });

  test("who takes the first items of a page pays for one page", async () => {
    const bucket = await account.bucketWith("a", "b", "c", "d", "e");
    for await (const { fileName } of ls(await account.session(), bucket, "", { fetchCount: 4 })) {
      if (fileName === "b") {
        break;
      }
    }
    expect(count()).toBe(1);
  });

  test.each([
    ["b/ab*.t?t", {}, "b/ab"],
    ["*", { filters: [Filter.include("a/b*"), Filter.include("a/c*")] }, "a/"],
    ["a/b*", { filters: [Filter.include("a/*")] }, "a/b"],
    ["*", { filters: [Filter.include("a/b*"), Filter.exclude("a/c*")] }, undefined],
  ])("the pattern %s with %j asks for the prefix %s only", async (pattern, options, prefix) => {
    const { session, asked } = await answered(() => ({ files: [], nextFileName: null }));
    await names(session, nowhere, pattern, { ...options, recursive: true, withWildcard: true });
    expect(asked).toEqual([{ ...first, ...(prefix !== undefined && { prefix }) }]);
  });

  test("no more is asked for than what can be shown", async () => {
    const file = await answered(() => ({ files: [], nextFileName: null }));
    await names(file.session, nowhere, "a");
    const exact = { bucketId: nowhere.id, maxFileCount: 1, prefix: "a", startFileName: "a" };
    expect(file.asked).toEqual([exact, { ...first, prefix: "a/", delimiter: "/" }]);
    const way = await answered(() => ({ files: [], nextFileName: null }), "p/q/");
    await names(way.session, nowhere, "");
    expect(way.asked).toEqual([{ ...first, maxFileCount: 1, prefix: "p/q/", delimiter: "/" }]);
  });

  test("the first page is small, later ones are large", async () => {
    const pages = ["b", "c", null];
    const { session, asked } = await answered(() => ({ files: [], nextFileName: pages.shift() ?? null }));
    await names(session, nowhere, "", { recursive: true });
    const later = { bucketId: nowhere.id, maxFileCount: 10_000 };
    expect(asked).toEqual([first, { ...later, startFileName: "b" }, { ...later, startFileName: "c" }]);
  });

  test.each([
    ["of versions, without an id", false, "b/", null, { startFileName: "b/" }],
    ["inside the folder that was shown", true, "a/2", undefined, { startFileName: "a0" }],
    ["inside the folder that was shown, with an id", false, "a/2", "id", { startFileName: "a0" }],
    ["behind it, with an id", false, "a1", "id", { startFileName: "a1", startFileId: "id" }],
  ])("a cursor %s leads on", async (_, latestOnly, nextFileName, nextFileId, cursor) => {
    const folder = { fileName: "a/", action: "folder", fileId: null };
    const pages: unknown[] = [{ files: [folder], nextFileName, nextFileId }];
    const end = { files: [], nextFileName: null, nextFileId: null };
    const { session, asked } = await answered(() => pages.shift() ?? end);
    expect(await names(session, nowhere, "", { latestOnly, fetchCount: 1 })).toEqual(["a/"]);
    const request = { bucketId: nowhere.id, maxFileCount: 1, delimiter: "/" };
    expect(asked).toEqual([request, { ...request, ...cursor }]);
  });

  const nowhere: ListedBucket = { id: "a70bbc1d2e3f405162738495", name: "nowhere" };
  const first = { bucketId: nowhere.id, maxFileCount: 1000 };

  /** A session whose requests for pages are answered by the test. */
  async function answered(answer: () => unknown, namePrefix?: string) {
    const asked: unknown[] = [];
    const transport = answeringPages((request) => {
      asked.push(request);
      return answer() as object;
    });
    return { session: await account.session({ transport, namePrefix }), asked };
  }
});

describe("before any request,", () => {
  test.each([0, -1, 1.5, Number.NaN, 10_001])("a fetchCount of %d is refused", async (fetchCount) => {
    const session = await account.session();
    expect(() => ls(session, { id: "", name: "" }, "", { fetchCount })).toThrow(RangeError);
    expect(account.emulator.requests.total).toBe(0);
  });

  test("a wildcard without recursive is refused", async () => {
    const session = await account.session();
    expect(() => ls(session, { id: "", name: "" }, "*", { withWildcard: true })).toThrow(TypeError);
  });

  test("a signal that is aborted already ends the listing", async () => {
    const bucket = await account.bucketWith("a");
    const session = await account.session();
    const listing = all(ls(session, bucket, "", { signal: AbortSignal.abort(new Error("enough")) }));
    await expect(listing).rejects.toThrow("enough");
    expect(account.emulator.requests.total).toBe(0);
  });
});
