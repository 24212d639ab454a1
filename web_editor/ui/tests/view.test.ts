import { describe, expect, it } from "vitest";
import { wholeView } from "../src/canvas/view";

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
