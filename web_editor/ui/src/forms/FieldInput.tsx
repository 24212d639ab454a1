// One field of a form made from a JSON Schema: what is typed is checked here and handed on when it is a value.
import { type ReactNode, useContext, useId, useMemo, useState } from "react";
import type { Graph, Json } from "../api/types";
import { FieldPlace } from "../edit/typing";
import { t } from "../i18n";
import { isMap } from "../logic/operations";
import { inline } from "../parts/Markdown";
import { useTyped } from "../properties/typed";
import { useCompletion } from "./Completion";
import { ConnectionInput } from "./ConnectionInput";
import { faultText, rangeText } from "./fault";
import { useReported } from "./faulty";
import type { Field } from "./fields";
import { parseField, saidOf, showDefault, showField, typedText } from "./fieldValue";
import { LinesInput, YamlInput } from "./LongInputs";
import { Names, triedAs, useSample, useVerdict } from "./Names";
import { SecretInput } from "./SecretInput";
import { Choices, Fixed, Groups, Variant } from "./ShapeInputs";

export type FieldProps = {
  field: Field;
  value: Json | undefined;
  graph: Graph | null;
  disabled: boolean;
  onChange: (value: Json | undefined) => void;
};

const PLACEHOLDERS: Partial<Record<Field["kind"], string>> = {
  duration: "5s",
  size: "64KiB",
  expression: "payload.value > 8",
  template: "{device}/{sensor}",
};

/** The field, and for what stands in it the place where it does. */
export function FieldInput(props: FieldProps) {
  const place = useContext(FieldPlace);
  const own = useMemo(() => (place.length ? [...place, props.field.name] : place), [place, props.field.name]);
  return (
    <FieldPlace.Provider value={own}>
      <Input {...props} />
    </FieldPlace.Provider>
  );
}

function Input(props: FieldProps) {
  switch (props.field.kind) {
    case "group":
      return <Group {...props} />;
    case "groups":
      return <Groups {...props} />;
    case "variant":
      return <Variant {...props} />;
    case "fixed":
      return <Fixed {...props} />;
    case "choices":
      return <Choices {...props} />;
    case "boolean":
      return <Check {...props} />;
    case "choice":
      return <Choice {...props} options={props.field.choices.map(String)} />;
    case "connection":
      return <ConnectionInput {...props} />;
    case "node":
      return <Choice {...props} options={(props.graph?.nodes ?? []).map(({ id }) => id)} />;
    case "list":
    case "map":
      return <LinesInput {...props} />;
    case "yaml":
      return <YamlInput {...props} />;
    case "secret":
      return <SecretInput {...props} />;
    default:
      return <Line {...props} />;
  }
}

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

function Line({ field, value, disabled, onChange }: FieldProps) {
  const id = useId();
  const [text, setText, dirty] = useTyped(typedText(field, value));
  const [touched, setTouched] = useState(false);
  const parsed = parseField(field, text);
  const fault = "fault" in parsed ? parsed : null;
  useReported(id, fault !== null);
  const [written, setWritten] = useState(false);
  const sample = useSample(field, written);
  const remote = useVerdict(field, text, sample);
  const names = useCompletion({ id, text, onText: setText, as: triedAs(field), sample });
  const commit = () => {
    setTouched(true);
    if (dirty && "value" in parsed) onChange(parsed.value);
  };
  const shown =
    fault && (touched || dirty || value === undefined) && !(fault.fault === "required" && !touched && !dirty)
      ? faultText(fault)
      : remote.fault;
  const code = ["expression", "template", "regex", "topic"].includes(field.kind);
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
          {sample && !disabled && <Names id={id} field={field} sample={sample} gives={remote.gives} onText={setText} />}
        </>
      }
    >
      <div className="completing">
        {field.kind === "multiline" ? (
          <textarea {...common} rows={5} />
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

function Check({ field, value, disabled, onChange }: FieldProps) {
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

function Group({ field, value, graph, disabled, onChange }: FieldProps) {
  const inner = value !== undefined && isMap(value) ? value : {};
  return (
    <fieldset>
      <legend>{field.label}</legend>
      <Fields
        fields={field.fields}
        config={inner}
        graph={graph}
        disabled={disabled}
        onChange={(name, next) => {
          const { [name]: _old, ...rest } = inner;
          const whole = next === undefined ? rest : { ...inner, [name]: next };
          onChange(Object.keys(whole).length ? whole : undefined);
        }}
      />
    </fieldset>
  );
}

type FieldsProps = {
  fields: readonly Field[];
  config: Record<string, Json>;
  graph: Graph | null;
  disabled: boolean;
  onChange: (name: string, value: Json | undefined) => void;
};

export function Fields({ fields, config, graph, disabled, onChange }: FieldsProps) {
  const [plain, advanced] = [fields.filter((field) => !field.advanced), fields.filter((field) => field.advanced)];
  const draw = (field: Field) => (
    <FieldInput
      key={field.name}
      field={field}
      value={config[field.name]}
      graph={graph}
      disabled={disabled}
      onChange={(value) => onChange(field.name, value)}
    />
  );
  return (
    <div className="stack">
      {plain.map(draw)}
      {advanced.length > 0 && (
        <details open={advanced.some((field) => config[field.name] !== undefined)}>
          <summary className="label">{t("field.advanced")}</summary>
          <div className="stack">{advanced.map(draw)}</div>
        </details>
      )}
    </div>
  );
}
