// One value on a scale with its limits, as a bar or an arc.
import type { Page, Value, Widget } from "../api/types";
import { number, t } from "../i18n";
import { arc, shareOf, stateOf, zonesOf } from "../logic/gauge";
import { unitOf } from "../logic/values";
import { LiveMark } from "../parts/LiveMark";
import { useAway } from "../state/away";
import { Freshness } from "./Reading";

type Shown = Extract<Widget, { type: "gauge" }>;
type Props = { page: Page; widget: Shown; rows: ReadonlyMap<string, Value> };

export function Gauge({ widget, rows }: Props) {
  const away = useAway();
  const value = rows.get(widget.key);
  const now = typeof value?.value === "number" ? value.value : null;
  const state = now === null ? 0 : stateOf(now, widget);
  const unit = unitOf(widget.unit ?? value?.unit, now);
  const reading = (
    <div className="reading">
      {now === null ? "–" : number(now, widget.digits ?? 1)} <small>{unit}</small>{" "}
      {state > 1 && (
        <small>
          <LiveMark state={state as 2 | 3} />
        </small>
      )}
    </div>
  );
  const limits = [
    widget.warn === null ? "" : `▲ ${number(widget.warn)}`,
    widget.error === null ? "" : `◆ ${number(widget.error)}`,
  ].filter(Boolean);
  return (
    <div className={widget.look === "arc" ? "gauge arc" : "gauge"}>
      {widget.look === "bar" && reading}
      <div
        role="meter"
        aria-label={widget.title || widget.key}
        aria-valuemin={widget.min}
        aria-valuemax={widget.max}
        aria-valuenow={now ?? widget.min}
        aria-valuetext={now === null ? t("values.noValue") : `${number(now)} ${unit}`}
      >
        {widget.look === "arc" ? (
          <Arc widget={widget} now={now} state={away ? 0 : state} />
        ) : (
          <Bar widget={widget} now={now} state={away ? 0 : state} />
        )}
      </div>
      {widget.look === "arc" && reading}
      <div className="row wrap small muted">
        <span className="grow">{number(widget.min)}</span>
        {limits.length > 0 && (
          <span className="grow">
            {limits.map((limit) => (
              <span key={limit}>
                <span className="limit">{limit}</span>{" "}
              </span>
            ))}
          </span>
        )}
        <span>{number(widget.max)}</span>
      </div>
      {(away || value?.stale !== false) && <Freshness value={value} />}
    </div>
  );
}

type DrawnProps = { widget: Shown; now: number | null; state: 0 | 1 | 2 | 3 };

function Bar({ widget, now, state }: DrawnProps) {
  return (
    <div className="bar limits" data-state={state}>
      <div style={{ width: `${now === null ? 0 : shareOf(now, widget) * 100}%` }} />
      {zonesOf(widget)
        .filter(({ from }) => from > 0)
        .map(({ from, state: zone }) => (
          <i key={zone} data-state={zone} style={{ insetInlineStart: `${from * 100}%` }} />
        ))}
    </div>
  );
}

const SCALE_RADIUS = 54;
const VALUE_RADIUS = 45;

function Arc({ widget, now, state }: DrawnProps) {
  return (
    <svg viewBox="0 0 120 64" aria-hidden="true">
      {zonesOf(widget).map(({ from, to, state: zone }) => (
        <path key={zone} className="zone" data-state={zone} d={arc(from, to, SCALE_RADIUS)} />
      ))}
      <path className="groove" d={arc(0, 1, VALUE_RADIUS)} />
      {now !== null && shareOf(now, widget) > 0 && (
        <path className="now" data-state={state} d={arc(0, shareOf(now, widget), VALUE_RADIUS)} />
      )}
    </svg>
  );
}
