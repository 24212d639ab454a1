import { describe, expect, it } from "vitest";
import { openingView, viewOn, wholeView } from "../src/canvas/view";

describe("wholeView", () => {
  const bounds = { x: -100, y: 40, width: 3000, height: 400 };
  const corners = (width: number, height: number, box = bounds) => {
    const { x, y, zoom } = wholeView(box, width, height, 0.05);
    return {
      zoom,
      left: box.x * zoom + x,
      top: box.y * zoom + y,
      right: (box.x + box.width) * zoom + x,
      bottom: (box.y + box.height) * zoom + y,
    };
  };

  it("shows all of a flow and leaves the buttons free, whatever the shape of either", () => {
    for (const [width, height] of [
      [700, 450],
      [1800, 900],
      [400, 900],
    ] as const)
      for (const box of [bounds, { x: 0, y: 0, width: 200, height: 5000 }, { x: 9, y: 9, width: 10, height: 10 }]) {
        const { left, top, right, bottom } = corners(width, height, box);
        expect(left).toBeGreaterThanOrEqual(64 - 1e-6);
        expect(top).toBeGreaterThanOrEqual(0);
        expect(right).toBeLessThanOrEqual(width);
        expect(bottom).toBeLessThanOrEqual(height);
      }
  });

  it("never shows anything larger than life", () => {
    expect(corners(1800, 900, { x: 0, y: 0, width: 200, height: 60 }).zoom).toBe(1);
  });
});

describe("openingView", () => {
  const flow = { x: 24, y: 24, width: 1400, height: 300 };

  it("is the whole flow, also where that is far away", () => {
    expect(openingView(flow, 560, 400, 0.05)).toEqual(wholeView(flow, 560, 400, 0.05));
    expect(openingView({ ...flow, width: 200, height: 100 }, 340, 250, 0.05).zoom).toBe(1);
  });

  it("is the readable beginning of it in a canvas as narrow as that of a page at 200 %", () => {
    const { x, y, zoom } = openingView(flow, 340, 250, 0.05);
    expect(zoom).toBe(0.5);
    expect(flow.x * zoom + x).toBe(64);
    expect(flow.y * zoom + y).toBeGreaterThan(0);
  });
});

describe("viewOn", () => {
  const row = Array.from({ length: 20 }, (_, i) => ({ x: 240 * i, y: 0 }));

  it("shows the whole flow while that can be read", () => {
    expect(viewOn(row[3]!, row.slice(0, 4), 1200, 500, 2).zoom).toBe(1);
  });

  it("puts the node into the middle of a larger one", () => {
    const { x, zoom } = viewOn(row[19]!, row, 1200, 500, 0.3);
    expect((row[19]!.x + 88) * zoom + x).toBe(600);
  });
});
