// What works on the page itself, beside what plays its part.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { canvasKeys } from "../src/canvas/keys";
import { entriesFor } from "../src/canvas/menu";
import { put } from "../src/canvas/put";
import { current, editor } from "../src/edit/editor";
import { gestures } from "../src/panels/chartGestures";
import { saveCsv, savePng } from "../src/panels/saveChart";
import { patiently } from "../src/parts/lazily";
import { painted } from "../src/parts/paint";
import { takeDroppedFiles } from "../src/shell/droppedFiles";
import { pressed } from "../src/shell/keys";
import { status } from "../src/state/feeds";
import { notices } from "../src/state/notices";
import { go } from "../src/state/route";
import { sessions } from "../src/state/session";
import { createStore } from "../src/state/store";
import { graphOf } from "./graphs";

class FakeElement extends EventTarget {
  isContentEditable = false;
  focus = vi.fn();
  blur = vi.fn();
  constructor(readonly tag = "div") {
    super();
  }
  matches = (selector: string) => selector.split(/[,:]/).includes(this.tag);
  closest = (selector: string) => (this.matches(selector) ? this : null);
}

function opened(role: "viewer" | "integrator" = "integrator", running = true) {
  const graph = graphOf(
    ["a", "b", "c"],
    [
      ["a", "b"],
      ["b", "c"],
    ],
  );
  const places = new Map(graph.nodes.map(({ id }, i) => [id, { x: 200 * i, y: 0 }]));
  const document = {
    id: "hall",
    store: createStore({ graph, places, flow: { id: "hall", running } }),
    apply: vi.fn(),
    undo: vi.fn(),
    redo: vi.fn(),
  };
  sessions.set({ session: { user: { name: "a", role } } as never });
  status.snapshot(running ? { nodes: ["a", "b", "c"], wires: ["a:out>b", "b:out>c"] } : {});
  editor.set({ document: document as never, nodes: new Set(), wire: null, overlay: null, right: "properties" });
  return document;
}

beforeEach(() => {
  vi.stubGlobal("HTMLElement", FakeElement);
  vi.stubGlobal("Element", FakeElement);
  vi.stubGlobal("history", { pushState: () => undefined });
  notices.set({ items: [] });
});
afterEach(() => {
  editor.set({ document: null, nodes: new Set(), overlay: null });
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("keys on the canvas", () => {
  const press = (key: string, more: object = {}, editable = true) => {
    const event = { key, code: "", target: new FakeElement(), currentTarget: new FakeElement(), ...more };
    const [preventDefault, stopPropagation] = [vi.fn(), vi.fn()];
    canvasKeys({ ...event, preventDefault, stopPropagation } as never, editable, false);
    return preventDefault.mock.calls.length > 0;
  };
  const selected = () => [...editor.get().nodes].join("");

  it("walk from node to node by arrows, from the first one where none is selected", () => {
    opened();
    press("ArrowRight");
    expect(selected()).toBe("a");
    press("ArrowRight");
    expect(selected()).toBe("b");
    press("ArrowLeft");
    expect(selected()).toBe("a");
    expect(press("ArrowLeft")).toBe(true); // the page does not scroll either
    expect(selected()).toBe("a");
  });
  it("select all, and everything up and down the wires", () => {
    opened();
    press("a", { ctrlKey: true });
    expect(selected()).toBe("abc");
    editor.set({ nodes: new Set(["b"]) });
    press("∂", { altKey: true, code: "KeyD" }); // by its place: another letter with some layouts
    expect(selected()).toBe("bc");
    press("u", { altKey: true, code: "KeyU" });
    expect(selected()).toBe("bca");
  });
  it("move what is selected by ten, and delete it", () => {
    const { apply } = opened();
    editor.set({ nodes: new Set(["b"]) });
    press("ArrowDown", { ctrlKey: true });
    expect(apply).toHaveBeenLastCalledWith([{ op: "move", node: "b", position: { x: 200, y: 10 } }]);
    press("Delete");
    expect(apply).toHaveBeenLastCalledWith([{ op: "delete", path: ["nodes", "b"] }]);
  });
  it("change nothing for those who may only look", () => {
    const { apply } = opened("viewer");
    editor.set({ nodes: new Set(["b"]) });
    for (const key of ["Delete", "a", "w", "F2"]) expect(press(key, {}, false)).toBe(false);
    expect(press("ArrowDown", { ctrlKey: true }, false)).toBe(false);
    expect([apply.mock.calls.length, editor.get().overlay]).toEqual([0, null]);
  });
  it("open what the letter stands for, and only where a node is selected", () => {
    opened();
    expect(press("w")).toBe(false);
    editor.set({ nodes: new Set(["b"]) });
    press("w");
    expect(editor.get().overlay).toBe("wire");
    press("F2");
    expect(editor.get().overlay).toBe("rename");
    press("?");
    expect(editor.get().overlay).toBe("help");
  });
  it("belong to a field while somebody types in it", () => {
    opened();
    expect(press("a", { target: new FakeElement("input") })).toBe(false);
  });
});

describe("keys of the whole page", () => {
  let active: FakeElement | null = null;
  const press = (key: string, more: object = {}) => {
    const preventDefault = vi.fn();
    vi.stubGlobal("document", { querySelector: () => null, activeElement: active, body: active });
    pressed({ key, target: new FakeElement(), ctrlKey: true, preventDefault, ...more } as never);
    return preventDefault.mock.calls.length > 0;
  };
  it("undo and deploy where a flow is built; what was typed is handed over first", () => {
    const document = opened();
    go({ screen: "flow", flow: "hall" });
    press("z");
    press("z", { shiftKey: true });
    press("y");
    expect([document.undo.mock.calls.length, document.redo.mock.calls.length]).toEqual([1, 2]);
    active = new FakeElement("input");
    expect(press("d", { target: active })).toBe(true);
    expect(active.blur).toHaveBeenCalled();
    expect(editor.get().overlay).toBe("deploy");
  });
  it("leave its own undo to a text, and deploy nothing on other screens", () => {
    const document = opened();
    expect(press("z", { target: new FakeElement("textarea") })).toBe(false);
    go({ screen: "alarms" });
    expect([press("d"), press("z"), press("k")]).toEqual([false, false, true]);
    expect(document.undo).not.toHaveBeenCalled();
    expect(editor.get().overlay).toBe("commands");
  });
});

describe("the menu", () => {
  const names = (target: Parameters<typeof entriesFor>[0]) => entriesFor(target).map(({ name }) => name);
  it("of a node selects it, and offers its keys", () => {
    opened();
    const entries = entriesFor({ node: "b" });
    expect([...editor.get().nodes]).toEqual(["b"]);
    expect(entries.map(({ key }) => key)).toEqual(expect.arrayContaining(["Enter", "W", "F2", "Alt+U", "Del"]));
    entries.find(({ key }) => key === "W")!.run();
    expect(editor.get().overlay).toBe("wire");
  });
  it("of several keeps them, without what is for one", () => {
    opened();
    editor.set({ nodes: new Set(["a", "b"]) });
    expect(entriesFor({ node: "b" }).map(({ key }) => key)).toEqual(["Alt+U", "Alt+D", "S", "Del"]);
    expect(editor.get().nodes.size).toBe(2);
  });
  it("turns a node off and on", () => {
    const { apply } = opened();
    const toggle = () => entriesFor({ node: "b" })[3]!.run();
    toggle();
    expect(apply).toHaveBeenLastCalledWith([{ op: "set", path: ["nodes", "b", "disabled"], value: true }]);
    current().graph!.nodes[1]!.config["disabled"] = true;
    toggle();
    expect(apply.mock.lastCall![0]).not.toContainEqual(expect.objectContaining({ value: true }));
  });
  it("changes nothing for those who may only look, and taps nothing that does not run", () => {
    opened("viewer");
    expect(names({ wire: "a:out>b" })).toEqual([]);
    expect(names({ place: { x: 0, y: 0 } })).toHaveLength(1);
    opened("integrator", false);
    const stopped = names({ node: "b" });
    opened("integrator", true);
    expect(names({ node: "b" }).length - stopped.length).toBe(2); // a tap, and a message to send
  });
  it("puts a new node where the pointer is, or into the wire", () => {
    opened();
    entriesFor({ place: { x: 3, y: 4 } })[0]!.run();
    expect(editor.get()).toMatchObject({ overlay: "add", addAt: { x: 3, y: 4 }, addFrom: null });
    entriesFor({ wire: "a:out>b" })[0]!.run();
    expect(editor.get()).toMatchObject({ overlay: "add", addAt: null, addFrom: { into: "a:out>b" } });
  });
});

describe("text that changes often", () => {
  it("is changed in its place, and left alone when it is the same", () => {
    const element = { firstChild: null as { nodeValue: string } | null, textContent: "" };
    put(element as never, "1");
    expect(element.textContent).toBe("1");
    let written = 0;
    const child = {
      get nodeValue() {
        return "1";
      },
      set nodeValue(_: string) {
        written++;
      },
    };
    element.firstChild = child;
    put(element as never, "1");
    put(element as never, "2");
    expect(written).toBe(1);
  });
});

describe("colours", () => {
  it("are those a painted element has", () => {
    const probe = { style: { color: "" }, remove: vi.fn() };
    vi.stubGlobal("document", { createElement: () => probe });
    vi.stubGlobal("getComputedStyle", ({ style }: typeof probe) => ({ color: `painted ${style.color}` }));
    expect(painted({ append: vi.fn() } as never, ["--ok", "--bad"])).toEqual({
      "--ok": "painted var(--ok)",
      "--bad": "painted var(--bad)",
    });
    expect(probe.remove).toHaveBeenCalled();
  });
});

describe("a chart", () => {
  const over = Object.assign(new EventTarget(), {
    clientWidth: 100,
    style: {} as Record<string, string>,
    setPointerCapture: vi.fn(),
    getBoundingClientRect: () => ({ left: 0 }),
  });
  const shown = { min: 1000, max: 2000 };
  const plot = {
    over,
    scales: { x: shown },
    posToVal: (x: number) => shown.min + (x / 100) * (shown.max - shown.min),
    setScale: (_: string, window: typeof shown) => Object.assign(shown, window),
  };
  const told = vi.fn();
  (gestures(told).hooks.ready as (plot: unknown) => void)(plot);
  const send = (kind: string, fields: object) =>
    over.dispatchEvent(Object.assign(new Event(kind, { cancelable: true }), fields));

  it("is zoomed by the wheel about the pointer", () => {
    send("wheel", { deltaY: -1, clientX: 0 });
    expect(shown).toEqual({ min: 1000, max: 1800 });
    send("wheel", { deltaY: 1, clientX: 100 });
    expect(shown.max).toBe(1800);
    expect(told).toHaveBeenCalledTimes(2);
  });
  it("is dragged by the first button until it is let go", () => {
    Object.assign(shown, { min: 1000, max: 2000 });
    send("pointerdown", { button: 2, clientX: 50, pointerId: 1 });
    send("pointermove", { clientX: 0 });
    expect(shown.min).toBe(1000);
    send("pointerdown", { button: 0, clientX: 50, pointerId: 1 });
    send("pointermove", { clientX: 60, pointerId: 1 });
    expect(shown).toEqual({ min: 900, max: 1900 });
    send("pointerup", { pointerId: 1 });
    send("pointermove", { clientX: 90, pointerId: 1 });
    expect(shown).toEqual({ min: 900, max: 1900 });
  });
});

describe("curves as files", () => {
  const link = { href: "", download: "", click: vi.fn() };
  const pen = { fillStyle: "", fillRect: vi.fn(), drawImage: vi.fn() };
  const copy = { width: 0, height: 0, getContext: () => pen, toBlob: (take: (blob: Blob) => void) => take(new Blob()) };
  const made = vi.fn((_: Blob) => "blob:1");
  beforeEach(() => {
    vi.stubGlobal("document", { createElement: (tag: string) => (tag === "a" ? link : copy), body: {} });
    vi.stubGlobal("getComputedStyle", () => ({ backgroundColor: "white" }));
    vi.stubGlobal("URL", { createObjectURL: made, revokeObjectURL: vi.fn() });
  });
  it("are for a spreadsheet what they are on the page", async () => {
    saveCsv([{ key: "hall/t", unit: "°C", at_ms: [0], value: [4.5] } as never]);
    expect([link.download, link.click.mock.calls.length]).toEqual(["trends.csv", 1]);
    expect(await made.mock.lastCall![0].text()).toBe("time,hall/t (°C)\r\n1970-01-01T00:00:00.000Z,4.5\r\n");
  });
  it("have the ground of the page, so that dark lines are seen anywhere", () => {
    const canvas = { width: 30, height: 20 };
    savePng({ ctx: { canvas } } as never);
    expect(pen.fillStyle).toBe("white");
    expect(pen.fillRect).toHaveBeenCalledWith(0, 0, 30, 20);
    expect(pen.drawImage.mock.lastCall![0]).toBe(canvas);
    expect(link.download).toBe("trends.png");
  });
});

describe("a part that comes when it is needed", () => {
  it("is waited for while nobody serves it, and needs the page anew once another version is served", async () => {
    vi.useFakeTimers();
    vi.stubGlobal("navigator", { onLine: true });
    const served = vi.fn().mockResolvedValueOnce({ ok: false }).mockRejectedValueOnce(new Error("refused"));
    vi.stubGlobal("fetch", served);
    const load = vi.fn().mockRejectedValueOnce(new Error("1")).mockRejectedValueOnce(new Error("2"));
    load.mockResolvedValueOnce("the part");
    const found = patiently(load);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await found).toBe("the part");

    const reload = vi.fn();
    served.mockResolvedValue({ ok: true });
    await expect(patiently(() => Promise.reject(new Error("gone")), reload)).rejects.toThrow("gone");
    expect(reload).toHaveBeenCalledTimes(1);
  });
});

describe("a file dropped on the page", () => {
  const page = new EventTarget();
  const drop = (kind: string, files: object[]) => {
    const event = Object.assign(new Event(kind, { cancelable: true }), { dataTransfer: { types: ["Files"], files } });
    page.dispatchEvent(event);
    return event.defaultPrevented;
  };
  const file = (name: string, size = 10) => ({ name, size, text: async () => `flow: ${name}` });
  beforeEach(() => {
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  });

  it("is imported by those who may, the first that is a flow file", async () => {
    opened();
    const stop = takeDroppedFiles();
    expect(drop("dragover", [])).toBe(true);
    expect(drop("drop", [file("photo.png"), file("hall.YAML")])).toBe(true);
    await vi.waitFor(() => expect(editor.get().overlay).toBe("import"), 30_000);
    expect(editor.get().dropped).toEqual({ name: "hall.YAML", text: "flow: hall.YAML" });
    stop();
    expect(drop("drop", [file("hall.yaml")])).toBe(false);
  });
  it("that is none, or too large, is told; whose it is not, the browser still does not leave the page", async () => {
    opened();
    const stop = takeDroppedFiles();
    drop("drop", [file("photo.png")]);
    drop("drop", [file("hall.yaml", 2 ** 20 + 1)]);
    await vi.waitFor(() => expect(notices.get().items).toHaveLength(1), 30_000); // the same text once
    opened("viewer");
    notices.set({ items: [] });
    expect(drop("drop", [file("hall.yaml")])).toBe(true);
    expect([editor.get().overlay, notices.get().items.length]).toEqual([null, 0]);
    stop();
  });
});
