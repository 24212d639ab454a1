// What is selected and brought into view. Changes no flow.
import { flows } from "../api/calls";
import type { GraphNode } from "../api/types";
import { reach } from "../logic/operations";
import { tellError } from "../state/notices";
import { current, editor } from "./editor";

export function selectNodes(ids: Iterable<string>): void {
  const next = new Set(ids);
  const { nodes } = editor.get();
  if (next.size === nodes.size && [...next].every((id) => nodes.has(id))) {
    editor.set({ wire: null, connection: null });
    return;
  }
  editor.set({ nodes: next, wire: null, connection: null });
}

export const selectWire = (wire: string | null) => editor.set({ wire, nodes: new Set(), connection: null });

export const selectedNode = (): string | null => {
  const { nodes } = editor.get();
  return nodes.size === 1 ? [...nodes][0]! : null;
};

export const reveal = (node: string, focus = false) => editor.set({ reveal: { node, focus } });

export function showNode(node: string): void {
  selectNodes([node]);
  reveal(node, true);
}

export const showLine = (number: number) => editor.set({ right: "yaml", line: { number } });

/** Opens a subflow node in place, or closes it again. */
export async function toggleInside({ id, subflow }: GraphNode): Promise<void> {
  const opened = new Set(editor.get().opened);
  if (opened.delete(id) || subflow === null) return editor.set({ opened });
  try {
    const { graph } = await flows.read(subflow);
    if (graph)
      editor.set({
        inner: new Map(editor.get().inner).set(subflow, graph),
        opened: new Set(editor.get().opened).add(id),
      });
  } catch (error) {
    tellError(error);
  }
}

export function selectAll(): void {
  selectNodes(current().graph?.nodes.map((node) => node.id) ?? []);
}

export function selectReach(direction: "up" | "down"): void {
  const { graph } = current();
  const start = [...editor.get().nodes];
  if (graph) selectNodes([...start, ...start.flatMap((id) => [...reach(graph, id, direction)])]);
}
