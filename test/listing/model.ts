import type { Filter } from "../../src/listing/filter.ts";
import type { LsOptions } from "../../src/listing/ls.ts";
import type { FileVersionFields } from "../../src/listing/pages.ts";
import { matchesNaively } from "./naive-wildcard.ts";

/** What a listing should show, computed the slow way: names and ids; folders have no id. */
export function listModel(
  versions: readonly FileVersionFields[],
  path: string,
  options: LsOptions,
): Array<readonly [fileName: string, fileId: string | null]> {
  const { recursive = false, latestOnly = true, withWildcard = false, filters = [] } = options;
  const seen = latestOnly ? newest(versions) : versions;
  const shown = seen.filter(({ fileName }) => passes(filters, fileName));
  const line = ({ fileName, fileId }: FileVersionFields) => [fileName, fileId] as const;
  if (withWildcard) {
    return shown.filter(({ fileName }) => matchesNaively(path, fileName)).map(line);
  }
  const level = path === "" || path.endsWith("/") ? path : `${path}/`;
  const own = level === path ? [] : shown.filter(({ fileName }) => fileName === path);
  const below = shown.filter(({ fileName }) => fileName.startsWith(level));
  return [...own.map(line), ...(recursive ? below.map(line) : fold(below, level))];
}

function newest(versions: readonly FileVersionFields[]): FileVersionFields[] {
  const finished = versions.filter(({ action }) => action !== "start");
  const first = finished.filter(
    ({ fileName }, index) => finished.findIndex((other) => other.fileName === fileName) === index,
  );
  return first.filter(({ action }) => action === "upload");
}

function passes(filters: readonly Filter[], name: string): boolean {
  const isAllInclude = filters.length > 0 && filters.every(({ type }) => type === "include");
  let isShown = !isAllInclude;
  for (const { type, pattern } of filters) {
    if (matchesNaively(pattern, name)) {
      isShown = type === "include";
    }
  }
  return isShown;
}

function fold(versions: readonly FileVersionFields[], level: string) {
  const lines = new Map<string, readonly [string, string | null]>();
  for (const { fileName, fileId } of versions) {
    const [first = "", ...rest] = fileName.slice(level.length).split("/");
    const line = rest.length === 0 ? ([fileName, fileId] as const) : ([`${level}${first}/`, null] as const);
    lines.set(line.join(" "), line);
  }
  return [...lines.values()];
}
