import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Answer } from "../../src/raw/answer.ts";
import { HeaderFields } from "../../src/raw/header-fields.ts";
import { createRawClient } from "../../src/raw/index.ts";
import { bodyOf, serve } from "./loopback.ts";
import { authorization } from "./wire-answers.ts";

const bytes = new TextEncoder().encode('{"a":1}');

/** One answer that was read whole, and one whose content waits. */
function answers(): Answer[] {
  const told = { status: 200, headers: new HeaderFields({ "Content-Type": "application/json" }) };
  const content = {
    async *[Symbol.asyncIterator]() {
      yield bytes.slice(0, 3);
      yield bytes.slice(3);
    },
    discard: () => {},
  };
  return [new Answer(told, bytes), new Answer(told, content)];
}

test.each<[string, (answer: Response) => Promise<unknown>, unknown]>([
  ["text", (answer) => answer.text(), '{"a":1}'],
  ["JSON", (answer) => answer.json(), { a: 1 }],
  ["an ArrayBuffer", (answer) => answer.arrayBuffer(), bytes.buffer],
  ["bytes", async (answer) => (answer as Answer).bytes(), bytes],
  ["a Blob", async (answer) => (await answer.blob()).type, "application/json"],
  ["a stream", (answer) => new Response(answer.body).text(), '{"a":1}'],
  [
    "another Response",
    async (answer) => new Response("x", answer).headers.get("content-type"),
    "application/json",
  ],
  ["a copy", async (answer) => [await answer.clone().text(), await answer.text()], ['{"a":1}', '{"a":1}']],
])("an answer can be read as %s, as the platform's Response can", async (_, read, expected) => {
  for (const answer of answers()) {
    expect(await read(answer)).toEqual(expected);
  }
});

test("an answer of a status without body has none", () => {
  const headers = new HeaderFields();
  expect(new Answer({ status: 204, headers }, new Uint8Array()).body).toBeNull();
});

test("header fields are told as the platform's Headers tell them", () => {
  const name = fc.constantFrom("A", "a", "b", "X-Bz-Info-A", "x-bz-info-a", "Set-Cookie");
  const value = fc.stringMatching(/^[!-~]{0,9}$/);
  const deed = fc.tuple(fc.constantFrom("append" as const, "set" as const, "delete" as const), name, value);
  fc.assert(
    fc.property(fc.array(deed), (deeds) => {
      const [own, platform] = [new HeaderFields(), new Headers()];
      for (const [method, ...field] of deeds) {
        own[method](...field);
        platform[method](...field);
      }
      expect([...own.keys()].sort()).toEqual([...platform.keys()]);
      for (const key of platform.keys()) {
        expect(own.get(key)).toBe(platform.get(key));
      }
      expect(own.getSetCookie()).toEqual(platform.getSetCookie());
      expect([...new Headers(own)]).toEqual([...new Headers(platform)]);
    }),
  );
});

describe("without middleware", () => {
  test("uploads, downloads and other calls make none of the platform's classes", async () => {
    const url = await serve(async (request, response) => response.end(JSON.stringify(await bodyOf(request))));
    const raw = createRawClient({ authorization });
    const refuse = (name: string) =>
      vi.stubGlobal(
        name,
        class {
          constructor() {
            throw new Error(`made a ${name}`);
          }
        },
      );
    try {
      ["Headers", "Request", "Response", "FormData", "ReadableStream"].forEach(refuse);
      const listed = await raw.POST("/b2api/v4/b2_list_buckets", { baseUrl: url, body: { accountId: "a" } });
      const file = {
        Authorization: "t",
        "X-Bz-File-Name": "n",
        "X-Bz-Content-Sha1": "do_not_verify",
      } as const;
      const sent = await raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
        params: { path: { uploadUrl: url }, header: file },
        body: bytes,
      });
      const query = { fileId: "f" };
      const read = await raw.GET("/b2api/v4/b2_download_file_by_id", {
        ...{ baseUrl: url, params: { query }, parseAs: "chunks" },
      });
      read.data?.discard();
      expect([listed, sent, read].map(({ response }) => response.status)).toEqual([200, 200, 200]);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
