// The settings of a node or connection, made from the schema of its type. Loaded together with the schemas.
import { useMemo } from "react";
import type { Graph, Json, JsonSchema } from "../api/types";
import { Fields } from "./FieldInput";
import { fieldsOf } from "./fields";

export type FormProps = {
  schema: JsonSchema;
  config: Record<string, Json>;
  graph: Graph;
  disabled: boolean;
  onChange: (name: string, value: Json | undefined) => void;
};

export function Form({ schema, ...others }: FormProps) {
  const fields = useMemo(() => fieldsOf(schema), [schema]);
  return <Fields fields={fields} {...others} />;
}
