import nock from "nock";
import { test } from "vitest";
import { createRawClient } from "../../src/raw/index.ts";
test("x", async () => {
  nock.disableNetConnect();
  const authorization = { apiInfo: { storageApi: { apiUrl: "https://api004.backblazeb2.com", downloadUrl: "https://f004.backblazeb2.com" } }, authorizationToken: "tok" } as any;
  const raw = createRawClient({ authorization });
  const show = function (this: any, uri: string, body: unknown) { console.log(this.req.method, uri, JSON.stringify(this.req.headers), JSON.stringify(body), this.req.path, this.req.options?.path); return [200, { files: [] }]; };
  nock("https://api004.backblazeb2.com").intercept(/.*/, "POST").reply(show as any);
  console.log(await raw.POST("/b2api/v4/b2_list_file_names", { body: { bucketId: "ä" } }));
  nock("https://f004.backblazeb2.com").intercept(/.*/, "GET").times(4).reply(show as any);
  for (const n of ["a+b?c#d%2Fe/ü🦊", "a/../b", "a'(b)*!~"]) await raw.GET("/file/{bucketName}/{fileName}", { params: { path: { bucketName: "bb", fileName: n }, query: {b2ContentType: "text/plain; charset=utf-8", Authorization: "x=+&y"} } }).catch(console.log);
  nock("https://pod.example.com").intercept(/.*/, "POST").times(4).reply(show as any);
  for (const b of [new Uint8Array([1,2,255,254]), new Blob(["abc"]), new Uint8Array()]) await raw.POST("/b2api/v4/b2_upload_file/{uploadUrl}", { params: { path: { uploadUrl: "https://pod.example.com/x/y?z" }, header: {Authorization: "ut", "X-Bz-File-Name": "n", "X-Bz-Content-Sha1":"hex_digits_at_end"} }, body: b }).catch(console.log);
});
