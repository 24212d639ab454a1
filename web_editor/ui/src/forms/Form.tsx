// The settings of a node or connection, made from the schema of its type. Loaded together with the schemas.
import { useMemo } from "react";
import type { FormProps } from "../edit/editor";
import { Fields } from "./FieldInput";
import { fieldsOf } from "./fields";

export function Form({ schema, ...others }: FormProps) {
  const fields = useMemo(() => fieldsOf(schema), [schema]);
  return <Fields fields={fields} {...others} />;
}
