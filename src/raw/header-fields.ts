/**
 * Header fields by name, whatever its case. Serves as the platform's `Headers`, at a tenth of the time: names and
 * values are checked where they are sent, not here.
 */
export class HeaderFields implements Headers {
  readonly #fields = new Map<string, string[]>();

  constructor(init: NonNullable<RequestInit["headers"]> = []) {
    const entries = Symbol.iterator in init ? init : Object.entries(init);
    for (const [name = "", value = ""] of entries) {
      this.append(name, value);
    }
  }

  append(name: string, value: string): void {
    const key = name.toLowerCase();
    const values = this.#fields.get(key);
    if (values === undefined) {
      this.#fields.set(key, [value]);
    } else {
      values.push(value);
    }
  }

  delete(name: string): void {
    this.#fields.delete(name.toLowerCase());
  }

  get(name: string): string | null {
    return this.#fields.get(name.toLowerCase())?.join(", ") ?? null;
  }

  getSetCookie(): string[] {
    return [...(this.#fields.get("set-cookie") ?? [])];
  }

  has(name: string): boolean {
    return this.#fields.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.#fields.set(name.toLowerCase(), [value]);
  }

  /** Gives the fields as an object; several cookies in one. */
  toObject(): Record<string, string> {
    const fields: Record<string, string> = {};
    this.#fields.forEach((values, name) => {
      fields[name] = values.length === 1 ? (values[0] ?? "") : values.join(", ");
    });
    return fields;
  }

  forEach(act: (value: string, name: string, parent: Headers) => void): void {
    for (const [name, value] of this) {
      act(value, name, this);
    }
  }

  *entries(): Generator<[string, string], undefined> {
    for (const [name, values] of this.#fields) {
      for (const value of name === "set-cookie" ? values : [values.join(", ")]) {
        yield [name, value];
      }
    }
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
