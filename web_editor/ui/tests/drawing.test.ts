import { describe, expect, it } from "vitest";
import { charactersThatFit, drawNames, fitted } from "../src/canvas/drawing";
import { sceneOf } from "../src/canvas/scene";
import { node } from "./graphs";

function written(zoom: number, states: Record<string, 0 | 1 | 2 | 3 | 4> = {}): string[] {
  const texts: string[] = [];
  const pen = { strokeText: () => undefined, fillText: (text: string) => texts.push(text) };
  const marks = ["pressure", "flow_of_water"].map((id, i) => ({
    id,
    name: id,
    kind: "source" as const,
    x: 228 * zoom * i,
    y: 0,
    width: 160 * zoom,
    height: 56 * zoom,
  }));
  drawNames(pen as never, marks, (id) => states[id] ?? 1, zoom, {} as never);
  return texts;
}

describe("the view from afar", () => {
  it("writes every name, cut to the room between two nodes", () => {
    expect(written(0.49)).toEqual(["pressure", "flow_of_water"]);
    expect(written(0.25)).toEqual(["press…", "flow_…"]);
    for (const zoom of [0.2, 0.3, 0.4, 0.49])
      for (const text of written(zoom)) expect(text.length).toBeLessThanOrEqual(charactersThatFit(160 * zoom, zoom));
  });

  it("writes where there is no room only what needs somebody", () => {
    expect(written(0.1)).toEqual([]);
    expect(written(0.1, { flow_of_water: 3, pressure: 4 })).toEqual(["flow_of_water"]);
  });

  it("cuts a name to a length", () => {
    expect(fitted("abc", 3)).toBe("abc");
    expect(fitted("abcd", 3)).toBe("ab…");
  });

  it("knows a node by its title, else by its own part of a name inside a subflow", () => {
    const nodes = [node("a", { title: "Boiler" }), node("sub/b")].map((each) => ({
      id: each.id,
      position: { x: 0, y: 0 },
      data: { node: each },
    }));
    expect(sceneOf(nodes as never, []).marks.map(({ name }) => name)).toEqual(["Boiler", "b"]);
  });
});
