import { describe, expect, it } from "vitest";
import type { Trend } from "../src/api/types";
import { csvOf } from "../src/logic/csv";
import { moved, zoomed } from "../src/logic/window";

describe("the window of a chart", () => {
  it("is scaled around the pointer, and never shorter than ten seconds", () => {
    expect(zoomed({ min: 0, max: 100 }, 0.5, 80)).toEqual({ min: 40, max: 90 });
    const least = zoomed({ min: 0, max: 12 }, 0.01);
    expect(least.max - least.min).toBeCloseTo(10);
  });
  it("is moved back freely and forward no further than now", () => {
    expect(moved({ min: 100, max: 200 }, -0.5, 220)).toEqual({ min: 50, max: 150 });
    expect(moved({ min: 100, max: 200 }, 0.5, 220)).toEqual({ min: 120, max: 220 });
  });
});

describe("curves as CSV", () => {
  it("have a row for each time, empty cells, and no formula", () => {
    const trend = (key: string, at_ms: number[], value: (number | null)[]): Trend =>
      ({ key, unit: "°C", from: "ram", at_ms, value, min: value, max: value }) as Trend;
    expect(csvOf([trend("a", [0, 1000], [1.5, null]), trend('=x,"y"', [1000], [2])])).toBe(
      'time,a (°C),"\'=x,""y"" (°C)"\r\n1970-01-01T00:00:00.000Z,1.5,\r\n1970-01-01T00:00:01.000Z,,2\r\n',
    );
  });
});
