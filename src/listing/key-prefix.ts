import { quote } from "../raw/encoding.ts";
import type { OperationId } from "../raw/index.ts";
import { RestrictionError } from "../session/errors.ts";
import { describeKey } from "../session/restrictions.ts";
import type { Session } from "../session/session.ts";
import type { ListedBucket, PageSource } from "./pages.ts";

/**
 * Gives what names begin with that begin with both prefixes: the longer one. Undefined when one excludes the other.
 */
export function narrowed(prefix: string, other: string): string | undefined {
  if (prefix.startsWith(other)) {
    return prefix;
  }
  return other.startsWith(prefix) ? other : undefined;
}

/**
 * Plans a listing that asks for nothing beyond the prefix to which the application key is restricted: `plan` gets
 * that prefix, empty for a key without one, and gives undefined when the listing lies outside of it.
 *
 * @param path - What is listed, for the {@link RestrictionError} that refuses it before a request.
 */
export function withinKeyPrefix<Item>(
  session: Session,
  bucket: ListedBucket,
  operation: OperationId,
  path: string,
  plan: (keyPrefix: string) => PageSource<Item> | undefined,
): PageSource<Item> {
  return async (signal, beyond) => {
    const { allowed } = (await session.authorization(signal)).apiInfo.storageApi;
    const source = plan(allowed.namePrefix ?? "");
    if (source === undefined) {
      throw new RestrictionError(
        `${operation} was not sent: the names at ${quote(path)} do not begin with the key's prefix; ` +
          `the application key has ${describeKey(allowed)} (bucket ${bucket.name ?? bucket.id})`,
        { operation, bucketName: bucket.name },
      );
    }
    return await source(signal, beyond);
  };
}
