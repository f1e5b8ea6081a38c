import { badRequest, Refusal } from "./refusal.ts";

/** A JSON request longer than this is refused: 10,000 SHA-1 digests take half a megabyte. */
const largestBytes = 16 << 20;

/**
 * Reads a JSON object; nothing at all counts as an empty one.
 *
 * @throws Refusal when it is something else, or too long.
 */
export async function readJson(content: AsyncIterable<Buffer>): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of content) {
    length += chunk.length;
    if (length > largestBytes) throw badRequest("The request is too long");
    chunks.push(chunk);
  }
  const value = parse(Buffer.concat(chunks).toString("utf8"));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw badRequest("The request is not a JSON object");
}

function parse(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "bad_json", "The request is not JSON");
  }
}
