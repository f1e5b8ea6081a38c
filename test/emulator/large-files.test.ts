import { expect, test } from "vitest";
import { send, sha1Of, startForTest } from "./plain-client.ts";

async function start() {
  const b2 = await startForTest({ minimumPartSizeBytes: 5, recommendedPartSizeBytes: 10 });
  const { bucketId } = await b2.createBucket();
  return { b2, bucketId };
}

test("parts become one file in the order of their numbers", async () => {
  const { b2, bucketId } = await start();
  const { fileId, file, partSha1Array } = await b2.uploadParts(bucketId, "large", [
    "first part,",
    "second part,",
    "end",
  ]);
  expect(file).toMatchObject({ action: "start", contentLength: 0, contentSha1: "none", contentMd5: null });
  const finished = await b2.call("b2_finish_large_file", { fileId, partSha1Array });
  expect(finished).toMatchObject({
    fileId,
    action: "upload",
    contentLength: 26,
    contentSha1: "none",
    uploadTimestamp: file.uploadTimestamp,
  });
  const response = await b2.download("my-bucket", "large");
  expect(response.headers.get("x-bz-content-sha1")).toBe("none");
  expect(await response.text()).toBe("first part,second part,end");
  const middle = await b2.download("my-bucket", "large", { headers: { range: "bytes=6-24" } });
  expect(await middle.text()).toBe("part,second part,en");
});

test("an unfinished large file is not there for downloads", async () => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.uploadParts(bucketId, "large", ["first part"]);
  expect((await b2.download("my-bucket", "large")).status).toBe(404);
  expect(await b2.call("b2_get_file_info", { fileId })).toMatchObject({ action: "start" });
});

test("a part that is sent again replaces the former one", async () => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.uploadParts(bucketId, "large", ["wrong part"]);
  const target = await b2.call("b2_get_upload_part_url", { fileId });
  await send(target, "right part", { "X-Bz-Part-Number": "1" });
  const { parts } = await b2.call("b2_list_parts", { fileId });
  expect(parts).toMatchObject([
    { partNumber: 1, contentLength: 10, contentSha1: sha1Of("right part"), fileId },
  ]);
  await b2.call("b2_finish_large_file", { fileId, partSha1Array: [sha1Of("right part")] });
  expect(await (await b2.download("my-bucket", "large")).text()).toBe("right part");
});

test.each([
  ["a missing part", ["first", "third"], [1, 3], undefined, "missing_part"],
  ["another digest", ["first", "third"], [1, 2], [sha1Of("first"), sha1Of("x")], "part_sha1_mismatch"],
  ["a short part before the last", ["four", "third"], [1, 2], undefined, "bad_request"],
  ["fewer digests than parts", ["first", "third"], [1, 2], [sha1Of("first")], "bad_request"],
  ["more digests than parts", ["first"], [1], [sha1Of("first"), sha1Of("x")], "missing_part"],
])("finishing with %s is refused", async (_, contents, numbers, digests, code) => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.uploadParts(bucketId, "large", []);
  const target = await b2.call("b2_get_upload_part_url", { fileId });
  for (const [index, content] of contents.entries()) {
    const part = await send(target, content, { "X-Bz-Part-Number": String(numbers[index]) });
    expect(part.status).toBe(200);
  }
  const partSha1Array = digests ?? contents.map(sha1Of);
  expect(await b2.fail("b2_finish_large_file", { fileId, partSha1Array })).toMatchObject({
    status: 400,
    code,
  });
  expect(await b2.call("b2_get_file_info", { fileId })).toMatchObject({ action: "start" });
});

test.each(["0", "10001", "one"])("part number %s is refused", async (partNumber) => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.uploadParts(bucketId, "large", []);
  const target = await b2.call("b2_get_upload_part_url", { fileId });
  const answer = await send(target, "content", { "X-Bz-Part-Number": partNumber });
  expect(answer).toMatchObject({ status: 400, body: { code: "bad_request" } });
});

test("parts are listed in pages", async () => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.uploadParts(bucketId, "large", ["first", "second", "third"]);
  const numbers = async (request: object) => {
    const { parts, nextPartNumber } = await b2.call("b2_list_parts", { fileId, ...request });
    return [parts.map(({ partNumber }) => partNumber), nextPartNumber];
  };
  expect(await numbers({})).toEqual([[1, 2, 3], null]);
  expect(await numbers({ maxPartCount: 2 })).toEqual([[1, 2], 3]);
  expect(await numbers({ startPartNumber: 3 })).toEqual([[3], null]);
  expect(await b2.fail("b2_list_parts", { fileId, maxPartCount: 1001 })).toMatchObject({
    code: "bad_request",
  });
});

test("unfinished large files are listed in the order of their start, in pages", async () => {
  const { b2, bucketId } = await start();
  const files = [];
  for (const name of ["z", "a", "m"]) files.push((await b2.uploadParts(bucketId, name, [])).file);
  await b2.upload(bucketId, "small", "x");
  expect((await b2.call("b2_list_unfinished_large_files", { bucketId })).files).toEqual(files);
  const page = await b2.call("b2_list_unfinished_large_files", { bucketId, maxFileCount: 2 });
  expect(page).toMatchObject({ files: [{ fileName: "z" }, { fileName: "a" }], nextFileId: files[2]?.fileId });
  const rest = await b2.call("b2_list_unfinished_large_files", { bucketId, startFileId: page.nextFileId });
  expect(rest).toEqual({ files: [files[2]], nextFileId: null });
  const prefixed = await b2.call("b2_list_unfinished_large_files", { bucketId, namePrefix: "a" });
  expect(prefixed.files).toEqual([files[1]]);
});

test.each(["b2_cancel_large_file", "b2_delete_file_version"] as const)(
  "%s drops an unfinished file",
  async (operation) => {
    const { b2, bucketId } = await start();
    const { fileId } = await b2.uploadParts(bucketId, "large", ["first"]);
    expect(await b2.call(operation, { fileId, fileName: "large" })).toMatchObject({
      fileId,
      fileName: "large",
    });
    expect((await b2.call("b2_list_file_versions", { bucketId })).files).toEqual([]);
    for (const next of ["b2_cancel_large_file", "b2_list_parts", "b2_get_upload_part_url"] as const) {
      expect(await b2.fail(next, { fileId })).toMatchObject({ status: 400, code: "bad_request" });
    }
  },
);

test("a part that arrives after its file was finished is refused", async () => {
  const { b2, bucketId } = await start();
  const { fileId, partSha1Array } = await b2.uploadParts(bucketId, "large", ["first"]);
  const target = await b2.call("b2_get_upload_part_url", { fileId });
  await b2.call("b2_finish_large_file", { fileId, partSha1Array });
  expect(await send(target, "late", { "X-Bz-Part-Number": "2" })).toMatchObject({ status: 400 });
  expect(await b2.fail("b2_finish_large_file", { fileId, partSha1Array })).toMatchObject({ status: 400 });
});

test("a token for parts does not upload files, and the other way round", async () => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.uploadParts(bucketId, "large", []);
  const parts = await b2.call("b2_get_upload_part_url", { fileId });
  const files = await b2.call("b2_get_upload_url", { bucketId });
  const crossed = { uploadUrl: files.uploadUrl, authorizationToken: parts.authorizationToken };
  expect(await send(crossed, "x", { "X-Bz-File-Name": "a" })).toMatchObject({ status: 401 });
});
