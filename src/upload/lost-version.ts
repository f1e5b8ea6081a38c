import type { components } from "../raw/index.ts";
import type { Session } from "../session/session.ts";
import type { TargetName } from "./large-file.ts";

type FileVersion = components["schemas"]["FileVersion"];

/** When a version was asked for, and which time it was to get. */
export interface AskedTime {
  /** When the first request was made, in milliseconds since 1970 by this machine's clock. */
  readonly startedMillis: number;
  /** The time that the version was to get instead of the real one. */
  readonly customUploadTimestamp?: number | undefined;
}

const NEWEST_VERSIONS = 100;

/** Timestamps of the service are rounded to seconds, and so is the clock in its answers. */
const ROUNDING_MILLIS = 2000;

/**
 * Finds the version that a request made although its answer was lost, among those of the name that are newer than the
 * request, and gives it with the answer that told. Makes one class C request.
 *
 * @param isIt - Tells the version from others that were made meanwhile.
 * @throws {@link RestrictionError} when the key may not list files.
 */
export async function findVersionSince(
  session: Session,
  to: TargetName,
  asked: AskedTime,
  isIt: (version: FileVersion) => boolean,
  signal: AbortSignal | undefined,
): Promise<{ data: FileVersion; response: Response } | undefined> {
  const { bucketId, fileName } = to;
  const body = { bucketId, startFileName: fileName, prefix: fileName, maxFileCount: NEWEST_VERSIONS };
  const { data, response } = await session.call(
    "b2_list_file_versions",
    (raw) => raw.POST("/b2api/v4/b2_list_file_versions", { body, signal }),
    { ...to, signal },
  );
  const isNew = newerThan(asked, response);
  const ofName = data.files.filter((version) => version.fileName === fileName);
  const found = withoutHidden(ofName, asked).find((version) => isNew(version) && isIt(version));
  return found && { data: found, response };
}

/**
 * Leaves out what lies behind a hide marker: most likely the same was made a moment before, and hidden. A version with
 * a time of its own may lie anywhere.
 */
function withoutHidden(
  newestFirst: readonly FileVersion[],
  { customUploadTimestamp }: AskedTime,
): readonly FileVersion[] {
  const hidden = newestFirst.findIndex(({ action }) => action === "hide");
  return hidden === -1 || customUploadTimestamp !== undefined ? newestFirst : newestFirst.slice(0, hidden);
}

/** Gives a test for versions that were made since, by the clock that an answer tells. */
export function newerThan(
  { startedMillis, customUploadTimestamp }: AskedTime,
  response: Response,
): (version: Pick<FileVersion, "uploadTimestamp">) => boolean {
  const since = startedMillis + clockDifference(response) - ROUNDING_MILLIS;
  return ({ uploadTimestamp }) =>
    customUploadTimestamp === undefined
      ? uploadTimestamp >= since
      : uploadTimestamp === customUploadTimestamp;
}

/** Gives how far the service's clock is ahead of this machine's, in milliseconds. */
function clockDifference({ headers }: Response): number {
  const date = headers.get("Date");
  return date === null ? 0 : Date.parse(date) - Date.now();
}
