/** One page of a listing and where the next one starts. */
export interface Page<Item, Cursor> {
  readonly items: readonly Item[];
  /** Undefined at the end; a page may be empty and still have a cursor. */
  readonly next: Cursor | undefined;
}

/** Gives the items of all pages in order. Each page is one request, made when its first item is asked for. */
export async function* items<Item, Cursor>(
  fetchPage: (cursor: Cursor | undefined) => Promise<Page<Item, Cursor>>,
): AsyncGenerator<Item> {
  let cursor: Cursor | undefined;
  do {
    const page = await fetchPage(cursor);
    yield* page.items;
    cursor = page.next;
  } while (cursor !== undefined);
}
