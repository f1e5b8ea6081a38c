/** A process of its own that makes one transfer, to be killed in its middle. */
import { B2Api, type B2ApiOptions } from "../../src/index.ts";

/** What the process is to do. */
export type Order =
  | { readonly deed: "upload"; readonly path: string; readonly partSizeBytes: number }
  | { readonly deed: "download"; readonly path: string };

const [options, order]: [B2ApiOptions, Order] = JSON.parse(process.argv[2] ?? "");
const bucket = await new B2Api(options).getBucketByName("my-bucket");
if (order.deed === "upload") {
  await bucket.uploadLocalFile(order.path, "stored", order);
} else {
  const downloaded = await bucket.downloadFileByName("stored");
  await downloaded.saveTo(order.path, { resume: true });
}
