import { beforeEach, describe, expect, it, vi } from "vitest";
import { copyInto, cutInto, paste, yamlOf } from "../src/edit/clipboard";
import { FlowDocument } from "../src/edit/document";
import { editor } from "../src/edit/editor";
import { selectNodes } from "../src/edit/selection";
import { sessions } from "../src/state/session";
import { graphOf, node } from "./graphs";

const GRAPH = {
  ...graphOf([], []),
  nodes: [
    node("a", { yaml: "# first\na:\n  type: x\n  text: |\n    1\n\n    2\n" }),
    node("b", { yaml: "b: {type: y, connection: hub}\n" }),
  ],
  connections: [
    { id: "hub", type: "mqtt", config: {}, range: node("a").range, yaml: "hub: {type: mqtt}\n", used_by: ["b"] },
  ],
};

let document: FlowDocument;
beforeEach(() => {
  sessions.set({
    session: { user: { name: "a", role: "integrator" }, setup_required: false, version: "", stale_ui: false },
  });
  document = new FlowDocument("plant");
  document.store.set({ graph: GRAPH });
  editor.set({ document, nodes: new Set(), wire: null });
});

function clipboard() {
  const setData = vi.fn();
  return { clipboardData: { setData } as never, preventDefault: vi.fn(), setData };
}

describe("what is copied", () => {
  it("is what the engine wrote for each node, under its section", () =>
    expect(yamlOf(GRAPH, new Set(["a"]))).toBe(
      "nodes:\n  # first\n  a:\n    type: x\n    text: |\n      1\n\n      2\n",
    ));
  it("brings the connections that it uses", () =>
    expect(yamlOf(GRAPH, new Set(["b"]))).toBe(
      "connections:\n  hub: {type: mqtt}\nnodes:\n  b: {type: y, connection: hub}\n",
    ));
  it("is nothing while the engine has not written it", () =>
    expect(yamlOf({ ...GRAPH, nodes: [node("c", { yaml: "" })] }, new Set(["c"]))).toBe(""));
  it("goes into the event, and what is cut goes from the flow", () => {
    const apply = vi.spyOn(document, "apply").mockImplementation(() => undefined);
    const event = clipboard();
    copyInto(event);
    expect(event.preventDefault).not.toHaveBeenCalled();
    selectNodes(["b"]);
    cutInto(event);
    expect(event.setData).toHaveBeenCalledWith("text/plain", yamlOf(GRAPH, new Set(["b"])));
    expect(apply).toHaveBeenCalledWith([{ op: "delete", path: ["nodes", "b"] }]);
  });
});

describe("what is pasted", () => {
  it("is read by the engine; what came of it is selected", async () => {
    const apply = vi.spyOn(document, "apply").mockImplementation(() => undefined);
    vi.spyOn(document, "settled").mockImplementation(async () => {
      document.store.set({ graph: { ...GRAPH, nodes: [...GRAPH.nodes, node("a_2")] } });
      return true;
    });
    await paste("a: {type: x}");
    expect(apply).toHaveBeenCalledWith([{ op: "paste", text: "a: {type: x}" }]);
    expect([...editor.get().nodes]).toEqual(["a_2"]);
  });
  it("changes no selection where the engine does not answer, or another flow is open by then", async () => {
    vi.spyOn(document, "apply").mockImplementation(() => undefined);
    selectNodes(["a"]);
    const settled = vi.spyOn(document, "settled").mockResolvedValue(false);
    await paste("a: {type: x}");
    settled.mockImplementation(async () => {
      document.store.set({ graph: { ...GRAPH, nodes: [...GRAPH.nodes, node("a_2")] } });
      editor.set({ document: new FlowDocument("other") });
      return true;
    });
    await paste("a: {type: x}");
    expect([...editor.get().nodes]).toEqual(["a"]);
  });
});
