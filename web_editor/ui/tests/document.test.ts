import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { flows } from "../src/api/calls";
import { ApiError } from "../src/api/http";
import type { Flow, Graph, Operation } from "../src/api/types";
import { FlowDocument } from "../src/edit/document";
import { notices } from "../src/state/notices";
import { graphOf, node } from "./graphs";

const GRAPH = graphOf(["a", "b"], [["a", "b"]]);
const flow = (etag: string, text = `text ${etag}`, graph: Graph = GRAPH) =>
  ({ id: "hall", etag, text, graph, diagnostics: [], running: true }) as unknown as Flow;
const fault = (kind: string, status = 412) => new ApiError({ type: `urn:flowengine:${kind}`, title: kind, status });
const titled = (id: string, title: string): Operation => ({ op: "set", path: ["nodes", id, "title"], value: title });

const api = {
  read: vi.spyOn(flows, "read"),
  change: vi.spyOn(flows, "change"),
  write: vi.spyOn(flows, "write"),
  merge: vi.spyOn(flows, "merge"),
  discard: vi.spyOn(flows, "discard"),
};

async function opened(): Promise<FlowDocument> {
  api.read.mockResolvedValueOnce(flow("1"));
  const document = new FlowDocument("hall");
  await document.load();
  return document;
}

const kept = new Map<string, string>();

describe("an open flow", () => {
  beforeEach(() => {
    kept.clear();
    vi.stubGlobal("localStorage", {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, text: string) => kept.set(key, text),
      removeItem: (key: string) => kept.delete(key),
    });
    notices.set({ items: [] });
    for (const call of Object.values(api)) call.mockReset();
  });
  afterEach(() => void vi.unstubAllGlobals());

  it("shows an edit at once, and sends it with the tag of the text it was made on", async () => {
    const document = await opened();
    api.change.mockResolvedValue(flow("2"));
    document.apply([titled("a", "Pump")]);
    expect(document.store.get().graph?.nodes[0]?.title).toBe("Pump");
    expect(await document.settled()).toBe(true);
    expect(api.change).toHaveBeenCalledExactlyOnceWith("hall", [titled("a", "Pump")], "1");
    expect(document.store.get().flow?.etag).toBe("2");
    expect(document.store.get().undo).toEqual([{ kind: "text", before: "text 1", after: "text 2" }]);
  });

  it("keeps what cannot be sent, over a reload of the page, and sends it when the engine is back", async () => {
    const document = await opened();
    api.change.mockRejectedValue(fault("no-answer", 0));
    document.apply([titled("a", "Fan")]);
    await vi.waitFor(() => expect(document.store.get().sending).toBe(false), 30_000);
    expect(document.store.get().pending).toHaveLength(1);

    api.change.mockReset().mockResolvedValue(flow("3"));
    api.read.mockResolvedValueOnce(flow("1")); // the text that the edit was made on
    const again = new FlowDocument("hall");
    await again.load();
    expect(await again.settled()).toBe(true);
    expect(api.change).toHaveBeenLastCalledWith("hall", [titled("a", "Fan")], "1");
  });

  it("tells what was refused, and goes on with the next edit", async () => {
    const document = await opened();
    api.change.mockRejectedValueOnce(fault("refused", 422)).mockResolvedValue(flow("2"));
    document.apply([titled("a", "no")]);
    document.apply([titled("b", "yes")]);
    await vi.waitFor(() => expect(document.store.get().pending).toEqual([]), 30_000);
    expect(notices.get().items.map(({ text }) => text)).toEqual(["refused"]);
    expect(api.change).toHaveBeenLastCalledWith("hall", [titled("b", "yes")], "1");
  });

  it("sends its edit again on a text in which somebody changed other nodes", async () => {
    const document = await opened();
    const theirs = graphOf(["a", "b"], [["a", "b"]]);
    theirs.nodes[1] = node("b", { title: "theirs" });
    api.change.mockRejectedValueOnce(fault("changed")).mockResolvedValueOnce(flow("3"));
    api.read.mockResolvedValueOnce(flow("2", "theirs", theirs));
    document.apply([titled("a", "mine")]);
    expect(await document.settled()).toBe(true);
    expect(api.change.mock.calls.map(([, , etag]) => etag)).toEqual(["1", "2"]);
  });

  it("asks a person when somebody changed the same node, and does as they say", async () => {
    const theirs = graphOf(["a", "b"], [["a", "b"]]);
    theirs.nodes[0] = node("a", { title: "theirs" });
    for (const mine of [true, false]) {
      for (const call of Object.values(api)) call.mockReset();
      const document = await opened();
      api.change.mockRejectedValueOnce(fault("changed")).mockResolvedValue(flow("3"));
      api.read.mockResolvedValueOnce(flow("2", "theirs", theirs));
      document.apply([titled("a", "mine")]);
      expect(await document.settled()).toBe(false);
      expect(document.store.get().clash).toMatchObject({ kind: "operations", nodes: ["a"] });
      document.settleOperations(mine);
      expect(await document.settled()).toBe(true);
      expect(api.change).toHaveBeenCalledTimes(mine ? 2 : 1);
      if (!mine) expect(document.store.get().graph?.nodes[0]?.title).toBe("theirs");
    }
  });

  it("undoes and does again by the whole text", async () => {
    const document = await opened();
    api.change.mockResolvedValueOnce(flow("2"));
    document.apply([titled("a", "Pump")]);
    await document.settled();
    api.write.mockResolvedValueOnce(flow("3", "text 1"));
    await document.undo();
    expect(api.write).toHaveBeenLastCalledWith("hall", "text 1", "2");
    expect(document.store.get().redo).toHaveLength(1);
    api.write.mockResolvedValueOnce(flow("4", "text 2"));
    await document.redo();
    expect(api.write).toHaveBeenLastCalledWith("hall", "text 2", "3");
    expect([document.store.get().undo.length, document.store.get().redo.length]).toEqual([1, 0]);
  });

  it("undoes a move to where the node stood", async () => {
    const document = await opened();
    const moved: Operation = { op: "move", node: "a", position: { x: 5, y: 6 } };
    api.change.mockResolvedValue(flow("1"));
    document.apply([moved]);
    await document.settled();
    await document.undo();
    expect(api.change).toHaveBeenLastCalledWith("hall", [{ op: "move", node: "a", position: null }], "1");
  });

  it("merges a typed text by node where the engine's has moved on", async () => {
    const document = await opened();
    api.read.mockResolvedValue(flow("2", "theirs"));
    api.write.mockRejectedValueOnce(fault("changed")).mockResolvedValueOnce(flow("3", "both"));
    api.merge.mockResolvedValueOnce({ clean: true, text: "both" } as never);
    expect(await document.writeText("mine", "text 1")).toBe(true);
    expect(api.merge).toHaveBeenCalledWith("hall", "text 1", "mine");
    expect(api.write).toHaveBeenLastCalledWith("hall", "both", "2");

    api.merge.mockResolvedValueOnce({ clean: false, text: "", conflicts: [] } as never);
    expect(await document.writeText("mine again", "text 1")).toBe(false);
    expect(document.store.get().clash).toMatchObject({ kind: "text", mine: "mine again" });
  });

  it("gives a discarded draft back by undo", async () => {
    const document = await opened();
    api.discard.mockResolvedValueOnce(flow("0", "deployed"));
    expect(await document.discard()).toBe(true);
    expect(document.store.get().undo).toEqual([{ kind: "text", before: "text 1", after: "deployed" }]);
  });

  it("that is gone is said to be gone; an engine that is away says nothing", async () => {
    const document = new FlowDocument("hall");
    api.read.mockRejectedValueOnce(fault("no-answer", 0));
    await document.load();
    expect(document.store.get().missing).toBe(false);
    api.read.mockRejectedValueOnce(fault("not-found", 404));
    await document.load();
    expect(document.store.get().missing).toBe(true);
    expect(notices.get().items).toEqual([]);
  });
});
