/**
 * Header fields by name, whatever its case. Serves as the platform's `Headers`, at a tenth of the time: names and
 * values are checked where they are sent, not here, and nothing is done for fields that nobody asks for.
 */
export class HeaderFields implements Headers {
  /** Names and values by turns. */
  #pairs: string[] = [];

  constructor(init: NonNullable<RequestInit["headers"]> = []) {
    const entries = Symbol.iterator in init ? init : Object.entries(init);
    for (const [name = "", value = ""] of entries) {
      this.append(name, value);
    }
  }

  /** Takes over a list of names and values by turns. */
  static ofPairs(pairs: string[]): HeaderFields {
    const fields = new HeaderFields();
    fields.#pairs = pairs;
    return fields;
  }

  append(name: string, value: string): void {
    this.#pairs.push(name, value);
  }

  delete(name: string): void {
    const key = name.toLowerCase();
    this.#pairs = this.#pairs.filter((_, index, pairs) => !isSame(pairs[index & ~1], key));
  }

  get(name: string): string | null {
    const key = name.toLowerCase();
    const pairs = this.#pairs;
    let found: string | null = null;
    for (let index = 0; index < pairs.length; index += 2) {
      if (isSame(pairs[index], key)) {
        found = found === null ? (pairs[index + 1] ?? "") : `${found}, ${pairs[index + 1]}`;
      }
    }
    return found;
  }

  getSetCookie(): string[] {
    return [...this].filter(([name]) => name === "set-cookie").map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  set(name: string, value: string): void {
    this.delete(name);
    this.append(name, value);
  }

  forEach(act: (value: string, name: string, parent: Headers) => void): void {
    for (const [name, value] of this) {
      act(value, name, this);
    }
  }

  *entries(): Generator<[string, string], undefined> {
    const fields = new Map<string, string>();
    for (let index = 0; index < this.#pairs.length; index += 2) {
      const [name = "", value = ""] = [this.#pairs[index]?.toLowerCase(), this.#pairs[index + 1]];
      const before = fields.get(name);
      if (name === "set-cookie") {
        yield [name, value];
      } else {
        fields.set(name, before === undefined ? value : `${before}, ${value}`);
      }
    }
    yield* fields;
  }

  *keys(): Generator<string, undefined> {
    for (const [name] of this) {
      yield name;
    }
  }

  *values(): Generator<string, undefined> {
    for (const [, value] of this) {
      yield value;
    }
  }

  [Symbol.iterator](): Generator<[string, string], undefined> {
    return this.entries();
  }
}

function isSame(name: string | undefined, lowerCase: string): boolean {
  return name?.length === lowerCase.length && name.toLowerCase() === lowerCase;
}
