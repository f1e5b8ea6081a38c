/**
 * Counts what jobs cost: requests by transaction class, and the CPU of a long listing and of a short program.
 *
 * Usage: npm run bench:requests
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { B2Api, type Bucket, KeyvAccountInfo } from "b2kit";
import { type Emulator, startEmulator } from "b2kit/emulator";
import { fill } from "./bench-fill.ts";
import { describeMachine, median } from "./measurement.ts";

const FOLDERS = 1000;
const FILES_IN_FOLDER = 50;
const NAMES = 100_000;
const ROUNDS = 5;
const STARTS = 21;

/** One line of the table. */
interface Job {
  readonly name: string;
  run(b2: B2Api): Promise<unknown>;
  readonly key?: { readonly applicationKeyId: string; readonly applicationKey: string };
}

async function main(): Promise<void> {
  const emulator = await startEmulator();
  try {
    const owner = apiFor(emulator);
    const tree = await owner.createBucket("tree-of-folders", "allPrivate");
    const flat = await owner.createBucket("flat-and-long", "allPrivate");
    console.log(`Filling two buckets with ${FOLDERS * FILES_IN_FOLDER + NAMES} files…`);
    await fill(emulator, tree.id, folderNames());
    await fill(emulator, flat.id, flatNames());
    const restricted = await owner.createKey({
      keyName: "bench-restricted",
      capabilities: ["listBuckets", "listFiles", "readFiles"],
      bucketIds: [tree.id],
      namePrefix: "folder-0001/",
    });
    const key = { applicationKeyId: restricted.id, applicationKey: restricted.applicationKey };
    await countRequests(emulator, jobs(key));
    await measureListing(emulator, flat);
    await measureStart(emulator);
  } finally {
    await emulator.close();
  }
}

function jobs(key: NonNullable<Job["key"]>): Job[] {
  const tree = (b2: B2Api) => b2.getBucketByName("tree-of-folders");
  return [
    { name: "authorize and find a bucket", run: tree },
    { name: `list a root of ${FOLDERS} folders`, run: async (b2) => count((await tree(b2)).ls()) },
    {
      name: `list ${NAMES} names`,
      run: async (b2) => count((await b2.getBucketByName("flat-and-long")).ls("", { recursive: true })),
    },
    {
      name: "walk a prefix recursively",
      run: async (b2) => count((await tree(b2)).ls("folder-0002/", { recursive: true })),
    },
    {
      name: "find one file's versions",
      run: async (b2) => count((await tree(b2)).listFileVersions("folder-0003/file-07")),
    },
    {
      name: "a restricted key's first listing",
      run: async (b2) => count((await tree(b2)).ls("folder-0001/")),
      key,
    },
  ];
}

/** Runs each job with an empty store and again with what the first run stored. */
async function countRequests(emulator: Emulator, all: readonly Job[]): Promise<void> {
  const rows: Record<string, object> = {};
  for (const { name, run, key } of all) {
    const accountInfo = new KeyvAccountInfo();
    for (const store of ["cold", "warm"]) {
      emulator.requests.clear();
      const entries = await run(apiFor(emulator, { accountInfo, ...key }));
      const { byTransactionClass, byOperation } = emulator.requests;
      rows[`${name} (${store} store)`] = {
        ...byTransactionClass,
        authorizations: byOperation.b2_authorize_account ?? 0,
        lookups: byOperation.b2_list_buckets ?? 0,
        entries: typeof entries === "number" ? entries : "",
      };
    }
  }
  console.log("\nRequests by transaction class:");
  console.table(rows);
}

/** Compares the CPU of listing all names with a bare loop that fetches and parses the same pages. */
async function measureListing(emulator: Emulator, flat: Bucket): Promise<void> {
  const measured = { b2kit: [] as number[], bare: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    measured.bare.push(await childCpuMillis(emulator, "bare", flat.id));
    measured.b2kit.push(await childCpuMillis(emulator, "listing", flat.id));
  }
  const [b2kit, bare] = [median(measured.b2kit), median(measured.bare)];
  console.log(
    `\nListing ${NAMES} names, CPU of the process (median of ${ROUNDS}, Node's own start subtracted):`,
  );
  console.table({
    "bare node:http and JSON.parse": { millis: Math.round(bare), ratio: 1 },
    b2kit: { millis: Math.round(b2kit), ratio: Number((b2kit / bare).toFixed(2)) },
  });
}

/** Compares the CPU of a process that lists the buckets with that of one that does nothing. */
async function measureStart(emulator: Emulator): Promise<void> {
  const [nothing, listing]: [number[], number[]] = [[], []];
  for (let round = 0; round < STARTS; round++) {
    nothing.push(await totalCpuMillis(emulator, "nothing", ""));
    listing.push(await totalCpuMillis(emulator, "buckets", ""));
  }
  const extra = median(listing) - median(nothing);
  console.log(
    `\nFrom process start to the first list of buckets, CPU beyond Node's own start (median of ${STARTS}): ${Math.round(extra)} ms`,
  );
  console.log(`\nMachine: ${describeMachine()}`);
}

async function childCpuMillis(emulator: Emulator, work: string, bucketId: string): Promise<number> {
  return (
    (await totalCpuMillis(emulator, work, bucketId)) - (await totalCpuMillis(emulator, "nothing", bucketId))
  );
}

/** CPU of a child process, user and system, as it tells at its end. */
async function totalCpuMillis(emulator: Emulator, work: string, bucketId: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "b2kit-bench-"));
  try {
    // The built package is measured, as its users run it.
    const program = join(folder, "program.mjs");
    await writeFile(program, programs[work] ?? "");
    const child = spawn(process.execPath, [program], {
      env: {
        ...process.env,
        B2_REALM: emulator.url,
        B2_APPLICATION_KEY_ID: emulator.applicationKeyId,
        B2_APPLICATION_KEY: emulator.applicationKey,
        B2KIT: new URL("../dist/src/index.js", import.meta.url).href,
        BUCKET_ID: bucketId,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    for await (const chunk of child.stdout) {
      printed += chunk;
    }
    return Number(printed);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const TELL = `const { user, system } = process.cpuUsage(); console.log((user + system) / 1000);`;
const programs: Record<string, string> = {
  nothing: TELL,
  buckets: `const { B2Api } = await import(process.env.B2KIT); await new B2Api().listBuckets(); ${TELL}`,
  listing: `
    const { B2Api } = await import(process.env.B2KIT);
    const bucket = await new B2Api().getBucketById(process.env.BUCKET_ID);
    let count = 0;
    for await (const { fileVersion } of bucket.ls("", { recursive: true })) count += fileVersion.name.length > 0;
    if (count !== ${NAMES}) throw new Error("listed " + count);
    ${TELL}`,
  bare: `
    import http from "node:http";
    const agent = new http.Agent({ keepAlive: true });
    const call = (method, url, headers, body) => new Promise((resolve, reject) => {
      http.request(url, { method, headers, agent }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks))));
      }).on("error", reject).end(body && JSON.stringify(body));
    });
    const { B2_REALM: realm, B2_APPLICATION_KEY_ID: id, B2_APPLICATION_KEY: key, BUCKET_ID: bucketId } = process.env;
    const basic = "Basic " + Buffer.from(id + ":" + key).toString("base64");
    const { authorizationToken, apiInfo } = await call("GET", realm + "/b2api/v4/b2_authorize_account", { Authorization: basic });
    let [start, count, maxFileCount] = [undefined, 0, 1000];
    do {
      const page = await call("POST", apiInfo.storageApi.apiUrl + "/b2api/v4/b2_list_file_names",
        { Authorization: authorizationToken, "Content-Type": "application/json" },
        { bucketId, maxFileCount, startFileName: start });
      for (const file of page.files) count += file.fileName.length > 0;
      [start, maxFileCount] = [page.nextFileName ?? undefined, 10_000];
    } while (start !== undefined);
    if (count !== ${NAMES}) throw new Error("listed " + count);
    agent.destroy();
    ${TELL}`,
};

function apiFor(emulator: Emulator, options: ConstructorParameters<typeof B2Api>[0] = {}): B2Api {
  const { url: realm, applicationKeyId, applicationKey } = emulator;
  return new B2Api({ realm, applicationKeyId, applicationKey, ...options });
}

async function count(entries: AsyncIterable<unknown>): Promise<number> {
  let counted = 0;
  for await (const _ of entries) {
    counted += 1;
  }
  return counted;
}

function* folderNames(): Iterable<string> {
  for (let folder = 0; folder < FOLDERS; folder++) {
    for (let file = 0; file < FILES_IN_FOLDER; file++) {
      yield `folder-${String(folder).padStart(4, "0")}/file-${String(file).padStart(2, "0")}`;
    }
  }
}

function* flatNames(): Iterable<string> {
  for (let name = 0; name < NAMES; name++) {
    yield `name-${String(name).padStart(6, "0")}.txt`;
  }
}

await main();
