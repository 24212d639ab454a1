// Copy and paste of nodes as YAML, so that what is copied can be read, mailed and put into a file. The engine writes it,
// entry by entry with the graph, because a browser wants a copy at once; and it reads what is pasted.
import type { Graph } from "../api/types";
import { t } from "../i18n";
import { tell } from "../state/notices";
import { apply, current, editor, mayEdit } from "./editor";
import { deleteSelected } from "./gestures";
import { selectNodes } from "./selection";

/** The given nodes under `nodes:`, and the connections that they use. */
export function yamlOf(graph: Graph, ids: ReadonlySet<string>): string {
  const connections = graph.connections.filter(({ used_by }) => used_by.some((id) => ids.has(id)));
  return (
    section("connections", connections) +
    section(
      "nodes",
      graph.nodes.filter(({ id }) => ids.has(id)),
    )
  );
}

/** A section of a flow with these entries; nothing without one. */
function section(name: "connections" | "nodes", entries: readonly { yaml: string }[]): string {
  const text = entries.map(({ yaml }) => yaml.replace(/^(?=.)/gm, "  ")).join("");
  return text && `${name}:\n${text}`;
}

/** The event carries the text: that works without a secure context too, where `navigator.clipboard` does not exist. */
export function copyInto(event: { clipboardData: DataTransfer; preventDefault(): void }): void {
  const { graph } = current();
  const { nodes } = editor.get();
  if (!graph || nodes.size === 0) return;
  event.preventDefault();
  event.clipboardData.setData("text/plain", yamlOf(graph, nodes));
  tell(t("edit.copied", { n: nodes.size }));
}

export function cutInto(event: { clipboardData: DataTransfer; preventDefault(): void }): void {
  copyInto(event);
  deleteSelected();
}

/** Adds what a text holds; what came of it is selected once the engine has read it. */
export async function paste(text: string): Promise<void> {
  const { document } = editor.get();
  if (!document || !mayEdit()) return;
  const before = new Set(document.nodeIds());
  apply([{ op: "paste", text }]);
  if (!(await document.settled())) return;
  const added = document.nodeIds().filter((id) => !before.has(id));
  if (added.length && editor.get().document === document) selectNodes(added);
}
