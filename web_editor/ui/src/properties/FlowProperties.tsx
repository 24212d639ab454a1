// The flow itself: title, connections, import and export.
import { useState } from "react";
import { flows } from "../api/calls";
import type { Graph } from "../api/types";
import { editor, useDocument, useEditor } from "../edit/editor";
import { addConnection, setValue } from "../edit/gestures";
import { show } from "../edit/overlays";
import { t } from "../i18n";
import { tellError } from "../state/notices";
import { go } from "../state/route";
import { useMay } from "../state/session";
import { useTyped } from "./typed";

export function FlowProperties({ graph }: { graph: Graph }) {
  const editable = useMay("integrator");
  const flow = useDocument((state) => state.flow);
  const [title, setTitle, dirty] = useTyped(flow?.title ?? "");
  if (!flow) return null;
  return (
    <>
      <h2>{flow.title || flow.id}</h2>
      <div className="field">
        <label htmlFor="flow-title">{t("flow.title")}</label>
        <input
          id="flow-title"
          className="input"
          value={title}
          disabled={!editable}
          onChange={(event) => setTitle(event.target.value)}
          onBlur={() => dirty && setValue(["title"], title)}
          onKeyDown={(event) => event.key === "Enter" && dirty && setValue(["title"], title)}
        />
      </div>
      <Connections graph={graph} editable={editable} />
      <div className="row wrap">
        <button type="button" className="button" onClick={() => save(flow.id, flow.text)}>
          {t("flow.export")}
        </button>
        <button type="button" className="button" onClick={() => show("revisions")}>
          {t("revisions")}
        </button>
        {editable && <RemoveFlow id={flow.id} etag={flow.etag} />}
      </div>
      <p className="muted small">{t("properties.hint")}</p>
    </>
  );
}

function Connections({ graph, editable }: { graph: Graph; editable: boolean }) {
  const palette = useEditor((state) => state.palette);
  return (
    <div className="field">
      <span className="label">{t("connections")}</span>
      {graph.connections.length === 0 && <p className="muted">{t("connections.none")}</p>}
      {graph.connections.map(({ id, type }) => (
        <button
          key={id}
          type="button"
          className="button"
          style={{ justifyContent: "start" }}
          onClick={() => editor.set({ connection: id, nodes: new Set(), wire: null })}
        >
          {id} <span className="muted">· {type}</span>
        </button>
      ))}
      {editable && palette && (
        <select
          className="input"
          aria-label={t("connections.add")}
          value=""
          onChange={(event) => addConnection(event.target.value)}
        >
          <option value="">{t("connections.add")}…</option>
          {palette.connections.map((item) => (
            <option key={item.type} value={item.type}>
              {item.title}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

function RemoveFlow({ id, etag }: { id: string; etag: string }) {
  const [asked, setAsked] = useState(false);
  const remove = async () => {
    try {
      await flows.remove(id, etag);
      editor.set({ document: null });
      go({ screen: "flows" });
    } catch (error) {
      tellError(error);
    }
  };
  if (!asked)
    return (
      <button type="button" className="button" onClick={() => setAsked(true)}>
        {t("flow.remove")}
      </button>
    );
  return (
    <button type="button" className="button danger" onBlur={() => setAsked(false)} onClick={() => void remove()}>
      {t("flow.removeSure", { id })}
    </button>
  );
}

function save(id: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/yaml" }));
  link.download = `${id}.yaml`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
