// One operator page as a flow declares it, made from live values.
import { useEffect, useMemo, useState } from "react";
import { onceBack } from "../api/back";
import { pages } from "../api/calls";
import { isKind } from "../api/http";
import type { Page, Widget } from "../api/types";
import { presentKeys } from "../forms/fields";
import { t } from "../i18n";
import { Link } from "../shell/Link";
import { useValues } from "../state/values";
import { WidgetBody } from "./Widgets";

export default function PageScreen({ flow, page }: { flow: string; page: string }) {
  const [declared, setDeclared] = useState<Page | null>(null);
  const [fault, setFault] = useState("");
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
        <h1>{declared?.title ?? (fault ? page : t("loading"))}</h1>
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
  if (widget.type === "form") return presentKeys(widget.schema);
  return widget.type === "table" ? [widget.keys] : [];
}
