/**
 * What a program does with the facade, for any runtime that has local files: test-runtimes.ts lets each run it, from the
 * package. The realm and the key of an emulator come from the environment. The last line is `N passed, N failed`.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import {
  AuthorizationError,
  B2Api,
  type B2ApiOptions,
  ChecksumError,
  FileStore,
  KeyvAccountInfo,
  NotFoundError,
  RestrictionError,
} from "b2kit";
import { verifyWebhookSignature } from "b2kit/notifications";
import { createRawClient } from "b2kit/raw";
import { sync } from "b2kit/sync";
import { Keyv } from "keyv";

const { B2_REALM: realm = "", B2_APPLICATION_KEY_ID: applicationKeyId = "" } = process.env;
const [folder = "."] = process.argv.slice(2);
const LARGE_BYTES = 16_000_000;
const partSizeBytes = 5_000_000;

let [passed, failed] = [0, 0];

async function flow(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    passed++;
    console.log(`ok ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${name}\n`, error);
  }
}

function expect(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`is ${left}, should be ${right}`);
}

/** Gives what a call rejects with. */
async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => "nothing was thrown",
    (error: unknown) => error,
  );
}

async function expectError(call: Promise<unknown>, kind: new (...args: never[]) => Error): Promise<void> {
  const error = await errorOf(call);
  if (!(error instanceof kind)) throw new Error(`is ${error}, should be a ${kind.name}`);
}

const sha1 = (bytes: Uint8Array) => createHash("sha1").update(bytes).digest("hex");

/** Makes the emulator misbehave once. */
async function fault(effect: object): Promise<void> {
  const answer = await fetch(`${realm}/emulator/faults`, { method: "POST", body: JSON.stringify(effect) });
  expect(answer.status, 200);
}

const api = (options: B2ApiOptions = {}) => new B2Api({ retry: { firstDelayMillis: 1 }, ...options });
const b2 = api();
const bucket = await b2.createBucket(`flows-${randomBytes(6).toString("hex")}`, "allPrivate");
const large = randomBytes(LARGE_BYTES);
const largePath = join(folder, "large.bin");
await mkdir(folder, { recursive: true });
await writeFile(largePath, large);

await flow("uploads bytes, and downloads them verified", async () => {
  const version = await bucket.uploadBytes(new TextEncoder().encode("sand and sea"), "größe + more.txt");
  expect(version.contentSha1, sha1(new TextEncoder().encode("sand and sea")));
  expect(await (await bucket.downloadFileByName("größe + more.txt")).text(), "sand and sea");
  expect((await (await bucket.downloadFileById(version.id ?? "")).bytes()).length, 12);
  expect(await (await bucket.downloadFileByName("größe + more.txt", { offset: 5, length: 3 })).text(), "and");
});

await flow("uploads a local file in parts, and saves it verified in ranges", async () => {
  let sent = 0;
  await bucket.uploadLocalFile(largePath, "large.bin", {
    partSizeBytes,
    onProgress: ({ bytes }) => {
      sent = bytes;
    },
  });
  expect(sent, LARGE_BYTES);
  const path = join(folder, "saved.bin");
  await (await bucket.downloadFileByName("large.bin")).saveTo(path);
  expect(sha1(await readFile(path)), sha1(large));
});

await flow("uploads Blobs and streams of unknown length", async () => {
  await bucket.upload(new Blob([large]), "blob.bin", { partSizeBytes });
  await bucket.uploadUnboundStream(new Blob([large]).stream(), "stream.bin", { partSizeBytes });
  for (const name of ["blob.bin", "stream.bin"]) {
    expect(sha1(await (await bucket.downloadFileByName(name)).bytes()), sha1(large));
  }
});

await flow("streams a download", async () => {
  const hash = createHash("sha1");
  for await (const chunk of (await bucket.downloadFileByName("large.bin")).stream()) hash.update(chunk);
  expect(hash.digest("hex"), sha1(large));
});

await flow("lists folders, files and versions", async () => {
  for (const name of ["a/1", "a/2", "b"]) await bucket.uploadBytes(new Uint8Array(1), `list/${name}`);
  const names: string[] = [];
  for await (const { fileVersion, folderName } of bucket.ls("list/"))
    names.push(folderName ?? fileVersion.name);
  expect(names, ["list/a/", "list/b"]);
});

await flow("copies, joins, hides and deletes", async () => {
  const source = await bucket.getFileInfoByName("large.bin");
  const copied = await bucket.copy(source.id ?? "", "copy.bin");
  expect(copied.size, LARGE_BYTES);
  const joined = await bucket.concatenate([copied, new Blob(["!"])], "joined.bin");
  expect(joined.size, LARGE_BYTES + 1);
  await bucket.hideFile("joined.bin");
  await expectError(bucket.getFileInfoByName("joined.bin"), NotFoundError);
  await bucket.unhideFile("joined.bin");
  await bucket.deleteFileVersion(joined.id ?? "", "joined.bin");
  await expectError(bucket.downloadFileByName("joined.bin"), NotFoundError);
});

await flow("goes on after refusals, resets and stale tokens", async () => {
  await fault({ operation: "b2_upload_file", nth: 1, status: 503, code: "service_unavailable" });
  await bucket.uploadBytes(large.subarray(0, 1_000_000), "retried");
  await fault({ operation: "b2_upload_part", nth: 2, reset: "during" });
  await bucket.upload(new Blob([large]), "reset.bin", { partSizeBytes });
  await fault({ operation: "b2_list_file_names", nth: 1, status: 401, code: "expired_auth_token" });
  for await (const { fileVersion } of bucket.ls("retried")) expect(fileVersion.size, 1_000_000);
  expect(sha1(await (await bucket.downloadFileByName("reset.bin")).bytes()), sha1(large));
});

await flow("never gives changed bytes for good ones", async () => {
  await fault({ operation: "b2_download_file_by_name", every: 1, corrupt: 1 });
  await expectError((await bucket.downloadFileByName("retried")).bytes(), ChecksumError);
  await fetch(`${realm}/emulator/faults`, { method: "DELETE" });
});

await flow("tells wrong keys and restrictions apart", async () => {
  await expectError(api({ applicationKeyId, applicationKey: "K001wrong" }).listBuckets(), AuthorizationError);
  const key = await b2.createKey({
    keyName: "reader",
    capabilities: ["listBuckets", "readFiles"],
    bucketIds: [bucket.id],
  });
  const reader = api({ applicationKeyId: key.id, applicationKey: key.applicationKey });
  expect((await reader.listBuckets()).length, 1);
  const mine = await reader.getBucketById(bucket.id);
  await expectError(mine.uploadBytes(new Uint8Array(1), "no"), RestrictionError);
});

await flow("ends with the signal's own reason", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const call = bucket.upload(new Blob([large]), "aborted", {
    partSizeBytes,
    signal: stop.signal,
    onProgress: () => stop.abort(reason),
  });
  if ((await errorOf(call)) !== reason) throw new Error("it rejected with something else");
});

await flow("keeps the authorization in a folder", async () => {
  const path = join(folder, "account-info");
  const accountInfo = () => new KeyvAccountInfo(new Keyv({ store: new FileStore({ path }) }));
  await api({ accountInfo: accountInfo() }).authorizeAccount();
  let requests = 0;
  const hooks = { onRequest: () => void requests++ };
  expect(await api({ accountInfo: accountInfo(), hooks }).getAccountId(), await b2.getAccountId());
  expect(requests, 0);
});

await flow("synchronises folders", async () => {
  const tree = join(folder, "tree");
  await mkdir(join(tree, "below"), { recursive: true });
  await writeFile(join(tree, "below/file.txt"), "text");
  const stored = { bucket, prefix: "tree" };
  expect((await sync(tree, stored, { b2 }).result).transferred.files, 1);
  expect((await sync(stored, join(folder, "back"), { b2 }).result).transferred.files, 1);
  expect(await readFile(join(folder, "back/below/file.txt"), "utf8"), "text");
});

await flow("makes typed raw calls, and checks webhooks", async () => {
  const credentials = { applicationKeyId, applicationKey: process.env.B2_APPLICATION_KEY ?? "" };
  const { data } = await createRawClient({ credentials, realm }).GET("/b2api/v4/b2_authorize_account");
  expect(data?.accountId, await b2.getAccountId());
  expect(await verifyWebhookSignature("{}", "v1=00", "secret"), false);
});

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
