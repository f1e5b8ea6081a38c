import { type CustomerKey, customerKey } from "../encryption.ts";
import { writeFileHeaders } from "../file-headers.ts";
import type { components } from "../raw/index.ts";
import { type FileSettings, fileInfoOf, isSameFileInfo } from "../upload/file-settings.ts";
import type { CopyOptions, SourceFields } from "./copy-options.ts";

type CopyFileRequest = components["schemas"]["CopyFileRequest"];
type FileInfo = Readonly<Record<string, string>>;

/**
 * Tells whether content type or file info of the source must be known: to take one of them along when the other
 * changes, to name another customer key, or to leave the SHA-1 of the whole out of a part of it.
 */
export function needsSourceMetadata(options: CopyOptions, isRange: boolean): boolean {
  return isChanged(options)
    ? options.contentType === undefined || options.fileInfo === undefined
    : isRange || isKeyIdInDoubt(options);
}

/**
 * Decides what b2_copy_file is told: to take content type and file info from the source, or to replace both.
 *
 * @param source - May be left out where {@link needsSourceMetadata} says so.
 */
export function metadataRequest(
  options: CopyOptions,
  source: SourceFields | undefined,
  isWhole: boolean,
): Pick<CopyFileRequest, "metadataDirective" | "contentType" | "fileInfo"> {
  if (source === undefined && !isChanged(options)) {
    return { metadataDirective: "COPY" };
  }
  const { contentType, ...settings } = copiedSettings(options, source, isWhole);
  const fileInfo = fileInfoOf(settings);
  const isSame = contentType === source?.contentType && isSameFileInfo(fileInfo, source.fileInfo);
  return isSame ? { metadataDirective: "COPY" } : { metadataDirective: "REPLACE", contentType, fileInfo };
}

/** Gives the settings of a large file that keeps what its source has; the SHA-1 of the whole makes it verifiable. */
export function largeCopySettings(
  options: CopyOptions,
  source: SourceFields,
  isWhole: boolean,
): FileSettings {
  const settings = copiedSettings(options, source, isWhole);
  const sha1 = isWhole ? sha1Of(source) : undefined;
  return {
    ...settings,
    fileInfo: { ...(sha1 !== undefined && { large_file_sha1: sha1 }), ...settings.fileInfo },
  };
}

/** Gives the SHA-1 of a source's content: the service's, or else the uploader's. */
export function sha1Of({ contentSha1, fileInfo }: SourceFields): string | undefined {
  const stored = contentSha1?.replace(/^unverified:/, "");
  return stored !== undefined && stored !== "none" ? stored : fileInfo.large_file_sha1;
}

function isChanged({ contentType, fileInfo, ...headers }: CopyOptions): boolean {
  return (
    contentType !== undefined || fileInfo !== undefined || Object.keys(writeFileHeaders(headers)).length > 0
  );
}

function copiedSettings(options: CopyOptions, source: SourceFields | undefined, isWhole: boolean) {
  return {
    ...options,
    contentType: options.contentType ?? source?.contentType ?? "b2/x-auto",
    fileInfo: options.fileInfo ?? inheritedFileInfo(options, source?.fileInfo ?? {}, isWhole),
  };
}

/** Leaves out what would not be true of the copy: the name of another key, and the SHA-1 of other content. */
function inheritedFileInfo(options: CopyOptions, fileInfo: FileInfo, isWhole: boolean): FileInfo {
  const { sse_c_key_id: keyId, large_file_sha1: sha1, ...others } = fileInfo;
  return {
    ...others,
    ...(isWhole && sha1 !== undefined && { large_file_sha1: sha1 }),
    ...(isKeyKept(options) && keyId !== undefined && { sse_c_key_id: keyId }),
  };
}

/** Tells whether a copy of the source's file info as it is may name the wrong customer key, or none. */
function isKeyIdInDoubt(options: CopyOptions): boolean {
  const isKeyConcerned =
    customerKey(options.sourceEncryption) !== undefined ||
    customerKey(options.encryption)?.keyId !== undefined;
  return isKeyConcerned && !isKeyKept(options);
}

/** Tells whether source and copy are encrypted with one customer key, under one name. */
function isKeyKept({ sourceEncryption, encryption }: CopyOptions): boolean {
  const [from, to] = [customerKey(sourceEncryption), customerKey(encryption)];
  return (
    from !== undefined &&
    to !== undefined &&
    md5Of(from) === md5Of(to) &&
    (to.keyId === undefined || to.keyId === from.keyId)
  );
}

const md5Of = (key: CustomerKey) => key.toWire().customerKeyMd5;
