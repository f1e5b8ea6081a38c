import { expect, test } from "vitest";
import { folderForTest } from "../support.ts";
import { type PlainClient, startForTest } from "./plain-client.ts";

async function start(options = {}) {
  const b2 = await startForTest(options);
  const { bucketId } = await b2.createBucket();
  return { b2, bucketId };
}

const at = (timestamp: number) => ({ "X-Bz-Custom-Upload-Timestamp": String(timestamp) });

async function contentsOf(b2: PlainClient, bucketId: string) {
  const { files } = await b2.call("b2_list_file_versions", { bucketId });
  return files.map(({ uploadTimestamp, contentLength }) => [uploadTimestamp, contentLength]);
}

test("versions are ordered by the upload timestamp that their client chose", async () => {
  const { b2, bucketId } = await start();
  await b2.upload(bucketId, "a", "12", at(2000));
  await b2.upload(bucketId, "a", "1", at(1000));
  await b2.upload(bucketId, "a", "123", at(3000));
  expect(await contentsOf(b2, bucketId)).toEqual([
    [3000, 3],
    [2000, 2],
    [1000, 1],
  ]);
  expect(await (await b2.download("my-bucket", "a")).text()).toBe("123");
});

test("of versions with the same timestamp the later upload is the newer one, also after a restart", async () => {
  const dataDir = await folderForTest();
  const { b2, bucketId } = await start({ dataDir });
  for (const content of ["1", "12", "123"]) await b2.upload(bucketId, "a", content, at(1000));
  const expected = [
    [1000, 3],
    [1000, 2],
    [1000, 1],
  ];
  expect(await contentsOf(b2, bucketId)).toEqual(expected);
  await b2.emulator.close();
  const again = await startForTest({ dataDir });
  expect(await contentsOf(again, bucketId)).toEqual(expected);
});

test("pages of versions with the same timestamp miss none and repeat none", async () => {
  const { b2, bucketId } = await start();
  const stored = [];
  for (const content of ["1", "12", "123"])
    stored.push((await b2.upload(bucketId, "a", content, at(1))).fileId);
  const listed = [];
  let next: object = {};
  for (let page = 0; page < 3; page++) {
    const answer = await b2.call("b2_list_file_versions", { bucketId, maxFileCount: 1, ...next });
    listed.push(answer.files[0]?.fileId);
    next = { startFileName: answer.nextFileName, startFileId: answer.nextFileId };
  }
  expect(listed).toEqual(stored.reverse());
});

test("large files take the timestamp as a number or as digits", async () => {
  const { b2, bucketId } = await start();
  for (const customUploadTimestamp of [1500, "1500"]) {
    const request = { bucketId, fileName: "large", contentType: "text/plain", customUploadTimestamp };
    expect(await b2.call("b2_start_large_file", request)).toMatchObject({ uploadTimestamp: 1500 });
  }
});

test("a timestamp in the future or of no digits is refused", async () => {
  const { b2, bucketId } = await start();
  const future = b2.emulator.clock.now() + 3_600_000;
  await expect(b2.upload(bucketId, "a", "", at(future))).rejects.toThrow('"bad_request"');
  const request = { bucketId, fileName: "large", contentType: "text/plain" };
  for (const customUploadTimestamp of [future, "soon", -1]) {
    const wrong = { ...request, customUploadTimestamp };
    expect(await b2.fail("b2_start_large_file", wrong)).toMatchObject({ code: "bad_request" });
  }
});
