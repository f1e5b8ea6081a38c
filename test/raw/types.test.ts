import { Readable } from "node:stream";
import { describe, expectTypeOf, test } from "vitest";
import {
  type components,
  createRawClient,
  type DownloadHeaders,
  downloadHeaders,
  type ErrorBody,
  type ErrorCode,
  type OperationId,
} from "../../src/raw/index.ts";

// `npx tsc` is what checks this file; run by vitest it only shows that nothing here throws.

const raw = createRawClient();
const listBuckets = "/b2api/v4/b2_list_buckets";
const uploadFile = "/b2api/v4/b2_upload_file/{uploadUrl}";
const byName = "/file/{bucketName}/{fileName}";

/** Holds calls that are checked by the compiler and never made. */
function compiled(..._calls: Array<() => unknown>): void {}

/** What a call resolves to. */
type Answer<Call extends (...args: never[]) => Promise<{ data?: unknown }>> = Awaited<ReturnType<Call>>;
type Data<Call extends (...args: never[]) => Promise<{ data?: unknown }>> = NonNullable<Answer<Call>["data"]>;

const uploadHeader = {
  Authorization: "3_t",
  "X-Bz-File-Name": "hello.txt",
  "X-Bz-Content-Sha1": "hex_digits_at_end",
} as const;
const path = { uploadUrl: "https://pod.example.com/upload" };

describe("the compiler refuses", () => {
  test("a path, or a method of a path, that the description does not have", () => {
    compiled(
      // @ts-expect-error
      () => raw.POST("/b2api/v4/b2_list_groups", { body: {} }),
      // @ts-expect-error
      () => raw.POST("/b2api/v3/b2_list_buckets", { body: { accountId: "a" } }),
      // @ts-expect-error
      () => raw.GET(listBuckets, { body: { accountId: "a" } }),
      // @ts-expect-error
      () => raw.HEAD("/b2api/v4/b2_download_file_by_id", { params: { query: { fileId: "f" } } }),
      // @ts-expect-error
      () => raw.PUT(listBuckets, { body: { accountId: "a" } }),
    );
  });

  test("a request without a required field, body, parameter or options", () => {
    compiled(
      // @ts-expect-error
      () => raw.POST(listBuckets, { body: {} }),
      // @ts-expect-error
      () => raw.POST(listBuckets, {}),
      // @ts-expect-error
      () => raw.POST(listBuckets),
      () =>
        raw.POST("/b2api/v4/b2_update_file_retention", {
          // @ts-expect-error The nested field is left out.
          body: { fileName: "n", fileId: "f", fileRetention: { mode: "governance" } },
        }),
      // @ts-expect-error
      () => raw.GET("/b2api/v4/b2_download_file_by_id"),
      // @ts-expect-error
      () => raw.GET("/b2api/v4/b2_download_file_by_id", { params: { query: {} } }),
      // @ts-expect-error
      () => raw.GET("/b2api/v4/b2_get_bucket_notification_rules", { params: {} }),
      // @ts-expect-error
      () => raw.GET(byName, { params: { path: { bucketName: "bucket" } } }),
    );
  });

  test("fields, parameters and options that do not exist", () => {
    compiled(
      // @ts-expect-error
      () => raw.POST(listBuckets, { body: { accountId: "a", bucket: "b" } }),
      // @ts-expect-error
      () => raw.POST(listBuckets, { body: { accountId: "a" }, retries: 3 }),
      // @ts-expect-error
      () => raw.POST(listBuckets, { body: { accountId: "a" }, params: { query: { accountId: "a" } } }),
      // @ts-expect-error
      () => raw.GET("/b2api/v4/b2_authorize_account", { body: {} }),
      () => {
        const path = { bucketName: "b", fileName: "f" };
        // @ts-expect-error
        return raw.GET(byName, { params: { path, query: { download: "1" } } });
      },
      // @ts-expect-error
      () => raw.GET(byName, { params: { path: { bucketName: "b", fileName: "f" } }, parseAs: "json" }),
    );
  });

  test("values of another type, null where the service takes none, and values outside a vocabulary", () => {
    compiled(
      // @ts-expect-error
      () => raw.POST(listBuckets, { body: { accountId: 7 } }),
      // @ts-expect-error
      () => raw.POST(listBuckets, { body: { accountId: null } }),
      // @ts-expect-error
      () => raw.POST(listBuckets, { body: { accountId: "a", bucketTypes: ["public"] } }),
      () =>
        raw.POST("/b2api/v4/b2_create_bucket", {
          // @ts-expect-error A bucket cannot be made with this type, though the service answers it.
          body: { accountId: "a", bucketName: "bucket", bucketType: "snapshot" },
        }),
      () =>
        raw.POST("/b2api/v4/b2_create_key", {
          // @ts-expect-error It is readFiles.
          body: { accountId: "a", keyName: "k", capabilities: ["readFile"] },
        }),
      () =>
        raw.POST("/b2api/v4/b2_update_file_legal_hold", {
          // @ts-expect-error Requests carry the bare value.
          body: { fileName: "n", fileId: "f", legalHold: { isClientAuthorizedToRead: true, value: "on" } },
        }),
      () =>
        raw.GET("/b2api/v4/b2_authorize_account", {
          // @ts-expect-error
          params: { header: { "X-Bz-Test-Mode": "fail" } },
        }),
    );
  });

  test("an upload without URL, token, name, digest or bytes", () => {
    const { Authorization: _token, ...withoutToken } = uploadHeader;
    const { "X-Bz-File-Name": _name, ...withoutName } = uploadHeader;
    const { "X-Bz-Content-Sha1": _sha1, ...withoutSha1 } = uploadHeader;
    const body = new Uint8Array();
    compiled(
      // @ts-expect-error
      () => raw.POST(uploadFile, { params: { header: uploadHeader }, body }),
      // @ts-expect-error
      () => raw.POST(uploadFile, { params: { path: {}, header: uploadHeader }, body }),
      // @ts-expect-error
      () => raw.POST(uploadFile, { params: { path, header: withoutToken }, body }),
      // @ts-expect-error
      () => raw.POST(uploadFile, { params: { path, header: withoutName }, body }),
      // @ts-expect-error
      () => raw.POST(uploadFile, { params: { path, header: withoutSha1 }, body }),
      // @ts-expect-error
      () => raw.POST(uploadFile, { params: { path, header: uploadHeader } }),
      // @ts-expect-error
      () => raw.POST(uploadFile, { params: { path, header: uploadHeader }, body: "text" }),
      // @ts-expect-error
      () => raw.POST(uploadFile, { params: { path, header: uploadHeader }, body: { json: true } }),
      // @ts-expect-error
      () => raw.POST(uploadFile, { params: { path, header: { ...uploadHeader, "X-Bz-Info": {} } }, body }),
      () =>
        raw.POST("/b2api/v4/b2_upload_part/{uploadUrl}", {
          // @ts-expect-error The number of the part is left out.
          params: { path, header: { Authorization: "3_t", "X-Bz-Content-Sha1": "do_not_verify" } },
          body,
        }),
    );
  });
});

describe("the compiler accepts", () => {
  test("a call without options where nothing is required", () => {
    compiled(
      () => raw.GET("/b2api/v4/b2_authorize_account"),
      () => raw.GET("/b2api/v4/b2_authorize_account", {}),
    );
  });

  test("a signal that may be undefined, and the other options of a call", () => {
    const signal: AbortSignal | undefined = new AbortController().signal;
    compiled(() =>
      raw.POST(listBuckets, {
        body: { accountId: "a", bucketId: null },
        signal,
        baseUrl: "https://api.example.com",
        headers: { Authorization: "4_t" },
        middleware: [{ onRequest: ({ request }) => request }],
      }),
    );
  });

  test("every form of a file's content", () => {
    async function* chunks() {
      yield new Uint8Array();
    }
    const bodies = [
      new Uint8Array(),
      Buffer.alloc(0),
      new Blob([]),
      new Blob([]).stream(),
      Readable.from(chunks()),
      chunks(),
    ];
    compiled(
      ...bodies.map((body) => () => raw.POST(uploadFile, { params: { path, header: uploadHeader }, body })),
    );
  });

  test("file info of any name", () => {
    const header = { ...uploadHeader, "X-Bz-Info-*": { src_last_modified_millis: "1", "my-own": "x" } };
    compiled(() => raw.POST(uploadFile, { params: { path, header }, body: new Uint8Array() }));
  });
});

describe("what a call answers", () => {
  const list = () => raw.POST(listBuckets, { body: { accountId: "a" } });
  const download = () => raw.GET(byName, { params: { path: { bucketName: "b", fileName: "f" } } });

  test("is either data or an error, told apart by a look at one of them", async () => {
    async function named() {
      const { data, error, response } = await list();
      expectTypeOf(response).toEqualTypeOf<Response>();
      if (error !== undefined) {
        expectTypeOf(error).toEqualTypeOf<ErrorBody>();
        expectTypeOf(data).toEqualTypeOf<undefined>();
        return error.message;
      }
      return data.buckets.map(({ bucketName }) => bucketName);
    }
    expectTypeOf(named).returns.resolves.toEqualTypeOf<string | string[]>();
  });

  test("is the structure of the description", () => {
    expectTypeOf<Data<typeof list>>().toEqualTypeOf<components["schemas"]["ListBucketsResponse"]>();
    const upload = () =>
      raw.POST(uploadFile, { params: { path, header: uploadHeader }, body: new Uint8Array() });
    expectTypeOf<Data<typeof upload>["fileId"]>().toEqualTypeOf<string>();
    const names = () => raw.POST("/b2api/v4/b2_list_file_names", { body: { bucketId: "b" } });
    expectTypeOf<Data<typeof names>["files"][number]["fileId"]>().toEqualTypeOf<string | null>();
    expectTypeOf<Data<typeof names>["nextFileName"]>().toEqualTypeOf<string | null>();
  });

  test("wraps what a key may not be allowed to read", () => {
    type Encryption = Data<typeof list>["buckets"][number]["defaultServerSideEncryption"];
    expectTypeOf<Encryption["isClientAuthorizedToRead"]>().toEqualTypeOf<boolean>();
    expectTypeOf<Encryption["value"]>().extract<null>().toEqualTypeOf<null>();
  });

  test("completes known values of an open vocabulary, and takes unknown ones", () => {
    type BucketType = Data<typeof list>["buckets"][number]["bucketType"];
    expectTypeOf<Extract<BucketType, "allPrivate">>().toEqualTypeOf<"allPrivate">();
    expectTypeOf<Extract<BucketType, "snapshot">>().toEqualTypeOf<"snapshot">();
    expectTypeOf<BucketType>().not.toEqualTypeOf<string>();
    expectTypeOf<BucketType>().toExtend<string>();
    expectTypeOf<string>().toExtend<BucketType>();
    expectTypeOf<"ofTomorrow">().toExtend<BucketType>();
  });

  test("names the error codes, and takes unknown ones", () => {
    type Code = NonNullable<Answer<typeof list>["error"]>["code"];
    expectTypeOf<Extract<Code, "expired_auth_token">>().toEqualTypeOf<"expired_auth_token">();
    expectTypeOf<string>().toExtend<Code>();
    expectTypeOf<ErrorBody["status"]>().toEqualTypeOf<number>();
  });

  test("is a stream for a download, unless parseAs says else", () => {
    const params = { path: { bucketName: "b", fileName: "f" } };
    const buffer = () => raw.GET(byName, { params, parseAs: "arrayBuffer" });
    const blob = () => raw.GET(byName, { params, parseAs: "blob" });
    const text = () => raw.GET(byName, { params, parseAs: "text" });
    const byId = () => raw.GET("/b2api/v4/b2_download_file_by_id", { params: { query: { fileId: "f" } } });
    expectTypeOf<Data<typeof download>>().toEqualTypeOf<ReadableStream<Uint8Array<ArrayBuffer>>>();
    expectTypeOf<Data<typeof byId>>().toEqualTypeOf<ReadableStream<Uint8Array<ArrayBuffer>>>();
    expectTypeOf<Data<typeof buffer>>().toEqualTypeOf<ArrayBuffer>();
    expectTypeOf<Data<typeof blob>>().toEqualTypeOf<Blob>();
    expectTypeOf<Data<typeof text>>().toEqualTypeOf<string>();
  });

  test("is headers only for HEAD", () => {
    const head = () => raw.HEAD(byName, { params: { path: { bucketName: "b", fileName: "f" } } });
    expectTypeOf<Answer<typeof head>["data"]>().toEqualTypeOf<undefined>();
    expectTypeOf<NonNullable<Answer<typeof head>["error"]>>().toEqualTypeOf<ErrorBody>();
  });
});

test("the headers of a download are numbers, text and a record", () => {
  expectTypeOf(downloadHeaders).returns.toEqualTypeOf<DownloadHeaders>();
  expectTypeOf<DownloadHeaders["Content-Length"]>().toEqualTypeOf<number>();
  expectTypeOf<DownloadHeaders["X-Bz-Upload-Timestamp"]>().toEqualTypeOf<number>();
  expectTypeOf<DownloadHeaders["X-Bz-File-Name"]>().toEqualTypeOf<string>();
  expectTypeOf<DownloadHeaders["X-Bz-Info-*"]>().toEqualTypeOf<Record<string, string> | undefined>();
  expectTypeOf<DownloadHeaders["X-Bz-File-Legal-Hold"]>().toEqualTypeOf<"on" | "off" | undefined>();
  // @ts-expect-error The description has no such header.
  expectTypeOf<DownloadHeaders["X-Bz-Unknown"]>();
});

test("each operation has its own union of error codes", () => {
  expectTypeOf<Extract<ErrorCode<"b2_hide_file">, "already_hidden">>().toEqualTypeOf<"already_hidden">();
  expectTypeOf<Extract<ErrorCode<"b2_list_buckets">, "already_hidden">>().toEqualTypeOf<never>();
  expectTypeOf<Extract<ErrorCode, "already_hidden">>().toEqualTypeOf<"already_hidden">();
  expectTypeOf<"b2_head_file_by_name">().toExtend<OperationId>();
});
