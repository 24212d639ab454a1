import { describe, expect, it } from "vitest";
import { newest, type Step } from "../src/edit/keeping";
import { lostIn } from "../src/edit/typing";

const step = (size: number): Step => ({ kind: "text", before: "", after: "x".repeat(size) });

describe("what survives a reload", () => {
  it("is the newest steps that fit, never one without those after it", () => {
    const steps = [step(1), step(50), step(10), step(10)];
    expect(newest(steps, 25)).toEqual(steps.slice(2));
    expect(newest(steps, 1000)).toEqual(steps);
    expect(newest([step(30)], 25)).toEqual([]);
  });
});

describe("what was typed into a node that is gone", () => {
  const texts = {
    [JSON.stringify(["hall", "nodes", "hot", "when"])]: "payload.value > 8",
    [JSON.stringify(["hall", "nodes", "cold", "when"])]: "1",
    [JSON.stringify(["other", "nodes", "gone", "when"])]: "2",
    [JSON.stringify(["hall", "connections", "gone", "url"])]: "3",
  };
  it("is found in the flow that is open, with field and text", () => {
    expect(lostIn(texts, "hall", new Set(["cold"]))).toEqual([
      { path: ["hall", "nodes", "hot", "when"], node: "hot", field: "when", text: "payload.value > 8" },
    ]);
  });
});
