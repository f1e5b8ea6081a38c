import { expect, test } from "vitest";
import { RequestContent } from "../../src/emulator/request-content.ts";
import { serverForTest } from "../support.ts";

test("chunks are handed over in order, and their memory is free afterwards", async () => {
  const sent = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  const chunks: Buffer[] = [];
  const copies: Buffer[] = [];
  const url = await serverForTest(async (request, response) => {
    await new RequestContent(request).takeEach((chunk) => {
      chunks.push(chunk);
      copies.push(Buffer.from(chunk));
    });
    response.end();
  });
  await fetch(url, { method: "POST", body: sent });
  expect(Buffer.concat(copies)).toEqual(sent);
  expect(chunks.length).toBeGreaterThan(1);
  expect(chunks.map(({ buffer }) => buffer.byteLength)).toEqual(chunks.map(() => 0));
});

test("what the receiver throws ends the reading, and the connection lives on for an answer", async () => {
  const url = await serverForTest(async (request, response) => {
    const reading = new RequestContent(request).takeEach(() => {
      throw new Error("no more");
    });
    await reading.catch(({ message }: Error) => response.end(message));
    request.resume();
  });
  const answer = await fetch(url, { method: "POST", body: Buffer.alloc(300_000) });
  expect(await answer.text()).toBe("no more");
});
