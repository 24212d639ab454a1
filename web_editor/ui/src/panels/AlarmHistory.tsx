// What happened to an alarm, or to all of them: event, person, time, comment.
import { alarms } from "../api/calls";
import type { Alarm } from "../api/types";
import { dateTime, t } from "../i18n";
import { showValue } from "../logic/values";
import { Dialog } from "../parts/Dialog";
import { MoreButton, usePaged } from "../parts/paged";

export function AlarmHistory({ alarm, onClose }: { alarm: Alarm | undefined; onClose: () => void }) {
  const paged = usePaged((cursor) => alarms.history(alarm?.id, cursor), [alarm?.id]);
  return (
    <Dialog
      title={alarm ? `${t("alarms.history")}: ${alarm.title}` : t("alarms.history")}
      onClose={onClose}
      className="wide"
    >
      <div className="scroll" tabIndex={0} role="region" aria-label={t("alarms.history")}>
        <table className="table cards">
          <thead>
            <tr>
              <th>{t("time")}</th>
              {!alarm && <th>{t("alarm")}</th>}
              <th>{t("event")}</th>
              <th>{t("who")}</th>
              <th>{t("value")}</th>
              <th>{t("alarm.comment")}</th>
            </tr>
          </thead>
          <tbody>
            {paged.items.map((event) => (
              <tr key={event.id}>
                <td className="fixed">{dateTime(event.at_ms)}</td>
                {!alarm && <td>{event.title}</td>}
                <td>{t(`event.${event.event}`)}</td>
                <td>{event.by ?? "–"}</td>
                <td>{event.value === null ? "" : showValue(event.value)}</td>
                <td className="any">{event.comment}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {paged.done && paged.items.length === 0 && <p className="empty">{t("nothingYet")}</p>}
      </div>
      <MoreButton paged={paged} />
    </Dialog>
  );
}
