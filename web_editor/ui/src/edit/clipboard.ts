// Copy and paste of nodes as YAML, so that what is copied can be read, mailed and put into a file.
import type { Flow, Json, Operation, Range } from "../api/types";
import { t } from "../i18n";
import { freeName } from "../logic/find";
import { isMap } from "../logic/operations";
import { tell } from "../state/notices";
import { apply, current, editor } from "./editor";
import { deleteSelected } from "./gestures";
import { selectNodes } from "./selection";

/** The lines of the given nodes as they stand in the text, comments and quoting included, under `nodes:`. */
export function yamlOf(flow: Flow, ids: ReadonlySet<string>): string {
  const lines = flow.text.split(/\r?\n/);
  const nodes = (flow.graph?.nodes ?? []).filter((node) => ids.has(node.id));
  const connections = (flow.graph?.connections ?? []).filter(({ used_by }) => used_by.some((id) => ids.has(id)));
  return section("connections", connections, lines) + section("nodes", nodes, lines);
}

/** A section of a flow with these entries; nothing without one. */
function section(
  name: "connections" | "nodes",
  entries: readonly { range: Range }[],
  lines: readonly string[],
): string {
  const parts = entries.map(({ range }) => {
    const last = range.end.column === 1 ? range.end.line - 1 : range.end.line;
    const own = lines.slice(range.start.line - 1, last);
    const indent = /^ */.exec(own[0] ?? "")![0].length;
    return own.map((line) => (line.trim() ? `  ${line.slice(Math.min(indent, line.search(/\S/)))}` : "")).join("\n");
  });
  // `connections: {broker: {…}}` in a line: the line is the whole section already
  const whole = parts.map((part) => part.trimStart()).find((part) => part.startsWith(`${name}:`));
  return whole ? `${whole}\n` : parts.length ? `${name}:\n${parts.join("\n")}\n` : "";
}

/** The event carries the text: that works without a secure context too, where `navigator.clipboard` does not exist. */
export function copyInto(event: { clipboardData: DataTransfer; preventDefault(): void }): void {
  const { flow } = current();
  const { nodes } = editor.get();
  if (!flow || nodes.size === 0) return;
  event.preventDefault();
  event.clipboardData.setData("text/plain", yamlOf(flow, nodes));
  tell(t("edit.copied", { n: nodes.size }));
}

export function cutInto(event: { clipboardData: DataTransfer; preventDefault(): void }): void {
  copyInto(event);
  deleteSelected();
}

export async function paste(text: string): Promise<void> {
  const { graph } = current();
  if (!graph) return;
  try {
    const { parse } = await import("yaml");
    const operations = pasteOperations(
      parse(text, { version: "1.2", maxAliasCount: 100 }) as Json,
      new Set(graph.nodes.map((node) => node.id)),
      new Set(graph.connections.map((connection) => connection.id)),
    );
    if (operations.length === 0) return tell(t("edit.nothingToPaste"), "error");
    apply(operations);
    selectNodes(
      operations.flatMap((operation) =>
        operation.op === "add" && operation.path[0] === "nodes" ? [String(operation.path[1])] : [],
      ),
    );
  } catch {
    tell(t("edit.nothingToPaste"), "error");
  }
}

/**
 * Adds for every node in `{nodes: …}` or a bare map of nodes, and for the connections beside them that the flow does not
 * have; taken ids of nodes get a number, and wires among the pasted follow.
 */
export function pasteOperations(
  parsed: Json,
  taken: ReadonlySet<string>,
  connected: ReadonlySet<string> = new Set(),
): Operation[] {
  const room = isMap(parsed) && isMap(parsed["nodes"] ?? null) ? parsed["nodes"]! : parsed;
  if (!isMap(room)) return [];
  const nodes = Object.entries(room).filter(
    (entry): entry is [string, Record<string, Json>] => isMap(entry[1]) && typeof entry[1]["type"] === "string",
  );
  const all = new Set(taken);
  const names = new Map<string, string>();
  for (const [id] of nodes) {
    const name = freeName(id, all);
    all.add(name);
    names.set(id, name);
  }
  const beside = isMap(parsed) && isMap(parsed["connections"] ?? null) ? Object.entries(parsed["connections"]!) : [];
  return [
    ...beside
      .filter(([id]) => nodes.length > 0 && !connected.has(id))
      .map(([id, value]): Operation => ({ op: "add", path: ["connections", id], value })),
    ...nodes.map(
      ([id, value]): Operation => ({ op: "add", path: ["nodes", names.get(id)!], value: follow(value, names) }),
    ),
  ];
}

function follow(node: Record<string, Json>, names: ReadonlyMap<string, string>): Json {
  const target = (value: Json): Json => {
    if (typeof value === "string") return names.get(value) ?? value;
    if (Array.isArray(value)) return value.map(target);
    return isMap(value)
      ? Object.fromEntries(Object.entries(value).map(([port, inner]) => [port, target(inner)]))
      : value;
  };
  const wired = Object.entries(node).map(
    ([key, value]) => [key, key === "to" || key === "on_error" ? target(value) : value] as const,
  );
  return Object.fromEntries(wired);
}
