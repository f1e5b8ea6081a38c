/**
 * The service of `npm run bench`, in a process of its own: counts the bytes that it is sent, serves bytes from memory,
 * and gives canned answers to the other calls. Prints its two URLs as one line of JSON, and runs until it is ended.
 *
 * Arguments: size of the large file in bytes, number of small files, key and certificate file.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { components } from "../generated/schema.ts";
import { blocks, smallBytes } from "./bench-client.ts";

type Schemas = components["schemas"];

/** Where the service is reached, without and with TLS. */
export interface ServiceUrls {
  readonly url: string;
  readonly secureUrl: string;
}

/** What came in since it was last asked for, from `/counts`. */
export interface Counts {
  readonly bytes: number;
  /** Number of requests by operation. */
  readonly requests: Readonly<Record<string, number>>;
}

const largeBytes = Number(process.argv[2] ?? 0);
const smallFiles = Number(process.argv[3] ?? 0);

/** A stored file: every one is a beginning of the same endless content. */
interface Stored {
  readonly fileName: string;
  readonly contentLength: number;
  readonly contentSha1: string | null;
  readonly fileInfo: Readonly<Record<string, string>>;
}

const smallSha1 = sha1Of(smallBytes);
const stored = new Map<string, Stored>();
store({
  fileName: "large",
  contentLength: largeBytes,
  contentSha1: null,
  fileInfo: { large_file_sha1: sha1Of(largeBytes) },
});
for (let number = 0; number < smallFiles; number++) {
  store({ fileName: `small/${number}`, contentLength: smallBytes, contentSha1: smallSha1, fileInfo: {} });
}

function store(file: Stored): void {
  stored.set(file.fileName, file);
}

function sha1Of(bytes: number): string {
  const hash = createHash("sha1");
  for (const block of blocks(bytes)) hash.update(block);
  return hash.digest("hex");
}

const account = { accountId: "bench-account", bucketId: "bench-bucket-id" };
const times = { uploadTimestamp: 1_700_000_000_000 };

let counts = { bytes: 0, requests: {} as Record<string, number> };

const serve: RequestListener = (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://bench");
  if (pathname === "/counts") return tellCounts(response);
  const [, operation = "download"] = /^\/b2api\/v\d\/(\w+)/.exec(pathname) ?? [];
  counts.requests[operation] = (counts.requests[operation] ?? 0) + 1;
  if (operation === "download" || operation === "b2_download_file_by_id") {
    request.resume();
    const name = searchParams.get("fileId") ?? decodeURIComponent(pathname.split("/").slice(3).join("/"));
    return sendFile(request, response, stored.get(name));
  }
  receive(request, operation.startsWith("b2_upload_") ? keepTail : keepAll).then((body) =>
    answer(response, cannedAnswer(operation, request, body)),
  );
};

function tellCounts(response: ServerResponse): void {
  answer(response, counts);
  counts = { bytes: 0, requests: {} };
}

/** What is left of a body that was received. */
type Keep = (kept: Buffer, chunk: Buffer) => Buffer;

const keepAll: Keep = (kept, chunk) => Buffer.concat([kept, chunk]);
/** Keeps where `hex_digits_at_end` puts the digest. */
const keepTail: Keep = (kept, chunk) =>
  chunk.length >= 40 ? chunk.subarray(-40) : Buffer.concat([kept, chunk]).subarray(-40);

function receive(request: IncomingMessage, keep: Keep): Promise<string> {
  let kept: Buffer = Buffer.alloc(0);
  request.on("data", (chunk: Buffer) => {
    counts.bytes += chunk.length;
    kept = keep(kept, chunk);
  });
  return new Promise((resolve) => request.once("end", () => resolve(kept.toString())));
}

function answer(response: ServerResponse, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}

function cannedAnswer(operation: string, request: IncomingMessage, body: string): object {
  const url = `${"encrypted" in request.socket ? "https" : "http"}://${request.headers.host}`;
  switch (operation) {
    case "b2_authorize_account":
      return authorization(url);
    case "b2_list_buckets":
      return { buckets: [bucket] };
    case "b2_get_upload_url":
      return { ...account, ...uploadUrl(url, "b2_upload_file") };
    case "b2_get_upload_part_url":
      return { fileId: fields(body).fileId, ...uploadUrl(url, "b2_upload_part") };
    case "b2_upload_file":
      return received(request, body);
    case "b2_upload_part":
      return receivedPart(request, body);
    case "b2_start_large_file":
      return fileVersion({ ...fields(body), contentLength: 0, contentSha1: null }, "start");
    case "b2_finish_large_file":
      return fileVersion({
        fileName: "finished",
        contentLength: largeBytes,
        contentSha1: null,
        fileInfo: {},
      });
    case "b2_list_file_names":
    case "b2_list_file_versions":
      return listing(fields(body));
    default:
      return { files: [], nextFileName: null, nextFileId: null }; // b2_list_unfinished_large_files
  }
}

/** Reads what the canned answers repeat of a JSON body. */
function fields(body: string): Pick<Stored, "fileName" | "fileInfo"> & { fileId?: string; prefix?: string } {
  return { fileName: "", fileInfo: {}, ...JSON.parse(body) };
}

/** The answer for clients of this version of the API, and beside it what those of the first look for. */
function authorization(url: string): Schemas["Authorization"] {
  const sizes = { absoluteMinimumPartSize: 5_000_000, recommendedPartSize: 100_000_000 };
  const urls = { apiUrl: url, downloadUrl: url, s3ApiUrl: url };
  const capabilities = ["listBuckets", "listFiles", "readFiles", "writeFiles", "deleteFiles", "readBuckets"];
  const allowed = { capabilities, buckets: null, namePrefix: null };
  const first = { ...sizes, ...urls, minimumPartSize: sizes.recommendedPartSize };
  return {
    ...{ ...first, allowed: { ...allowed, bucketId: null, bucketName: null } },
    accountId: account.accountId,
    authorizationToken: "bench-token",
    applicationKeyExpirationTimestamp: null,
    apiInfo: { storageApi: { ...sizes, ...urls, allowed } },
  };
}

const bucket: Schemas["Bucket"] = {
  ...account,
  bucketName: "bench",
  bucketType: "allPrivate",
  bucketInfo: {},
  corsRules: [],
  lifecycleRules: [],
  fileLockConfiguration: { isClientAuthorizedToRead: false, value: null },
  defaultServerSideEncryption: { isClientAuthorizedToRead: false, value: null },
  revision: 1,
};

let uploadUrls = 0;

function uploadUrl(url: string, operation: string) {
  return { uploadUrl: `${url}/b2api/v4/${operation}/${++uploadUrls}`, authorizationToken: "bench-upload" };
}

function received({ headers }: IncomingMessage, tail: string): Schemas["FileVersion"] {
  return fileVersion({ ...told(headers, tail), fileName: String(headers["x-bz-file-name"]), fileInfo: {} });
}

function receivedPart({ headers }: IncomingMessage, tail: string): Schemas["Part"] {
  const partNumber = Number(headers["x-bz-part-number"]);
  const none = { contentMd5: null, serverSideEncryption: { mode: null, algorithm: null } };
  return { ...told(headers, tail), ...none, ...times, partNumber, fileId: "bench-large-file" };
}

/** What the service would say of a content: here it believes what it is told. */
function told(headers: IncomingMessage["headers"], tail: string) {
  const sha1 = String(headers["x-bz-content-sha1"]);
  const length = Number(headers["content-length"]);
  return sha1 === "hex_digits_at_end"
    ? { contentSha1: tail, contentLength: length - 40 }
    : { contentSha1: sha1, contentLength: length };
}

function fileVersion(file: Stored, action: "upload" | "start" = "upload"): Schemas["FileVersion"] {
  return {
    ...{ ...account, ...times, action, contentMd5: null, contentType: "application/octet-stream" },
    ...{ ...file, fileId: action === "start" ? "bench-large-file" : file.fileName },
  };
}

function listing({ prefix = "", fileName }: ReturnType<typeof fields>): Schemas["ListFileVersionsResponse"] {
  const wanted = [...stored.values()].filter((file) => file.fileName.startsWith(prefix || fileName));
  return { files: wanted.map((file) => fileVersion(file)), nextFileName: null, nextFileId: null };
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: Stored | undefined): void {
  if (file === undefined) return void response.writeHead(404).end();
  const [range, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const start = Number(first ?? 0);
  const end = Math.min(last ? Number(last) + 1 : file.contentLength, file.contentLength);
  response.writeHead(range === undefined ? 200 : 206, {
    ...headersOf(file),
    "Content-Length": end - start,
    ...(range !== undefined && { "Content-Range": `bytes ${start}-${end - 1}/${file.contentLength}` }),
  });
  if (request.method === "HEAD") return void response.end();
  sendBytes(response, start, end);
}

function headersOf({ fileName, contentSha1, fileInfo }: Stored): Record<string, string | number> {
  const info = Object.entries(fileInfo).map(([name, value]) => [`X-Bz-Info-${name}`, value]);
  return {
    "Accept-Ranges": "bytes",
    "Content-Type": "application/octet-stream",
    "X-Bz-File-Id": fileName,
    "X-Bz-File-Name": encodeURIComponent(fileName),
    "X-Bz-Content-Sha1": contentSha1 ?? "none",
    "X-Bz-Upload-Timestamp": times.uploadTimestamp,
    ...Object.fromEntries(info),
  };
}

const [content = Buffer.alloc(0)] = blocks(2 << 20);

/** Sends a range of the content, up to half a block at a time. */
function sendBytes(response: ServerResponse, start: number, end: number): void {
  let position = start;
  const send = () => {
    while (position < end) {
      const from = position % content.length;
      const chunk = content.subarray(from, Math.min(from + (512 << 10), from + end - position));
      position += chunk.length;
      if (!response.write(chunk)) return void response.once("drain", send);
    }
    response.end();
  };
  send();
}

async function listen(server: http.Server, protocol: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function start(): Promise<ServiceUrls> {
  const [, , , , key = "", certificate = ""] = process.argv;
  const identity = { key: readFileSync(key), cert: readFileSync(certificate) };
  return {
    url: await listen(http.createServer(serve), "http"),
    secureUrl: await listen(https.createServer(identity, serve), "https"),
  };
}

console.log(JSON.stringify(await start()));
