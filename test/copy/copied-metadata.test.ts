import { describe, expect, test } from "vitest";
import { metadataRequest, needsSourceMetadata } from "../../src/copy/copied-metadata.ts";
import type { CopyOptions } from "../../src/copy/copy-options.ts";
import { CustomerKey, type FileEncryption } from "../../src/index.ts";

const key = (fill: number, id?: string): FileEncryption => ({
  mode: "SSE-C",
  key: new CustomerKey(new Uint8Array(32).fill(fill), id),
});
const source = {
  contentLength: 10,
  contentType: "text/plain",
  contentSha1: null,
  fileInfo: { sse_c_key_id: "a", large_file_sha1: "b", other: "c" },
};

describe("needsSourceMetadata", () => {
  test.each<[string, CopyOptions, boolean, boolean]>([
    ["nothing is given", {}, false, false],
    ["nothing is given for a range", {}, true, true],
    ["type and file info are given", { contentType: "a/b", fileInfo: {} }, true, false],
    ["only a type is given", { contentType: "a/b" }, false, true],
    ["only file info is given", { fileInfo: {} }, false, true],
    ["only a header is given", { cacheControl: "no-store" }, false, true],
    ["a named key is given to the copy", { encryption: key(1, "a") }, false, true],
    ["a nameless key is given to the copy", { encryption: key(1) }, false, false],
    ["a key is taken away", { sourceEncryption: key(1) }, false, true],
    ["the key stays", { sourceEncryption: key(1, "a"), encryption: key(1, "a") }, false, false],
    ["the key stays and has no name", { sourceEncryption: key(1), encryption: key(1) }, false, false],
    ["the key changes", { sourceEncryption: key(1), encryption: key(2) }, false, true],
    ["the key gets a name", { sourceEncryption: key(1), encryption: key(1, "a") }, false, true],
  ])("when %s", (_, options, isRange, expected) => {
    expect(needsSourceMetadata(options, isRange)).toBe(expected);
  });
});

describe("metadataRequest", () => {
  test("lets the service take what does not change", () => {
    const copy = { metadataDirective: "COPY" };
    expect(metadataRequest({}, undefined, true)).toEqual(copy);
    const same = { sourceEncryption: key(1, "a"), encryption: key(1, "a") };
    expect(metadataRequest(same, source, true)).toEqual(copy);
    const { sse_c_key_id: _id, large_file_sha1: _sha1, ...fileInfo } = source.fileInfo;
    expect(metadataRequest({}, { ...source, fileInfo }, false)).toEqual(copy);
  });

  test("leaves out what would not be true of the copy", () => {
    const request = { metadataDirective: "REPLACE", contentType: "text/plain" };
    expect(metadataRequest({ sourceEncryption: key(1) }, source, false)).toEqual({
      ...request,
      fileInfo: { other: "c" },
    });
    const renamed = { sourceEncryption: key(1, "a"), encryption: key(1, "b") };
    expect(metadataRequest(renamed, source, true)).toEqual({
      ...request,
      fileInfo: { ...source.fileInfo, sse_c_key_id: "b" },
    });
  });

  test("gives the service what the caller gave", () => {
    const given = { contentType: "a/b", fileInfo: { new: "value" } };
    expect(metadataRequest(given, undefined, true)).toEqual({ metadataDirective: "REPLACE", ...given });
    const both = { metadataDirective: "REPLACE", contentType: "a/b", fileInfo: source.fileInfo };
    const keys = { sourceEncryption: key(1, "a"), encryption: key(1, "a") };
    expect(metadataRequest({ contentType: "a/b", ...keys }, source, true)).toEqual(both);
  });
});
