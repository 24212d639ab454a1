import { describe, expect, it, vi } from "vitest";
import type { Flow } from "../src/api/types";
import { History } from "../src/edit/history";
import type { Step } from "../src/edit/keeping";
import { createStore } from "../src/state/store";

const step = (before: string, after: string): Step => ({ kind: "text", before, after });

/** A flow whose texts are taken, unless something is unsettled. */
function stepped(settled = true) {
  const store = createStore({ flow: null as Flow | null, undo: [] as readonly Step[], redo: [] as readonly Step[] });
  const writeText = vi.fn(async () => true);
  const document = { id: "f", store, settled: async () => settled, take: vi.fn(), writeText };
  return { store, writeText, history: new History(document, vi.fn()) };
}

describe("steps", () => {
  it("are taken back one by one, and done again", async () => {
    const { history, store, writeText } = stepped();
    history.remember(step("a", "b"));
    history.remember(step("b", "c"));
    await history.undo();
    expect(writeText).toHaveBeenLastCalledWith("b", "c", false);
    await history.redo();
    expect(writeText).toHaveBeenLastCalledWith("c", "b", false);
    expect([store.get().undo.length, store.get().redo.length]).toEqual([2, 0]);
  });
  it("stay where the text is not taken", async () => {
    const { history, store, writeText } = stepped();
    history.remember(step("a", "b"));
    writeText.mockResolvedValue(false);
    await history.undo();
    expect([store.get().undo.length, store.get().redo.length]).toEqual([1, 0]);
  });
  it("wait for edits that are under way", async () => {
    const { history, writeText } = stepped(false);
    history.remember(step("a", "b"));
    await history.undo();
    expect(writeText).not.toHaveBeenCalled();
  });
  it("that were taken back are gone once something else is done", async () => {
    const { history, store } = stepped();
    history.remember(step("a", "b"));
    await history.undo();
    history.remember(step("a", "x"));
    expect(store.get().redo).toEqual([]);
  });
});
