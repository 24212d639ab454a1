// What operations do to the graph on screen before the engine has answered. The text itself is the engine's business.
import type { Graph, GraphNode, Json, Operation, Path, Wire } from "../api/types";
import { digitsOf } from "./digits";

export const wireId = (from: string, port: string, to: string) => `${from}:${port}>${to}`;

/** The graph with the operations applied as far as they can be seen; anything that does not fit is left out. */
export function applyOperations(graph: Graph, operations: readonly Operation[]): Graph {
  return operations.reduce(applyOne, graph);
}

function applyOne(graph: Graph, operation: Operation): Graph {
  switch (operation.op) {
    case "wire":
      return { ...graph, wires: withWire(graph.wires, operation) };
    case "unwire":
      return {
        ...graph,
        wires: graph.wires.filter((wire) => wire.id !== wireId(operation.from, operation.port, operation.to)),
      };
    case "move":
      return withNode(graph, operation.node, (node) => ({ ...node, position: operation.position }));
    case "delete":
      return deleted(graph, operation.path);
    case "rename":
      return operation.path[0] === "nodes" && operation.path.length === 2
        ? renamed(graph, String(operation.path[1]), operation.to)
        : graph;
    case "set":
      return set(graph, operation.path, operation.value);
    case "add":
      return added(graph, operation.path, operation.value, operation.position ?? null);
    case "paste":
      return graph; // what is in it the engine says
  }
}

function withWire(wires: Wire[], { from, port, to }: { from: string; port: string; to: string }): Wire[] {
  const id = wireId(from, port, to);
  if (wires.some((wire) => wire.id === id && !wire.inherited)) return wires;
  const replaced = port === "error" ? wires.filter((wire) => wire.from !== from || !wire.inherited) : wires;
  return [...replaced.filter((wire) => wire.id !== id), { id, from, port, to, inherited: false }];
}

function withNode(graph: Graph, id: string, change: (node: GraphNode) => GraphNode): Graph {
  return { ...graph, nodes: graph.nodes.map((node) => (node.id === id ? change(node) : node)) };
}

function deleted(graph: Graph, path: Path): Graph {
  const [room, id, ...rest] = path;
  if (room !== "nodes" || id === undefined) return graph;
  if (rest.length) return withNode(graph, String(id), (node) => ({ ...node, config: without(node.config, rest) }));
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => node.id !== id),
    wires: graph.wires.filter((wire) => wire.from !== id && wire.to !== id),
  };
}

function renamed(graph: Graph, old: string, to: string): Graph {
  const follow = (id: string) => (id === old ? to : id);
  return {
    ...graph,
    nodes: graph.nodes.map((node) => (node.id === old ? { ...node, id: to } : node)),
    wires: graph.wires.map((wire) => {
      const [from, target] = [follow(wire.from), follow(wire.to)];
      return { ...wire, from, to: target, id: wireId(from, wire.port, target) };
    }),
  };
}

function set(graph: Graph, path: Path, value: Json): Graph {
  const [room, id, ...rest] = path;
  if (room !== "nodes" || id === undefined || rest.length === 0) return graph;
  if (rest[0] === "title")
    return withNode(graph, String(id), (node) => ({ ...node, title: typeof value === "string" ? value : null }));
  return withNode(graph, String(id), (node) => ({ ...node, config: withValue(node.config, rest, value) }));
}

function added(graph: Graph, path: Path, value: Json, position: GraphNode["position"]): Graph {
  const [room, id] = path;
  if (room !== "nodes" || path.length !== 2 || !isMap(value)) return set(graph, path, value);
  const { type, title, to: _to, on_error: _error, ...config } = value;
  const node: GraphNode = {
    id: String(id),
    type: String(type),
    title: typeof title === "string" ? title : null,
    category: "tool",
    known: true,
    config,
    ports: ["out"],
    input: true,
    error_port: false,
    subflow: null,
    queue: false,
    position,
    count: null,
    range: { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } },
    yaml: "", // until the engine has written it
  };
  return { ...graph, nodes: [...graph.nodes.filter((other) => other.id !== id), node] };
}

export const isMap = (value: unknown): value is Record<string, Json> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && digitsOf(value) === null;

/** A copy of a map or list with the value at a path. */
export function withValue<T extends Json>(target: T, path: Path, value: Json): T {
  const [key, ...rest] = path;
  if (key === undefined) return value as T;
  if (Array.isArray(target)) {
    const copy = [...target];
    copy[Number(key)] = withValue((copy[Number(key)] ?? {}) as Json, rest, value);
    return copy as T;
  }
  const map: Record<string, Json> = isMap(target) ? target : {};
  return { ...map, [key]: withValue((map[String(key)] ?? {}) as Json, rest, value) } as T;
}

function without(config: Record<string, Json>, path: Path): Record<string, Json> {
  const [first, ...rest] = path;
  const key = String(first);
  const { [key]: inner, ...others } = config;
  if (rest.length === 0) return others;
  return inner !== undefined && isMap(inner) ? { ...others, [key]: without(inner, rest) } : config;
}

/** The nodes an operation reads or writes: what must not have changed for it to be applied again after a conflict. */
export function touchedNodes(operations: readonly Operation[]): Set<string> {
  const touched = new Set<string>();
  for (const operation of operations) {
    if (operation.op === "wire" || operation.op === "unwire") touched.add(operation.from);
    else if (operation.op === "move") touched.add(operation.node);
    else if (operation.op === "paste") continue;
    else if (operation.path[0] === "nodes") touched.add(String(operation.path[1]));
    else touched.add(`/${operation.path.join("/")}`);
  }
  return touched;
}

/** Ids of nodes whose configuration, wires or existence differ between two graphs. */
export function changedNodes(before: Graph, after: Graph): Set<string> {
  const old = fingerprints(before);
  const now = fingerprints(after);
  return new Set([...old.keys(), ...now.keys()].filter((id) => old.get(id) !== now.get(id)));
}

function fingerprints(graph: Graph): Map<string, string> {
  const out = new Map<string, string[]>();
  for (const wire of graph.wires) out.set(wire.from, [...(out.get(wire.from) ?? []), `${wire.port}>${wire.to}`]);
  return new Map(
    graph.nodes.map((node) => [
      node.id,
      JSON.stringify([node.type, node.title, node.config, (out.get(node.id) ?? []).sort()]),
    ]),
  );
}

/** Nodes reached from a start against (up) or along (down) the wires, without the start itself. */
export function reach(graph: Graph, start: string, direction: "up" | "down"): Set<string> {
  const next = new Map<string, string[]>();
  for (const { from, to } of graph.wires) {
    const [a, b] = direction === "down" ? [from, to] : [to, from];
    next.set(a, [...(next.get(a) ?? []), b]);
  }
  const seen = new Set<string>();
  const queue = [start];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const other of next.get(id) ?? []) {
      if (other !== start && !seen.has(other)) {
        seen.add(other);
        queue.push(other);
      }
    }
  }
  return seen;
}
