// The form of one node or connection, and how what is typed there gets into the text.
import type { Json, JsonSchema, Path } from "../api/types";
import { useEditor } from "../edit/editor";
import { setValue } from "../edit/gestures";
import type { FormProps } from "../forms/Form";
import { t } from "../i18n";

/** The form, once the types are known; a type that is not known has none. */
export function Settings({ schema, ...others }: Omit<FormProps, "schema"> & { schema: JsonSchema | undefined }) {
  const Form = useEditor((state) => state.form);
  if (!Form)
    return (
      <p className="muted" role="status">
        {t("properties.loading")}
      </p>
    );
  return schema ? <Form schema={schema} {...others} /> : null;
}

/** Leaves the text alone when a field is emptied that was never there. */
export function setNodeValue(path: Path, config: Record<string, Json>, value: Json | undefined): void {
  if (value !== undefined || config[String(path.at(-1))] !== undefined) setValue(path, value);
}
