// The field that names a connection. "New…" makes one, opens its form above this one, and returns with it chosen.
import { useEffect, useRef, useState } from "react";
import { useDocument, useEditor } from "../edit/editor";
import { addConnection, setValue } from "../edit/gestures";
import { t } from "../i18n";
import { Dialog } from "../parts/Dialog";
import { ConnectionForm } from "../properties/ConnectionProperties";
import { Choice } from "./ChoiceInputs";
import type { FieldProps } from "./FieldFrame";
import type { Field } from "./fields";

const fits = (field: Field, type: string) => field.connections.length === 0 || field.connections.includes(type);

export function ConnectionInput(props: FieldProps) {
  const { field, graph, disabled, onChange, value } = props;
  const [asked, setAsked] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const types = useEditor((state) => state.palette?.connections ?? []).filter(({ type }) => fits(field, type));
  const make = (type: string) => {
    const id = addConnection(type);
    setAsked(false);
    setMade(id);
    onChange(id);
  };
  const undo = () => {
    onChange(value);
    setValue(["connections", made!], undefined);
    setMade(null);
  };
  const own = (graph?.connections ?? []).filter(({ type }) => fits(field, type)).map(({ id }) => id);
  // a subflow has the connections of the flow that uses it
  const elsewhere = graph && graph.inputs.length + graph.outputs.length > 0 && value !== undefined;
  const options = elsewhere ? [...new Set([...own, String(value)])] : own;
  return (
    <div className="stack tight">
      <Choice {...props} options={options} />
      {!disabled && (
        <div className="row wrap">
          <button
            type="button"
            className="button"
            aria-label={t("connection.newFor", { label: field.label })}
            onClick={() => (types.length === 1 ? make(types[0]!.type) : setAsked(true))}
          >
            {t("connection.new")}
          </button>
          {own.includes(String(value)) && (
            <button type="button" className="button plain" onClick={() => setMade(String(value))}>
              {t("connection.edit", { name: String(value) })}
            </button>
          )}
        </div>
      )}
      {asked && (
        <Dialog title={t("connections.add")} onClose={() => setAsked(false)}>
          <div className="row wrap">
            {types.map(({ type, title }) => (
              <button key={type} type="button" className="button" onClick={() => make(type)}>
                {title}
              </button>
            ))}
          </div>
        </Dialog>
      )}
      {made !== null && <Above id={made} onDone={() => setMade(null)} onUndo={undo} />}
    </div>
  );
}

function Above({ id, onDone, onUndo }: { id: string; onDone: () => void; onUndo: () => void }) {
  const graph = useDocument((state) => state.graph);
  const connection = graph?.connections.find((each) => each.id === id);
  const form = useRef<HTMLDivElement>(null);
  const arrived = connection !== undefined;
  useEffect(() => {
    if (arrived) form.current?.querySelector<HTMLElement>("input, select, textarea")?.focus();
  }, [arrived]);
  return (
    <Dialog
      title={`${t("connection")}: ${id}`}
      onClose={onDone}
      onTaken={onDone}
      foot={
        <>
          {connection && connection.used_by.length < 2 && (
            <button type="button" className="button" onClick={onUndo}>
              {t("connection.drop")}
            </button>
          )}
          <button type="button" className="button primary" onClick={onDone}>
            {t("done")}
          </button>
        </>
      }
    >
      {connection && graph ? (
        <div className="stack" ref={form}>
          <ConnectionForm connection={connection} graph={graph} />
        </div>
      ) : (
        <p className="muted" role="status">
          {t("loading")}
        </p>
      )}
    </Dialog>
  );
}
