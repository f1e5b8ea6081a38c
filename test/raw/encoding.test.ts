import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { percentDecode, percentEncode, utf8Length } from "../../src/raw/encoding.ts";

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
