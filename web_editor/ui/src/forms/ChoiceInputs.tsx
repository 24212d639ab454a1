// A field that is chosen, not typed: one of several words, or yes and no.
import { useId } from "react";
import type { Json } from "../api/types";
import { t } from "../i18n";
import { inline } from "../parts/Markdown";
import { describe, FieldFrame, type FieldProps } from "./FieldFrame";
import { saidOf, showField } from "./fieldValue";

export function Check({ field, value, disabled, onChange }: FieldProps) {
  const id = useId();
  const on = (value ?? field.schema.default) === true;
  return (
    <div className="field">
      <label className="row" htmlFor={id} title={field.name}>
        <input
          type="checkbox"
          {...describe(field, id, false)}
          checked={on}
          disabled={disabled}
          onChange={(event) => onChange(event.target.checked)}
        />
        {field.label}
      </label>
      {field.help && (
        <p className="help" id={`${id}-help`}>
          {inline(field.help)}
        </p>
      )}
    </div>
  );
}

export function Choice({ field, value, disabled, onChange, options }: FieldProps & { options: string[] }) {
  const id = useId();
  const now = showField(value);
  const fault =
    field.required && now === ""
      ? null
      : now !== "" && !options.includes(now) && !now.startsWith("${")
        ? t("fault.choice")
        : null;
  const original = (text: string): Json | undefined =>
    text === "" ? undefined : (field.choices.find((choice) => String(choice) === text) ?? text);
  const fallback = field.schema.default;
  const said = (choice: string) => saidOf(field, choice);
  return (
    <FieldFrame field={field} id={id} fault={fault}>
      <select
        className="input"
        {...describe(field, id, fault)}
        disabled={disabled}
        value={now}
        onChange={(event) => onChange(original(event.target.value))}
      >
        <option value="" disabled={field.required}>
          {fallback === undefined || fallback === null || fallback === ""
            ? "–"
            : t("field.default", { value: said(showField(fallback)) })}
        </option>
        {now !== "" && !options.includes(now) && <option value={now}>{now}</option>}
        {options.map((option) => (
          <option key={option} value={option}>
            {said(option)}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}
