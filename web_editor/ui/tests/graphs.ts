// Small graphs for the tests.
import type { Graph, GraphNode } from "../src/api/types";
import { wireId } from "../src/logic/operations";

const RANGE = { start: { line: 1, column: 1 }, end: { line: 2, column: 1 } };

export function node(id: string, more: Partial<GraphNode> = {}): GraphNode {
  return {
    id,
    type: "normalise",
    title: null,
    category: "transform",
    known: true,
    config: {},
    ports: ["out"],
    input: true,
    error_port: false,
    subflow: null,
    queue: false,
    range: RANGE,
    yaml: `${id}: {type: normalise}\n`,
    position: null,
    count: null,
    ...more,
  };
}

export function graphOf(ids: string[], wires: [string, string][]): Graph {
  return {
    nodes: ids.map((id) => node(id)),
    connections: [],
    inputs: [],
    outputs: [],
    pages: [],
    wires: wires.map(([from, to]) => ({ id: wireId(from, "out", to), from, port: "out", to, inherited: false })),
  };
}
