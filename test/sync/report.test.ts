import { expect, onTestFinished, test, vi } from "vitest";
import type { TransferAction } from "../../src/sync/plan.ts";
import { Report } from "../../src/sync/report.ts";
import type { SyncEvent } from "../../src/sync/sync-event.ts";

const transfer = (relativePath: string, size: number): TransferAction => ({
  type: "upload",
  relativePath,
  size,
  reason: "new",
});

/** A report whose clock stands still until it is moved. */
function reportForTest() {
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  const events: SyncEvent[] = [];
  const report = new Report(false, (event) => events.push(event));
  const pass = (millis: number) => {
    now += millis;
  };
  return { report, events, pass };
}

test("throughput and the remaining time follow from the bytes that moved", () => {
  const { report, pass } = reportForTest();
  expect(report.progress).toMatchObject({ isScanning: true, bytesPerSecond: 0, remainingMillis: 0 });
  const [one, other] = [transfer("a", 1000), transfer("b", 3000)];
  report.planned(one);
  report.planned(other);
  pass(5000); // Nothing moves yet: that does not count.
  expect(report.progress.remainingMillis).toBeUndefined();
  report.moved(0);
  pass(2000);
  report.moved(1000);
  report.finished(one, 1000);
  expect(report.progress).toMatchObject({
    plannedFiles: 2,
    plannedBytes: 4000,
    finishedFiles: 1,
    finishedBytes: 1000,
    bytesPerSecond: 500,
    remainingMillis: 6000,
  });
  report.finished(other, 0); // It failed.
  report.scanEnded("source");
  report.scanEnded("destination");
  expect(report.progress).toMatchObject({ isScanning: false, finishedBytes: 4000, remainingMillis: 0 });
});

test("the scans are told of every thousand files, and at their ends", () => {
  const { report, events } = reportForTest();
  for (let file = 0; file < 2500; file++) {
    report.scanned("source");
  }
  report.scanEnded("source");
  expect(events).toEqual(
    [1000, 2000, 2500].map((files) => ({ type: "scanned", side: "source", files, isDone: files === 2500 })),
  );
});

test("the result can be written as JSON, counts every failure and names the first thousand", () => {
  const { report, pass } = reportForTest();
  for (let file = 0; file < 1001; file++) {
    report.failed(`file ${file}`, file === 0 ? new Error("broken") : "odd");
  }
  report.transferred(transfer("a", 4000), 4000);
  report.removed({ type: "hide", relativePath: "b" });
  pass(2000);
  const result = JSON.parse(JSON.stringify(report.result));
  expect(result).toMatchObject({
    isComplete: false,
    transferred: { files: 1, bytes: 4000 },
    removed: { hidden: 1, deleted: 0 },
    failed: 1001,
    durationMillis: 2000,
    bytesPerSecond: 2000,
  });
  expect(result.failures).toHaveLength(1000);
  expect(result.failures[0]).toEqual({ relativePath: "file 0", message: "broken" });
});
