import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { parse } from "yaml";

/** Property names of each schema of the description. */
function schemaProperties(): Map<string, Set<string>> {
  const description = parse(readFileSync("spec/b2-native-api.yaml", "utf8"));
  const schemas = Object.entries<{ properties?: object }>(description.components.schemas);
  return new Map(schemas.map(([name, { properties = {} }]) => [name, new Set(Object.keys(properties))]));
}

/** Member names of each interface and object type that a source file declares. */
function declaredTypes(path: string): Array<{ place: string; members: string[] }> {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const found: Array<{ place: string; members: string[] }> = [];
  const visit = (node: ts.Node): void => {
    if (ts.isInterfaceDeclaration(node) || ts.isTypeLiteralNode(node)) {
      const members = node.members.filter(ts.isPropertySignature).map(({ name }) => name.getText());
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push({ place: `${path}:${line + 1}`, members });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test("no type in src repeats three fields of a structure of the description", () => {
  const schemas = schemaProperties();
  expect(schemas.get("FileVersion")).toContain("contentSha1");
  const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const repeated = sources
    .flatMap((file) => declaredTypes(join("src", file)))
    .flatMap(({ place, members }) =>
      [...schemas]
        .filter(([, properties]) => members.filter((member) => properties.has(member)).length >= 3)
        .map(([schema]) => `${place} repeats ${schema}`),
    );
  expect(repeated).toEqual([]);
});
