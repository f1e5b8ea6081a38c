import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Document, parseDocument } from "yaml";
import { type Description, parseDescription } from "../../scripts/description.ts";

/** Where something stands in a description. */
export type Path = (string | number)[];

/** One edit of a description: sets a value, or removes what stands there. */
export type Edit = { set: Path; to: unknown } | { remove: Path };

const fixture = readFileSync(fileURLToPath(new URL("fixture.yaml", import.meta.url)), "utf8");

/** The small description beside this file, with edits. */
export function editFixture(edits: Edit[]): Description {
  return parseDescription(editText(fixture, edits), "fixture.yaml");
}

/**
 * Edits the text of a description.
 *
 * @throws Error when there is nothing to remove, so that a case cannot pass by missing its target.
 */
export function editText(text: string, edits: Edit[]): string {
  const document = parseDocument(text);
  for (const edit of edits) applyEdit(document, edit);
  return document.toString();
}

function applyEdit(document: Document, edit: Edit): void {
  if ("set" in edit) document.setIn(edit.set, document.createNode(edit.to));
  else if (!document.deleteIn(edit.remove)) throw new Error(`nothing to remove at ${edit.remove.join("/")}`);
}
