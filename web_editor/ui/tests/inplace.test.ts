import { describe, expect, it } from "vitest";
import { framesOf, outersOf, outerWire } from "../src/logic/inplace";
import { graphOf, node } from "./graphs";

describe("subflows in place", () => {
  const outer = { ...graphOf(["in", "out"], []), nodes: [node("in"), node("mid", { subflow: "inner" })] };
  const inner = graphOf(["x", "y"], [["x", "y"]]);

  it("frames an opened node with room for all that is inside, which bears its name", () => {
    const frame = framesOf(outer, new Set(["mid"]), new Map([["inner", inner]])).get("mid")!;
    expect(frame.inner.nodes.map(({ id }) => id)).toEqual(["mid/x", "mid/y"]);
    expect(frame.inner.wires[0]).toMatchObject({ id: "mid/x:out>mid/y", from: "mid/x", to: "mid/y" });
    for (const { x, y } of frame.places.values()) {
      expect(x).toBeGreaterThan(0);
      expect(y).toBeGreaterThan(0);
      expect(x).toBeLessThan(frame.width);
      expect(y).toBeLessThan(frame.height);
    }
  });

  it("frames nothing that is closed, no subflow or not read yet", () => {
    expect(framesOf(outer, new Set(), new Map([["inner", inner]])).size).toBe(0);
    expect(framesOf(outer, new Set(["mid", "in"]), new Map()).size).toBe(0);
  });

  it("knows which nodes and wires of the flow stand for those that run inside", () => {
    expect(outersOf("a/b/c")).toEqual(["a", "a/b"]);
    expect(outersOf("a")).toEqual([]);
    expect(outerWire("a/b:out>c")).toBe("a>c");
    expect(outerWire("a/b:out>a/c")).toBeNull();
    expect(outerWire("a:out>b")).toBeNull();
  });
});
