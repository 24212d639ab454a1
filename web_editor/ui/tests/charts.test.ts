import { describe, expect, it } from "vitest";
import type { Trend } from "../src/api/types";
import { csvOf } from "../src/logic/csv";
import { dayBefore_ms, dayLater, withoutOutliers } from "../src/logic/trend";
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

describe("the scale of a chart", () => {
  it("leaves out what lies far outside when it is asked to", () => {
    expect(withoutOutliers([20, 21, 20.5, null, 22, 21, 20, undefined, 21.5, 9999, 20])).toEqual([20, 22]);
  });
  it("is that of all where nothing does, or too little is known", () => {
    expect(withoutOutliers([1, 2, 3, 4, 5, 6, 7, 8])).toBeNull();
    expect(withoutOutliers([1, 1, 1, 9999])).toBeNull();
  });
});

describe("a curve of yesterday", () => {
  it("lies on that of today", () => {
    const trend = { key: "a", unit: null, from: "ram", at_ms: [dayBefore_ms(5000)], value: [1], min: [1], max: [1] };
    expect(dayLater(trend as unknown as Trend, "a (yesterday)")).toMatchObject({ key: "a (yesterday)", at_ms: [5000] });
  });
});
