import { expect, test } from "vitest";
import { type PlainClient, startForTest } from "./plain-client.ts";

async function startWithFiles(...names: string[]) {
  const b2 = await startForTest();
  const { bucketId } = await b2.createBucket();
  for (const name of names) await b2.upload(bucketId, name);
  return { b2, bucketId };
}

async function list(b2: PlainClient, request: object) {
  const { files, nextFileName } = await b2.call("b2_list_file_names", request);
  return { names: files.map(({ fileName }) => fileName), next: nextFileName };
}

test("names come in the order of their UTF-8 bytes", async () => {
  const names = ["\u{1F600}", "\uFF61", "b", "a/b", "a.b", "B", "é", "a"];
  const { b2, bucketId } = await startWithFiles(...names);
  const sorted = [...names].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  expect((await list(b2, { bucketId })).names).toEqual(sorted);
});

test("a page ends with the name that the next begins with", async () => {
  const { b2, bucketId } = await startWithFiles("a", "b", "c");
  expect(await list(b2, { bucketId, maxFileCount: 2 })).toEqual({ names: ["a", "b"], next: "c" });
  expect(await list(b2, { bucketId, maxFileCount: 2, startFileName: "c" })).toEqual({
    names: ["c"],
    next: null,
  });
  expect(await list(b2, { bucketId, startFileName: "bb" })).toEqual({ names: ["c"], next: null });
});

test("a page has 100 entries unless told otherwise, and 10,000 at most", async () => {
  const { b2, bucketId } = await startWithFiles(
    ...Array.from({ length: 101 }, (_, index) => `file-${index}`),
  );
  for (const request of [{ bucketId }, { bucketId, maxFileCount: 0 }]) {
    expect((await list(b2, request)).names).toHaveLength(100);
  }
  expect((await list(b2, { bucketId, maxFileCount: 10_000 })).names).toHaveLength(101);
  expect(await b2.fail("b2_list_file_names", { bucketId, maxFileCount: 10_001 })).toMatchObject({
    status: 400,
  });
});

test("a prefix selects names, a delimiter turns them into folders", async () => {
  const { b2, bucketId } = await startWithFiles("a", "d/1", "d/2", "d/e/3", "d0", "z/1");
  expect((await list(b2, { bucketId, prefix: "d" })).names).toEqual(["d/1", "d/2", "d/e/3", "d0"]);
  expect((await list(b2, { bucketId, delimiter: "/" })).names).toEqual(["a", "d/", "d0", "z/"]);
  expect((await list(b2, { bucketId, delimiter: "/", prefix: "d/" })).names).toEqual(["d/1", "d/2", "d/e/"]);
  expect((await list(b2, { bucketId, delimiter: "/", prefix: "d" })).names).toEqual(["d/", "d0"]);
});

test("a folder is shown once, also when a page begins in it or with it", async () => {
  const { b2, bucketId } = await startWithFiles("a", "d/1", "d/2", "e");
  const page = { bucketId, delimiter: "/", maxFileCount: 1 };
  expect(await list(b2, { ...page, startFileName: "" })).toEqual({ names: ["a"], next: "d/" });
  expect(await list(b2, { ...page, startFileName: "d/" })).toEqual({ names: ["d/"], next: "e" });
  expect(await list(b2, { ...page, startFileName: "d/2" })).toEqual({ names: ["d/"], next: "e" });
});

test("a folder has neither ID nor content", async () => {
  const { b2, bucketId } = await startWithFiles("d/1");
  const { files } = await b2.call("b2_list_file_names", { bucketId, delimiter: "/" });
  expect(files).toEqual([
    {
      accountId: b2.emulator.accountId,
      action: "folder",
      bucketId,
      contentLength: 0,
      contentMd5: null,
      contentSha1: null,
      contentType: null,
      fileId: null,
      fileInfo: {},
      fileName: "d/",
      uploadTimestamp: 0,
    },
  ]);
});

test("names show the newest version, and nothing of hidden files and unfinished large files", async () => {
  const { b2, bucketId } = await startWithFiles("a", "hidden/b", "c");
  const newest = await b2.upload(bucketId, "a", "newer");
  await b2.call("b2_hide_file", { bucketId, fileName: "hidden/b" });
  await b2.call("b2_start_large_file", { bucketId, fileName: "c", contentType: "text/plain" });
  await b2.call("b2_start_large_file", { bucketId, fileName: "large", contentType: "text/plain" });
  const { files } = await b2.call("b2_list_file_names", { bucketId });
  expect(files.map(({ fileName }) => fileName)).toEqual(["a", "c"]);
  expect(files[0]).toEqual(newest);
  expect((await list(b2, { bucketId, delimiter: "/" })).names).toEqual(["a", "c"]);
});

test("versions come newest first, with markers and unfinished files, in pages that meet", async () => {
  const { b2, bucketId } = await startWithFiles("a", "a", "b");
  await b2.call("b2_hide_file", { bucketId, fileName: "a" });
  await b2.call("b2_start_large_file", { bucketId, fileName: "c", contentType: "text/plain" });
  const { files: all } = await b2.call("b2_list_file_versions", { bucketId });
  expect(all.map(({ fileName, action }) => `${fileName} ${action}`)).toEqual([
    "a hide",
    "a upload",
    "a upload",
    "b upload",
    "c start",
  ]);
  const paged: unknown[] = [];
  let start: object = {};
  for (;;) {
    const page = await b2.call("b2_list_file_versions", { bucketId, maxFileCount: 1, ...start });
    paged.push(...page.files);
    if (page.nextFileName === null) break;
    start = { startFileName: page.nextFileName, startFileId: page.nextFileId };
  }
  expect(paged).toEqual(all);
});

test("a page of versions begins where a deleted version was", async () => {
  const { b2, bucketId } = await startWithFiles("a", "a", "a");
  const { files } = await b2.call("b2_list_file_versions", { bucketId });
  const [, middle, oldest] = files;
  await b2.call("b2_delete_file_version", { fileName: "a", fileId: middle?.fileId });
  const rest = await b2.call("b2_list_file_versions", {
    bucketId,
    startFileName: "a",
    startFileId: middle?.fileId,
  });
  expect(rest.files).toEqual([oldest]);
});

test("wrong places to begin are refused", async () => {
  const { b2, bucketId } = await startWithFiles("a");
  expect(await b2.fail("b2_list_file_versions", { bucketId, startFileId: "x" })).toMatchObject({
    code: "bad_request",
  });
  const request = { bucketId, startFileName: "a", startFileId: "x" };
  expect(await b2.fail("b2_list_file_versions", request)).toMatchObject({ code: "invalid_file_id" });
  expect(await b2.fail("b2_list_file_names", { bucketId: "0".repeat(24) })).toMatchObject({
    code: "invalid_bucket_id",
  });
});

test("versions of one name never have the same upload time", async () => {
  const { b2, bucketId } = await startWithFiles("a", "a", "a", "a");
  const { files } = await b2.call("b2_list_file_versions", { bucketId });
  const times = files.map(({ uploadTimestamp }) => uploadTimestamp);
  expect(new Set(times).size).toBe(4);
  expect(times).toEqual([...times].sort((left, right) => right - left));
});

test("a read-only call comes as GET, too", async () => {
  const { b2, bucketId } = await startWithFiles("a", "b/c");
  const query = new URLSearchParams({ bucketId, maxFileCount: "1", delimiter: "/" });
  const url = `${b2.emulator.url}/b2api/v4/b2_list_file_names?${query}`;
  const response = await fetch(url, { headers: { authorization: b2.token } });
  expect(await response.json()).toMatchObject({ files: [{ fileName: "a" }], nextFileName: "b/" });
});

test("hiding covers a file until the marker is deleted", async () => {
  const { b2, bucketId } = await startWithFiles("a");
  const marker = await b2.call("b2_hide_file", { bucketId, fileName: "a" });
  expect(marker).toMatchObject({
    action: "hide",
    contentLength: 0,
    contentType: "application/x-bz-hide-marker",
  });
  expect(marker).not.toHaveProperty("legalHold");
  expect((await b2.download("my-bucket", "a")).status).toBe(404);
  expect(await b2.fail("b2_hide_file", { bucketId, fileName: "a" })).toMatchObject({
    code: "already_hidden",
  });
  expect(await b2.fail("b2_hide_file", { bucketId, fileName: "x" })).toMatchObject({ code: "no_such_file" });
  await b2.call("b2_delete_file_version", { fileName: "a", fileId: marker.fileId });
  expect((await b2.download("my-bucket", "a")).status).toBe(200);
});

test("a version is deleted by name and ID together", async () => {
  const { b2, bucketId } = await startWithFiles("b");
  const { fileId } = await b2.upload(bucketId, "a");
  expect(await b2.fail("b2_delete_file_version", { fileName: "b", fileId })).toMatchObject({
    code: "file_not_present",
  });
  expect(await b2.call("b2_delete_file_version", { fileName: "a", fileId })).toEqual({
    fileName: "a",
    fileId,
  });
  expect(await b2.fail("b2_get_file_info", { fileId })).toMatchObject({ status: 404, code: "not_found" });
});
