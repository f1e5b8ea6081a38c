import { readFileSync } from "node:fs";

/** Clock ticks a second in which Linux counts the processor time of a process. */
const ticksPerSecond = 100;

/** What a process has used since it started. */
export interface ProcessUsage {
  /** Processor time in user mode and in the kernel, of all its threads, in steps of 10 ms. */
  readonly cpuSeconds: number;
  /** The most memory that it had resident at one time. */
  readonly peakResidentBytes: number;
}

/**
 * Reads the usage of another process from /proc, so that nothing in that process has to help.
 *
 * @throws on systems without /proc, and when the process has ended.
 */
export function usageOf(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name before may contain anything
  const ticks = Number(fields[11]) + Number(fields[12]);
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return { cpuSeconds: ticks / ticksPerSecond, peakResidentBytes: Number(kilobytes) * 1024 };
}
