import { describe, expect, it } from "vitest";
import type { PageSummary } from "../src/api/types";
import { cycleOf, nextPage } from "../src/logic/cycle";
import { arc, shareOf, stateOf, zonesOf } from "../src/logic/gauge";

const scale = (warn: number | null, error: number | null) => ({ min: 0, max: 200, warn, error });

describe("a gauge", () => {
  it("shows a value as a part of its scale, never beyond it", () => {
    expect([-5, 50, 999].map((value) => shareOf(value, scale(null, null)))).toEqual([0, 0.25, 1]);
    expect(shareOf(1, { min: 3, max: 3, warn: null, error: null })).toBe(0);
  });
  it("has zones by its limits, those that lie on it", () => {
    expect(zonesOf(scale(100, 150))).toEqual([
      { from: 0, to: 0.5, state: 1 },
      { from: 0.5, to: 0.75, state: 2 },
      { from: 0.75, to: 1, state: 3 },
    ]);
    expect(zonesOf(scale(null, 150)).map(({ state }) => state)).toEqual([1, 3]);
    expect(zonesOf(scale(null, null))).toEqual([{ from: 0, to: 1, state: 1 }]);
    expect(zonesOf(scale(500, null)).map(({ state }) => state)).toEqual([1]);
  });
  it("says what a value means, from the limit on", () => {
    expect([99, 100, 150].map((value) => stateOf(value, scale(100, 150)))).toEqual([1, 2, 3]);
  });
  it("is an arc over the middle", () => expect(arc(0, 0.5, 50)).toBe("M10.00 60.00A50 50 0 0 1 60.00 10.00"));
});

describe("a wall", () => {
  const page = (flow: string, page: string) => ({ flow, page, title: page }) as PageSummary;
  it("shows one page after the other and begins again", () => {
    const all = [page("a", "one"), page("b", "one"), page("b", "two")];
    expect(nextPage(all, "b", "one")).toBe(all[2]);
    expect(nextPage(all, "b", "two")).toBe(all[0]);
    expect(nextPage(all, "gone", "gone")).toBe(all[0]);
  });
  it("stays where there is no other page", () => {
    expect(nextPage([page("a", "one")], "a", "one")).toBeNull();
    expect(nextPage([], "a", "one")).toBeNull();
  });
  it("takes from the address only what makes sense", () => {
    expect(["30", "", "x", "0.01", "1e9"].map(cycleOf)).toEqual([30, 0, 0, 0, 0]);
  });
});
