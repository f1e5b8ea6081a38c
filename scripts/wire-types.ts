import openapiTS, { astToString, type OpenAPI3, type OpenAPITSOptions } from "openapi-typescript";
import ts from "typescript";
import {
  type Description,
  findReference,
  isReference,
  listOperations,
  listWebhooks,
  type Response,
  resolve,
  type Schema,
} from "./description.ts";
import { walkNodes } from "./description-nodes.ts";

const { factory } = ts;

/** Marks the part of an open vocabulary that stands for values that nobody knows yet. */
const anyOtherString = "x-b2-any-other-string";

/** Comment lines are broken where they get longer than this. */
const commentColumns = 100;

const bodyTypes = `
/**
 * File contents to send. Blobs and streams are read while they are sent, so memory does not grow with their
 * size; a stream says nothing about its length, so give it with the \`Content-Length\` header.
 */
export type BinaryBody = Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** File contents as they arrive. */
export type BinaryContent = ReadableStream<Uint8Array>;
`;

/** Writes the TypeScript types of everything on the wire, without a banner. */
export async function writeWireTypes(description: Description): Promise<string> {
  const nodes = await openapiTS(prepare(description) as unknown as OpenAPI3, options);
  const titles = titlesOf(description);
  for (const node of nodes) {
    rewriteComments(node);
    documentNames(node, titles);
  }
  return `${bodyTypes}\n${astToString(nodes).trimEnd()}\n`;
}

/** Words for the names that openapi-typescript makes up itself. */
const ownNames: Readonly<Record<string, string>> = {
  paths: "The calls of the service by path: their parameters, bodies and answers.",
  webhooks: "The calls that the service makes to its customers.",
  components: "What several calls share.",
  "components.schemas": "The structures of requests and answers by name.",
  "components.responses": "Answers of several calls.",
  "components.parameters": "Parameters of several calls.",
  "components.requestBodies": "Bodies of several requests.",
  "components.headers": "Header fields of several answers.",
  "components.pathItems": "Paths that others refer to.",
  operations: "The calls of the service by name.",
};

/** Comments the interfaces at the top and their members, so that editors show words for them too. */
function documentNames(node: ts.Node, titles: ReadonlyMap<string, string>): void {
  if (!ts.isInterfaceDeclaration(node)) return;
  addComment(node, ownNames[node.name.text]);
  for (const member of node.members) {
    const name = member.name && "text" in member.name ? member.name.text : "";
    addComment(member, titles.get(name) ?? ownNames[`${node.name.text}.${name}`]);
  }
}

function addComment(node: ts.Node, words: string | undefined): void {
  if (!words) return;
  ts.addSyntheticLeadingComment(node, ts.SyntaxKind.MultiLineCommentTrivia, `* ${words} `, true);
}

/** The summaries of operations and webhooks by path and by name. */
function titlesOf(description: Description): Map<string, string> {
  const titles = new Map<string, string>();
  for (const { path, operationId, operation } of [
    ...listOperations(description),
    ...listWebhooks(description),
  ]) {
    const title = `${operation.summary}.`;
    titles.set(operationId, title);
    titles.set(path, [titles.get(path), title].filter(Boolean).join(" "));
  }
  return titles;
}

const options: OpenAPITSOptions = {
  alphabetize: false,
  // A field with a default may still be left out of a request.
  defaultNonNullable: false,
  silent: true,
  transform: (schema, { path }) => {
    if (isBinary(schema))
      return factory.createTypeReferenceNode(isInRequest(path) ? "BinaryBody" : "BinaryContent");
    if (anyOtherString in schema) return stringWithCompletion();
    return undefined;
  },
};

function isBinary(schema: object): boolean {
  return "format" in schema && schema.format === "binary";
}

function isInRequest(path = ""): boolean {
  return path.includes("/requestBody/") || path.includes("/requestBodies/");
}

/** `(string & {})`: takes every string, yet does not swallow the literals beside it, so editors offer them. */
function stringWithCompletion(): ts.TypeNode {
  const string = factory.createKeywordTypeNode(ts.SyntaxKind.StringKeyword);
  const intersection = factory.createIntersectionTypeNode([string, factory.createTypeLiteralNode([])]);
  return factory.createParenthesizedType(intersection);
}

/** A copy of the description in which openapi-typescript finds what it would otherwise miss. */
function prepare(original: Description): Description {
  const description = structuredClone(original);
  for (const { kind, node } of walkNodes(description)) {
    if (kind === "schema" && node["x-b2-open-vocabulary"] === true) markOpenMember(node);
    if (kind === "property") inheritDescription(description, node);
  }
  for (const response of listResponses(description)) copyHeaders(description, response);
  return description;
}

function markOpenMember(schema: Schema): void {
  for (const member of schema.anyOf ?? [])
    if (member.type === "string" && !member.enum) member[anyOtherString] = true;
}

/** Gives a property that only points to a schema the schema's words, so that editors show them. */
function inheritDescription(description: Description, property: Schema): void {
  const target = findReference(property);
  if (property.description || !target) return;
  const inherited = resolve<Schema>(description, target).description;
  if (inherited) property.description = inherited;
}

function listResponses(description: Description): Response[] {
  const operations = [...listOperations(description), ...listWebhooks(description)];
  const inline = operations.flatMap(({ operation }) => Object.values(operation.responses ?? {}));
  const shared = Object.values(description.components?.responses ?? {});
  return [...inline, ...shared].filter((response): response is Response => !isReference(response));
}

/** Puts shared headers in place: openapi-typescript takes every header behind a reference for required. */
function copyHeaders(description: Description, response: Response): void {
  for (const [name, header] of Object.entries(response.headers ?? {})) {
    if (response.headers) response.headers[name] = resolve(description, header);
  }
}

function rewriteComments(node: ts.Node): void {
  const comments = ts.getSyntheticLeadingComments(node);
  for (const comment of comments ?? []) comment.text = plainComment(comment.text);
  ts.forEachChild(node, rewriteComments);
}

/**
 * Turns the comment of openapi-typescript, which puts everything after tags, into the usual form: the
 * description first and as text, broken into lines, then the tags.
 */
function plainComment(text: string): string {
  const lines = text.split("\n").map((line) => line.replace(/^\s*\*+ ?/, "").trimEnd());
  const description = lines.findIndex((line) => line.startsWith("@description "));
  const plain = description < 0 ? lines : liftDescription(lines, description);
  const wrapped = plain
    .filter((line, index) => line || (index > 0 && index < plain.length - 1))
    .flatMap(wrapLine);
  if (wrapped.length === 1) return `* ${wrapped[0]} `;
  return `*\n${wrapped.map((line) => (line ? ` * ${line}\n` : " *\n")).join("")} `;
}

function liftDescription(lines: string[], start: number): string[] {
  const tag = lines.findIndex((line, index) => index > start && line.startsWith("@"));
  const end = tag < 0 ? lines.length : tag;
  const words = lines
    .slice(start, end)
    .map((line) => line.replace(/^@description /, "").replace(/^ {4}/, ""));
  const title = lines.slice(0, start).filter((line) => line && !line.startsWith("Format: "));
  const format = lines.slice(0, start).filter((line) => line.startsWith("Format: "));
  const gap = title.length > 0 ? [""] : [];
  return [
    ...title,
    ...gap,
    ...joinParagraphs(words.join("\n").trim().split("\n")),
    ...format,
    ...lines.slice(end),
  ];
}

/** Joins the lines of each paragraph and list item, so that breaking them anew leaves no ragged lines. */
function joinParagraphs(lines: string[]): string[] {
  const joined: string[] = [];
  for (const line of lines) {
    const before = joined.at(-1);
    if (before && line && !/^\s*(?:[-*+|>#]|\d+\. |```)/.test(line))
      joined.push(`${joined.pop()} ${line.trim()}`);
    else joined.push(line);
  }
  return joined;
}

function wrapLine(line: string): string[] {
  if (line.length <= commentColumns || line.startsWith("@example")) return [line];
  const indent = /^\s*(?:[-*] )?/.exec(line)?.[0].length ?? 0;
  const space = line.lastIndexOf(" ", commentColumns);
  const end = space > indent ? space : line.indexOf(" ", commentColumns);
  if (end < 0) return [line];
  return [line.slice(0, end), ...wrapLine(" ".repeat(indent) + line.slice(end + 1))];
}
