import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Verdict } from "../../src/sync/comparison.ts";
import { type PlanSettings, planFile, type RemovalAction } from "../../src/sync/plan.ts";
import type { B2SyncPath, LocalSyncPath, StoredVersion } from "../../src/sync/sync-path.ts";

const DAY = 24 * 60 * 60 * 1000;
const TODAY = 100 * DAY;

const local: LocalSyncPath = {
  type: "local",
  relativePath: "a",
  absolutePath: "/a",
  modTimeMillis: TODAY,
  size: 10,
};

/** A name in B2 with versions of so many days ago, the newest first; negative ones are hide markers. */
function stored(...daysAgo: readonly number[]): B2SyncPath<StoredVersion> | undefined {
  const allVersions = daysAgo.map((days) => ({
    id: String(Math.abs(days)),
    action: days < 0 ? ("hide" as const) : ("upload" as const),
    uploadTimestamp: TODAY - Math.abs(days) * DAY,
  }));
  const [selectedVersion] = allVersions;
  return (
    selectedVersion && {
      type: "b2",
      relativePath: "a",
      selectedVersion,
      allVersions,
      modTimeMillis: selectedVersion.uploadTimestamp,
      size: 10,
      contentSha1: undefined,
    }
  );
}

const settings: PlanSettings = {
  transferType: "upload",
  newerFileMode: "raiseError",
  keepDaysOrDelete: "noDelete",
  keepDays: Number.POSITIVE_INFINITY,
  nowMillis: TODAY,
};

function plan(
  source: LocalSyncPath | B2SyncPath<StoredVersion> | undefined,
  destination: LocalSyncPath | B2SyncPath<StoredVersion> | undefined,
  { verdict = "same", ...others }: Partial<PlanSettings> & { verdict?: Verdict } = {},
): string[] {
  const { transfer, removals, refusal } = planFile(source, destination, verdict, { ...settings, ...others });
  return [
    ...(refusal ? [refusal] : []),
    ...(transfer ? [`${transfer.type} ${transfer.reason}`] : []),
    ...removals.map(shown),
  ];
}

const shown = ({ type, fileId, note }: RemovalAction) => [type, fileId, note].filter(Boolean).join(" ");

describe("keep-days table (b2sdk 58)", () => {
  const keep = (keepDays: number) => ({ keepDaysOrDelete: "keepBeforeDelete", keepDays }) as const;

  test.each([
    ["nothing is there", true, [], 7, ["upload new"]],
    ["the only version is new", true, [5], 7, []],
    ["the only version is old, and the source has none", false, [10], 7, ["hide"]],
    ["the only version is old, and the source has one", true, [10], 7, []],
    [
      "a hide marker is old: it goes, with what lies behind it",
      true,
      [5, -10, 20],
      7,
      ["20 old", "10 marker"],
    ],
    ["a version is old: it stays, what lies behind it goes", true, [5, 10, 20], 7, ["20 old"]],
    ["dates are out of order: what lies behind an old one goes", true, [5, 10, 3], 7, ["3 old"]],
    ["the source has none", false, [0, 2, 4], 1, ["hide", "4 old"]],
    ["the source has none, and versions are old", false, [1, 3, 5], 2, ["hide", "5 old"]],
    ["it is hidden since today", false, [-0.001, 2, 4], 1, ["4 old"]],
    ["it is hidden, and nothing is old enough", false, [-2, 4, 6], 5, []],
    ["it is hidden, and one version is old enough", false, [-2, 4, 6], 2, ["6 old"]],
    ["it is hidden for longer than that", false, [-2, 4, 6], 1, ["6 old", "4 old", "2 marker"]],
    ["it is hidden for longer than that, with one version", false, [-2, 4], 1, ["4 old", "2 marker"]],
    ["the version that stays is old", true, [3, 4], 1, ["4 old"]],
    ["a version is as old as the days that are kept", true, [7, 8, 9], 7, ["9 old"]],
  ] as const)("%s", (_, hasSource, days, keepDays, expected) => {
    const notes = { old: "old version", marker: "hide marker" };
    const lines = expected.map((line) =>
      line.replace(
        /^(\d+) (old|marker)$/,
        (_line, id, note: "old" | "marker") => `delete ${id} ${notes[note]}`,
      ),
    );
    expect(plan(hasSource ? local : undefined, stored(...days), keep(keepDays))).toEqual(lines);
  });

  test("applies behind a version that is replaced, and to a name that comes back", () => {
    const different = { ...keep(2), verdict: "different" } as const;
    expect(plan(local, stored(1, 3, 5), different)).toEqual(["upload different", "delete 5 old version"]);
    expect(plan(local, stored(-3, 4), keep(2))).toEqual([
      "upload new",
      "delete 4 old version",
      "delete 3 hide marker",
    ]);
  });

  test("counts from the upload, not from the modification time", () => {
    const versions = stored(1, 2);
    expect(plan(local, versions && { ...versions, modTimeMillis: 0 }, keep(7))).toEqual([]);
  });

  test("what was to be seen in those days can be seen again, and no more is kept", () => {
    const version = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom(1, 1, -1));
    const versions = fc.uniqueArray(version, { selector: ([days]) => days, minLength: 1 });
    fc.assert(
      fc.property(
        versions,
        fc.integer({ min: 1, max: 30 }),
        fc.boolean(),
        (unordered, keepDays, hasSource) => {
          const days = unordered.sort(([left], [right]) => left - right).map(([age, sign]) => age * sign);
          const old = days.filter((day) => Math.abs(day) > keepDays);
          const kept = days
            .filter((day) => !old.includes(day))
            .concat(old.slice(0, 1).filter((day) => day > 0));
          const { removals } = planFile(hasSource ? local : undefined, stored(...days), "same", {
            ...settings,
            ...keep(keepDays),
          });
          const deleted = removals.flatMap(({ fileId }) => fileId ?? []);
          expect(days.filter((day) => !deleted.includes(String(Math.abs(day))))).toEqual(kept);
          const isToHide = !hasSource && (days[0] ?? 0) > 0;
          expect(removals.some(({ type }) => type === "hide")).toBe(isToHide);
        },
      ),
    );
  });
});

describe("delete", () => {
  const mode = { keepDaysOrDelete: "delete" } as const;

  test.each([
    ["every version of what the source has not", undefined, [1, 2], ["delete 2 old version", "delete 1"]],
    [
      "hide markers, too",
      undefined,
      [-1, 2, 3],
      ["delete 3 old version", "delete 2 old version", "delete 1 hide marker"],
    ],
    ["old versions of what stays", local, [1, 2, -3], ["delete 3 hide marker", "delete 2 old version"]],
    ["nothing of what has no old versions", local, [1], []],
  ] as const)("removes %s, the oldest first", (_, source, days, expected) => {
    expect(plan(source, stored(...days), mode)).toEqual(expected);
  });

  test("removes every version behind a replaced one", () => {
    expect(plan(local, stored(1, 3), { ...mode, verdict: "different" })).toEqual([
      "upload different",
      "delete 3 old version",
      "delete 1 old version",
    ]);
  });

  test("removes a local file that the source has not, or has hidden", () => {
    const down = { ...mode, transferType: "download" } as const;
    expect(plan(undefined, local, down)).toEqual(["deleteLocal"]);
    expect(plan(stored(-1, 2), local, down)).toEqual(["deleteLocal"]);
    expect(plan(stored(1), local, down)).toEqual([]);
  });

  test("removes a name in B2 that is hidden at the source", () => {
    expect(plan(stored(-1, 2), stored(3), { ...mode, transferType: "copy" })).toEqual(["delete 3"]);
  });
});

describe("without deletion", () => {
  test("nothing is removed, whatever the source has", () => {
    expect(plan(undefined, stored(1, 2))).toEqual([]);
    expect(plan(undefined, local)).toEqual([]);
    expect(plan(stored(-1), local)).toEqual([]);
  });

  test("a name that is hidden at the destination is transferred again, whatever its times (b2sdk never does)", () => {
    for (const newerFileMode of ["skip", "raiseError", "replace"] as const) {
      const plans = plan(local, stored(-1, 2), { newerFileMode, verdict: "destinationNewer" });
      expect(plans).toEqual(["upload new"]);
    }
  });
});

describe("a file that is newer at the destination", () => {
  const newer = { verdict: "destinationNewer", keepDaysOrDelete: "delete" } as const;

  test("is left alone with all its versions, or fails", () => {
    expect(plan(local, stored(1, 2), { ...newer, newerFileMode: "skip" })).toEqual(["skippedNewer"]);
    expect(plan(local, stored(1, 2), newer)).toEqual(["failedNewer"]);
  });

  test("is replaced when that is wanted", () => {
    expect(plan(local, stored(1), { ...newer, newerFileMode: "replace" })).toEqual([
      "upload different",
      "delete 1 old version",
    ]);
  });
});

test("no plan deletes what stands for a name that the source has", () => {
  const verdict = fc.constantFrom<Verdict>("same", "different", "destinationNewer");
  const days = fc.uniqueArray(fc.constantFrom(1, -2, 3, 4, -5), { minLength: 1 });
  const others = fc.record({
    newerFileMode: fc.constantFrom<PlanSettings["newerFileMode"]>("skip", "replace", "raiseError"),
    keepDaysOrDelete: fc.constantFrom<PlanSettings["keepDaysOrDelete"]>(
      "noDelete",
      "delete",
      "keepBeforeDelete",
    ),
    keepDays: fc.constantFrom(1, 3, 10),
  });
  fc.assert(
    fc.property(days, verdict, others, (versions, found, chosen) => {
      const destination = stored(...versions);
      const { transfer, removals } = planFile(local, destination, found, { ...settings, ...chosen });
      const newest = destination?.selectedVersion;
      const isNewestDeleted = removals.some(({ fileId }) => fileId === newest?.id);
      expect(isNewestDeleted && transfer === undefined).toBe(false);
      expect(removals.some(({ type }) => type === "hide")).toBe(false);
    }),
  );
});
