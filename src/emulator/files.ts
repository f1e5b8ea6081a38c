import type { Call, Handler } from "./call.ts";
import { checkFileName } from "./file-rules.ts";
import { folderForm, versionForm } from "./forms.ts";
import { timestampOf } from "./ids.ts";
import { type Choice, type Entry, entriesOf, pageOf } from "./listing.ts";
import { findBucket, findVersion } from "./lookup.ts";
import { newHideMarker } from "./new-version.ts";
import { badRequest, Refusal } from "./refusal.ts";
import { checkDeletion } from "./retention.ts";
import type { StoredVersion } from "./store.ts";
import type { Schemas } from "./wire.ts";

/** Size of a page that asks for none, or for zero. */
const defaultCount = 100;

export const getFileInfo: Handler<"b2_get_file_info"> = (call) => {
  const version = findVersion(call, call.body.fileId);
  return versionForm(version, call.service.store.account.accountId, call.caller);
};

/** The newest version of a name, unless it is hidden. */
const visible: Choice<StoredVersion> = (versions) => {
  const newest = versions.find(({ action }) => action !== "start");
  return newest?.action === "upload" ? [newest] : [];
};

export const listFileNames: Handler<"b2_list_file_names"> = (call) => {
  const { files, next } = listFiles(call, visible);
  return { files, nextFileName: next?.fileName ?? null };
};

export const listFileVersions: Handler<"b2_list_file_versions"> = (call) => {
  const { startFileName, startFileId } = call.body;
  if (startFileId !== undefined && startFileName === undefined) {
    throw badRequest("startFileId needs startFileName");
  }
  const { files, next } = listFiles(
    call,
    startFileId === undefined ? everyVersion : versionsFrom(call, startFileId),
  );
  return { files, nextFileName: next?.fileName ?? null, nextFileId: next?.version?.fileId ?? null };
};

const everyVersion: Choice<StoredVersion> = (versions) => versions;

/** Begins the first name of a page at one of its versions, or where that was before it was deleted. */
function versionsFrom(call: Call<"b2_list_file_versions">, fileId: string): Choice<StoredVersion> {
  const start = timestampOf(fileId);
  if (start === undefined) throw new Refusal(400, "invalid_file_id", `Invalid startFileId: ${fileId}`);
  return (versions) => {
    if (versions[0]?.fileName !== call.body.startFileName) return versions;
    const index = versions.findIndex((version) => version.fileId === fileId);
    return index >= 0
      ? versions.slice(index)
      : versions.filter(({ uploadTimestamp }) => uploadTimestamp <= start);
  };
}

function listFiles(
  call: Call<"b2_list_file_names"> | Call<"b2_list_file_versions">,
  choose: Choice<StoredVersion>,
): { files: Schemas["FileVersion"][]; next: Entry<StoredVersion> | undefined } {
  const { service, body, caller } = call;
  const { bucketId } = findBucket(call, body.bucketId);
  const { prefix = "", delimiter, startFileName = "" } = body;
  caller.requirePrefix(prefix);
  const index = service.store.namesOf(bucketId);
  const entries = entriesOf(index, { prefix, delimiter: delimiter || undefined, startFileName }, choose);
  const page = pageOf(entries, body.maxFileCount || defaultCount);
  const { accountId } = service.store.account;
  const files = page.entries.map(({ fileName, version }) =>
    version ? versionForm(version, accountId, caller) : folderForm(fileName, bucketId, accountId),
  );
  return { files, next: page.next };
}

export const hideFile: Handler<"b2_hide_file"> = (call) => {
  const { service, body, caller } = call;
  const { store } = service;
  const { bucketId } = findBucket(call, body.bucketId);
  const { fileName } = body;
  checkFileName(fileName);
  caller.requirePrefix(fileName);
  const newest = store.newestVersion(bucketId, fileName);
  if (!newest) throw new Refusal(400, "no_such_file", `There is no file ${fileName}`);
  if (newest.action === "hide")
    throw new Refusal(400, "already_hidden", `File ${fileName} is hidden already`);
  const marker = newHideMarker(service, { bucketId, fileName });
  store.commit(["version", marker.fileId, marker]);
  service.webhooks.report("b2:HideMarkerCreated:Hide", marker);
  return versionForm(marker, store.account.accountId, caller);
};

export const deleteFileVersion: Handler<"b2_delete_file_version"> = ({ service, body, caller }) => {
  const { store } = service;
  const version = store.versions.get(body.fileId);
  if (version?.fileName !== body.fileName) {
    throw new Refusal(400, "file_not_present", `There is no version ${body.fileId} of ${body.fileName}`);
  }
  caller.requireFile(version);
  checkDeletion(version, service.clock.now(), body.bypassGovernance);
  store.commit(...store.removalOf(version));
  if (version.action !== "start") service.webhooks.report("b2:ObjectDeleted:Delete", version);
  return { fileId: version.fileId, fileName: version.fileName };
};
