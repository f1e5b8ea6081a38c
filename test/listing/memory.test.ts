import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const NAMES = 100_000;

test("a listing of 100,000 names is read to its end in a heap that does not hold them", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--max-old-space-size=40",
    "--max-semi-space-size=2",
    "--import=ts-blank-space/register",
    "--conditions=b2kit-source",
    fileURLToPath(new URL("long-listing.ts", import.meta.url)),
    String(NAMES),
  ]);
  expect(Number(stdout)).toBe(NAMES);
}, 120_000);
