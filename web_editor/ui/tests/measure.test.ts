import { beforeEach, describe, expect, it, vi } from "vitest";
import type { AlarmSpan, CurveMarks, LimitLine, Trend } from "../src/api/types";
import { use } from "../src/i18n";
import { en } from "../src/i18n/en";
import { fr } from "../src/i18n/fr";
import {
  alarmInWords,
  distinctAlarms,
  distinctLimits,
  limitInWords,
  limitLabel,
  markColour,
  within,
  withLimits,
  withUnits,
} from "../src/logic/marks";
import { differences, firstCursors, nearestTo, stepped, valueAt } from "../src/logic/measure";
import { pinched } from "../src/logic/window";
import { movedCursors } from "../src/panels/chartCursors";
import { drawnMarks } from "../src/panels/chartMarks";

const trend = (key: string, at_s: number[], value: (number | null)[], unit: string | null = null): Trend => ({
  key,
  unit,
  from: "ram",
  at_ms: at_s.map((at) => at * 1000),
  value,
  min: value,
  max: value,
});
const limit = (more: Partial<LimitLine>): LimitLine => ({
  flow: "f",
  node: "hot",
  title: "c1 is hot",
  priority: "high",
  unit: null,
  name: "",
  value: 8,
  above: true,
  ...more,
});
const span = (from_s: number, to_s: number | null, more: Partial<AlarmSpan> = {}): AlarmSpan => ({
  alarm: "a",
  flow: "f",
  node: "hot",
  title: "c1 is hot",
  priority: "high",
  from_ms: from_s * 1000,
  to_ms: to_s === null ? null : to_s * 1000,
  ...more,
});

beforeEach(() => use("en", en));

describe("limits and alarms on a curve", () => {
  it("stretch the scale for a limit that is near, not for one that would flatten the curve", () => {
    expect(withLimits(9, 11, [12])).toEqual([9, 12]);
    expect(withLimits(9, 11, [7, 80])).toEqual([7, 11]);
    expect(withLimits(20, 20, [25])).toEqual([20, 25]);
  });
  it("are shaded as far as they lie in the window; one that is active reaches up to now", () => {
    expect(within(span(5, 15), { min: 10, max: 20 }, 99)).toEqual([10, 15]);
    expect(within(span(12, null), { min: 10, max: 20 }, 14)).toEqual([12, 14]);
    expect(within(span(1, 9), { min: 10, max: 20 }, 99)).toBeNull();
  });
  it("have the unit of their curve where their alarm has none, and stand once", () => {
    const marks: CurveMarks[] = [
      { key: "c1", limits: [limit({})], alarms: [span(1, 2)] },
      { key: "c2", limits: [limit({})], alarms: [span(1, 2), span(5, null)] },
    ];
    const told = withUnits(marks, [trend("c1", [], [], "°C"), trend("c2", [], [], "°C")]);
    expect(distinctLimits(told)).toEqual([limit({ unit: "°C" })]);
    expect(distinctAlarms(told).map(({ from_ms }) => from_ms)).toEqual([5000, 1000]);
    expect(withUnits([{ key: "c1", limits: [limit({ unit: "K" })], alarms: [] }], [])[0]?.limits[0]?.unit).toBe("K");
  });
  it("are told in words, in both languages", () => {
    expect(limitLabel(limit({ name: "hot_c", unit: "°C" }))).toBe("hot_c > 8 °C");
    expect(limitInWords(limit({ name: "hot_c", unit: "°C" }))).toBe("c1 is hot: above 8 °C (hot_c)");
    expect(limitInWords(limit({ above: false, value: -1.5 }))).toBe("c1 is hot: below -1.5");
    expect(alarmInWords(span(0, 65), 0)).toMatch(/^c1 is hot: active .+ – .+ \(65 s\)$/);
    use("fr", fr);
    expect(limitInWords(limit({ unit: "°C" }))).toBe("c1 is hot : au-dessus de 8 °C");
    expect(alarmInWords(span(0, null), 120_000)).toMatch(/active depuis .+ \(2 min\)$/);
  });
  it("are red where they must not wait", () => {
    expect((["critical", "high", "medium", "low"] as const).map(markColour)).toEqual([
      "--error",
      "--error",
      "--warn",
      "--warn",
    ]);
  });
});

describe("two cursors", () => {
  const curve = trend("t", [0, 10, 20, 30], [1, 2, 4, 8], "°C");
  it("begin in the middle of each half of what is known in the window", () => {
    expect(firstCursors({ min: 0, max: 100 }, [])).toEqual({ a: 25, b: 75 });
    expect(firstCursors({ min: -100, max: 20 }, [curve])).toEqual({ a: 5, b: 15 });
    expect(firstCursors({ min: 100, max: 200 }, [curve])).toEqual({ a: 125, b: 175 });
  });
  it("read the nearest value, and none where the curve has none", () => {
    expect([valueAt(curve, 14), valueAt(curve, 16), valueAt(curve, 32)]).toEqual([2, 4, 8]);
    expect([valueAt(curve, -100), valueAt(curve, 100), valueAt(trend("e", [], []), 5)]).toEqual([null, null, null]);
    expect(valueAt(trend("gap", [0, 1, 2, 500, 501], [1, 1, 1, 9, 9]), 250)).toBeNull();
  });
  it("tell what each curve changed by between them", () => {
    expect(differences([curve], { a: 0, b: 30 })).toEqual([{ key: "t", unit: "°C", a: 1, b: 8, between: 7 }]);
    expect(differences([curve], { a: 0, b: 300 })[0]?.between).toBeNull();
  });
  it("are moved by a tap near them and by keys, within the window", () => {
    expect([nearestTo({ a: 10, b: 50 }, 20), nearestTo({ a: 10, b: 50 }, 45)]).toEqual(["a", "b"]);
    const window = { min: 0, max: 100 };
    const press = (key: string, shiftKey = false) => stepped(99.5, { key, shiftKey }, window);
    expect(["ArrowLeft", "ArrowRight", "Home", "End", "x"].map((key) => press(key))).toEqual([98.5, 100, 0, 100, null]);
    expect(press("ArrowLeft", true)).toBe(89.5);
  });
});

describe("two fingers", () => {
  it("keep under them what was there", () => {
    expect(pinched({ min: 0, max: 100 }, [0.4, 0.6], [0.2, 0.8], 1000)).toEqual({
      min: expect.closeTo(33.333, 2),
      max: expect.closeTo(66.667, 2),
    });
    expect(pinched({ min: 0, max: 100 }, [0.2, 0.8], [0.35, 0.65], 1000)).toEqual({
      min: expect.closeTo(-50),
      max: expect.closeTo(150),
    });
  });
  it("neither look beyond now nor closer than ten seconds", () => {
    const wide = pinched({ min: 0, max: 100 }, [0.2, 0.8], [0.35, 0.65], 100);
    expect([wide.max, wide.max - wide.min]).toEqual([100, expect.closeTo(200)]);
    const close = pinched({ min: 0, max: 100 }, [0.49, 0.51], [0, 1], 1000);
    expect(close.max - close.min).toBeCloseTo(10);
  });
});

describe("what is drawn", () => {
  const pen = () =>
    Object.assign(
      { measureText: () => ({ width: 40 }) },
      Object.fromEntries(
        [
          "save",
          "restore",
          "beginPath",
          "rect",
          "clip",
          "fillRect",
          "fillText",
          "moveTo",
          "lineTo",
          "stroke",
          "setLineDash",
        ].map((name) => [name, vi.fn()]),
      ),
    ) as unknown as Record<"fillText" | "fillRect" | "stroke", ReturnType<typeof vi.fn>>;
  const plotWith = (ctx: object, high = 20) => ({
    ctx,
    bbox: { left: 0, top: 0, width: 1000, height: 200 },
    scales: { x: { min: 0, max: 100 } },
    valToPos: (value: number, scale: string) => (scale === "x" ? value * 10 : 200 - (value / high) * 200),
  });
  const colours = { "--error": "red", "--warn": "amber", "--text": "black", "--surface": "white" };
  const drawn = (marks: CurveMarks[], high?: number) => {
    vi.stubGlobal("devicePixelRatio", 1);
    const ctx = pen();
    const { hooks } = drawnMarks(() => ({ marks, scaleOf: (key) => (key === "c1" ? "y0" : undefined), colours }));
    for (const hook of [hooks.drawAxes, hooks.draw]) (hook as (plot: unknown) => void)(plotWith(ctx, high));
    vi.unstubAllGlobals();
    return ctx;
  };
  it("is a line with its name and a shaded stretch with its title", () => {
    const ctx = drawn([{ key: "c1", limits: [limit({ name: "hot_c" })], alarms: [span(10, 60)] }]);
    expect(ctx.fillText.mock.calls.map(([text]) => text)).toEqual(["c1 is hot", "hot_c > 8"]);
    expect(ctx.stroke).toHaveBeenCalledTimes(1);
  });
  it("is no line beyond the scale or of a curve that is not there, and no title where there is no room", () => {
    const ctx = drawn(
      [
        { key: "c1", limits: [limit({})], alarms: [span(10, 11)] },
        { key: "c2", limits: [limit({})], alarms: [] },
      ],
      5,
    );
    expect(ctx.stroke).not.toHaveBeenCalled();
    expect(ctx.fillText).not.toHaveBeenCalled();
    expect(ctx.fillRect).toHaveBeenCalled();
  });
  it("is no cursor while nothing is measured", () => {
    const { hooks } = movedCursors(() => null, vi.fn());
    expect(() => (hooks.draw as (plot: unknown) => void)(plotWith(pen()))).not.toThrow();
  });
});
