import type { Pair } from "./merge.ts";
import type { Report } from "./report.ts";
import type { Obstacle, Scanned, SyncPath } from "./sync-path.ts";

/**
 * Takes obstacles out of pairs, and with them what they protect on the other side: what the source cannot tell of is
 * not absent, and what the destination cannot tell of is not to be replaced.
 */
export async function* shielded(
  pairs: AsyncIterable<Pair<Scanned>>,
  report: Pick<Report, "skipped" | "failed">,
): AsyncGenerator<Pair<SyncPath>, void> {
  const covers = { source: new Cover(), destination: new Cover() };
  for await (const pair of pairs) {
    const name = (pair.source ?? pair.destination)?.relativePath ?? "";
    const [source, sourceObstacle] = covers.source.part(name, pair.source);
    const [destination, destinationObstacle] = covers.destination.part(name, pair.destination);
    tell(pair.source, report);
    if (destinationObstacle?.error !== undefined) {
      tell(pair.destination, report);
    }
    if (sourceObstacle !== undefined) {
      continue;
    }
    if (destinationObstacle === undefined) {
      yield { source, destination };
    } else if (source !== undefined) {
      report.skipped(
        name,
        `at the destination, ${destinationObstacle.reason ?? "something"} stands in the way`,
      );
    }
  }
}

/** Tells of an obstacle that has something to tell. */
function tell(found: Scanned | undefined, report: Pick<Report, "skipped" | "failed">): void {
  if (found?.type !== "obstacle" || found.isEcho) {
    return;
  }
  if (found.error !== undefined) {
    report.failed(found.relativePath, found.error);
  } else if (found.reason !== undefined) {
    report.skipped(found.relativePath, found.reason);
  }
}

/** Remembers the folder at which a scan stopped; names come in order. */
class Cover {
  #folder: Obstacle | undefined;

  /** Parts what was found under a name from the obstacle that stands there, or covers it. */
  part(
    name: string,
    found: Scanned | undefined,
  ): [path: SyncPath | undefined, obstacle: Obstacle | undefined] {
    if (this.#folder !== undefined && !name.startsWith(this.#folder.relativePath)) {
      this.#folder = undefined;
    }
    if (found?.type !== "obstacle") {
      return [found, this.#folder];
    }
    if (found.relativePath.endsWith("/")) {
      this.#folder ??= found;
    }
    return [undefined, found];
  }
}
