// Alarms: what needs a person first. Acknowledge, shelve, take out of service, comment; and who did what when.

import { useMemo, useState } from "react";
import { type AlarmAction, alarms as alarmCalls } from "../api/calls";
import type { Alarm } from "../api/types";
import { dateTime, number, t } from "../i18n";
import { alarmState, filterOf, filterText, inOrder, needsAcknowledging, PRIORITIES, passes } from "../logic/alarms";
import { showValue } from "../logic/values";
import { Age } from "../parts/Age";
import { LiveMark } from "../parts/LiveMark";
import { SavedSets } from "../parts/SavedSets";
import { TrendDialog } from "../parts/TrendDialog";
import { useAddress } from "../state/address";
import { alarmList, merged } from "../state/feeds";
import { tellError } from "../state/notices";
import { prefer, preferences } from "../state/preferences";
import { useMay } from "../state/session";
import { askForSound } from "../state/sound";
import { useStore } from "../state/store";
import { AlarmDialog } from "./AlarmDialog";
import { AlarmHistory } from "./AlarmHistory";

type Asked = { alarm: Alarm; action: AlarmAction } | null;

export default function Alarms({ flow }: { flow?: string }) {
  const { alarms, ready } = useStore(alarmList, (state) => state);
  const [search, setSearch] = useAddress("search");
  const [allText, setAll] = useAddress("all");
  const [leastText, setLeast] = useAddress("least");
  const filter = useMemo(
    () => ({ search, all: allText !== "", least: PRIORITIES.find((each) => each === leastText) ?? ("" as const) }),
    [search, allText, leastText],
  );
  const show = (text: string) => {
    const next = filterOf(text);
    setSearch(next.search);
    setAll(next.all ? "1" : "");
    setLeast(next.least);
  };
  const filters = useStore(preferences, (state) => state.alarmFilters);
  const sound = useStore(preferences, (state) => state.sound);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const operator = useMay("operator");
  const [asked, setAsked] = useState<Asked>(null);
  const [trend, setTrend] = useState<string | null>(null);
  const [history, setHistory] = useState<{ alarm?: Alarm } | null>(null);
  const shown = useMemo(
    () => inOrder(alarms).filter((alarm) => (!flow || alarm.flow === flow) && passes(alarm, filter)),
    [alarms, flow, filter],
  );
  const waiting = shown.filter(needsAcknowledging);
  const chosen = waiting.filter((alarm) => marked.has(alarm.id));
  const mark = (id: string, on: boolean) => {
    const next = new Set(marked);
    next[on ? "add" : "delete"](id);
    setMarked(next);
  };
  return (
    <div className="pane" data-panel="alarms">
      <div className="toolbar">
        <input
          className="input"
          type="search"
          placeholder={t("alarms.search")}
          aria-label={t("alarms.search")}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <select
          className="input"
          aria-label={t("alarms.least")}
          value={filter.least}
          onChange={(event) => setLeast(event.target.value)}
        >
          <option value="">{t("alarms.everyPriority")}</option>
          {PRIORITIES.slice(0, -1).map((priority, i) => (
            <option key={priority} value={priority}>
              {i === 0 ? t(`priority.${priority}`) : t("alarms.atLeast", { priority: t(`priority.${priority}`) })}
            </option>
          ))}
        </select>
        <label className="row">
          <input type="checkbox" checked={filter.all} onChange={(event) => setAll(event.target.checked ? "1" : "")} />
          {t("alarms.all")}
        </label>
        <label className="row">
          <input type="checkbox" checked={sound} onChange={(event) => askForSound(event.target.checked)} />
          {t("alarms.sound")}
        </label>
        <SavedSets
          label={t("alarms.filters")}
          keep={t("alarms.keepFilter")}
          forget={t("alarms.forgetFilter")}
          sets={filters}
          value={filterText(filter)}
          onChoose={show}
          onSets={(alarmFilters) => prefer({ alarmFilters })}
        />
        <span className="grow" />
        {operator && waiting.length > 1 && (
          <label className="row">
            <input
              type="checkbox"
              checked={chosen.length === waiting.length}
              onChange={(event) => setMarked(new Set(event.target.checked ? waiting.map(({ id }) => id) : []))}
            />
            {t("alarms.markAll")}
          </label>
        )}
        {operator && chosen.length > 0 && (
          <button type="button" className="button primary" onClick={() => void acknowledgeAll(chosen)}>
            {t("alarms.acknowledgeSome", { n: chosen.length })}
          </button>
        )}
        <button type="button" className="button" onClick={() => setHistory({})}>
          {t("alarms.history")}
        </button>
      </div>
      {ready && shown.length === 0 && <p className="empty">{t("alarms.none")}</p>}
      <ul className="scroll grow" style={{ listStyle: "none" }} aria-label={t("alarms")} tabIndex={0}>
        {shown.map((alarm) => (
          <Row
            key={alarm.id}
            alarm={alarm}
            marked={marked.has(alarm.id)}
            onMark={(on) => mark(alarm.id, on)}
            onAct={(action) => setAsked({ alarm, action })}
            onHistory={() => setHistory({ alarm })}
            onTrend={setTrend}
          />
        ))}
      </ul>
      {asked && <AlarmDialog alarm={asked.alarm} action={asked.action} onClose={() => setAsked(null)} />}
      {trend && <TrendDialog point={trend} onClose={() => setTrend(null)} />}
      {history && <AlarmHistory alarm={history.alarm} onClose={() => setHistory(null)} />}
    </div>
  );
}

/** One after the other: each is an act of its own in the audit log, and a fault tells which were reached. */
async function acknowledgeAll(chosen: readonly Alarm[]): Promise<void> {
  try {
    for (const { id } of chosen) {
      const changed = await alarmCalls.act(id, "acknowledge", { comment: "" });
      alarmList.set({ alarms: merged(alarmList.get().alarms, [changed], [], (item) => item.id) });
    }
  } catch (error) {
    tellError(error);
  }
}

type RowProps = {
  alarm: Alarm;
  marked: boolean;
  onMark: (on: boolean) => void;
  onAct: (action: AlarmAction) => void;
  onHistory: () => void;
  onTrend: (point: string) => void;
};

function Row({ alarm, marked, onMark, onAct, onHistory, onTrend }: RowProps) {
  const operator = useMay("operator");
  const integrator = useMay("integrator");
  return (
    <li className={needsAcknowledging(alarm) ? "alarm urgent" : "alarm"}>
      <span className="row alarm-mark">
        {operator && needsAcknowledging(alarm) && (
          <input
            type="checkbox"
            checked={marked}
            aria-label={t("alarms.mark", { title: alarm.title })}
            onChange={(event) => onMark(event.target.checked)}
          />
        )}
        <LiveMark state={alarmState(alarm)} text={t(`priority.${alarm.priority}`)} />
      </span>
      <div className="alarm-what">
        <strong>{alarm.title}</strong>{" "}
        <span className="muted">{[alarm.group, alarm.key].filter(Boolean).join(" · ")}</span>
        <div className="small muted">{details(alarm)}</div>
      </div>
      <div className="alarm-value">
        <strong>{valueText(alarm)}</strong>
        <Limits alarm={alarm} />
      </div>
      <div className="alarm-since">
        {t(alarm.uncertain ? "alarm.uncertain" : `alarm.${alarm.state}`)}
        <div className="small muted" title={dateTime(alarm.since_ms)}>
          {dateTime(alarm.since_ms)} · <Age at_ms={alarm.since_ms} />
        </div>
      </div>
      {alarm.note && <p className="alarm-note">{alarm.note}</p>}
      <div className="row wrap actions">
        {operator && needsAcknowledging(alarm) && (
          <button type="button" className="button primary" onClick={() => onAct("acknowledge")}>
            {t("alarm.acknowledge")}
          </button>
        )}
        {operator &&
          (alarm.shelved ? (
            <button type="button" className="button" onClick={() => onAct("unshelve")}>
              {t("alarm.unshelve")}
            </button>
          ) : (
            <button type="button" className="button" onClick={() => onAct("shelve")}>
              {t("alarm.shelve")}
            </button>
          ))}
        {integrator &&
          (alarm.out_of_service ? (
            <button type="button" className="button" onClick={() => onAct("in-service")}>
              {t("alarm.inService")}
            </button>
          ) : (
            <button type="button" className="button" onClick={() => onAct("out-of-service")}>
              {t("alarm.outOfService")}
            </button>
          ))}
        {operator && (
          <button type="button" className="button" onClick={() => onAct("comment")}>
            {t("alarm.comment")}
            {alarm.comments > 0 && ` (${alarm.comments})`}
          </button>
        )}
        {alarm.point !== null && (
          <button type="button" className="button" onClick={() => onTrend(alarm.point!)}>
            {t("alarm.trend")}
          </button>
        )}
        <button type="button" className="button" onClick={onHistory}>
          {t("alarms.history")}
        </button>
      </div>
    </li>
  );
}

/** The value with its unit. A whole report, which a watch for silence has seen last, is no value. */
export const valueText = ({ value, unit }: Pick<Alarm, "value" | "unit">): string =>
  value === null || typeof value === "object" ? "–" : `${showValue(value)} ${unit ?? ""}`.trim();

/** What the value is compared with; the whole condition where that says more, or no number stands in it. */
function Limits({ alarm: { limits, condition, unit } }: { alarm: Alarm }) {
  if (limits.length === 0) return condition ? <Condition text={condition} /> : null;
  return (
    <div className="small muted" title={condition}>
      {limits.map(({ name, value, above }) => (
        <span key={`${name} ${value} ${above}`} className="limit">
          {t(above ? "alarm.above" : "alarm.below", { value: `${number(value)} ${unit ?? ""}`.trim() })}
          {name && ` (${name})`}
        </span>
      ))}
    </div>
  );
}

const SHORT = 60; // a longer condition tells an operator less than the title does

function Condition({ text }: { text: string }) {
  const said = <div className="small muted mono">{text}</div>;
  if (text.length <= SHORT) return said;
  return (
    <details className="small muted">
      <summary>{t("alarm.condition")}</summary>
      {said}
    </details>
  );
}

function details(alarm: Alarm): string {
  const parts: string[] = [];
  if (alarm.stale) parts.push(t("stale"));
  if (alarm.uncertain) parts.push(t("alarm.kept"));
  if (alarm.acknowledged)
    parts.push(
      t("alarm.acknowledgedBy", { by: alarm.acknowledged.by, at: dateTime(alarm.acknowledged.at_ms) }) +
        said(alarm.acknowledged.comment),
    );
  if (alarm.shelved)
    parts.push(
      alarm.shelved.until_ms === null
        ? t("alarm.shelvedOnce", { by: alarm.shelved.by })
        : t("alarm.shelvedUntil", { by: alarm.shelved.by, at: dateTime(alarm.shelved.until_ms) }),
      alarm.shelved.reason,
    );
  if (alarm.out_of_service)
    parts.push(
      t("alarm.outBy", { by: alarm.out_of_service.by, at: dateTime(alarm.out_of_service.at_ms) }) +
        said(alarm.out_of_service.reason),
    );
  return parts.filter(Boolean).join(" · ");
}

const said = (text: string) => (text ? `: ${text}` : "");
