// What is selected, as a form: a node, a connection, a wire, several nodes, or the flow itself.
import { useMemo } from "react";
import type { Diagnostic, Graph, GraphNode, JsonSchema } from "../api/types";
import { apply, nodeById, typeOf, useDocument, useEditor } from "../edit/editor";
import { align, deleteSelected, type Side } from "../edit/gestures";
import { useTypes } from "../edit/nodeTypes";
import { show } from "../edit/overlays";
import { selectWire, showLine, toggleInside } from "../edit/selection";
import { writeOut } from "../edit/subflows";
import { t } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { showTap } from "../panels/showTap";
import { inline } from "../parts/Markdown";
import { StateMark } from "../parts/StateMark";
import { Link } from "../shell/Link";
import { useCarries, useRuns } from "../state/feeds";
import { useMay } from "../state/session";
import { ConnectionProperties } from "./ConnectionProperties";
import { FlowProperties } from "./FlowProperties";
import { Letters } from "./Letters";
import { PointTools } from "./PointTools";
import { PlacedSettings, setNodeValue } from "./Settings";
import { useTyped } from "./typed";
import { Wires } from "./Wires";

export function Properties() {
  const graph = useDocument((state) => state.graph);
  const nodes = useEditor((state) => state.nodes);
  const wire = useEditor((state) => state.wire);
  const connection = useEditor((state) => state.connection);
  const shown = graph?.connections.find(({ id }) => id === connection);
  const node = nodes.size === 1 ? nodeById(graph, [...nodes][0]) : null;
  return (
    <div className="pane-body stack" data-panel="properties" tabIndex={-1}>
      {!graph ? (
        <p className="muted">{t("properties.noGraph")}</p>
      ) : shown ? (
        <ConnectionProperties key={shown.id} connection={shown} graph={graph} />
      ) : node ? (
        <NodeProperties key={node.id} node={node} graph={graph} />
      ) : nodes.size > 1 ? (
        <Several count={nodes.size} graph={graph} />
      ) : wire ? (
        <WireProperties graph={graph} id={wire} />
      ) : (
        <FlowProperties graph={graph} />
      )}
    </div>
  );
}

function NodeProperties({ node, graph }: { node: GraphNode; graph: Graph }) {
  const editable = useMay("integrator");
  const mayTap = useMay("operator");
  const types = useTypes();
  const diagnostics = useDocument((state) => state.flow?.diagnostics);
  const flow = useDocument((state) => state.flow);
  const runs = useRuns(node.id);
  const type = typeOf(types, node.type);
  return (
    <>
      <div>
        <h2 className="ellipsis">{node.title ?? node.id}</h2>
        <p className="muted">
          <code>{node.id}</code> · {type?.title ?? node.type}
        </p>
      </div>
      {node.subflow && <Inside node={node} flow={node.subflow} />}
      <div className="row wrap">
        {editable && (
          <button type="button" className="button" onClick={() => show("rename")}>
            {t("rename")} <kbd className="kbd">F2</kbd>
          </button>
        )}
        {mayTap && flow && runs && (
          <button type="button" className="button" onClick={() => showTap({ flow: flow.id, node: node.id })}>
            {t("tap.start")}
          </button>
        )}
        {editable && runs && (
          <button type="button" className="button" onClick={() => show("inject")}>
            {t("inject")}
          </button>
        )}
        {editable && (
          <button type="button" className="button" onClick={deleteSelected}>
            {t("delete")}
          </button>
        )}
      </div>
      {flow && <Letters flow={flow.id} node={node.id} />}
      <Diagnostics items={(diagnostics ?? []).filter((item) => item.node === node.id)} />
      {type?.summary && <p className="muted">{inline(type.summary)}</p>}
      {types && !type && <p className="fault">{t("node.unknownType", { type: node.type })}</p>}
      <PlacedSettings
        room="nodes"
        id={node.id}
        schema={type?.schema}
        config={node.config}
        graph={graph}
        disabled={!editable}
        onChange={(name, value) => setNodeValue(["nodes", node.id, name], node.config, value)}
      />
      {editable && type?.looks && <PointTools key={node.id} node={node} graph={graph} />}
      <Wires node={node} graph={graph} editable={editable} />
      {types && <Every node={node} graph={graph} editable={editable} schema={types.every} />}
    </>
  );
}

const BEFORE_IT = ["durable", "queue", "dedupe"]; // nothing waits before a source

function Every({
  node,
  graph,
  editable,
  schema,
}: {
  node: GraphNode;
  graph: Graph;
  editable: boolean;
  schema: JsonSchema;
}) {
  const offered = useMemo(
    () => ({
      ...schema,
      properties: Object.fromEntries(
        Object.entries(schema.properties ?? {}).filter(([name]) => node.input || !BEFORE_IT.includes(name)),
      ),
    }),
    [schema, node.input],
  );
  const used = Object.keys(offered.properties).some((name) => node.config[name] !== undefined);
  return (
    <details open={used}>
      <summary className="label">{t("properties.every")}</summary>
      <div className="stack">
        <PlacedSettings
          room="nodes"
          id={node.id}
          schema={offered}
          config={node.config}
          graph={graph}
          disabled={!editable}
          onChange={(name, value) => setNodeValue(["nodes", node.id, name], node.config, value)}
        />
      </div>
    </details>
  );
}

function Inside({ node, flow }: { node: GraphNode; flow: string }) {
  const editable = useMay("integrator");
  const opened = useEditor((state) => state.opened.has(node.id));
  return (
    <div className="row wrap">
      <button type="button" className="button" aria-expanded={opened} onClick={() => void toggleInside(node)}>
        {t(opened ? "subflow.close" : "subflow.open")}
      </button>
      <Link to={{ screen: "flow", flow }} className="button">
        {t("subflow.edit")}
      </Link>
      {editable && (
        <button type="button" className="button" onClick={() => void writeOut()}>
          {t("subflow.writeOut")}
        </button>
      )}
    </div>
  );
}

function Diagnostics({ items }: { items: readonly Diagnostic[] }) {
  if (items.length === 0) return null;
  return (
    <ul className="stack" style={{ listStyle: "none", gap: 4 }}>
      {items.map((item, i) => (
        <li key={i} className="small">
          <StateMark
            state={item.severity === "error" ? 3 : item.severity === "warning" ? 2 : 0}
            text={reasonText(item.message)}
          />{" "}
          {item.range && (
            <button type="button" className="button plain" onClick={() => showLine(item.range!.start.line)}>
              {t("problem.line", { line: String(item.range.start.line) })}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function Several({ count, graph }: { count: number; graph: Graph }) {
  const editable = useMay("integrator");
  const chosen = useEditor((state) => state.nodes);
  return (
    <>
      <h2>{t("properties.several", { n: count })}</h2>
      {editable && (
        <div className="row wrap">
          {SIDES.map((side) => (
            <button key={side} type="button" className="button" onClick={() => align(side)}>
              {t(`align.${side}`)}
            </button>
          ))}
          <button type="button" className="button" onClick={() => show("subflow")}>
            {t("subflow.make")}
          </button>
          <button type="button" className="button" onClick={deleteSelected}>
            {t("delete")}
          </button>
        </div>
      )}
      {editable && <AreaField key={[...chosen].join()} graph={graph} chosen={chosen} />}
    </>
  );
}

/** The frame around the chosen nodes: one name for all of them. */
function AreaField({ graph, chosen }: { graph: Graph; chosen: ReadonlySet<string> }) {
  const nodes = graph.nodes.filter(({ id }) => chosen.has(id));
  const areaOf = ({ config }: GraphNode) => (typeof config["area"] === "string" ? config["area"] : "");
  const common = new Set(nodes.map(areaOf)).size === 1 ? areaOf(nodes[0]!) : "";
  const [area, setArea, dirty] = useTyped(common);
  const commit = () => {
    if (dirty)
      apply(
        nodes
          .filter((node) => areaOf(node) !== area.trim())
          .map(({ id }) => {
            const path = ["nodes", id, "area"];
            return area.trim() ? { op: "set", path, value: area.trim() } : { op: "delete", path };
          }),
      );
  };
  return (
    <div className="field">
      <label htmlFor="area">{t("area")}</label>
      <input
        id="area"
        className="input"
        list="areas"
        value={area}
        autoComplete="off"
        aria-describedby="area-help"
        onChange={(event) => setArea(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === "Enter" && commit()}
      />
      <datalist id="areas">
        {[...new Set(graph.nodes.map(areaOf))].filter(Boolean).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <p className="help" id="area-help">
        {t("area.help")}
      </p>
    </div>
  );
}

const SIDES: readonly Side[] = ["left", "top", "row", "column"];

function WireProperties({ graph, id }: { graph: Graph; id: string }) {
  const editable = useMay("integrator");
  const mayTap = useMay("operator");
  const flow = useDocument((state) => state.flow);
  const carries = useCarries(id);
  const wire = graph.wires.find((item) => item.id === id);
  if (!wire) return null;
  return (
    <>
      <h2>{t("wire.label", { from: wire.from, to: wire.to })}</h2>
      <p className="muted">
        {t("port")}: <code>{wire.port}</code>
      </p>
      <div className="row wrap">
        {mayTap && flow && carries && (
          <button type="button" className="button" onClick={() => showTap({ flow: flow.id, wire: wire.id })}>
            {t("tap.start")}
          </button>
        )}
        {editable && (
          <button
            type="button"
            className="button"
            onClick={() => {
              apply([{ op: "unwire", from: wire.from, port: wire.port, to: wire.to }]);
              selectWire(null);
            }}
          >
            {t("delete")}
          </button>
        )}
      </div>
    </>
  );
}
