import type { OperationId } from "../../generated/operations.ts";
import type { Handler } from "./call.ts";
import type { Description } from "./description.ts";
import { findBucket } from "./lookup.ts";
import { badRequest, Refusal } from "./refusal.ts";
import { isOnThisMachine } from "./webhooks.ts";
import type { Schemas } from "./wire.ts";

type Rule = Schemas["EventNotificationRule"];
type RuleRequest = Schemas["EventNotificationRuleRequest"];

const mostHeaderBytes = 2048;

export const getNotificationRules: Handler<"b2_get_bucket_notification_rules"> = (call) => {
  const { bucketId, notificationRules } = findBucket(call, call.body.bucketId);
  return { bucketId, eventNotificationRules: [...notificationRules] };
};

export const setNotificationRules: Handler<"b2_set_bucket_notification_rules"> = (call) => {
  const bucket = findBucket(call, call.body.bucketId);
  const notificationRules = call.body.eventNotificationRules.map(ruleOf).sort(byName);
  checkRules(notificationRules);
  call.service.store.commit(["bucket", bucket.bucketId, { ...bucket, notificationRules }]);
  return { bucketId: bucket.bucketId, eventNotificationRules: notificationRules };
};

const byName = (left: Rule, right: Rule) => (left.name < right.name ? -1 : 1);

/** Takes a rule over. Setting rules starts afresh: a suspension that the request repeats is not kept. */
function ruleOf({ targetConfiguration, ...rule }: RuleRequest): Rule {
  const { customHeaders, hmacSha256SigningSecret, maxEventsPerBatch, ...target } = targetConfiguration;
  return {
    ...rule,
    maxEventsPerBatch: rule.maxEventsPerBatch ?? maxEventsPerBatch ?? 1,
    targetConfiguration: {
      ...target,
      ...(customHeaders && { customHeaders }),
      ...(hmacSha256SigningSecret && { hmacSha256SigningSecret }),
    },
    isSuspended: false,
    suspensionReason: "",
  };
}

function checkRules(rules: readonly Rule[]): void {
  for (const [index, rule] of rules.entries()) {
    checkEventTypes(rule);
    if (!URL.canParse(rule.targetConfiguration.url)) throw badRequest(`Rule ${rule.name} has no legal URL`);
    checkHeaders(rule.targetConfiguration.customHeaders ?? []);
    for (const other of rules.slice(index + 1)) {
      if (other.name === rule.name) throw badRequest(`Two rules have the name ${rule.name}`);
      if (overlap(rule, other))
        throw overlapping(`Rules ${rule.name} and ${other.name} cover the same events`);
    }
  }
}

const overlapping = (message: string) => new Refusal(400, "event_type_overlap", message);

/** Event types of one rule are of one category, and none comes twice. */
function checkEventTypes({ name, eventTypes }: Rule): void {
  if (new Set(eventTypes.map(categoryOf)).size > 1) {
    throw new Refusal(400, "event_type_categories", `Rule ${name} mixes event types of several categories`);
  }
  const hasWildcard = eventTypes.some((type) => type.endsWith(":*"));
  if (new Set(eventTypes).size < eventTypes.length || (hasWildcard && eventTypes.length > 1)) {
    throw overlapping(`Rule ${name} asks for the same event type twice`);
  }
}

const categoryOf = (eventType: string) => eventType.slice(0, eventType.lastIndexOf(":"));

function overlap(left: Rule, right: Rule): boolean {
  return (
    (left.objectNamePrefix.startsWith(right.objectNamePrefix) ||
      right.objectNamePrefix.startsWith(left.objectNamePrefix)) &&
    left.eventTypes.some((type) => right.eventTypes.some((other) => meet(type, other)))
  );
}

function meet(left: string, right: string): boolean {
  if (categoryOf(left) !== categoryOf(right)) return false;
  return left === right || left.endsWith(":*") || right.endsWith(":*");
}

function checkHeaders(headers: readonly Schemas["WebhookHeader"][]): void {
  const names = headers.map(({ name }) => name.toLowerCase());
  const repeated = names.find((name, index) => names.indexOf(name) < index);
  if (repeated !== undefined) throw badRequest(`Two custom headers have the name ${repeated}`);
  for (const { name, value } of headers) {
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || /^x-bz-/i.test(name)) {
      throw badRequest(`A custom header must not have the name ${name}`);
    }
    if (!/^[\x20-\x7e]*$/.test(value)) throw badRequest(`The custom header ${name} has an illegal value`);
  }
  const bytes = headers.reduce(
    (sum, { name, value }) => sum + encodeURIComponent(name).length + encodeURIComponent(value).length + 3,
    0,
  );
  if (bytes > mostHeaderBytes)
    throw badRequest(`The custom headers have ${bytes} bytes, over ${mostHeaderBytes}`);
}

/**
 * Refuses event types with the codes that the service has for them, before the description would answer
 * `bad_request`, and shows `http:` URLs on this machine to it as `https:`: the service takes none, but receivers in
 * tests seldom have a certificate.
 *
 * @returns the request as the description is to check it.
 */
export function asDescribed(
  id: OperationId,
  fields: Readonly<Record<string, unknown>>,
  description: Description,
): Readonly<Record<string, unknown>> {
  const { eventNotificationRules: rules } = fields;
  if (id !== "b2_set_bucket_notification_rules" || !Array.isArray(rules)) return fields;
  const knownTypes = description.vocabulary("EventType");
  for (const rule of rules) checkKnownTypes(rule?.eventTypes, knownTypes);
  return { ...fields, eventNotificationRules: rules.map(withSecureUrl) };
}

function checkKnownTypes(types: unknown, knownTypes: readonly string[]): void {
  if (!Array.isArray(types)) return;
  if (types.length === 0) throw new Refusal(400, "event_types_empty", "A rule needs an event type");
  const unknown = types.find((type) => !knownTypes.includes(type));
  if (unknown !== undefined)
    throw new Refusal(400, "event_type_invalid", `There is no event type ${unknown}`);
}

function withSecureUrl(rule: unknown): unknown {
  const { targetConfiguration } = (rule ?? {}) as { targetConfiguration?: { url?: unknown } };
  const url = targetConfiguration?.url;
  if (typeof url !== "string" || !URL.canParse(url) || !isOnThisMachine(url)) return rule;
  const secure = url.replace(/^http:/i, "https:");
  return { ...(rule as object), targetConfiguration: { ...targetConfiguration, url: secure } };
}
