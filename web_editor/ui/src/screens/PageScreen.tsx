// One operator page as a flow declares it, made from live values.
import { type CSSProperties, useEffect, useMemo, useState } from "react";
import { onceBack } from "../api/back";
import { pages } from "../api/calls";
import { isKind } from "../api/http";
import type { Grid, Page, Widget } from "../api/types";
import { presentKeys } from "../forms/fields";
import { t } from "../i18n";
import { Link } from "../shell/Link";
import { useMay } from "../state/session";
import { useValues } from "../state/values";
import { Wall } from "./Wall";
import { WidgetBody } from "./Widgets";

export default function PageScreen({ flow, page }: { flow: string; page: string }) {
  const [declared, setDeclared] = useState<Page | null>(null);
  const [fault, setFault] = useState("");
  const editable = useMay("integrator");
  useEffect(() => {
    let wanted = true;
    setFault("");
    onceBack(() => pages.read(flow, page)).then(
      (found) => wanted && setDeclared(found),
      (error) => wanted && setFault(isKind(error, "not-found") ? t("page.none") : String(error.message)),
    );
    return () => {
      wanted = false;
    };
  }, [flow, page]);
  return (
    <div className="screen scroll" tabIndex={0} role="region" aria-label={declared?.title ?? t("loading")}>
      <div className="screen-head">
        <h1 className="grow">{declared?.title ?? (fault ? page : t("loading"))}</h1>
        <Wall flow={flow} page={page} />
        {editable && (
          <Link to={{ screen: "build", flow, page }} className="button">
            {t("build")}
          </Link>
        )}
      </div>
      {fault && (
        <p className="empty" role="alert">
          {fault} <Link to={{ screen: "pages" }}>{t("pages")}</Link>
        </p>
      )}
      {declared && <Widgets page={declared} />}
    </div>
  );
}

const LOOKS: Partial<Record<Widget["type"], string>> = {
  trend: "broad",
  table: "broad",
  form: "form",
  text: "form", // half a phone is too narrow to read in
};

export function Widgets({ page }: { page: Page }) {
  const gridded = page.widgets.some(({ grid }) => grid);
  const keys = useMemo(() => [...new Set(page.widgets.flatMap(keysOf))], [page]);
  const { rows } = useValues({ keys: keys.length ? keys : ["-"] });
  return (
    <div className={gridded ? "widgets grid" : "widgets"}>
      {page.widgets.map((widget) => (
        <section
          key={widget.id}
          className={`card widget ${LOOKS[widget.type] ?? ""}`}
          style={gridStyle(widget.grid)}
          aria-label={widget.title || widget.id}
        >
          {widget.title && <h2>{widget.title}</h2>}
          <WidgetBody page={page} widget={widget} rows={rows} />
        </section>
      ))}
    </div>
  );
}

/** Where a widget stands on a page that is a grid; one without a place goes behind the others. */
export function gridStyle(grid: Grid | null | undefined): CSSProperties {
  if (!grid) return {};
  const [column, row, width, height] = grid;
  return { gridColumn: `${column + 1} / span ${width}`, gridRow: `${row + 1} / span ${height}` };
}

export function keysOf(widget: Widget): string[] {
  if ("key" in widget) return [widget.key];
  if (widget.type === "image") return Object.keys(widget.values);
  if (widget.type === "form") return presentKeys(widget.schema);
  return widget.type === "table" ? [widget.keys] : [];
}
