import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { CustomerKey, decryptionHeaders } from "../src/encryption.ts";

const secret = Uint8Array.from({ length: 32 }, (_, index) => index * 7);

describe("CustomerKey", () => {
  test("writes key and MD5 in base64", () => {
    expect(new CustomerKey(secret).toWire()).toEqual({
      mode: "SSE-C",
      algorithm: "AES256",
      customerKey: Buffer.from(secret).toString("base64"),
      customerKeyMd5: createHash("md5").update(secret).digest("base64"),
    });
  });

  test.each([0, 16, 31, 33])("refuses %d bytes", (length) => {
    expect(() => new CustomerKey(new Uint8Array(length))).toThrow(/32 bytes/);
  });

  test("never shows the key", () => {
    const key = new CustomerKey(secret, "my-key");
    const shown = [
      inspect(key, { depth: 9, showHidden: true }),
      JSON.stringify(key),
      String(key),
      `${Object.values(key)}`,
    ];
    for (const text of shown) {
      expect(text).not.toContain(Buffer.from(secret).toString("base64"));
      expect(text).not.toContain(Buffer.from(secret).toString("hex"));
    }
    expect(key.keyId).toBe("my-key");
  });

  test("does not follow later changes of the caller's bytes", () => {
    const bytes = secret.slice();
    const key = new CustomerKey(bytes);
    const before = key.toWire();
    bytes.fill(0);
    expect(key.toWire()).toEqual(before);
  });
});

test("only a customer key needs headers to be read again", () => {
  expect(decryptionHeaders(undefined)).toEqual({});
  expect(decryptionHeaders({ mode: "SSE-B2" })).toEqual({});
  expect(Object.keys(decryptionHeaders({ mode: "SSE-C", key: new CustomerKey(secret) }))).toHaveLength(3);
});
