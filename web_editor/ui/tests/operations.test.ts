import { describe, expect, it } from "vitest";
import type { Operation } from "../src/api/types";
import { applyOperations, changedNodes, reach, touchedNodes } from "../src/logic/operations";
import { onlyMoves, queued } from "../src/logic/pending";
import { graphOf, node } from "./graphs";

const chain = () =>
  graphOf(
    ["a", "b", "c"],
    [
      ["a", "b"],
      ["b", "c"],
    ],
  );

describe("applyOperations", () => {
  it("removes a node with every wire to and from it", () => {
    const after = applyOperations(chain(), [{ op: "delete", path: ["nodes", "b"] }]);
    expect(after.nodes.map(({ id }) => id)).toEqual(["a", "c"]);
    expect(after.wires).toEqual([]);
  });

  it("lets every wire follow a rename", () => {
    const after = applyOperations(chain(), [{ op: "rename", path: ["nodes", "b"], to: "mid" }]);
    expect(after.wires.map(({ id }) => id)).toEqual(["a:out>mid", "mid:out>c"]);
  });

  it("adds a node with its place and wires it, once", () => {
    const wire: Operation = { op: "wire", from: "c", port: "out", to: "d" };
    const after = applyOperations(chain(), [
      { op: "add", path: ["nodes", "d"], value: { type: "buffer", count: 5, to: "x" }, position: { x: 1, y: 2 } },
      wire,
      wire,
    ]);
    expect(after.nodes.at(-1)).toMatchObject({
      id: "d",
      type: "buffer",
      config: { count: 5 },
      position: { x: 1, y: 2 },
    });
    expect(after.wires.filter(({ to }) => to === "d")).toHaveLength(1);
  });

  it("sets and deletes values deep inside a configuration without touching the old graph", () => {
    const before = { ...chain(), nodes: [node("a", { config: { durable: { max: "1GiB" } } })] };
    const set = applyOperations(before, [{ op: "set", path: ["nodes", "a", "durable", "max"], value: "2GiB" }]);
    expect(set.nodes[0]!.config).toEqual({ durable: { max: "2GiB" } });
    expect(before.nodes[0]!.config).toEqual({ durable: { max: "1GiB" } });
    expect(applyOperations(set, [{ op: "delete", path: ["nodes", "a", "durable"] }]).nodes[0]!.config).toEqual({});
  });

  it("leaves out what it cannot see", () => {
    const before = chain();
    expect(applyOperations(before, [{ op: "set", path: ["vars", "x"], value: 1 }])).toEqual(before);
  });
});

describe("conflicts", () => {
  it("are about the nodes that both touched", () => {
    const theirs = applyOperations(chain(), [
      { op: "set", path: ["nodes", "a", "x"], value: 1 },
      { op: "unwire", from: "b", port: "out", to: "c" },
    ]);
    expect(changedNodes(chain(), theirs)).toEqual(new Set(["a", "b"]));
    expect(
      touchedNodes([
        { op: "wire", from: "b", port: "out", to: "a" },
        { op: "set", path: ["title"], value: "x" },
      ]),
    ).toEqual(new Set(["b", "/title"]));
  });

  it("does not count a moved node as changed", () => {
    expect(
      changedNodes(chain(), applyOperations(chain(), [{ op: "move", node: "a", position: { x: 1, y: 1 } }])),
    ).toEqual(new Set());
  });
});

describe("reach", () => {
  it("follows the wires both ways and ends in rings", () => {
    const ring = graphOf(
      ["a", "b", "c"],
      [
        ["a", "b"],
        ["b", "c"],
        ["c", "a"],
      ],
    );
    expect(reach(ring, "a", "down")).toEqual(new Set(["b", "c"]));
    expect(reach(chain(), "c", "up")).toEqual(new Set(["a", "b"]));
  });
});

describe("queued", () => {
  const set = (value: number): Operation[] => [{ op: "set", path: ["nodes", "a", "count"], value }];
  it("replaces an unsent edit of the same key", () => expect(queued([set(1)], set(2), false)).toEqual([set(2)]));
  it("never touches the batch on its way", () => expect(queued([set(1)], set(2), true)).toEqual([set(1), set(2)]));
  it("keeps edits of different keys apart", () => {
    const other: Operation[] = [{ op: "set", path: ["nodes", "b", "count"], value: 2 }];
    expect(queued([set(1)], other, false)).toEqual([set(1), other]);
  });
  it("never replaces wires or deletions", () => {
    const wire: Operation[] = [{ op: "wire", from: "a", port: "out", to: "b" }];
    expect(queued([wire], wire, false)).toEqual([wire, wire]);
  });
  it("knows a batch of moves", () => expect(onlyMoves([{ op: "move", node: "a", position: null }])).toBe(true));
});
