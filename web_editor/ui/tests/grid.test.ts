import { describe, expect, it } from "vitest";
import type { Grid } from "../src/api/types";
import { COLUMNS, freePlace, movedBy, placedAll, sizedBy } from "../src/logic/grid";

describe("a widget on the grid", () => {
  it("never leaves the page, however far it is moved or sized", () => {
    for (let by = -20; by <= 20; by++) {
      const [column, row, width] = movedBy([3, 2, 4, 2], by, by);
      expect(column).toBeGreaterThanOrEqual(0);
      expect(column + width).toBeLessThanOrEqual(COLUMNS);
      expect(row).toBeGreaterThanOrEqual(0);
      const [at, , wide, tall] = sizedBy([3, 2, 4, 2], by, by);
      expect(at + wide).toBeLessThanOrEqual(COLUMNS);
      expect(Math.min(wide, tall)).toBeGreaterThanOrEqual(1);
    }
    expect(movedBy([3, 2, 4, 2], 1.4, -0.6)).toEqual([4, 1, 4, 2]);
  });
  it("gets the first free place, row by row", () => {
    const taken: Grid[] = [
      [0, 0, 4, 2],
      [8, 0, 4, 2],
    ];
    expect(freePlace(taken, 4, 2)).toEqual([4, 0, 4, 2]);
    expect(freePlace(taken, 6, 2)).toEqual([0, 2, 6, 2]);
  });
  it("without a place of its own lies on no other", () => {
    const places = placedAll([
      { id: "a", type: "value", grid: [0, 0, 3, 3] },
      { id: "b", type: "value", grid: null },
      { id: "c", type: "trend", grid: null },
    ]);
    expect(places.get("b")).toEqual([3, 0, 3, 3]);
    expect(places.get("c")![1]).toBe(3);
  });
});
