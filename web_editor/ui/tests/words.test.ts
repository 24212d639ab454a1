import { describe, expect, it } from "vitest";
import { counterparts, diffLines, diffWords } from "../src/logic/diff";

const marked = (pieces: { text: string; changed: boolean }[]) =>
  pieces.map(({ text, changed }) => (changed ? `[${text}]` : text)).join("");

describe("words of two lines", () => {
  it("marks only what differs", () => {
    const [before, after] = diffWords("  count: 20  # a batch", "  count: 50  # a batch");
    expect(marked(before)).toBe("  count: [20]  # a batch");
    expect(marked(after)).toBe("  count: [50]  # a batch");
  });
  it("marks nothing of lines that have nothing in common", () => {
    const [before, after] = diffWords("type: buffer", "priority = 9");
    expect(marked(before) + marked(after)).toBe("type: bufferpriority = 9");
  });
  it("keeps every character of both", () => {
    for (const [a, b] of [
      ["", "x"],
      ["été à 8 °C", "été à 9 °C"],
      ["a.b-c", "a.c-b"],
    ] as const) {
      const [before, after] = diffWords(a, b);
      expect(before.map(({ text }) => text).join("")).toBe(a);
      expect(after.map(({ text }) => text).join("")).toBe(b);
    }
  });
  it("stand against each other within one block of changes", () => {
    const lines = diffLines("a\nb\nsame\nc", "A\nsame\nC\nD");
    const found = counterparts(lines);
    const texts = [...found].map(([line, other]) => `${line.text}-${other.text}`).sort();
    expect(texts).toEqual(["A-a", "C-c", "a-A", "c-C"]);
  });
});
