// Gestures on the open flow as operations. The one place that turns the one into the other.
import type { Json, Operation, Path } from "../api/types";
import { freeName } from "../logic/find";
import { freeSpot, type Place } from "../logic/layout";
import { apply, current, editor, mayEdit, nodeById, typeOf } from "./editor";
import { selectedNode, selectNodes } from "./selection";

export function setValue(path: Path, value: Json | undefined): void {
  apply([value === undefined ? { op: "delete", path } : { op: "set", path, value }]);
}

/** Adds a node of a type, wired from the selected node when both fit; the new node is selected. */
export function addNode(type: string, at: Place | null, wireFromSelection = true): void {
  const { graph, places } = current();
  const found = typeOf(editor.get().palette, type);
  if (!graph || !mayEdit()) return;
  const id = freeName(type, new Set(graph.nodes.map((node) => node.id)));
  const source = wireFromSelection ? nodeById(graph, selectedNode()) : null;
  const port = source?.ports[0];
  const wire: Operation[] = source && port && found?.input ? [{ op: "wire", from: source.id, port, to: id }] : [];
  const operations: Operation[] = [
    { op: "add", path: ["nodes", id], value: { type }, ...(at ? { position: at } : {}) },
    ...wire,
  ];
  if (!at && wire.length === 0) Object.assign(operations[0]!, { position: freeSpot(places, null) });
  apply(operations);
  selectNodes([id]);
  editor.set({ right: "properties" });
}

export function deleteSelected(): void {
  const { nodes, wire } = editor.get();
  const found = current().graph?.wires.find(({ id }) => id === wire);
  if (found) apply([{ op: "unwire", from: found.from, port: found.port, to: found.to }]);
  else apply([...nodes].map((id) => ({ op: "delete", path: ["nodes", id] })));
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
