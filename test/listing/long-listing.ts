import { B2Api } from "../../src/index.ts";
import type { Transport } from "../../src/raw/index.ts";
import { authorization, bucket, fileVersion } from "../raw/wire-answers.ts";

// The program that memory.test.ts starts with little memory: lists so many names, in pages of 1,000.
// Argument: the number of names. Prints how many it saw.

const total = Number(process.argv[2]);
const { allowed } = authorization.apiInfo.storageApi;
Object.assign(allowed, { buckets: null, capabilities: ["listBuckets", "listFiles"] });

/** Names of equal length, in order. */
const nameOf = (index: number) => `${"long-folder-name/".repeat(10)}${String(index).padStart(9, "0")}`;

function page(start: number) {
  const files = Array.from({ length: Math.min(1000, total - start) }, (_, index) => ({
    ...fileVersion,
    fileName: nameOf(start + index),
  }));
  const next = start + files.length;
  return { files, nextFileName: next < total ? nameOf(next) : null };
}

/** A service with that many files. */
const transport: Transport = async ({ url, content }) => {
  let asked = "";
  await content?.writeTo(async (chunk) => {
    asked += new TextDecoder().decode(chunk);
  });
  const start = Number(/name\/(\d{9})"/.exec(asked)?.[1] ?? 0);
  const answer = url.includes("b2_authorize_account")
    ? authorization
    : url.includes("b2_list_buckets")
      ? { buckets: [bucket] }
      : page(start);
  return {
    status: 200,
    headers: new Headers({ "Content-Type": "application/json" }),
    body: (async function* () {
      yield new TextEncoder().encode(JSON.stringify(answer));
    })(),
    discard: () => {},
  };
};

const b2 = new B2Api({ applicationKeyId: "id", applicationKey: "key", transport });
const [found] = await b2.listBuckets();
let seen = 0;
for await (const _ of found?.ls("", { recursive: true, fetchCount: 1000 }) ?? []) {
  seen += 1;
}
console.log(seen);
