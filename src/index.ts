/**
 * The facade: accounts, buckets and files as objects, which survive bad networks.
 *
 * @module b2kit
 */

export { FileStore, type FileStoreOptions } from "#file-store";
export { ApplicationKey, FullApplicationKey } from "./application-key.ts";
export {
  B2Api,
  type B2ApiOptions,
  type CreateBucketOptions,
  type CreateKeyOptions,
  type ListBucketsOptions,
  type ListKeysOptions,
} from "./b2-api.ts";
export {
  Bucket,
  type BucketChanges,
  type DownloadAuthorizationOptions,
  type LsEntry,
  type UpdateBucketOptions,
  type UploadLocalFileOptions,
} from "./bucket.ts";
export type { ComposeSource, StoredSource, StoredVersion, WriteIntent } from "./copy/compose-source.ts";
export type { CopyOptions } from "./copy/copy-options.ts";
export type { DownloadVersion } from "./download/download-version.ts";
export type { DownloadedFile } from "./download/downloaded-file.ts";
export type { DownloadOptions, ResponseHeaders } from "./download/request.ts";
export type { SaveOptions } from "./download/save.ts";
export type { Span } from "./download/span.ts";
export { CustomerKey, type FileEncryption } from "./encryption.ts";
export { type FileHeaders, parseHttpDate } from "./file-headers.ts";
export type { BypassOptions, HeadOptions } from "./file-operations.ts";
export { type CopyVersionOptions, FileVersion } from "./file-version.ts";
export { Filter } from "./listing/filter.ts";
export type {
  ListFileVersionsOptions,
  ListPartsOptions,
  ListUnfinishedLargeFilesOptions,
} from "./listing/lists.ts";
export type { LsOptions } from "./listing/ls.ts";
export {
  type CallEvent,
  type Hooks,
  type ResponseEvent,
  type RetryEvent,
  TransportError,
  type TransportPhase,
  UnexpectedAnswerError,
} from "./raw/index.ts";
export { type AccountInfoOptions, KeyvAccountInfo } from "./session/account-info.ts";
export { AccountInfoError } from "./session/account-info-error.ts";
export type { Credentials } from "./session/credentials.ts";
export {
  AuthorizationError,
  B2Error,
  CapExceededError,
  ChecksumError,
  ClockSkewError,
  ConflictError,
  LocalFileError,
  NotFoundError,
  RefusedError,
  RestrictionError,
  UnavailableError,
  UploadError,
} from "./session/errors.ts";
export type { RetryOptions } from "./session/retry-policy.ts";
export type { CallOptions } from "./session/session.ts";
export type { UploadUrl } from "./session/upload-urls.ts";
export type { UploadTarget, UploadToUrlOptions } from "./upload/handed-url.ts";
export type { LargeFileOptions } from "./upload/large-file.ts";
export type { ProgressListener, TransferProgress } from "./upload/progress.ts";
export type { LocalPath, SourceContent, SourceRange, UploadSource } from "./upload/source.ts";
export type { UploadOptions } from "./upload/upload.ts";
export { uploadToUrl } from "./upload-to-url.ts";
