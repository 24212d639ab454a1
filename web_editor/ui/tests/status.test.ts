import { describe, expect, it, vi } from "vitest";
import { fillState, StatusStore } from "../src/state/status";

function store() {
  const status = new StatusStore();
  status.snapshot({
    nodes: ["a", "b"],
    wires: ["a:out>b"],
    n: [
      [0, 1, 5, 0, "up"],
      [1, 1, 5, 0],
    ],
    w: [[0, 5, 10, 100]],
  });
  return status;
}

describe("StatusStore", () => {
  it("knows nothing of any node or wire while the engine is away, until the next snapshot", () => {
    const status = store();
    const listener = vi.fn();
    status.watchNode("a", listener);
    status.lost();
    expect(listener).toHaveBeenCalled();
    expect(status.nodes.get("a")).toEqual({ state: 4, rate: 0, errors: 0, text: "" });
    expect(status.wires.get("a:out>b")).toBeUndefined();
    status.snapshot({ nodes: ["a"], wires: [], n: [[0, 1, 2, 0]] });
    expect(status.nodes.get("a")?.state).toBe(1);
  });

  it("tells a turned state at once, and numbers only with the next beat", () => {
    const status = store();
    const listener = vi.fn();
    status.watchNode("a", listener);
    status.delta({ n: [[0, 1, 6, 0]] });
    expect(listener).toHaveBeenCalledTimes(0);
    status.flushNumbers();
    expect(listener).toHaveBeenCalledTimes(1);
    status.delta({ n: [[0, 3, 6, 1]] });
    expect(listener).toHaveBeenCalledTimes(2);
  });

  it("coalesces many updates into one call a beat without losing count of them", () => {
    const status = store();
    const listener = vi.fn();
    status.watchNode("a", listener);
    const before = status.handled;
    for (let i = 1; i <= 1000; i++) status.delta({ n: [[0, 1, i, 0]] });
    status.flushNumbers();
    status.flushNumbers();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(status.handled - before).toBe(1000);
    expect(status.nodes.get("a")!.rate).toBe(1000);
  });

  it("keeps a text until a new one comes, and clears it by an empty one", () => {
    const status = store();
    status.delta({ n: [[0, 1, 6, 0]] });
    expect(status.nodes.get("a")!.text).toBe("up");
    status.delta({ n: [[0, 1, 6, 0, ""]] });
    expect(status.nodes.get("a")!.text).toBe("");
  });

  it("moves its version only when a state turned", () => {
    const status = store();
    const before = status.version;
    status.delta({ n: [[0, 1, 9, 9]] });
    expect(status.version).toBe(before);
    status.delta({ n: [[0, 2, 9, 9]] });
    expect(status.version).toBe(before + 1);
  });

  it("forgets nodes that a new snapshot does not name, and tells those who watch", () => {
    const status = store();
    const listener = vi.fn();
    status.watchNode("b", listener);
    status.snapshot({ nodes: ["a"], wires: [], n: [[0, 1, 1, 0]], w: [] });
    expect(status.nodes.has("b")).toBe(false);
    expect(listener).toHaveBeenCalled();
  });

  it("ignores rows for an index it does not know", () => {
    const status = store();
    expect(() => status.delta({ n: [[99, 1, 1, 0]], w: [[99, 1]] })).not.toThrow();
    expect(status.nodes.size).toBe(2);
  });

  it("stops telling after detaching", () => {
    const status = store();
    const listener = vi.fn();
    status.watchWire("a:out>b", listener)();
    status.delta({ w: [[0, 7]] });
    status.flushNumbers();
    expect(listener).not.toHaveBeenCalled();
  });
});

describe("fillState", () => {
  const fill = (depth: number, limit = 100) => fillState({ rate: 0, depth, limit, full_in_s: null, unit: null });
  it("is green to 60 %, yellow to 85 %, red above, none without a queue", () => {
    expect([fill(60), fill(61), fill(85), fill(86), fill(5, 0)]).toEqual([1, 2, 2, 3, 0]);
  });
});
