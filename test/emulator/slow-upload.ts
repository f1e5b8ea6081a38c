import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";

/** Begins to upload "abc": waits until the server wants the body, sends "ab", and leaves the rest to the test. */
export function slowUpload(uploadUrl: string, headers: Record<string, string>) {
  const upload = request(uploadUrl, {
    method: "POST",
    headers: { ...headers, "Content-Length": "3", Expect: "100-continue" },
  });
  upload.on("error", () => {});
  upload.flushHeaders();
  return {
    underWay: once(upload, "continue").then(() => void upload.write("ab")),
    finish: () => void upload.end("c"),
    abort: () => void upload.destroy(),
    status: once(upload, "response")
      .then(([response]: IncomingMessage[]) => response?.resume().statusCode)
      .catch(() => undefined),
  };
}
