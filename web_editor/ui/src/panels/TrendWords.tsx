// What a chart shows beside its curves, in words: limits, alarms, and the differences between two cursors.
import type { CurveMarks, Trend } from "../api/types";
import { duration, number, t } from "../i18n";
import { alarmInWords, distinctAlarms, distinctLimits, limitInWords, moment } from "../logic/marks";
import { type Cursors, differences } from "../logic/measure";
import { visible } from "../logic/payload";
import { keyInWords } from "../logic/values";
import { StateMark } from "../parts/StateMark";

const MOST_ALARMS = 6;
const isUrgent = (priority: string) => priority === "critical" || priority === "high";

/** `seen: false` where the chart alone has room: it is then for screen readers. */
export function MarksInWords({ marks, seen }: { marks: readonly CurveMarks[]; seen: boolean }) {
  const limits = distinctLimits(marks);
  const alarms = distinctAlarms(marks);
  if (limits.length + alarms.length === 0) return null;
  return (
    <ul className={seen ? "trend-words small" : "sr"} aria-label={t("trend.marks")} {...(seen ? { tabIndex: 0 } : {})}>
      {limits.map((limit) => (
        <li key={JSON.stringify(limit)}>
          <span aria-hidden="true" className={isUrgent(limit.priority) ? "limit-sign error" : "limit-sign warn"} />
          {visible(limitInWords(limit))}
        </li>
      ))}
      {alarms.slice(0, MOST_ALARMS).map((span) => (
        <li key={`${span.alarm} ${span.from_ms}`}>
          <StateMark state={isUrgent(span.priority) ? 3 : 2} text={t(`priority.${span.priority}`)} />{" "}
          {visible(alarmInWords(span, Date.now()))}
        </li>
      ))}
      {alarms.length > MOST_ALARMS && <li>{t("trend.moreAlarms", { n: alarms.length - MOST_ALARMS })}</li>}
    </ul>
  );
}

type Measured = { trends: readonly Trend[]; cursors: Cursors; words: Readonly<Record<string, string>> };

/** The time between two cursors, and for each curve its values under them and what it changed by. */
export function Differences({ trends, cursors, words }: Measured) {
  const told = (value: number | null, unit: string | null, sign = false) =>
    value === null ? "–" : `${sign && value > 0 ? "+" : ""}${number(value)} ${unit ?? ""}`.trim();
  return (
    <table className="table differences" aria-label={t("trend.differences")}>
      <thead>
        <tr>
          <th scope="col">Δt = {duration(Math.abs(cursors.b - cursors.a))}</th>
          <th scope="col">A · {moment(cursors.a * 1000)}</th>
          <th scope="col">B · {moment(cursors.b * 1000)}</th>
          <th scope="col" className="fixed">
            B − A
          </th>
        </tr>
      </thead>
      <tbody>
        {differences(trends, cursors).map(({ key, unit, a, b, between }) => (
          <tr key={key}>
            <th scope="row">{visible(keyInWords(key, words))}</th>
            <td>{told(a, unit)}</td>
            <td>{told(b, unit)}</td>
            <td>
              <strong>{told(between, unit, true)}</strong>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
