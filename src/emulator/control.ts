import type { IncomingMessage, ServerResponse } from "node:http";
import { sendJson, sendRefusal } from "./answers.ts";
import type { Clock } from "./clock.ts";
import { readFault } from "./fault-schema.ts";
import type { Faults } from "./faults.ts";
import { readJson } from "./json-body.ts";
import { badRequest, notFound, Refusal } from "./refusal.ts";
import { RequestContent } from "./request-content.ts";
import type { Requests } from "./requests.ts";

/** What can be steered over HTTP. */
export interface Controlled {
  readonly faults: Faults;
  readonly requests: Requests;
  readonly clock: Clock;
}

type Fields = Readonly<Record<string, unknown>>;
type Action = (controlled: Controlled, fields: Fields) => object;

/** The paths that are not the service's, by method. Each answers what is there afterwards. */
const resources: Readonly<Record<string, Readonly<Record<string, Action>>>> = {
  "/emulator/faults": {
    GET: ({ faults }) => faultsForm(faults),
    POST: ({ faults }, fields) => {
      addFault(faults, fields);
      return faultsForm(faults);
    },
    DELETE: ({ faults }) => {
      faults.clear();
      return faultsForm(faults);
    },
  },
  "/emulator/clock": {
    GET: ({ clock }) => ({ now: clock.now() }),
    POST: ({ clock }, fields) => {
      moveClock(clock, fields);
      return { now: clock.now() };
    },
  },
  "/emulator/requests": {
    GET: ({ requests }) => requestsForm(requests),
    DELETE: ({ requests }) => {
      requests.clear();
      return requestsForm(requests);
    },
  },
};

/** Tells whether a request is for the emulator itself. The service has nothing at such paths. */
export function isControl(path: string): boolean {
  return path.startsWith("/emulator/");
}

/**
 * Steers the emulator over HTTP, for tests that do not run in its process: sets faults, moves the clock, and shows what
 * reached the server. Needs no authorization, and so answers this machine only. Is not recorded itself.
 *
 * | path | GET | POST | DELETE |
 * |---|---|---|---|
 * | `/emulator/faults` | `{ faults: [{ fault, calls, hits }] }` | adds the {@link Fault} in the body | removes all |
 * | `/emulator/clock` | `{ now }`, milliseconds since 1970 | `{ advanceMillis }` or `{ now }` moves it | |
 * | `/emulator/requests` | `{ total, byOperation, byTransactionClass, list }` | | counts from zero |
 *
 * What POST and DELETE answer is what GET would answer now.
 */
export async function serveControl(
  controlled: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    requireLoopback(request);
    const action = findAction(request);
    if (request.headers.expect) response.writeContinue();
    sendJson(response, 200, action(controlled, await readJson(new RequestContent(request))));
  } catch (error) {
    const refusal = error instanceof Refusal ? error : badRequest(String(error));
    sendRefusal(request, response, refusal);
  }
}

function requireLoopback({ socket }: IncomingMessage): void {
  const { remoteAddress = "" } = socket;
  if (/^(::ffff:)?127\./.test(remoteAddress) || remoteAddress === "::1") return;
  throw new Refusal(403, "access_denied", "Only the emulator's own machine may do this");
}

function findAction({ method = "", url = "" }: IncomingMessage): Action {
  const path = url.split("?", 1)[0] ?? "";
  const actions = Object.hasOwn(resources, path) ? resources[path] : undefined;
  if (!actions) throw notFound(`There is nothing at ${path}; there is ${Object.keys(resources).join(", ")}`);
  const action = Object.hasOwn(actions, method) ? actions[method] : undefined;
  if (action) return action;
  throw new Refusal(405, "method_not_allowed", `${path} accepts ${Object.keys(actions).join(", ")}`);
}

function addFault(faults: Faults, fields: Fields): void {
  try {
    faults.add(readFault(fields));
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
}

function moveClock(clock: Clock, fields: Fields): void {
  const [entry, ...others] = Object.entries(fields);
  const [name, value] = entry ?? [];
  if (others.length > 0 || (name !== "advanceMillis" && name !== "now") || !Number.isSafeInteger(value)) {
    throw badRequest(
      "The clock needs exactly one whole number: advanceMillis, or now in milliseconds since 1970",
    );
  }
  if (name === "now") clock.moveTo(Number(value));
  else clock.advance(Number(value));
}

function faultsForm({ list }: Faults): object {
  return { faults: list.map(({ fault, calls, hits }) => ({ fault, calls, hits })) };
}

function requestsForm({ total, byOperation, byTransactionClass, list }: Requests): object {
  return { total, byOperation, byTransactionClass, list };
}
