import { isDeepStrictEqual } from "node:util";
import type { components } from "../generated/schema.ts";
import { sha1Of } from "./file-tree.ts";
import { bytesOf, type Content } from "./soak-content.ts";

type Schemas = components["schemas"];

/** A file version, as it is and as it should be. */
export interface Version {
  readonly fileName: string;
  readonly action: Schemas["FileVersion"]["action"];
  /** What a download must give; undefined for hide markers and unfinished files. */
  readonly sha1: string | undefined;
  readonly retention: Schemas["ReadableFileRetention"]["value"];
  readonly legalHold: Schemas["ReadableLegalHold"]["value"];
}

/** A file version as the model knows it: with its content, which a comparison leaves out for its SHA-1. */
export interface KnownVersion extends Version {
  readonly content: Content;
}

/** The content of each part of an unfinished large file by its number. */
export type KnownParts = ReadonlyMap<number, Content>;

/** What one worker owns, as the emulator shows it. IDs are keys of maps. */
export interface Shown {
  readonly versions: ReadonlyMap<string, Version>;
  /** Digests of the parts of each unfinished large file by their numbers. */
  readonly parts: ReadonlyMap<string, ReadonlyMap<number, string>>;
  readonly bucketInfo: Readonly<Record<string, string>>;
  /** Names of application keys. */
  readonly keys: ReadonlyMap<string, string>;
  /** Names of buckets beside the worker's own. */
  readonly buckets: ReadonlyMap<string, string>;
}

/** What one worker should own. The emulator chooses IDs, so what was not acknowledged has a placeholder. */
export interface State extends Omit<Shown, "versions" | "parts"> {
  readonly versions: ReadonlyMap<string, KnownVersion>;
  readonly parts: ReadonlyMap<string, KnownParts>;
}

/** What a worker owns before its first request. */
export const emptyState: State = {
  versions: new Map(),
  parts: new Map(),
  bucketInfo: {},
  keys: new Map(),
  buckets: new Map(),
};

const withoutLock = { retention: { mode: null, retainUntilTimestamp: null }, legalHold: null };

/** A hide marker; it has no lock settings at all. */
export function markerOf(fileName: string): KnownVersion {
  return { fileName, action: "hide", sha1: undefined, retention: null, legalHold: null, content: [] };
}

/** A large file that was started. */
export function unfinishedOf(fileName: string): KnownVersion {
  return { fileName, action: "start", sha1: undefined, ...withoutLock, content: [] };
}

/** A stored file. */
export function storedOf(fileName: string, content: Content): KnownVersion {
  return { fileName, action: "upload", sha1: sha1Of(bytesOf(content)), ...withoutLock, content };
}

/** Counts the files of the contents folder that a state needs: copies share them. */
export function filesOf({ versions, parts }: State): number {
  const contents = [
    ...[...versions.values()].map(({ content }) => content),
    ...[...parts.values()].flatMap((known) => [...known.values()]),
  ];
  return new Set(contents.flat().map(({ sent }) => sent)).size;
}

/** What the emulator should show of a state. */
export function shownOf({ versions, parts, ...others }: State): Shown {
  const withoutContent = ({ content: _, ...version }: KnownVersion): Version => version;
  const digestsOf = (known: KnownParts) => mapped(known, (content) => sha1Of(bytesOf(content)));
  return { ...others, versions: mapped(versions, withoutContent), parts: mapped(parts, digestsOf) };
}

/** Stands for an ID that was never answered. */
export const unknownId = "?";

/** The one ID that is there and was not acknowledged: that of what was interrupted. */
export function newIdIn(actual: Shown, before: Shown): string {
  const known = new Set(idsIn(before));
  return idsIn(actual).find((id) => !known.has(id)) ?? unknownId;
}

const idsIn = ({ versions, keys, buckets }: Shown) => [...versions.keys(), ...keys.keys(), ...buckets.keys()];

/** Tells whether the same is there, in whatever order. */
export function isSame(left: Shown, right: Shown): boolean {
  return isDeepStrictEqual(left, right);
}

/** Writes down what is there, for an error message. */
export function describe(shown: Shown): string {
  return JSON.stringify(
    shown,
    (_, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value),
    1,
  );
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

function mapped<Key, Value, Other>(map: ReadonlyMap<Key, Value>, change: (value: Value) => Other) {
  return new Map([...map].map(([key, value]) => [key, change(value)] as const));
}
