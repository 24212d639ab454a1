// The widgets of a page on its grid, where they are dragged and sized, with live values.
import { type PointerEvent, useRef, useState } from "react";
import type { DraftPage, Grid, Widget } from "../api/types";
import { t } from "../i18n";
import { COLUMNS, GAP_PX, movedBy, ROW_PX, sizedBy } from "../logic/grid";
import { useValues } from "../state/values";
import { gridStyle, keysOf } from "./PageScreen";
import { WidgetBody } from "./Widgets";

type SheetProps = {
  draft: DraftPage;
  places: ReadonlyMap<string, Grid>;
  chosen: string | null;
  onChoose: (id: string) => void;
  onPlace: (id: string, grid: Grid) => void;
};

export function PageSheet({ draft, places, chosen, onChoose, onPlace }: SheetProps) {
  const sheet = useRef<HTMLDivElement>(null);
  const shown = draft.widgets.flatMap((each) => (each.shown ? [each.shown] : []));
  const keys = [...new Set(shown.flatMap(keysOf))].filter(Boolean);
  const { rows } = useValues({ keys: keys.length ? keys : ["-"] });
  const page = { ...draft, widgets: shown };
  const cell = () => {
    const width = (sheet.current!.clientWidth + GAP_PX) / COLUMNS;
    return [width, ROW_PX + GAP_PX] as const;
  };
  return (
    <div className="scroll grow" tabIndex={0} role="region" aria-label={t("build.sheet")}>
      <div ref={sheet} className="widgets grid building">
        {draft.widgets.map((each) => (
          <Cell
            key={each.id}
            id={each.id}
            grid={places.get(each.id)!}
            chosen={each.id === chosen}
            cell={cell}
            onChoose={() => onChoose(each.id)}
            onPlace={(grid) => onPlace(each.id, grid)}
          >
            {each.shown?.title && <h2>{each.shown.title}</h2>}
            {each.shown ? (
              <div inert>
                <WidgetBody page={page} widget={each.shown as Widget} rows={rows} />
              </div>
            ) : (
              <p className="fault">{each.fault}</p>
            )}
          </Cell>
        ))}
        {draft.widgets.length === 0 && <p className="empty">{t("build.empty")}</p>}
      </div>
    </div>
  );
}

type CellProps = {
  id: string;
  grid: Grid;
  chosen: boolean;
  cell: () => readonly [number, number];
  onChoose: () => void;
  onPlace: (grid: Grid) => void;
  children: React.ReactNode;
};

const KEYS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** One widget: dragged by its bar and sized at its corner, or by arrows, with Shift for the size. */
function Cell({ id, grid, chosen, cell, onChoose, onPlace, children }: CellProps) {
  const [held, setHeld] = useState<Grid | null>(null);
  const drag = (change: typeof movedBy) => (event: PointerEvent<HTMLElement>) => {
    event.preventDefault();
    onChoose();
    const [start, handle] = [[event.clientX, event.clientY] as const, event.currentTarget];
    const at = (now: globalThis.PointerEvent) => {
      const [wide, tall] = cell();
      return change(grid, (now.clientX - start[0]) / wide, (now.clientY - start[1]) / tall);
    };
    const move = (now: globalThis.PointerEvent) => setHeld(at(now));
    const end = (now: globalThis.PointerEvent) => {
      handle.removeEventListener("pointermove", move);
      handle.removeEventListener("pointerup", end);
      handle.removeEventListener("pointercancel", end);
      setHeld(null);
      const next = at(now);
      if (now.type === "pointerup" && next.join() !== grid.join()) onPlace(next);
    };
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", end);
    handle.addEventListener("pointercancel", end);
  };
  return (
    <section className={chosen ? "card widget chosen" : "card widget"} style={gridStyle(held ?? grid)} aria-label={id}>
      <button
        type="button"
        className="grip"
        aria-pressed={chosen}
        aria-label={t("build.grip", { id })}
        title={t("build.gripHelp")}
        onClick={onChoose}
        onPointerDown={drag(movedBy)}
        onKeyDown={(event) => {
          const way = KEYS[event.key];
          if (!way) return;
          event.preventDefault();
          onChoose();
          onPlace((event.shiftKey ? sizedBy : movedBy)(grid, ...way));
        }}
      >
        {id}
      </button>
      {children}
      <span className="corner" aria-hidden="true" onPointerDown={drag(sizedBy)} />
    </section>
  );
}
