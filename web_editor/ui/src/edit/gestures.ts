// Gestures on the open flow as operations. The one place that turns the one into the other.
import type { Json, NodeKind, Operation, Path } from "../api/types";
import { aligned } from "../logic/align";
import { freeName } from "../logic/find";
import { freeSpot, type Place } from "../logic/layout";
import { type Attach, apply, current, editor, mayEdit, nodeById, typeOf } from "./editor";
import { reveal, selectedNode, selectNodes } from "./selection";
import { forgetTyping } from "./typing";

export function setValue(path: Path, value: Json | undefined): void {
  apply([value === undefined ? { op: "delete", path } : { op: "set", path, value }]);
}

/** The name of a new connection of a type. */
export function addConnection(type: string): string {
  const there = current().graph?.connections ?? [];
  const id = freeName(type, new Set(there.map((connection) => connection.id)));
  apply(
    there.length
      ? [{ op: "add", path: ["connections", id], value: { type } }]
      : [{ op: "set", path: ["connections"], value: { [id]: { type } } }],
  );
  return id;
}

/** Adds a node of a type, wired as asked when both fit, by default from the selected node; it is selected. */
export function addNode(type: string, at: Place | null, attach: Attach = fromSelection()): void {
  const { graph, places } = current();
  const found = typeOf(editor.get().palette, type);
  if (!graph || !mayEdit()) return;
  const id = freeName(type, new Set(graph.nodes.map((node) => node.id)));
  const wire: Operation[] =
    attach === null || !found?.input
      ? []
      : "into" in attach
        ? spliced(attach.into, id, found.ports[0])
        : [{ op: "wire", ...attach, to: id }];
  const operations: Operation[] = [
    {
      op: "add",
      path: ["nodes", id],
      value: { type, ...onlyConnections(found?.connections ?? {}) },
      ...(at ? { position: at } : {}),
    },
    ...wire,
  ];
  if (!at && wire.length === 0) Object.assign(operations[0]!, { position: freeSpot(places, null) });
  apply(operations);
  selectNodes([id]);
  reveal(id);
  editor.set({ right: "properties" });
}

/** What a new node needs to be connected to, where the flow has one that fits and no second one. */
function onlyConnections(needed: NodeKind["connections"]): Record<string, string> {
  const there = current().graph?.connections ?? [];
  return Object.fromEntries(
    Object.entries(needed).flatMap(([option, types]) => {
      const fitting = there.filter(({ type }) => types.length === 0 || types.includes(type));
      return fitting.length === 1 ? [[option, fitting[0]!.id]] : [];
    }),
  );
}

function fromSelection(): Attach {
  const source = nodeById(current().graph, selectedNode());
  const port = source?.ports[0];
  return source && port ? { from: source.id, port } : null;
}

/** What puts a node between the two ends of a wire; nothing for a node without an output. */
function spliced(wire: string, node: string, port: string | undefined): Operation[] {
  const cut = current().graph?.wires.find(({ id }) => id === wire);
  if (!cut || port === undefined || cut.from === node || cut.to === node) return [];
  const taken: Operation[] = cut.inherited ? [] : [{ op: "unwire", from: cut.from, port: cut.port, to: cut.to }];
  return [
    { op: "wire", from: cut.from, port: cut.port, to: node },
    ...taken,
    { op: "wire", from: node, port, to: cut.to },
  ];
}

/** A node that nothing is wired to, dropped on a wire, goes between its ends. */
export function spliceLoose(node: string, wire: string): void {
  const { graph } = current();
  const found = nodeById(graph, node);
  const loose = !graph?.wires.some(({ from, to, inherited }) => !inherited && (from === node || to === node));
  if (found?.input && loose) apply(spliced(wire, node, found.ports[0]));
}

export type Side = "left" | "top" | "row" | "column";

/** Brings the selected nodes to one edge, or leaves equal distances between them from left to right or top to bottom. */
export function align(side: Side): void {
  const { places } = current();
  const chosen = [...editor.get().nodes].flatMap((id) => (places.has(id) ? [{ id, ...places.get(id)! }] : []));
  moveNodes(new Map(aligned(chosen, side).map(({ id, x, y }) => [id, { x, y }])));
}

export function deleteSelected(): void {
  const { nodes, wire } = editor.get();
  const found = current().graph?.wires.find(({ id }) => id === wire);
  if (found) apply([{ op: "unwire", from: found.from, port: found.port, to: found.to }]);
  else {
    for (const id of nodes) forgetTyping([editor.get().document?.id ?? "", "nodes", id]);
    apply([...nodes].map((id) => ({ op: "delete", path: ["nodes", id] })));
  }
  editor.set({ nodes: new Set(), wire: null });
}

export function moveNodes(places: ReadonlyMap<string, Place>): void {
  apply(
    [...places].map(([node, { x, y }]) => ({ op: "move", node, position: { x: Math.round(x), y: Math.round(y) } })),
  );
}

export function nudgeSelected(dx: number, dy: number): void {
  const { places } = current();
  moveNodes(
    new Map(
      [...editor.get().nodes].flatMap((id) => {
        const place = places.get(id);
        return place ? [[id, { x: place.x + dx, y: place.y + dy }] as const] : [];
      }),
    ),
  );
}

export function layOutAgain(): void {
  const moved = current().graph?.nodes.filter((node) => node.position !== null) ?? [];
  apply(moved.map((node) => ({ op: "move", node: node.id, position: null })));
}

export function connect(from: string, port: string, to: string): void {
  const target = nodeById(current().graph, to);
  if (target?.input && from !== to) apply([{ op: "wire", from, port, to }]);
}

export function rename(path: Path, to: string): void {
  apply([{ op: "rename", path, to }]);
  if (path[0] === "nodes") selectNodes([to]);
}
