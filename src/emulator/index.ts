/**
 * A B2 server that runs on this machine.
 *
 * @module b2kit/emulator
 */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addBucket } from "./buckets.ts";
import { Clock } from "./clock.ts";
import { Contents } from "./contents.ts";
import { type Description, loadDescription } from "./description.ts";
import type { Fault } from "./fault.ts";
import { Faults } from "./faults.ts";
import { lockFolder } from "./folder-lock.ts";
import { Lifecycle } from "./lifecycle.ts";
import { Requests } from "./requests.ts";
import { B2Server } from "./server.ts";
import type { Service } from "./service.ts";
import { Store } from "./store.ts";
import { TestModes } from "./test-modes.ts";
import { Tokens } from "./tokens.ts";
import { type Deliveries, type WebhookOptions, Webhooks } from "./webhooks.ts";

export { Clock } from "./clock.ts";
export type {
  Fault,
  FaultAnswer,
  FaultDelay,
  FaultEffect,
  FaultEffects,
  FaultName,
  FaultTarget,
} from "./fault.ts";
export type { AddedFault, Faults } from "./faults.ts";
export type { RecordedRequest, Requests } from "./requests.ts";
export type { Deliveries, Delivery, WebhookOptions } from "./webhooks.ts";

/** Settings of {@link startEmulator}. */
export interface EmulatorOptions {
  /**
   * TCP port; 0 takes a free one.
   * @defaultValue 0
   */
  readonly port?: number;
  /**
   * Address to listen on. Beyond loopback, everybody who reaches the port can try keys, and traffic is not encrypted.
   * @defaultValue "127.0.0.1"
   */
  readonly host?: string;
  /**
   * Folder that keeps everything: a later start with it goes on with the same account, key, buckets and files, also
   * after the process was killed. One server at a time.
   * @defaultValue a temporary folder, removed by {@link Emulator.close}
   */
  readonly dataDir?: string;
  /** Names of private buckets that are there from the start. */
  readonly buckets?: readonly string[];
  /** Receives one line for each request, and the trace of each internal error. */
  readonly log?: (line: string) => void;
  /**
   * Validates each answer against the description and turns a wrong one into an error 500. Costs time; for tests.
   * @defaultValue false
   */
  readonly checkAnswers?: boolean;
  /** The server's time; move it to let tokens expire. */
  readonly clock?: Clock;
  /**
   * Least length of every part of a large file but the last. Tests use less than the service.
   * @defaultValue 5,000,000
   */
  readonly minimumPartSizeBytes?: number;
  /**
   * Part size that clients are told to use.
   * @defaultValue 100,000,000
   */
  readonly recommendedPartSizeBytes?: number;
  /** How the webhooks of event notification rules are posted; by default to this machine only. */
  readonly webhooks?: WebhookOptions;
  /** Failures on demand, from the start; {@link Emulator.faults} changes them later. */
  readonly faults?: readonly Fault[];
}

/** A running B2 server. */
export interface Emulator extends AsyncDisposable {
  /** The realm URL: where clients authorize. */
  readonly url: string;
  /** ID of the master application key, which has all capabilities. */
  readonly applicationKeyId: string;
  /** Secret of the master application key. */
  readonly applicationKey: string;
  /** ID of the one account that the server has. */
  readonly accountId: string;
  /** What reached the server. */
  readonly requests: Requests;
  /** The server's time; moving it lets tokens expire and lifecycle rules act. */
  readonly clock: Clock;
  /** What was posted to webhooks; {@link Deliveries.settled} waits for it. */
  readonly deliveries: Deliveries;
  /** Failures on demand. */
  readonly faults: Faults;
  /** Ends all connections at once, drops webhooks that are not delivered yet, and removes the temporary folder. */
  close(): Promise<void>;
}

/**
 * Starts a server on this machine that behaves like Backblaze B2, over plain HTTP.
 *
 * File contents lie on disk and are streamed both ways; everything else is held in memory, and with a `dataDir` also
 * in a journal that is written before each answer.
 *
 * @throws when the port is taken, the folder cannot be written, or another server uses it.
 * @example
 * const emulator = await startEmulator({ buckets: ["my-bucket"] });
 * // realm: emulator.url, key: emulator.applicationKeyId and emulator.applicationKey
 * await emulator.close();
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const folder = options.dataDir ?? mkdtempSync(join(tmpdir(), "b2kit-emulator-"));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(folder);
  const leaveFolder = () => {
    unlock();
    if (options.dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    const faults = new Faults();
    for (const fault of options.faults ?? []) faults.add(fault);
    const service = openService(folder, options);
    const requests = new Requests();
    const log = options.log ?? (() => {});
    const server = new B2Server(service, {
      requests,
      faults,
      checkAnswers: options.checkAnswers ?? false,
      log,
    });
    const url = await listen(server, options);
    service.lifecycle.run(); // what fell due while no server ran
    const stopListening = service.clock.onMove(() => service.lifecycle.run());
    const close = once(async () => {
      stopListening();
      await server.close();
      await service.webhooks.close();
      service.store.close();
      leaveFolder();
    });
    const { masterKey, accountId } = service.store.account;
    return {
      url,
      applicationKeyId: masterKey.applicationKeyId,
      applicationKey: masterKey.applicationKey,
      accountId,
      requests,
      faults,
      deliveries: service.webhooks,
      clock: service.clock,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    leaveFolder();
    throw error;
  }
}

function openService(folder: string, options: EmulatorOptions): Service {
  const description = loadDescription();
  const contents = new Contents(join(folder, "contents"), options.dataDir !== undefined);
  const journal = options.dataDir === undefined ? undefined : join(folder, "journal.jsonl");
  const store = new Store(contents, journal, description.vocabulary("Capability"));
  for (const bucketName of options.buckets ?? []) provideBucket(store, description, bucketName);
  const tokens = new Tokens();
  const clock = options.clock ?? new Clock();
  const webhooks = new Webhooks(store, clock, options.webhooks);
  return {
    store,
    contents,
    tokens,
    testModes: new TestModes(tokens),
    clock,
    webhooks,
    lifecycle: new Lifecycle({ store, clock, webhooks }),
    description,
    minimumPartSizeBytes: options.minimumPartSizeBytes ?? 5_000_000,
    recommendedPartSizeBytes: options.recommendedPartSizeBytes ?? 100_000_000,
  };
}

/** Makes a private bucket unless it is there from an earlier run. */
function provideBucket(store: Store, description: Description, bucketName: string): void {
  const request = { bucketName, bucketType: "allPrivate" } as const;
  const wrong = description.requestError("b2_create_bucket", {
    ...request,
    accountId: store.account.accountId,
  });
  if (wrong) throw new Error(`bucket name "${bucketName}" is not legal: ${wrong.message}`);
  if (!store.bucketNamed(bucketName)) addBucket(store, request);
}

/** Listens, and tells the URL under which the server is reached from this machine. */
async function listen(server: B2Server, { port = 0, host = "127.0.0.1" }: EmulatorOptions): Promise<string> {
  const { address, port: taken, family } = await server.listen(port, host);
  const reachable = address === "0.0.0.0" || address === "::" ? "127.0.0.1" : address;
  return `http://${family === "IPv6" && reachable === address ? `[${reachable}]` : reachable}:${taken}`;
}

/** Runs an action at the first call only; all calls wait for it. */
function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= action();
    return running;
  };
}
