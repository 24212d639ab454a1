import { afterEach, describe, expect, it, vi } from "vitest";
import { live } from "../src/api/live";
import { documentOf } from "../src/edit/documents";
import { editor } from "../src/edit/editor";
import { heard, hearOne, placeOf } from "../src/edit/heard";
import { visit } from "../src/edit/visit";
import { copy } from "../src/parts/copy";
import { bottom } from "../src/state/bottom";
import { status } from "../src/state/feeds";
import { notices } from "../src/state/notices";
import { route } from "../src/state/route";
import { graphOf } from "./graphs";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("going to a node of any flow", () => {
  it("opens the flow, and selects the node once it is drawn", () => {
    vi.stubGlobal("history", { pushState: () => undefined });
    visit("barn", "pump");
    expect(route()).toEqual({ screen: "flow", flow: "barn" });
    const document = documentOf("barn");
    editor.set({ document, nodes: new Set() });
    expect(editor.get().nodes.size).toBe(0);
    document.store.set({ places: new Map([["pump", { x: 0, y: 0 }]]) });
    expect([...editor.get().nodes]).toEqual(["pump"]);
    expect(editor.get().reveal).toEqual({ node: "pump", focus: true });
  });
  it("is given up when somebody goes elsewhere first", () => {
    vi.stubGlobal("history", { pushState: () => undefined });
    visit("barn", "fan");
    visit("barn", "pump");
    documentOf("barn").store.set({ places: new Map([["fan", { x: 0, y: 0 }]]) });
    expect([...editor.get().nodes]).toEqual(["pump"]);
  });
});

describe("one message for a field", () => {
  const message = { payload: { value: 9 }, topic: null, meta: {}, encoding: "json", cut: false };
  it("is heard on a wire that runs, and then no more", () => {
    const stop = vi.fn();
    const subscribe = vi.spyOn(live, "subscribe").mockReturnValue(stop);
    status.snapshot({ nodes: ["a", "b"], wires: ["a:out>b"], n: [], w: [] });
    hearOne("barn", "b", graphOf(["a", "b"], [["a", "b"]]));
    const [topic, filter, handlers] = subscribe.mock.calls[0]!;
    expect([topic, filter]).toEqual(["messages", { flow: "barn", wire: "a:out>b" }]);
    handlers.delta?.({ messages: [message] } as never);
    expect(heard.get().samples[placeOf("barn", "b")]).toEqual({ payload: { value: 9 }, topic: "", meta: {} });
    expect(stop).toHaveBeenCalledOnce();
  });
  it("is not asked for where nothing runs", () => {
    const subscribe = vi.spyOn(live, "subscribe");
    status.clear();
    hearOne("barn", "b", graphOf(["a", "b"], [["a", "b"]]))();
    expect(subscribe).not.toHaveBeenCalled();
  });
});

describe("copying", () => {
  it("says so", async () => {
    const writeText = vi.fn();
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    await copy("payload.value");
    expect(writeText).toHaveBeenCalledWith("payload.value");
    expect(notices.get().items.length).toBeGreaterThan(0);
  });
  it("works where a browser has no clipboard for pages", async () => {
    let given = "";
    const listeners: ((event: object) => void)[] = [];
    vi.stubGlobal("navigator", {});
    vi.stubGlobal("document", {
      addEventListener: (_name: string, listener: (event: object) => void) => listeners.push(listener),
      execCommand: () =>
        listeners[0]!({
          preventDefault: () => undefined,
          stopPropagation: () => undefined,
          clipboardData: { setData: (_type: string, text: string) => (given = text) },
        }),
    });
    await copy("9.5");
    expect(given).toBe("9.5");
  });
});

describe("the panels below", () => {
  it("begin with the messages", () => expect(bottom.get().tab).toBe("messages"));
});
