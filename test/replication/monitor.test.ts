import { describe, expect, test } from "vitest";
import { type Bucket, CustomerKey, RestrictionError, type UploadOptions } from "../../src/index.ts";
import { nodeTransport, type Transport } from "../../src/raw/index.ts";
import {
  ReplicationMonitor,
  type ReplicationPair,
  ReplicationSetupHelper,
} from "../../src/replication/index.ts";
import { apiFor, emulatorForTest, fileForTest, folderForTest } from "../support.ts";

/** Adds to listings what the service says of files that it replicates, by name. */
function withStatuses(statuses: Readonly<Record<string, string>>): Transport {
  const inner = nodeTransport();
  return async (request) => {
    const response = await inner(request);
    if (!request.url.includes("b2_list_file_versions")) {
      return response;
    }
    let text = "";
    for await (const chunk of response.body) {
      text += Buffer.from(chunk).toString();
    }
    const { files, ...rest } = JSON.parse(text);
    const told = files.map((file: { fileName: string }) => ({
      ...file,
      ...(statuses[file.fileName] && { replicationStatus: statuses[file.fileName] }),
    }));
    return {
      ...response,
      body: (async function* () {
        yield new TextEncoder().encode(JSON.stringify({ files: told, ...rest }));
      })(),
    };
  };
}

async function start(prefix = "", statuses: Readonly<Record<string, string>> = {}) {
  const emulator = await emulatorForTest();
  const b2 = apiFor(emulator, { transport: withStatuses(statuses) });
  const bucket = await b2.createBucket("source-bucket", "allPrivate", { fileLockEnabled: true });
  const target = await b2.createBucket("destination-bucket", "allPrivate", { fileLockEnabled: true });
  const { source, destination } = await new ReplicationSetupHelper(b2).setupBoth(bucket, target, { prefix });
  const [rule] = source.replicationConfiguration?.value?.asReplicationSource?.replicationRules ?? [];
  if (rule === undefined) {
    throw new Error("There is no rule");
  }
  const folder = await folderForTest();
  const paths = [await fileForTest(folder, "one", 10), await fileForTest(folder, "other", 11)];
  const put = async (to: Bucket, name: string, options: UploadOptions = {}, content = 0) =>
    await to.uploadLocalFile(paths[content] ?? "", name, {
      ...options,
      fileInfo: { src_last_modified_millis: "1", ...options.fileInfo },
    });
  const monitor = new ReplicationMonitor(source, rule, destination);
  return { emulator, b2, source, destination, rule, put, monitor };
}

const shown = ({ source, destination }: ReplicationPair) => [source?.name, destination?.name];

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) {
    list.push(item);
  }
  return list;
}

describe("iterPairs", () => {
  test("gives the newest versions of both sides in UTF-8 byte order, hidden or not", async () => {
    const { b2, source, destination, put, monitor } = await start();
    for (const name of ["b", "a", "\u{1f98a}", "\uffee", "hidden", "old"]) {
      await put(source, name);
    }
    for (const name of ["a", "old", "only-there"]) {
      await put(destination, name);
    }
    const newest = await put(source, "old");
    const marker = await source.hideFile("hidden");
    const body = { bucketId: source.id, fileName: "unfinished", contentType: "b2/x-auto" };
    await b2.raw.POST("/b2api/v4/b2_start_large_file", { body });
    const pairs = await all(monitor.iterPairs());
    expect(pairs.map(shown)).toEqual([
      ["a", "a"],
      ["b", undefined],
      ["hidden", undefined],
      ["old", "old"],
      [undefined, "only-there"],
      ["\uffee", undefined],
      ["\u{1f98a}", undefined],
    ]);
    expect(pairs[2]?.source?.id).toBe(marker.id);
    expect(pairs[3]?.source?.id).toBe(newest.id);
  });

  test.each([
    ["photos/", ["photos/a"]],
    ["pho", ["photo", "photos/a"]],
    ["we[ir]d*?", ["we[ir]d*?x"]],
  ])("looks below the rule's prefix %j only, and asks for no more", async (prefix, expected) => {
    const { emulator, source, put, monitor } = await start(prefix);
    for (const name of ["a", "photo", "photos/a", "we[ir]d*?x", "weid", "z"]) {
      await put(source, name);
    }
    emulator.requests.clear();
    expect((await all(monitor.iterPairs())).map((pair) => shown(pair)[0])).toEqual(expected);
    expect(emulator.requests.byOperation).toEqual({ b2_list_file_versions: 2 });
  });

  test("refuses a key that sees a part of the files, instead of missing the rest", async () => {
    const { emulator, b2, source, rule, put } = await start();
    await put(source, "mine/a");
    const key = await b2.createKey({
      keyName: "partial",
      capabilities: ["listBuckets", "listFiles"],
      namePrefix: "mine/",
    });
    const partial = apiFor(emulator, { applicationKeyId: key.id, applicationKey: key.applicationKey });
    const bucket = await partial.getBucketById(source.id);
    const whole = new ReplicationMonitor(bucket, rule);
    await expect(whole.iterPairs().next()).rejects.toBeInstanceOf(RestrictionError);
    const part = new ReplicationMonitor(bucket, { ...rule, fileNamePrefix: "mine/" });
    expect((await all(part.iterPairs())).map(shown)).toEqual([["mine/a", undefined]]);
  });

  test("ends with its signal", async () => {
    const { monitor } = await start();
    const reason = new Error("enough");
    await expect(monitor.iterPairs({ signal: AbortSignal.abort(reason) }).next()).rejects.toBe(reason);
  });
});

describe("scan", () => {
  const plain = {
    sourceHasHideMarker: false,
    sourceEncryptionMode: null,
    sourceHasLargeMetadata: false,
    sourceHasFileRetention: false,
    sourceHasLegalHold: false,
  };
  const same = { destinationReplicationStatus: undefined, metadataDiffers: false, hashDiffers: false };

  test("counts names by their state, with the first and the last of each", async () => {
    const { source, destination, put, monitor } = await start("", {
      a: "COMPLETED",
      b: "completed",
      c: "PENDING",
      d: "failed",
    });
    for (const name of ["a", "b", "c", "d"]) {
      await put(source, name);
    }
    await put(destination, "a");
    await put(destination, "b");
    const { count, groups } = await monitor.scan();
    expect(count).toBe(4);
    expect(groups.map(({ state, count }) => [count, state.sourceReplicationStatus])).toEqual([
      [2, "completed"],
      [1, "pending"],
      [1, "failed"],
    ]);
    const { first, last } = groups[0]?.samples ?? {};
    expect([first?.source?.name, last?.destination?.name]).toEqual(["a", "b"]);
    expect(groups[0]?.state).toEqual({
      ...plain,
      ...same,
      sourceReplicationStatus: "completed",
      destinationReplicationStatus: "completed",
    });
  });

  const key = new CustomerKey(new Uint8Array(32));
  const day = Math.floor(Date.now() / 1000) * 1000 + 86_400_000;
  test.each<[string, UploadOptions, object]>([
    ["plain", {}, {}],
    ["under SSE-B2", { encryption: { mode: "SSE-B2" } }, { sourceEncryptionMode: "SSE-B2" }],
    ["under SSE-C", { encryption: { mode: "SSE-C", key } }, { sourceEncryptionMode: "SSE-C" }],
    [
      "under retention",
      { fileRetention: { mode: "governance", retainUntilTimestamp: day } },
      { sourceHasFileRetention: true },
    ],
    ["under legal hold", { legalHold: "on" }, { sourceHasLegalHold: true }],
  ])("tells that a source is %s", async (_, options, expected) => {
    const { source, put, monitor } = await start();
    await put(source, "a", options);
    expect((await monitor.scan()).groups.map(({ state }) => state)).toEqual([{ ...plain, ...expected }]);
  });

  test("tells a hidden name, and metadata too long for an encrypted copy", async () => {
    const { b2, rule, put } = await start();
    const bucket = await b2.createBucket("unlocked-bucket", "allPrivate");
    const monitor = new ReplicationMonitor(await b2.getBucketById(bucket.id), rule);
    await put(bucket, "hidden");
    await bucket.hideFile("hidden");
    await put(bucket, "large", { fileInfo: { text: "ä".repeat(500) } });
    await put(bucket, "not-so-large", { fileInfo: { text: "ä".repeat(200) } });
    const states = (await monitor.scan()).groups.map(({ state, samples }) => [
      samples.first.source?.name,
      state,
    ]);
    expect(Object.fromEntries(states)).toMatchObject({
      hidden: { sourceHasHideMarker: true, sourceHasLargeMetadata: false },
      large: { sourceHasHideMarker: false, sourceHasLargeMetadata: true },
      "not-so-large": { sourceHasLargeMetadata: false },
    });
  });

  test.each<[string, UploadOptions, number, object]>([
    ["nothing", {}, 0, {}],
    ["the content type", { contentType: "text/plain" }, 0, { metadataDiffers: true }],
    ["the file info", { fileInfo: { a: "1" } }, 0, { metadataDiffers: true }],
    ["the content", {}, 1, { hashDiffers: true }],
  ])("tells that copies differ in %s", async (_, options, content, expected) => {
    const { source, destination, put, monitor } = await start();
    await put(source, "a");
    await put(destination, "a", options, content);
    expect((await monitor.scan()).groups.map(({ state }) => state)).toEqual([
      { ...plain, ...same, ...expected },
    ]);
  });

  test("tells what is missing on either side, and looks at the source alone without a destination", async () => {
    const { emulator, source, destination, rule, put, monitor } = await start();
    await put(source, "a");
    await put(destination, "b");
    expect((await monitor.scan()).groups.map(({ state }) => state)).toEqual([
      plain,
      { destinationReplicationStatus: undefined },
    ]);
    emulator.requests.clear();
    const { count, groups } = await new ReplicationMonitor(source, rule).scan();
    expect([count, groups.map(({ state }) => state)]).toEqual([1, [plain]]);
    expect(emulator.requests.byOperation).toEqual({ b2_list_file_versions: 1 });
  });
});

test("a rule that is none of the bucket's, or leads elsewhere, is refused", async () => {
  const { source, destination, rule } = await start();
  expect(() => new ReplicationMonitor(destination, rule)).toThrow(
    /has no replication rule destination-bucket/,
  );
  expect(() => new ReplicationMonitor(source, rule, source)).toThrow(
    /leads to bucket .*, not to source-bucket/,
  );
});
