// The engine's log as it is written.
import { useEffect, useState } from "react";
import { live } from "../api/live";
import type { LogLine } from "../api/types";
import { clock, t } from "../i18n";
import { visible } from "../logic/payload";
import { StateMark } from "../parts/StateMark";

const KEPT = 1000;
const STATE = { debug: 0, info: 1, warning: 2, error: 3 } as const;
const LEVELS = ["debug", "info", "warning", "error"] as const;

export default function Log({ flow }: { flow?: string }) {
  const [level, setLevel] = useState<string>("info");
  const [search, setSearch] = useState("");
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  useEffect(
    () =>
      live.subscribe(
        "log",
        { level, ...(flow ? { flow } : {}), ...(search ? { search } : {}) },
        {
          snapshot: (data) => setLines([...(data.lines ?? [])].reverse()),
          delta: (data) => setLines((old) => [...[...(data.lines ?? [])].reverse(), ...old].slice(0, KEPT)),
        },
        4,
      ),
    [flow, level, search],
  );
  return (
    <div className="pane" data-panel="log">
      <div className="toolbar">
        <select
          className="input"
          aria-label={t("log.level")}
          value={level}
          onChange={(event) => setLevel(event.target.value)}
        >
          {LEVELS.map((item) => (
            <option key={item} value={item}>
              {t(`log.${item}`)}
            </option>
          ))}
        </select>
        <input
          className="input"
          type="search"
          placeholder={t("log.search")}
          aria-label={t("log.search")}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      <div className="scroll grow" tabIndex={0} role="region" aria-label={t("log")}>
        {lines.length === 0 && <p className="empty">{t("nothingYet")}</p>}
        <table className="table cards">
          <tbody>
            {lines.map((line, i) => (
              <tr key={lines.length - i}>
                <td className="mono muted">{clock(line.at_ms)}</td>
                <td>
                  <StateMark state={STATE[line.level]} text={t(`log.${line.level}`)} />
                </td>
                <td className="muted">{[line.flow, line.node].filter(Boolean).join("/")}</td>
                <td className="any">
                  {visible(line.message)}
                  {line.count > 1 && <span className="muted"> ×{line.count}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
