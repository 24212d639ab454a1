// The field of a secret: only its name stands in the flow. "New…" hands the secret itself to the engine.
import { lazy, Suspense, useId, useState } from "react";
import { SECRET_NAME } from "../api/generated";
import { t } from "../i18n";
import { useTyped } from "../properties/typed";
import { describe, FieldFrame, type FieldProps } from "./FieldFrame";
import { showField } from "./fieldValue";

const SecretDialog = lazy(() => import("../dialogs/SecretDialog"));

export function SecretInput({ field, value, disabled, onChange }: FieldProps) {
  const id = useId();
  const [asked, setAsked] = useState(false);
  const name = /^\$\{secret:([^}]*)\}$/.exec(showField(value))?.[1] ?? "";
  const other = value !== undefined && name === "" ? showField(value) : "";
  const [text, setText, dirty] = useTyped(name || other);
  const trimmed = text.trim();
  const take = (chosen: string) => onChange(`\${secret:${chosen}}`);
  const commit = () => {
    if (!dirty) return;
    if (trimmed === "") onChange(undefined);
    else if (trimmed.startsWith("${")) onChange(trimmed);
    else take(trimmed);
  };
  const valid = trimmed === "" || SECRET_NAME.test(trimmed) || trimmed.startsWith("${");
  return (
    <FieldFrame
      field={field}
      id={id}
      fault={valid ? null : t("fault.secret")}
      note={<p className="help">{t("field.secret")}</p>}
    >
      <div className="row">
        <input
          className="input mono grow"
          {...describe(field, id, !valid)}
          disabled={disabled}
          value={text}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
          onBlur={() => valid && commit()}
          onKeyDown={(event) => event.key === "Enter" && valid && commit()}
        />
        {!disabled && (
          <button
            type="button"
            className="button"
            aria-label={`${t("secret.newHere")} ${field.label}`}
            onClick={() => setAsked(true)}
          >
            {t("secret.newHere")}
          </button>
        )}
      </div>
      {asked && (
        <Suspense fallback={null}>
          <SecretDialog
            name={trimmed.startsWith("${") ? "" : trimmed}
            onClose={() => setAsked(false)}
            onDone={(chosen) => {
              setAsked(false);
              take(chosen);
            }}
          />
        </Suspense>
      )}
    </FieldFrame>
  );
}
