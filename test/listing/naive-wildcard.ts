/** Matches by trying everything, in the words of the definition of fnmatch. */
export function matchesNaively(pattern: string, name: string): boolean {
  return matches([...pattern], [...name]);
}

function matches(pattern: readonly string[], name: readonly string[]): boolean {
  const [token, ...others] = pattern;
  const [character, ...rest] = name;
  if (token === undefined) {
    return character === undefined;
  }
  if (token === "*") {
    return matches(others, name) || (character !== undefined && matches(pattern, rest));
  }
  if (character === undefined) {
    return false;
  }
  if (token === "?") {
    return matches(others, rest);
  }
  const set = token === "[" ? readSet(others) : undefined;
  if (set !== undefined) {
    const { body, length } = set;
    const isOutside = body[0] === "!";
    return (
      holds(isOutside ? body.slice(1) : body, character) !== isOutside && matches(others.slice(length), rest)
    );
  }
  return token === character && matches(others, rest);
}

/** Reads a set up to its closing bracket; one at the very beginning belongs to the set. */
function readSet(pattern: readonly string[]) {
  const first = pattern[0] === "!" ? 2 : 1;
  const end = pattern.indexOf("]", first);
  return end === -1 ? undefined : { body: pattern.slice(0, end), length: end + 1 };
}

function holds([from, hyphen, to, ...others]: readonly string[], character: string): boolean {
  if (from === undefined) {
    return false;
  }
  if (hyphen === "-" && to !== undefined) {
    const [low, code, high] = [from, character, to].map((each) => each.codePointAt(0) ?? 0);
    return (Number(low) <= Number(code) && Number(code) <= Number(high)) || holds(others, character);
  }
  return (
    from === character ||
    holds(
      [hyphen, to, ...others].filter((each) => each !== undefined),
      character,
    )
  );
}
