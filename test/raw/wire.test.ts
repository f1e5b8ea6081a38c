import nock from "nock";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createRawClient, operations } from "../../src/raw/index.ts";
import { authorization } from "./wire-answers.ts";
import { type WireCase, wireCases } from "./wire-cases.ts";

beforeAll(() => {
  if (!nock.isActive()) {
    nock.activate(); // Another file has ended it.
  }
  nock.disableNetConnect();
});
afterEach(() => {
  nock.cleanAll();
});
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

const raw = createRawClient({
  authorization,
  credentials: { applicationKeyId: "0040a1b2c3d4e5f0000000001", applicationKey: "K004fake+fake/fake" },
});

/** Answers one request to the case's host and method, whatever its path, and records the request. */
function record({ sends, answer }: WireCase): { readonly sent: unknown[] } {
  const sent: unknown[] = [];
  const { origin } = new URL(sends.url);
  nock(origin)
    .intercept(/^/, sends.method)
    .reply(function (path, body) {
      sent.push({
        method: this.req.method,
        url: origin + path,
        headers: told(this.req.headers, sends.headers),
        ...(body !== "" && { body }),
      });
      return [answer.status ?? 200, answer.body as nock.Body, { ...answer.headers }];
    });
  return { sent };
}

/** Leaves out what every request has, and the length where the case does not state it. */
function told(headers: Record<string, string>, expected: Readonly<Record<string, string>>) {
  const { host: _host, connection: _connection, "user-agent": _agent, ...rest } = headers;
  if (expected["content-type"] === "application/json") {
    delete rest["content-length"];
  }
  return rest;
}

describe("on the wire", () => {
  test.each(wireCases.map((each) => [each.operation, each.title ?? "", each] as const))(
    "%s %s",
    async (_operation, _title, each) => {
      const { sent } = record(each);
      const read = await each.call(raw);
      expect(sent).toEqual([each.sends]);
      expect(read).toEqual(each.reads);
    },
  );

  test("every operation of the description has a case", () => {
    expect(new Set(wireCases.map(({ operation }) => operation))).toEqual(new Set(Object.keys(operations)));
  });
});
