import { describe, expect, it } from "vitest";
import type { Graph, TapMessage } from "../src/api/types";
import { completed, completions, inserted, namesIn, outcomeOf, sampleFor } from "../src/logic/sample";

const row = (node: string, payload: TapMessage["payload"], more: Partial<TapMessage> = {}): TapMessage => ({
  id: "1",
  at_ms: 0,
  flow: "hall",
  node,
  port: "out",
  topic: "a/b",
  meta: { device: "c1" },
  encoding: "json",
  payload,
  size_bytes: 1,
  cut: false,
  ...more,
});
const graph = {
  nodes: [
    { id: "warm", ports: ["out"] },
    { id: "said", ports: [] },
  ],
  wires: [{ id: "w", from: "warm", port: "out", to: "hot", inherited: false }],
} as unknown as Graph;

describe("the sample of a node", () => {
  it("is the newest that came over one of its wires", () => {
    const rows = [row("other", 1), row("warm", { value: 9 }), row("warm", { value: 8 })];
    expect(sampleFor(rows, "hall", "hot", graph)?.payload).toEqual({ value: 9 });
    expect(sampleFor(rows, "barn", "hot", graph)).toBeNull();
    expect(sampleFor([row("hot", 1)], "hall", "hot", graph)).toBeNull();
    expect(sampleFor([row("said", 1)], "hall", "said", graph)?.payload).toBe(1);
  });
  it("is none of what was cut or is bytes", () => {
    expect(
      sampleFor([row("warm", 1, { cut: true }), row("warm", "AA", { encoding: "base64" })], "hall", "hot", graph),
    ).toBeNull();
  });
});

describe("names", () => {
  const sample = { payload: { value: 9.1, deep: { a: 1 }, "odd key": 2 }, topic: "a/b", meta: { device: "c1" } };
  it("are told with what they stand for", () => {
    expect(namesIn(sample, "expression")).toEqual([
      { name: "payload.value", value: 9.1 },
      { name: "payload.deep.a", value: 1 },
      { name: "topic", value: "a/b" },
      { name: "meta.device", value: "c1" },
    ]);
    expect(namesIn(sample, "template")[0]).toEqual({ name: "{payload.value}", value: 9.1 });
    expect(namesIn({ payload: 5, topic: "", meta: {} }, "expression")).toEqual([{ name: "payload", value: 5 }]);
  });
  it("take the place of what was begun", () => {
    expect(inserted("payl > 8", 4, "payload.value")).toBe("payload.value > 8");
    expect(inserted("8 < ", 4, "payload.value")).toBe("8 < payload.value");
    expect(inserted("site/{pay", 9, "{payload.value}")).toBe("site/{payload.value}");
  });
});

describe("names offered while something is typed", () => {
  const sample = { payload: { value: 9, volume: 2 }, topic: "a/b", meta: { device: "c1" } };
  const offered = (text: string, kind: "expression" | "template", all = false) =>
    completions(text, text.length, namesIn(sample, kind), all).map(({ name }) => name);
  it("are those that what is written may mean, those that begin so first", () => {
    expect(offered("payload.v", "expression")).toEqual(["payload.value", "payload.volume"]);
    expect(offered("payload.value > 8 and dev", "expression")).toEqual(["meta.device"]);
    expect(offered("lab/{val", "template")).toEqual(["{payload.value}"]);
  });
  it("are none where no name is written, all where they are asked for", () => {
    expect(offered("payload.value > ", "expression")).toEqual([]);
    expect(offered("lab/val", "template")).toEqual([]);
    expect(offered("", "expression", true)).toEqual(["payload.value", "payload.volume", "topic", "meta.device"]);
    expect(offered("payload.value", "expression")).toEqual([]);
  });
  it("take the place of what was begun", () => {
    expect(completed("8 < val + 1", 7, "payload.value")).toEqual({ text: "8 < payload.value + 1", at: 17 });
    expect(completed("lab/{dev}/x", 8, "{meta.device}")).toEqual({ text: "lab/{meta.device}/x", at: 17 });
  });
});

describe("what a script makes of a message", () => {
  const tried = { rejected: null, sent: [], more: 0, state: {}, notes: [] };
  it("is a line for each thing that leaves, stays or is noted", () => {
    const sent = [
      { port: "hot", payload: 8, topic: "z" },
      { port: "out", payload: { n: 1 } },
    ];
    expect(outcomeOf({ ...tried, sent, more: 3, state: { n: 1 }, notes: ["seen"] })).toEqual([
      { what: "hot", shown: { payload: 8, topic: "z" } },
      { what: "out", shown: { n: 1 } },
      { what: "…", shown: 3 },
      { what: "state", shown: { n: 1 } },
      { what: "note", shown: "seen" },
    ]);
  });
  it("shows a topic that became empty, and nothing where it is dropped", () => {
    expect(outcomeOf({ ...tried, sent: [{ port: "out", payload: 1, topic: "" }] })[0]!.shown).toEqual({
      payload: 1,
      topic: "",
    });
    expect(outcomeOf(tried)).toEqual([]);
  });
  it("names what it may use as an expression does", () => {
    expect(namesIn({ payload: { v: 1 }, topic: "", meta: {} }, "script")).toEqual([{ name: "payload.v", value: 1 }]);
  });
});
