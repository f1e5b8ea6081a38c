import { resolve } from "node:path";
import type { B2Api } from "../b2-api.ts";
import type { Bucket } from "../bucket.ts";

/**
 * A folder to be synchronised: the path of a local one, `b2://bucket/folder` for one in B2, or a bucket and what the
 * names in it begin with.
 */
export type SyncFolder = string | B2SyncFolder;

/** A folder of a bucket. */
export interface B2SyncFolder {
  /** The bucket; what it may do is what its application key may. */
  readonly bucket: Bucket;
  /**
   * Name of the folder, with or without its final `/`.
   * @defaultValue the whole bucket
   */
  readonly prefix?: string | undefined;
}

/** One side of a synchronisation, as it is worked with. */
export type Side = LocalSide | B2Side;

/** A folder of this machine. */
export interface LocalSide {
  readonly type: "local";
  readonly root: string;
}

/** A folder of a bucket. */
export interface B2Side {
  readonly type: "b2";
  readonly bucket: Bucket;
  /** Empty, or with a final `/`. */
  readonly prefix: string;
}

/** A folder whose bucket may not have been looked up yet. */
export type ParsedFolder = Side | NamedFolder;

interface NamedFolder {
  readonly type: "b2";
  readonly b2: B2Api;
  readonly bucketName: string;
  readonly prefix: string;
}

/**
 * Reads how a folder is given.
 *
 * @throws `TypeError` for an empty path, and for a URL without a bucket, or without an account to look for it.
 */
export function parseSyncFolder(folder: SyncFolder, b2?: B2Api): ParsedFolder {
  if (typeof folder !== "string") {
    return { type: "b2", bucket: folder.bucket, prefix: asPrefix(folder.prefix ?? "") };
  }
  const [isUrl, bucketName = "", prefix = ""] = /^b2:(?:\/\/)?([^/]*)(?:\/(.*))?$/is.exec(folder) ?? [];
  if (isUrl === undefined) {
    if (folder === "") {
      throw new TypeError('The path of a folder is empty; "." is the current one');
    }
    return { type: "local", root: resolve(folder) };
  }
  if (bucketName === "" || prefix.startsWith("/")) {
    throw new TypeError(`${JSON.stringify(folder)} is not of the form b2://bucket/folder`);
  }
  if (b2 === undefined) {
    throw new TypeError(`The folder ${folder} needs the option b2, a B2Api`);
  }
  return { type: "b2", b2, bucketName, prefix: asPrefix(prefix) };
}

function asPrefix(prefix: string): string {
  return prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
}

/** Looks up the bucket of a folder that was given as a URL; makes one request unless the bucket is known. */
export async function openFolder(folder: ParsedFolder, signal: AbortSignal | undefined): Promise<Side> {
  if (!("b2" in folder)) {
    return folder;
  }
  const bucket = await folder.b2.getBucketByName(folder.bucketName, { signal });
  return { type: "b2", bucket, prefix: folder.prefix };
}

/** @throws `TypeError` when one folder lies in the other. */
export function checkApart(source: Side, destination: Side): void {
  if (source.type === "b2" && destination.type === "b2" && source.bucket.id === destination.bucket.id) {
    const [one, other] = [source.prefix, destination.prefix];
    if (one.startsWith(other) || other.startsWith(one)) {
      throw new TypeError(`One folder lies in the other: ${nameOf(source)} and ${nameOf(destination)}`);
    }
  }
}

/** Names a folder in messages. */
export function nameOf(side: Side): string {
  return side.type === "local" ? side.root : `b2://${side.bucket.name}/${side.prefix}`;
}
