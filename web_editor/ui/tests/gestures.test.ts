import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Graph } from "../src/api/types";
import { current, editor } from "../src/edit/editor";
import {
  addNode,
  align,
  connect,
  deleteSelected,
  layOutAgain,
  nudgeSelected,
  rename,
  setValue,
  spliceLoose,
} from "../src/edit/gestures";
import { selectAll, selectedNode, selectNodes, selectReach, selectWire } from "../src/edit/selection";
import type { Place } from "../src/logic/layout";
import { sessions } from "../src/state/session";
import { createStore } from "../src/state/store";
import { graphOf, node } from "./graphs";

/** An open flow that takes down what gestures make of it. */
function opened(graph: Graph, role: "viewer" | "integrator" = "integrator") {
  const places = new Map<string, Place>(graph.nodes.map(({ id }, i) => [id, { x: 100 * i, y: 0 }]));
  const apply = vi.fn();
  sessions.set({ session: { user: { name: "a", role }, setup_required: false, version: "", stale_ui: false } });
  editor.set({
    document: { store: createStore({ graph, places }), apply } as never,
    palette: {
      nodes: [
        { ...kind, type: "log" },
        { ...kind, type: "inject", input: false },
      ],
      connections: [],
    },
    nodes: new Set(),
    wire: null,
  });
  return apply;
}

const kind = {
  title: "",
  summary: "",
  kind: "sink",
  category: "tool",
  ports: ["out"] as string[],
  input: true,
  error_port: true,
  subflow: false,
  connections: {} as Record<string, string[]>,
} as const;
const LINE = graphOf(
  ["a", "b", "c"],
  [
    ["a", "b"],
    ["b", "c"],
  ],
);

describe("gestures", () => {
  let apply = opened(LINE);
  beforeEach(() => {
    apply = opened(LINE);
  });

  it("adds a node wired from the selected one, and selects it", () => {
    selectNodes(["a"]);
    addNode("log", null);
    expect(apply).toHaveBeenCalledWith([
      { op: "add", path: ["nodes", "log"], value: { type: "log" } },
      { op: "wire", from: "a", port: "out", to: "log" },
    ]);
    expect(selectedNode()).toBe("log");
  });

  it("wires nothing into what takes no input, and finds room for it", () => {
    selectNodes(["a"]);
    addNode("inject", null);
    const [operations] = apply.mock.calls[0]!;
    expect(operations).toHaveLength(1);
    expect(operations[0].position).toBeDefined();
  });

  it("takes the next free name", () => {
    apply = opened({ ...LINE, nodes: [...LINE.nodes, node("log")] });
    addNode("log", { x: 1, y: 2 });
    expect(apply.mock.calls[0]![0][0]).toEqual({
      op: "add",
      path: ["nodes", "log_2"],
      value: { type: "log" },
      position: { x: 1, y: 2 },
    });
  });

  it("connects a new node where the flow has one connection that fits, and asks where it has two", () => {
    const connection = (id: string, type: string) => ({
      id,
      type,
      config: {},
      used_by: [],
      range: LINE.nodes[0]!.range,
      yaml: "",
    });
    const needs = { ...kind, type: "mqtt_out", connections: { connection: ["mqtt"] } };
    const added = (...connections: ReturnType<typeof connection>[]) => {
      apply = opened({ ...LINE, connections });
      editor.set({ palette: { nodes: [needs], connections: [] } });
      addNode("mqtt_out", null);
      return apply.mock.calls[0]![0][0].value;
    };
    expect(added(connection("db", "sql"))).toEqual({ type: "mqtt_out" });
    expect(added(connection("db", "sql"), connection("hall", "mqtt"))).toEqual({
      type: "mqtt_out",
      connection: "hall",
    });
    expect(added(connection("hall", "mqtt"), connection("yard", "mqtt"))).toEqual({ type: "mqtt_out" });
  });

  it("does nothing for somebody who may only look", () => {
    apply = opened(LINE, "viewer");
    addNode("log", null);
    selectNodes(["a"]);
    deleteSelected();
    setValue(["nodes", "a", "x"], 1);
    expect(apply).not.toHaveBeenCalled();
  });

  it("deletes the selected wire, else the selected nodes", () => {
    selectWire("a:out>b");
    deleteSelected();
    expect(apply).toHaveBeenLastCalledWith([{ op: "unwire", from: "a", port: "out", to: "b" }]);
    selectNodes(["b", "c"]);
    deleteSelected();
    expect(apply).toHaveBeenLastCalledWith([
      { op: "delete", path: ["nodes", "b"] },
      { op: "delete", path: ["nodes", "c"] },
    ]);
    expect(editor.get().nodes.size).toBe(0);
  });

  it("wires only what takes an input, and nothing to itself", () => {
    connect("a", "out", "a");
    connect("a", "out", "nowhere");
    expect(apply).not.toHaveBeenCalled();
    connect("a", "out", "c");
    expect(apply).toHaveBeenCalledWith([{ op: "wire", from: "a", port: "out", to: "c" }]);
  });

  it("moves what is selected in whole pixels", () => {
    selectNodes(["b"]);
    nudgeSelected(0.4, 8);
    expect(apply).toHaveBeenCalledWith([{ op: "move", node: "b", position: { x: 100, y: 8 } }]);
  });

  it("lays out again only what a person had moved", () => {
    apply = opened({ ...LINE, nodes: [node("a", { position: { x: 1, y: 1 } }), node("b")] });
    layOutAgain();
    expect(apply).toHaveBeenCalledWith([{ op: "move", node: "a", position: null }]);
  });

  it("follows a renamed node, sets a value and takes it away", () => {
    rename(["nodes", "a"], "first");
    expect(selectedNode()).toBe("first");
    setValue(["nodes", "b", "every"], undefined);
    expect(apply).toHaveBeenLastCalledWith([{ op: "delete", path: ["nodes", "b", "every"] }]);
  });
});

describe("selection", () => {
  it("selects all, and what lies up or down the wires", () => {
    opened(LINE);
    selectAll();
    expect([...editor.get().nodes]).toEqual(["a", "b", "c"]);
    selectNodes(["b"]);
    selectReach("down");
    expect([...editor.get().nodes].sort()).toEqual(["b", "c"]);
    selectReach("up");
    expect([...editor.get().nodes].sort()).toEqual(["a", "b", "c"]);
  });

  it("tells nobody of the selection that was there already", () => {
    opened(LINE);
    selectNodes(["a"]);
    const before = editor.get().nodes;
    selectNodes(["a"]);
    expect(editor.get().nodes).toBe(before);
    selectWire("a:out>b");
    expect(selectedNode()).toBeNull();
  });
});

describe("a wire that is cut", () => {
  const wired = () => graphOf(["a", "b", "c"], [["a", "b"]]);
  it("gets a new node of the palette between its ends", () => {
    const apply = opened(wired());
    addNode("log", { x: 1, y: 2 }, { into: "a:out>b" });
    expect(apply.mock.calls[0]![0]).toEqual([
      { op: "add", path: ["nodes", "log"], value: { type: "log" }, position: { x: 1, y: 2 } },
      { op: "wire", from: "a", port: "out", to: "log" },
      { op: "unwire", from: "a", port: "out", to: "b" },
      { op: "wire", from: "log", port: "out", to: "b" },
    ]);
  });
  it("takes in a node that nothing is wired to, and leaves a wired one alone", () => {
    const apply = opened(
      graphOf(
        ["a", "b", "c", "d"],
        [
          ["a", "b"],
          ["b", "d"],
        ],
      ),
    );
    spliceLoose("d", "a:out>b");
    expect(apply).not.toHaveBeenCalled();
    spliceLoose("c", "a:out>b");
    expect(apply.mock.lastCall![0]).toHaveLength(3);
  });
  it("stays whole for a source", () => {
    const apply = opened(wired());
    addNode("inject", null, { into: "a:out>b" });
    expect(apply.mock.calls[0]![0]).toHaveLength(1);
  });
});

describe("align", () => {
  it("spaces evenly between the outermost, and moves only across", () => {
    const apply = opened(graphOf(["a", "b", "c"], []));
    selectNodes(["a", "b", "c"]);
    (current().places as Map<string, Place>).set("b", { x: 190, y: 40 });
    align("row");
    expect(apply.mock.lastCall![0]).toContainEqual({ op: "move", node: "b", position: { x: 100, y: 40 } });
  });
});
