/**
 * Tests the package in a real browser: Debian's Chromium, on a page that a standard bundler made of the built package.
 *
 * The page's server forwards calls to the emulator, which is of another origin; contents go there directly, as the
 * bucket's CORS rules allow. The last line of the output is `N passed, N failed`.
 *
 * Usage: npm run test:browser
 */
import { createHash, randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { B2Api, type Bucket } from "b2kit";
import type { Emulator } from "b2kit/emulator";
import type { components } from "b2kit/raw";
import type { Outcome, PageFunctions } from "./browser-page.ts";
import { Chromium } from "./chromium.ts";
import { projectFolder, runCommand } from "./command.ts";
import { expect, expectSame, hasCommand, installFromDebian, Steps, withEmulator } from "./conformance.ts";
import { megabytes } from "./measurement.ts";
import { bundleForPages, type PageBundle } from "./page-bundle.ts";
import { usageOf } from "./process-usage.ts";

const FILE_BYTES = 120_000_000;
const PARTS = 12;

/** What a page may load at once, in bytes after minification and gzip. */
const SIZES = [
  { name: "the raw layer", text: 'export * from "b2kit/raw"', limitBytes: 12_000 },
  { name: "the facade", text: 'export * from "b2kit"', limitBytes: 35_000 },
  { name: "uploadToUrl", text: 'export { uploadToUrl } from "b2kit"', limitBytes: 1_000 },
];

/** What the page may hold in objects and buffers for a file of 120 MB, beyond what it holds for none. */
const MOST_HELD_BYTES = 40_000_000;

/** What the page's bucket lets it do, and what it must see of the answers. */
const corsRule = (origin: string): components["schemas"]["CorsRuleRequest"] => ({
  corsRuleName: "the-page",
  allowedOrigins: [origin],
  allowedOperations: [
    "b2_upload_file",
    "b2_upload_part",
    "b2_download_file_by_name",
    "b2_download_file_by_id",
  ],
  allowedHeaders: ["authorization", "content-type", "range", "x-bz-*"],
  exposeHeaders: [
    ...["content-range", "retry-after", "x-bz-content-sha1", "x-bz-file-id", "x-bz-file-name"],
    ...["x-bz-upload-timestamp", "x-bz-info-large_file_sha1", "x-bz-info-src_last_modified_millis"],
  ],
  maxAgeSeconds: 3600,
});

interface Scene {
  readonly steps: Steps;
  readonly emulator: Emulator;
  readonly browser: Chromium;
  readonly bucket: Bucket;
  /** SHA-1 of the file that is chosen in the page. */
  readonly sha1: string;
}

async function main(): Promise<number> {
  await installFromDebian("chromium", () => hasCommand("chromium"));
  const steps = new Steps();
  await checkSizes(steps);
  const bundle = await bundleForPages({ path: join(projectFolder, "scripts/browser-page.ts") });
  await withEmulator({}, async (emulator, folder) => {
    const { url: realm, applicationKeyId, applicationKey } = emulator;
    const b2 = new B2Api({ realm, applicationKeyId, applicationKey });
    const server = await servePage(bundle, emulator, b2);
    const origin = originOf(server);
    const corsRules = [corsRule(origin)];
    const bucket = await b2.createBucket("the-page", "allPrivate", { corsRules });
    await b2.createBucket("no-pages", "allPrivate");
    const path = join(folder, "film.bin");
    const sha1 = await writeRandomFile(path);
    const browser = await Chromium.start("chromium", join(folder, "profile"), origin);
    try {
      await browser.evaluate(
        `new Promise((done) => document.readyState === "complete" ? done() : onload = done)`,
      );
      await chooseFile(browser, path);
      await testPage({ steps, emulator, browser, bucket, sha1 });
    } finally {
      await browser.close();
      server.closeAllConnections();
      server.close();
    }
  });
  return steps.close();
}

async function checkSizes(steps: Steps): Promise<void> {
  for (const { name, text, limitBytes } of SIZES) {
    await steps.step(
      `${name} stays below ${kilobytes(limitBytes)} and takes nothing of Node along`,
      async () => {
        const { initialBytes, laterBytes, modules } = await bundleForPages({ text });
        const strangers = modules.filter((path) =>
          /emulator|sync|runtime-node|file-store\.js|local-files\.js/.test(path),
        );
        expectSame(strangers, [], "modules that do not belong there");
        expect(initialBytes < limitBytes, `it has ${kilobytes(initialBytes)}`);
        return `${kilobytes(initialBytes)} at once, ${kilobytes(laterBytes)} more when it is used`;
      },
    );
  }
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`;

async function testPage(scene: Scene): Promise<void> {
  const memory = await MemoryWatch.start(scene.browser);
  await testUpload(scene);
  await testDownload(scene);
  await scene.steps.step("the page's memory does not grow with the file", async () => {
    const { heldBytes, residentBytes } = await memory.end();
    expect(heldBytes < MOST_HELD_BYTES, `it held ${megabytes(heldBytes)} more`);
    return `${megabytes(heldBytes)} were held at most; with garbage the process grew by ${megabytes(residentBytes)}`;
  });
  await testUploadToUrl(scene);
  await testLimits(scene);
}

async function testUpload(scene: Scene): Promise<void> {
  const { steps, emulator, bucket, sha1 } = scene;
  await steps.step(
    "an upload of 120 MB in parts ends when it is aborted, and keeps what is stored",
    async () => {
      const { error, progress } = await call(scene, "upload", bucket.name, 40_000_000);
      expectSame(error, "Error: enough", "the rejection");
      expect(isRising(progress) && (progress.at(-1) ?? 0) < FILE_BYTES, `progress was ${progress.join(" ")}`);
      return `after ${megabytes(progress.at(-1) ?? 0)}`;
    },
  );
  await steps.step("the next upload sends only what is missing, through a failing service", async () => {
    const [unfinished] = await listed(bucket.listUnfinishedLargeFiles());
    const stored = (await listed(bucket.listParts(unfinished?.id ?? ""))).length;
    expect(stored >= 4 && stored < PARTS, `${stored} parts were stored before`);
    emulator.faults.add({ operation: "b2_upload_part", nth: 1, status: 503, code: "service_unavailable" });
    emulator.faults.add({ operation: "b2_upload_part", nth: 3, reset: "during" });
    emulator.requests.clear();
    const { error, progress } = await call(scene, "upload", bucket.name);
    expectSame(error, undefined, "the rejection");
    expect(isRising(progress) && progress.at(-1) === FILE_BYTES, `progress was ${progress.join(" ")}`);
    expectSame(emulator.requests.byOperation.b2_upload_part, PARTS - stored + 2, "parts that were sent");
    const file = await bucket.getFileInfoByName("film.bin");
    expectSame([file.size, file.contentSha1], [FILE_BYTES, sha1], "what is stored");
    return `${stored} of ${PARTS} parts were there`;
  });
}

async function testDownload(scene: Scene): Promise<void> {
  const { steps, emulator, bucket, sha1 } = scene;
  await steps.step("a download is verified, and goes on after a lost connection", async () => {
    emulator.faults.add({ operation: "b2_download_file_by_name", nth: 1, truncate: 50_000_000 });
    emulator.requests.clear();
    const outcome = await call(scene, "download", bucket.name, "film.bin");
    expectSame([outcome.error, outcome.bytes, outcome.sha1], [undefined, FILE_BYTES, sha1], "what arrived");
    expectSame(emulator.requests.byOperation.b2_download_file_by_id, 1, "requests for the rest");
    return undefined;
  });
}

async function testUploadToUrl(scene: Scene): Promise<void> {
  const { steps, emulator, bucket } = scene;
  await steps.step(
    "uploadToUrl needs a URL and its token only, and takes another when one fails",
    async () => {
      emulator.faults.add({ operation: "b2_upload_file", nth: 1, status: 503, code: "service_unavailable" });
      emulator.requests.clear();
      const { error, progress } = await call(scene, "uploadToUrl", 20_000_000, false);
      expectSame([error, progress], [undefined, [20_000_000]], "the outcome");
      expectSame(emulator.requests.byOperation, { b2_get_upload_url: 2, b2_upload_file: 2 }, "requests");
      expectSame((await bucket.getFileInfoByName("handed/größe.bin")).size, 20_000_000, "what is stored");
      expectSame((await call(scene, "uploadToUrl", 1, true)).error, "Error: enough", "the rejection");
      return undefined;
    },
  );
  await steps.step("a corrupted download is told", async () => {
    emulator.faults.add({ operation: "b2_download_file_by_name", nth: 1, corrupt: 7 });
    const { error } = await call(scene, "download", bucket.name, "handed/größe.bin");
    expect(/^ChecksumError: .*größe\.bin/.test(error ?? ""), `it ended with ${error}`);
    return undefined;
  });
}

async function testLimits(scene: Scene): Promise<void> {
  const { steps, bucket } = scene;
  await steps.step("listings work, and what needs files says so", async () => {
    expectSame((await call(scene, "list", bucket.name)).names, ["film.bin", "handed/größe.bin"], "names");
    const { error } = await call(scene, "uploadPath", bucket.name);
    expect(/^TypeError: This runtime has no local files/.test(error ?? ""), `it ended with ${error}`);
    return undefined;
  });
  await steps.step("without a CORS rule nothing is uploaded, and the error asks for one", async () => {
    const { error } = await call(scene, "uploadText", "no-pages");
    expect(/^UnavailableError: .*CORS rules/.test(error ?? ""), `it ended with ${error}`);
    return undefined;
  });
}

/** Calls a function of the page. */
async function call<Name extends keyof PageFunctions>(
  { browser }: Scene,
  name: Name,
  ...args: Parameters<PageFunctions[Name]>
): Promise<Outcome> {
  const text = args.map((value) => JSON.stringify(value)).join(", ");
  return await browser.evaluate<Outcome>(`page.${name}(${text})`);
}

const isRising = (numbers: Outcome["progress"]) =>
  numbers.every((bytes, index) => bytes > (numbers[index - 1] ?? 0));

async function listed<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const entry of entries) {
    list.push(entry);
  }
  return list;
}

/** Looks at the memory of a page until it is told to end. */
class MemoryWatch {
  readonly #browser: Chromium;
  readonly #renderer: number;
  readonly #before: { readonly heldBytes: number; readonly residentBytes: number };
  readonly #looking: Promise<void>;
  #mostBytes = 0;
  #isEnded = false;

  private constructor(browser: Chromium, renderer: number, heldBytes: number) {
    this.#browser = browser;
    this.#renderer = renderer;
    this.#before = { heldBytes, residentBytes: usageOf(renderer).peakResidentBytes };
    this.#looking = this.#look();
    this.#looking.catch(() => {}); // Told at the end.
  }

  static async start(browser: Chromium): Promise<MemoryWatch> {
    return new MemoryWatch(browser, await browser.rendererId(), await heldBytesOf(browser));
  }

  /** Gives how much the peak was above the beginning: what scripts held, and the memory of the process. */
  async end(): Promise<{ heldBytes: number; residentBytes: number }> {
    this.#isEnded = true;
    await this.#looking;
    return {
      heldBytes: this.#mostBytes - this.#before.heldBytes,
      residentBytes: usageOf(this.#renderer).peakResidentBytes - this.#before.residentBytes,
    };
  }

  async #look(): Promise<void> {
    while (!this.#isEnded) {
      this.#mostBytes = Math.max(this.#mostBytes, await heldBytesOf(this.#browser));
      await setTimeout(200);
    }
  }
}

/** Gives the bytes of a page's objects and buffers that are no garbage. */
async function heldBytesOf(browser: Chromium): Promise<number> {
  for (let time = 1; time <= 2; time++) {
    await browser.send("HeapProfiler.collectGarbage"); // The first leaves the memory of buffers to be freed later.
  }
  const usage = await browser.send<{ usedSize: number; backingStorageSize: number }>("Runtime.getHeapUsage");
  return usage.usedSize + usage.backingStorageSize;
}

/** Serves the page, hands out upload URLs, and forwards calls to the service with the account's key. */
async function servePage({ files }: PageBundle, emulator: Emulator, b2: B2Api): Promise<http.Server> {
  const html =
    '<!doctype html><title>b2kit</title><input type="file"><script type="module" src="/entry.js"></script>';
  const server = http.createServer(async (request, response) => {
    const { url = "/" } = request;
    if (url.startsWith("/b2/")) {
      return await forward(request, response, emulator, `${originOf(server)}/b2`);
    }
    if (url === "/upload-url") {
      const { id: bucketId } = await b2.getBucketByName("the-page");
      const { data } = await b2.raw.POST("/b2api/v4/b2_get_upload_url", { body: { bucketId } });
      return void response.end(JSON.stringify(data));
    }
    const script = files.get(url.slice(1));
    response.setHeader("Content-Type", script === undefined ? "text/html" : "text/javascript");
    response.end(script ?? html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const originOf = (server: http.Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Passes a call on; the key stays here, and the answer leads the page back here for every further call. */
async function forward(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { url: realm, applicationKeyId, applicationKey }: Emulator,
  here: string,
): Promise<void> {
  const path = (request.url ?? "").replace(/^\/b2/, "");
  const isFirst = path.endsWith("/b2_authorize_account");
  const basic = `Basic ${Buffer.from(`${applicationKeyId}:${applicationKey}`).toString("base64")}`;
  const body = Buffer.concat(await listed<Buffer>(request));
  const answer = await fetch(realm + path, {
    method: request.method ?? "GET",
    headers: { Authorization: isFirst ? basic : (request.headers.authorization ?? "") },
    ...(body.length > 0 && { body }),
  });
  const text = await answer.text();
  const isRenamed = isFirst && answer.ok;
  response.writeHead(answer.status, { "Content-Type": "application/json" });
  response.end(isRenamed ? text.replace(/("apiUrl"\s*:\s*)"[^"]*"/, `$1${JSON.stringify(here)}`) : text);
}

/** Writes the file that the page uploads, and gives its SHA-1. */
async function writeRandomFile(path: string): Promise<string> {
  const file = await open(path, "w");
  const sha1 = createHash("sha1");
  for (let bytes = 0; bytes < FILE_BYTES; bytes += 1_000_000) {
    const chunk = randomBytes(1_000_000);
    sha1.update(chunk);
    await file.write(chunk);
  }
  await file.close();
  return sha1.digest("hex");
}

/** Chooses a file in the page, as a user does. */
async function chooseFile(browser: Chromium, path: string): Promise<void> {
  const { root } = await browser.send<{ root: { nodeId: number } }>("DOM.getDocument");
  const input = await browser.send<{ nodeId: number }>("DOM.querySelector", {
    nodeId: root.nodeId,
    selector: "input",
  });
  await browser.send("DOM.setFileInputFiles", { files: [path], nodeId: input.nodeId });
}

await runCommand(import.meta.url, main);
