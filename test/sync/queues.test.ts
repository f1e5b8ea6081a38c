import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect, onTestFinished, test, vi } from "vitest";
import { EventChannel } from "../../src/sync/event-channel.ts";
import { RemovalQueue } from "../../src/sync/removal-queue.ts";
import { all } from "../listing/support.ts";
import { folderForTest } from "../support.ts";

const removals = Array.from({ length: 7 }, (_, index) => ({
  actions: [{ type: "deleteLocal", relativePath: `line\n${index}` } as const],
  found: { size: index, modTimeMillis: index + 0.123456789 },
}));

test("removals come as they went, from memory and from a file that is gone in the end", async () => {
  const folder = await folderForTest();
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(tmpdir()).toBe(folder);
  const queue = new RemovalQueue(2);
  for (const each of removals) {
    await queue.add(each);
  }
  expect(await readdir(folder)).toHaveLength(1);
  expect(await all(queue)).toEqual(removals);
  await queue.close();
  expect(await readdir(folder)).toEqual([]);
});

test("a few removals need no file", async () => {
  const folder = await folderForTest();
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const queue = new RemovalQueue();
  await Promise.all(removals.map((each) => queue.add(each)));
  expect(await all(queue)).toEqual(removals);
  expect(await readdir(folder)).toEqual([]);
});

test("events that nobody hears take no memory, and no work waits for them", async () => {
  const channel = new EventChannel<number>();
  for (let event = 0; event < 5000; event++) {
    channel.push(event);
  }
  await channel.room();
  const heard = channel.listen(() => {});
  channel.push(1);
  channel.end();
  expect(await all(heard)).toEqual([1]);
  expect(() => channel.listen(() => {})).not.toThrow();
});

test("work waits for a listener that is a thousand events behind", async () => {
  const channel = new EventChannel<number>();
  const heard = channel.listen(() => {});
  for (let event = 0; event < 1000; event++) {
    channel.push(event);
  }
  let hasRoom = false;
  const room = channel.room().then(() => {
    hasRoom = true;
  });
  await new Promise(setImmediate);
  expect(hasRoom).toBe(false);
  await heard.next();
  await room;
  channel.end();
  expect(await all(heard)).toHaveLength(999);
});

test("two cannot listen at once, and one who leaves is told of", async () => {
  const channel = new EventChannel<number>();
  let isLeft = false;
  const heard = channel.listen(() => {
    isLeft = true;
  });
  expect(() => channel.listen(() => {})).toThrow(/iterated over once/);
  channel.push(1);
  await heard.next();
  await heard.return();
  expect(isLeft).toBe(true);
});
