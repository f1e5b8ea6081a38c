/** Gives the inner value at a path such as `allowed.buckets`; undefined when a step of it is missing. */
export function valueAt(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (outer, name) =>
        typeof outer === "object" && outer !== null && name in outer ? outer[name as never] : undefined,
      value,
    );
}
