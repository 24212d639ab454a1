// Widgets that only show: a picture with values on it, a way to elsewhere, a state in words, the alarms that stand.
import type { Json, Page, Value, Widget } from "../api/types";
import { t } from "../i18n";
import { showValue } from "../logic/values";
import { Age } from "../parts/Age";
import { LiveMark } from "../parts/LiveMark";
import { Link } from "../shell/Link";
import { useAway } from "../state/away";
import { alarmList } from "../state/feeds";
import { parsePath } from "../state/route";
import { useStore } from "../state/store";
import { Freshness } from "./Reading";

type Rows = ReadonlyMap<string, Value>;
type Props<K extends Widget["type"]> = { page: Page; widget: Extract<Widget, { type: K }>; rows: Rows };

export function Picture({ widget, rows }: Props<"image">) {
  const away = useAway();
  return (
    <div className="picture">
      <img src={widget.source} alt={widget.alt} />
      {Object.entries(widget.values).map(([key, [left, top]]) => {
        const value = rows.get(key);
        const old = away || value === undefined || value.stale;
        return (
          <span
            key={key}
            className={old ? "on-picture old" : "on-picture"}
            style={{ left: `${left}%`, top: `${top}%` }}
            title={key}
          >
            {value === undefined ? "–" : `${showValue(value.value)} ${value.unit ?? ""}`}
            {old && value !== undefined && ` (${t("stale")})`}
          </span>
        );
      })}
    </div>
  );
}

export function Way({ to, label }: { to: string; label: string }) {
  if (!to.startsWith("/") || to.startsWith("//"))
    return (
      <a className="button" href={to} rel="noreferrer">
        {label}
      </a>
    );
  return (
    <Link to={parsePath(to)} className="button">
      {label}
    </Link>
  );
}

const LEVELS = { off: 0, ok: 1, warn: 2, error: 3 } as const;

export function StateWidget({ widget, rows }: Props<"state">) {
  const value = rows.get(widget.key);
  const look = value === undefined ? undefined : widget.states[written(value.value)];
  return (
    <>
      <div className="reading">
        <LiveMark
          state={look ? LEVELS[look.level ?? "ok"] : 0}
          text={look?.text ?? (value === undefined ? "–" : showValue(value.value))}
        />
      </div>
      <Freshness value={value} />
    </>
  );
}

/** How a flow's text names a value: a text as it is, `true` and `1` as such. */
const written = (value: Json) => (typeof value === "string" ? value : JSON.stringify(value));

export function Standing({ flow }: { flow: string | null }) {
  const alarms = useStore(alarmList, (state) => state.alarms);
  const ready = useStore(alarmList, (state) => state.ready);
  const standing = alarms.filter(({ state, ...alarm }) => state !== "normal" && (flow === null || alarm.flow === flow));
  if (ready && standing.length === 0) return <LiveMark state={1} text={t("alarms.none")} />;
  return (
    <ul className="stack tight plain">
      {standing.slice(0, 20).map((alarm) => (
        <li key={alarm.id} className="row">
          <LiveMark state={alarm.state.startsWith("active") ? 3 : 2} text={alarm.title} />
          <span className="muted">
            <Age at_ms={alarm.since_ms} />
          </span>
        </li>
      ))}
      {standing.length > 0 && (
        <li>
          <Link to={{ screen: "alarms" }}>{t("alarms")}</Link>
        </li>
      )}
    </ul>
  );
}
