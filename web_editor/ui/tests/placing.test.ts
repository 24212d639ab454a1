import { describe, expect, it } from "vitest";
import { type Box, placed, type Spot } from "../src/logic/placing";

const box = { width: 160, height: 56 };
const overlap = (a: Spot, b: Spot, size: Box) => Math.abs(a.x - b.x) < size.width && Math.abs(a.y - b.y) < size.height;

describe("placed", () => {
  it("puts what is wired to the right of what it comes from, level where nothing else is", () => {
    const [a, b, c] = placed(
      [box, box, box],
      [
        [0, 1],
        [1, 2],
      ],
    ) as [Spot, Spot, Spot];
    expect(a.x).toBeLessThan(b.x);
    expect(b.x).toBeLessThan(c.x);
    expect(a.y).toBe(b.y);
    expect(b.y).toBe(c.y);
  });

  it("lets no two boxes overlap, whatever the wires, circles and boxes alone among them", () => {
    let seed = 7;
    const next = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed % below;
    };
    for (let round = 0; round < 40; round++) {
      const count = 1 + next(25);
      const wires = Array.from({ length: next(40) }, () => [next(count), next(count)] as const);
      const spots = placed(new Array<Box>(count).fill(box), wires);
      for (let i = 0; i < count; i++)
        for (let j = 0; j < i; j++)
          expect(overlap(spots[i]!, spots[j]!, box), `round ${round}: ${j}, ${i}`).toBe(false);
    }
  });

  it("places nothing for nothing, and the same for the same", () => {
    expect(placed([], [])).toEqual([]);
    const wires = [
      [0, 2],
      [1, 2],
      [2, 3],
    ] as const;
    expect(placed([box, box, box, box], wires)).toEqual(placed([box, box, box, box], wires));
  });

  it("wraps a wall of parts into columns", () => {
    const spots = placed(new Array<Box>(120).fill(box), []);
    expect(new Set(spots.map(({ x }) => x)).size).toBeGreaterThan(3);
  });
});
