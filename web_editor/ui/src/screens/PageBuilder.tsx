// A page is made here: its widgets with live values on a grid, and beside them the settings of the one that is chosen.
import { type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { pages } from "../api/calls";
import type { DraftPage, Grid, Json, Widget, WidgetType } from "../api/types";
import { openFlow } from "../edit/documents";
import { apply, useDocument } from "../edit/editor";
import { show } from "../edit/overlays";
import { FieldPlace } from "../edit/typing";
import { Fields } from "../forms/FieldInput";
import { fieldsOf } from "../forms/fields";
import { t } from "../i18n";
import { freeName } from "../logic/find";
import { COLUMNS, freePlace, GAP_PX, movedBy, placedAll, ROW_PX, sizedBy, sizeOf } from "../logic/grid";
import { Link } from "../shell/Link";
import { tellError } from "../state/notices";
import { useMay } from "../state/session";
import { useValues } from "../state/values";
import { gridStyle, keysOf } from "./PageScreen";
import { WidgetBody } from "./Widgets";

type Draft = DraftPage["widgets"][number];

export default function PageBuilder({ flow, page }: { flow: string; page: string }) {
  return useMay("integrator") ? <Builder flow={flow} page={page} /> : <p className="empty">{t("page.notAllowed")}</p>;
}

/** The page as the text has it, read again whenever the text has changed. */
function useDraft(flow: string, page: string): DraftPage | null {
  const etag = useDocument((state) => (state.flow?.id === flow ? state.flow.etag : ""));
  const [draft, setDraft] = useState<DraftPage | null>(null);
  useEffect(() => openFlow(flow), [flow]);
  useEffect(() => {
    let wanted = true;
    if (etag) pages.draft(flow, page).then((found) => wanted && setDraft(found), tellError);
    return () => {
      wanted = false;
    };
  }, [flow, page, etag]);
  return draft;
}

/** Places that were asked for and are not read back yet: the next step goes on from there. */
function useAsked(draft: DraftPage | null): [ReadonlyMap<string, Grid>, (id: string, grid: Grid) => void] {
  const isSent = useDocument((state) => state.pending.length === 0 && !state.sending);
  const [asked, setAsked] = useState<ReadonlyMap<string, Grid>>(new Map());
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was read since the last edit left says where all are
  useEffect(() => {
    if (isSent) setAsked(new Map());
  }, [draft]);
  return [asked, (id, grid) => setAsked((before) => new Map(before).set(id, grid))];
}

function useTypes(): readonly WidgetType[] {
  const [types, setTypes] = useState<readonly WidgetType[]>([]);
  useEffect(() => {
    pages.types().then(({ items }) => setTypes(items), tellError);
  }, []);
  return types;
}

const gridOf = ({ declared }: Draft) => (Array.isArray(declared["grid"]) ? (declared["grid"] as Grid) : null);
const typeOf = ({ declared }: Draft) => String(declared["type"] ?? "");

function Builder({ flow, page }: { flow: string; page: string }) {
  const draft = useDraft(flow, page);
  const types = useTypes();
  const [chosen, setChosen] = useState<string | null>(null);
  const dirty = useDocument((state) => state.flow?.dirty ?? false);
  const path = useMemo(() => ["pages", page, "widgets"], [page]);
  const [asked, ask] = useAsked(draft);
  const places = useMemo(
    () =>
      placedAll(
        (draft?.widgets ?? []).map((each) => ({
          id: each.id,
          type: typeOf(each),
          grid: asked.get(each.id) ?? gridOf(each),
        })),
      ),
    [draft, asked],
  );
  if (!draft) return <p className="empty">{t("loading")}</p>;
  const widget = draft.widgets.find(({ id }) => id === chosen);
  const place = (id: string, grid: Grid) => {
    ask(id, grid);
    apply([{ op: "set", path: [...path, id, "grid"], value: grid }]);
  };
  const add = (type: string) => {
    const id = freeName(type, new Set(draft.widgets.map((each) => each.id)));
    const value = { type, ...STARTS[type], grid: freePlace([...places.values()], ...sizeOf(type)) };
    apply(
      draft.widgets.length
        ? [{ op: "add", path: [...path, id], value }]
        : [{ op: "set", path, value: { [id]: value } }],
    );
    setChosen(id);
  };
  return (
    <div className="screen builder">
      <div className="screen-head">
        <h1 className="grow">{t("build.title", { page: draft.title })}</h1>
        <select
          className="input"
          style={{ width: "auto" }}
          aria-label={t("build.add")}
          value=""
          onChange={(event) => add(event.target.value)}
        >
          <option value="">{t("build.add")}…</option>
          {types.map(({ type }) => (
            <option key={type} value={type}>
              {t(`widget.${type}` as "widget.value")}
            </option>
          ))}
        </select>
        <Link to={{ screen: "page", flow, page }} className="button">
          {t("build.look")}
        </Link>
        <button type="button" className="button primary" disabled={!dirty} onClick={() => show("deploy")}>
          {t("deploy")}
        </button>
      </div>
      <div className="builder-body">
        <Sheet draft={draft} places={places} chosen={chosen} onChoose={setChosen} onPlace={place} />
        <aside className="builder-side" aria-label={t("build.settings")}>
          {widget ? (
            <Settings
              key={widget.id}
              widget={widget}
              flow={flow}
              type={types.find(({ type }) => type === typeOf(widget))}
              path={[...path, widget.id]}
              onGone={() => setChosen(null)}
            />
          ) : (
            <p className="muted">{t("build.hint")}</p>
          )}
        </aside>
      </div>
    </div>
  );
}

/** What a new widget needs to be one, until somebody says better. */
const STARTS: Record<string, Record<string, Json>> = {
  value: { key: "" },
  gauge: { key: "" },
  trend: { keys: [""] },
  table: { keys: "**" },
  text: { text: "…" },
  switch: { key: "", to: "" },
  setpoint: { key: "", point: "", min: 0, max: 100, to: "" },
  button: { to: "" },
  form: { fields: {}, to: "" },
  image: { source: "/favicon.svg" },
  link: { to: "/alarms" },
  state: { key: "", states: { true: { text: "on" }, false: { text: "off", level: "off" } } },
};

type SheetProps = {
  draft: DraftPage;
  places: ReadonlyMap<string, Grid>;
  chosen: string | null;
  onChoose: (id: string) => void;
  onPlace: (id: string, grid: Grid) => void;
};

function Sheet({ draft, places, chosen, onChoose, onPlace }: SheetProps) {
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

type SettingsProps = {
  widget: Draft;
  flow: string;
  type: WidgetType | undefined;
  path: string[];
  onGone: () => void;
};

function Settings({ widget, flow, type, path, onGone }: SettingsProps) {
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
