#!/usr/bin/env node
import { parseArgs } from "node:util";
import type { Fault } from "./fault.ts";
import { readFault } from "./fault-schema.ts";
import { type EmulatorOptions, startEmulator } from "./index.ts";

const usage = `Usage: b2kit emulator [options]

Starts a server on this machine that behaves like Backblaze B2.

  --port N        TCP port (default: 9876; 0 takes a free one)
  --host H        address to listen on (default: 127.0.0.1)
  --data DIR      folder that keeps everything; without it, nothing is kept
  --bucket NAME   private bucket that is there from the start; may be repeated
  --fault JSON    failure on demand, such as '{"operation":"b2_upload_file","nth":2,"status":503}';
                  may be repeated
  --quiet         do not log requests
  --help          show this text
`;

class UsageError extends Error {}

/** Reads the command line; undefined when it asks for help. */
function readArguments(args: readonly string[]): EmulatorOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  if (positionals.length !== 1 || positionals[0] !== "emulator") {
    throw new UsageError(`there is one command, "emulator"; got "${positionals.join(" ")}"`);
  }
  return {
    port: readPort(values.port),
    host: values.host,
    buckets: values.bucket,
    faults: values.fault.map(readFaultText),
    ...(values.data !== undefined && { dataDir: values.data }),
    ...(!values.quiet && { log: (line) => console.log(`${new Date().toISOString()} ${line}`) }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: "string", default: "9876" },
        host: { type: "string", default: "127.0.0.1" },
        data: { type: "string" },
        bucket: { type: "string", multiple: true, default: [] },
        fault: { type: "string", multiple: true, default: [] },
        quiet: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(messageOf(error).split(". ", 1)[0]);
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port must be a number from 0 to 65535; got "${text}"`);
}

function readFaultText(text: string): Fault {
  try {
    return readFault(JSON.parse(text));
  } catch (error) {
    throw new UsageError(`--fault ${text}: ${messageOf(error)}`);
  }
}

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  if (!options) return void process.stdout.write(usage);
  const emulator = await startEmulator(options);
  process.stdout.write(greeting(emulator, options));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void emulator.close());
}

function greeting(
  emulator: Awaited<ReturnType<typeof startEmulator>>,
  { host, dataDir }: EmulatorOptions,
): string {
  const isOpen = host !== "localhost" && host !== "::1" && !host?.startsWith("127.");
  const warning = `Listening on ${host}: other machines can reach this server, and nothing is encrypted.\n`;
  const place = dataDir === undefined ? "Nothing is kept when it stops." : `Data is kept in ${dataDir}.`;
  return `B2 emulator at ${emulator.url}. ${place} Stop with Ctrl-C.
${isOpen ? warning : ""}
export B2_REALM=${emulator.url}
export B2_APPLICATION_KEY_ID=${emulator.applicationKeyId}
export B2_APPLICATION_KEY=${emulator.applicationKey}

`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`b2kit: ${messageOf(error)}\n`);
  if (error instanceof UsageError) process.stderr.write("b2kit emulator --help shows the options.\n");
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
