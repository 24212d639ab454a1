// The form of one node or connection, and how what is typed there gets into the text.
import { useMemo } from "react";
import type { Json, JsonSchema, Path } from "../api/types";
import { current, editor, type FormProps, nodeById, useEditor } from "../edit/editor";
import { setValue } from "../edit/gestures";
import { FieldPlace, forgetTyping } from "../edit/typing";
import { t } from "../i18n";

/** The form of what stands at `room` and `id` in the flow: what is typed there is kept under that place. */
export function PlacedSettings({ room, id, ...others }: { room: string; id: string } & SettingsProps) {
  const flow = useEditor((state) => state.document?.id ?? "");
  const place = useMemo(() => [flow, room, id], [flow, room, id]);
  return (
    <FieldPlace.Provider value={place}>
      <Settings {...others} />
    </FieldPlace.Provider>
  );
}

type SettingsProps = Omit<FormProps, "schema"> & { schema: JsonSchema | undefined };

/** The form, once the types are known; a type that is not known has none. */
function Settings({ schema, ...others }: SettingsProps) {
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
  const { document } = editor.get();
  const [room, id] = path as string[];
  // what a deleted node was to get is kept: it will never have it
  if (room !== "nodes" || nodeById(current().graph, id)) forgetTyping([document?.id ?? "", ...path.map(String)]);
  if (value !== undefined || config[String(path.at(-1))] !== undefined) setValue(path, value);
}
