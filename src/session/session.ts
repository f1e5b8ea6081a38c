import { type OperationId, operations } from "../../generated/operations.ts";
import { type Authorization, createRawClient } from "../raw/client.ts";
import type { ErrorBody, RawClient } from "../raw/client-types.ts";
import { TransportError, UnexpectedAnswerError } from "../raw/errors.ts";
import type { FailedAttempt } from "../raw/retry.ts";
import type { Transport } from "../raw/transport.ts";
import { KeyvAccountInfo } from "./account-info.ts";
import { type Credentials, resolveCredentials } from "./credentials.ts";
import {
  AuthorizationError,
  type B2Error,
  type B2ErrorDetails,
  errorClassFor,
  UnavailableError,
} from "./errors.ts";
import { createRetryPolicy, judge, nextDelayMillis, type RetryOptions, sleep } from "./retry-policy.ts";

/** Settings of a session; the facade's options are these. */
export interface SessionOptions extends Partial<Credentials> {
  /** Where authorizations are kept; in memory by default. */
  readonly accountInfo?: KeyvAccountInfo;
  /** The way to the network; by default `node:https` on Node with kept-alive connections, `fetch` elsewhere. */
  readonly transport?: Transport;
  /** How long and how often failed calls are repeated. */
  readonly retry?: RetryOptions;
  /** Text after b2kit's own User-Agent, such as `backup-tool/2.1`. */
  readonly userAgentAppend?: string;
}

/** What a raw call answers. */
export interface RawAnswer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** Who failed, told by errors. */
export type Identity = Pick<B2ErrorDetails, "bucketName" | "fileName" | "fileId" | "partNumber">;

/** Options that every call of the facade takes. */
export interface CallOptions {
  /** Ends the call at any moment; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What accompanies a call: whom its errors name, and what ends it. */
export interface CallContext extends Identity {
  readonly signal?: AbortSignal | undefined;
}

/** Holds one account's authorization and makes calls with it: authorizes when needed, once for all who wait. */
export class Session {
  /** Typed raw calls with this session's authorization and retries, without re-authorization. */
  readonly raw: RawClient;
  readonly accountInfo: KeyvAccountInfo;
  readonly retry: RetryOptions;
  #given: Partial<Credentials>;
  readonly #raw: (credentials: Credentials) => RawClient;
  #current: Authorization | undefined;
  #pending: Promise<Authorization> | undefined;

  constructor(options: SessionOptions = {}) {
    this.accountInfo = options.accountInfo ?? new KeyvAccountInfo();
    this.retry = options.retry ?? {};
    this.#given = options;
    const shared = {
      retry: createRetryPolicy(this.retry),
      ...(options.transport && { transport: options.transport }),
      ...(options.userAgentAppend !== undefined && { userAgentAppend: options.userAgentAppend }),
    };
    this.raw = createRawClient({ ...shared, authorization: () => this.authorization() });
    this.#raw = (credentials) => createRawClient({ ...shared, credentials, realm: credentials.realm });
  }

  /** Gives the current authorization: held, stored, or asked for now. */
  async authorization(signal?: AbortSignal | undefined): Promise<Authorization> {
    return this.#current ?? (await this.#share(() => this.#restore(), signal));
  }

  /** Authorizes now, with other credentials if they are given. Makes one request. */
  async authorize(
    given: Partial<Credentials> = {},
    signal?: AbortSignal | undefined,
  ): Promise<Authorization> {
    const credentials = resolveCredentials({ ...this.#given, ...given });
    this.#given = credentials;
    this.#pending = undefined; // What others still wait for may belong to other credentials.
    return await this.#share(() => this.#ask(credentials), signal);
  }

  /**
   * Makes a raw call and gives its data, or throws a {@link B2Error}. A token that the service no longer takes is
   * replaced, once.
   */
  async call<T>(
    operation: OperationId,
    run: (raw: RawClient) => Promise<RawAnswer<T>>,
    { signal, ...identity }: CallContext = {},
  ): Promise<{ data: T; response: Response }> {
    const { authorizationToken } = await this.authorization(signal);
    let answer = await explainLoss(operation, identity, () => run(this.raw));
    if (!answer.response.ok && judge(describe(operation, { answer })) === "authorize") {
      await this.#replace(authorizationToken, signal);
      answer = await explainLoss(operation, identity, () => run(this.raw));
    }
    return unwrap(operation, identity, answer);
  }

  /**
   * Repeats an exchange of file contents until it succeeds, as the retry policy says. Each attempt calls `run`,
   * which takes a fresh body or upload URL itself.
   *
   * @throws a {@link B2Error} when the failure will not pass, or the time for repetitions is spent.
   */
  async transfer<T>(
    operation: OperationId,
    run: () => Promise<RawAnswer<T>>,
    { signal, ...identity }: CallContext = {},
  ): Promise<{ data: T; response: Response }> {
    const started = Date.now();
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const { authorizationToken } = await this.authorization(signal);
      const result = await tryOnce(run);
      if ("answer" in result && result.answer.response.ok) {
        return unwrap(operation, identity, result.answer);
      }
      const failed = describe(operation, result, attempt, Date.now() - started);
      const verdict = judge(failed);
      if (verdict === "authorize" && !renewed) {
        renewed = true;
        await this.#replace(authorizationToken, signal);
        continue;
      }
      const delay =
        verdict === "wait" || verdict === "new upload URL" ? nextDelayMillis(failed, this.retry) : undefined;
      if (delay === undefined) {
        throw "answer" in result
          ? refused(operation, identity, result.answer, attempt)
          : lost(operation, identity, result.error, attempt);
      }
      await sleep(delay, signal);
    }
  }

  /** Replaces the authorization unless somebody did so since the given token was read. */
  async #replace(usedToken: string, signal: AbortSignal | undefined): Promise<void> {
    if (this.#current === undefined || this.#current.authorizationToken === usedToken) {
      await this.#share(() => this.#ask(resolveCredentials(this.#given)), signal);
    }
  }

  /** Lets all who wait share one request; who is aborted stops waiting alone. */
  #share(work: () => Promise<Authorization>, signal: AbortSignal | undefined): Promise<Authorization> {
    if (this.#pending === undefined) {
      const pending = work().finally(() => {
        if (this.#pending === pending) {
          this.#pending = undefined;
        }
      });
      this.#pending = pending;
    }
    return unlessAborted(this.#pending, signal);
  }

  async #restore(): Promise<Authorization> {
    const credentials = resolveCredentials(this.#given);
    this.#current = await this.accountInfo.get(credentials).catch(() => undefined);
    return this.#current ?? (await this.#ask(credentials));
  }

  async #ask(credentials: Credentials): Promise<Authorization> {
    this.#current = await authorizeAccount(this.#raw(credentials), credentials);
    // A store that fails costs the next process one request, and this one nothing.
    await this.accountInfo.set(credentials, this.#current).catch(() => {});
    return this.#current;
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return work;
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      abort();
    }
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

async function authorizeAccount(
  raw: RawClient,
  { applicationKeyId, realm }: Credentials,
): Promise<Authorization> {
  const operation = "b2_authorize_account";
  const notB2 = `${realm} does not answer like a B2 service: check the realm (B2_REALM)`;
  const answer = await explainLoss(operation, {}, () => raw.GET("/b2api/v4/b2_authorize_account")).catch(
    (error) => {
      throw error instanceof UnexpectedAnswerError
        ? new UnexpectedAnswerError(notB2, { cause: error })
        : error;
    },
  );
  if (answer.response.status === 401) {
    const { code } = toError(answer);
    throw new AuthorizationError(
      `The application key ${applicationKeyId} was refused by ${realm} (401 ${code}): check key id, key and realm`,
      { operation, status: 401, code },
    );
  }
  const { ok, status } = answer.response;
  if (ok ? !answer.data?.apiInfo?.storageApi?.apiUrl : status < 500 && toError(answer).code === "unknown") {
    throw new UnexpectedAnswerError(notB2);
  }
  return unwrap(operation, {}, answer).data;
}

type Result<T> = { readonly answer: RawAnswer<T> } | { readonly error: TransportError };

async function tryOnce<T>(run: () => Promise<RawAnswer<T>>): Promise<Result<T>> {
  try {
    return { answer: await run() };
  } catch (error) {
    if (error instanceof TransportError) {
      return { error };
    }
    throw error;
  }
}

/** Describes a failure to the retry policy. */
function describe(
  operation: OperationId,
  result: Result<unknown>,
  attempt = 1,
  elapsedMillis = 0,
): FailedAttempt {
  const told = { operation: operations[operation], attempt, elapsedMillis };
  if ("error" in result) {
    return { ...told, error: result.error };
  }
  const { status, headers } = result.answer.response;
  const retryAfter = headers.get("Retry-After");
  return {
    ...told,
    status,
    ...(result.answer.error !== undefined && { code: toError(result.answer).code }),
    ...(retryAfter !== null && { retryAfter }),
  };
}

/** Gives the data of a good answer; throws the error that fits a bad one. */
function unwrap<T>(
  operation: OperationId,
  identity: Identity,
  answer: RawAnswer<T>,
): { data: T; response: Response } {
  if (!answer.response.ok) {
    throw refused(operation, identity, answer);
  }
  // openapi-fetch types the data of an ok answer as possibly missing.
  return { data: answer.data as T, response: answer.response };
}

/** Makes the facade's error of an answer that says no. */
function refused(
  operation: OperationId,
  identity: Identity,
  answer: RawAnswer<unknown>,
  attempts?: number,
): B2Error {
  const { status, code, message } = toError(answer);
  const sentence = `${operation} failed: ${status} ${code}${message ? `: ${message}` : ""}${tell(identity, attempts)}`;
  return new (errorClassFor(status, code))(sentence, {
    operation,
    status,
    code,
    ...identity,
    ...(attempts !== undefined && { attempts }),
  });
}

function toError({ error, response }: RawAnswer<unknown>): ErrorBody {
  // The raw client gives every failed answer this shape, apart from HEAD, which has no body.
  return (error as ErrorBody | undefined) ?? { status: response.status, code: "unknown", message: "" };
}

async function explainLoss<T>(
  operation: OperationId,
  identity: Identity,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof TransportError) {
      throw lost(operation, identity, error);
    }
    throw error;
  }
}

/** Makes the facade's error of a connection that failed. */
function lost(operation: OperationId, identity: Identity, cause: TransportError, attempts?: number): B2Error {
  return new UnavailableError(`${operation} got no answer: ${cause.message}${tell(identity, attempts)}`, {
    operation,
    ...identity,
    cause,
    ...(attempts !== undefined && { attempts }),
  });
}

function tell({ bucketName, fileName, fileId, partNumber }: Identity, attempts: number | undefined): string {
  const parts = [
    bucketName !== undefined && `bucket ${bucketName}`,
    fileName !== undefined && `file ${JSON.stringify(fileName)}`,
    fileId !== undefined && `file ${fileId}`,
    partNumber !== undefined && `part ${partNumber}`,
    attempts !== undefined && attempts > 1 && `attempt ${attempts}`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}
