import { describe, expect, it } from "vitest";
import { aligned } from "../src/logic/align";
import { layered, mean } from "../src/logic/layers";

const places = (layers: number[][]) => {
  const found = new Map<number, number>();
  for (const [at, layer] of layers.entries()) for (const node of layer) found.set(node, at);
  return found;
};

describe("a graph in layers", () => {
  it("leads every wire one layer to the right, with steps for long ones", () => {
    const { layers, after } = layered(4, [
      [0, 1],
      [1, 2],
      [2, 3],
      [0, 3],
    ]);
    const at = places(layers);
    for (const [from, targets] of after.entries())
      for (const to of targets) expect(at.get(to)! - at.get(from)!).toBe(1);
    expect(layers.flat()).toHaveLength(6); // two steps for the wire from 0 to 3
  });
  it("opens a ring, and a node that is wired to itself", () => {
    const { layers } = layered(3, [
      [0, 1],
      [1, 2],
      [2, 0],
      [1, 1],
    ]);
    expect(layers.filter((layer) => layer.some((node) => node < 3)).map((layer) => layer[0])).toEqual([0, 1, 2]);
  });
  it("untangles what crosses", () => {
    const { layers } = layered(4, [
      [0, 3],
      [1, 2],
    ]);
    const [left, right] = layers as [number[], number[]];
    expect(left.indexOf(0) < left.indexOf(1)).toBe(right.indexOf(3) < right.indexOf(2));
  });
  it("of nothing is nothing", () => expect(layered(0, []).layers).toEqual([]));
  it("takes the mean, or what is given for none", () => {
    expect(mean([1, 2, 6], 9)).toBe(3);
    expect(mean([], 9)).toBe(9);
  });
});

describe("nodes brought into line", () => {
  const items = [
    { id: "a", x: 50, y: 0 },
    { id: "b", x: 0, y: 30 },
    { id: "c", x: 10, y: 90 },
  ];
  it("stand at the leftmost or topmost edge", () => {
    expect(aligned(items, "left").map(({ x }) => x)).toEqual([0, 0, 0]);
    expect(aligned(items, "top").map(({ y }) => y)).toEqual([0, 0, 0]);
  });
  it("have equal steps between the outermost two", () => {
    expect(aligned(items, "row").map(({ id, x }) => [id, x])).toEqual([
      ["b", 0],
      ["c", 25],
      ["a", 50],
    ]);
    expect(aligned(items, "column").map(({ y }) => y)).toEqual([0, 45, 90]);
  });
  it("of none or one change nothing", () => {
    expect(aligned([], "row")).toEqual([]);
    expect(aligned([items[0]!], "row")).toEqual([items[0]]);
  });
});
