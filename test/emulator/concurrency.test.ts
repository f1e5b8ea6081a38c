import { Agent, request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import type { components } from "../../generated/schema.ts";
import { compareNames } from "../../src/emulator/name-order.ts";
import { randomFrom } from "../../src/emulator/random.ts";
import { type PlainClient, sha1Of, startForTest } from "./plain-client.ts";

type FileVersion = components["schemas"]["FileVersion"];
type UploadTarget = { readonly uploadUrl: string; readonly authorizationToken: string };

const clients = 64;
const operations = 20_000;

/** Names that all clients write, beside those in each one's own folder. */
const sharedNames = ["shared/é", "shared/\u{ffff}", "shared/\u{1f600}", "shared/a b", "sharee"];

/** What must be there: the versions of each name by file ID. */
type Model = Map<string, Map<string, FileVersion>>;

/** Posts over kept-alive connections; anything but success is an error. */
function poster(agent: Agent) {
  return (url: string, headers: Record<string, string>, body: string | Buffer): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const message = request(url, { method: "POST", agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`${url}: ${text}`));
        });
      });
      message.on("error", reject);
      message.end(body);
    });
}

/** One client: uploads to its own upload URL, lists its own folder, and deletes what it uploaded. */
class ConcurrentClient {
  readonly folder: string;
  readonly #post: ReturnType<typeof poster>;
  readonly #b2: PlainClient;
  readonly #bucketId: string;
  readonly #model: Model;
  readonly #random: () => number;
  readonly #own: FileVersion[] = [];
  #target: UploadTarget | undefined;

  constructor(
    index: number,
    b2: PlainClient,
    bucketId: string,
    model: Model,
    post: ReturnType<typeof poster>,
  ) {
    this.folder = `client-${index}/`;
    this.#b2 = b2;
    this.#bucketId = bucketId;
    this.#model = model;
    this.#post = post;
    this.#random = randomFrom(index);
  }

  /** Performs one random operation and brings the model up to date when it is acknowledged. */
  async act(): Promise<void> {
    const dice = this.#random();
    if (dice < 0.5 || this.#own.length === 0) await this.#upload();
    else if (dice < 0.85) await this.#delete();
    else await this.#list();
  }

  async #upload(): Promise<void> {
    this.#target ??= (await this.#call("b2_get_upload_url", { bucketId: this.#bucketId })) as UploadTarget;
    const fileName =
      this.#random() < 0.3 ? this.#pick(sharedNames) : `${this.folder}${this.#pick("abcdefgh")}`;
    const content = Buffer.from(`${this.folder} ${this.#random()}`);
    const version = (await this.#post(
      this.#target.uploadUrl,
      {
        Authorization: this.#target.authorizationToken,
        "X-Bz-File-Name": encodeURIComponent(fileName),
        "X-Bz-Content-Sha1": sha1Of(content),
        "Content-Type": "text/plain",
        "Content-Length": String(content.length),
      },
      content,
    )) as FileVersion;
    this.#own.push(version);
    const versions = this.#model.get(fileName) ?? new Map();
    this.#model.set(fileName, versions.set(version.fileId, version));
  }

  async #delete(): Promise<void> {
    const index = Math.floor(this.#random() * this.#own.length);
    const [version] = this.#own.splice(index, 1);
    if (!version) return;
    const { fileId, fileName } = version;
    await this.#call("b2_delete_file_version", { fileId, fileName });
    const versions = this.#model.get(fileName);
    versions?.delete(fileId ?? "");
    if (versions?.size === 0) this.#model.delete(fileName);
  }

  /** Nobody else writes in this folder, so its listing is known even while others work. */
  async #list(): Promise<void> {
    const request = { bucketId: this.#bucketId, prefix: this.folder, maxFileCount: 1000 };
    const { files } = (await this.#call("b2_list_file_versions", request)) as { files: FileVersion[] };
    const own = this.#own.filter(({ fileName }) => fileName.startsWith(this.folder));
    if (idsOf(files) !== idsOf(inOrder(own))) throw new Error(`the listing of ${this.folder} is wrong`);
  }

  #call(operation: string, body: object): Promise<unknown> {
    const url = `${this.#b2.emulator.url}/b2api/v4/${operation}`;
    return this.#post(url, { authorization: this.#b2.token }, JSON.stringify(body));
  }

  #pick(choices: ArrayLike<string>): string {
    return choices[Math.floor(this.#random() * choices.length)] ?? "";
  }
}

const idsOf = (files: readonly FileVersion[]) => files.map(({ fileId }) => fileId).join();

/** The order of listings: by name, the newest first. */
function inOrder(files: readonly FileVersion[]): FileVersion[] {
  return files.toSorted(
    (left, right) =>
      compareNames(left.fileName, right.fileName) || right.uploadTimestamp - left.uploadTimestamp,
  );
}

/** Reads a listing to its end in pages of a size. */
async function listAll(
  b2: PlainClient,
  operation: "b2_list_file_names" | "b2_list_file_versions",
  request: object,
): Promise<FileVersion[]> {
  const all: FileVersion[] = [];
  let start: object = {};
  for (;;) {
    const page = await b2.call(operation, { ...request, ...start });
    all.push(...page.files);
    if (page.nextFileName === null) return all;
    const { nextFileName } = page;
    start = {
      startFileName: nextFileName,
      ...("nextFileId" in page && page.nextFileId !== null && { startFileId: page.nextFileId }),
    };
  }
}

test(`${clients} clients at once leave listings that agree with what they were told`, async () => {
  const b2 = await startForTest({ checkAnswers: false }); // checked by the other tests; here it would take most of the time
  const { bucketId } = await b2.createBucket();
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  onTestFinished(() => agent.destroy());
  const model: Model = new Map();
  const post = poster(agent);
  const crowd = Array.from(
    { length: clients },
    (_, index) => new ConcurrentClient(index, b2, bucketId, model, post),
  );
  let left = operations;
  await Promise.all(
    crowd.map(async (client) => {
      while (left-- > 0) await client.act();
    }),
  );
  expect(b2.emulator.requests.total).toBeGreaterThanOrEqual(operations);

  const expected = inOrder([...model.values()].flatMap((versions) => [...versions.values()]));
  const newest = expected.filter(({ fileName }, index) => fileName !== expected[index - 1]?.fileName);
  expect(expected.length).toBeGreaterThan(1000);
  for (const maxFileCount of [97, 1000, 10_000]) {
    const request = { bucketId, maxFileCount };
    expect(await listAll(b2, "b2_list_file_versions", request)).toEqual(expected);
    expect(await listAll(b2, "b2_list_file_names", request)).toEqual(newest);
  }
  for (const prefix of ["shared/", ...crowd.map(({ folder }) => folder)]) {
    const inFolder = newest.filter(({ fileName }) => fileName.startsWith(prefix));
    expect(await listAll(b2, "b2_list_file_names", { bucketId, prefix })).toEqual(inFolder);
  }
  const folders = await listAll(b2, "b2_list_file_names", { bucketId, delimiter: "/" });
  const topNames = newest.map(({ fileName }) => fileName.replace(/\/.*/s, "/"));
  expect(folders.map(({ fileName }) => fileName)).toEqual([...new Set(topNames)]);
}, 120_000);
