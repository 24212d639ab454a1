import { beforeEach, describe, expect, it, vi } from "vitest";
import { flows } from "../src/api/calls";
import { ApiError } from "../src/api/http";
import type { Flow } from "../src/api/types";
import { FlowDocument } from "../src/edit/document";
import { makeAgain, takeBack } from "../src/edit/made";
import { graphOf } from "./graphs";

const GRAPH = graphOf(["a", "b"], [["a", "b"]]);
const flow = (id: string, etag: string, text: string) =>
  ({ id, etag, text, graph: GRAPH, diagnostics: [], running: true }) as unknown as Flow;
const fault = (kind: string, status: number) =>
  new ApiError({ type: `urn:flowengine:${kind}`, title: kind, status } as never);

/** An engine with one flow and perhaps the subflow `sub`, whose file may be in use elsewhere. */
class Engine {
  text = "whole";
  sub: string | null = null;
  used = false;
  etag = 1;

  constructor() {
    vi.spyOn(flows, "read").mockImplementation(async (id) => {
      if (id === "hall") return this.flow();
      if (this.sub === null) throw fault("not-found", 404);
      return flow(id, this.sub, this.sub);
    });
    vi.spyOn(flows, "write").mockImplementation(async (_, text) => this.set(text));
    vi.spyOn(flows, "extract").mockImplementation(async () => {
      if (this.sub !== null) throw fault("exists", 409);
      this.sub = "parts";
      return this.set("sub");
    });
    vi.spyOn(flows, "remove").mockImplementation(async () => {
      if (this.used) throw fault("refused", 422);
      this.sub = null;
    });
  }

  private set(text: string): Flow {
    this.text = text;
    this.etag += 1;
    return this.flow();
  }

  private flow = () => flow("hall", String(this.etag), this.text);
}

async function made(engine: Engine, onTypes: () => void = () => undefined) {
  const document = new FlowDocument("hall", onTypes);
  await document.load();
  const step = { name: "sub", nodes: ["a", "b"] };
  expect(await document.remake((etag) => flows.extract("hall", step.nodes, step.name, etag), step)).toBe(true);
  expect([engine.text, engine.sub]).toEqual(["sub", "parts"]);
  return document;
}

describe("a subflow made of nodes", () => {
  beforeEach(() => void vi.restoreAllMocks());

  it("goes with its file when that is undone, and comes with it when it is done again", async () => {
    const engine = new Engine();
    const onTypes = vi.fn();
    const document = await made(engine, onTypes);
    await document.undo();
    expect([engine.text, engine.sub]).toEqual(["whole", null]);
    await document.redo();
    expect([engine.text, engine.sub]).toEqual(["sub", "parts"]);
    expect(onTypes).toHaveBeenCalledTimes(2);
    await document.undo();
    expect(engine.sub).toBeNull();
  });

  it("keeps its file where somebody has changed it since or a flow uses it, and undo goes on", async () => {
    const engine = new Engine();
    const document = await made(engine);
    engine.used = true;
    await document.undo();
    expect([engine.text, engine.sub]).toEqual(["whole", "parts"]);
    engine.used = false;
    engine.sub = "parts, mended";
    await document.redo();
    expect([engine.text, engine.sub]).toEqual(["sub", "parts, mended"]);
    await document.undo();
    expect([engine.text, engine.sub]).toEqual(["whole", "parts, mended"]);
  });

  it("is neither taken back nor made again by an engine that does not answer", async () => {
    vi.spyOn(flows, "read").mockRejectedValue(fault("no-answer", 0));
    vi.spyOn(flows, "extract").mockRejectedValue(fault("no-answer", 0));
    const remove = vi.spyOn(flows, "remove");
    const sub = { name: "sub", nodes: ["a"], text: "parts" };
    await expect(takeBack(sub)).rejects.toThrow();
    await expect(makeAgain(sub, "hall", "1")).rejects.toThrow();
    expect(remove).not.toHaveBeenCalled();
  });
});
