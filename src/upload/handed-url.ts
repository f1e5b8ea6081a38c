import { checkFileName } from "../file-name.ts";
import { createClients } from "../raw/client.ts";
import { nextCallId, tellRetry } from "../raw/hooks.ts";
import type { components, RawClient } from "../raw/index.ts";
import type { RawAnswer } from "../session/answers.ts";
import { describe, failure, tryOnce } from "../session/attempt.ts";
import { ChecksumError } from "../session/errors.ts";
import { judge, nextDelayMillis, sleep } from "../session/retry-policy.ts";
import { type SessionOptions, unlessAborted } from "../session/session.ts";
import type { UploadUrl } from "../session/upload-urls.ts";
import { toHeaderParameters } from "./file-settings.ts";
import { MAX_PART_BYTES } from "./part-plan.ts";
import { explainRefusal, type Piece, prepareSending } from "./piece.ts";
import { Progress } from "./progress.ts";
import { openSource, type RereadableSource, type Source, type UploadSource } from "./source.ts";
import { checkUploadOptions, pieceOf, settingsFor, type UploadOptions } from "./upload.ts";
import { wrongContent } from "./whole-file.ts";

type FileVersion = components["schemas"]["FileVersion"];

/** Where to upload to: what b2_get_upload_url answered, or what asks for it. */
export type UploadTarget = UploadUrl | (() => UploadUrl | Promise<UploadUrl>);

/** Options of an upload to a URL that was handed out. */
export type UploadToUrlOptions = Omit<
  UploadOptions,
  "partSizeBytes" | "largeFileSha1" | "concurrency" | "cancelOnFailure" | "continueLargeFileId"
> &
  Pick<SessionOptions, "transport" | "retry" | "hooks">;

/** An upload to a URL that was handed out. */
interface HandedJob {
  readonly target: UploadTarget;
  readonly fileName: string;
  readonly piece: Piece;
  readonly parameters: ReturnType<typeof toHeaderParameters>;
  readonly options: UploadToUrlOptions;
}

/** Stores content with one request to a URL that was handed out. */
export async function storeAtUrl(
  target: UploadTarget,
  content: UploadSource,
  fileName: string,
  options: UploadToUrlOptions,
): Promise<FileVersion> {
  checkFileName(fileName);
  checkUploadOptions(options);
  const source = await openSource(content);
  try {
    const piece = await pieceOf(sendable(source), options.contentSha1);
    const parameters = toHeaderParameters(settingsFor(source, options));
    return await store({ target, fileName, piece, parameters, options });
  } finally {
    await source.close();
  }
}

function sendable(source: Source): RereadableSource {
  if (!source.isRereadable) {
    throw new TypeError(
      "uploadToUrl takes no streams: give bytes or a Blob, such as await new Response(stream).blob()",
    );
  }
  if (source.length > MAX_PART_BYTES) {
    throw new RangeError(`One upload URL takes up to 5 GB, not ${source.length} bytes: upload in parts`);
  }
  return source;
}

async function store(job: HandedJob): Promise<FileVersion> {
  try {
    return await repeat(job);
  } catch (error) {
    const { fileName, piece } = job;
    throw await explainRefusal(
      error,
      piece,
      (sha1) => new ChecksumError(wrongContent(sha1, piece), { fileName }),
    );
  }
}

/** Sends as often as the retry policy says. Where another URL is needed, the caller must be there to ask for it. */
async function repeat({ target, fileName, piece, parameters, options }: HandedJob): Promise<FileVersion> {
  const { signal, retry, hooks, transport, onProgress } = options;
  const clientFor = createClients({ ...(transport && { transport }), ...(hooks && { hooks }) });
  const progress = new Progress(piece.length, onProgress);
  const trace = { fileName, callId: nextCallId() };
  const startedMillis = Date.now();
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const url = typeof target === "function" ? await unlessAborted(askForUrl(target), signal) : target;
    const sent = { fileName, piece, parameters, progress, signal };
    const result = await tryOnce((raw) => send(raw, url, sent), clientFor({ ...trace, attempt }));
    if ("answer" in result && result.answer.data !== undefined) {
      return result.answer.data;
    }
    const failed = describe("b2_upload_file", result, attempt, Date.now() - startedMillis);
    const verdict = judge(failed);
    const isHelped = verdict === "wait" || (verdict === "new upload URL" && target !== url);
    const delay = isHelped ? nextDelayMillis(failed, retry) : undefined;
    if (delay === undefined) {
      throw failure("b2_upload_file", { fileName }, result, attempt);
    }
    tellRetry(hooks, failed, delay, trace);
    await sleep(delay, signal);
  }
}

const askForUrl = async (ask: () => UploadUrl | Promise<UploadUrl>) => await ask();

interface Attempt extends Pick<HandedJob, "fileName" | "piece" | "parameters"> {
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

async function send(
  raw: RawClient,
  { uploadUrl, authorizationToken }: UploadUrl,
  { fileName, piece, parameters, progress, signal }: Attempt,
): Promise<RawAnswer<FileVersion>> {
  const { header, body, onSha1, check } = await prepareSending(piece, progress, 0);
  const answer = await raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
    params: {
      path: { uploadUrl },
      header: { Authorization: authorizationToken, "X-Bz-File-Name": fileName, ...header, ...parameters },
    },
    ...{ body, onSha1, signal },
  });
  if (answer.data !== undefined) {
    check(answer.data.contentSha1);
  }
  return answer;
}
