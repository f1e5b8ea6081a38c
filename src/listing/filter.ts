import { parseWildcard, type Wildcard } from "./wildcard.ts";

/**
 * Shows or leaves out names of a listing by a pattern of `*`, `?`, `[…]` and `[!…]` over the full name; case counts
 * and `*` crosses `/`.
 *
 * Of several filters the last one that matches decides. Names that none matches are shown, unless all filters
 * include.
 *
 * @example
 * // Everything but temporary files; of those, what lies in keep/.
 * bucket.ls("", { recursive: true, filters: [Filter.exclude("*.tmp"), Filter.include("keep/*")] });
 */
export class Filter {
  /** Whether names that match are shown or left out. */
  readonly type: "include" | "exclude";
  /** The pattern as it was given. */
  readonly pattern: string;
  readonly #wildcard: Wildcard;

  private constructor(type: "include" | "exclude", pattern: string) {
    this.type = type;
    this.pattern = pattern;
    this.#wildcard = parseWildcard(pattern);
  }

  /** Shows the names that a pattern matches. */
  static include(pattern: string): Filter {
    return new Filter("include", pattern);
  }

  /** Leaves out the names that a pattern matches. */
  static exclude(pattern: string): Filter {
    return new Filter("exclude", pattern);
  }

  /** What every name begins with that the pattern matches. */
  get prefix(): string {
    return this.#wildcard.prefix;
  }

  /** Tells whether the pattern matches a full name. */
  matches(name: string): boolean {
    return this.#wildcard.matches(name);
  }
}

/** Tells whether filters show a name. */
export function isShown(filters: readonly Filter[], name: string): boolean {
  const decisive = filters.findLast((filter) => filter.matches(name));
  return decisive === undefined ? !onlyInclude(filters) : decisive.type === "include";
}

/** Gives what every shown name begins with, as far as the patterns tell. */
export function shownPrefix(filters: readonly Filter[]): string {
  return onlyInclude(filters) ? filters.map(({ prefix }) => prefix).reduce(sharedPrefix) : "";
}

function onlyInclude(filters: readonly Filter[]): boolean {
  return filters.length > 0 && filters.every(({ type }) => type === "include");
}

function sharedPrefix(left: string, right: string): string {
  const others = [...right];
  const characters = [...left];
  const end = characters.findIndex((character, index) => character !== others[index]);
  return end === -1 ? left : characters.slice(0, end).join("");
}
