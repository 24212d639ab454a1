import { describe, expect, it } from "vitest";
import { diffLines, hunks, replacedStretch } from "../src/logic/diff";

/** A small generator with a fixed start, so that a failure can be seen again. */
function random(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return state % below;
  };
}

describe("diffLines", () => {
  it("gives back both texts, whatever they are", () => {
    const next = random(7);
    for (let round = 0; round < 400; round++) {
      const text = () => Array.from({ length: next(30) }, () => "abcde"[next(5)]!).join("\n");
      const [a, b] = [text(), text()];
      const lines = diffLines(a, b);
      expect(
        lines
          .filter(({ kind }) => kind !== "added")
          .map((line) => line.text)
          .join("\n"),
      ).toBe(a);
      expect(
        lines
          .filter(({ kind }) => kind !== "removed")
          .map((line) => line.text)
          .join("\n"),
      ).toBe(b);
    }
  });
  it("finds the smallest difference", () => {
    expect(diffLines("a\nb\nc", "a\nx\nb\nc").map(({ kind }) => kind)).toEqual(["same", "added", "same", "same"]);
  });
  it("numbers the lines of each side", () => {
    expect(diffLines("a\nb", "b")).toEqual([
      { kind: "removed", text: "a", old: 1, new: null },
      { kind: "same", text: "b", old: 2, new: 1 },
    ]);
  });
  it("does not take line ends for changes", () =>
    expect(diffLines("a\r\nb\r\n", "a\nb\n").every(({ kind }) => kind === "same")).toBe(true));
  it("stays quick on texts that have nothing in common", () => {
    const [a, b] = [
      Array.from({ length: 4000 }, (_, i) => `a${i}`).join("\n"),
      Array.from({ length: 4000 }, (_, i) => `b${i}`).join("\n"),
    ];
    expect(diffLines(a, b)).toHaveLength(8000);
  }, 30_000);
});

describe("hunks", () => {
  it("folds equal lines away and counts them", () => {
    const before = Array.from({ length: 50 }, (_, i) => `line ${i}`);
    const after = before.with(25, "changed");
    const [hunk] = hunks(diffLines(before.join("\n"), after.join("\n")));
    expect(hunk!.skipped).toBe(22);
    expect(hunk!.lines).toHaveLength(8);
  });
  it("has none for equal texts", () => expect(hunks(diffLines("a", "a"))).toEqual([]));
});

describe("replacedStretch", () => {
  it("makes the new text of the old", () => {
    const next = random(3);
    for (let round = 0; round < 300; round++) {
      const text = () => Array.from({ length: next(12) }, () => "ab\n"[next(3)]!).join("");
      const [a, b] = [text(), text()];
      const stretch = replacedStretch(a, b);
      expect(stretch ? a.slice(0, stretch.from) + stretch.insert + a.slice(stretch.to) : a).toBe(b);
    }
  });
});
