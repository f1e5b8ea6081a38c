/** Where records are kept: the part of a Keyv that is used. */
export interface Records {
  get(name: string): Promise<unknown>;
  set(name: string, value: object, lifeMillis: number): Promise<boolean>;
  delete(name: string): Promise<unknown>;
  clear(): Promise<void>;
}

/** Records that end with the process. They are kept as text, as in any other store, so that nobody changes them. */
export class MemoryRecords implements Records {
  readonly #records = new Map<string, { readonly text: string; readonly endsMillis: number }>();

  async get(name: string): Promise<unknown> {
    const record = this.#records.get(name);
    return record !== undefined && record.endsMillis > Date.now() ? JSON.parse(record.text) : undefined;
  }

  async set(name: string, value: object, lifeMillis: number): Promise<boolean> {
    this.#records.set(name, { text: JSON.stringify(value), endsMillis: Date.now() + lifeMillis });
    return true;
  }

  async delete(name: string): Promise<unknown> {
    return this.#records.delete(name);
  }

  async clear(): Promise<void> {
    this.#records.clear();
  }
}
