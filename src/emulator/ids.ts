import { randomBytes } from "node:crypto";

const hex = (bytes: number) => randomBytes(bytes).toString("hex");
const digits = (value: number, width: number) => String(value).padStart(width, "0");

/** Makes an account ID: 12 hex digits. */
export const newAccountId = () => hex(6);

/** Makes a bucket ID: 24 hex digits, of which the account's are the last, as on the service. */
export const newBucketId = (accountId: string) => hex(6) + accountId;

/** Makes an application key ID: the cluster, the account, and the key's number. */
export const applicationKeyIdOf = (accountId: string, number: number) =>
  `004${accountId}${digits(number, 10)}`;

/** Makes the secret of an application key: 31 characters, of which the first names the cluster. */
export const newApplicationKey = () => `K004${randomBytes(21).toString("base64url").slice(0, 27)}`;

/** Makes the name under which one piece of content lies in the contents folder. */
export const newBlobName = () => hex(16);

/** Makes the last part of an upload URL. */
export const newUploadUrlId = () => `c004_v0402010_t${digits(randomBytes(1)[0] ?? 0, 4)}_${hex(8)}`;

/** Makes a token in the service's look; `purpose` is `acct`, `upld` or `dnld`. */
export function newToken(applicationKeyId: string, purpose: "acct" | "upld" | "dnld"): string {
  return `4_${applicationKeyId}_${hex(4)}_${hex(3)}_${purpose}_${randomBytes(20).toString("base64url")}=`;
}

/**
 * Makes a file ID that looks like the service's: bucket, serial number, date and time of the upload.
 *
 * @param serial - Grows with every file, so that IDs of large files sort by their start.
 */
export function newFileId(
  bucketId: string,
  kind: "small" | "large",
  serial: number,
  timestamp: number,
): string {
  const time = new Date(timestamp).toISOString();
  const date = time.slice(0, 10).replaceAll("-", "");
  const clock = time.slice(11, 19).replaceAll(":", "");
  const number = (kind === "large" ? "2" : "1") + serial.toString(16).padStart(15, "0");
  return `4_z${bucketId}_f${number}_d${date}_m${clock}_c004_v0402010_t0000_u${digits(timestamp, 14)}`;
}

/** Reads the upload timestamp out of a file ID, also when the file is gone; undefined for anything else. */
export function timestampOf(fileId: string): number | undefined {
  const digits = /^4_z[0-9a-f]{24}_f[0-9a-f]{16}_d\d{8}_m\d{6}_c\d{3}_v\d{7}_t\d{4}_u(\d{14})$/.exec(
    fileId,
  )?.[1];
  return digits === undefined ? undefined : Number(digits);
}
