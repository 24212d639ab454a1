// What stands around every field of a form: its label, its fault, its help. Reads and writes no value.
import type { ReactNode } from "react";
import type { Graph, Json } from "../api/types";
import { inline } from "../parts/Markdown";
import type { Field } from "./fields";

export type FieldProps = {
  field: Field;
  value: Json | undefined;
  graph: Graph | null;
  disabled: boolean;
  onChange: (value: Json | undefined) => void;
};

type FrameProps = {
  field: Field;
  id: string;
  fault?: string | null | undefined;
  children: ReactNode;
  note?: ReactNode;
};

export function FieldFrame({ field, id, fault, children, note }: FrameProps) {
  return (
    <div className="field">
      <label htmlFor={id} title={field.name}>
        {field.label}
        {field.required && <span aria-hidden="true"> *</span>}
      </label>
      <div className="with-unit">
        <div className="grow">{children}</div>
        {field.unit && <span className="unit">{field.unit}</span>}
      </div>
      {fault && (
        <p className="fault" id={`${id}-fault`} role="alert">
          {fault}
        </p>
      )}
      {note}
      {field.help && (
        <p className="help" id={`${id}-help`}>
          {inline(field.help)}
        </p>
      )}
    </div>
  );
}

export function describe(field: Field, id: string, fault: unknown) {
  const ids = [fault ? `${id}-fault` : "", field.help ? `${id}-help` : ""].filter(Boolean).join(" ");
  return {
    id,
    "aria-invalid": Boolean(fault),
    "aria-required": field.required,
    ...(ids ? { "aria-describedby": ids } : {}),
  };
}
