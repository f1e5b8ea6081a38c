import { onTestFinished } from "vitest";
import type { components } from "../../generated/schema.ts";
import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import type { ListedBucket } from "../../src/listing/pages.ts";
import { nodeTransport, type Transport } from "../../src/raw/index.ts";
import { Session } from "../../src/session/session.ts";
import { PlainClient } from "../emulator/plain-client.ts";

type Schemas = components["schemas"];

/** What is done to a name. */
export type Step = readonly [action: "upload" | "hide" | "start", fileName: string];

/** Gives everything that an iterable gives. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) {
    list.push(item);
  }
  return list;
}

/** An emulator, filled by a client that shares nothing with b2kit. */
export class FilledAccount {
  readonly emulator: Emulator;
  readonly #client: PlainClient;
  #buckets = 0;

  private constructor(client: PlainClient) {
    this.emulator = client.emulator;
    this.#client = client;
  }

  static async start(): Promise<FilledAccount> {
    const emulator = await startEmulator({ checkAnswers: true });
    return new FilledAccount(await PlainClient.authorize(emulator));
  }

  /** Starts an account that ends with the test. */
  static async forTest(): Promise<FilledAccount> {
    const account = await FilledAccount.start();
    onTestFinished(() => account.emulator.close());
    return account;
  }

  /** Makes a bucket and does the steps in it; hiding what is not there, or is hidden, does nothing. */
  async bucketWith(...steps: readonly (Step | string)[]): Promise<ListedBucket> {
    const { bucketId, bucketName } = await this.#client.createBucket(`bucket-${this.#buckets++}`);
    for (const step of steps) {
      const [action, fileName] = typeof step === "string" ? (["upload", step] as const) : step;
      if (action === "upload") {
        await this.#client.upload(bucketId, fileName);
      } else if (action === "hide") {
        await this.#client.post("b2_hide_file", { bucketId, fileName });
      } else {
        await this.#client.call("b2_start_large_file", { bucketId, fileName, contentType: "text/plain" });
      }
    }
    this.emulator.requests.clear();
    return { id: bucketId, name: bucketName };
  }

  /** Starts a large file with that many parts. */
  async partsOf({ id }: ListedBucket, fileName: string, count: number): Promise<string> {
    const contents = Array.from({ length: count }, (_, index) => `part ${index}`);
    return (await this.#client.uploadParts(id, fileName, contents)).fileId;
  }

  /** All versions of a bucket in the service's order. */
  async versionsIn({ id }: ListedBucket): Promise<Schemas["FileVersion"][]> {
    const request = { bucketId: id, maxFileCount: 10_000 };
    return (await this.#client.call("b2_list_file_versions", request)).files;
  }

  /** A session with the master key; with a prefix, with a key that is restricted to it. */
  async session({ namePrefix, transport }: KeyOptions = {}) {
    const { url: realm } = this.emulator;
    const { applicationKeyId, applicationKey } =
      namePrefix === undefined ? this.emulator : await this.#key(namePrefix);
    const session = new Session({
      realm,
      applicationKeyId,
      applicationKey,
      ...(transport && { transport }),
    });
    await session.authorize();
    this.emulator.requests.clear();
    return session;
  }

  async #key(namePrefix: string) {
    const { key } = await this.#client.withKey({ capabilities: ["listFiles", "writeFiles"], namePrefix });
    return key;
  }
}

/** How a session reaches the account. */
interface KeyOptions {
  /** Restricts the key. */
  readonly namePrefix?: string | undefined;
  readonly transport?: Transport | undefined;
}

/** A request for a page of files, as far as these tests look at it. */
type PageRequest = Partial<Schemas["ListFileVersionsRequest"]>;

/** Changes requests for pages before they are sent: `answer` gives an answer instead, or nothing. */
export function answeringPages(
  answer: (request: PageRequest, path: string) => object | undefined,
): Transport {
  const inner = nodeTransport();
  return async (request) => {
    const path = new URL(request.url).pathname;
    if (!/b2_list_/.test(path)) {
      return await inner(request);
    }
    const chunks: Uint8Array[] = [];
    await request.content?.writeTo(async (chunk) => void chunks.push(chunk.slice()));
    const given = answer(JSON.parse(Buffer.concat(chunks).toString()), path);
    return given === undefined ? await inner(request) : jsonAnswer(given);
  };
}

/** Answers every other request for a page with an empty one that leads to the page that was asked for. */
export function everyOtherPageEmpty(): Transport {
  let requests = 0;
  return answeringPages(({ startFileName, startFileId, prefix }) => {
    const nextFileName = startFileName ?? (prefix || " ");
    const cursor = { nextFileName, nextFileId: startFileId ?? null };
    return requests++ % 2 === 0 ? { files: [], ...cursor } : undefined;
  });
}

function jsonAnswer(answer: object): Awaited<ReturnType<Transport>> {
  return {
    status: 200,
    headers: new Headers({ "Content-Type": "application/json", Date: new Date().toUTCString() }),
    body: (async function* () {
      yield new TextEncoder().encode(JSON.stringify(answer));
    })(),
    discard: () => {},
  };
}
