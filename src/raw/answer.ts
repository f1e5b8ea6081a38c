import { chunksOfStream, toReadableStream } from "./stream.ts";
import type { Bytes, ReceivedContent, TransportResponse } from "./transport.ts";

/** Statuses whose `Response` must not have a body. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

const decoder = new TextDecoder();

/**
 * What the service answered. Serves as the platform's `Response` and becomes one only when somebody asks for what it
 * cannot do itself, because making one costs more than the rest of a small call.
 */
export class Answer implements Response {
  readonly status: number;
  readonly headers: Headers;
  readonly statusText = "";
  readonly redirected = false;
  readonly type = "default";
  readonly url = "";
  readonly #body: Bytes | ReceivedContent | undefined;
  #platform: Response | undefined;

  /** @param body - Bytes can be read again and again, content once. */
  constructor(
    { status, headers }: Pick<TransportResponse, "status" | "headers">,
    body?: Bytes | ReceivedContent,
  ) {
    this.status = status;
    this.headers = headers;
    this.#body = body;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get body(): ReadableStream<Bytes> | null {
    return this.#asResponse().body;
  }

  get bodyUsed(): boolean {
    return this.#platform?.bodyUsed ?? false;
  }

  /** The content for one reader, without a web stream where nobody asked for one yet. */
  get content(): ReceivedContent {
    const body = this.#body;
    return body === undefined || body instanceof Uint8Array || this.#platform !== undefined
      ? contentOfStream(this.body)
      : body;
  }

  async text(): Promise<string> {
    return this.wholeText ?? (await this.#asResponse().text());
  }

  /** The text of a body that is at hand, without a promise. */
  get wholeText(): string | undefined {
    return this.#body instanceof Uint8Array ? decoder.decode(this.#body) : undefined;
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#asResponse().arrayBuffer();
  }

  blob(): Promise<Blob> {
    return this.#asResponse().blob();
  }

  async bytes(): Promise<Bytes> {
    return new Uint8Array(await this.arrayBuffer());
  }

  formData(): Promise<FormData> {
    return this.#asResponse().formData();
  }

  clone(): Response {
    return this.#asResponse().clone();
  }

  #asResponse(): Response {
    this.#platform ??= new Response(WITHOUT_BODY.has(this.status) ? null : this.#forPlatform(), this);
    return this.#platform;
  }

  #forPlatform(): Bytes | ReadableStream<Bytes> | null {
    const body = this.#body;
    return body === undefined || body instanceof Uint8Array
      ? (body ?? null)
      : toReadableStream(body, () => body.discard());
  }
}

/** Gives the text of an answer, or promises it. */
export function textOf(response: Response): string | Promise<string> {
  return (response instanceof Answer ? response.wholeText : undefined) ?? response.text();
}

/** Gives the content of a good answer, also of one that middleware made. */
export function contentOf(response: Response): ReceivedContent {
  return response instanceof Answer ? response.content : contentOfStream(response.body);
}

function contentOfStream(stream: ReadableStream<Bytes> | null): ReceivedContent {
  const body = stream ?? new ReadableStream({ start: (controller) => controller.close() });
  return {
    [Symbol.asyncIterator]: () => chunksOfStream(body),
    discard: () => void body.cancel().catch(() => {}),
  };
}
