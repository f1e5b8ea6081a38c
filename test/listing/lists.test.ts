import { afterAll, beforeAll, expect, test } from "vitest";
import { listFileVersions, listParts, listUnfinishedLargeFiles } from "../../src/listing/lists.ts";
import { RestrictionError } from "../../src/session/errors.ts";
import { all, everyOtherPageEmpty, FilledAccount } from "./support.ts";

let account: FilledAccount;
beforeAll(async () => {
  account = await FilledAccount.start();
});
afterAll(() => account.emulator.close());

const count = () => account.emulator.requests.byTransactionClass.C;

test("versions are those of precisely one name, from newest to oldest (b2sdk 33)", async () => {
  const steps = ["a/b", "a/b/c", "a/b0", "a/b", "a", ["hide", "a/b"], ["start", "a/b"]] as const;
  const bucket = await account.bucketWith(...steps);
  for (const transport of [undefined, everyOtherPageEmpty()]) {
    const session = await account.session({ ...(transport && { transport }) });
    for (const fetchCount of [undefined, 1, 3]) {
      const versions = await all(listFileVersions(session, bucket, "a/b", { fetchCount }));
      expect(versions.map(({ action }) => action)).toEqual(["start", "hide", "upload", "upload"]);
      expect(new Set(versions.map(({ fileName }) => fileName))).toEqual(new Set(["a/b"]));
    }
  }
});

test("versions that fit on a page cost one request, although other names follow", async () => {
  const bucket = await account.bucketWith("a", "a", "a-1", "a/1");
  const session = await account.session();
  expect(await all(listFileVersions(session, bucket, "a", { fetchCount: 2 }))).toHaveLength(2);
  expect(count()).toBe(1);
});

test("a name without versions has none", async () => {
  const bucket = await account.bucketWith("ab");
  expect(await all(listFileVersions(await account.session(), bucket, "a"))).toEqual([]);
});

test.each([0, -1, 10_001, 1.5])("a fetchCount of %d versions is refused (b2sdk 33)", async (fetchCount) => {
  const session = await account.session();
  expect(() => listFileVersions(session, { id: "", name: "" }, "a", { fetchCount })).toThrow(RangeError);
});

test("versions outside the key's prefix are refused before any request", async () => {
  const bucket = await account.bucketWith("p/a", "q");
  const session = await account.session({ namePrefix: "p/" });
  expect(await all(listFileVersions(session, bucket, "p/a"))).toHaveLength(1);
  account.emulator.requests.clear();
  await expect(all(listFileVersions(session, bucket, "q"))).rejects.toBeInstanceOf(RestrictionError);
  expect(account.emulator.requests.total).toBe(0);
});

test("unfinished large files come in pages in the order of their start", async () => {
  const started = ["b", "a/2", "c", "a/1", "d"];
  const bucket = await account.bucketWith("small", ...started.map((name) => ["start", name] as const));
  const session = await account.session();
  const files = await all(listUnfinishedLargeFiles(session, bucket));
  expect(files.map(({ fileName, action }) => `${fileName} ${action}`)).toEqual(
    started.map((name) => `${name} start`),
  );
  expect(count()).toBe(1);
  expect(await all(listUnfinishedLargeFiles(session, bucket, { fetchCount: 2 }))).toEqual(files);
  const startFileId = files[3]?.fileId;
  expect(await all(listUnfinishedLargeFiles(session, bucket, { startFileId, fetchCount: 1 }))).toEqual(
    files.slice(3),
  );
  const below = await all(listUnfinishedLargeFiles(session, bucket, { prefix: "a/" }));
  expect(below.map(({ fileName }) => fileName)).toEqual(["a/2", "a/1"]);
});

test("under a key with a prefix only its unfinished large files are asked for", async () => {
  const bucket = await account.bucketWith(["start", "p/1"], ["start", "p/q/1"], ["start", "z"]);
  const session = await account.session({ namePrefix: "p/" });
  const list = async (prefix?: string) =>
    (await all(listUnfinishedLargeFiles(session, bucket, { prefix }))).map(({ fileName }) => fileName);
  expect(await list()).toEqual(["p/1", "p/q/1"]);
  expect(await list("p")).toEqual(["p/1", "p/q/1"]);
  expect(await list("p/q")).toEqual(["p/q/1"]);
  const refused = list("z");
  await expect(refused).rejects.toBeInstanceOf(RestrictionError);
  await expect(refused).rejects.toThrow('prefix "p/"');
});

test("parts come in pages in the order of their numbers", async () => {
  const bucket = await account.bucketWith();
  const fileId = await account.partsOf(bucket, "large", 5);
  const session = await account.session();
  const numbers = async (options?: Parameters<typeof listParts>[2]) =>
    (await all(listParts(session, fileId, options))).map(({ partNumber }) => partNumber);
  expect(await numbers()).toEqual([1, 2, 3, 4, 5]);
  expect(count()).toBe(1);
  expect(await numbers({ fetchCount: 2 })).toEqual([1, 2, 3, 4, 5]);
  expect(await numbers({ startPartNumber: 4, fetchCount: 1 })).toEqual([4, 5]);
});

test.each([
  ["101 unfinished files", (fetchCount: number) => fetchCount + 1],
  ["no unfinished files", () => 0],
])("a fetchCount of %s is refused", async (_, change) => {
  const session = await account.session();
  const bucket = { id: "", name: "" };
  expect(() => listUnfinishedLargeFiles(session, bucket, { fetchCount: change(100) })).toThrow(RangeError);
  expect(() => listParts(session, "", { fetchCount: change(1000) })).toThrow(RangeError);
});

test("a listing ends with its signal", async () => {
  const bucket = await account.bucketWith("a", "a", "a");
  const aborter = new AbortController();
  const session = await account.session();
  const listing = listFileVersions(session, bucket, "a", { fetchCount: 1, signal: aborter.signal });
  await listing.next();
  aborter.abort(new Error("enough"));
  await expect(listing.next()).rejects.toThrow("enough");
  expect(count()).toBe(1);
});
