import { beforeEach, describe, expect, it } from "vitest";
import { ariaLabels } from "../src/canvas/labels";
import { movedWith } from "../src/canvas/nodes";
import { editor } from "../src/edit/editor";
import { use } from "../src/i18n";
import { en } from "../src/i18n/en";
import { fr } from "../src/i18n/fr";
import { createStore } from "../src/state/store";
import { graphOf } from "./graphs";

const at = (id: string, x: number, y: number) => ({ id, position: { x, y }, data: {} });

describe("nodes that are dragged", () => {
  beforeEach(() => {
    const graph = graphOf(["a", "b", "far"], []);
    const places = new Map(graph.nodes.map(({ id }, i) => [id, { x: 100 * i, y: 0 }]));
    editor.set({ document: { store: createStore({ graph, places }) } as never, nodes: new Set(["a", "b", "far"]) });
  });
  it("take along what is selected and not near, by the same way", () => {
    const [a, b] = [at("a", 10, 20), at("b", 110, 20)];
    expect([...movedWith(a, [a, b])]).toEqual([
      ["a", { x: 10, y: 20 }],
      ["b", { x: 110, y: 20 }],
      ["far", { x: 210, y: 20 }],
    ]);
  });
  it("take nothing along when they go alone", () => {
    const a = at("a", 10, 20);
    expect([...movedWith(a, [a])]).toEqual([["a", { x: 10, y: 20 }]]);
  });
});

describe("the library's controls", () => {
  it("are named in the reader's language", () => {
    use("en", en);
    const english = Object.values(ariaLabels());
    use("fr", fr);
    expect(Object.values(ariaLabels()).filter((word) => !word || english.includes(word))).toEqual(["Port"]); // so in both
    use("en", en);
  });
});
