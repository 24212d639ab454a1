// The settings of one widget of a page that is being made.
import { useMemo } from "react";
import type { DraftPage, WidgetType } from "../api/types";
import { apply, useDocument } from "../edit/editor";
import { FieldPlace } from "../edit/typing";
import { Fields } from "../forms/FieldInput";
import { fieldsOf } from "../forms/fields";
import { t } from "../i18n";

type SettingsProps = {
  widget: DraftPage["widgets"][number];
  flow: string;
  type: WidgetType | undefined;
  path: string[];
  onGone: () => void;
};

export function WidgetSettings({ widget, flow, type, path, onGone }: SettingsProps) {
  const graph = useDocument((state) => state.graph);
  const fields = useMemo(() => (type ? fieldsOf(type.schema) : []), [type]);
  const place = useMemo(() => [flow, ...path], [flow, path]);
  const remove = () => {
    apply([{ op: "delete", path }]);
    onGone();
  };
  return (
    <div className="stack">
      <div>
        <h2>{widget.id}</h2>
        <p className="muted">{type && t(`widget.${type.type}` as "widget.value")}</p>
      </div>
      {widget.fault && (
        <p className="fault" role="alert">
          {widget.fault}
        </p>
      )}
      <FieldPlace.Provider value={place}>
        <Fields
          fields={fields}
          config={widget.declared}
          graph={graph}
          disabled={false}
          onChange={(name, value) => {
            if (value !== undefined) apply([{ op: "set", path: [...path, name], value }]);
            else if (widget.declared[name] !== undefined) apply([{ op: "delete", path: [...path, name] }]);
          }}
        />
      </FieldPlace.Provider>
      <div>
        <button type="button" className="button danger" onClick={remove}>
          {t("delete")}
        </button>
      </div>
    </div>
  );
}
