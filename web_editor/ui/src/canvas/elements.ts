// From the graph to what the canvas library draws, with sizes and ports known before anything is measured. Pure.
import { type Edge, MarkerType, type Node, Position } from "@xyflow/react";
import type { Diagnostic, Graph, GraphNode } from "../api/types";
import type { Frame } from "../logic/inplace";
import { NODE_WIDTH, nodeHeight, type Place, portCount, portsOf, portTop, type Size } from "../logic/layout";

export type NodeData = { node: GraphNode; fault: "error" | "warning" | null; print: string; frame: boolean };
export type CanvasNode = Node<NodeData, "flow">;
export type CanvasEdge = Edge<{ error: boolean; live: string }, "wire">;

export type Box = { x: number; y: number; width: number; height: number };

const HANDLE = 12;

/** The nodes to draw; those that look the same as before are the same objects, so that nothing renders in vain. */
export function canvasNodes(
  graph: Graph,
  places: ReadonlyMap<string, Place>,
  selected: ReadonlySet<string>,
  faults: ReadonlyMap<string, "error" | "warning">,
  before: ReadonlyMap<string, CanvasNode>,
  editable: boolean,
  label: (node: GraphNode) => string,
  frames: ReadonlyMap<string, Frame>,
): CanvasNode[] {
  const outer = graph.nodes.map((node) => {
    const frame = frames.get(node.id);
    const place = places.get(node.id) ?? { x: 0, y: 0 };
    const fault = faults.get(node.id) ?? null;
    const { range: _range, config, ...look } = node;
    const print = JSON.stringify([look, config["area"], config["note"], fault, editable, frame?.width, frame?.height]);
    const old = before.get(node.id);
    const chosen = selected.has(node.id);
    if (
      old &&
      old.data.print === print &&
      old.position.x === place.x &&
      old.position.y === place.y &&
      old.selected === chosen
    )
      return old;
    return draw(
      node,
      place,
      chosen,
      old?.data.print === print ? old.data : { node, fault, print, frame: frame !== undefined },
      editable,
      label(node),
      frame,
    );
  });
  return [...outer, ...[...frames].flatMap(([id, frame]) => insideOf(id, frame, before, label))];
}

/** What stands inside a frame: to be looked at; it is edited in its own flow. */
function insideOf(
  parentId: string,
  { inner, places }: Frame,
  before: ReadonlyMap<string, CanvasNode>,
  label: (node: GraphNode) => string,
): CanvasNode[] {
  return inner.nodes.map((node) => {
    const print = JSON.stringify([node.id, node.title, node.type, node.ports, node.count]);
    const old = before.get(node.id);
    if (old?.data.print === print) return old;
    const data = { node, fault: null, print, frame: false };
    return {
      ...draw(node, places.get(node.id)!, false, data, false, label(node)),
      parentId,
      selectable: false,
      focusable: false,
    };
  });
}

function draw(
  node: GraphNode,
  place: Place,
  selected: boolean,
  data: NodeData,
  editable: boolean,
  ariaLabel: string,
  size?: Size,
): CanvasNode {
  const { width, height } = size ?? { width: NODE_WIDTH, height: nodeHeight(portCount(node)) };
  const ports = portsOf(node);
  const source = ports.map((id, i) => ({
    id,
    type: "source" as const,
    position: Position.Right,
    width: HANDLE,
    height: HANDLE,
    x: width - HANDLE / 2,
    y: portTop(i, ports.length, height) - HANDLE / 2,
  }));
  const target = {
    id: "in",
    type: "target" as const,
    position: Position.Left,
    width: HANDLE,
    height: HANDLE,
    x: -HANDLE / 2,
    y: height / 2 - HANDLE / 2,
  };
  return {
    id: node.id,
    type: "flow",
    position: place,
    width,
    height,
    measured: { width, height },
    selected,
    data,
    ariaLabel,
    draggable: editable,
    connectable: editable,
    handles: node.input ? [...source, target] : source,
  };
}

export function canvasEdges(
  graph: Graph,
  selected: string | null,
  label: (from: string, to: string) => string,
): CanvasEdge[] {
  const known = new Map(graph.nodes.map((node) => [node.id, node]));
  return graph.wires
    .filter((wire) => known.has(wire.from) && known.get(wire.to)?.input)
    .filter((wire) => portsOf(known.get(wire.from)!).includes(wire.port))
    .map((wire) => ({
      id: wire.id,
      type: "wire",
      source: wire.from,
      sourceHandle: wire.port,
      target: wire.to,
      targetHandle: "in",
      selected: wire.id === selected,
      data: {
        error: wire.port === "error",
        live: isSeveral(known.get(wire.from)!) || isSeveral(known.get(wire.to)!) ? `${wire.from}>${wire.to}` : wire.id,
      },
      className: wire.inherited ? "wire-error inherited" : wire.port === "error" ? "wire-error" : "",
      ariaLabel: label(wire.from, wire.to),
      markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14, color: "var(--border)" },
    }));
}

/** Whether a node stands for several that run: a subflow, or one with `for_each`. */
const isSeveral = ({ subflow, count }: GraphNode): boolean => subflow !== null || count !== null;

/** The worst thing the checker says about each node. */
export function faultsByNode(diagnostics: readonly Diagnostic[]): Map<string, "error" | "warning"> {
  const faults = new Map<string, "error" | "warning">();
  for (const { node, severity } of diagnostics)
    if (node && severity !== "info" && faults.get(node) !== "error") faults.set(node, severity);
  return faults;
}
