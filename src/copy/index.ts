// What buckets and versions load when a file is copied or composed for the first time.

export { composeFile, toIntents } from "./compose.ts";
export { copyFile } from "./copy.ts";
export { uploadIncrementally } from "./incremental-upload.ts";
