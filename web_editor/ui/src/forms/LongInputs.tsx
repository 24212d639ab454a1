// Fields of several lines: lists, maps, and values that only YAML can say.
import { useId, useState } from "react";
import { catalog } from "../api/calls";
import { isKind } from "../api/http";
import type { Json } from "../api/types";
import { t } from "../i18n";
import { hasShape } from "../logic/schema";
import { useTyped } from "../properties/typed";
import { wordsOf } from "../state/notices";
import { useCompletion } from "./Completion";
import { describe, FieldFrame, type FieldProps } from "./FieldFrame";
import type { Field } from "./fields";
import { isReference } from "./fieldValue";
import { linesOf, listOf, mapOf } from "./lines";
import { triedAs, useSample } from "./Names";

export function LinesInput({ field, value, disabled, onChange }: FieldProps) {
  const id = useId();
  const [text, setText, dirty] = useTyped(linesOf(value));
  const { items } = field;
  const parsed = isReference(text)
    ? { value: text.trim() }
    : field.kind === "list"
      ? { value: listOrOne(field, text) }
      : mapOf(text, items);
  const fault =
    "line" in parsed
      ? t("fault.map", { line: parsed.line })
      : field.required && dirty && text.trim() === ""
        ? t("fault.required")
        : null;
  const [written, setWritten] = useState(false);
  const sample = useSample(field, written);
  const names = useCompletion({ id, text, onText: setText, as: triedAs(field), sample, lines: true });
  const commit = () => {
    if (dirty && "value" in parsed && !fault) onChange(text.trim() === "" ? undefined : parsed.value);
  };
  return (
    <FieldFrame
      field={field}
      id={id}
      fault={fault}
      note={<p className="help">{t(field.kind === "list" ? "field.list" : "field.map")}</p>}
    >
      <div className="completing">
        <textarea
          className="input mono"
          {...describe(field, id, fault)}
          {...names.input}
          disabled={disabled}
          value={text}
          spellCheck={false}
          rows={Math.min(8, Math.max(2, text.split("\n").length))}
          onFocus={() => setWritten(true)}
          onBlur={() => {
            names.close();
            setWritten(false);
            commit();
          }}
        />
        {names.list}
      </div>
    </FieldFrame>
  );
}

/** What the lines mean: one alone is no list where the schema takes it as it is. */
function listOrOne({ items, single }: Field, text: string): Json {
  const lines = listOf(text, items);
  const [alone] = single && lines.length === 1 ? listOf(text, single) : [];
  return alone !== undefined && hasShape(alone, single!) ? alone : lines;
}

export function YamlInput({ field, value, disabled, onChange }: FieldProps) {
  const id = useId();
  const [text, setText, dirty] = useTyped(
    value === undefined
      ? ""
      : typeof value === "string"
        ? value
        : JSON.stringify(value, null, 1).replace(/\n\s*/g, " "),
  );
  const [fault, setFault] = useState<string | null>(null);
  const commit = async () => {
    if (!dirty) return;
    if (text.trim() === "") return field.required ? setFault(t("fault.required")) : onChange(undefined);
    try {
      onChange((await catalog.readYaml(text)).value);
      setFault(null);
    } catch (error) {
      setFault(isKind(error, "refused") ? `${t("fault.yaml")} ${error.problem.detail}` : wordsOf(error));
    }
  };
  return (
    <FieldFrame field={field} id={id} fault={fault} note={<p className="help">{t("field.yaml")}</p>}>
      <textarea
        className="input mono"
        {...describe(field, id, fault)}
        disabled={disabled}
        value={text}
        spellCheck={false}
        rows={Math.min(10, Math.max(2, Math.ceil(text.length / 40)))}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => void commit()}
      />
    </FieldFrame>
  );
}
