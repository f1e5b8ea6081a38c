import { afterEach, describe, expect, test, vi } from "vitest";
import { Session } from "../../src/session/session.ts";
import { UploadUrls } from "../../src/session/upload-urls.ts";
import { emulatorForTest } from "../support.ts";

/** Asks for URLs with numbers, and lends them. */
function pool() {
  const urls = new UploadUrls();
  let asked = 0;
  const ask = async () => ({ uploadUrl: `url ${++asked}`, authorizationToken: "token" });
  const lend = async (id: string, status = 200) => {
    let used = "";
    await urls.lend(id, ask, async ({ uploadUrl }) => {
      used = uploadUrl;
      return { response: new Response(null, { status }) };
    });
    return used;
  };
  /** Lends one that comes back when the test wants. */
  const hold = async (id: string) => {
    let release = () => {};
    let used = "";
    const done = urls.lend(id, ask, async ({ uploadUrl }) => {
      used = uploadUrl;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { response: new Response() };
    });
    await vi.waitFor(() => expect(used).not.toBe(""));
    return async () => {
      release();
      await done;
      return used;
    };
  };
  return { urls, lend, hold };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("upload URLs", () => {
  test("b2sdk 17: are taken last in, first out, for each bucket and large file of its own", async () => {
    const { lend, hold, urls } = pool();
    const [first, second] = [await hold("a"), await hold("a")];
    await first();
    await second();
    expect(await lend("b")).toBe("url 3");
    const [newest, older] = [await hold("a"), await hold("a")];
    expect([await newest(), await older()]).toEqual(["url 2", "url 1"]);
    urls.drop("a");
    expect(await lend("a")).toBe("url 4");
    expect(await lend("b")).toBe("url 3");
  });

  test.each([
    [200, "url 1"],
    [429, "url 1"],
    [503, "url 2"],
    [401, "url 2"],
    [400, "url 2"],
  ])("after an answer of %d, the next upload gets %s", async (status, url) => {
    const { lend } = pool();
    await lend("a", status);
    expect(await lend("a")).toBe(url);
  });

  test("are not used again after a lost answer", async () => {
    const { urls, lend } = pool();
    await lend("a");
    const broken = urls.lend(
      "a",
      async () => ({ uploadUrl: "", authorizationToken: "" }),
      async () => {
        throw new Error("reset");
      },
    );
    await expect(broken).rejects.toThrow("reset");
    expect(await lend("a")).toBe("url 2");
  });

  test("are dropped before their token's life of 24 hours ends", async () => {
    vi.useFakeTimers();
    const { lend } = pool();
    await lend("a");
    vi.advanceTimersByTime(22 * 3600 * 1000);
    expect(await lend("a")).toBe("url 1");
    vi.advanceTimersByTime(2 * 3600 * 1000);
    expect(await lend("a")).toBe("url 2");
  });

  test("that come back after all were dropped stay dropped", async () => {
    const { urls, lend, hold } = pool();
    const giveBack = await hold("a");
    urls.clear();
    await giveBack();
    expect(await lend("a")).toBe("url 2");
  });

  test("are dropped when the session goes on with another application key, and kept with the same", async () => {
    const { url: realm, applicationKeyId, applicationKey } = await emulatorForTest();
    const session = new Session({ realm, applicationKeyId, applicationKey });
    const use = async () => {
      let isNew = false;
      await session.uploadUrls.lend(
        "bucket",
        async () => {
          isNew = true;
          return { uploadUrl: `${realm}/upload`, authorizationToken: "" };
        },
        async () => ({ response: new Response() }),
      );
      return isNew;
    };
    expect(await use()).toBe(true);
    await session.authorize();
    expect(await use()).toBe(false);
    const { data: key } = await session.call("b2_create_key", async (raw) =>
      raw.POST("/b2api/v4/b2_create_key", {
        body: {
          accountId: (await session.authorization()).accountId,
          capabilities: ["writeFiles"],
          keyName: "other",
        },
      }),
    );
    await session.authorize({ applicationKeyId: key.applicationKeyId, applicationKey: key.applicationKey });
    expect(await use()).toBe(true);
  });
});
