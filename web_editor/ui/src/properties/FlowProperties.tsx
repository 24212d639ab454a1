// The flow itself: title, connections, import and export.
import { useMemo, useState } from "react";
import { flows } from "../api/calls";
import type { Graph } from "../api/types";
import { editor, useDocument, useEditor } from "../edit/editor";
import { addConnection, setValue } from "../edit/gestures";
import { show } from "../edit/overlays";
import { FieldPlace } from "../edit/typing";
import { t } from "../i18n";
import { foldersOf } from "../logic/folders";
import { flowList } from "../state/feeds";
import { tellError } from "../state/notices";
import { go } from "../state/route";
import { useMay } from "../state/session";
import { useStore } from "../state/store";
import { useTyped } from "./typed";

export function FlowProperties({ graph }: { graph: Graph }) {
  const editable = useMay("integrator");
  const flow = useDocument((state) => state.flow);
  const all = useStore(flowList, (state) => state.flows);
  const folders = useMemo(() => foldersOf(all).flatMap(({ name }) => name || []), [all]);
  if (!flow) return null;
  return (
    <>
      <h2>{flow.title || flow.id}</h2>
      <FieldPlace.Provider value={[flow.id, "title"]}>
        <Line name="title" label={t("flow.title")} value={flow.title} disabled={!editable} />
      </FieldPlace.Provider>
      <FieldPlace.Provider value={[flow.id, "folder"]}>
        <Line
          name="folder"
          label={t("flow.folder")}
          help={t("flow.folderHelp")}
          value={flow.folder}
          disabled={!editable}
          among={folders}
        />
      </FieldPlace.Provider>
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

/** A line of the flow file that is a text; an empty one is taken out. */
function Line({
  name,
  label,
  value,
  disabled,
  help = "",
  among = [],
}: {
  name: "title" | "folder";
  label: string;
  value: string;
  disabled: boolean;
  help?: string;
  among?: readonly string[];
}) {
  const [text, setText, dirty] = useTyped(value);
  const id = `flow-${name}`;
  const commit = () => dirty && setValue([name], text.trim() || undefined);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        value={text}
        disabled={disabled}
        autoComplete="off"
        {...(among.length ? { list: `${id}-list` } : {})}
        {...(help ? { "aria-describedby": `${id}-help` } : {})}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === "Enter" && commit()}
      />
      {among.length > 0 && (
        <datalist id={`${id}-list`}>
          {among.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
      {help && (
        <p className="help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
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
