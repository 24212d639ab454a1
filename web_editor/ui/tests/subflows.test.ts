import { beforeEach, describe, expect, it, vi } from "vitest";
import { flows } from "../src/api/calls";
import { ApiError } from "../src/api/http";
import type { Flow, Graph } from "../src/api/types";
import { editor } from "../src/edit/editor";
import { selectedNode, selectNodes } from "../src/edit/selection";
import { makeSubflow, selectedInstance, writeOut } from "../src/edit/subflows";
import { notices } from "../src/state/notices";
import { sessions } from "../src/state/session";
import { createStore } from "../src/state/store";
import { graphOf, node } from "./graphs";

const BEFORE = graphOf(["a", "b", "c"], [["a", "b"]]);
const AFTER: Graph = { ...BEFORE, nodes: [node("a"), node("sub", { type: "sub", subflow: "sub" })] };

/** A document whose text the engine makes anew. */
function opened(graph: Graph, next: Graph) {
  const store = createStore({ graph, places: new Map() });
  sessions.set({
    session: { user: { name: "a", role: "integrator" }, setup_required: false, version: "", stale_ui: false },
  });
  const remake = async (make: (etag: string) => Promise<Flow>) => {
    await make("e1");
    store.set({ graph: next });
    return true;
  };
  editor.set({ document: { id: "f", store, remake } as never, nodes: new Set(), palette: null, types: null });
}

describe("subflows", () => {
  beforeEach(() => {
    vi.restoreAllMocks();
    notices.set({ items: [] });
  });

  it("are made of what is selected, and the instance is selected then", async () => {
    opened(BEFORE, AFTER);
    const extract = vi.spyOn(flows, "extract").mockResolvedValue({} as Flow);
    vi.stubGlobal("fetch", () => new Promise(() => undefined));
    selectNodes(["b", "c"]);
    expect(await makeSubflow("sub")).toBe(true);
    expect(extract).toHaveBeenCalledWith("f", ["b", "c"], "sub", "e1");
    expect(selectedNode()).toBe("sub");
  });

  it("are written out where an instance of one is selected, and nothing else is", async () => {
    opened(AFTER, BEFORE);
    const inline = vi.spyOn(flows, "inline").mockResolvedValue({} as Flow);
    selectNodes(["a"]);
    expect(selectedInstance()).toBeNull();
    await writeOut();
    expect(inline).not.toHaveBeenCalled();
    selectNodes(["sub"]);
    await writeOut();
    expect(inline).toHaveBeenCalledWith("f", "sub", "e1");
    expect([...editor.get().nodes]).toEqual(["b", "c"]);
  });

  it("say why they cannot be made, and leave the selection", async () => {
    opened(BEFORE, AFTER);
    vi.spyOn(flows, "extract").mockRejectedValue(
      new ApiError({ type: "refused", title: "", status: 422, detail: "nothing is selected" } as never),
    );
    selectNodes(["b"]);
    expect(await makeSubflow("sub")).toBe(false);
    expect(notices.get().items[0]?.text).toBe("nothing is selected");
    expect(selectedNode()).toBe("b");
  });
});
