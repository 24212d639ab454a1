// Fields that are more than one input: several choices in order, named groups, values of one shape or another.
import { useId, useState } from "react";
import type { Json } from "../api/types";
import { t } from "../i18n";
import { isMap } from "../logic/operations";
import { inline } from "../parts/Markdown";
import { Choice } from "./ChoiceInputs";
import { columnsOf } from "./cells";
import { describe, FieldFrame, type FieldProps } from "./FieldFrame";
import { FieldInput, Fields } from "./FieldInput";
import { type Field, variantOf } from "./fields";
import { saidOf, showField } from "./fieldValue";
import { TableDialog } from "./TableDialog";

/** More groups than these are work for the table. */
const FORMS_SHOWN = 12;

/** A value that can be no other: a text, unless it is missing or may be left out. */
export function Fixed(props: FieldProps) {
  const { field, value } = props;
  const id = useId();
  if (!field.required || value !== field.choices[0]) return <Choice {...props} options={field.choices.map(String)} />;
  return (
    <FieldFrame field={field} id={id}>
      <output id={id} {...(field.help ? { "aria-describedby": `${id}-help` } : {})}>
        {value === undefined ? "" : saidOf(field, value)}
      </output>
    </FieldFrame>
  );
}

/** Some of the choices, in an order that counts: one select each, and one more to add another. */
export function Choices({ field, value, disabled, onChange }: FieldProps) {
  const id = useId();
  const chosen = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  const put = (at: number, text: string) => {
    const next = field.choices.find((choice) => String(choice) === text);
    const all = [...chosen.slice(0, at), ...(next === undefined ? [] : [next]), ...chosen.slice(at + 1)];
    onChange(all.length === 0 ? undefined : all.length === 1 && field.single ? all[0] : all);
  };
  const free = field.choices.filter((choice) => !chosen.includes(choice));
  const fallback = field.schema.default;
  const empty =
    chosen.length > 0
      ? t("field.another")
      : fallback === undefined || fallback === null
        ? "–"
        : t("field.default", { value: showList(field, fallback) });
  return (
    <FieldFrame field={field} id={id}>
      <div className="stack tight">
        {[...chosen, null].map(
          (now, i) =>
            (i < chosen.length || free.length > 0) && (
              <select
                key={i}
                className="input"
                {...describe(field, i ? `${id}-${i}` : id, false)}
                {...(i ? { "aria-label": t("field.nth", { label: field.label, n: i + 1 }) } : {})}
                disabled={disabled}
                value={showField(now)}
                onChange={(event) => put(i, event.target.value)}
              >
                <option value="">{now === null ? empty : t("field.none")}</option>
                {now !== null && <option value={showField(now)}>{saidOf(field, now)}</option>}
                {free.map((choice) => (
                  <option key={String(choice)} value={String(choice)}>
                    {saidOf(field, choice)}
                  </option>
                ))}
              </select>
            ),
        )}
      </div>
    </FieldFrame>
  );
}

const showList = (field: Field, value: Json) =>
  [value]
    .flat()
    .map((one) => saidOf(field, one))
    .join(", ");

/** Groups by name, or one after the other where they have none. */
export function Groups({ field, value, graph, disabled, onChange }: FieldProps) {
  const list = Array.isArray(value) || field.schema.type === "array";
  const entries: [string, Json][] = Array.isArray(value)
    ? value.map((item, i) => [String(i + 1), item])
    : value !== undefined && isMap(value)
      ? Object.entries(value)
      : [];
  const give = (next: [string, Json][]) =>
    onChange(next.length === 0 ? undefined : list ? next.map(([, item]) => item) : Object.fromEntries(next));
  const columns = list ? columnsOf(field.fields) : [];
  const [asTable, setAsTable] = useState(false);
  const many = columns.length > 0 && entries.length > FORMS_SHOWN;
  return (
    <fieldset>
      <legend>{field.label}</legend>
      <div className="stack">
        {field.help && <p className="help muted small">{inline(field.help)}</p>}
        {columns.length > 0 && !disabled && (
          <button type="button" className="button" onClick={() => setAsTable(true)}>
            {t("table.open")}
          </button>
        )}
        {asTable && (
          <TableDialog
            title={field.label}
            columns={columns}
            value={value}
            onClose={() => setAsTable(false)}
            onChange={(next) => {
              setAsTable(false);
              onChange(next);
            }}
          />
        )}
        {many && <p className="muted">{t("table.many", { n: entries.length, shown: FORMS_SHOWN })}</p>}
        {entries.slice(0, many ? FORMS_SHOWN : undefined).map(([name, item], at) => (
          <fieldset key={name}>
            <legend>{name}</legend>
            <Fields
              fields={field.fields}
              config={isMap(item) ? item : {}}
              graph={graph}
              disabled={disabled}
              onChange={(key, inner) => {
                const { [key]: _old, ...rest } = isMap(item) ? item : {};
                give(
                  entries.with(at, [name, inner === undefined ? rest : { ...(isMap(item) ? item : {}), [key]: inner }]),
                );
              }}
            />
            {!disabled && (
              <button type="button" className="button" onClick={() => give(entries.toSpliced(at, 1))}>
                {t("field.remove", { name })}
              </button>
            )}
          </fieldset>
        ))}
        {!disabled &&
          !many &&
          (list ? (
            <button type="button" className="button" onClick={() => give([...entries, ["", {}]])}>
              {t("field.add")}
            </button>
          ) : (
            <NewName taken={entries.map(([name]) => name)} onName={(name) => give([...entries, [name, {}]])} />
          ))}
      </div>
    </fieldset>
  );
}

function NewName({ taken, onName }: { taken: string[]; onName: (name: string) => void }) {
  const id = useId();
  const [name, setName] = useState("");
  const usable = name.trim() !== "" && !taken.includes(name.trim());
  const add = () => {
    if (!usable) return;
    onName(name.trim());
    setName("");
  };
  return (
    <div className="row">
      <input
        className="input grow"
        id={id}
        aria-label={t("field.newName")}
        placeholder={t("field.newName")}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && add()}
      />
      <button type="button" className="button" disabled={!usable} onClick={add}>
        {t("field.add")}
      </button>
    </div>
  );
}

/** A value of one shape or another: the shape is chosen first. */
export function Variant({ field, value, ...others }: FieldProps) {
  const id = useId();
  const [chosen, setChosen] = useState<Field | null>(null);
  const now = value === undefined ? (chosen ?? variantOf(field, field.schema.default)) : variantOf(field, value);
  return (
    <fieldset>
      <legend>{field.label}</legend>
      <div className="stack">
        <select
          className="input"
          id={id}
          aria-label={t("field.shape", { label: field.label })}
          disabled={others.disabled}
          value={field.variants.indexOf(now)}
          onChange={(event) => {
            setChosen(field.variants[Number(event.target.value)]!);
            if (value !== undefined) others.onChange(undefined);
          }}
        >
          {field.variants.map(({ kind, schema }, i) => (
            <option key={kind} value={i}>
              {t(schema.type === "array" ? "shape.list" : (SHAPES[kind] ?? "shape.text"))}
            </option>
          ))}
        </select>
        <FieldInput key={now.kind} field={{ ...now, help: field.help }} value={value} {...others} />
      </div>
    </fieldset>
  );
}

const SHAPES: Partial<
  Record<Field["kind"], "shape.list" | "shape.map" | "shape.boolean" | "shape.number" | "shape.choice" | "shape.group">
> = {
  list: "shape.list",
  choices: "shape.list",
  map: "shape.map",
  groups: "shape.map",
  boolean: "shape.boolean",
  number: "shape.number",
  integer: "shape.number",
  choice: "shape.choice",
  group: "shape.group",
};
