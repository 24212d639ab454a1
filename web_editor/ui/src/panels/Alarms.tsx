// Alarms: what needs a person first. Acknowledge, shelve, take out of service, comment; and who did what when.

import { useMemo, useState } from "react";
import type { AlarmAction } from "../api/calls";
import type { Alarm } from "../api/types";
import { dateTime, t } from "../i18n";
import { alarmState, inOrder, needsAcknowledging } from "../logic/alarms";
import { score } from "../logic/find";
import { showValue } from "../logic/values";
import { Age } from "../parts/Age";
import { LiveMark } from "../parts/LiveMark";
import { alarmList } from "../state/feeds";
import { useMay } from "../state/session";
import { useStore } from "../state/store";
import { AlarmDialog } from "./AlarmDialog";
import { AlarmHistory } from "./AlarmHistory";

type Asked = { alarm: Alarm; action: AlarmAction } | null;

export default function Alarms({ flow }: { flow?: string }) {
  const { alarms, ready } = useStore(alarmList, (state) => state);
  const [typed, setTyped] = useState("");
  const [all, setAll] = useState(false);
  const [asked, setAsked] = useState<Asked>(null);
  const [history, setHistory] = useState<{ alarm?: Alarm } | null>(null);
  const shown = useMemo(
    () =>
      inOrder(alarms).filter(
        (alarm) =>
          (!flow || alarm.flow === flow) &&
          (all || alarm.state !== "normal" || alarm.shelved || alarm.out_of_service) &&
          score(`${alarm.title} ${alarm.key} ${alarm.node} ${alarm.group ?? ""}`, typed) > 0,
      ),
    [alarms, flow, all, typed],
  );
  return (
    <div className="pane" data-panel="alarms">
      <div className="toolbar">
        <input
          className="input"
          type="search"
          placeholder={t("alarms.search")}
          aria-label={t("alarms.search")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <label className="row">
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} />
          {t("alarms.all")}
        </label>
        <span className="grow" />
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
            onAct={(action) => setAsked({ alarm, action })}
            onHistory={() => setHistory({ alarm })}
          />
        ))}
      </ul>
      {asked && <AlarmDialog alarm={asked.alarm} action={asked.action} onClose={() => setAsked(null)} />}
      {history && <AlarmHistory alarm={history.alarm} onClose={() => setHistory(null)} />}
    </div>
  );
}

type RowProps = { alarm: Alarm; onAct: (action: AlarmAction) => void; onHistory: () => void };

function Row({ alarm, onAct, onHistory }: RowProps) {
  const operator = useMay("operator");
  const integrator = useMay("integrator");
  return (
    <li className={needsAcknowledging(alarm) ? "alarm urgent" : "alarm"}>
      <LiveMark state={alarmState(alarm)} text={t(`priority.${alarm.priority}`)} />
      <div style={{ minWidth: 0 }}>
        <strong>{alarm.title}</strong>{" "}
        <span className="muted">
          {[alarm.group, alarm.key].filter(Boolean).join(" · ")} · {t(`alarm.${alarm.state}`)} ·{" "}
          <Age at_ms={alarm.since_ms} />
        </span>
        <div className="small muted">{details(alarm)}</div>
      </div>
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
        <button type="button" className="button" onClick={onHistory}>
          {t("alarms.history")}
        </button>
      </div>
    </li>
  );
}

function details(alarm: Alarm): string {
  const parts = [alarm.value === null ? "" : `${t("value")} ${showValue(alarm.value)} ${alarm.unit ?? ""}`.trim()];
  if (alarm.stale) parts.push(t("stale"));
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
