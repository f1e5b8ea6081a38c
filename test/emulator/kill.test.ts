import { expect, test } from "vitest";
import { soak } from "../../scripts/soak-emulator.ts";
import { folderForTest } from "../support.ts";

test("a server that is killed at any moment loses nothing that it acknowledged, and keeps nothing half-made", async () => {
  const report = await soak({
    dataDir: await folderForTest(),
    moments: 5,
    seed: 3,
    workers: 6,
    mostRequests: 60,
  });
  expect(report.kills).toBe(5);
  expect(report.acknowledged).toBeGreaterThan(60);
}, 120_000);
