// A curve of one or more values: the past from the engine, the present from the live socket.

import { useEffect, useMemo, useRef, useState } from "react";
import type uPlot from "uplot";
import { watch } from "../api/calls";
import { live } from "../api/live";
import type { CurveMarks, Trend, Value } from "../api/types";
import { duration, reading, t } from "../i18n";
import { withUnits } from "../logic/marks";
import { type Cursors, firstCursors } from "../logic/measure";
import { visible } from "../logic/payload";
import { dayBefore_ms, dayLater, withLive } from "../logic/trend";
import { keyInWords } from "../logic/values";
import { moved, type Window, zoomed } from "../logic/window";
import { Age } from "../parts/Age";
import { LiveMark } from "../parts/LiveMark";
import { alarmList } from "../state/feeds";
import { tellError } from "../state/notices";
import { useStore } from "../state/store";
import { useValues } from "../state/values";
import { Chart } from "./Chart";
import { saveCsv, savePng } from "./saveChart";
import { Differences, MarksInWords } from "./TrendWords";

const SPANS_S = [600, 3600, 21_600, 86_400, 604_800, 2_592_000] as const;
const POINTS = 500;
const NO_KEYS: readonly string[] = [];
/** The past is asked for again, so that a curve left open is as exact as a fresh one. */
const AGAIN_MS = 60_000;

/** An alarm that ended is told of by the list of alarms; a limit that was changed by nobody. */
const MARKS_AGAIN_MS = 10_000;

/** A window that is being dragged changes with every frame; the engine is asked once it rests. */
const RESTS_MS = 250;

const NO_WORDS = {};

type Props = {
  keys: readonly string[];
  span_s?: number;
  words?: Readonly<Record<string, string>>; // what curves are called instead of by their keys
  height?: number;
  choose?: boolean;
  fill?: boolean;
};

export default function TrendView({
  keys,
  span_s = 3600,
  words = NO_WORDS,
  height = 260,
  choose = true,
  fill = false,
}: Props) {
  const [span, setSpan] = useState(span_s);
  const [held, setHeld] = useState<Window | null>(null);
  const plot = useRef<uPlot | null>(null);
  const [compares, setCompares] = useState(false);
  const [clipped, setClipped] = useState(false);
  const [cursors, setCursors] = useState<Cursors | null>(null);
  const { rows } = useValues({ keys: [...keys] });
  const resting = useResting(held);
  const today = useTrends(keys, span, resting, rows);
  const before = useYesterday(compares ? keys : NO_KEYS, span, resting);
  const shown = useMemo(() => [...today, ...before], [today, before]);
  const found = useMarks(keys, span, resting);
  const marks = useMemo(() => withUnits(found, today), [found, today]);
  const measure = () => {
    const now_s = Date.now() / 1000;
    const window = held ?? { min: now_s - span, max: now_s };
    if (!cursors) setHeld(window); // what is measured stays where it is
    setCursors(cursors ? null : firstCursors(window, shown));
  };
  const step = (next: (window: Window, now_s: number) => Window) => {
    const now_s = Date.now() / 1000;
    setHeld(next(held ?? { min: now_s - span, max: now_s }, now_s));
  };
  const last = shown.map((trend) => trend.value.findLast((value) => value !== null) ?? null);
  return (
    <div className={fill ? "stack grow filled" : "stack"}>
      {choose && (
        <div className="row wrap" role="group" aria-label={t("trend.span")}>
          {SPANS_S.map((item) => (
            <button
              key={item}
              type="button"
              className="button"
              aria-pressed={!held && item === span}
              onClick={() => {
                setSpan(item);
                setHeld(null);
              }}
            >
              {duration(item)}
            </button>
          ))}
          {STEPS.map(([word, sign, next]) => (
            <button
              key={word}
              type="button"
              className="button icon"
              aria-label={t(word)}
              title={t(word)}
              onClick={() => step(next)}
            >
              {sign}
            </button>
          ))}
          {held && (
            <button type="button" className="button primary" onClick={() => setHeld(null)}>
              {t("trend.live")}
            </button>
          )}
          <button type="button" className="button" aria-pressed={compares} onClick={() => setCompares(!compares)}>
            {t("trend.yesterday")}
          </button>
          <button type="button" className="button" aria-pressed={clipped} onClick={() => setClipped(!clipped)}>
            {t("trend.clip")}
          </button>
          <button type="button" className="button" aria-pressed={cursors !== null} onClick={measure}>
            {t("trend.measure")}
          </button>
          <span className="grow" />
          <button type="button" className="button" onClick={() => saveCsv(shown)}>
            CSV
          </button>
          <button type="button" className="button" onClick={() => plot.current && savePng(plot.current)}>
            PNG
          </button>
          {shown[0] && (
            <span className="muted small">{t(shown[0].from === "ram" ? "trend.ram" : "trend.history")}</span>
          )}
        </div>
      )}
      <Chart
        trends={shown}
        words={words}
        window={held}
        span_s={span}
        compared={before.length}
        clipped={clipped}
        {...(fill ? {} : { height })}
        {...(choose ? { onWindow: setHeld } : {})}
        marks={marks}
        cursors={cursors}
        onCursors={setCursors}
        plotted={(made) => {
          plot.current = made;
        }}
      />
      {cursors && <Differences trends={shown} cursors={cursors} words={words} />}
      <MarksInWords marks={marks} seen={choose} />
      <Stale values={keys.flatMap((key) => rows.get(key) ?? []).filter(({ stale }) => stale)} words={words} />
      <p className="sr">
        {shown
          .map(
            (trend, i) =>
              `${keyInWords(trend.key, words)}: ${last[i] === null ? "–" : reading(last[i]!)} ${trend.unit ?? ""}`,
          )
          .join("; ")}
      </p>
    </div>
  );
}

const STEPS = [
  ["trend.earlier", "◀", (window: Window, now_s: number) => moved(window, -0.5, now_s)],
  ["trend.later", "▶", (window: Window, now_s: number) => moved(window, 0.5, now_s)],
  ["trend.closer", "+", (window: Window) => zoomed(window, 0.5)],
  ["trend.wider", "−", (window: Window) => zoomed(window, 2)],
] as const;

function useResting<T>(value: T): T {
  const [resting, setResting] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setResting(value), RESTS_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return resting;
}

/** Which curves end in a value that should have been followed by another. */
function Stale({ values, words }: { values: readonly Value[]; words: Readonly<Record<string, string>> }) {
  if (values.length === 0) return null;
  return (
    <ul className="small" style={{ listStyle: "none" }}>
      {values.map(({ key, at_ms }) => (
        <li key={key}>
          <LiveMark state={2} text={t("stale")} />{" "}
          <span className="muted">
            · {visible(keyInWords(key, words))} · <Age at_ms={at_ms} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function useTrends(
  keys: readonly string[],
  span_s: number,
  held: Window | null,
  rows: ReadonlyMap<string, Value>,
): readonly Trend[] {
  const [trends, setTrends] = useState<readonly Trend[]>([]);
  const joined = keys.join("\n");
  const connected = useStore(live.state, (state) => state.connected); // what was missed meanwhile is read when it is back
  useEffect(() => {
    let wanted = true;
    const read = async () => {
      const to_ms = held ? held.max * 1000 : Date.now();
      const from_ms = held ? held.min * 1000 : to_ms - span_s * 1000;
      const all = await Promise.all(joined.split("\n").map((key) => pastOf(key, from_ms, to_ms)));
      if (wanted) setTrends(all);
    };
    void read();
    const timer = held ? 0 : setInterval(() => void read(), Math.max(AGAIN_MS, (span_s * 1000) / POINTS));
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [joined, span_s, held, connected]);
  useEffect(() => {
    if (!held) setTrends((old) => withLive(old, rows, Date.now(), span_s, POINTS));
  }, [rows, span_s, held]);
  return trends;
}

/** The same window a day before, moved onto today's. */
function useYesterday(keys: readonly string[], span_s: number, held: Window | null): readonly Trend[] {
  const [trends, setTrends] = useState<readonly Trend[]>([]);
  const joined = keys.join("\n");
  useEffect(() => {
    if (!joined) return setTrends([]);
    let wanted = true;
    const read = async () => {
      const to_ms = dayBefore_ms(held ? held.max * 1000 : Date.now());
      const from_ms = held ? dayBefore_ms(held.min * 1000) : to_ms - span_s * 1000;
      const all = await Promise.all(joined.split("\n").map((key) => pastOf(key, from_ms, to_ms)));
      if (wanted) setTrends(all.map((trend) => dayLater(trend, t("trend.ofYesterday", { key: trend.key }))));
    };
    void read();
    const timer = held ? 0 : setInterval(() => void read(), AGAIN_MS);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [joined, span_s, held]);
  return trends;
}

/** Limits and alarms of the points in the same window; none where there is no answer, for the curve is told of anyway. */
function useMarks(keys: readonly string[], span_s: number, held: Window | null): readonly CurveMarks[] {
  const [marks, setMarks] = useState<readonly CurveMarks[]>([]);
  const joined = keys.join("\n");
  const states = useStore(alarmList, ({ alarms }) =>
    alarms
      .filter(({ point }) => point !== null && joined.split("\n").includes(point))
      .map(({ id, state }) => `${id} ${state}`)
      .join("\n"),
  );
  // An alarm of these points that came or went is read of at once.
  useEffect(() => {
    let wanted = true;
    const read = async () => {
      const to_ms = held ? held.max * 1000 : Date.now();
      const from_ms = held ? held.min * 1000 : to_ms - span_s * 1000;
      const asked = joined.split("\n").map((key) => watch.marks(key, from_ms, to_ms));
      const all = await Promise.allSettled(asked);
      if (wanted) setMarks(all.flatMap((each) => (each.status === "fulfilled" ? [each.value] : [])));
    };
    void read();
    const timer = setInterval(() => void read(), MARKS_AGAIN_MS);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [joined, span_s, held, states]);
  return marks;
}

/** A curve without a past when there is no answer: one key must not hide the others. */
async function pastOf(key: string, from_ms: number, to_ms: number): Promise<Trend> {
  try {
    return await watch.trend(key, from_ms, to_ms, POINTS);
  } catch (error) {
    tellError(error);
    return { key, unit: null, from: "ram", at_ms: [], value: [], min: [], max: [] };
  }
}
