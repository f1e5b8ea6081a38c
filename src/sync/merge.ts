import { compareFileNames } from "../file-name.ts";

/** What two folders hold under one name. */
export interface Pair<Item> {
  readonly source: Item | undefined;
  readonly destination: Item | undefined;
}

/**
 * Merges two streams, each in the UTF-8 byte order of the names, into pairs of equal names. Holds two items.
 *
 * @throws when a stream is not in order: names would look absent that are there.
 */
export async function* mergeByName<Item extends { readonly relativePath: string }>(
  source: AsyncIterable<Item>,
  destination: AsyncIterable<Item>,
): AsyncGenerator<Pair<Item>, void> {
  const [sources, destinations] = [source[Symbol.asyncIterator](), destination[Symbol.asyncIterator]()];
  try {
    let [left, right] = await Promise.all([sources.next(), destinations.next()]);
    while (left.done !== true || right.done !== true) {
      const order = orderOf(left, right);
      yield {
        source: order <= 0 ? left.value : undefined,
        destination: order >= 0 ? right.value : undefined,
      };
      left = order <= 0 ? await nextInOrder(sources, left) : left;
      right = order >= 0 ? await nextInOrder(destinations, right) : right;
    }
  } finally {
    await Promise.allSettled([sources.return?.(), destinations.return?.()]);
  }
}

type Named = { readonly relativePath: string };
type Next = IteratorResult<Named, unknown>;

async function nextInOrder<Item extends Named>(
  items: AsyncIterator<Item>,
  last: Next,
): Promise<IteratorResult<Item>> {
  const next = await items.next();
  if (next.done !== true && orderOf(last, next) >= 0) {
    throw new Error(
      `A scan gave ${JSON.stringify(next.value.relativePath)} behind ${JSON.stringify(last.value)}: not in order`,
    );
  }
  return next;
}

function orderOf(left: Next, right: Next): number {
  if (left.done === true || right.done === true) {
    return left.done === true ? 1 : -1;
  }
  return compareFileNames(left.value.relativePath, right.value.relativePath);
}
