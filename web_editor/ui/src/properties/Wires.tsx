// A node's wires as a list: the way to see, add and remove them without a pointer.
import type { Graph, GraphNode } from "../api/types";
import { apply } from "../edit/editor";
import { show } from "../edit/overlays";
import { showNode } from "../edit/selection";
import { t } from "../i18n";
import { portsOf } from "../logic/layout";
import { Icon } from "../parts/Icon";

export function Wires({ node, graph, editable }: { node: GraphNode; graph: Graph; editable: boolean }) {
  const out = graph.wires.filter((wire) => wire.from === node.id);
  const into = graph.wires.filter((wire) => wire.to === node.id);
  return (
    <div className="field">
      <span className="label">{t("wires")}</span>
      {into.map((wire) => (
        <div key={wire.id} className="row">
          <End arrow="←" node={wire.from} port={wire.port} />
        </div>
      ))}
      {out.map((wire) => (
        <div key={wire.id} className="row">
          <End arrow="→" node={wire.to} port={wire.port} />
          {editable && (
            <button
              type="button"
              className="button plain icon"
              aria-label={t("wire.remove", { from: wire.from, to: wire.to })}
              onClick={() => apply([{ op: "unwire", from: wire.from, port: wire.port, to: wire.to }])}
            >
              <Icon name="close" size={14} />
            </button>
          )}
        </div>
      ))}
      {editable && portsOf(node).length > 0 && (
        <div>
          <button type="button" className="button" onClick={() => show("wire")}>
            <Icon name="plus" size={14} />
            {t("wire.add")} <kbd className="kbd">W</kbd>
          </button>
        </div>
      )}
    </div>
  );
}

/** The other end of a wire: a click goes there. */
function End({ arrow, node, port }: { arrow: string; node: string; port: string }) {
  return (
    <>
      <span className="muted" aria-hidden="true">
        {arrow}
      </span>
      <button
        type="button"
        className="button plain grow"
        style={{ justifyContent: "start" }}
        onClick={() => showNode(node)}
      >
        {node}
        {port !== "out" && <span className="muted">· {port}</span>}
      </button>
    </>
  );
}
