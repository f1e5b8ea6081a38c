import { B2Api } from "../../src/index.ts";
import { sync } from "../../src/sync/index.ts";

// Synchronises in a process of its own, which can be killed; one file after the other.
// Arguments: realm, key id, key, source, destination.

const [realm = "", applicationKeyId = "", applicationKey = "", source = "", destination = ""] =
  process.argv.slice(2);
const b2 = new B2Api({ realm, applicationKeyId, applicationKey });
await sync(source, destination, { b2, concurrency: 1 }).result;
