// All node types by category, to search, drag in or add by a click.
import { useState } from "react";
import { CATEGORIES } from "../api/generated";
import type { NodeKind } from "../api/types";
import { editor, useEditor } from "../edit/editor";
import { addNode } from "../edit/gestures";
import { t } from "../i18n";
import { best } from "../logic/find";
import { TypeIcon } from "../parts/TypeIcon";
import { DRAG_KIND } from "./dragKind";

export const textOfType = (type: NodeKind) => `${type.type} ${type.title} ${type.summary}`;

export function Palette() {
  const palette = useEditor((state) => state.palette);
  const [typed, setTyped] = useState("");
  const found = best(palette?.nodes ?? [], typed, textOfType, 500);
  return (
    <div className="pane" data-panel="palette">
      <div style={{ padding: 8 }}>
        <input
          className="input"
          type="search"
          placeholder={t("palette.search")}
          aria-label={t("palette.search")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <div className="scroll grow" style={{ padding: "0 8px 12px" }}>
        {CATEGORIES.map((category) => {
          const items = found.filter((type) => type.category === category);
          return (
            items.length > 0 && (
              <details key={category} className="palette-group" open>
                <summary>
                  {t(`category.${category}`)} <span>({items.length})</span>
                </summary>
                {items.map((type) => (
                  <Item key={type.type} type={type} />
                ))}
              </details>
            )
          );
        })}
        {palette && found.length === 0 && <p className="empty">{t("nothingFound")}</p>}
        {!palette && <p className="empty">{t("loading")}</p>}
      </div>
    </div>
  );
}

function Item({ type }: { type: NodeKind }) {
  return (
    <button
      type="button"
      className="palette-item"
      data-kind={type.category}
      draggable
      title={type.summary}
      onDragStart={(event) => {
        event.dataTransfer.setData(DRAG_KIND, type.type);
        event.dataTransfer.effectAllowed = "copy";
      }}
      onClick={() => addNode(type.type, null)}
      onFocus={() => editor.set({ docs: type.type })}
    >
      <TypeIcon type={type.type} category={type.category} size={14} />
      <span className="ellipsis">{type.title}</span>
    </button>
  );
}
