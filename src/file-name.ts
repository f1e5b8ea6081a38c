import { quote, utf8Length } from "./raw/encoding.ts";

const MAX_NAME_BYTES = 1024;

/**
 * Refuses a name that the service would refuse, before a request is spent.
 *
 * @throws `TypeError` for an empty name, control characters or broken Unicode, `RangeError` for more than 1,024
 * bytes of UTF-8.
 */
export function checkFileName(name: string): void {
  const shown = () => quote(name.length > 80 ? `${name.slice(0, 77)}…` : name);
  if (name === "") {
    throw new TypeError("The file name is empty: the service needs at least one character");
  }
  if (!name.isWellFormed()) {
    throw new TypeError(
      `The file name ${shown()} holds half of a surrogate pair and cannot be written as UTF-8`,
    );
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that the service refuses
  if (/[\x00-\x1f\x7f]/.test(name)) {
    throw new TypeError(
      `The file name ${shown()} holds a control character, which the service refuses: rename it`,
    );
  }
  // No character has more than 3 bytes for each of its code units.
  const bytes = name.length * 3 <= MAX_NAME_BYTES ? 0 : utf8Length(name);
  if (bytes > MAX_NAME_BYTES) {
    throw new RangeError(
      `The file name ${shown()} has ${bytes} bytes in UTF-8; the service takes up to ${MAX_NAME_BYTES}`,
    );
  }
}

/**
 * Compares two names as the service orders them: by the bytes of their UTF-8 form, which is the order of code points.
 *
 * JavaScript's own order of strings is that of UTF-16 code units; it puts surrogate pairs, which stand for what lies
 * beyond U+FFFF, before U+E000 to U+FFFF.
 */
export function compareFileNames(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index++) {
    const [a, b] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (a !== b) {
      return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
    }
  }
  return left.length - right.length;
}

function isSurrogate(codeUnit: number): boolean {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff;
}
