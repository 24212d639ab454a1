// The nodes that the canvas shows, as the editor's stores and the library tell of them.
import { applyNodeChanges, type Node, type NodeChange, useStoreApi } from "@xyflow/react";
import { type Dispatch, type SetStateAction, useCallback, useEffect, useMemo, useState } from "react";
import { current, editor, useDocument, useEditor } from "../edit/editor";
import { selectNodes } from "../edit/selection";
import { t } from "../i18n";
import { type Frame, framesOf } from "../logic/inplace";
import { layout, type Place } from "../logic/layout";
import { type CanvasNode, canvasNodes, faultsByNode } from "./elements";

export function useCanvasNodes(editable: boolean) {
  const graph = useDocument((state) => state.graph);
  const own = useDocument((state) => state.places);
  const opened = useEditor((state) => state.opened);
  const inner = useEditor((state) => state.inner);
  const frames = useMemo(
    () => (graph ? framesOf(graph, opened, inner) : new Map<string, Frame>()),
    [graph, opened, inner],
  );
  const places = useMemo(() => (graph && frames.size ? layout(graph, frames) : own), [graph, frames, own]);
  const diagnostics = useDocument((state) => state.flow?.diagnostics);
  const selected = useEditor((state) => state.nodes);
  const [nodes, setNodes] = useState<CanvasNode[]>([]);
  const faults = useMemo(() => faultsByNode(diagnostics ?? []), [diagnostics]);
  useEffect(() => {
    setNodes((old) => {
      const before = new Map(old.map((node) => [node.id, node]));
      const label = (node: { id: string; title: string | null; type: string }) =>
        t("node.label", { name: node.title ?? node.id, type: node.type });
      return graph ? canvasNodes(graph, places, selected, faults, before, editable, label, frames) : [];
    });
  }, [graph, places, selected, faults, editable, frames]);
  return { graph, frames, nodes, setNodes };
}

/** What the library says of its nodes: places go into the nodes, selections into the editor. */
export function useChanges(setNodes: Dispatch<SetStateAction<CanvasNode[]>>) {
  const store = useStoreApi<CanvasNode>();
  return useCallback(
    (changes: NodeChange<CanvasNode>[]) => {
      const moves = changes.filter((change) => change.type !== "select" && change.type !== "remove");
      if (moves.length) setNodes((old) => applyNodeChanges(moves, old));
      const chosen = changes.filter((change) => change.type === "select");
      if (chosen.length === 0) return;
      // The library knows only what is near: a new selection ends that of nodes elsewhere too.
      const { multiSelectionActive, nodeLookup } = store.getState();
      const fresh = !multiSelectionActive && chosen.some(({ selected }) => selected);
      const next = new Set([...editor.get().nodes].filter((id) => !fresh || nodeLookup.has(id)));
      for (const { id, selected } of chosen) next[selected ? "add" : "delete"](id);
      if (next.size || editor.get().wire === null) selectNodes(next);
    },
    [setNodes, store],
  );
}

/** Where nodes have been dragged to; those selected elsewhere go along. */
export function movedWith(node: Node, dragged: readonly Node[]): Map<string, Place> {
  const { places } = current();
  const start = places.get(node.id) ?? node.position;
  const [dx, dy] = [node.position.x - start.x, node.position.y - start.y];
  const others =
    dragged.length > 1
      ? [...editor.get().nodes].flatMap((id) => (places.has(id) ? [[id, places.get(id)!] as const] : []))
      : [];
  return new Map([
    ...others.map(([id, { x, y }]) => [id, { x: x + dx, y: y + dy }] as const),
    ...dragged.map((each) => [each.id, each.position] as const),
  ]);
}
