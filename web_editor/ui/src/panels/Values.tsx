// The latest value of every point: searchable, as many as there are, each with quality and age; a trend on click.

import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useDeferredValue, useMemo, useRef, useState } from "react";
import type { Value } from "../api/types";
import { number, t } from "../i18n";
import { visible } from "../logic/payload";
import { showValue } from "../logic/values";
import { Age } from "../parts/Age";
import { LiveMark } from "../parts/LiveMark";
import { TrendDialog } from "../parts/TrendDialog";
import { useValues } from "../state/values";

const QUALITY = { good: 1, uncertain: 2, bad: 3 } as const;

export default function Values({ flow }: { flow?: string }) {
  const [typed, setTyped] = useState("");
  const search = useDeferredValue(typed);
  const { rows, total, ready } = useValues({ ...(flow ? { flow } : {}), ...(search ? { search } : {}) });
  const [trend, setTrend] = useState<Value | null>(null);
  const sorted = useMemo(() => [...rows.values()].sort((a, b) => a.key.localeCompare(b.key)), [rows]);
  const list = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => list.current,
    estimateSize: () => 31,
    overscan: 10,
  });
  return (
    <div className="pane values" data-panel="values">
      <div className="toolbar">
        <input
          className="input"
          type="search"
          placeholder={t("values.search")}
          aria-label={t("values.search")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <span className="muted small">
          {total > rows.size
            ? t("values.some", { n: rows.size, total: number(total) })
            : t("values.count", { n: rows.size })}
        </span>
      </div>
      <div className="grid-row grid-head" aria-hidden="true">
        <span>{t("values.key")}</span>
        <span>{t("value")}</span>
        <span className="phone-hide">{t("unit")}</span>
        <span className="phone-hide">{t("quality")}</span>
        <span>{t("age")}</span>
      </div>
      {ready && sorted.length === 0 && <p className="empty">{t(typed ? "nothingFound" : "values.none")}</p>}
      <div className="list" ref={list} tabIndex={0} role="region" aria-label={t("values")}>
        <div className="virtual" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => (
            <div
              key={item.key}
              style={{ position: "absolute", insetInline: 0, transform: `translateY(${item.start}px)` }}
            >
              <Row value={sorted[item.index]!} onTrend={setTrend} />
            </div>
          ))}
        </div>
      </div>
      {trend && <TrendDialog point={trend.key} onClose={() => setTrend(null)} />}
    </div>
  );
}

const Row = memo(function Row({ value, onTrend }: { value: Value; onTrend: (value: Value) => void }) {
  return (
    <button type="button" className="grid-row" title={t("values.trend")} onClick={() => onTrend(value)}>
      <span className="ellipsis">{visible(value.key)}</span>
      <strong className="ellipsis">{showValue(value.value)}</strong>
      <span className="muted phone-hide ellipsis">{value.unit}</span>
      <span className="phone-hide">
        {value.stale ? (
          <LiveMark state={2} text={t("stale")} />
        ) : (
          <LiveMark state={QUALITY[value.quality]} text={t(`quality.${value.quality}`)} />
        )}
      </span>
      <span className={value.stale ? "state" : "muted"} data-state={2}>
        {value.stale && <span aria-hidden="true">▲ </span>}
        <Age at_ms={value.at_ms} />
      </span>
    </button>
  );
});
