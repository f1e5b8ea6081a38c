import { createHash } from "node:crypto";
import { onTestFinished } from "vitest";
import type { OperationId } from "../../generated/operations.ts";
import type { components } from "../../generated/schema.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../src/emulator/index.ts";
import type { AnswerOf } from "../../src/emulator/wire.ts";

export type FileVersion = components["schemas"]["FileVersion"];

/** A JSON answer with its status; the body is an answer or an error. */
export interface Answered<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** The three fields of an error. */
export interface ErrorBody {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export const sha1Of = (content: string | Uint8Array) => createHash("sha1").update(content).digest("hex");

/** Starts an emulator that checks its own answers, for the length of a test. */
export async function startForTest(options: EmulatorOptions = {}): Promise<PlainClient> {
  const emulator = await startEmulator({ checkAnswers: true, ...options });
  onTestFinished(() => emulator.close());
  return PlainClient.authorize(emulator);
}

/** The least that a client needs: fetch, JSON and a token. It retries nothing and checks nothing. */
export class PlainClient {
  readonly emulator: Emulator;
  token: string;

  private constructor(emulator: Emulator, token: string) {
    this.emulator = emulator;
    this.token = token;
  }

  static async authorize(
    emulator: Emulator,
    keyId = emulator.applicationKeyId,
    key = emulator.applicationKey,
  ): Promise<PlainClient> {
    const answer = await authorize(emulator, keyId, key);
    return new PlainClient(emulator, (answer.body as AnswerOf<"b2_authorize_account">).authorizationToken);
  }

  /** Posts JSON and answers whatever comes. */
  async post(operation: string, body: object, token = this.token): Promise<Answered<unknown>> {
    const url = `${this.emulator.url}/b2api/v4/${operation}`;
    return read(
      await fetch(url, { method: "POST", headers: { authorization: token }, body: JSON.stringify(body) }),
    );
  }

  /** Posts JSON and insists on success. */
  async call<Id extends OperationId>(operation: Id, body: object = {}): Promise<AnswerOf<Id>> {
    const answer = await this.post(operation, body);
    if (answer.status !== 200) throw new Error(`${operation}: ${JSON.stringify(answer.body)}`);
    return answer.body as AnswerOf<Id>;
  }

  /** Posts JSON and insists on failure. */
  async fail(operation: OperationId, body: object = {}, token = this.token): Promise<ErrorBody> {
    const answer = await this.post(operation, body, token);
    if (answer.status === 200) throw new Error(`${operation} succeeded: ${JSON.stringify(answer.body)}`);
    return answer.body as ErrorBody;
  }

  /** Makes an application key, and a client that uses it. */
  async withKey(request: object) {
    const { accountId } = this.emulator;
    const key = await this.call("b2_create_key", { accountId, keyName: "restricted", ...request });
    const client = await PlainClient.authorize(this.emulator, key.applicationKeyId, key.applicationKey);
    return { key, client };
  }

  async createBucket(bucketName = "my-bucket", settings: object = {}) {
    const { accountId } = this.emulator;
    return this.call("b2_create_bucket", { accountId, bucketName, bucketType: "allPrivate", ...settings });
  }

  /** Stores a small file through an upload URL of its own. */
  async upload(
    bucketId: string,
    fileName: string,
    content: string | Uint8Array = "",
    headers: object = {},
  ): Promise<FileVersion> {
    const target = await this.call("b2_get_upload_url", { bucketId });
    const answer = await send(target, content, {
      "X-Bz-File-Name": encodeURIComponent(fileName),
      "Content-Type": "b2/x-auto",
      ...headers,
    });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body as FileVersion;
  }

  /** Starts a large file and stores its parts, but does not finish it. */
  async uploadParts(bucketId: string, fileName: string, contents: readonly (string | Uint8Array)[]) {
    const file = await this.call("b2_start_large_file", { bucketId, fileName, contentType: "text/plain" });
    const { fileId } = file;
    const target = await this.call("b2_get_upload_part_url", { fileId });
    for (const [index, content] of contents.entries()) {
      await send(target, content, { "X-Bz-Part-Number": String(index + 1) });
    }
    return { fileId, file, partSha1Array: contents.map(sha1Of) };
  }

  /** Downloads by name; the name is sent percent-encoded with slashes kept. */
  async download(bucketName: string, fileName: string, init: RequestInit = {}): Promise<Response> {
    const path = fileName.split("/").map(encodeURIComponent).join("/");
    const headers = { authorization: this.token, ...init.headers };
    return fetch(`${this.emulator.url}/file/${bucketName}/${path}`, { ...init, headers });
  }
}

/** Asks for an account token. */
export async function authorize(emulator: Emulator, keyId: string, key: string): Promise<Answered<unknown>> {
  const authorization = `Basic ${Buffer.from(`${keyId}:${key}`).toString("base64")}`;
  return read(await fetch(`${emulator.url}/b2api/v4/b2_authorize_account`, { headers: { authorization } }));
}

/** Sends a body to an upload URL, with its SHA-1 unless a header says something else. */
export async function send(
  { uploadUrl, authorizationToken }: { uploadUrl: string; authorizationToken: string },
  content: string | Uint8Array,
  headers: object,
): Promise<Answered<unknown>> {
  const all = { Authorization: authorizationToken, "X-Bz-Content-Sha1": sha1Of(content), ...headers };
  return read(await fetch(uploadUrl, { method: "POST", headers: all, body: content as BodyInit }));
}

async function read(response: Response): Promise<Answered<unknown>> {
  return { status: response.status, headers: response.headers, body: await response.json() };
}
