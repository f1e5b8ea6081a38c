import { type Filter, isShown } from "../listing/filter.ts";

/** A pattern: a string is matched from the beginning of the path, as in b2sdk; a `RegExp` is tested as it is. */
export type PathPattern = string | RegExp;

/** Which files take part in a synchronisation. What is excluded is left alone on both sides. */
export interface ScanPolicies {
  /**
   * Wildcard filters over the path below the folder; of several that match the last decides, and `*` crosses `/`.
   * A pattern with a final `/`, such as `node_modules/` or `photos/*-old/`, judges folders, and with them all that they
   * hold.
   */
  readonly filters?: readonly Filter[] | undefined;
  /** Excludes folders, with all that they hold, whose path below the folder matches one of these. */
  readonly excludeDirRegexes?: readonly PathPattern[] | undefined;
  /** Excludes files whose path below the folder matches one of these. */
  readonly excludeFileRegexes?: readonly PathPattern[] | undefined;
  /** Includes files again that `excludeFileRegexes` excludes. */
  readonly includeFileRegexes?: readonly PathPattern[] | undefined;
  /**
   * Leaves out symbolic links below a local source instead of following them. Links that lead back to a folder in
   * which they lie are left out always.
   * @defaultValue false
   */
  readonly excludeAllSymlinks?: boolean | undefined;
  /** Excludes what was modified before this moment, in milliseconds since 1970 UTC. Versions in B2 are judged one by one. */
  readonly excludeModifiedBefore?: number | undefined;
  /** Excludes what was modified after this moment, in milliseconds since 1970 UTC. */
  readonly excludeModifiedAfter?: number | undefined;
  /** Excludes versions uploaded before this moment, in milliseconds since 1970 UTC; says nothing of local files. */
  readonly excludeUploadedBefore?: number | undefined;
  /**
   * Excludes versions uploaded after this moment, in milliseconds since 1970 UTC: a folder of B2 looks as it did
   * then, as far as its versions still exist.
   */
  readonly excludeUploadedAfter?: number | undefined;
}

/** Judges paths and times by the policies. */
export class ScanFilter {
  readonly excludesSymlinks: boolean;
  /** Whether versions in B2 are judged by their times, so that an older one may stand for a name. */
  readonly hasTimeWindow: boolean;
  readonly #fileFilters: readonly Filter[];
  readonly #folderFilters: readonly Filter[];
  readonly #excludeDir: readonly RegExp[];
  readonly #excludeFile: readonly RegExp[];
  readonly #includeFile: readonly RegExp[];
  readonly #modified: TimeWindow;
  readonly #uploaded: TimeWindow;
  #lastFolder = "";
  #isLastFolderExcluded = false;

  /** @throws `TypeError` for a pattern that is no regular expression, `RangeError` for a wrong time. */
  constructor(policies: ScanPolicies) {
    const isForFolders = ({ pattern }: Filter) => pattern.endsWith("/");
    const filters = policies.filters ?? [];
    this.#fileFilters = filters.filter((filter) => !isForFolders(filter));
    this.#folderFilters = filters.filter(isForFolders);
    this.#excludeDir = compiled("excludeDirRegexes", policies);
    this.#excludeFile = compiled("excludeFileRegexes", policies);
    this.#includeFile = compiled("includeFileRegexes", policies);
    if (this.#includeFile.length > 0 && this.#excludeFile.length === 0) {
      throw new TypeError("includeFileRegexes makes exceptions from excludeFileRegexes: give both");
    }
    this.#modified = windowOf("excludeModifiedBefore", "excludeModifiedAfter", policies);
    this.#uploaded = windowOf("excludeUploadedBefore", "excludeUploadedAfter", policies);
    this.excludesSymlinks = policies.excludeAllSymlinks ?? false;
    this.hasTimeWindow = [...this.#modified, ...this.#uploaded].some(Number.isFinite);
  }

  /** Tells whether a folder itself is excluded; `path` has no final `/`, and the folders above are not looked at. */
  excludesFolder(path: string): boolean {
    const decisive = this.#folderFilters.findLast((filter) => filter.matches(`${path}/`));
    return decisive?.type === "exclude" || matches(this.#excludeDir, path);
  }

  /** Tells whether a file is excluded by its own path; the folders above are not looked at. */
  excludesFile(path: string): boolean {
    const isRefused = matches(this.#excludeFile, path) && !matches(this.#includeFile, path);
    return isRefused || !isShown(this.#fileFilters, path);
  }

  /** Tells whether a file is excluded by its own path or by a folder above. Quick for paths in order. */
  excludesPath(path: string): boolean {
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    if (folder !== this.#lastFolder) {
      this.#lastFolder = folder;
      this.#isLastFolderExcluded = foldersAbove(folder).some((above) => this.excludesFolder(above));
    }
    return this.#isLastFolderExcluded || this.excludesFile(path);
  }

  /** Tells whether a local file or a version is excluded by its times; both in milliseconds since 1970 UTC. */
  excludesTimes(modTimeMillis: number, uploadTimestamp?: number): boolean {
    return (
      !isWithin(this.#modified, Math.round(modTimeMillis)) ||
      (uploadTimestamp !== undefined && !isWithin(this.#uploaded, uploadTimestamp))
    );
  }
}

/** The first and the last moment that are not excluded. */
type TimeWindow = readonly [first: number, last: number];

type RegexOption = "excludeDirRegexes" | "excludeFileRegexes" | "includeFileRegexes";
type TimeOption =
  | "excludeModifiedBefore"
  | "excludeModifiedAfter"
  | "excludeUploadedBefore"
  | "excludeUploadedAfter";

function compiled(option: RegexOption, policies: ScanPolicies): RegExp[] {
  return (policies[option] ?? []).map((pattern) => {
    try {
      // Without g and y, whose position would make every second test fail.
      return typeof pattern === "string"
        ? new RegExp(`^(?:${pattern})`)
        : new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ""));
    } catch (cause) {
      throw new TypeError(`${option} holds ${JSON.stringify(pattern)}, which is no regular expression`, {
        cause,
      });
    }
  });
}

function windowOf(before: TimeOption, after: TimeOption, policies: ScanPolicies): TimeWindow {
  const { [before]: first = Number.NEGATIVE_INFINITY, [after]: last = Number.POSITIVE_INFINITY } = policies;
  for (const [option, time] of [[before, policies[before]] as const, [after, policies[after]] as const]) {
    if (time !== undefined && !(Number.isFinite(time) && time >= 0)) {
      throw new RangeError(`${option} must be a time in milliseconds since 1970, not ${time}`);
    }
  }
  return [first, last];
}

function isWithin([first, last]: TimeWindow, time: number): boolean {
  return first <= time && time <= last;
}

function matches(patterns: readonly RegExp[], path: string): boolean {
  return patterns.some((pattern) => pattern.test(path));
}

/** Gives `a`, `a/b`, … for `a/b/…/`. */
function foldersAbove(folder: string): string[] {
  const parts = folder.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
