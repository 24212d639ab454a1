// One field of a form made from a JSON Schema, by the kind of its value, and the form that they make together.
import { useContext, useMemo } from "react";
import type { Graph, Json } from "../api/types";
import { FieldPlace } from "../edit/typing";
import { t } from "../i18n";
import { isMap } from "../logic/operations";
import { Check, Choice } from "./ChoiceInputs";
import { ConnectionInput } from "./ConnectionInput";
import type { FieldProps } from "./FieldFrame";
import type { Field } from "./fields";
import { LineInput } from "./LineInput";
import { LinesInput, YamlInput } from "./LongInputs";
import { SecretInput } from "./SecretInput";
import { Choices, Fixed, Groups, Variant } from "./ShapeInputs";

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
      return <LineInput {...props} />;
  }
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
