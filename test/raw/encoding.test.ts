import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { percentDecode, percentEncode, utf8Length } from "../../src/raw/encoding.ts";
import { createRawClient } from "../../src/raw/index.ts";
import { serverForTest } from "../support.ts";
import { authorization, fileVersion } from "./wire-answers.ts";

describe("percentEncode", () => {
  test.each([
    ["a/b c", "a/b%20c"],
    ["1+1=2", "1%2B1%3D2"],
    ["100%", "100%25"],
    ["?#%3F", "%3F%23%253F"],
    ["größe", "gr%C3%B6%C3%9Fe"],
    ["🦊", "%F0%9F%A6%8A"],
    ["a/../b", "a/../b"],
  ])("writes %j as %j", (plain, encoded) => {
    expect(percentEncode(plain)).toBe(encoded);
    expect(percentDecode(encoded)).toBe(plain);
  });

  test("writes only characters that a header and a URL carry unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => /^[\w\-.~!*'()/%]*$/.test(percentEncode(text))),
    );
  });

  test("round-trips any text", () => {
    const anyText = fc.string({ unit: "binary" }).filter((text) => text.isWellFormed());
    fc.assert(fc.property(anyText, (text) => percentDecode(percentEncode(text)) === text));
  });

  test("refuses half a surrogate pair", () => {
    expect(() => percentEncode("a\ud800")).toThrow(/surrogate/);
  });
});

describe("percentDecode", () => {
  test("reads + as a space, as other clients write it", () => {
    expect(percentDecode("a+b%2Bc")).toBe("a b+c");
  });

  test("gives malformed text back as it is", () => {
    expect(percentDecode("50%")).toBe("50%");
    expect(percentDecode("%ff")).toBe("%ff");
  });
});

test("utf8Length counts bytes, not characters", () => {
  expect(utf8Length("aö€🦊")).toBe(1 + 2 + 3 + 4);
});

test("any text reaches the service by header, path and query as it was given", async () => {
  let arrived: { url: string; name: unknown; info: unknown } | undefined;
  const url = await serverForTest((request, response) => {
    const { "x-bz-file-name": name, "x-bz-info-any": info } = request.headers;
    arrived = { url: request.url ?? "", name, info };
    request.resume().on("end", () => response.end(JSON.stringify(fileVersion)));
  });
  const raw = createRawClient({ authorization });
  const anyCharacter = fc.string({ unit: "binary", minLength: 1, maxLength: 1 });
  const anyText = fc
    .string({ unit: fc.oneof(fc.constantFrom(..."%+?#&=/\\. :*'\"<>;,@!~"), anyCharacter), minLength: 1 })
    .filter((text) => text.isWellFormed());
  await fc.assert(
    fc.asyncProperty(anyText, anyText, async (fileName, info) => {
      await raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
        params: {
          path: { uploadUrl: `${url}/upload` },
          header: {
            Authorization: "token",
            "X-Bz-File-Name": fileName,
            "X-Bz-Content-Sha1": "do_not_verify",
            "X-Bz-Info-*": { any: info },
            "Content-Length": 1,
          },
        },
        body: new Uint8Array(1),
      });
      expect(decodeURIComponent(String(arrived?.name))).toBe(fileName);
      expect(decodeURIComponent(String(arrived?.info))).toBe(info);
      const { data } = await raw.GET("/file/{bucketName}/{fileName}", {
        baseUrl: url,
        params: { path: { bucketName: "a-bucket", fileName }, query: { b2ContentDisposition: info } },
        parseAs: "text",
      });
      expect(data).toBeDefined();
      const [path = "", query = ""] = arrived?.url.split("?") ?? [];
      expect(decodeURIComponent(path)).toBe(`/file/a-bucket/${fileName}`);
      expect(new URLSearchParams(query).get("b2ContentDisposition")).toBe(info);
    }),
    { numRuns: 200 },
  );
});
