// Subflows opened in place: a node becomes a frame that holds the nodes of the flow it stands for. Pure.
import type { Graph, GraphNode } from "../api/types";
import { layout, NODE_HEIGHT, NODE_WIDTH, nodeHeight, type Place, portCount, type Size } from "./layout";

export type Frame = Size & { inner: Graph; places: ReadonlyMap<string, Place> };

const HEAD = 48;
const EDGE = 20;

/** The frames of the opened nodes, by node id; the places inside are relative to the frame. */
export function framesOf(
  graph: Graph,
  opened: ReadonlySet<string>,
  flows: ReadonlyMap<string, Graph>,
): Map<string, Frame> {
  const frames = new Map<string, Frame>();
  for (const node of graph.nodes) {
    const inner = node.subflow !== null && opened.has(node.id) ? flows.get(node.subflow) : undefined;
    if (inner) frames.set(node.id, frameOf(node, inner));
  }
  return frames;
}

function frameOf(node: GraphNode, flow: Graph): Frame {
  const inner = prefixed(flow, `${node.id}/`);
  const found = layout(inner);
  const all = [...found.values()];
  const [left, top] = [Math.min(...all.map(({ x }) => x)), Math.min(...all.map(({ y }) => y))];
  const places = new Map([...found].map(([id, { x, y }]) => [id, { x: x - left + EDGE + 12, y: y - top + HEAD }]));
  const heights = new Map(inner.nodes.map((item) => [item.id, nodeHeight(portCount(item))]));
  const right = Math.max(NODE_WIDTH, ...[...places.values()].map(({ x }) => x + NODE_WIDTH));
  const bottom = Math.max(NODE_HEIGHT, ...[...places].map(([id, { y }]) => y + heights.get(id)!));
  return { width: right + EDGE + 40, height: bottom + EDGE, inner, places };
}

function prefixed(graph: Graph, prefix: string): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({ ...node, id: prefix + node.id, title: node.title ?? node.id })),
    wires: graph.wires.map(({ from, port, to, inherited }) => ({
      id: `${prefix}${from}:${port}>${prefix}${to}`,
      from: prefix + from,
      port,
      to: prefix + to,
      inherited,
    })),
  };
}

/** Nodes and wires as running: those inside a subflow are called `outer/inner`, and stand for the outer one as well. */
export const outersOf = (id: string): string[] =>
  id
    .split("/")
    .slice(0, -1)
    .map((_part, i, parts) => parts.slice(0, i + 1).join("/"));

/** What a wire between two nodes of the flow is called, whatever is inside them; null for a wire within one node. */
export function outerWire(id: string): string | null {
  const [left = "", to = ""] = id.split(">");
  const from = left.slice(0, left.lastIndexOf(":"));
  if (!from.includes("/") && !to.includes("/")) return null;
  const [a, b] = [from.split("/")[0]!, to.split("/")[0]!];
  return a === b ? null : `${a}>${b}`;
}
