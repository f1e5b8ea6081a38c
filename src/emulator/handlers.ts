import { authorizeAccount } from "./account.ts";
import { createBucket, deleteBucket, listBuckets, updateBucket } from "./buckets.ts";
import type { Handlers } from "./call.ts";
import { copyFile, copyPart } from "./copies.ts";
import { getDownloadAuthorization } from "./download-authorization.ts";
import { downloadFileById, downloadFileByName, headFileByName } from "./downloads.ts";
import { deleteFileVersion, getFileInfo, hideFile, listFileNames, listFileVersions } from "./files.ts";
import { createKey, deleteKey, listKeys } from "./keys.ts";
import {
  cancelLargeFile,
  finishLargeFile,
  getUploadPartUrl,
  listParts,
  listUnfinishedLargeFiles,
  startLargeFile,
  uploadPart,
} from "./large-files.ts";
import { getNotificationRules, setNotificationRules } from "./notifications.ts";
import { updateFileLegalHold, updateFileRetention } from "./retention.ts";
import { getUploadUrl, uploadFile } from "./uploads.ts";

/** What the emulator does for each operation. */
export const handlers: Handlers = {
  b2_authorize_account: authorizeAccount,
  b2_create_key: createKey,
  b2_list_keys: listKeys,
  b2_delete_key: deleteKey,
  b2_create_bucket: createBucket,
  b2_list_buckets: listBuckets,
  b2_update_bucket: updateBucket,
  b2_delete_bucket: deleteBucket,
  b2_get_bucket_notification_rules: getNotificationRules,
  b2_set_bucket_notification_rules: setNotificationRules,
  b2_get_upload_url: getUploadUrl,
  b2_upload_file: uploadFile,
  b2_get_file_info: getFileInfo,
  b2_list_file_names: listFileNames,
  b2_list_file_versions: listFileVersions,
  b2_hide_file: hideFile,
  b2_delete_file_version: deleteFileVersion,
  b2_copy_file: copyFile,
  b2_update_file_retention: updateFileRetention,
  b2_update_file_legal_hold: updateFileLegalHold,
  b2_download_file_by_id: downloadFileById,
  b2_download_file_by_name: downloadFileByName,
  b2_head_file_by_name: headFileByName,
  b2_get_download_authorization: getDownloadAuthorization,
  b2_start_large_file: startLargeFile,
  b2_get_upload_part_url: getUploadPartUrl,
  b2_upload_part: uploadPart,
  b2_copy_part: copyPart,
  b2_list_parts: listParts,
  b2_list_unfinished_large_files: listUnfinishedLargeFiles,
  b2_finish_large_file: finishLargeFile,
  b2_cancel_large_file: cancelLargeFile,
};
