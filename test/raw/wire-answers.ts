import type { components } from "../../src/raw/index.ts";

// Answers in the form that recordings of the service show. `satisfies` holds the description to them.

type Schemas = components["schemas"];

export const authorization = {
  accountId: "0a1b2c3d4e5f",
  authorizationToken: "4_account_token",
  applicationKeyExpirationTimestamp: null,
  apiInfo: {
    storageApi: {
      absoluteMinimumPartSize: 5_000_000,
      recommendedPartSize: 100_000_000,
      apiUrl: "https://api004.backblazeb2.com",
      downloadUrl: "https://f004.backblazeb2.com",
      s3ApiUrl: "https://s3.us-west-004.backblazeb2.com",
      allowed: {
        capabilities: ["listBuckets", "readFiles", "aCapabilityOfTomorrow"],
        buckets: [{ id: "a70bbc1d2e3f405162738495", name: "holiday-photos" }],
        namePrefix: null,
      },
    },
  },
} satisfies Schemas["Authorization"];

export const applicationKey = {
  accountId: "0a1b2c3d4e5f",
  applicationKeyId: "0040a1b2c3d4e5f0000000002",
  keyName: "reader",
  capabilities: ["listFiles", "readFiles"],
  bucketIds: ["a70bbc1d2e3f405162738495"],
  namePrefix: "photos/",
  expirationTimestamp: 1_763_633_700_123,
  options: ["s3"],
} satisfies Schemas["ApplicationKey"];

export const bucket = {
  accountId: "0a1b2c3d4e5f",
  bucketId: "a70bbc1d2e3f405162738495",
  bucketName: "holiday-photos",
  bucketType: "allPrivate",
  bucketInfo: { "cache-control": "max-age=3600" },
  corsRules: [],
  lifecycleRules: [],
  fileLockConfiguration: {
    isClientAuthorizedToRead: true,
    value: { isFileLockEnabled: true, defaultRetention: { mode: null, period: null } },
  },
  defaultServerSideEncryption: {
    isClientAuthorizedToRead: true,
    value: { mode: "SSE-B2", algorithm: "AES256" },
  },
  replicationConfiguration: {
    isClientAuthorizedToRead: true,
    value: {
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
  },
  options: ["s3"],
  revision: 2,
} satisfies Schemas["Bucket"];

export const notificationRule = {
  name: "new-photos",
  eventTypes: ["b2:ObjectCreated:*"],
  isEnabled: true,
  isSuspended: false,
  suspensionReason: "",
  objectNamePrefix: "photos/",
  maxEventsPerBatch: 1,
  targetConfiguration: {
    targetType: "webhook",
    url: "https://hooks.example.com/b2",
    customHeaders: [{ name: "X-Source", value: "from-b2" }],
    hmacSha256SigningSecret: "0123456789abcdefghijklmnopqrstuv",
  },
} satisfies Schemas["EventNotificationRule"];

export const fileVersion = {
  accountId: "0a1b2c3d4e5f",
  action: "upload",
  bucketId: "a70bbc1d2e3f405162738495",
  contentLength: 5,
  contentMd5: "5d41402abc4b2a76b9719d911017c592",
  contentSha1: "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
  contentType: "text/plain; charset=utf-8",
  fileId: "4_za70b_f118_d20261120_m101500_c004_v0402010_t0037_u01763633700123",
  fileInfo: { author: "Zoë 🦊", src_last_modified_millis: "1763633700123" },
  fileName: "photos/größe 1+1.txt",
  fileRetention: {
    isClientAuthorizedToRead: true,
    value: { mode: "governance", retainUntilTimestamp: 1_800_000_000_000 },
  },
  legalHold: { isClientAuthorizedToRead: true, value: "on" },
  serverSideEncryption: { mode: "SSE-B2", algorithm: "AES256" },
  uploadTimestamp: 1_763_633_700_000,
} satisfies Schemas["StoredFileVersion"];

export const unfinishedFile = {
  accountId: "0a1b2c3d4e5f",
  action: "start",
  bucketId: "a70bbc1d2e3f405162738495",
  contentLength: 0,
  contentMd5: null,
  contentSha1: "none",
  contentType: "video/mp4",
  fileId: "4_za70b_f200",
  fileInfo: {},
  fileName: "films/größe.mp4",
  fileRetention: { isClientAuthorizedToRead: false, value: null },
  legalHold: { isClientAuthorizedToRead: true, value: null },
  serverSideEncryption: { mode: null, algorithm: null },
  uploadTimestamp: 1_763_633_700_000,
} satisfies Schemas["StoredFileVersion"];

export const hideMarker = {
  accountId: "0a1b2c3d4e5f",
  action: "hide",
  bucketId: "a70bbc1d2e3f405162738495",
  contentLength: 0,
  contentMd5: "d41d8cd98f00b204e9800998ecf8427e",
  contentSha1: "da39a3ee5e6b4b0d3255bfef95601890afd80709",
  contentType: "application/x-bz-hide-marker",
  fileId: "4_za70b_f119",
  fileInfo: {},
  fileName: "photos/größe 1+1.txt",
  uploadTimestamp: 1_763_633_700_000,
} satisfies Schemas["StoredFileVersion"];

export const folder = {
  accountId: "0a1b2c3d4e5f",
  action: "folder",
  bucketId: "a70bbc1d2e3f405162738495",
  contentLength: 0,
  contentMd5: null,
  contentSha1: null,
  contentType: null,
  fileId: null,
  fileInfo: {},
  fileName: "photos/2026/",
  uploadTimestamp: 0,
} satisfies Schemas["FileVersion"];

export const part = {
  fileId: "4_za70b_f200",
  partNumber: 7,
  contentLength: 5,
  contentSha1: "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
  contentMd5: "5d41402abc4b2a76b9719d911017c592",
  serverSideEncryption: { mode: null, algorithm: null },
  uploadTimestamp: 1_763_633_700_000,
} satisfies Schemas["Part"];

/** Headers of a download whose content is `hello`. */
export const fileHeaders = {
  "Accept-Ranges": "bytes",
  "Content-Length": "5",
  "Content-Type": "text/plain; charset=utf-8",
  "X-Bz-Content-Sha1": "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
  "X-Bz-File-Id": "4_za70b_f118_d20261120_m101500_c004_v0402010_t0037_u01763633700123",
  "X-Bz-File-Name": "photos/gr%C3%B6%C3%9Fe+1%2B1.txt",
  "X-Bz-Info-author": "Zo%C3%AB%20%F0%9F%A6%8A",
  "X-Bz-Info-src_last_modified_millis": "1763633700123",
  "X-Bz-Upload-Timestamp": "1763633700000",
};
