/**
 * Compares two file names as the service does: by the bytes of their UTF-8 form.
 *
 * JavaScript orders strings by UTF-16 code units, which puts characters beyond U+FFFF (surrogate pairs) before
 * U+E000 to U+FFFF; in UTF-8 they come after. The order of code points is the order of UTF-8 bytes.
 */
export function compareNames(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Moves surrogates above the rest of the Basic Multilingual Plane. */
function rank(codeUnit: number): number {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff ? codeUnit + 0x10000 : codeUnit;
}

/** Finds the first position of `names` from `from` on that does not satisfy `before`; `names` is in order. */
function partition(names: readonly string[], from: number, before: (name: string) => boolean): number {
  let low = from;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(names[middle] as string)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Finds the position of the first name that is `name` or comes after it. */
export function lowerBound(names: readonly string[], name: string, from = 0): number {
  return partition(names, from, (candidate) => compareNames(candidate, name) < 0);
}

/** Finds the position behind the last name that begins with `prefix`: one jump over a whole folder. */
export function endOfPrefix(names: readonly string[], prefix: string, from = 0): number {
  return partition(names, from, (name) => name.startsWith(prefix) || compareNames(name, prefix) < 0);
}
