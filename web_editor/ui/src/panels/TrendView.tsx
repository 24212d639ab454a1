// A curve of one or more values: the past from the engine, the present from the live socket.
import "uplot/dist/uPlot.min.css";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { watch } from "../api/calls";
import { ApiError } from "../api/http";
import type { Trend } from "../api/types";
import { currentLanguage, dateTime, duration, number, t } from "../i18n";
import { aligned, withLive } from "../logic/trend";
import { tellError } from "../state/notices";
import { useStore } from "../state/store";
import { preferences } from "../state/preferences";
import { useValues } from "../state/values";

const SPANS_S = [600, 3600, 21_600, 86_400, 604_800, 2_592_000] as const;
const COLOURS = ["--transform", "--output", "--logic", "--source", "--tool", "--store"] as const;
const POINTS = 500;
/** The past is asked for again, so that a curve left open is as exact as a fresh one. */
const AGAIN_MS = 60_000;

type Props = { keys: readonly string[]; span_s?: number; height?: number; choose?: boolean };

export default function TrendView({ keys, span_s = 3600, height = 260, choose = true }: Props) {
  const [span, setSpan] = useState(span_s);
  const shown = useTrends(keys, span);
  const last = shown.map((trend) => trend.value.findLast((value) => value !== null) ?? null);
  return (
    <div className="stack">
      {choose && (
        <div className="row wrap" role="group" aria-label={t("trend.span")}>
          {SPANS_S.map((item) => <button key={item} type="button" className="button" aria-pressed={item === span} onClick={() => setSpan(item)}>{duration(item)}</button>)}
          <span className="grow" />
          {shown[0] && <span className="muted small">{t(shown[0].from === "ram" ? "trend.ram" : "trend.history")}</span>}
        </div>
      )}
      <Chart trends={shown} span_s={span} height={height} />
      <p className="sr">{shown.map((trend, i) => `${trend.key}: ${last[i] === null ? "–" : number(last[i]!)} ${trend.unit ?? ""}`).join("; ")}</p>
    </div>
  );
}

function useTrends(keys: readonly string[], span_s: number): readonly Trend[] {
  const [trends, setTrends] = useState<readonly Trend[]>([]);
  const { rows } = useValues({ keys: [...keys] });
  const joined = keys.join("\n");
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
  }, [joined, span_s]);
  useEffect(() => setTrends((old) => withLive(old, rows, Date.now(), span_s, POINTS)), [rows, span_s]);
  return trends;
}

/** A curve without a past when there is none: one key that nobody writes yet must not hide the others. */
async function pastOf(key: string, now_ms: number, span_s: number): Promise<Trend> {
  try {
    return await watch.trend(key, now_ms - span_s * 1000, now_ms, POINTS);
  } catch (error) {
    if (!(error instanceof ApiError && error.kind === "not-found")) tellError(error);
    return { key, unit: null, from: "ram", at_ms: [], value: [], min: [], max: [] };
  }
}

function Chart({ trends, span_s, height }: { trends: readonly Trend[]; span_s: number; height: number }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useStore(preferences, (state) => state.theme);
  const names = trends.map((trend) => `${trend.key}${trend.unit ? ` ${trend.unit}` : ""}`).join("\n");
  useEffect(() => {
    const element = host.current!;
    if (!names) return;
    const made = new uPlot(options(element, names.split("\n"), height), [[]], element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [names, height, theme]);
  useEffect(() => {
    const now = Date.now() / 1000;
    plot.current?.setData(aligned(trends) as uPlot.AlignedData, false);
    plot.current?.setScale("x", { min: now - span_s, max: now });
  }, [trends, span_s, names, theme]);
  return <div className="chart" ref={host} role="img" aria-label={names.replaceAll("\n", ", ")} style={{ minHeight: height }} />;
}

function options(element: HTMLElement, names: string[], height: number): uPlot.Options {
  const paint = colourOf(element);
  const axis = { stroke: paint("--muted"), grid: { stroke: paint("--line"), width: 1 }, ticks: { stroke: paint("--line"), width: 1 } };
  const minutes = new Intl.DateTimeFormat(currentLanguage(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const seconds = new Intl.DateTimeFormat(currentLanguage(), { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const days = new Intl.DateTimeFormat(currentLanguage(), { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const times = (step_s: number) => (step_s < 60 ? seconds : step_s < 14_400 ? minutes : days);
  const legend = (_plot: uPlot, value: number | null) => (value == null ? "–" : number(value));
  const colour = (i: number) => paint(COLOURS[i % COLOURS.length]!);
  const edge = { stroke: "transparent", points: { show: false }, spanGaps: false, value: legend };
  const band = names.length === 1 ? [{ ...edge, label: t("trend.least") }, { ...edge, label: t("trend.greatest") }] : [];
  return {
    width: element.clientWidth || 300, height, legend: { show: true, live: true }, cursor: { drag: { x: false, y: false } },
    scales: { x: { time: true }, y: { range: (_plot, low, high) => (low === null ? [0, 1] : low === high ? [low - 1, high + 1] : uPlot.rangeNum(low, high, 0.1, true)) } },
    axes: [{ ...axis, space: 90, values: (_plot, ticks, _axis, _space, step_s) => ticks.map((tick) => times(step_s).format(tick * 1000)) }, { ...axis, size: 60, values: (_plot, ticks) => ticks.map((tick) => number(tick)) }],
    series: [
      { label: t("time"), value: (_plot, at_s) => (at_s == null ? "–" : dateTime(at_s * 1000)) },
      ...names.map((label, i) => ({ label, stroke: colour(i), width: 1.5, spanGaps: false, points: { show: false }, value: legend })),
      ...band,
    ],
    ...(band.length ? { bands: [{ series: [3, 2] as [number, number], fill: colour(0).replace(/^rgb\((.*)\)$/, "rgb($1 / 15%)").replaceAll(",", "") }] } : {}),
  };
}

/** Custom properties hold both themes; only a painted element knows which one counts. */
function colourOf(beside: HTMLElement): (name: string) => string {
  return (name) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    beside.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  };
}
