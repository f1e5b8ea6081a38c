import ky, { HTTPError, type Options as KyOptions } from "ky";
import type { ReadyCall } from "./call.ts";
import { isErrorBody } from "./error-body.ts";
import { tellRetry } from "./hooks.ts";

/**
 * Lets ky repeat a call whose first attempt did not succeed, as the policy says. Loaded when that happens, because
 * most programs never need it and loading it costs as much as several calls.
 *
 * @param first - How the first attempt ended.
 * @param attempt - Makes another attempt.
 */
export async function repeat(
  call: ReadyCall,
  first: Promise<Response>,
  startedMillis: number,
  attempt: (call: ReadyCall) => Promise<Response>,
): Promise<Response> {
  const { trace } = call;
  let repetitions = -1;
  const again = (): Promise<Response> =>
    attempt({ ...call, trace: { ...trace, attempt: trace.attempt + repetitions } });
  try {
    return await ky(call.url, {
      method: call.method,
      timeout: false, // The transport has its own, which tell a slow connection from a dead one.
      retry: kyRetry(call, startedMillis),
      ...(call.signal && { signal: call.signal }),
      fetch: () => (++repetitions === 0 ? first : again()),
    });
  } catch (error) {
    if (error instanceof HTTPError) {
      return error.response;
    }
    throw error;
  }
}

function kyRetry(
  { settings, operation, signal, trace }: ReadyCall,
  startedMillis: number,
): NonNullable<KyOptions["retry"]> {
  const { retry: policy, hooks } = settings;
  let delayMillis = 0;
  return {
    limit: Number.POSITIVE_INFINITY,
    methods: ["get", "post", "head"],
    shouldRetry: async ({ error, retryCount }) => {
      if (signal?.aborted) {
        return false;
      }
      const answer = error instanceof HTTPError ? await describeAnswer(error.response) : { error };
      const elapsedMillis = Date.now() - startedMillis;
      const failed = { operation, attempt: retryCount, elapsedMillis, ...answer };
      const wait = policy?.(failed);
      if (wait === undefined) {
        return false;
      }
      delayMillis = wait;
      tellRetry(hooks, { ...failed, attempt: trace.attempt + retryCount - 1 }, wait, trace);
      return true;
    },
    delay: () => delayMillis,
  };
}

/** Describes an answer that says no; its text stays there for whoever reads it next. */
async function describeAnswer(response: Response) {
  const body: unknown = await response.json().catch(() => undefined);
  const retryAfter = response.headers.get("Retry-After");
  return {
    status: response.status,
    ...(isErrorBody(body) && { code: body.code }),
    ...(retryAfter !== null && { retryAfter }),
  };
}
