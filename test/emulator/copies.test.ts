import { expect, test } from "vitest";
import type { FileVersion } from "./plain-client.ts";
import { PlainClient, sha1Of, startForTest } from "./plain-client.ts";

async function start() {
  const b2 = await startForTest({ minimumPartSizeBytes: 5 });
  const { bucketId } = await b2.createBucket();
  return { b2, bucketId };
}

test("a copy has the content, type and info of its source and answers action copy, later upload", async () => {
  const { b2, bucketId } = await start();
  const source = await b2.upload(bucketId, "a.txt", "content", { "X-Bz-Info-colour": "blue" });
  const copy = await b2.call("b2_copy_file", { sourceFileId: source.fileId, fileName: "b.bin" });
  expect(copy).toMatchObject({
    action: "copy",
    fileName: "b.bin",
    bucketId,
    contentType: "text/plain",
    contentLength: 7,
    contentSha1: sha1Of("content"),
    contentMd5: source.contentMd5,
    fileInfo: { colour: "blue" },
  });
  expect(copy.fileId).not.toBe(source.fileId);
  const { files } = await b2.call("b2_list_file_names", { bucketId });
  expect(files.map(({ action }) => action)).toEqual(["upload", "upload"]);
  await b2.call("b2_delete_file_version", { fileName: "a.txt", fileId: source.fileId });
  expect(await (await b2.download("my-bucket", "b.bin")).text()).toBe("content");
});

test.each([
  ["bytes=2-4", "nte"],
  ["bytes=5-99", "nt"],
  ["bytes=0-6", "content"],
])("range %s is copied alone, with its own SHA-1", async (range, expected) => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.upload(bucketId, "a", "content");
  const copy = await b2.call("b2_copy_file", { sourceFileId: fileId, fileName: "b", range });
  expect(copy).toMatchObject({ contentLength: expected.length, contentSha1: sha1Of(expected) });
  expect(await (await b2.download("my-bucket", "b")).text()).toBe(expected);
});

test("a range behind the end answers 416, one that ends before it begins 400", async () => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.upload(bucketId, "a", "content");
  const copy = (range: string) => b2.fail("b2_copy_file", { sourceFileId: fileId, fileName: "b", range });
  expect(await copy("bytes=7-9")).toMatchObject({ status: 416, code: "range_not_satisfiable" });
  expect(await copy("bytes=4-2")).toMatchObject({ status: 400, code: "bad_request" });
  expect(await copy("2-4")).toMatchObject({ status: 400, code: "bad_request" });
});

test("REPLACE takes type and info from the request, into another bucket", async () => {
  const { b2, bucketId } = await start();
  const other = await b2.createBucket("other-bucket");
  const { fileId } = await b2.upload(bucketId, "a", "x", { "X-Bz-Info-colour": "blue" });
  const copy = await b2.call("b2_copy_file", {
    sourceFileId: fileId,
    destinationBucketId: other.bucketId,
    fileName: "a",
    metadataDirective: "REPLACE",
    contentType: "image/png",
    fileInfo: { Shape: "round" },
  });
  expect(copy).toMatchObject({
    bucketId: other.bucketId,
    contentType: "image/png",
    fileInfo: { shape: "round" },
  });
  expect(copy.fileInfo).not.toHaveProperty("colour");
});

test.each([
  ["REPLACE without a content type", { metadataDirective: "REPLACE" }],
  ["COPY with a content type", { metadataDirective: "COPY", contentType: "text/plain" }],
  ["a content type alone", { contentType: "text/plain" }],
  ["COPY with file info", { fileInfo: {} }],
  ["an unknown directive", { metadataDirective: "MOVE" }],
  ["an illegal name", { fileName: "a\nb" }],
  ["an unknown destination", { destinationBucketId: "0123456789abcdef01234567" }],
])("%s is a bad request", async (_, wrong) => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.upload(bucketId, "a", "x");
  const request = { sourceFileId: fileId, fileName: "b", ...wrong };
  expect(await b2.fail("b2_copy_file", request)).toMatchObject({ status: 400, code: "bad_request" });
});

test("only stored files can be copied", async () => {
  const { b2, bucketId } = await start();
  const { fileId } = await b2.upload(bucketId, "a", "x");
  const marker = await b2.call("b2_hide_file", { bucketId, fileName: "a" });
  const unfinished = await b2.uploadParts(bucketId, "large", ["first"]);
  for (const sourceFileId of [marker.fileId, unfinished.fileId]) {
    expect(await b2.fail("b2_copy_file", { sourceFileId, fileName: "b" })).toMatchObject({ status: 400 });
  }
  await b2.call("b2_delete_file_version", { fileName: "a", fileId });
  expect(await b2.fail("b2_copy_file", { sourceFileId: fileId, fileName: "b" })).toMatchObject({
    status: 404,
    code: "not_found",
  });
});

test("a large file copied in one call gets a SHA-1 of its own", async () => {
  const { b2, bucketId } = await start();
  const { fileId, partSha1Array } = await b2.uploadParts(bucketId, "large", ["first", "second"]);
  await b2.call("b2_finish_large_file", { fileId, partSha1Array });
  const copy = await b2.call("b2_copy_file", { sourceFileId: fileId, fileName: "copy" });
  expect(copy).toMatchObject({ contentLength: 11, contentSha1: sha1Of("firstsecond") });
});

test("a source of a private bucket needs a key that reads it; a public one does not", async () => {
  const { b2, bucketId } = await start();
  const destination = await b2.createBucket("destination");
  const { accountId } = b2.emulator;
  const { fileId: sourceFileId } = await b2.upload(bucketId, "a", "x");
  const key = await b2.call("b2_create_key", {
    accountId,
    keyName: "writer",
    capabilities: ["writeFiles", "readFiles"],
    bucketIds: [destination.bucketId],
  });
  const writer = await PlainClient.authorize(b2.emulator, key.applicationKeyId, key.applicationKey);
  const request = { sourceFileId, destinationBucketId: destination.bucketId, fileName: "b" };
  expect(await writer.fail("b2_copy_file", request)).toMatchObject({ status: 403, code: "access_denied" });
  await b2.call("b2_update_bucket", { accountId, bucketId, bucketType: "allPublic" });
  expect(await writer.call("b2_copy_file", request)).toMatchObject({ contentLength: 1 });
  expect(await writer.fail("b2_copy_file", { sourceFileId, fileName: "b" })).toMatchObject({
    status: 401,
    code: "unauthorized",
  });
});

test("parts are copied from files and ranges, and replace parts of their number", async () => {
  const { b2, bucketId } = await start();
  const { fileId: sourceFileId } = await b2.upload(bucketId, "a", "0123456789");
  const { fileId: largeFileId } = await b2.uploadParts(bucketId, "large", ["wrong", "third"]);
  const copyPart = (partNumber: number, range?: string) =>
    b2.call("b2_copy_part", { sourceFileId, largeFileId, partNumber, ...(range && { range }) });
  expect(await copyPart(1, "bytes=0-4")).toMatchObject({
    fileId: largeFileId,
    partNumber: 1,
    contentLength: 5,
    contentSha1: sha1Of("01234"),
  });
  expect(await copyPart(3)).toMatchObject({ contentLength: 10, contentSha1: sha1Of("0123456789") });
  const partSha1Array = ["01234", "third", "0123456789"].map(sha1Of);
  await b2.call("b2_finish_large_file", { fileId: largeFileId, partSha1Array });
  expect(await (await b2.download("my-bucket", "large")).text()).toBe("01234third0123456789");
});

test("a part of no bytes or of a file that is not unfinished is refused", async () => {
  const { b2, bucketId } = await start();
  const empty = await b2.upload(bucketId, "empty");
  const { fileId } = await b2.uploadParts(bucketId, "large", []);
  const request = { sourceFileId: empty.fileId, largeFileId: fileId, partNumber: 1 };
  expect(await b2.fail("b2_copy_part", request)).toMatchObject({ code: "bad_request" });
  const toStored = { ...request, largeFileId: empty.fileId };
  expect(await b2.fail("b2_copy_part", toStored)).toMatchObject({ code: "bad_request" });
  const unknown = { ...request, sourceFileId: `${empty.fileId}x` };
  expect(await b2.fail("b2_copy_part", unknown)).toMatchObject({ status: 404, code: "not_found" });
});

test("more than 5 GB is too large for one copy, a range of it is not", async () => {
  const { b2, bucketId } = await start();
  const source = await b2.upload(bucketId, "a", Buffer.alloc(64 << 20));
  const large = await multiply(b2, bucketId, source, 75);
  const request = { sourceFileId: large.fileId, fileName: "copy" };
  expect(await b2.fail("b2_copy_file", request)).toMatchObject({
    status: 400,
    code: "source_too_large",
    message: `Copy source too big: ${4800 * 2 ** 20}`,
  });
  const range = "bytes=4000000000-4000000999";
  expect(await b2.call("b2_copy_file", { ...request, range })).toMatchObject({ contentLength: 1000 });
});

/** Makes a large file that is a source `times` over. */
async function multiply(b2: PlainClient, bucketId: string, source: FileVersion, times: number) {
  const { fileId: largeFileId } = await b2.uploadParts(bucketId, `${times} of ${source.fileName}`, []);
  const partSha1Array: string[] = [];
  for (let partNumber = 1; partNumber <= times; partNumber++) {
    const part = { sourceFileId: source.fileId, largeFileId, partNumber };
    partSha1Array.push((await b2.call("b2_copy_part", part)).contentSha1);
  }
  return b2.call("b2_finish_large_file", { fileId: largeFileId, partSha1Array });
}
