import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Emulator } from "../../src/emulator/index.ts";
import type { B2Api, TransferProgress } from "../../src/index.ts";
import { type NodeTransportOptions, nodeTransport } from "../../src/raw/index.ts";
import { type Server, startTinyproxy } from "../servers.ts";
import { apiFor, emulatorForTest, fileForTest, folderForTest } from "../support.ts";

/** Set by `npm run test:networks`, which installs the programs that these tests use: a folder for certificates. */
const folder = process.env.B2KIT_TEST_NETWORKS;

const run = promisify(execFile);

/** Makes an authority of our own, and a certificate that it signed for every name of this machine. */
async function makeCertificates(
  folder: string,
): Promise<{ ca: string; key: string; cert: string; caPath: string }> {
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => run("openssl", args);
  const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const own = [
    "-subj",
    "/CN=Authority of our own",
    "-days",
    "2",
    "-addext",
    "basicConstraints=critical,CA:TRUE",
  ];
  await openssl("req", "-x509", ...fresh, ...own, "-keyout", path("ca.key"), "-out", path("ca.pem"));
  const request = ["-subj", "/CN=b2.test", "-keyout", path("server.key"), "-out", path("server.csr")];
  await openssl("req", ...fresh, ...request);
  await writeFile(path("names"), `subjectAltName=DNS:localhost,DNS:${hostname()},IP:127.0.0.1,IP:::1\n`);
  const signed = ["-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-CAcreateserial", "-days", "2"];
  const files = ["-in", path("server.csr"), "-extfile", path("names"), "-out", path("server.pem")];
  await openssl("x509", "-req", ...signed, ...files);
  const [ca, key, cert] = await Promise.all(
    ["ca.pem", "server.key", "server.pem"].map((name) => readFile(path(name), "utf8")),
  );
  return { ca: ca ?? "", key: key ?? "", cert: cert ?? "", caPath: path("ca.pem") };
}

/** Puts encryption before an emulator; gives the port. */
async function encrypt(emulator: Emulator, { key, cert }: { key: string; cert: string }): Promise<number> {
  const { port } = new URL(emulator.url);
  const server = createServer({ key, cert }, (request, response) => {
    const headers = { ...request.headers, "x-forwarded-proto": "https" };
    const onward = httpRequest({ port, path: request.url, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  server.listen(0, "::");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Uploads a small file and one of several parts, and downloads both in ranges, verified. */
async function moveFiles(b2: B2Api): Promise<void> {
  const bucket = await b2.createBucket("test-bucket", "allPrivate");
  const place = await folderForTest();
  for (const [name, size] of [
    ["small", 5000],
    ["large", 12_345_678],
  ] as const) {
    const path = await fileForTest(place, name, size);
    await bucket.uploadLocalFile(path, name);
    await (await bucket.downloadFileByName(name)).saveTo(`${path}.back`);
    expect(await sha1(`${path}.back`)).toBe(await sha1(path));
  }
}

async function sha1(path: string): Promise<string> {
  return createHash("sha1")
    .update(await readFile(path))
    .digest("hex");
}

describe.skipIf(folder === undefined)("a service with a private certificate", { timeout: 120_000 }, () => {
  let certificates: Awaited<ReturnType<typeof makeCertificates>>;
  let proxy: Server;

  beforeAll(async () => {
    certificates = await makeCertificates(folder ?? "");
    proxy = await startTinyproxy("me", "secret-word");
  });
  afterAll(() => proxy.close());

  /** Asks for the connections that the proxy was asked for while something was done. */
  async function connectionsDuring(work: () => Promise<unknown>): Promise<string[]> {
    const before = proxy.said.length;
    await work();
    return proxy.said
      .slice(before)
      .flatMap((line) => /(?:CONNECT|GET|POST|HEAD) (\S+) HTTP/.exec(line)?.slice(1) ?? []);
  }

  async function serviceForTest(host: string) {
    const emulator = await emulatorForTest();
    const port = await encrypt(emulator, certificates);
    const service = { ...emulator, url: `https://${host}:${port}` };
    const api = (options: NodeTransportOptions) => apiFor(service, { transport: nodeTransport(options) });
    return { emulator, service, api };
  }

  test("is reached with the option ca, at a name and at an IPv6 address, and not without", async () => {
    for (const host of ["localhost", "[::1]"]) {
      const { api, emulator } = await serviceForTest(host);
      await expect(api({}).listBuckets()).rejects.toThrow(/certificate/);
      expect(emulator.requests.total).toBe(0);
      await moveFiles(api({ ca: certificates.ca }));
    }
  });

  test("is reached through a proxy with the options proxy and ca; every connection goes through it", async () => {
    const { api, service, emulator } = await serviceForTest("localhost");
    const connections = await connectionsDuring(() =>
      moveFiles(api({ proxy: proxy.url, ca: certificates.ca })),
    );
    expect(connections.length).toBeGreaterThan(0);
    expect(connections.length).toBeLessThan(emulator.requests.total); // They are kept and used again.
    expect(new Set(connections)).toEqual(new Set([new URL(service.url).host]));
  });

  test("is not reached through a proxy whose certificate nobody trusts, and nothing is repeated", async () => {
    const { api } = await serviceForTest("localhost");
    const connections = await connectionsDuring(() =>
      expect(api({ proxy: proxy.url }).listBuckets()).rejects.toThrow(/certificate/),
    );
    expect(connections.length).toBe(1);
  });

  test("is not reached with a wrong password of the proxy, which is told at once and not shown", async () => {
    const { api } = await serviceForTest("localhost");
    const wrong = proxy.url.replace("secret-word", "wrong-word");
    const call = api({ proxy: wrong, ca: certificates.ca }).listBuckets();
    await expect(call).rejects.toThrow(/proxy at 127\.0\.0\.1:\d+ answered 40[17]/);
    await expect(call).rejects.not.toThrow(/-word/);
  });

  test("is reached again when the proxy was killed in the middle of a transfer", async () => {
    const { api } = await serviceForTest("localhost");
    const b2 = api({ proxy: proxy.url, ca: certificates.ca });
    const bucket = await b2.createBucket("test-bucket", "allPrivate");
    const path = await fileForTest(await folderForTest(), "large", 12_345_678);
    let restarted: Promise<void> | undefined;
    const onProgress = ({ bytes }: TransferProgress) => {
      if (bytes > 3_000_000) {
        restarted ??= proxy.restart();
      }
    };
    const file = await bucket.uploadLocalFile(path, "large", { onProgress });
    await restarted;
    expect(restarted).toBeDefined();
    expect(file.size).toBe(12_345_678);
    await (await bucket.downloadFileByName("large")).saveTo(`${path}.back`);
    expect(await sha1(`${path}.back`)).toBe(await sha1(path));
  });

  /** Runs a program of its own, because Node reads NODE_EXTRA_CA_CERTS when it starts. */
  async function runProgram(
    service: Pick<Emulator, "url" | "applicationKeyId" | "applicationKey">,
    env: Record<string, string>,
  ) {
    const program = `
      import { B2Api } from "b2kit";
      const bucket = await new B2Api().createBucket("test-bucket", "allPrivate");
      const bytes = new Uint8Array(2_500_000).fill(7);
      await bucket.uploadBytes(bytes, "a");
      const back = await (await bucket.downloadFileByName("a")).bytes();
      console.log(back.length === bytes.length && back.every((byte) => byte === 7));`;
    const modules = [
      "--import",
      "ts-blank-space/register",
      "--conditions=b2kit-source",
      "--input-type=module",
    ];
    const { stdout } = await run(process.execPath, [...modules, "--eval", program], {
      env: {
        PATH: process.env.PATH,
        B2_REALM: service.url,
        B2_APPLICATION_KEY_ID: service.applicationKeyId,
        B2_APPLICATION_KEY: service.applicationKey,
        NODE_EXTRA_CA_CERTS: certificates.caPath,
        ...env,
      },
    });
    expect(stdout).toBe("true\n");
  }

  test("is reached with HTTPS_PROXY and NODE_EXTRA_CA_CERTS, directly where NO_PROXY names it", async () => {
    const { service } = await serviceForTest(hostname());
    const { host } = new URL(service.url);
    const through = await connectionsDuring(() => runProgram(service, { HTTPS_PROXY: proxy.url }));
    expect(new Set(through)).toEqual(new Set([host]));
    for (const list of [hostname(), host, `.example.com,${hostname()}`]) {
      const { service } = await serviceForTest(hostname());
      const entry = list.replace(host, new URL(service.url).host);
      expect(
        await connectionsDuring(() => runProgram(service, { HTTPS_PROXY: proxy.url, NO_PROXY: entry })),
      ).toEqual([]);
    }
  });

  test("without encryption is reached with HTTP_PROXY", async () => {
    const emulator = await emulatorForTest({ host: "0.0.0.0" });
    const service = { ...emulator, url: `http://${hostname()}:${new URL(emulator.url).port}` };
    const urls = await connectionsDuring(() => runProgram(service, { HTTP_PROXY: proxy.url }));
    expect(urls.length).toBe(emulator.requests.total);
    expect(urls.every((url) => url.startsWith(service.url))).toBe(true);
  });
});
