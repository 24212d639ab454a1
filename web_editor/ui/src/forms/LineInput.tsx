// A field that is typed as one text: checked here, and handed on when it is a value.
import { useId, useState } from "react";
import { useTyped } from "../properties/typed";
import { useCompletion } from "./Completion";
import { describe, FieldFrame, type FieldProps } from "./FieldFrame";
import { faultText, rangeText } from "./fault";
import { useReported } from "./faulty";
import type { Field } from "./fields";
import { parseField, showDefault, typedText } from "./fieldValue";
import { Names, triedAs, useSample, useVerdict } from "./Names";

const PLACEHOLDERS: Partial<Record<Field["kind"], string>> = {
  duration: "5s",
  size: "64KiB",
  expression: "payload.value > 8",
  template: "{device}/{sensor}",
};

export function LineInput({ field, value, disabled, onChange }: FieldProps) {
  const id = useId();
  const [text, setText, dirty] = useTyped(typedText(field, value));
  const [touched, setTouched] = useState(false);
  const parsed = parseField(field, text);
  const fault = "fault" in parsed ? parsed : null;
  useReported(id, fault !== null);
  const [written, setWritten] = useState(false);
  const sample = useSample(field, written);
  const remote = useVerdict(field, text, sample);
  const lines = field.kind === "multiline" || field.kind === "script";
  const names = useCompletion({ id, text, onText: setText, as: triedAs(field), sample, lines });
  const commit = () => {
    setTouched(true);
    if (dirty && "value" in parsed) onChange(parsed.value);
  };
  const shown =
    fault && (touched || dirty || value === undefined) && !(fault.fault === "required" && !touched && !dirty)
      ? faultText(fault)
      : remote.fault;
  const code = ["expression", "template", "regex", "topic", "multiline", "script"].includes(field.kind);
  const common = {
    ...describe(field, id, shown),
    disabled,
    value: text,
    className: code ? "input mono" : "input",
    placeholder:
      field.schema.default === undefined || field.schema.default === null
        ? (PLACEHOLDERS[field.kind] ?? "")
        : showDefault(field),
    ...names.input,
    onFocus: () => setWritten(true),
    onBlur: () => {
      names.close();
      setWritten(false);
      commit();
    },
    spellCheck: false,
    autoComplete: "off",
  };
  return (
    <FieldFrame
      field={field}
      id={id}
      fault={shown}
      note={
        <>
          <Range field={field} />
          {sample && !disabled && <Names id={id} field={field} sample={sample} verdict={remote} onText={setText} />}
        </>
      }
    >
      <div className="completing">
        {lines ? (
          <textarea {...common} rows={12} wrap="off" />
        ) : (
          <input
            {...common}
            inputMode={field.kind === "number" || field.kind === "integer" ? "decimal" : "text"}
            onKeyDown={(event) => !names.input.onKeyDown(event) && event.key === "Enter" && commit()}
          />
        )}
        {names.list}
      </div>
    </FieldFrame>
  );
}

function Range({ field: { schema } }: { field: Field }) {
  const [low, high] = [
    schema.minimum ?? schema.exclusiveMinimum ?? null,
    schema.maximum ?? schema.exclusiveMaximum ?? null,
  ];
  return low === null && high === null ? null : <p className="help">{rangeText(low, high)}</p>;
}
