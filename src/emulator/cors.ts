import type { IncomingMessage, ServerResponse } from "node:http";
import { badRequest, Refusal } from "./refusal.ts";
import { findRoute, type Route } from "./routes.ts";
import type { Store, StoredBucket } from "./store.ts";
import type { Schemas } from "./wire.ts";

type Rule = Schemas["CorsRule"];

/** A rule counts by the bytes of its strings. */
const mostRuleBytes = 1000;

/** Refuses rules that the description cannot express as wrong. */
export function checkCorsRules(rules: readonly Rule[]): void {
  const names = rules.map(({ corsRuleName }) => corsRuleName);
  const repeated = names.find((name, index) => names.indexOf(name) < index);
  if (repeated !== undefined) throw badRequest(`Two CORS rules have the name ${repeated}`);
  for (const rule of rules) checkRule(rule);
}

function checkRule(rule: Rule): void {
  const { corsRuleName: name, allowedOrigins, allowedOperations, allowedHeaders, exposeHeaders } = rule;
  const refuse = (reason: string) => badRequest(`The CORS rule ${name} ${reason}`);
  if (allowedOperations.length === 0) throw refuse("allows no operation");
  checkWildcards(allowedOrigins, refuse);
  checkWildcards(allowedHeaders ?? [], refuse);
  const origin = allowedOrigins.find((entry) => entry !== "*" && !isOriginPattern(entry));
  if (origin !== undefined) throw refuse(`has no legal origin: ${origin}`);
  const header = allowedHeaders?.find((entry) => !/^([\w!#$%&'+.^`|~-]+\*?|\*)$/.test(entry));
  if (header !== undefined) throw refuse(`has no legal header name: ${header}`);
  const exposed = exposeHeaders?.find((entry) => !/^[\w!#$%&'+.^`|~-]+$/.test(entry));
  if (exposed !== undefined) throw refuse(`exposes no legal header name: ${exposed}`);
  const bytes = Buffer.byteLength(
    [name, allowedOrigins, allowedOperations, allowedHeaders ?? [], exposeHeaders ?? []].flat().join(""),
  );
  if (bytes >= mostRuleBytes) throw refuse(`has ${bytes} bytes, at most ${mostRuleBytes - 1}`);
}

function checkWildcards(entries: readonly string[], refuse: (reason: string) => Refusal): void {
  if (entries.includes("*") && entries.length > 1) throw refuse("has * beside other entries");
}

/** An origin, with at most one `*` in its host or as its port; or a scheme, which stands for all its origins. */
function isOriginPattern(text: string): boolean {
  if (text.split("*").length > 2) return false;
  return (
    /^https?(:\/\/[A-Za-z0-9.*-]+(:(\d{1,5}|\*))?)?$/.test(text) ||
    /^https?:\/\/\[[0-9a-f:]+\](:\d+)?$/.test(text)
  );
}

/**
 * Adds the headers that let a browser's page of another origin read an answer, if a rule of the bucket allows it.
 * Without such a rule the call works, but the browser keeps the answer from the page.
 */
export function shareAnswer(
  store: Store,
  route: Route,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { origin } = request.headers;
  const rule = origin && ruleFor(store, route, origin, []);
  if (!rule) return;
  for (const [name, value] of originHeaders(rule, origin)) response.setHeader(name, value);
  if (rule.exposeHeaders?.length)
    response.setHeader("Access-Control-Expose-Headers", rule.exposeHeaders.join(", "));
}

/**
 * Answers a browser that asks whether it may make a request.
 *
 * @returns the status of the answer.
 * @throws Refusal 403 when no rule of the bucket allows it.
 */
export function answerPreflight(store: Store, request: IncomingMessage, response: ServerResponse): number {
  const { origin, "access-control-request-method": method = "" } = request.headers;
  const headers = (request.headers["access-control-request-headers"] ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
  const rule = origin && ruleFor(store, findRoute(method, request.url ?? ""), origin, headers);
  if (!rule) throw new Refusal(403, "access_denied", "No CORS rule of the bucket allows this request");
  for (const [name, value] of originHeaders(rule, origin)) response.setHeader(name, value);
  if (headers.length > 0) response.setHeader("Access-Control-Allow-Headers", headers.join(", "));
  response.setHeader("Access-Control-Allow-Methods", method);
  response.setHeader("Access-Control-Max-Age", String(rule.maxAgeSeconds));
  response.writeHead(200, { "Content-Length": 0 }).end();
  return 200;
}

function originHeaders({ allowedOrigins }: Rule, origin: string): [string, string][] {
  return allowedOrigins.includes("*")
    ? [["Access-Control-Allow-Origin", "*"]]
    : [
        ["Access-Control-Allow-Origin", origin],
        ["Vary", "Origin"],
      ];
}

/** The first rule of the bucket that allows a request. */
function ruleFor(store: Store, route: Route, origin: string, headers: readonly string[]): Rule | undefined {
  const operation = route.operation === "b2_head_file_by_name" ? "b2_download_file_by_name" : route.operation;
  return bucketOf(store, route)?.corsRules.find(
    (rule) =>
      rule.allowedOperations.some((allowed) => allowed === operation) &&
      rule.allowedOrigins.some((pattern) => matchesOrigin(pattern, origin)) &&
      headers.every((name) => (rule.allowedHeaders ?? []).some((pattern) => matchesHeader(pattern, name))),
  );
}

/** The bucket that a download or an upload is about, as far as the request line tells. */
function bucketOf(store: Store, { operation, path, query, bucketName }: Route): StoredBucket | undefined {
  switch (operation) {
    case "b2_download_file_by_name":
    case "b2_head_file_by_name":
      return store.bucketNamed(bucketName);
    case "b2_download_file_by_id":
      return bucketOfFile(store, query.get("fileId"));
    case "b2_upload_file":
      return store.buckets.get(path.split("/")[4] ?? "");
    case "b2_upload_part":
      return bucketOfFile(store, path.split("/")[4] ?? null);
    default:
      return undefined;
  }
}

function bucketOfFile(store: Store, fileId: string | null): StoredBucket | undefined {
  const version = fileId === null ? undefined : store.versions.get(fileId);
  return version && store.buckets.get(version.bucketId);
}

function matchesOrigin(pattern: string, origin: string): boolean {
  if (pattern === "http" || pattern === "https") return origin.startsWith(`${pattern}://`);
  return matches(pattern, origin.toLowerCase());
}

const matchesHeader = (pattern: string, name: string) => matches(pattern, name);

/** Compares with a pattern that has at most one `*`, without regard to case. */
function matches(pattern: string, text: string): boolean {
  const [start = "", end] = pattern.toLowerCase().split("*");
  if (end === undefined) return text === start;
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}
