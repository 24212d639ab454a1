import { describe, expect, it } from "vitest";
import type { GraphNode } from "../src/api/types";
import { freeSpot, layout, neighbour, NODE_WIDTH, nodeHeight } from "../src/logic/layout";
import { graphOf } from "./graphs";

describe("layout", () => {
  it("puts each node right of what feeds it", () => {
    const places = layout(graphOf(["a", "b", "c"], [["a", "b"], ["b", "c"]]));
    expect(places.get("b")!.x).toBeGreaterThan(places.get("a")!.x + NODE_WIDTH);
    expect(places.get("c")!.x).toBeGreaterThan(places.get("b")!.x + NODE_WIDTH);
  });

  it("lets no two nodes overlap, rings and lone nodes included", () => {
    const ids = Array.from({ length: 40 }, (_, i) => `n${i}`);
    const wires = ids.slice(1, 30).map((id, i) => [`n${Math.floor(i / 3)}`, id] as [string, string]);
    const places = [...layout(graphOf(ids, [...wires, ["n29", "n0"]])).values()];
    expect(places).toHaveLength(40);
    places.forEach((a, i) => places.slice(i + 1).forEach((b) => {
      expect(Math.abs(a.x - b.x) < NODE_WIDTH && Math.abs(a.y - b.y) < nodeHeight(1)).toBe(false);
    }));
  });

  it("keeps a place that a person chose", () => {
    const graph = graphOf(["a", "b"], [["a", "b"]]);
    graph.nodes[1] = { ...graph.nodes[1]!, position: { x: 7, y: 900 } } as GraphNode;
    expect(layout(graph).get("b")).toEqual({ x: 7, y: 900 });
  });

  it("ignores wires to nodes that do not exist", () => {
    expect([...layout(graphOf(["a"], [["a", "gone"]])).keys()]).toEqual(["a"]);
  });

  it("lays out a thousand nodes within a second", () => {
    const ids = Array.from({ length: 1000 }, (_, i) => `n${i}`);
    const wires = ids.slice(1).filter((_, i) => i % 20 !== 19).map((id, i) => [ids[ids.indexOf(id) - 1]!, id, i] as unknown as [string, string]);
    const graph = graphOf(ids, wires);
    // the processor's own time: on a busy machine the clock on the wall tells of others
    const start = process.cpuUsage();
    layout(graph);
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(1000);
  });
});

describe("neighbour", () => {
  const places = new Map([["a", { x: 0, y: 0 }], ["b", { x: 200, y: 0 }], ["c", { x: 200, y: 300 }], ["d", { x: 0, y: 90 }]]);
  it("prefers straight ahead", () => expect(neighbour(places, "a", "right")).toBe("b"));
  it("finds the nearest below", () => expect(neighbour(places, "a", "down")).toBe("d"));
  it("is null at the edge", () => expect(neighbour(places, "a", "left")).toBeNull());
  it("is null for a node that is gone", () => expect(neighbour(places, "x", "up")).toBeNull());
});

describe("freeSpot", () => {
  it("never lies on another node", () => {
    const places = new Map([["a", { x: 0, y: 0 }], ["b", { x: NODE_WIDTH + 84, y: 0 }]]);
    const spot = freeSpot(places, "a");
    expect(spot.y).toBeGreaterThan(nodeHeight(1));
  });
});
