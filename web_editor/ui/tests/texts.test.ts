import { EditorState } from "@codemirror/state";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { catalog } from "../src/api/calls";
import type { Diagnostic } from "../src/api/types";
import { documentOf, flowChanged, openFlow } from "../src/edit/documents";
import { editor } from "../src/edit/editor";
import { loadPalette, typesKnown } from "../src/edit/nodeTypes";
import { faultText } from "../src/forms/fault";
import { use } from "../src/i18n";
import { en } from "../src/i18n/en";
import { fr } from "../src/i18n/fr";
import { extensions, marks, offset } from "../src/yaml/codemirror";

// What draws forms is large, and not what is tried here.
vi.mock("../src/forms/Form", () => ({ Form: () => null }));

describe("a place in the text", () => {
  const text = EditorState.create({ doc: "a: 1\n😀b: 2\n" }).doc;
  it("counts code points, as the engine does", () => {
    expect(offset(text, { line: 1, column: 1 })).toBe(0);
    expect(offset(text, { line: 2, column: 2 })).toBe(7); // the face is two units long
  });
  it("that is no longer there is the nearest end", () => {
    expect(offset(text, { line: 1, column: 99 })).toBe(4);
    expect(offset(text, { line: 99, column: 1 })).toBe(text.length);
    expect(offset(text, { line: 0, column: 0 })).toBe(0);
  });
  it("is marked where it is known, and never backwards", () => {
    const at = (line: number, column: number) => ({ line, column });
    const said: Omit<Diagnostic, "range"> = { severity: "error", message: "no", code: "cycle", node: null, path: [] };
    expect(
      marks(text, [
        { ...said, range: { start: at(1, 1), end: at(1, 2) } },
        { ...said, range: { start: at(2, 3), end: at(1, 1) } },
        { ...said, range: null },
      ]),
    ).toEqual([
      { from: 0, to: 1, severity: "error", message: "no" },
      { from: 8, to: 8, severity: "error", message: "no" },
    ]);
  });
  it("keeps the file's own line ends", () => {
    const setup = {
      readOnly: true,
      label: "",
      complete: async () => null,
      onText: () => undefined,
      onSave: () => true,
    };
    const state = EditorState.create({ doc: "a\r\nb", extensions: extensions(setup, "\r\n") });
    expect([state.sliceDoc(), state.lineBreak, state.readOnly]).toEqual(["a\r\nb", "\r\n", true]);
  });
});

describe("what is wrong in a field", () => {
  beforeEach(() => use("en", en));
  afterEach(() => use("en", en));
  it("names the bounds there are, as numbers of the reader's language", () => {
    const range = (low: number | null, high: number | null) => faultText({ fault: "range", low, high });
    const [least, most, both] = [range(1000, null), range(null, 2.5), range(0, 10)];
    expect(least).toContain("1,000");
    expect(most).toContain("2.5");
    expect(both).toContain("10");
    expect(faultText({ fault: "length", low: 1, high: null })).toContain("∞");
    use("fr", fr);
    expect(range(null, 2.5)).toContain("2,5");
  });
});

describe("open flows", () => {
  it("are one document each, and the selection does not wander from one to the next", () => {
    const load = vi.fn(async () => undefined);
    for (const id of ["hall", "yard"]) documentOf(id).load = load;
    editor.set({ palette: { nodes: [], connections: [] } });
    openFlow("hall");
    expect(editor.get().document).toBe(documentOf("hall"));
    editor.set({ nodes: new Set(["a"]) });
    openFlow("hall");
    expect([...editor.get().nodes]).toEqual(["a"]);
    openFlow("yard");
    expect([...editor.get().nodes]).toEqual([]);
    expect(load).toHaveBeenCalledTimes(3);
  });
  it("are read again when they changed elsewhere, not while an edit is on its way", () => {
    const document = documentOf("hall");
    const load = vi.fn(async () => undefined);
    document.load = load;
    document.store.set({ flow: { etag: "1", revision: "r", file_changed: false } as never });
    flowChanged("hall", "1", "r", false);
    flowChanged("nobody", "2", "r", false);
    expect(load).not.toHaveBeenCalled();
    flowChanged("hall", "2", "r", false);
    flowChanged("hall", "1", "s", false);
    flowChanged("hall", "1", "r", true);
    expect(load).toHaveBeenCalledTimes(3);
    document.store.set({ sending: true });
    flowChanged("hall", "2", "r", false);
    document.store.set({ sending: false, pending: [[]] });
    flowChanged("hall", "2", "r", false);
    expect(load).toHaveBeenCalledTimes(3);
  });
});

describe("node types", () => {
  it("are asked for once, and whoever is quicker than the answer waits for it", async () => {
    editor.set({ palette: null, types: null });
    const palette = vi.spyOn(catalog, "palette").mockResolvedValue({ nodes: [], connections: [] });
    await loadPalette();
    await loadPalette();
    expect(palette).toHaveBeenCalledTimes(1);
    const types = { nodes: [], connections: [] } as never;
    const asked = vi.spyOn(catalog, "nodeTypes").mockResolvedValue(types);
    expect(await Promise.all([typesKnown(), typesKnown()])).toEqual([types, types]);
    expect(await typesKnown()).toBe(types);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(editor.get().form).not.toBeNull(); // what draws them came with them
  });
});
