// A curve of one or more values: the past from the engine, the present from the live socket.

import { useEffect, useState } from "react";
import { watch } from "../api/calls";
import { live } from "../api/live";
import type { Trend, Value } from "../api/types";
import { duration, number, t } from "../i18n";
import { visible } from "../logic/payload";
import { withLive } from "../logic/trend";
import { Age } from "../parts/Age";
import { LiveMark } from "../parts/LiveMark";
import { tellError } from "../state/notices";
import { useStore } from "../state/store";
import { useValues } from "../state/values";
import { Chart } from "./Chart";

const SPANS_S = [600, 3600, 21_600, 86_400, 604_800, 2_592_000] as const;
const POINTS = 500;
/** The past is asked for again, so that a curve left open is as exact as a fresh one. */
const AGAIN_MS = 60_000;

type Props = { keys: readonly string[]; span_s?: number; height?: number; choose?: boolean };

export default function TrendView({ keys, span_s = 3600, height = 260, choose = true }: Props) {
  const [span, setSpan] = useState(span_s);
  const { rows } = useValues({ keys: [...keys] });
  const shown = useTrends(keys, span, rows);
  const last = shown.map((trend) => trend.value.findLast((value) => value !== null) ?? null);
  return (
    <div className="stack">
      {choose && (
        <div className="row wrap" role="group" aria-label={t("trend.span")}>
          {SPANS_S.map((item) => (
            <button
              key={item}
              type="button"
              className="button"
              aria-pressed={item === span}
              onClick={() => setSpan(item)}
            >
              {duration(item)}
            </button>
          ))}
          <span className="grow" />
          {shown[0] && (
            <span className="muted small">{t(shown[0].from === "ram" ? "trend.ram" : "trend.history")}</span>
          )}
        </div>
      )}
      <Chart trends={shown} span_s={span} height={height} />
      <Stale values={keys.flatMap((key) => rows.get(key) ?? []).filter(({ stale }) => stale)} />
      <p className="sr">
        {shown
          .map((trend, i) => `${trend.key}: ${last[i] === null ? "–" : number(last[i]!)} ${trend.unit ?? ""}`)
          .join("; ")}
      </p>
    </div>
  );
}

/** Which curves end in a value that should have been followed by another. */
function Stale({ values }: { values: readonly Value[] }) {
  if (values.length === 0) return null;
  return (
    <ul className="small" style={{ listStyle: "none" }}>
      {values.map(({ key, at_ms }) => (
        <li key={key}>
          <LiveMark state={2} text={t("stale")} />{" "}
          <span className="muted">
            · {visible(key)} · <Age at_ms={at_ms} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function useTrends(keys: readonly string[], span_s: number, rows: ReadonlyMap<string, Value>): readonly Trend[] {
  const [trends, setTrends] = useState<readonly Trend[]>([]);
  const joined = keys.join("\n");
  const connected = useStore(live.state, (state) => state.connected); // what was missed meanwhile is read when it is back
  useEffect(() => {
    let wanted = true;
    const read = async () => {
      const now = Date.now();
      const all = await Promise.all(joined.split("\n").map((key) => pastOf(key, now, span_s)));
      if (wanted) setTrends(all);
    };
    void read();
    const timer = setInterval(() => void read(), Math.max(AGAIN_MS, (span_s * 1000) / POINTS));
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [joined, span_s, connected]);
  useEffect(() => setTrends((old) => withLive(old, rows, Date.now(), span_s, POINTS)), [rows, span_s]);
  return trends;
}

/** A curve without a past when there is no answer: one key must not hide the others. */
async function pastOf(key: string, now_ms: number, span_s: number): Promise<Trend> {
  try {
    return await watch.trend(key, now_ms - span_s * 1000, now_ms, POINTS);
  } catch (error) {
    tellError(error);
    return { key, unit: null, from: "ram", at_ms: [], value: [], min: [], max: [] };
  }
}
