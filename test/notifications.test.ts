import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { verifyWebhookSignature } from "../src/notifications.ts";

const secret = "0123456789abcdefghijABCDEFGHIJ12";
const body = JSON.stringify({ events: [{ eventType: "b2:ObjectCreated:Upload", objectName: "größe" }] });
const hex = (text: string, key = secret) => createHmac("sha256", key).update(text).digest("hex");

describe("verifyWebhookSignature", () => {
  test.each([
    ["one signature", `v1=${hex(body)}`, true],
    ["the right one among several", `v1=${hex("other")}, v1=${hex(body)}`, true],
    ["digits in upper case", `v1=${hex(body).toUpperCase()}`, true],
    ["a signature of another body", `v1=${hex("other")}`, false],
    ["a signature with another secret", `v1=${hex(body, "another")}`, false],
    ["an unknown version", `v2=${hex(body)}`, false],
    ["a bare digest", hex(body), false],
    ["a truncated digest", `v1=${hex(body).slice(0, 62)}`, false],
    ["nothing", "", false],
    ["no header", undefined, false],
    ["no header, as Headers.get tells it", null, false],
  ])("for %s", async (_, header, valid) => {
    expect(await verifyWebhookSignature(body, header, secret)).toBe(valid);
    expect(await verifyWebhookSignature(new TextEncoder().encode(body), header, secret)).toBe(valid);
  });

  test("of a body in shared memory", async () => {
    const bytes = new TextEncoder().encode(body);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    expect(await verifyWebhookSignature(shared, `v1=${hex(body)}`, secret)).toBe(true);
  });
});
