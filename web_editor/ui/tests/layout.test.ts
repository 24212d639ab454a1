import { describe, expect, it } from "vitest";
import type { GraphNode } from "../src/api/types";
import { freeSpot, layout, NODE_WIDTH, neighbour, nodeHeight } from "../src/logic/layout";
import { graphOf } from "./graphs";

describe("layout", () => {
  it("puts each node right of what feeds it", () => {
    const places = layout(
      graphOf(
        ["a", "b", "c"],
        [
          ["a", "b"],
          ["b", "c"],
        ],
      ),
    );
    expect(places.get("b")!.x).toBeGreaterThan(places.get("a")!.x + NODE_WIDTH);
    expect(places.get("c")!.x).toBeGreaterThan(places.get("b")!.x + NODE_WIDTH);
  });

  it("lets no two nodes overlap, rings and lone nodes included", () => {
    const ids = Array.from({ length: 40 }, (_, i) => `n${i}`);
    const wires = ids.slice(1, 30).map((id, i) => [`n${Math.floor(i / 3)}`, id] as [string, string]);
    const places = [...layout(graphOf(ids, [...wires, ["n29", "n0"]])).values()];
    expect(places).toHaveLength(40);
    places.forEach((a, i) =>
      places.slice(i + 1).forEach((b) => {
        expect(Math.abs(a.x - b.x) < NODE_WIDTH && Math.abs(a.y - b.y) < nodeHeight(1)).toBe(false);
      }),
    );
  });

  it("keeps a place that a person chose", () => {
    const graph = graphOf(["a", "b"], [["a", "b"]]);
    graph.nodes[1] = { ...graph.nodes[1]!, position: { x: 7, y: 900 } } as GraphNode;
    expect(layout(graph).get("b")).toEqual({ x: 7, y: 900 });
  });

  it("ignores wires to nodes that do not exist", () => {
    expect([...layout(graphOf(["a"], [["a", "gone"]])).keys()]).toEqual(["a"]);
  });

  it("keeps a chain on one level, and what it forks into on both sides of it", () => {
    const places = layout(
      graphOf(
        ["a", "b", "c", "d"],
        [
          ["a", "b"],
          ["b", "c"],
          ["b", "d"],
        ],
      ),
    );
    expect(places.get("a")!.y).toBe(places.get("b")!.y);
    expect(places.get("c")!.y).toBeLessThan(places.get("b")!.y);
    expect(places.get("d")!.y).toBeGreaterThan(places.get("b")!.y);
  });

  it("crosses no wires where none need to cross", () => {
    const places = layout(
      graphOf(
        ["a", "b", "x", "y"],
        [
          ["a", "y"],
          ["b", "x"],
        ].map(([from, to]) => [from!, to!]),
      ),
    );
    expect(Math.sign(places.get("a")!.y - places.get("b")!.y)).toBe(Math.sign(places.get("y")!.y - places.get("x")!.y));
    const fan = layout(
      graphOf(
        ["s", "a", "b", "x", "y", "e"],
        [
          ["s", "a"],
          ["s", "b"],
          ["a", "y"],
          ["b", "x"],
          ["x", "e"],
          ["y", "e"],
        ],
      ),
    );
    expect(Math.sign(fan.get("a")!.y - fan.get("b")!.y)).toBe(Math.sign(fan.get("y")!.y - fan.get("x")!.y));
  });

  it("puts a source beside what it feeds, and leaves room for a wire that passes a layer", () => {
    const places = layout(
      graphOf(
        ["a", "b", "c", "late", "d"],
        [
          ["a", "b"],
          ["b", "c"],
          ["c", "d"],
          ["late", "d"],
          ["a", "d"],
        ],
      ),
    );
    expect(places.get("late")!.x).toBe(places.get("c")!.x);
    expect(places.get("b")!.y).not.toBe(places.get("a")!.y);
  });

  it("stands in several columns when one would be too high to see", () => {
    const ids = Array.from({ length: 1000 }, (_, i) => `n${i}`);
    const places = [...layout(graphOf(ids, chains(ids, 10))).values()];
    const [width, height] = [Math.max(...places.map(({ x }) => x)), Math.max(...places.map(({ y }) => y))];
    expect(width / height).toBeGreaterThan(0.8);
    expect(width / height).toBeLessThan(2.5);
  });

  it("lays out a thousand nodes within a second, in chains and all in one", () => {
    const ids = Array.from({ length: 1000 }, (_, i) => `n${i}`);
    const tangle = ids.slice(1).flatMap(
      (id, i) =>
        [
          [ids[Math.floor(i / 2)]!, id],
          [ids[Math.floor(i / 3)]!, id],
        ] as [string, string][],
    );
    for (const wires of [chains(ids, 20), tangle]) {
      const graph = graphOf(ids, wires);
      // the processor's own time: on a busy machine the clock on the wall tells of others
      const start = process.cpuUsage();
      layout(graph);
      expect(process.cpuUsage(start).user / 1000).toBeLessThan(1000);
    }
  });
});

function chains(ids: readonly string[], length: number): [string, string][] {
  return ids.slice(1).flatMap((id, i) => ((i + 1) % length ? [[ids[i]!, id]] : []));
}

describe("neighbour", () => {
  const places = new Map([
    ["a", { x: 0, y: 0 }],
    ["b", { x: 200, y: 0 }],
    ["c", { x: 200, y: 300 }],
    ["d", { x: 0, y: 90 }],
  ]);
  it("prefers straight ahead", () => expect(neighbour(places, "a", "right")).toBe("b"));
  it("finds the nearest below", () => expect(neighbour(places, "a", "down")).toBe("d"));
  it("is null at the edge", () => expect(neighbour(places, "a", "left")).toBeNull());
  it("is null for a node that is gone", () => expect(neighbour(places, "x", "up")).toBeNull());
});

describe("freeSpot", () => {
  it("never lies on another node", () => {
    const places = new Map([
      ["a", { x: 0, y: 0 }],
      ["b", { x: NODE_WIDTH + 84, y: 0 }],
    ]);
    const spot = freeSpot(places, "a");
    expect(spot.y).toBeGreaterThan(nodeHeight(1));
  });
});
