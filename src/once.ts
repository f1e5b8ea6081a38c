/**
 * Makes a function that does something when it is called first, and gives the same result from then on. Modules that
 * are loaded on demand go through it: even finding one that is loaded costs as much as a small request.
 */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
