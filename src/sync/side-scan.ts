import { checkFileName } from "../file-name.ts";
import { NotFoundError } from "../session/errors.ts";
import { scanB2Folder } from "./b2-folder.ts";
import { LocalDestination } from "./local-destination.ts";
import { scanLocalFolder } from "./local-folder.ts";
import type { Report } from "./report.ts";
import { ScanFilter } from "./scan-policies.ts";
import type { SyncSide } from "./sync-event.ts";
import { nameOf, type Side } from "./sync-folder.ts";
import type { SyncSettings } from "./sync-options.ts";
import type { Scanned } from "./sync-path.ts";

/** Both sides of a synchronisation. */
export type Sides = Readonly<Record<SyncSide, Side>>;

/** The policies that hold for the destination: none when what they exclude is to go. */
export function destinationFilter(settings: SyncSettings): ScanFilter {
  return new ScanFilter(settings.deleteExcluded ? {} : settings);
}

/**
 * Scans the source and counts its files.
 *
 * @throws `NotFoundError` at the end when there was none, unless that is allowed.
 */
export async function* scanSource(
  { source, destination }: Sides,
  settings: SyncSettings,
  report: Report,
): AsyncGenerator<Scanned, void> {
  const { signal, deleteExcluded, allowEmptySource } = settings;
  const common = { filter: new ScanFilter(settings), role: "source", signal } as const;
  const items =
    source.type === "b2"
      ? scanB2Folder(source.bucket, source.prefix, { ...common, needsAllVersions: false })
      : scanLocalFolder(source.root, { ...common, refuse: nameCheck(destination) });
  for await (const item of items) {
    if (item.type !== "obstacle") {
      report.scanned("source");
    }
    if (item.type !== "obstacle" || !(deleteExcluded && item.isExcluded)) {
      yield item;
    }
  }
  report.scanEnded("source");
  if (report.scannedFiles("source") === 0 && !allowEmptySource) {
    throw new NotFoundError(
      `No file takes part in ${nameOf(source)}: if that is right, set allowEmptySource`,
    );
  }
}

/** Makes the check of local names for those that B2 does not take. */
function nameCheck(destination: Side): (relativePath: string) => string | undefined {
  const prefix = destination.type === "b2" ? destination.prefix : "";
  return (relativePath) => {
    try {
      checkFileName(prefix + relativePath);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
}

/** Scans the destination and counts its files. A local folder that is not there has none. */
export async function* scanDestination(
  { destination }: Sides,
  settings: SyncSettings,
  report: Report,
): AsyncGenerator<Scanned, void> {
  const { signal, keepDaysOrDelete } = settings;
  const common = { filter: destinationFilter(settings), role: "destination", signal } as const;
  if (destination.type === "b2" || (await new LocalDestination(destination.root).isThere())) {
    const items =
      destination.type === "b2"
        ? scanB2Folder(destination.bucket, destination.prefix, {
            ...common,
            needsAllVersions: keepDaysOrDelete !== "noDelete",
          })
        : scanLocalFolder(destination.root, common);
    for await (const item of items) {
      if (item.type !== "obstacle") {
        report.scanned("destination");
      }
      yield item;
    }
  }
  report.scanEnded("destination");
}
