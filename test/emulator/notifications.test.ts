import { createHmac } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { expect, test } from "vitest";
import type { components } from "../../generated/schema.ts";
import { loadDescription } from "../../src/emulator/description.ts";
import type { EmulatorOptions, WebhookOptions } from "../../src/emulator/index.ts";
import { serverForTest } from "../support.ts";
import { PlainClient, startForTest } from "./plain-client.ts";

type Payload = components["schemas"]["EventNotification"];

const day = 24 * 60 * 60 * 1000;

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly raw: Buffer;
  readonly events: Payload["events"];
}

/** A webhook's receiver that answers the given statuses in turn, the last one for good; 0 cuts the connection. */
async function receiver(...statuses: number[]) {
  const received: Received[] = [];
  const url = await serverForTest(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const payload = JSON.parse(raw.toString()) as Payload;
    expect(loadDescription().schemaError("EventNotification", payload)).toBeUndefined();
    const status = statuses[Math.min(received.length, statuses.length - 1)] ?? 200;
    received.push({ headers: request.headers, raw, events: payload.events });
    if (status === 0) request.socket.destroy();
    else response.writeHead(status).end("ignored");
  });
  return { url: `${url}/hook`, received, events: () => received.flatMap(({ events }) => events) };
}

function ruleFor(url: string, change: object = {}, target: object = {}) {
  return {
    name: "my-rule",
    eventTypes: ["b2:ObjectCreated:*"],
    isEnabled: true,
    objectNamePrefix: "",
    targetConfiguration: { targetType: "webhook", url, ...target },
    ...change,
  };
}

async function start(rules: readonly object[] = [], options: EmulatorOptions = {}, settings: object = {}) {
  const webhooks: WebhookOptions = { retryDelayMillis: 0, ...options.webhooks };
  const b2 = await startForTest({ minimumPartSizeBytes: 5, ...options, webhooks });
  const { bucketId } = await b2.createBucket("my-bucket", settings);
  await b2.call("b2_set_bucket_notification_rules", { bucketId, eventNotificationRules: rules });
  return { b2, bucketId, settled: () => b2.emulator.deliveries.settled() };
}

test("rules are kept, in the order of their names, and replaced as a whole", async () => {
  const { b2, bucketId } = await start();
  const names = ["second", "first-rule"].map((name) => ({
    ...ruleFor("https://example.com/hook", { name, objectNamePrefix: `${name}/` }),
    isSuspended: true,
    suspensionReason: "as read",
  }));
  const answer = await b2.call("b2_set_bucket_notification_rules", {
    bucketId,
    eventNotificationRules: names,
  });
  expect(answer.eventNotificationRules).toEqual(
    ["first-rule", "second"].map((name) => ({
      ...ruleFor("https://example.com/hook", { name, objectNamePrefix: `${name}/` }),
      maxEventsPerBatch: 1,
      isSuspended: false,
      suspensionReason: "",
    })),
  );
  expect(await b2.call("b2_get_bucket_notification_rules", { bucketId })).toEqual(answer);
  await b2.call("b2_set_bucket_notification_rules", { bucketId, eventNotificationRules: [] });
  const url = `${b2.emulator.url}/b2api/v4/b2_get_bucket_notification_rules?bucketId=${bucketId}`;
  const response = await fetch(url, { headers: { authorization: b2.token } });
  expect(await response.json()).toEqual({ bucketId, eventNotificationRules: [] });
});

const example = (change: object = {}, target: object = {}) => ruleFor("https://example.com/", change, target);

test.each<[string, readonly object[], string]>([
  ["no event type", [example({ eventTypes: [] })], "event_types_empty"],
  ["an unknown event type", [example({ eventTypes: ["b2:ObjectCreated:Hide"] })], "event_type_invalid"],
  [
    "a wildcard beside a member",
    [example({ eventTypes: ["b2:ObjectCreated:*", "b2:ObjectCreated:Copy"] })],
    "event_type_overlap",
  ],
  [
    "two categories in a rule",
    [example({ eventTypes: ["b2:ObjectCreated:Copy", "b2:ObjectDeleted:Delete"] })],
    "event_type_categories",
  ],
  [
    "overlapping prefixes for one type",
    [
      example({ objectNamePrefix: "a/" }),
      example({ name: "other-rule", objectNamePrefix: "a/b", eventTypes: ["b2:ObjectCreated:Copy"] }),
    ],
    "event_type_overlap",
  ],
  [
    "two rules of one name",
    [example({ objectNamePrefix: "a" }), example({ objectNamePrefix: "b" })],
    "bad_request",
  ],
  ["a short name", [example({ name: "short" })], "bad_request"],
  ["a reserved name", [example({ name: "b2-rule" })], "bad_request"],
  ["no prefix", [example({ objectNamePrefix: undefined })], "bad_request"],
  ["51 events a batch", [example({ maxEventsPerBatch: 51 })], "bad_request"],
  ["a URL without encryption", [ruleFor("http://example.com/")], "bad_request"],
  ["a short secret", [example({}, { hmacSha256SigningSecret: "secret" })], "bad_request"],
  ["a reserved header", [example({}, { customHeaders: [{ name: "X-Bz-Mine", value: "" }] })], "bad_request"],
  [
    "a header twice",
    [example({}, { customHeaders: ["a", "A"].map((name) => ({ name, value: "" })) })],
    "bad_request",
  ],
  ["long headers", [example({}, { customHeaders: [{ name: "a", value: "x".repeat(2045) }] })], "bad_request"],
  [
    "26 rules",
    Array.from({ length: 26 }, (_, index) =>
      example({ name: `rule-${10 + index}`, objectNamePrefix: `${index}/` }),
    ),
    "bad_request",
  ],
])("%s: refused with a code of its own or bad_request", async (_, eventNotificationRules, code) => {
  const { b2, bucketId } = await start();
  const request = { bucketId, eventNotificationRules };
  expect(await b2.fail("b2_set_bucket_notification_rules", request)).toMatchObject({ status: 400, code });
});

test("different types with one prefix, and one type with different prefixes, are separate", async () => {
  const { b2, bucketId } = await start();
  const eventNotificationRules = [
    example({ objectNamePrefix: "a/" }),
    example({ name: "other-rule", objectNamePrefix: "b/" }),
    example({ name: "third-rule", eventTypes: ["b2:ObjectDeleted:*"] }),
  ];
  await b2.call("b2_set_bucket_notification_rules", { bucketId, eventNotificationRules });
});

test("every kind of change is posted with what happened to which version", async () => {
  const hook = await receiver(200);
  const rules = ["ObjectCreated", "ObjectDeleted", "HideMarkerCreated"].map((category) =>
    ruleFor(hook.url, { name: `on-${category}`, eventTypes: [`b2:${category}:*`] }),
  );
  const { b2, bucketId, settled } = await start(rules);
  const before = b2.emulator.clock.now();
  const file = await b2.upload(bucketId, "a", "content");
  const copy = await b2.call("b2_copy_file", { sourceFileId: file.fileId, fileName: "b" });
  const { fileId, partSha1Array } = await b2.uploadParts(bucketId, "large", ["first"]);
  await b2.call("b2_finish_large_file", { fileId, partSha1Array });
  const marker = await b2.call("b2_hide_file", { bucketId, fileName: "b" });
  await b2.call("b2_delete_file_version", { fileName: "a", fileId: file.fileId });
  await settled();
  const events = hook.events();
  const shown = events.map(({ eventType, matchedRuleName, objectName, objectSize, objectVersionId }) =>
    [eventType, matchedRuleName, objectName, objectSize, objectVersionId].join(" "),
  );
  expect(shown.sort()).toEqual(
    [
      `b2:ObjectCreated:Upload on-ObjectCreated a 7 ${file.fileId}`,
      `b2:ObjectCreated:Copy on-ObjectCreated b 7 ${copy.fileId}`,
      `b2:ObjectCreated:MultipartUpload on-ObjectCreated large 5 ${fileId}`,
      `b2:HideMarkerCreated:Hide on-HideMarkerCreated b 0 ${marker.fileId}`,
      `b2:ObjectDeleted:Delete on-ObjectDeleted a 7 ${file.fileId}`,
    ].sort(),
  );
  expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(5);
  const { accountId } = b2.emulator;
  for (const event of events) {
    expect(event).toMatchObject({ accountId, bucketId, bucketName: "my-bucket", eventVersion: 1 });
    expect(event.eventTimestamp).toBeGreaterThanOrEqual(before);
  }
});

test("lifecycle rules report the time at which they act", async () => {
  const hook = await receiver(200);
  const rules = [
    ruleFor(hook.url, { name: "on-hiding", eventTypes: ["b2:HideMarkerCreated:LifecycleRule"] }),
    ruleFor(hook.url, { name: "on-deletion", eventTypes: ["b2:ObjectDeleted:LifecycleRule"] }),
  ];
  const lifecycle = { fileNamePrefix: "", daysFromUploadingToHiding: 1, daysFromHidingToDeleting: 2 };
  const { b2, bucketId, settled } = await start(rules, {}, { lifecycleRules: [lifecycle] });
  const { uploadTimestamp } = await b2.upload(bucketId, "a", "content");
  b2.emulator.clock.advance(10 * day);
  await settled();
  const shown = hook
    .events()
    .map(({ eventType, objectSize, eventTimestamp }) => [
      eventType,
      objectSize,
      eventTimestamp - uploadTimestamp,
    ]);
  expect(shown.sort()).toEqual([
    ["b2:HideMarkerCreated:LifecycleRule", 0, day],
    ["b2:ObjectDeleted:LifecycleRule", 0, 3 * day],
    ["b2:ObjectDeleted:LifecycleRule", 7, 3 * day],
  ]);
});

test("only enabled rules, their prefix and their event types report", async () => {
  const hook = await receiver(200);
  const rules = [
    ruleFor(hook.url, { objectNamePrefix: "in/", eventTypes: ["b2:ObjectCreated:Copy"] }),
    ruleFor(hook.url, { name: "disabled", isEnabled: false, eventTypes: ["b2:ObjectCreated:Upload"] }),
  ];
  const { b2, bucketId, settled } = await start(rules);
  const { fileId: sourceFileId } = await b2.upload(bucketId, "in/a");
  await b2.call("b2_copy_file", { sourceFileId, fileName: "out/b" });
  await b2.call("b2_copy_file", { sourceFileId, fileName: "in/b" });
  await settled();
  expect(hook.events().map(({ objectName }) => objectName)).toEqual(["in/b"]);
});

test("requests carry the custom headers and a signature of the raw body", async () => {
  const hook = await receiver(200);
  const hmacSha256SigningSecret = "0123456789abcdefghijABCDEFGHIJ01";
  const customHeaders = [{ name: "X-Team", value: "storage" }];
  const { b2, bucketId, settled } = await start([
    ruleFor(hook.url, {}, { customHeaders, hmacSha256SigningSecret }),
  ]);
  await b2.upload(bucketId, "é");
  await settled();
  const [request] = hook.received;
  const digest = createHmac("sha256", hmacSha256SigningSecret)
    .update(request?.raw ?? "")
    .digest("hex");
  expect(request?.headers).toMatchObject({
    "x-bz-event-notification-signature": `v1=${digest}`,
    "x-team": "storage",
    "content-type": "application/json",
  });
});

test("a rule without a secret is not signed", async () => {
  const hook = await receiver(200);
  const { b2, bucketId, settled } = await start([ruleFor(hook.url)]);
  await b2.upload(bucketId, "a");
  await settled();
  expect(hook.received[0]?.headers).not.toHaveProperty("x-bz-event-notification-signature");
});

test("events that wait are posted together, at most so many as the rule allows", async () => {
  const hook = await receiver(200);
  const rule = ruleFor(hook.url, {
    eventTypes: ["b2:HideMarkerCreated:LifecycleRule"],
    maxEventsPerBatch: 3,
  });
  const lifecycle = { fileNamePrefix: "", daysFromUploadingToHiding: 1 };
  const { b2, bucketId, settled } = await start([rule], {}, { lifecycleRules: [lifecycle] });
  for (const name of ["a", "b", "c", "d", "e"]) await b2.upload(bucketId, name);
  b2.emulator.clock.advance(2 * day);
  await settled();
  expect(hook.received.map(({ events }) => events.length)).toEqual([3, 2]);
});

test("a batch is posted again, the same events, until the receiver answers 200", async () => {
  const hook = await receiver(500, 0, 204, 200);
  const { b2, bucketId, settled } = await start([ruleFor(hook.url)]);
  await b2.upload(bucketId, "a");
  await settled();
  expect(hook.received).toHaveLength(4);
  expect(new Set(hook.received.map(({ raw }) => raw.toString())).size).toBe(1);
  expect(b2.emulator.deliveries.list).toMatchObject([
    { bucketId, ruleName: "my-rule", url: hook.url, attempts: 4, status: 200, outcome: "delivered" },
  ]);
});

test("a rule whose receiver keeps failing is suspended until the rules are set again", async () => {
  const hook = await receiver(500, 500, 200);
  const { b2, bucketId, settled } = await start([ruleFor(hook.url)], { webhooks: { attempts: 2 } });
  await b2.upload(bucketId, "a");
  await settled();
  expect(b2.emulator.deliveries.list).toMatchObject([{ attempts: 2, status: 500, outcome: "failed" }]);
  const read = await b2.call("b2_get_bucket_notification_rules", { bucketId });
  expect(read.eventNotificationRules).toMatchObject([{ isEnabled: true, isSuspended: true }]);
  expect(read.eventNotificationRules[0]?.suspensionReason).toMatch(/failed 2 times/);
  await b2.upload(bucketId, "b");
  await settled();
  expect(hook.received).toHaveLength(2);
  const { eventNotificationRules } = read;
  await b2.call("b2_set_bucket_notification_rules", { bucketId, eventNotificationRules });
  await b2.upload(bucketId, "c");
  await settled();
  expect(hook.received).toHaveLength(3);
});

test("a receiver that does not answer in time has failed", async () => {
  const url = await serverForTest(() => {});
  const webhooks = { attempts: 1, timeoutMillis: 1 };
  const { b2, bucketId, settled } = await start([ruleFor(url)], { webhooks });
  await b2.upload(bucketId, "a");
  await settled();
  expect(b2.emulator.deliveries.list).toMatchObject([{ attempts: 1, status: undefined, outcome: "failed" }]);
});

test("other machines receive nothing unless that is allowed", async () => {
  const { b2, bucketId, settled } = await start([ruleFor("https://example.com/hook")]);
  await b2.upload(bucketId, "a");
  await settled();
  expect(b2.emulator.deliveries.list).toMatchObject([{ attempts: 0, outcome: "refused" }]);
  const { eventNotificationRules } = await b2.call("b2_get_bucket_notification_rules", { bucketId });
  expect(eventNotificationRules).toMatchObject([{ isSuspended: false }]);
});

test("closing the emulator drops what is not delivered yet", async () => {
  const asked = new EventEmitter();
  const url = await serverForTest((request) => asked.emit("request", request));
  const { b2, bucketId } = await start([ruleFor(url)], { webhooks: { timeoutMillis: 60_000 } });
  const first = once(asked, "request");
  await b2.upload(bucketId, "a");
  await b2.upload(bucketId, "b");
  await first;
  await b2.emulator.close();
  expect(b2.emulator.deliveries.list.map(({ outcome }) => outcome)).toContain("dropped");
});

test("rules need the capabilities for them", async () => {
  const { b2, bucketId } = await start();
  const { accountId } = b2.emulator;
  const key = { accountId, keyName: "reader", capabilities: ["readBucketNotifications"] };
  const { applicationKeyId, applicationKey } = await b2.call("b2_create_key", key);
  const reader = await PlainClient.authorize(b2.emulator, applicationKeyId, applicationKey);
  await reader.call("b2_get_bucket_notification_rules", { bucketId });
  const request = { bucketId, eventNotificationRules: [] };
  expect(await reader.fail("b2_set_bucket_notification_rules", request)).toMatchObject({
    code: "unauthorized",
  });
  const unknown = { bucketId: "0123456789abcdef01234567" };
  expect(await b2.fail("b2_get_bucket_notification_rules", unknown)).toMatchObject({ code: "bad_bucket_id" });
});
