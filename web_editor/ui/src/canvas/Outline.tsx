// Every node of the flow as a tree: reachable by keyboard and screen reader, on and off the visible canvas; on a phone, the flow itself.
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import type { Graph, GraphNode } from "../api/types";
import { useDocument, useEditor } from "../edit/editor";
import { showNode } from "../edit/selection";
import { rate, t } from "../i18n";
import { best } from "../logic/find";
import { SHAPES, stateWord } from "../parts/StateMark";
import { status } from "../state/feeds";

type Row = { node: GraphNode; depth: number };

/** Depth first along the wires from the sources; a node met twice stands where it was met first. */
export function outline(graph: Pick<Graph, "nodes" | "wires">): Row[] {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const next = new Map<string, string[]>();
  const fed = new Set<string>();
  for (const { from, to } of graph.wires) {
    next.set(from, [...(next.get(from) ?? []), to]);
    fed.add(to);
  }
  const rows: Row[] = [];
  const seen = new Set<string>();
  const visit = (start: string) => {
    const stack: [string, number][] = [[start, 0]];
    for (let top = stack.pop(); top; top = stack.pop()) {
      const [id, depth] = top;
      const node = byId.get(id);
      if (!node || seen.has(id)) continue;
      seen.add(id);
      rows.push({ node, depth });
      for (const other of [...(next.get(id) ?? [])].reverse()) stack.push([other, depth + 1]);
    }
  };
  for (const node of graph.nodes) if (!fed.has(node.id)) visit(node.id);
  for (const node of graph.nodes) visit(node.id); // rings have no start
  return rows;
}

export function Outline({ onOpen }: { onOpen?: (id: string) => void }) {
  const graph = useDocument((state) => state.graph);
  const selected = useEditor((state) => state.nodes);
  const [typed, setTyped] = useState("");
  const rows = useMemo(() => (graph ? outline(graph) : []), [graph]);
  const found = typed ? best(rows, typed, ({ node }) => `${node.id} ${node.title ?? ""} ${node.type}`, 500) : rows;
  const choose = (id: string) => {
    showNode(id);
    onOpen?.(id);
  };
  const first = found.find(({ node }) => selected.has(node.id))?.node.id ?? found[0]?.node.id;
  return (
    <div className="pane" data-panel="outline">
      <div style={{ padding: 8 }}>
        <input
          className="input"
          type="search"
          placeholder={t("outline.search")}
          aria-label={t("outline.search")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <div
        className="tree scroll grow"
        role="tree"
        aria-label={t("outline")}
        onKeyDown={step}
        style={{ padding: "0 8px 12px" }}
      >
        {found.map(({ node, depth }) => (
          <div
            key={node.id}
            role="treeitem"
            aria-level={depth + 1}
            aria-selected={selected.has(node.id)}
            tabIndex={node.id === first ? 0 : -1}
            style={{ paddingLeft: 8 + (typed ? 0 : Math.min(depth, 10) * 8) }}
            onClick={() => choose(node.id)}
            onKeyDown={(event) => event.key === "Enter" && choose(node.id)}
          >
            <NodeState id={node.id} />
            <span className="ellipsis name">{node.title ?? node.id}</span>
            <span className="muted small ellipsis type">{node.type}</span>
          </div>
        ))}
      </div>
      {graph && rows.length === 0 && <p className="empty">{t("canvas.noNodes")}</p>}
    </div>
  );
}

function step(event: KeyboardEvent): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="treeitem"]')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  items[Math.min(items.length - 1, Math.max(0, to))]?.focus();
}

function NodeState({ id }: { id: string }) {
  const mark = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const element = mark.current!;
    const write = () => {
      const now = status.nodes.get(id);
      element.dataset["state"] = String(now?.state ?? 0);
      element.textContent = SHAPES[now?.state ?? 0];
      element.title = now ? `${stateWord(now.state)} · ${t("perSecond", { rate: rate(now.rate) })}` : t("state.off");
    };
    write();
    return status.watchNode(id, write);
  }, [id]);
  return <span className="state" ref={mark} />;
}
