import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import { inspect } from "node:util";
import { Keyv } from "keyv";
import { expect, onTestFinished, test } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import { B2Api, type B2ApiOptions, CustomerKey, FileStore, KeyvAccountInfo } from "../../src/index.ts";
import { nodeTransport, type Transport } from "../../src/raw/index.ts";
import { apiFor, cannedTransport, emulatorForTest, folderForTest, serverForTest } from "../support.ts";

/** Everything that a program could log: events, errors and objects, in every way to write them down. */
class Log {
  readonly lines: string[] = [];

  add(value: unknown): void {
    for (let each = value; each !== undefined; each = each instanceof Error ? each.cause : undefined) {
      this.lines.push(inspect(each, { depth: 20, showHidden: true, maxStringLength: null }));
      this.lines.push(String(each), JSON.stringify(each) ?? "", (each instanceof Error && each.stack) || "");
    }
  }

  /** Waits for a call and logs what became of it. */
  async of(call: Promise<unknown> | (() => Promise<unknown>)): Promise<unknown> {
    const outcome = await (typeof call === "function" ? call() : call).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    this.add("error" in outcome ? outcome.error : outcome.value);
    return outcome;
  }
}

/** Follows everything that b2kit tells, and gives the options that make a client tell it. */
function logForTest() {
  const log = new Log();
  const tell = (event: unknown) => log.add(event);
  for (const name of ["b2kit:request", "b2kit:response", "b2kit:retry"]) {
    subscribe(name, tell);
    onTestFinished(() => void unsubscribe(name, tell));
  }
  const warn = (warning: Error) => log.add(warning);
  process.on("warning", warn);
  onTestFinished(() => void process.off("warning", warn));
  return { log, hooks: { onRequest: tell, onResponse: tell, onRetry: tell } };
}

/** Notes every secret that passes on its way to the service. */
function spyingTransport(secrets: Set<string>, inner: Transport = nodeTransport()): Transport {
  return async (request) => {
    for (const [name, value] of Object.entries(request.headers)) {
      if (/^authorization$|customer-key$/.test(name)) {
        secrets.add(value.replace(/^Basic /, ""));
      }
    }
    if (/b2_upload_(file|part)\//.test(request.url)) {
      secrets.add(request.url).add(new URL(request.url).pathname.split("/").at(-1) ?? "");
    }
    return await inner(request);
  };
}

/** A service, or something before it, that repeats what it was sent in every refusal. */
async function echoForTest(status: number): Promise<string> {
  return await serverForTest((request, response) => {
    request.resume();
    const said = JSON.stringify([request.url, request.rawHeaders]);
    const body = JSON.stringify({ status, code: "bad_auth_token", message: said });
    response.writeHead(status).end(status === 502 ? `<html>${said}</html>` : body);
  });
}

test("no secret of a varied run, failures included, shows in hooks, channels, warnings, errors or objects", async () => {
  const secrets = new Set<string>();
  const { log, hooks } = logForTest();
  const emulator = await emulatorForTest({
    faults: [
      { operation: "b2_upload_file", nth: 1, status: 503 },
      { operation: "b2_upload_file", nth: 2, reset: "during" },
      { operation: "b2_upload_file", nth: 3, reset: "after" },
      { operation: "b2_upload_part", nth: 2, expireToken: true },
      { operation: "b2_upload_part", nth: 3, reset: "before" },
      { operation: "b2_list_buckets", nth: 2, expireToken: true },
      { operation: "b2_download_file_by_id", nth: 1, truncate: 1000 },
      { operation: "b2_get_upload_part_url", nth: 1, status: 500 },
    ],
  });
  const path = join(await folderForTest(), "account-info");
  const accountInfo = new KeyvAccountInfo(new Keyv({ store: new FileStore({ path }) }));
  const options = { hooks, transport: spyingTransport(secrets), accountInfo } satisfies B2ApiOptions;
  const b2 = apiFor(emulator, options);
  const encryption = {
    mode: "SSE-C",
    key: new CustomerKey(new TextEncoder().encode("customer-key-of-32-bytes-exactly"), "my-key"),
  } as const;
  secrets.add("customer-key-of-32-bytes-exactly").add(btoa("customer-key-of-32-bytes-exactly"));
  const other = { mode: "SSE-C", key: new CustomerKey(new Uint8Array(32).fill(7)) } as const;

  const bucket = await b2.createBucket("test-bucket", "allPrivate");
  await log.of(bucket.uploadBytes(new Uint8Array(2000), "small", { encryption }));
  await log.of(bucket.uploadBytes(new Uint8Array(2_500_000), "large", { encryption }));
  await log.of(b2.listBuckets());
  await log.of(b2.listBuckets());
  await log.of(async () => (await bucket.downloadFileByName("small", { encryption })).bytes());
  await log.of(bucket.downloadFileByName("small"));
  await log.of(bucket.downloadFileByName("small", { encryption: other }));
  await log.of(bucket.getFileInfoByName("small", { encryption }));
  const { id } = await bucket.getFileInfoByName("large", { encryption });
  await log.of(bucket.copy(id, "copy", { sourceEncryption: other, encryption }));
  await log.of(bucket.copy(id, "copy", { sourceEncryption: encryption, encryption: other }));
  for await (const entry of bucket.ls("", { recursive: true, latestOnly: false })) {
    log.add(entry);
  }

  const key = await b2.createKey({ keyName: "my-key", capabilities: ["listBuckets", "listFiles"] });
  secrets.add(key.applicationKey).add(btoa(`${key.id}:${key.applicationKey}`));
  for await (const listed of b2.listKeys()) {
    log.add(listed);
  }
  const reader = apiFor(emulator, {
    ...options,
    applicationKeyId: key.id,
    applicationKey: key.applicationKey,
  });
  await log.of(reader.getBucketByName("test-bucket"));
  await log.of(reader.createBucket("another-bucket", "allPrivate"));
  await b2.deleteKey(key);
  await log.of(reader.authorizeAccount());
  await log.of(apiFor(emulator, { ...options, applicationKeyId: key.id }).listBuckets());

  const downloadToken = await bucket.getDownloadAuthorization("small", 60);
  secrets.add(downloadToken);
  const byToken = {
    params: { path: { bucketName: "test-bucket", fileName: "no" }, query: { Authorization: downloadToken } },
  };
  await log.of(b2.raw.GET("/file/{bucketName}/{fileName}", byToken));

  log.add([b2, reader, bucket, key, accountInfo, encryption, emulator.url]);
  expectNone(log, secrets, emulator);
  await emulator.close();
  await log.of(b2.listBuckets({ signal: AbortSignal.timeout(50) }));
  await log.of(
    apiFor(emulator, { ...options, retry: { transferBudgetMillis: 0, budgetMillis: 0 } }).listBuckets(),
  );
  expect(secrets.size).toBeGreaterThan(14);
  expect(log.lines.length).toBeGreaterThan(300);
  expectNone(log, secrets, emulator);
});

function expectNone(
  { lines }: Log,
  secrets: Set<string>,
  { applicationKey, applicationKeyId }: Emulator,
): void {
  const all = [...secrets, applicationKey, btoa(`${applicationKeyId}:${applicationKey}`)];
  expect(all.every((secret) => secret.length > 8)).toBe(true);
  expect(lines.flatMap((line) => all.filter((secret) => line.includes(secret)).map(() => line))).toEqual([]);
}

test.each([400, 401, 502])(
  "what answers %d and repeats the request's own secrets does not get them shown",
  async (status) => {
    const secrets = new Set<string>();
    const { log, hooks } = logForTest();
    const emulator = await emulatorForTest();
    const echo = await echoForTest(status);
    const inner = nodeTransport();
    for (const operation of [
      "b2_authorize_account",
      "b2_list_buckets",
      "b2_upload_file",
      "/file/",
      "b2_copy_file",
    ]) {
      const transport = spyingTransport(secrets, (request) =>
        inner(
          request.url.includes(operation)
            ? { ...request, url: echo + new URL(request.url).pathname }
            : request,
        ),
      );
      const b2 = apiFor(emulator, {
        hooks,
        transport,
        retry: { firstDelayMillis: 1, budgetMillis: 10, transferBudgetMillis: 10 },
      });
      const encryption = { mode: "SSE-C", key: new CustomerKey(new Uint8Array(32).fill(9)) } as const;
      await log.of(b2.listBuckets());
      const bucket = await apiFor(emulator).createBucket(
        `test-${operation.replaceAll(/\W|_/g, "-")}`,
        "allPrivate",
      );
      const through = await b2.getBucketById(bucket.id).catch(() => undefined);
      await log.of(async () => through?.uploadBytes(new Uint8Array(1), "a", { encryption }));
      await log.of(async () => through?.downloadFileByName("a", { encryption }));
      await log.of(async () => through?.copy("4_z", "b", { encryption, sourceEncryption: encryption }));
    }
    secrets.add(btoa(String.fromCharCode(...new Uint8Array(32).fill(9))));
    expect(log.lines.join()).toMatch(/b2_authorize_account|refused/);
    expectNone(log, secrets, emulator);
  },
);

test("an answer that is cut or mixed up behind a token does not show it", async () => {
  const { log, hooks } = logForTest();
  const emulator = await emulatorForTest();
  const token = "4_secret_upload_token";
  const cut: [number, string] = [200, `{"authorizationToken": "${token}", "uploadUrl": "https://pod-1`];
  const mixed: [number, string] = [200, `{"a": "${token}"x`];
  for (const answer of [cut, mixed]) {
    const b2 = apiFor(emulator, { hooks, transport: cannedTransport("b2_get_upload_url", [answer]) });
    const bucket = await b2.createBucket(`test-bucket-${answer[1].length}`, "allPrivate");
    await log.of(bucket.uploadBytes(new Uint8Array(1), "a"));
  }
  expect(log.lines.join()).toContain("is not JSON");
  expectNone(log, new Set([token, "upload_token"]), emulator);
});

test("the emulator shows neither its key nor the tokens that it gave", async () => {
  const log = new Log();
  const emulator = await startEmulator();
  onTestFinished(() => emulator.close());
  const secrets = new Set<string>();
  const b2 = new B2Api({ ...credentialsOf(emulator), transport: spyingTransport(secrets) });
  await b2.createBucket("test-bucket", "allPrivate");
  log.add(emulator.requests);
  expectNone(log, secrets, emulator);
});

function credentialsOf({ url: realm, applicationKeyId, applicationKey }: Emulator) {
  return { realm, applicationKeyId, applicationKey };
}
