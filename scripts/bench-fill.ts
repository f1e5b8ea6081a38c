import http from "node:http";
import type { Emulator } from "b2kit/emulator";
import { createRawClient } from "b2kit/raw";

/** Files are stored side by side in so many connections. */
const CONNECTIONS = 8;

/**
 * Stores an empty file under each name, by bare requests, where only what comes afterwards is measured.
 *
 * @param info - File info of every file.
 */
export async function fill(
  { url: realm, applicationKeyId, applicationKey }: Emulator,
  bucketId: string,
  names: Iterable<string>,
  info: Readonly<Record<string, string>> = {},
): Promise<void> {
  const account = createRawClient({ realm, credentials: { applicationKeyId, applicationKey } });
  const { data: authorization } = await account.GET("/b2api/v4/b2_authorize_account");
  if (authorization === undefined) throw new Error("the emulator refuses its own key");
  const raw = createRawClient({ authorization });
  const agent = new http.Agent({ keepAlive: true });
  const waiting = names[Symbol.iterator]();
  const worker = async () => {
    const { data } = await raw.POST("/b2api/v4/b2_get_upload_url", { body: { bucketId } });
    const headers = {
      Authorization: data?.authorizationToken ?? "",
      "X-Bz-Content-Sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
      "Content-Type": "text/plain",
      "Content-Length": 0,
      ...Object.fromEntries(Object.entries(info).map(([name, value]) => [`X-Bz-Info-${name}`, value])),
    };
    for (let next = waiting.next(); !next.done; next = waiting.next()) {
      await post(agent, data?.uploadUrl ?? "", { ...headers, "X-Bz-File-Name": next.value });
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  agent.destroy();
}

function post(agent: http.Agent, url: string, headers: http.OutgoingHttpHeaders): Promise<void> {
  return new Promise((resolve, reject) => {
    http
      .request(url, { method: "POST", headers, agent }, (response) => {
        response.resume().on("end", resolve);
      })
      .on("error", reject)
      .end();
  });
}
