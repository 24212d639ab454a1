import { describe, expect, it } from "vitest";
import { mostOf, PANES } from "../src/logic/panes";

describe("mostOf", () => {
  it("leaves the canvas almost half of the width and more than half of the height of a small window", () => {
    for (const width of [720, 768, 840, 960, 1100, 1280])
      expect(mostOf("left_px", width) + Math.min(340, mostOf("right_px", width))).toBeLessThanOrEqual(0.53 * width);
    for (const height of [384, 450, 512, 540]) expect(mostOf("bottom_px", height)).toBeLessThanOrEqual(0.38 * height);
  });

  it("leaves the sizes to the reader in a large one, and never falls below the least", () => {
    for (const pane of ["left_px", "right_px", "bottom_px"] as const) {
      expect(mostOf(pane, 1440)).toBe(PANES[pane].max);
      expect(mostOf(pane, 100)).toBe(PANES[pane].min);
    }
  });
});
