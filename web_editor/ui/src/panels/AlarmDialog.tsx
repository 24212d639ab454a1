// What an operator says when acting on an alarm: a comment, or a reason and how long.
import { type FormEvent, useState } from "react";
import { type AlarmAction, alarms } from "../api/calls";
import type { Alarm, Json } from "../api/types";
import { t } from "../i18n";
import { companions } from "../logic/alarms";
import { parseDuration_s } from "../logic/units";
import { Dialog } from "../parts/Dialog";
import { alarmList, merged } from "../state/feeds";
import { tellError } from "../state/notices";
import { useStore } from "../state/store";

const TIMES = ["10m", "30m", "1h", "4h", "8h", "1d"] as const;
const WORDS = {
  acknowledge: "alarm.acknowledge",
  shelve: "alarm.shelve",
  unshelve: "alarm.unshelve",
  "out-of-service": "alarm.outOfService",
  "in-service": "alarm.inService",
  comment: "alarm.comment",
} as const;

export function AlarmDialog({ alarm, action, onClose }: { alarm: Alarm; action: AlarmAction; onClose: () => void }) {
  const [text, setText] = useState("");
  const [time, setTime] = useState<string>("1h");
  const [group, setGroup] = useState(false);
  const together = useStore(alarmList, (state) => state.alarms);
  const others = action === "acknowledge" ? companions(alarm, together).length : 0;
  const reason = action === "shelve" || action === "out-of-service";
  const needed = reason || action === "comment";
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body: Record<string, Json> = { [reason ? "reason" : "comment"]: text.trim() };
    if (action === "shelve") Object.assign(body, time === "once" ? { once: true } : { for_s: parseDuration_s(time) });
    try {
      const changed =
        group && others > 0
          ? await alarms.acknowledgeGroup(alarm, text.trim())
          : [await alarms.act(alarm.id, action, body)];
      alarmList.set({ alarms: merged(alarmList.get().alarms, changed, [], (item) => item.id) });
      onClose();
    } catch (error) {
      tellError(error);
    }
  };
  return (
    <Dialog title={`${t(WORDS[action])}: ${alarm.title}`} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <p className="muted">{alarm.key}</p>
        {action === "shelve" && (
          <div className="field">
            <label htmlFor="shelve-time">{t("alarm.howLong")}</label>
            <select id="shelve-time" className="input" value={time} onChange={(event) => setTime(event.target.value)}>
              {TIMES.map((item) => (
                <option key={item} value={item}>
                  {item}
                </option>
              ))}
              <option value="once">{t("alarm.once")}</option>
            </select>
          </div>
        )}
        <div className="field">
          <label htmlFor="alarm-text">
            {t(reason ? "alarm.reason" : "alarm.comment")}
            {needed && " *"}
          </label>
          <textarea
            id="alarm-text"
            data-first
            className="input"
            required={needed}
            maxLength={1000}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        {others > 0 && (
          <label className="row">
            <input type="checkbox" checked={group} onChange={(event) => setGroup(event.target.checked)} />
            {t("alarm.wholeGroup", { group: alarm.group || alarm.node, n: others + 1 })}
          </label>
        )}
        <div className="row" style={{ justifyContent: "end" }}>
          <button type="button" className="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" className="button primary" disabled={needed && !text.trim()}>
            {t(WORDS[action])}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
