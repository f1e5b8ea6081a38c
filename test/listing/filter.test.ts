import { expect, test } from "vitest";
import { Filter, isShown, shownPrefix } from "../../src/listing/filter.ts";

const names = ["a.txt", "b.txt", "b/a.txt", "b/c.csv", "c.csv"];
const showing = (...filters: Filter[]) => names.filter((name) => isShown(filters, name));

test("the last filter that matches decides (b2sdk 32)", () => {
  const filters = [Filter.include("b/*"), Filter.exclude("*.txt"), Filter.include("a.txt")];
  expect(showing(...filters)).toEqual(["a.txt", "b/c.csv", "c.csv"]);
});

test("without filters every name is shown", () => {
  expect(showing()).toEqual(names);
});

test("filters that all include leave everything else out", () => {
  expect(showing(Filter.include("*.csv"))).toEqual(["b/c.csv", "c.csv"]);
});

test("filters that exclude show everything else", () => {
  expect(showing(Filter.exclude("b*"))).toEqual(["a.txt", "c.csv"]);
});

test("what all shown names begin with is known when all filters include", () => {
  expect(shownPrefix([Filter.include("photos/a*"), Filter.include("photos/b?")])).toBe("photos/");
  expect(shownPrefix([Filter.include("\u{1f98a}*"), Filter.include("\u{1f98b}*")])).toBe("");
  expect(shownPrefix([Filter.include("photos/a*"), Filter.exclude("photos/b?")])).toBe("");
  expect(shownPrefix([])).toBe("");
});
