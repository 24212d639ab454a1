// A page is made here: its widgets with live values on a grid, and beside them the settings of the one that is chosen.
import { useEffect, useMemo, useState } from "react";
import { pages } from "../api/calls";
import type { DraftPage, Grid, WidgetType } from "../api/types";
import { openFlow } from "../edit/documents";
import { apply, useDocument } from "../edit/editor";
import { show } from "../edit/overlays";
import { t } from "../i18n";
import { freeName } from "../logic/find";
import { freePlace, placedAll, sizeOf } from "../logic/grid";
import { STARTS } from "../logic/widgetStarts";
import { Link } from "../shell/Link";
import { tellError } from "../state/notices";
import { useMay } from "../state/session";
import { PageSheet } from "./PageSheet";
import { WidgetSettings } from "./WidgetSettings";

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
        <PageSheet draft={draft} places={places} chosen={chosen} onChoose={setChosen} onPlace={place} />
        <aside className="builder-side" aria-label={t("build.settings")}>
          {widget ? (
            <WidgetSettings
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
