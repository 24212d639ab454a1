// Curves drawn by uPlot: colours of the theme, times and numbers of the language. Fetches nothing.
import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import type { Trend } from "../api/types";
import { currentLanguage, dateTime, number, t } from "../i18n";
import { aligned } from "../logic/trend";
import { painted } from "../parts/paint";
import { useTheme } from "../state/preferences";

const COLOURS = ["--transform", "--output", "--logic", "--source", "--tool", "--store"] as const;

export function Chart({ trends, span_s, height }: { trends: readonly Trend[]; span_s: number; height: number }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useTheme();
  const names = trends.map((trend) => `${trend.key}${trend.unit ? ` ${trend.unit}` : ""}`).join("\n");
  useEffect(() => {
    const element = host.current!;
    if (!names) return;
    const made = new uPlot(options(element, names.split("\n"), height), [[]], element);
    plot.current = made;
    const resized = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height });
      tellNewest(made);
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [names, height, theme]);
  useEffect(() => {
    const now = Date.now() / 1000;
    const made = plot.current;
    if (!made) return;
    made.setData(aligned(trends) as uPlot.AlignedData, false);
    made.setScale("x", { min: now - span_s, max: now });
    tellNewest(made);
  }, [trends, span_s, names, theme]);
  // No picture before there is one: it would have no name.
  const picture = names ? { role: "img", "aria-label": names.replaceAll("\n", ", ") } : {};
  return <div className="chart" ref={host} {...picture} style={{ minHeight: height }} />;
}

/** The newest value of each curve stands below the chart until a pointer asks for others. */
function tellNewest(plot: uPlot): void {
  if ((plot.cursor.left ?? -1) < 0)
    plot.setLegend({ idxs: plot.data.map((column) => [...column].findLastIndex((cell) => cell != null)) }, false);
}

function options(element: HTMLElement, names: string[], height: number): uPlot.Options {
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
  const legend = (_plot: uPlot, value: number | null) => (value == null ? "–" : number(value));
  const colour = (i: number) => colours[COLOURS[i % COLOURS.length]!];
  const edge = { stroke: "transparent", points: { show: false }, spanGaps: false, value: legend };
  const band =
    names.length === 1
      ? [
          { ...edge, label: t("trend.least") },
          { ...edge, label: t("trend.greatest") },
        ]
      : [];
  return {
    width: element.clientWidth || 300,
    height,
    legend: { show: true, live: true },
    cursor: { drag: { x: false, y: false } },
    scales: {
      x: { time: true },
      y: {
        range: (_plot, low, high) =>
          low === null ? [0, 1] : low === high ? [low - 1, high + 1] : uPlot.rangeNum(low, high, 0.1, true),
      },
    },
    axes: [
      {
        ...axis,
        space: 90,
        values: (_plot, ticks, _axis, _space, step_s) => ticks.map((tick) => times(step_s).format(tick * 1000)),
      },
      { ...axis, size: 60, values: (_plot, ticks) => ticks.map((tick) => number(tick)) },
    ],
    series: [
      { label: t("time"), value: (_plot, at_s) => (at_s == null ? "–" : dateTime(at_s * 1000)) },
      ...names.map((label, i) => ({
        label,
        stroke: colour(i),
        width: 1.5,
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
