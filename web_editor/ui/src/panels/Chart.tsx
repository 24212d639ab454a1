// Curves drawn by uPlot: colours of the theme, times and numbers of the language. Fetches nothing.
import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import type { CurveMarks, Trend } from "../api/types";
import { currentLanguage, dateTime, reading, t, tickText } from "../i18n";
import { withLimits } from "../logic/marks";
import type { Cursors } from "../logic/measure";
import { aligned, extreme, withoutOutliers } from "../logic/trend";
import { keyInWords } from "../logic/values";
import type { Window } from "../logic/window";
import { painted } from "../parts/paint";
import { useTheme } from "../state/preferences";
import { movedCursors } from "./chartCursors";
import { gestures } from "./chartGestures";
import { drawnMarks } from "./chartMarks";

const COLOURS = ["--transform", "--output", "--logic", "--source", "--tool", "--store"] as const;
const MARK_COLOURS = ["--error", "--warn", "--text", "--surface"] as const;

type Props = {
  trends: readonly Trend[];
  words: Readonly<Record<string, string>>; // what they are called instead of by their keys
  window: Window | null; // null: up to now
  span_s: number;
  compared?: number; // so many of the last ones are those of yesterday
  clipped?: boolean; // the scale leaves out what lies far outside
  height?: number; // without one it fills what is around it
  onWindow?: (window: Window) => void;
  marks?: readonly CurveMarks[]; // limits and alarms
  cursors?: Cursors | null; // while something is measured
  onCursors?: (cursors: Cursors) => void;
  plotted?: (plot: uPlot | null) => void;
};

const LEAST_HEIGHT = 120;
const LEGEND_HEIGHT = 60;
const NO_MARKS: readonly CurveMarks[] = [];

export function Chart(props: Props) {
  const { trends, words, window, span_s, compared = 0, clipped = false, height, onWindow, plotted } = props;
  const { marks = NO_MARKS, cursors = null, onCursors } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useTheme();
  const told = useRef({ onWindow, plotted, marks, cursors, onCursors });
  told.current = { onWindow, plotted, marks, cursors, onCursors };
  const moves = onWindow !== undefined;
  const units = trends.map(({ unit }) => unit ?? "").join("\n");
  const keys = trends.map(({ key }) => key).join("\n");
  const names = trends.map(({ key, unit }) => `${keyInWords(key, words)}${unit ? ` (${unit})` : ""}`).join("\n");
  useEffect(() => {
    const element = host.current!;
    if (!names) return;
    const onWindow = moves ? (next: Window) => told.current.onWindow?.(next) : undefined;
    const least = height ?? LEAST_HEIGHT;
    const scaleOf = (key: string) => scales(units.split("\n"))[keys.split("\n").indexOf(key)];
    const limitsOn = (scale: string) =>
      told.current.marks
        .filter(({ key }) => scaleOf(key) === scale)
        .flatMap(({ limits }) => limits.map(({ value }) => value));
    const shown = { names: names.split("\n"), units: units.split("\n"), compared, clipped, limitsOn };
    const plugins = [
      drawnMarks(() => ({ marks: told.current.marks, scaleOf, colours: painted(element, MARK_COLOURS) })),
      movedCursors(
        () => told.current.cursors,
        (next) => told.current.onCursors?.(next),
      ),
      ...(onWindow ? [gestures(onWindow)] : []),
    ];
    const made = new uPlot(options(element, shown, least, plugins), [[]], element);
    plot.current = made;
    told.current.plotted?.(made);
    const fit = () => {
      const legend = made.root.querySelector<HTMLElement>(".u-legend")?.offsetHeight ?? 0;
      const room = height ?? Math.max(LEAST_HEIGHT, element.clientHeight - legend - 8);
      made.setSize({ width: element.clientWidth, height: room });
      tellNewest(made);
    };
    const resized = new ResizeObserver(fit);
    resized.observe(element);
    return () => {
      told.current.plotted?.(null);
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [names, keys, units, compared, clipped, moves, height, theme]);
  useEffect(() => {
    const now = Date.now() / 1000;
    const made = plot.current;
    if (!made) return;
    made.setData(aligned(trends) as uPlot.AlignedData, false);
    made.setScale("x", window ?? { min: now - span_s, max: now });
    tellNewest(made);
  }, [trends, window, span_s, names, compared, clipped, theme, marks]);
  // They are drawn from where they are told.
  useEffect(() => plot.current?.redraw(false), [cursors]);
  // No picture before there is one: it would have no name.
  // One with cursors to be moved is no picture, in which nothing could be reached.
  const picture = names ? { role: cursors ? "group" : "img", "aria-label": names.replaceAll("\n", ", ") } : {};
  return (
    <div
      className={height ? "chart" : "chart filling"}
      ref={host}
      {...picture}
      style={{ minHeight: height ?? LEAST_HEIGHT + LEGEND_HEIGHT }}
    />
  );
}

/** The newest value of each curve stands below the chart until a pointer asks for others. */
function tellNewest(plot: uPlot): void {
  if ((plot.cursor.left ?? -1) < 0)
    plot.setLegend({ idxs: plot.data.map((column) => [...column].findLastIndex((cell) => cell != null)) }, false);
}

type LimitsOn = (scale: string) => readonly number[];

/** As far as the values and the limits near them reach. */
const whole =
  (limitsOn: LimitsOn): uPlot.Range.Function =>
  (_plot, low, high, scale) => {
    if (low === null) return [0, 1];
    const [least, greatest] = withLimits(low, high, limitsOn(scale));
    return least === greatest ? [least - 1, greatest + 1] : uPlot.rangeNum(least, greatest, 0.1, true);
  };

const narrow: uPlot.Range.Function = (plot, low, high, scale) => {
  const [first, last] = plot.series[0]!.idxs ?? [0, 0];
  const seen = plot.series.flatMap((series, i) =>
    series.scale === scale ? Array.from(plot.data[i] ?? []).slice(first, last + 1) : [],
  );
  const near = withoutOutliers(seen);
  return near ? plainRange(plot, near[0], near[1], scale) : plainRange(plot, low, high, scale);
};

const plainRange = whole(() => []);

type Shown = { names: string[]; units: string[]; compared: number; clipped: boolean; limitsOn: LimitsOn };

/** The scale of each curve: one for each unit. */
function scales(units: readonly string[]): string[] {
  const kinds = [...new Set(units)];
  return units.map((unit) => `y${kinds.indexOf(unit)}`);
}

/** A scale for each unit: pressures and temperatures on one axis flatten each other. */
function options(
  element: HTMLElement,
  { names, units, compared, clipped, limitsOn }: Shown,
  height: number,
  plugins: uPlot.Plugin[],
): uPlot.Options {
  const kinds = [...new Set(units)];
  const scaleOf = (unit: string) => `y${kinds.indexOf(unit)}`;
  const colours = painted(element, [...COLOURS, "--muted", "--line"]);
  const axis = {
    stroke: colours["--muted"],
    grid: { stroke: colours["--line"], width: 1 },
    ticks: { stroke: colours["--line"], width: 1 },
  };
  const minutes = new Intl.DateTimeFormat(currentLanguage(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const seconds = new Intl.DateTimeFormat(currentLanguage(), {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const days = new Intl.DateTimeFormat(currentLanguage(), {
    day: "2-digit",
    month: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const times = (step_s: number) => (step_s < 60 ? seconds : step_s < 14_400 ? minutes : days);
  const legend = (_plot: uPlot, value: number | null) => (value == null ? "–" : reading(value));
  const colour = (i: number) => colours[COLOURS[i % COLOURS.length]!];
  // Under a pointer those of its bucket; else of all that is shown, for the newest bucket alone says nothing.
  const bound = (greatest: boolean) => (plot: uPlot, value: number | null, series: number) =>
    legend(plot, (plot.cursor.left ?? -1) < 0 ? extreme([...(plot.data[series] ?? [])], greatest) : value);
  const edge = { scale: "y0", stroke: "transparent", points: { show: false }, spanGaps: false };
  const band =
    names.length === 1
      ? [
          { ...edge, label: t("trend.least"), value: bound(false) },
          { ...edge, label: t("trend.greatest"), value: bound(true) },
        ]
      : [];
  return {
    width: element.clientWidth || 300,
    height,
    legend: { show: true, live: true },
    cursor: { drag: { x: false, y: false } },
    plugins,
    scales: {
      x: { time: true },
      ...Object.fromEntries(kinds.map((unit) => [scaleOf(unit), { range: clipped ? narrow : whole(limitsOn) }])),
    },
    axes: [
      {
        ...axis,
        space: 90,
        values: (_plot, ticks, _axis, _space, step_s) => ticks.map((tick) => times(step_s).format(tick * 1000)),
      },
      ...kinds.map((unit, i) => ({
        ...axis,
        scale: scaleOf(unit),
        side: (i === 0 ? 3 : 1) as uPlot.Axis.Side,
        grid: { ...axis.grid, show: i === 0 },
        size: 60,
        ...(unit ? { label: unit, labelSize: 18, labelFont: "12px system-ui, sans-serif" } : {}),
        values: (_plot: uPlot, ticks: number[]) => ticks.map(tickText),
      })),
    ],
    series: [
      { label: t("time"), value: (_plot, at_s) => (at_s == null ? "–" : dateTime(at_s * 1000)) },
      ...names.map((label, i) => ({
        label,
        scale: scaleOf(units[i] ?? ""),
        stroke: colour(i % (names.length - compared)),
        width: 1.5,
        ...(i < names.length - compared ? {} : { dash: [4, 4] }),
        spanGaps: false,
        points: { show: false },
        value: legend,
      })),
      ...band,
    ],
    ...(band.length
      ? {
          bands: [
            {
              series: [3, 2] as [number, number],
              fill: colour(0)
                .replace(/^rgb\((.*)\)$/, "rgb($1 / 15%)")
                .replaceAll(",", ""),
            },
          ],
        }
      : {}),
  };
}
