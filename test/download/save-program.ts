import { B2Api, type SaveOptions } from "../../src/index.ts";

// Saves one file in a process of its own, which can be killed, or whose standard output is the target.
// Arguments: realm, key id, key, path of the target, options as JSON; `file` in `test-bucket` is saved.

const [realm = "", applicationKeyId = "", applicationKey = "", path = "", json = "{}"] =
  process.argv.slice(2);
const options: SaveOptions = JSON.parse(json);
const bucket = await new B2Api({ realm, applicationKeyId, applicationKey }).getBucketByName("test-bucket");
const downloaded = await bucket.downloadFileByName("file");
await downloaded
  .saveTo(path, { ...options, onProgress: ({ bytes }) => process.send?.(bytes) })
  .catch((error: Error) => {
    console.error(`${error.name}: ${error.message}`);
    process.exitCode = 1;
  });
process.disconnect?.();
