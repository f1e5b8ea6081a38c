import type { OperationId } from "../generated/operations.ts";
import type { components } from "../generated/schema.ts";
import type { AnswerOf } from "../src/emulator/wire.ts";
import type { EmulatorProcess } from "./emulator-process.ts";
import { sha1Of } from "./file-tree.ts";

type FileVersion = components["schemas"]["FileVersion"];

/** How often each operation was called. */
export type Tally = Map<OperationId, number>;

/** The connection ended before an answer came: whether the request was performed is not known. */
export class CutOff extends Error {
  override readonly name = "CutOff";
}

/** Requests to one run of an emulator. Every refusal is an error, because the load does nothing that is refused. */
export class SoakClient {
  readonly accountId: string;
  readonly #url: string;
  readonly #token: string;
  readonly #acknowledged: Tally;

  private constructor(
    url: string,
    { accountId, authorizationToken }: AnswerOf<"b2_authorize_account">,
    acknowledged: Tally,
  ) {
    this.accountId = accountId;
    this.#url = url;
    this.#token = authorizationToken;
    this.#acknowledged = acknowledged;
  }

  /** @param acknowledged - Counts what is acknowledged. */
  static async authorize(emulator: EmulatorProcess, acknowledged: Tally): Promise<SoakClient> {
    const pair = Buffer.from(`${emulator.applicationKeyId}:${emulator.applicationKey}`).toString("base64");
    const answer = await send(`${emulator.url}/b2api/v4/b2_authorize_account`, {
      headers: { authorization: `Basic ${pair}` },
    });
    return new SoakClient(emulator.url, await answer.json(), acknowledged);
  }

  async call<Id extends OperationId>(operation: Id, body: object): Promise<AnswerOf<Id>> {
    const url = `${this.#url}/b2api/v4/${operation}`;
    const answer = await send(url, {
      method: "POST",
      headers: { authorization: this.#token },
      body: JSON.stringify(body),
    });
    return this.#count(operation, await read(answer));
  }

  #count<Answer>(operation: OperationId, answer: Answer): Answer {
    this.#acknowledged.set(operation, (this.#acknowledged.get(operation) ?? 0) + 1);
    return answer;
  }

  /** Sends bytes to an upload URL, with their SHA-1. */
  async send<Id extends "b2_upload_file" | "b2_upload_part">(
    operation: Id,
    target: { readonly uploadUrl: string; readonly authorizationToken: string },
    bytes: Uint8Array,
    headers: Record<string, string>,
  ): Promise<AnswerOf<Id>> {
    const all = { authorization: target.authorizationToken, "X-Bz-Content-Sha1": sha1Of(bytes), ...headers };
    const answer = await send(target.uploadUrl, {
      method: "POST",
      headers: all,
      body: new Uint8Array(bytes),
    });
    return this.#count(operation, await read(answer));
  }

  /** The SHA-1 of what is really stored. */
  async contentSha1(fileId: string): Promise<string> {
    const url = `${this.#url}/b2api/v4/b2_download_file_by_id?fileId=${fileId}`;
    const answer = await send(url, { headers: { authorization: this.#token } });
    return sha1Of(new Uint8Array(await answer.arrayBuffer()));
  }

  /** The digests of the parts of an unfinished large file by their numbers. */
  async partsOf(fileId: string): Promise<ReadonlyMap<number, string>> {
    const { parts } = await this.call("b2_list_parts", { fileId, maxPartCount: 1000 });
    return new Map(parts.map(({ partNumber, contentSha1 }) => [partNumber, contentSha1]));
  }

  /** All versions in a bucket. */
  async versionsIn(bucketId: string): Promise<FileVersion[]> {
    const { files, nextFileName } = await this.call("b2_list_file_versions", {
      bucketId,
      maxFileCount: 10_000,
    });
    if (nextFileName !== null) throw new Error("a bucket has more versions than one page");
    return files;
  }
}

async function send(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((error) => {
    throw new CutOff(`${url}: ${error.message}`, { cause: error });
  });
  if (response.ok) return response;
  throw new Error(`${url} was refused: ${await response.text()}`);
}

async function read<Body>(response: Response): Promise<Body> {
  try {
    return await response.json();
  } catch (error) {
    throw new CutOff("the answer broke off", { cause: error });
  }
}
