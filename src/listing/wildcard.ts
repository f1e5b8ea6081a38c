/** A pattern that names are matched against. */
export interface Wildcard {
  /** What every matching name begins with. */
  readonly prefix: string;
  /** Whether the prefix is the only name that matches. */
  readonly isLiteral: boolean;
  matches(name: string): boolean;
}

/** Runs of `*`, `?`, `[!set]`, `[set]`, or one character. A set holds a character at least, and may begin with `]`. */
const TOKEN = /(?<star>\*+)|(?<any>\?)|\[(?:!(?<not>.[^\]]*)|(?!!)(?<set>.[^\]]*))\]|(?<literal>.)/gsu;

/**
 * Reads a pattern as Python's `fnmatch.fnmatchcase` does: `*` stands for any characters, `/` included, `?` for one,
 * `[a-z]` for one of a set, `[!a-z]` for one outside it. Everything else stands for itself, case included; `[*]`
 * is how a star is written that stands for itself.
 */
export function parseWildcard(pattern: string): Wildcard {
  const segments = [""];
  let prefix = "";
  let isLiteral = true;
  for (const { groups = {} } of pattern.matchAll(TOKEN)) {
    const literal = groups.literal ?? (isSingle(groups.set) ? groups.set : undefined);
    isLiteral &&= literal !== undefined;
    prefix += isLiteral ? literal : "";
    if (groups.star !== undefined) {
      segments.push("");
    } else {
      segments.push(`${segments.pop()}${literal === undefined ? expressionOf(groups) : escaped(literal)}`);
    }
  }
  const expression = new RegExp(`^${joined(segments)}$`, "su");
  return { prefix, isLiteral, matches: (name) => expression.test(name) };
}

function isSingle(set: string | undefined): set is string {
  return set !== undefined && [...set].length === 1;
}

function expressionOf({ any, set, not }: Partial<Record<string, string>>): string {
  if (any !== undefined) {
    return ".";
  }
  const ranges = rangesOf(set ?? not ?? "");
  if (ranges === "") {
    return set === undefined ? "." : "(?!)"; // Only ranges such as z-a, which hold nothing.
  }
  return `[${set === undefined ? "^" : ""}${ranges}]`;
}

/** Writes a set: a hyphen between two characters makes a range, unless a range ends just before it. */
function rangesOf(set: string): string {
  const characters = [...set];
  let ranges = "";
  for (let at = 0; at < characters.length; at++) {
    const [from = "", hyphen, to] = characters.slice(at, at + 3);
    if (hyphen !== "-" || to === undefined) {
      ranges += escaped(from);
      continue;
    }
    at += 2;
    if (codeOf(from) <= codeOf(to)) {
      ranges += `${escaped(from)}-${escaped(to)}`;
    }
  }
  return ranges;
}

/**
 * Joins what stands between the stars. Each piece but the last is fixed at the first place where it fits (a
 * look-ahead is never tried again), so that many stars do not take exponential time.
 */
function joined([first = "", ...rest]: readonly string[]): string {
  const last = rest.pop();
  if (last === undefined) {
    return first;
  }
  return `${first}${rest.map((segment, index) => `(?=(.*?${segment}))\\${index + 1}`).join("")}.*${last}`;
}

function escaped(text: string): string {
  return [...text].map((character) => `\\u{${codeOf(character).toString(16)}}`).join("");
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
