import { customerKey, decryptionHeaders, type FileEncryption } from "../encryption.ts";
import { type FileHeaders, writeFileHeaders } from "../file-headers.ts";
import { quote } from "../raw/encoding.ts";
import type { components, paths } from "../raw/index.ts";

type Schemas = components["schemas"];

/** What is stored with a file beside its content, whichever way the content gets there. */
export interface FileSettings
  extends FileHeaders,
    Partial<
      Readonly<
        Pick<Schemas["StartLargeFileRequest"], "contentType" | "fileInfo" | "fileRetention" | "legalHold">
      >
    > {
  /**
   * How the service encrypts the content.
   * @defaultValue the bucket's default
   */
  readonly encryption?: FileEncryption;
  /** Upload time to be stored instead of the real one, in milliseconds since 1970 UTC. An account must be allowed to. */
  readonly customUploadTimestamp?: number;
}

/**
 * Gathers the file info of settings that {@link checkFileSettings} has passed: the caller's entries, then headers, then
 * the name of the customer key.
 */
export function fileInfoOf(settings: FileSettings): Record<string, string> {
  const keyId = customerKey(settings.encryption)?.keyId;
  const fileInfo = { ...settings.fileInfo, ...writeFileHeaders(settings) };
  return keyId === undefined ? fileInfo : { ...fileInfo, sse_c_key_id: keyId };
}

/** The service's alphabet for the names of file info, which go into the names of headers. */
const INFO_NAME = /^[\w\-.`~!#$%^&*'+|]{1,50}$/;

/**
 * Refuses what cannot be written into headers, and file info that names another customer key than the one that
 * encrypts the file.
 *
 * @throws `TypeError`
 */
export function checkFileSettings(settings: FileSettings): void {
  const { fileInfo, contentType } = settings;
  for (const [name, value] of Object.entries(fileInfo ?? {})) {
    if (!INFO_NAME.test(name)) {
      throw new TypeError(
        `fileInfo has an entry named ${quote(name)}; names are 1 to 50 letters, digits and -_.\`~!#$%^&*'+|`,
      );
    }
    if (typeof value !== "string" || !value.isWellFormed()) {
      throw new TypeError(`The entry ${name} of fileInfo is not a text that can be written as UTF-8`);
    }
  }
  if (contentType !== undefined && !/^[\x20-\x7e]+$/.test(contentType)) {
    throw new TypeError(`The content type ${quote(contentType)} holds characters that no header carries`);
  }
  checkKeyId(settings);
}

function checkKeyId({ fileInfo, encryption }: Pick<FileSettings, "fileInfo" | "encryption">): void {
  const keyId = customerKey(encryption)?.keyId;
  if (keyId === undefined) {
    return;
  }
  const named = Object.entries(fileInfo ?? {}).find(([name]) => name.toLowerCase() === "sse_c_key_id")?.[1];
  if (named !== undefined && named !== keyId) {
    throw new TypeError(`fileInfo names the customer key ${named}, but ${keyId} is to encrypt the file`);
  }
}

/** Compares file infos as the service stores them, with keys in lower case. */
export function isSameFileInfo(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): boolean {
  const lower = (info: Readonly<Record<string, string>>) =>
    new Map(Object.entries(info).map(([key, value]) => [key.toLowerCase(), value]));
  const [one, other] = [lower(a), lower(b)];
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}

/** Writes settings as header parameters of an upload in one request. */
export function toHeaderParameters(settings: FileSettings) {
  const { fileRetention, legalHold, customUploadTimestamp, encryption, contentType } = settings;
  const parameters: UploadHeaders = { "X-Bz-Info-*": fileInfoOf(settings) };
  if (contentType !== undefined) {
    parameters["Content-Type"] = contentType;
  }
  if (legalHold !== undefined) {
    parameters["X-Bz-File-Legal-Hold"] = legalHold;
  }
  if (fileRetention?.mode) {
    parameters["X-Bz-File-Retention-Mode"] = fileRetention.mode;
  }
  if (fileRetention?.retainUntilTimestamp) {
    parameters["X-Bz-File-Retention-Retain-Until-Timestamp"] = fileRetention.retainUntilTimestamp;
  }
  if (customUploadTimestamp !== undefined) {
    parameters["X-Bz-Custom-Upload-Timestamp"] = customUploadTimestamp;
  }
  if (encryption?.mode === "SSE-B2") {
    parameters["X-Bz-Server-Side-Encryption"] = "AES256";
  }
  return encryption?.mode === "SSE-C" ? { ...parameters, ...decryptionHeaders(encryption) } : parameters;
}

type UploadHeaders = Partial<paths["/b2api/v4/b2_upload_file/{uploadUrl}"]["post"]["parameters"]["header"]>;

/** Writes settings as fields of a large file's start. */
export function toStartFields(
  settings: FileSettings,
): Omit<Schemas["StartLargeFileRequest"], "bucketId" | "fileName"> {
  const { fileRetention, legalHold, customUploadTimestamp, encryption, contentType } = settings;
  return {
    contentType: contentType ?? "b2/x-auto",
    fileInfo: fileInfoOf(settings),
    ...(legalHold !== undefined && { legalHold }),
    ...(fileRetention !== undefined && { fileRetention }),
    ...(customUploadTimestamp !== undefined && { customUploadTimestamp }),
    ...(encryption !== undefined && { serverSideEncryption: toWireEncryption(encryption) }),
  };
}

/** Writes an encryption as calls with a JSON body carry it. */
export function toWireEncryption(encryption: FileEncryption): Schemas["FileServerSideEncryptionRequest"] {
  return encryption.mode === "SSE-B2" ? { mode: "SSE-B2", algorithm: "AES256" } : encryption.key.toWire();
}
