import { describe, expect, test } from "vitest";
import { parseHttpDate, readFileHeaders, writeFileHeaders } from "../src/file-headers.ts";

describe("parseHttpDate (b2sdk 57)", () => {
  const moment = Date.parse("1994-11-06T08:49:37Z");

  test.each(["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])(
    "reads %j",
    (text) => {
      expect(parseHttpDate(text).getTime()).toBe(moment);
    },
  );

  test.each(["Sun, 06 Nov 1994 08:49:37 PDT", "1994-11-06T08:49:37Z", "tomorrow", ""])(
    "refuses %j",
    (text) => {
      expect(() => parseHttpDate(text)).toThrow(RangeError);
    },
  );
});

describe("file headers", () => {
  test("become file info entries under reserved names, dates in GMT (b2sdk 57)", () => {
    const entries = writeFileHeaders({
      cacheControl: "max-age=60",
      contentDisposition: 'attachment; filename="a.txt"',
      contentEncoding: "gzip",
      contentLanguage: "de",
      expires: new Date("1994-11-06T09:49:37+01:00"),
    });
    expect(entries).toEqual({
      "b2-cache-control": "max-age=60",
      "b2-content-disposition": 'attachment; filename="a.txt"',
      "b2-content-encoding": "gzip",
      "b2-content-language": "de",
      "b2-expires": "Sun, 06 Nov 1994 08:49:37 GMT",
    });
    expect(readFileHeaders(entries)).toMatchObject({ cacheControl: "max-age=60", contentLanguage: "de" });
  });

  test("leave out what is not given", () => {
    expect(writeFileHeaders({ contentLanguage: undefined })).toEqual({});
    expect(readFileHeaders({ author: "me" }).expires).toBeUndefined();
  });
});
