import { type OperationId, operations } from "../../generated/operations.ts";
import type { Authorization } from "../raw/call.ts";
import { createClients, createRawClient, detachable } from "../raw/client.ts";
import type { RawClient } from "../raw/client-types.ts";
import { type Hooks, nextCallId, type Trace, tellRetry } from "../raw/hooks.ts";
import type { FailedAttempt } from "../raw/retry.ts";
import type { Transport } from "../raw/transport.ts";
import { type HeldAuthorization, KeyvAccountInfo } from "./account-info.ts";
import { explainLoss, type Identity, type RawAnswer, unwrap } from "./answers.ts";
import { describe, failure, isOpen, tryOnce } from "./attempt.ts";
import { authorizeAccount } from "./authorize-account.ts";
import type { NamedBucket } from "./bucket-names.ts";
import { type Credentials, resolveCredentials } from "./credentials.ts";
import { UnavailableError } from "./errors.ts";
import { checkRestrictions, type Touched } from "./restrictions.ts";
import {
  createRetryPolicy,
  FruitlessAttempts,
  judge,
  nextDelayMillis,
  type RetryOptions,
  renewalDelayMillis,
  sleep,
} from "./retry-policy.ts";
import { checkServiceUrls, checkUploadUrl, isTrusted } from "./service-urls.ts";
import { Slots } from "./slots.ts";
import { UploadUrls } from "./upload-urls.ts";

/** Settings of a session; the facade's options are these. */
export interface SessionOptions extends Partial<Credentials> {
  /** Where authorizations are kept; in memory by default. */
  readonly accountInfo?: KeyvAccountInfo;
  /** The way to the network; by default `node:https` on Node with kept-alive connections, `fetch` elsewhere. */
  readonly transport?: Transport;
  /** How long and how often failed calls are repeated. */
  readonly retry?: RetryOptions;
  /**
   * Uploads, parts and ranges of files under way at the same time, all calls together. Who waits gets a turn file by
   * file: a large file does not keep others back.
   * @defaultValue 16
   */
  readonly concurrency?: number;
  /** Is told of every request and every repetition: enough for metrics and traces, without secrets. */
  readonly hooks?: Hooks;
  /** Text after b2kit's own User-Agent, such as `backup-tool/2.1`; printable ASCII. */
  readonly userAgentAppend?: string;
}

/** Options that every call of the facade takes. */
export interface CallOptions {
  /** Ends the call at any moment; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What accompanies a call: what it touches, whom its errors name, and what ends it. */
export interface CallContext extends Identity {
  /** Checked against the key's restrictions, as are `bucketName`, `fileName` and `fields`. */
  readonly bucketId?: string | undefined;
  /** What the request holds, where that decides which capabilities it needs. */
  readonly fields?: Touched["fields"];
  readonly signal?: AbortSignal | undefined;
}

/** What accompanies an exchange of file contents. */
export interface TransferContext<T> extends CallContext {
  /**
   * Tells how many bytes have moved for good, or further than before. Attempts and time are counted anew from the last
   * attempt that moved some; when its connection was lost, the next one follows at once.
   */
  readonly gained?: () => number;
  /** Finds what an attempt did whose answer was lost; undefined when it did nothing. */
  readonly look?: () => Promise<{ data: T; response: Response } | undefined>;
}

/** Holds one account's authorization and makes calls with it: authorizes when needed, once for all who wait. */
export class Session {
  /** Typed raw calls with this session's authorization and retries, without re-authorization. */
  readonly raw: RawClient;
  readonly accountInfo: KeyvAccountInfo;
  readonly retry: RetryOptions;
  /** Limits the requests that carry file contents, or copy them, to the session's concurrency. */
  readonly slots: Slots;
  /** Limits the transfers that hold something open, such as a file. Their requests wait for `slots` besides. */
  readonly transfers = new Slots(MOST_TRANSFERS);
  /** Upload URLs that wait for their next use, those of all buckets and large files. */
  readonly uploadUrls = new UploadUrls((url) =>
    checkUploadUrl(url, this.#current, resolveCredentials(this.#given).realm),
  );
  readonly #hooks: Hooks | undefined;
  #given: Partial<Credentials>;
  readonly #raw: (credentials: Credentials) => RawClient;
  readonly #rawFor: (trace?: Trace) => RawClient;
  #current: HeldAuthorization | undefined;
  #renewAtMillis = 0;
  #pending: Promise<Authorization> | undefined;

  constructor(options: SessionOptions = {}) {
    this.accountInfo = options.accountInfo ?? new KeyvAccountInfo();
    this.retry = options.retry ?? {};
    this.slots = new Slots(options.concurrency ?? DEFAULT_CONCURRENCY);
    this.#hooks = options.hooks;
    this.#given = options;
    const shared = {
      retry: createRetryPolicy(this.retry),
      ...(options.transport && { transport: options.transport }),
      ...(options.hooks && { hooks: options.hooks }),
      ...(options.userAgentAppend !== undefined && { userAgentAppend: options.userAgentAppend }),
    };
    this.#rawFor = createClients({ ...shared, authorization: () => this.authorization() });
    this.raw = detachable(this.#rawFor());
    this.#raw = (credentials) => createRawClient({ ...shared, credentials, realm: credentials.realm });
  }

  /** Gives the current authorization: held, stored, or asked for now. */
  authorization(signal?: AbortSignal | undefined): Promise<Authorization> {
    const current = Date.now() < this.#renewAtMillis ? this.#current : undefined;
    return current === undefined ? this.#share(() => this.#restore(), signal) : Promise.resolve(current);
  }

  /** Gives the id of the application key in use. */
  get applicationKeyId(): string {
    return resolveCredentials(this.#given).applicationKeyId;
  }

  /** Gives the buckets that fit and are known without asking; all that are known without a filter. */
  async knownBuckets({
    bucketId,
    bucketName,
  }: Pick<Touched, "bucketId" | "bucketName">): Promise<NamedBucket[]> {
    const known = await this.accountInfo.buckets.list(resolveCredentials(this.#given));
    return known.filter(
      (bucket) =>
        (bucketId ?? bucket.bucketId) === bucket.bucketId &&
        (bucketName ?? bucket.bucketName) === bucket.bucketName,
    );
  }

  /** Remembers names and ids of buckets beside those that are known. */
  async rememberBuckets(buckets: readonly NamedBucket[]): Promise<void> {
    await this.accountInfo.buckets.put(resolveCredentials(this.#given), ...buckets);
  }

  /** Remembers that these are all the buckets that the key can see. */
  async replaceBuckets(buckets: readonly NamedBucket[]): Promise<void> {
    await this.accountInfo.buckets.replaceAll(resolveCredentials(this.#given), buckets);
  }

  /** Forgets a bucket that is gone. */
  async forgetBucket(bucketId: string): Promise<void> {
    await this.accountInfo.buckets.remove(resolveCredentials(this.#given), bucketId);
  }

  /** Authorizes now, with other credentials if they are given. Makes one request. */
  async authorize(
    given: Partial<Credentials> = {},
    signal?: AbortSignal | undefined,
  ): Promise<Authorization> {
    const credentials = resolveCredentials({ ...this.#given, ...given });
    if (!isSameKey(credentials, this.#given)) {
      this.uploadUrls.clear();
    }
    this.#given = credentials;
    this.#pending = undefined; // What others still wait for may belong to other credentials.
    return await this.#share(() => this.#ask(credentials), signal);
  }

  /**
   * Makes a raw call and gives its data, or throws a {@link B2Error}. A token that the service no longer takes is
   * replaced, up to three times.
   */
  async call<T>(
    operation: OperationId,
    run: (raw: RawClient) => Promise<RawAnswer<T>>,
    context: CallContext = {},
  ): Promise<{ data: T; response: Response }> {
    return await this.#call(operation, run, context, { callId: nextCallId(), attempt: 1 });
  }

  async #call<T>(
    operation: OperationId,
    run: (raw: RawClient) => Promise<RawAnswer<T>>,
    context: CallContext,
    numbers: Pick<Trace, "callId" | "attempt">,
  ): Promise<{ data: T; response: Response }> {
    const { signal, bucketId } = context;
    const identity = identityOf(context);
    for (let renewals = 0; ; renewals++) {
      const authorization = await this.#allowed(operation, context);
      const trace = { ...identity, callId: numbers.callId, attempt: numbers.attempt + renewals };
      const answer = await explainLoss(operation, identity, () => run(this.#rawFor(trace)));
      const failed = answer.response.ok ? undefined : describe(operation, { answer }, trace.attempt);
      const isDead = failed !== undefined && judge(failed) === "authorize";
      const delay = isDead ? renewalDelayMillis(renewals, this.retry) : undefined;
      if (failed === undefined || delay === undefined) {
        if (bucketId !== undefined && isErrorWithCode(answer.error, "bad_bucket_id", "invalid_bucket_id")) {
          await this.forgetBucket(bucketId);
        }
        return unwrap(operation, identity, answer, authorization.apiInfo.storageApi.allowed);
      }
      await this.#renew(authorization, failed, delay, trace, signal);
    }
  }

  /**
   * Makes a call that must not be repeated blindly. When its outcome is open, because the answer was lost or the
   * service failed, `look` tells what came of it; undefined means nothing, and the call is made again.
   */
  async reconcile<T>(
    operation: OperationId,
    run: (raw: RawClient) => Promise<RawAnswer<T>>,
    look: () => Promise<T | undefined>,
    context: CallContext = {},
  ): Promise<T> {
    const started = Date.now();
    const callId = nextCallId();
    const { signal } = context;
    const identity = identityOf(context);
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.#call(operation, run, context, { callId, attempt })).data;
      } catch (error) {
        if (!(error instanceof UnavailableError)) {
          throw error;
        }
        const elapsedMillis = Date.now() - started;
        const failed: FailedAttempt = { operation: operations[operation], attempt, elapsedMillis, error };
        const delay = nextDelayMillis(failed, this.retry);
        if (delay !== undefined) {
          tellRetry(this.#hooks, failed, delay, { ...identity, callId });
          await sleep(delay, signal);
        }
        const found = await look();
        if (found !== undefined) {
          return found;
        }
        if (delay === undefined) {
          throw error;
        }
      }
    }
  }

  /**
   * Repeats an exchange of file contents until it succeeds, as the retry policy says. Each attempt calls `run`,
   * which takes a fresh body or upload URL itself, or asks for what is still missing, by the client that it is given.
   *
   * @throws a {@link B2Error} when the failure will not pass, or the time for repetitions is spent.
   */
  async transfer<T>(
    operation: OperationId,
    run: (raw: RawClient) => Promise<RawAnswer<T>>,
    context: TransferContext<T> = {},
  ): Promise<{ data: T; response: Response }> {
    const { signal, gained = () => 0, look } = context;
    const count = new FruitlessAttempts(gained);
    const identity = identityOf(context);
    const trace = { ...identity, callId: nextCallId() };
    let renewals = 0;
    for (let total = 1; ; total++) {
      signal?.throwIfAborted();
      const authorization = await this.#allowed(operation, context);
      const result = await tryOnce(run, this.#rawFor({ ...trace, attempt: count.attempts + 1 }));
      if ("answer" in result && result.answer.response.ok) {
        return unwrap(operation, identity, result.answer);
      }
      const hasGained = count.add();
      const failed = describe(operation, result, count.attempts, count.elapsedMillis);
      const verdict = judge(failed);
      renewals = hasGained ? 0 : renewals;
      const renewalDelay = verdict === "authorize" ? renewalDelayMillis(renewals, this.retry) : undefined;
      if (renewalDelay !== undefined) {
        renewals++;
        await this.#renew(authorization, failed, renewalDelay, trace, signal);
        continue;
      }
      const isWorthAnother = verdict === "wait" || verdict === "new upload URL";
      const isCutShort = hasGained && isOpen(result); // Nobody asked for a wait, and the way is not blocked.
      const delay = isWorthAnother ? (isCutShort ? 0 : nextDelayMillis(failed, this.retry)) : undefined;
      if (delay !== undefined) {
        tellRetry(this.#hooks, failed, delay, trace);
        await sleep(delay, signal);
      }
      const found = isOpen(result) ? await look?.() : undefined;
      if (found !== undefined) {
        return found;
      }
      if (delay === undefined) {
        throw failure(operation, identity, result, total, authorization.apiInfo.storageApi.allowed);
      }
    }
  }

  /** Gives the current authorization if its key allows the call. */
  async #allowed(operation: OperationId, context: CallContext): Promise<Authorization> {
    const authorization = await this.authorization(context.signal);
    checkRestrictions(authorization, operation, context);
    return authorization;
  }

  /** Takes another authorization for a call whose token has died, after a wait. */
  async #renew(
    { authorizationToken }: Authorization,
    failed: FailedAttempt,
    delayMillis: number,
    trace: Omit<Trace, "attempt">,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    tellRetry(this.#hooks, failed, delayMillis, trace);
    await sleep(delayMillis, signal);
    await this.#replace(authorizationToken, signal);
  }

  /** Replaces the authorization unless somebody did so since the given token was read, here or in another process. */
  async #replace(usedToken: string, signal: AbortSignal | undefined): Promise<void> {
    if (this.#current === undefined || this.#current.authorizationToken === usedToken) {
      await this.#share(() => this.#restore(usedToken), signal);
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

  /** Takes the stored authorization if it is of use; asks for a new one otherwise, unless another process just did. */
  async #restore(deadToken?: string): Promise<Authorization> {
    const credentials = resolveCredentials(this.#given);
    const stored = await this.#stored(credentials, deadToken);
    if (stored !== undefined) {
      return await this.#adopt(stored);
    }
    const release = await this.accountInfo.lock(credentials);
    try {
      const meanwhile = release && (await this.#stored(credentials, deadToken));
      return meanwhile ? await this.#adopt(meanwhile) : await this.#ask(credentials);
    } finally {
      await release?.();
    }
  }

  /** Gives the stored authorization unless its token is dead or about to be. */
  async #stored(credentials: Credentials, deadToken?: string): Promise<HeldAuthorization | undefined> {
    const stored = await this.accountInfo.get(credentials);
    const isUsable =
      stored !== undefined &&
      stored.authorizationToken !== deadToken &&
      stored.authorizationToken !== this.#current?.authorizationToken &&
      isTrusted(stored, credentials.realm) &&
      stored.expiresMillis - Date.now() > RENEWAL_MARGIN_MILLIS;
    return isUsable ? stored : undefined;
  }

  async #ask(credentials: Credentials): Promise<Authorization> {
    const authorization = await authorizeAccount(this.#raw(credentials), credentials);
    checkServiceUrls(authorization, credentials.realm);
    return await this.#adopt(await this.accountInfo.set(credentials, authorization));
  }

  /** Makes an authorization the current one, and learns the names of the key's buckets from it. */
  async #adopt(authorization: HeldAuthorization): Promise<Authorization> {
    const lifeMillis = authorization.expiresMillis - Date.now();
    this.#current = authorization;
    this.#renewAtMillis = Date.now() + lifeMillis - Math.min(RENEWAL_MARGIN_MILLIS, lifeMillis / 2);
    const buckets = authorization.apiInfo.storageApi.allowed.buckets ?? [];
    const living = buckets.flatMap(({ id, name }) => (name ? [{ bucketId: id, bucketName: name }] : []));
    if (living.length > 0) {
      await this.rememberBuckets(living);
    }
    return authorization;
  }
}

const DEFAULT_CONCURRENCY = 16;

/** Leaves room below the 256 files that some systems let a process open. */
const MOST_TRANSFERS = 128;

/** How long before its end a token is replaced, so that no call meets an expired one. */
const RENEWAL_MARGIN_MILLIS = 10 * 60 * 1000;

function identityOf({ bucketName, fileName, fileId, partNumber }: Identity): Identity {
  return { bucketName, fileName, fileId, partNumber };
}

/** Waits for work that others may share; rejects with the signal's reason as soon as it aborts. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
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

/** Tells whether credentials are those in use; they are not when none are. */
function isSameKey(credentials: Credentials, used: Partial<Credentials>): boolean {
  return (
    credentials.applicationKeyId === used.applicationKeyId &&
    credentials.applicationKey === used.applicationKey &&
    credentials.realm === used.realm
  );
}

function isErrorWithCode(error: unknown, ...codes: string[]): boolean {
  return typeof error === "object" && error !== null && "code" in error && codes.includes(String(error.code));
}
