// A connection beside the canvas, or in a dialog over the node that needs it: its settings, and whether anything answers.
import { connections } from "../api/calls";
import type { Graph, GraphConnection, Tried } from "../api/types";
import { editor, useDocument } from "../edit/editor";
import { setValue } from "../edit/gestures";
import { useTypes } from "../edit/nodeTypes";
import { show } from "../edit/overlays";
import { showNode } from "../edit/selection";
import { number, t } from "../i18n";
import { Asked } from "../parts/Asked";
import { StateMark } from "../parts/StateMark";
import { useMay } from "../state/session";
import { PlacedSettings, setNodeValue } from "./Settings";

export function ConnectionProperties({ connection, graph }: { connection: GraphConnection; graph: Graph }) {
  const editable = useMay("integrator");
  const types = useTypes();
  const type = types?.connections.find((item) => item.type === connection.type);
  const remove = () => {
    setValue(["connections", connection.id], undefined);
    editor.set({ connection: null });
  };
  return (
    <>
      <div>
        <h2>{connection.id}</h2>
        <p className="muted">
          {t("connection")} · {type?.title ?? connection.type}
        </p>
      </div>
      <div className="row wrap">
        <button type="button" className="button" onClick={() => editor.set({ connection: null })}>
          {t("back")}
        </button>
        {editable && (
          <button type="button" className="button" onClick={() => show("rename")}>
            {t("rename")}
          </button>
        )}
        {editable && connection.used_by.length === 0 && (
          <button type="button" className="button" onClick={remove}>
            {t("delete")}
          </button>
        )}
      </div>
      <ConnectionForm connection={connection} graph={graph} />
      {connection.used_by.length > 0 && (
        <div className="field">
          <span className="label">{t("connection.usedBy")}</span>
          <div className="row wrap">
            {connection.used_by.map((id) => (
              <button key={id} type="button" className="button" onClick={() => showNode(id)}>
                {id}
              </button>
            ))}
          </div>
        </div>
      )}
    </>
  );
}

export function ConnectionForm({ connection, graph }: { connection: GraphConnection; graph: Graph }) {
  const editable = useMay("integrator");
  const types = useTypes();
  const type = types?.connections.find((item) => item.type === connection.type);
  return (
    <>
      <PlacedSettings
        room="connections"
        id={connection.id}
        schema={type?.schema}
        config={connection.config}
        graph={graph}
        disabled={!editable}
        onChange={(name, value) => setNodeValue(["connections", connection.id, name], connection.config, value)}
      />
      {editable && <TryIt key={connection.id} connection={connection.id} />}
    </>
  );
}

/** Asks the engine, which is where it will run, once every edit has got there. */
function TryIt({ connection }: { connection: string }) {
  const flow = useDocument((state) => state.flow?.id);
  const unsent = useDocument((state) => state.pending.length > 0);
  return (
    <Asked
      label={t("try.it")}
      underWay={t("try.busy")}
      disabled={!flow || unsent}
      question={() => connections.tryIt(flow!, connection)}
    >
      {(tried) => <Answer tried={tried} />}
    </Asked>
  );
}

function Answer({ tried }: { tried: Tried }) {
  if (!tried.answered) return <StateMark state={3} text={t("try.failed", { reason: tried.reason })} />;
  const { server = "", tls = "", rights = "", status = "" } = tried.facts;
  const rows = [
    [t("try.server"), server],
    [t("try.status"), status],
    [t("try.tls"), tls === "none" ? t("try.plain") : tls],
    [t("try.rights"), rights],
  ].filter(([, text]) => text);
  return (
    <>
      <StateMark
        state={1}
        text={t(tried.running ? "try.runs" : "try.answered", { ms: number(tried.latency_ms ?? 0, 1) })}
      />
      <dl className="facts">
        {rows.map(([name, text]) => (
          <div key={name}>
            <dt className="muted">{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
