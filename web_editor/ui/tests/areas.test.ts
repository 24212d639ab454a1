import { describe, expect, it } from "vitest";
import { apart, areasOf } from "../src/canvas/areas";
import type { CanvasNode } from "../src/canvas/elements";
import { NODE_HEIGHT, NODE_WIDTH } from "../src/logic/layout";

const node = (id: string, x: number, y: number, area?: string) =>
  ({
    id,
    position: { x, y },
    width: NODE_WIDTH,
    height: NODE_HEIGHT,
    data: { node: { id, config: area === undefined ? {} : { area } } },
  }) as unknown as CanvasNode;

describe("areas", () => {
  it("hold every node of their name and no other", () => {
    const [dry, wet] = areasOf([
      node("a", 0, 0, "wet"),
      node("b", 400, 200, "dry"),
      node("c", 300, 90, "wet"),
      node("d", 0, 900),
    ]);
    expect([dry!.name, wet!.name]).toEqual(["dry", "wet"]);
    expect(wet!.x).toBeLessThan(0);
    expect(wet!.x + wet!.width).toBeGreaterThan(300 + NODE_WIDTH);
    expect(dry!.y).toBeLessThan(200);
    expect(areasOf([node("d", 0, 0)])).toEqual([]);
  });
});

describe("a node that is put on another", () => {
  it("comes to rest below it, and below whatever stands there", () => {
    const places = new Map([
      ["a", { x: 0, y: 0 }],
      ["b", { x: 20, y: NODE_HEIGHT + 5 }],
      ["c", { x: 900, y: 0 }],
    ]);
    const rest = apart(places, new Map([["c", { x: 10, y: 10 }]])).get("c")!;
    expect(rest.x).toBe(10);
    expect(rest.y).toBeGreaterThanOrEqual(2 * NODE_HEIGHT + 5);
  });
  it("stays where it was put when nothing is there, and keeps the others' distances", () => {
    const places = new Map([["a", { x: 0, y: 0 }]]);
    expect(apart(places, new Map([["b", { x: 500, y: 3 }]])).get("b")).toEqual({ x: 500, y: 3 });
    const both = apart(
      places,
      new Map([
        ["b", { x: 0, y: 10 }],
        ["c", { x: 300, y: 50 }],
      ]),
    );
    expect(both.get("c")!.y - both.get("b")!.y).toBe(40);
  });
});
