import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { B2Error, type Bucket } from "../../src/index.ts";
import type { RetryEvent } from "../../src/raw/index.ts";
import { nodeTransport, type Transport } from "../../src/raw/index.ts";
import { apiFor, emulatorForTest, folderForTest } from "../support.ts";
import { jobs } from "./jobs.ts";
import { type Scenario, scenarios } from "./scenarios.ts";

describe.each(Object.keys(jobs))("%s", (job) => {
  test.each(scenarios.filter((scenario) => scenario.job === job))("$title", play);
});

async function play(scenario: Scenario): Promise<void> {
  const job = jobs[scenario.job];
  const emulator = await emulatorForTest({ buckets: ["my-bucket"] });
  const place = {
    bucket: await apiFor(emulator).getBucketByName("my-bucket"),
    folder: await folderForTest(),
  };
  await job.prepare?.(place);

  const retries: RetryEvent[] = [];
  const b2 = apiFor(emulator, {
    hooks: { onRetry: (event) => retries.push(event) },
    ...(scenario.impatient && { transport: impatientTransport() }),
  });
  const bucket = await b2.getBucketByName("my-bucket");
  const before = emulator.requests.byOperation;
  const faults = scenario.faults.map((fault) => emulator.faults.add(fault));
  const outcome = await job.run({ ...place, bucket }).then(
    () => undefined,
    (error: unknown) => error,
  );
  const after = emulator.requests.byOperation;
  const hits = faults.map((fault) => fault.hits);
  emulator.faults.clear();

  if (scenario.fails) {
    expect(outcome).toBeInstanceOf(B2Error);
    expect(outcome).toMatchObject(scenario.fails);
  } else {
    if (outcome !== undefined) throw outcome;
    await job.check?.(place);
  }
  expect(hits.every((count) => count > 0)).toBe(true);
  const made = Object.keys(scenario.requests).map((id) => {
    const operation = id as keyof Scenario["requests"];
    return [operation, (after[operation] ?? 0) - (before[operation] ?? 0)];
  });
  expect(Object.fromEntries(made)).toEqual(scenario.requests);
  if (scenario.waits) {
    const told = retries.filter(({ status }) => status === 429);
    expect(told.map(({ delayMillis }) => delayMillis)).toEqual(scenario.waits);
  }
  if (job.stores !== undefined) {
    expect(await countVersions(place.bucket, job.stores)).toBe(scenario.fails ? 0 : 1);
  }
  expect(await countUnfinished(place.bucket)).toBe(scenario.unfinished ?? 0);
  const left = (await readdir(place.folder)).filter((name) => name !== "source" && name !== "original");
  expect(left).toEqual(job.writes !== undefined && !scenario.fails ? [job.writes] : []);
}

async function countVersions(bucket: Bucket, name: string): Promise<number> {
  let count = 0;
  for await (const { action } of bucket.listFileVersions(name)) {
    count += action === "upload" || action === "copy" ? 1 : 0;
  }
  return count;
}

async function countUnfinished(bucket: Bucket): Promise<number> {
  let count = 0;
  for await (const _ of bucket.listUnfinishedLargeFiles()) count++;
  return count;
}

/** Waits a second for whatever ought to move. */
function impatientTransport(): Transport {
  const transport = nodeTransport({ idleTimeoutMillis: 1000 });
  return (request) => transport({ ...request, answerTimeoutMillis: 1000 });
}
