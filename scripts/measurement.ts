import { type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { cpus, loadavg } from "node:os";
import { usageOf } from "./process-usage.ts";

/** What one run of a command cost. */
export interface Cost {
  /** Processor time in user mode and in the kernel, of all its threads. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** The most memory that it had resident at one time, looked up every 20 ms; 0 where there is no /proc. */
  readonly peakResidentBytes: number;
  readonly stdout: string;
}

/** Says what a measurement runs on. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const model = cpu?.model ?? "unknown processor";
  return `${cpus().length} × ${model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`;
}

/** Gives the middle value, or the mean of the two in the middle; 0 of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** Writes bytes as whole megabytes. */
export const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

/** Says whether a mark is kept. */
export const verdict = (holds: boolean) => (holds ? "yes" : "NO");

/**
 * Runs a command under the shell's clock, which counts processor time by the millisecond, and tells its process id.
 * Without the braces the shell would become the command and tell no times.
 */
const underClock = 'TIMEFORMAT="%R %U %S"; time { (echo $BASHPID >&2; exec "$@"); }';

/**
 * Runs a command to its end and tells what it cost.
 *
 * @throws with what the command wrote to standard error when it fails.
 */
export async function costOf(
  command: readonly string[],
  options: Pick<SpawnOptions, "env"> = {},
): Promise<Cost> {
  const child = spawn("bash", ["-c", underClock, "bash", ...command], {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr, peakResidentBytes] = ["", "", 0];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const watch = setInterval(() => {
    peakResidentBytes = Math.max(peakResidentBytes, residentBytes(Number.parseInt(stderr, 10)));
  }, 20);
  const [code] = await once(child, "close").finally(() => clearInterval(watch));
  const lines = stderr.trimEnd().split("\n");
  if (code !== 0) throw new Error(`${command.join(" ")} failed: ${lines.slice(1, -1).join("\n")}`);
  const [wallSeconds = 0, user = 0, system = 0] = (lines.at(-1) ?? "").split(" ").map(Number);
  return { cpuSeconds: user + system, wallSeconds, peakResidentBytes, stdout };
}

function residentBytes(pid: number): number {
  try {
    return usageOf(pid).peakResidentBytes || 0; // The last moments of a process show no memory.
  } catch {
    return 0; // Not started yet, ended, or the system has no /proc.
  }
}
