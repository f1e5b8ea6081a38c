import { isDeepStrictEqual } from "node:util";
import type { components } from "../generated/schema.ts";

/** A file version as the model knows it. */
export type Version = Required<Pick<components["schemas"]["StoredFileVersion"], "fileName" | "action">> & {
  /** What a download must give; undefined for hide markers and unfinished files. */
  readonly sha1: string | undefined;
  /** How many files of the contents folder it needs. */
  readonly blobs: number;
};

/** Digests of the parts of an unfinished large file by number. */
export type Parts = ReadonlyMap<number, string>;

/** Everything that a worker owns. The emulator chooses file IDs, so what was not acknowledged has a placeholder. */
export interface State {
  readonly versions: ReadonlyMap<string, Version>;
  readonly parts: ReadonlyMap<string, Parts>;
  readonly bucketInfo: Readonly<Record<string, string>>;
  readonly keyNames: ReadonlySet<string>;
}

/** Stands for an ID that was never answered. */
export const unknownId = "?";

/** The one ID that is there and was not acknowledged: that of what was interrupted. */
export function newIdIn(actual: State, before: State): string {
  return [...actual.versions.keys()].find((fileId) => !before.versions.has(fileId)) ?? unknownId;
}

/** Tells whether two states hold the same, in whatever order. */
export function isSame(left: State, right: State): boolean {
  return isDeepStrictEqual(comparable(left), comparable(right));
}

/** Sets without their order; and without what only the model knows. */
function comparable({ versions, parts, bucketInfo, keyNames }: State) {
  const shown = [...versions].map(([id, { blobs: _, ...version }]) => [id, version] as const);
  return { versions: new Map(shown), parts: new Map(parts), bucketInfo: { ...bucketInfo }, keyNames };
}

/** Makes a state readable in an error message. */
export function show({ versions, parts, bucketInfo, keyNames }: State) {
  return {
    versions: [...versions],
    parts: [...parts].map(([id, digests]) => [id, [...digests]]),
    bucketInfo,
    keyNames: [...keyNames],
  };
}

/** Puts an entry into a copy of a map. */
export function withEntry<Key, Value>(
  map: ReadonlyMap<Key, Value>,
  key: Key,
  value: Value,
): ReadonlyMap<Key, Value> {
  return new Map([...map, [key, value]]);
}

/** Leaves an entry out of a copy of a map. */
export function without<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> {
  return new Map([...map].filter(([candidate]) => candidate !== key));
}
