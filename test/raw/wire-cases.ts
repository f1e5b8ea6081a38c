import type { RawClient } from "../../src/raw/index.ts";
import {
  applicationKey,
  authorization,
  bucket,
  fileHeaders,
  fileVersion,
  folder,
  hideMarker,
  notificationRule,
  part,
  unfinishedFile,
} from "./wire-answers.ts";

/** One typed call, what it must send, and what the service answers to it. */
export interface WireCase {
  readonly operation: string;
  /** What sets the case apart from others of its operation. */
  readonly title?: string;
  /** Makes the call and reads from its typed answer. */
  readonly call: (raw: RawClient) => Promise<unknown>;
  readonly sends: {
    readonly method: "GET" | "HEAD" | "POST";
    readonly url: string;
    /** All headers but Host, Connection and User-Agent, and the Content-Length of JSON. */
    readonly headers: Readonly<Record<string, string>>;
    /** JSON as its value, file contents as text. */
    readonly body?: unknown;
  };
  readonly answer: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  /** What `call` reads. */
  readonly reads: unknown;
}

const json = { authorization: "4_account_token", "content-type": "application/json" };
const account = { authorization: "4_account_token" };

/** Every operation at least once, the wire's side written by hand. */
export const wireCases: readonly WireCase[] = [
  {
    operation: "b2_authorize_account",
    call: async (raw) => {
      const { data } = await raw.GET("/b2api/v4/b2_authorize_account");
      return [data?.authorizationToken, data?.apiInfo.storageApi.allowed.buckets?.[0]?.name];
    },
    sends: {
      method: "GET",
      url: "https://api.backblazeb2.com/b2api/v4/b2_authorize_account",
      headers: { authorization: "Basic MDA0MGExYjJjM2Q0ZTVmMDAwMDAwMDAwMTpLMDA0ZmFrZStmYWtlL2Zha2U=" },
    },
    answer: { body: authorization },
    reads: ["4_account_token", "holiday-photos"],
  },
  {
    operation: "b2_authorize_account",
    title: "in a test mode",
    call: async (raw) => {
      const header = { "X-Bz-Test-Mode": "expire_some_account_authorization_tokens" } as const;
      const { data } = await raw.GET("/b2api/v4/b2_authorize_account", { params: { header } });
      return data?.accountId;
    },
    sends: {
      method: "GET",
      url: "https://api.backblazeb2.com/b2api/v4/b2_authorize_account",
      headers: {
        authorization: "Basic MDA0MGExYjJjM2Q0ZTVmMDAwMDAwMDAwMTpLMDA0ZmFrZStmYWtlL2Zha2U=",
        "x-bz-test-mode": "expire_some_account_authorization_tokens",
      },
    },
    answer: { body: authorization },
    reads: "0a1b2c3d4e5f",
  },
  {
    operation: "b2_create_key",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_create_key", {
        body: {
          accountId: "0a1b2c3d4e5f",
          capabilities: ["listFiles", "readFiles"],
          keyName: "reader",
          validDurationInSeconds: 86_400,
          bucketIds: ["a70bbc1d2e3f405162738495"],
          namePrefix: "photos/",
        },
      });
      return [data?.applicationKey, data?.bucketIds?.[0]];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_create_key",
      headers: json,
      body: {
        accountId: "0a1b2c3d4e5f",
        capabilities: ["listFiles", "readFiles"],
        keyName: "reader",
        validDurationInSeconds: 86400,
        bucketIds: ["a70bbc1d2e3f405162738495"],
        namePrefix: "photos/",
      },
    },
    answer: { body: { ...applicationKey, applicationKey: "K004newly+made" } },
    reads: ["K004newly+made", "a70bbc1d2e3f405162738495"],
  },
  {
    operation: "b2_list_keys",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_list_keys", {
        body: {
          accountId: "0a1b2c3d4e5f",
          maxKeyCount: 2,
          startApplicationKeyId: "0040a1b2c3d4e5f0000000001",
        },
      });
      return [data?.keys[0]?.keyName, data?.keys[0]?.capabilities[1], data?.nextApplicationKeyId];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_list_keys",
      headers: json,
      body: { accountId: "0a1b2c3d4e5f", maxKeyCount: 2, startApplicationKeyId: "0040a1b2c3d4e5f0000000001" },
    },
    answer: { body: { keys: [applicationKey], nextApplicationKeyId: "0040a1b2c3d4e5f0000000003" } },
    reads: ["reader", "readFiles", "0040a1b2c3d4e5f0000000003"],
  },
  {
    operation: "b2_delete_key",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_delete_key", {
        body: { applicationKeyId: "0040a1b2c3d4e5f0000000002" },
      });
      return data?.expirationTimestamp;
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_delete_key",
      headers: json,
      body: { applicationKeyId: "0040a1b2c3d4e5f0000000002" },
    },
    answer: { body: applicationKey },
    reads: 1_763_633_700_123,
  },
  {
    operation: "b2_create_bucket",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_create_bucket", {
        body: {
          accountId: "0a1b2c3d4e5f",
          bucketName: "holiday-photos",
          bucketType: "allPrivate",
          bucketInfo: { "Cache-Control": "max-age=3600" },
          corsRules: [
            {
              corsRuleName: "from-the-shop",
              allowedOrigins: ["https://*.example.com"],
              allowedOperations: ["b2_download_file_by_name", "s3_get"],
              allowedHeaders: ["range"],
              exposeHeaders: null,
              maxAgeSeconds: 3600,
            },
          ],
          fileLockEnabled: true,
          lifecycleRules: [
            { fileNamePrefix: "logs/", daysFromUploadingToHiding: 7, daysFromHidingToDeleting: 1 },
          ],
          defaultServerSideEncryption: { mode: "SSE-B2", algorithm: "AES256" },
        },
      });
      return [data?.bucketId, data?.fileLockConfiguration.value?.isFileLockEnabled];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_create_bucket",
      headers: json,
      body: {
        accountId: "0a1b2c3d4e5f",
        bucketName: "holiday-photos",
        bucketType: "allPrivate",
        bucketInfo: { "Cache-Control": "max-age=3600" },
        corsRules: [
          {
            corsRuleName: "from-the-shop",
            allowedOrigins: ["https://*.example.com"],
            allowedOperations: ["b2_download_file_by_name", "s3_get"],
            allowedHeaders: ["range"],
            exposeHeaders: null,
            maxAgeSeconds: 3600,
          },
        ],
        fileLockEnabled: true,
        lifecycleRules: [
          { fileNamePrefix: "logs/", daysFromUploadingToHiding: 7, daysFromHidingToDeleting: 1 },
        ],
        defaultServerSideEncryption: { mode: "SSE-B2", algorithm: "AES256" },
      },
    },
    answer: { body: bucket },
    reads: ["a70bbc1d2e3f405162738495", true],
  },
  {
    operation: "b2_list_buckets",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_list_buckets", {
        body: {
          accountId: "0a1b2c3d4e5f",
          bucketName: "holiday-photos",
          bucketTypes: ["allPrivate", "allPublic"],
        },
      });
      return [data?.buckets[0]?.bucketType, data?.buckets[0]?.defaultServerSideEncryption.value?.algorithm];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_list_buckets",
      headers: json,
      body: {
        accountId: "0a1b2c3d4e5f",
        bucketName: "holiday-photos",
        bucketTypes: ["allPrivate", "allPublic"],
      },
    },
    answer: { body: { buckets: [bucket] } },
    reads: ["allPrivate", "AES256"],
  },
  {
    operation: "b2_update_bucket",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_update_bucket", {
        body: {
          accountId: "0a1b2c3d4e5f",
          bucketId: "a70bbc1d2e3f405162738495",
          bucketType: "allPublic",
          defaultRetention: { mode: "governance", period: { duration: 7, unit: "days" } },
          replicationConfiguration: {
            asReplicationSource: {
              sourceApplicationKeyId: "0040a1b2c3d4e5f0000000002",
              replicationRules: [
                {
                  replicationRuleName: "to-europe",
                  destinationBucketId: "b70bbc1d2e3f405162738495",
                  fileNamePrefix: "",
                  includeExistingFiles: true,
                  isEnabled: true,
                  priority: 128,
                },
              ],
            },
            asReplicationDestination: null,
          },
          ifRevisionIs: 2,
        },
      });
      return [
        data?.revision,
        data?.replicationConfiguration?.value?.asReplicationSource?.replicationRules[0]?.priority,
      ];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_update_bucket",
      headers: json,
      body: {
        accountId: "0a1b2c3d4e5f",
        bucketId: "a70bbc1d2e3f405162738495",
        bucketType: "allPublic",
        defaultRetention: { mode: "governance", period: { duration: 7, unit: "days" } },
        replicationConfiguration: {
          asReplicationSource: {
            sourceApplicationKeyId: "0040a1b2c3d4e5f0000000002",
            replicationRules: [
              {
                replicationRuleName: "to-europe",
                destinationBucketId: "b70bbc1d2e3f405162738495",
                fileNamePrefix: "",
                includeExistingFiles: true,
                isEnabled: true,
                priority: 128,
              },
            ],
          },
          asReplicationDestination: null,
        },
        ifRevisionIs: 2,
      },
    },
    answer: { body: { ...bucket, revision: 3 } },
    reads: [3, 128],
  },
  {
    operation: "b2_delete_bucket",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_delete_bucket", {
        body: { accountId: "0a1b2c3d4e5f", bucketId: "a70bbc1d2e3f405162738495" },
      });
      return data?.bucketName;
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_delete_bucket",
      headers: json,
      body: { accountId: "0a1b2c3d4e5f", bucketId: "a70bbc1d2e3f405162738495" },
    },
    answer: { body: bucket },
    reads: "holiday-photos",
  },
  {
    operation: "b2_get_bucket_notification_rules",
    call: async (raw) => {
      const { data } = await raw.GET("/b2api/v4/b2_get_bucket_notification_rules", {
        params: { query: { bucketId: "a70bbc1d2e3f405162738495" } },
      });
      return data?.eventNotificationRules[0]?.targetConfiguration.customHeaders?.[0]?.value;
    },
    sends: {
      method: "GET",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_get_bucket_notification_rules?bucketId=a70bbc1d2e3f405162738495",
      headers: account,
    },
    answer: { body: { bucketId: "a70bbc1d2e3f405162738495", eventNotificationRules: [notificationRule] } },
    reads: "from-b2",
  },
  {
    operation: "b2_set_bucket_notification_rules",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_set_bucket_notification_rules", {
        body: {
          bucketId: "a70bbc1d2e3f405162738495",
          eventNotificationRules: [
            {
              name: "new-photos",
              eventTypes: ["b2:ObjectCreated:*"],
              isEnabled: true,
              objectNamePrefix: "photos/",
              targetConfiguration: {
                targetType: "webhook",
                url: "https://hooks.example.com/b2",
                customHeaders: [{ name: "X-Source", value: "from-b2" }],
                hmacSha256SigningSecret: "0123456789abcdefghijklmnopqrstuv",
              },
            },
          ],
        },
      });
      return data?.eventNotificationRules[0]?.isSuspended;
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_set_bucket_notification_rules",
      headers: json,
      body: {
        bucketId: "a70bbc1d2e3f405162738495",
        eventNotificationRules: [
          {
            name: "new-photos",
            eventTypes: ["b2:ObjectCreated:*"],
            isEnabled: true,
            objectNamePrefix: "photos/",
            targetConfiguration: {
              targetType: "webhook",
              url: "https://hooks.example.com/b2",
              customHeaders: [{ name: "X-Source", value: "from-b2" }],
              hmacSha256SigningSecret: "0123456789abcdefghijklmnopqrstuv",
            },
          },
        ],
      },
    },
    answer: { body: { bucketId: "a70bbc1d2e3f405162738495", eventNotificationRules: [notificationRule] } },
    reads: false,
  },
  {
    operation: "b2_get_upload_url",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_get_upload_url", {
        body: { bucketId: "a70bbc1d2e3f405162738495" },
      });
      return [data?.uploadUrl, data?.authorizationToken];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_get_upload_url",
      headers: json,
      body: { bucketId: "a70bbc1d2e3f405162738495" },
    },
    answer: {
      body: {
        bucketId: "a70bbc1d2e3f405162738495",
        uploadUrl: "https://pod-000-1129-06.backblaze.com/b2api/v4/b2_upload_file/a70b/c002_v0001129_t0017",
        authorizationToken: "3_upload_token",
      },
    },
    reads: [
      "https://pod-000-1129-06.backblaze.com/b2api/v4/b2_upload_file/a70b/c002_v0001129_t0017",
      "3_upload_token",
    ],
  },
  {
    operation: "b2_upload_file",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
        params: {
          path: {
            uploadUrl:
              "https://pod-000-1129-06.backblaze.com/b2api/v4/b2_upload_file/a70b/c002_v0001129_t0017",
          },
          header: {
            Authorization: "3_upload_token",
            "X-Bz-File-Name": "photos/größe 1+1.txt",
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": 5,
            "X-Bz-Content-Sha1": "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
            "X-Bz-Info-*": { src_last_modified_millis: "1763633700123", author: "Zoë 🦊" },
            "X-Bz-Custom-Upload-Timestamp": 1_763_633_700_000,
            "X-Bz-File-Legal-Hold": "on",
            "X-Bz-File-Retention-Mode": "governance",
            "X-Bz-File-Retention-Retain-Until-Timestamp": 1_800_000_000_000,
            "X-Bz-Server-Side-Encryption": "AES256",
            "X-Bz-Test-Mode": "fail_some_uploads",
          },
        },
        body: new TextEncoder().encode("hello"),
      });
      return [data?.fileId, data?.contentLength, data?.fileRetention?.value?.mode, data?.fileInfo.author];
    },
    sends: {
      method: "POST",
      url: "https://pod-000-1129-06.backblaze.com/b2api/v4/b2_upload_file/a70b/c002_v0001129_t0017",
      headers: {
        authorization: "3_upload_token",
        "x-bz-file-name": "photos/gr%C3%B6%C3%9Fe%201%2B1.txt",
        "content-type": "text/plain; charset=utf-8",
        "content-length": "5",
        "x-bz-content-sha1": "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
        "x-bz-info-src_last_modified_millis": "1763633700123",
        "x-bz-info-author": "Zo%C3%AB%20%F0%9F%A6%8A",
        "x-bz-custom-upload-timestamp": "1763633700000",
        "x-bz-file-legal-hold": "on",
        "x-bz-file-retention-mode": "governance",
        "x-bz-file-retention-retain-until-timestamp": "1800000000000",
        "x-bz-server-side-encryption": "AES256",
        "x-bz-test-mode": "fail_some_uploads",
      },
      body: "hello",
    },
    answer: { body: fileVersion },
    reads: ["4_za70b_f118_d20261120_m101500_c004_v0402010_t0037_u01763633700123", 5, "governance", "Zoë 🦊"],
  },
  {
    operation: "b2_upload_file",
    title: "with the customer's key, the digest at the end, to an address of another form",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", {
        params: {
          path: { uploadUrl: "http://127.0.0.1:8180/other%2Fpath/?ticket=a+b%20c" },
          header: {
            Authorization: "3_other token==",
            "X-Bz-File-Name": "hello.txt",
            "X-Bz-Content-Sha1": "hex_digits_at_end",
            "X-Bz-Server-Side-Encryption-Customer-Algorithm": "AES256",
            "X-Bz-Server-Side-Encryption-Customer-Key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            "X-Bz-Server-Side-Encryption-Customer-Key-Md5": "XHjIv5wMK/6D+28SAA8sOg==",
          },
        },
        body: new Blob(["hello"]),
      });
      return data?.contentSha1;
    },
    sends: {
      method: "POST",
      url: "http://127.0.0.1:8180/other%2Fpath/?ticket=a+b%20c",
      headers: {
        authorization: "3_other token==",
        "x-bz-file-name": "hello.txt",
        "content-type": "b2/x-auto",
        "content-length": "45",
        "x-bz-content-sha1": "hex_digits_at_end",
        "x-bz-server-side-encryption-customer-algorithm": "AES256",
        "x-bz-server-side-encryption-customer-key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "x-bz-server-side-encryption-customer-key-md5": "XHjIv5wMK/6D+28SAA8sOg==",
      },
      body: "helloaaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
    },
    answer: { body: fileVersion },
    reads: "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
  },
  {
    operation: "b2_copy_file",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_copy_file", {
        body: {
          sourceFileId: "4_za70b_f118_source",
          destinationBucketId: "b70bbc1d2e3f405162738495",
          fileName: "photos/größe 1+1.txt",
          range: "bytes=0-4",
          metadataDirective: "REPLACE",
          contentType: "text/plain",
          fileInfo: { author: "Zoë 🦊" },
          fileRetention: { mode: "compliance", retainUntilTimestamp: 1_800_000_000_000 },
          legalHold: "off",
          sourceServerSideEncryption: {
            mode: "SSE-C",
            algorithm: "AES256",
            customerKey: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            customerKeyMd5: "XHjIv5wMK/6D+28SAA8sOg==",
          },
          destinationServerSideEncryption: { mode: "SSE-B2", algorithm: "AES256" },
        },
      });
      return [data?.action, data?.serverSideEncryption?.mode];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_copy_file",
      headers: json,
      body: {
        sourceFileId: "4_za70b_f118_source",
        destinationBucketId: "b70bbc1d2e3f405162738495",
        fileName: "photos/größe 1+1.txt",
        range: "bytes=0-4",
        metadataDirective: "REPLACE",
        contentType: "text/plain",
        fileInfo: { author: "Zoë 🦊" },
        fileRetention: { mode: "compliance", retainUntilTimestamp: 1800000000000 },
        legalHold: "off",
        sourceServerSideEncryption: {
          mode: "SSE-C",
          algorithm: "AES256",
          customerKey: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
          customerKeyMd5: "XHjIv5wMK/6D+28SAA8sOg==",
        },
        destinationServerSideEncryption: { mode: "SSE-B2", algorithm: "AES256" },
      },
    },
    answer: { body: { ...fileVersion, action: "copy" } },
    reads: ["copy", "SSE-B2"],
  },
  {
    operation: "b2_get_file_info",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_get_file_info", { body: { fileId: "4_za70b_f118" } });
      return [data?.contentType, data?.legalHold?.value, data?.uploadTimestamp];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_get_file_info",
      headers: json,
      body: { fileId: "4_za70b_f118" },
    },
    answer: { body: fileVersion },
    reads: ["text/plain; charset=utf-8", "on", 1_763_633_700_000],
  },
  {
    operation: "b2_list_file_names",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_list_file_names", {
        body: {
          bucketId: "a70bbc1d2e3f405162738495",
          startFileName: "photos/ä",
          maxFileCount: 2,
          prefix: "photos/",
          delimiter: "/",
        },
      });
      return [data?.files[0]?.fileName, data?.files[1]?.fileId, data?.nextFileName];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_list_file_names",
      headers: json,
      body: {
        bucketId: "a70bbc1d2e3f405162738495",
        startFileName: "photos/ä",
        maxFileCount: 2,
        prefix: "photos/",
        delimiter: "/",
      },
    },
    answer: { body: { files: [fileVersion, folder], nextFileName: "photos/🦊" } },
    reads: ["photos/größe 1+1.txt", null, "photos/🦊"],
  },
  {
    operation: "b2_list_file_versions",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_list_file_versions", {
        body: {
          bucketId: "a70bbc1d2e3f405162738495",
          startFileName: "a",
          startFileId: "4_za70b_f118",
          prefix: null,
        },
      });
      return [data?.files[0]?.action, data?.files[0]?.fileRetention, data?.nextFileName, data?.nextFileId];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_list_file_versions",
      headers: json,
      body: {
        bucketId: "a70bbc1d2e3f405162738495",
        startFileName: "a",
        startFileId: "4_za70b_f118",
        prefix: null,
      },
    },
    answer: { body: { files: [hideMarker], nextFileName: "b", nextFileId: "4_za70b_f119" } },
    reads: ["hide", undefined, "b", "4_za70b_f119"],
  },
  {
    operation: "b2_hide_file",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_hide_file", {
        body: { bucketId: "a70bbc1d2e3f405162738495", fileName: "photos/größe 1+1.txt" },
      });
      return [data?.action, data?.contentLength];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_hide_file",
      headers: json,
      body: { bucketId: "a70bbc1d2e3f405162738495", fileName: "photos/größe 1+1.txt" },
    },
    answer: { body: hideMarker },
    reads: ["hide", 0],
  },
  {
    operation: "b2_delete_file_version",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_delete_file_version", {
        body: { fileName: "photos/größe 1+1.txt", fileId: "4_za70b_f118", bypassGovernance: true },
      });
      return data?.fileName;
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_delete_file_version",
      headers: json,
      body: { fileName: "photos/größe 1+1.txt", fileId: "4_za70b_f118", bypassGovernance: true },
    },
    answer: { body: { fileId: "4_za70b_f118", fileName: "photos/größe 1+1.txt" } },
    reads: "photos/größe 1+1.txt",
  },
  {
    operation: "b2_download_file_by_id",
    call: async (raw) => {
      const { data } = await raw.GET("/b2api/v4/b2_download_file_by_id", {
        params: {
          query: {
            fileId: "4_za70b_f118",
            b2ContentDisposition: 'attachment; filename="a+b & c.txt"',
            b2ContentLanguage: "de, en",
            b2Expires: "Fri, 20 Nov 2026 10:15:00 GMT",
            b2CacheControl: "max-age=60",
            b2ContentEncoding: "identity",
            b2ContentType: "text/plain; charset=utf-8",
          },
          header: {
            Range: "bytes=1-3",
            "X-Bz-Server-Side-Encryption-Customer-Algorithm": "AES256",
            "X-Bz-Server-Side-Encryption-Customer-Key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            "X-Bz-Server-Side-Encryption-Customer-Key-Md5": "XHjIv5wMK/6D+28SAA8sOg==",
          },
        },
        parseAs: "text",
      });
      return data;
    },
    sends: {
      method: "GET",
      url:
        "https://f004.backblazeb2.com/b2api/v4/b2_download_file_by_id?fileId=4_za70b_f118" +
        "&b2ContentDisposition=attachment%3B%20filename%3D%22a%2Bb%20%26%20c.txt%22" +
        "&b2ContentLanguage=de%2C%20en" +
        "&b2Expires=Fri%2C%2020%20Nov%202026%2010%3A15%3A00%20GMT" +
        "&b2CacheControl=max-age%3D60" +
        "&b2ContentEncoding=identity" +
        "&b2ContentType=text%2Fplain%3B%20charset%3Dutf-8",
      headers: {
        ...account,
        range: "bytes=1-3",
        "x-bz-server-side-encryption-customer-algorithm": "AES256",
        "x-bz-server-side-encryption-customer-key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "x-bz-server-side-encryption-customer-key-md5": "XHjIv5wMK/6D+28SAA8sOg==",
      },
    },
    answer: {
      status: 206,
      headers: { ...fileHeaders, "Content-Length": "3", "Content-Range": "bytes 1-3/5" },
      body: "ell",
    },
    reads: "ell",
  },
  {
    operation: "b2_download_file_by_name",
    call: async (raw) => {
      const { data, response } = await raw.GET("/file/{bucketName}/{fileName}", {
        params: { path: { bucketName: "holiday-photos", fileName: "photos/größe 1+1.txt" } },
        parseAs: "arrayBuffer",
      });
      return [new TextDecoder().decode(data), response.headers.get("X-Bz-Content-Sha1")];
    },
    sends: {
      method: "GET",
      url: "https://f004.backblazeb2.com/file/holiday-photos/photos/gr%C3%B6%C3%9Fe%201%2B1.txt",
      headers: account,
    },
    answer: { headers: fileHeaders, body: "hello" },
    reads: ["hello", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"],
  },
  {
    operation: "b2_download_file_by_name",
    title: "with a download authorization",
    call: async (raw) => {
      const { data } = await raw.GET("/file/{bucketName}/{fileName}", {
        params: {
          path: { bucketName: "holiday-photos", fileName: "hello.txt" },
          query: { Authorization: "3_download+token==", b2ContentDisposition: "attachment" },
        },
      });
      return await new Response(data).text();
    },
    sends: {
      method: "GET",
      url:
        "https://f004.backblazeb2.com/file/holiday-photos/hello.txt" +
        "?Authorization=3_download%2Btoken%3D%3D&b2ContentDisposition=attachment",
      headers: {},
    },
    answer: { headers: fileHeaders, body: "hello" },
    reads: "hello",
  },
  {
    operation: "b2_head_file_by_name",
    call: async (raw) => {
      const { data, error, response } = await raw.HEAD("/file/{bucketName}/{fileName}", {
        params: {
          path: { bucketName: "holiday-photos", fileName: "photos/größe 1+1.txt" },
          header: { Range: "bytes=0-1" },
          query: { b2ContentType: "image/png" },
        },
      });
      return [data, error, response.status, response.headers.get("Content-Length")];
    },
    sends: {
      method: "HEAD",
      url: "https://f004.backblazeb2.com/file/holiday-photos/photos/gr%C3%B6%C3%9Fe%201%2B1.txt?b2ContentType=image%2Fpng",
      headers: { ...account, range: "bytes=0-1" },
    },
    answer: { headers: fileHeaders },
    reads: [undefined, undefined, 200, "5"],
  },
  {
    operation: "b2_get_download_authorization",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_get_download_authorization", {
        body: {
          bucketId: "a70bbc1d2e3f405162738495",
          fileNamePrefix: "",
          validDurationInSeconds: 604_800,
          b2ContentDisposition: "attachment",
          b2ContentType: "text/plain",
        },
      });
      return data?.authorizationToken;
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_get_download_authorization",
      headers: json,
      body: {
        bucketId: "a70bbc1d2e3f405162738495",
        fileNamePrefix: "",
        validDurationInSeconds: 604800,
        b2ContentDisposition: "attachment",
        b2ContentType: "text/plain",
      },
    },
    answer: {
      body: {
        bucketId: "a70bbc1d2e3f405162738495",
        fileNamePrefix: "",
        authorizationToken: "3_download+token==",
      },
    },
    reads: "3_download+token==",
  },
  {
    operation: "b2_update_file_legal_hold",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_update_file_legal_hold", {
        body: { fileName: "photos/größe 1+1.txt", fileId: "4_za70b_f118", legalHold: "off" },
      });
      return data?.legalHold;
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_update_file_legal_hold",
      headers: json,
      body: { fileName: "photos/größe 1+1.txt", fileId: "4_za70b_f118", legalHold: "off" },
    },
    answer: { body: { fileName: "photos/größe 1+1.txt", fileId: "4_za70b_f118", legalHold: "off" } },
    reads: "off",
  },
  {
    operation: "b2_update_file_retention",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_update_file_retention", {
        body: {
          fileName: "photos/größe 1+1.txt",
          fileId: "4_za70b_f118",
          fileRetention: { mode: null, retainUntilTimestamp: null },
          bypassGovernance: true,
        },
      });
      return data?.fileRetention.mode;
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_update_file_retention",
      headers: json,
      body: {
        fileName: "photos/größe 1+1.txt",
        fileId: "4_za70b_f118",
        fileRetention: { mode: null, retainUntilTimestamp: null },
        bypassGovernance: true,
      },
    },
    answer: {
      body: {
        fileName: "photos/größe 1+1.txt",
        fileId: "4_za70b_f118",
        fileRetention: { mode: null, retainUntilTimestamp: null },
      },
    },
    reads: null,
  },
  {
    operation: "b2_start_large_file",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_start_large_file", {
        body: {
          bucketId: "a70bbc1d2e3f405162738495",
          fileName: "films/größe.mp4",
          contentType: "b2/x-auto",
          customUploadTimestamp: 1_763_633_700_000,
          fileInfo: { large_file_sha1: "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d" },
          fileRetention: { mode: "governance", retainUntilTimestamp: 1_800_000_000_000 },
          legalHold: "on",
          serverSideEncryption: { mode: "SSE-B2", algorithm: "AES256" },
        },
      });
      return [data?.action, data?.contentSha1, data?.contentMd5];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_start_large_file",
      headers: json,
      body: {
        bucketId: "a70bbc1d2e3f405162738495",
        fileName: "films/größe.mp4",
        contentType: "b2/x-auto",
        customUploadTimestamp: 1763633700000,
        fileInfo: { large_file_sha1: "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d" },
        fileRetention: { mode: "governance", retainUntilTimestamp: 1800000000000 },
        legalHold: "on",
        serverSideEncryption: { mode: "SSE-B2", algorithm: "AES256" },
      },
    },
    answer: { body: unfinishedFile },
    reads: ["start", "none", null],
  },
  {
    operation: "b2_get_upload_part_url",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_get_upload_part_url", {
        body: { fileId: "4_za70b_f200" },
      });
      return data?.uploadUrl;
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_get_upload_part_url",
      headers: json,
      body: { fileId: "4_za70b_f200" },
    },
    answer: {
      body: {
        fileId: "4_za70b_f200",
        uploadUrl: "https://pod-000-1016-09.backblaze.com/b2api/v4/b2_upload_part/4_za70b_f200/0037",
        authorizationToken: "3_part_token",
      },
    },
    reads: "https://pod-000-1016-09.backblaze.com/b2api/v4/b2_upload_part/4_za70b_f200/0037",
  },
  {
    operation: "b2_upload_part",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_upload_part/{uploadUrl}", {
        params: {
          path: {
            uploadUrl: "https://pod-000-1016-09.backblaze.com/b2api/v4/b2_upload_part/4_za70b_f200/0037",
          },
          header: {
            Authorization: "3_part_token",
            "X-Bz-Part-Number": 7,
            "Content-Length": 5,
            "X-Bz-Content-Sha1": "hex_digits_at_end",
            "X-Bz-Server-Side-Encryption-Customer-Algorithm": "AES256",
            "X-Bz-Server-Side-Encryption-Customer-Key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            "X-Bz-Server-Side-Encryption-Customer-Key-Md5": "XHjIv5wMK/6D+28SAA8sOg==",
          },
        },
        body: new Blob(["hello"]).stream(),
      });
      return [data?.partNumber, data?.contentSha1];
    },
    sends: {
      method: "POST",
      url: "https://pod-000-1016-09.backblaze.com/b2api/v4/b2_upload_part/4_za70b_f200/0037",
      headers: {
        authorization: "3_part_token",
        "x-bz-part-number": "7",
        "content-length": "45",
        "x-bz-content-sha1": "hex_digits_at_end",
        "x-bz-server-side-encryption-customer-algorithm": "AES256",
        "x-bz-server-side-encryption-customer-key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "x-bz-server-side-encryption-customer-key-md5": "XHjIv5wMK/6D+28SAA8sOg==",
      },
      body: "helloaaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
    },
    answer: { body: part },
    reads: [7, "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"],
  },
  {
    operation: "b2_copy_part",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_copy_part", {
        body: {
          sourceFileId: "4_za70b_f118",
          largeFileId: "4_za70b_f200",
          partNumber: 7,
          range: "bytes=5000000-9999999",
          destinationServerSideEncryption: {
            mode: "SSE-C",
            algorithm: "AES256",
            customerKey: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            customerKeyMd5: "XHjIv5wMK/6D+28SAA8sOg==",
          },
        },
      });
      return data?.contentLength;
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_copy_part",
      headers: json,
      body: {
        sourceFileId: "4_za70b_f118",
        largeFileId: "4_za70b_f200",
        partNumber: 7,
        range: "bytes=5000000-9999999",
        destinationServerSideEncryption: {
          mode: "SSE-C",
          algorithm: "AES256",
          customerKey: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
          customerKeyMd5: "XHjIv5wMK/6D+28SAA8sOg==",
        },
      },
    },
    answer: { body: part },
    reads: 5,
  },
  {
    operation: "b2_list_parts",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_list_parts", {
        body: { fileId: "4_za70b_f200", startPartNumber: 7, maxPartCount: 1 },
      });
      return [data?.parts[0]?.partNumber, data?.nextPartNumber];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_list_parts",
      headers: json,
      body: { fileId: "4_za70b_f200", startPartNumber: 7, maxPartCount: 1 },
    },
    answer: { body: { parts: [part], nextPartNumber: null } },
    reads: [7, null],
  },
  {
    operation: "b2_list_unfinished_large_files",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_list_unfinished_large_files", {
        body: {
          bucketId: "a70bbc1d2e3f405162738495",
          namePrefix: "films/",
          startFileId: "4_za70b_f200",
          maxFileCount: 100,
        },
      });
      return [data?.files[0]?.fileId, data?.nextFileId];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_list_unfinished_large_files",
      headers: json,
      body: {
        bucketId: "a70bbc1d2e3f405162738495",
        namePrefix: "films/",
        startFileId: "4_za70b_f200",
        maxFileCount: 100,
      },
    },
    answer: { body: { files: [unfinishedFile], nextFileId: "4_za70b_f201" } },
    reads: ["4_za70b_f200", "4_za70b_f201"],
  },
  {
    operation: "b2_finish_large_file",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_finish_large_file", {
        body: {
          fileId: "4_za70b_f200",
          partSha1Array: [
            "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
            "7c211433f02071597741e6ff5a8ea34789abbf43",
          ],
        },
      });
      return [data?.action, data?.contentSha1];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_finish_large_file",
      headers: json,
      body: {
        fileId: "4_za70b_f200",
        partSha1Array: [
          "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
          "7c211433f02071597741e6ff5a8ea34789abbf43",
        ],
      },
    },
    answer: { body: { ...fileVersion, contentSha1: "none", contentMd5: null } },
    reads: ["upload", "none"],
  },
  {
    operation: "b2_cancel_large_file",
    call: async (raw) => {
      const { data } = await raw.POST("/b2api/v4/b2_cancel_large_file", { body: { fileId: "4_za70b_f200" } });
      return [data?.bucketId, data?.fileName];
    },
    sends: {
      method: "POST",
      url: "https://api004.backblazeb2.com/b2api/v4/b2_cancel_large_file",
      headers: json,
      body: { fileId: "4_za70b_f200" },
    },
    answer: {
      body: {
        fileId: "4_za70b_f200",
        accountId: "0a1b2c3d4e5f",
        bucketId: "a70bbc1d2e3f405162738495",
        fileName: "films/größe.mp4",
      },
    },
    reads: ["a70bbc1d2e3f405162738495", "films/größe.mp4"],
  },
];
