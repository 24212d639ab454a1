// One operator page as a flow declares it, made from live values.
import { useEffect, useMemo, useState } from "react";
import { pages } from "../api/calls";
import type { Page, Widget } from "../api/types";
import { t } from "../i18n";
import { tellError } from "../state/notices";
import { useValues } from "../state/values";
import { WidgetBody } from "./Widgets";

export default function PageScreen({ flow, page }: { flow: string; page: string }) {
  const [declared, setDeclared] = useState<Page | null>(null);
  useEffect(() => {
    let wanted = true;
    pages.read(flow, page).then((found) => wanted && setDeclared(found), tellError);
    return () => {
      wanted = false;
    };
  }, [flow, page]);
  return (
    <div className="screen scroll" tabIndex={0} role="region" aria-label={declared?.title ?? t("loading")}>
      <div className="screen-head">
        <h1>{declared?.title ?? t("loading")}</h1>
      </div>
      {declared && <Widgets page={declared} />}
    </div>
  );
}

const LOOKS: Partial<Record<Widget["type"], string>> = { trend: "broad", table: "broad", form: "form" };

function Widgets({ page }: { page: Page }) {
  const keys = useMemo(() => [...new Set(page.widgets.flatMap(keysOf))], [page]);
  const { rows } = useValues({ keys: keys.length ? keys : ["-"] });
  return (
    <div className="widgets">
      {page.widgets.map((widget) => (
        <section
          key={widget.id}
          className={`card widget ${LOOKS[widget.type] ?? ""}`}
          aria-label={widget.title || widget.id}
        >
          {widget.title && <h2>{widget.title}</h2>}
          <WidgetBody page={page} widget={widget} rows={rows} />
        </section>
      ))}
    </div>
  );
}

function keysOf(widget: Widget): string[] {
  if ("key" in widget) return [widget.key];
  return widget.type === "table" ? [widget.keys] : [];
}
