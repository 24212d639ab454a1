// Curves: several series on one time axis, the present added to the past, and where a line breaks. Pure.
import type { Trend, Value } from "../api/types";

/** A gap of so many times the usual distance breaks the line, as it makes a value stale; shorter than this it never does. */
const BREAKS_TIMES = 5;
const BREAKS_MS = 10_000;

type Cell = number | null | undefined;
/** Buckets that hold something, and a null where the line breaks between two of them. */
export type Points = { at_ms: number[]; value: (number | null)[]; min: (number | null)[]; max: (number | null)[] };

export function pointsOf(trend: Trend): Points {
  const held = trend.at_ms.flatMap((at_ms, i) => (trend.value[i] == null ? [] : [{ at_ms, i }]));
  const limit_ms = Math.max(BREAKS_MS, BREAKS_TIMES * usualGap_ms(held.map(({ at_ms }) => at_ms)));
  const points: Points = { at_ms: [], value: [], min: [], max: [] };
  held.forEach(({ at_ms, i }, place) => {
    const before = held[place - 1];
    if (before && at_ms - before.at_ms > limit_ms) put(points, (before.at_ms + at_ms) / 2, null, null, null);
    put(points, at_ms, trend.value[i]!, trend.min[i] ?? null, trend.max[i] ?? null);
  });
  return points;
}

function put(points: Points, at_ms: number, value: number | null, min: number | null, max: number | null): void {
  points.at_ms.push(at_ms);
  points.value.push(value);
  points.min.push(min);
  points.max.push(max);
}

function usualGap_ms(times: readonly number[]): number {
  const gaps = times
    .slice(1)
    .map((time, i) => time - times[i]!)
    .sort((a, b) => a - b);
  return gaps[Math.floor((gaps.length - 1) / 2)] ?? 0;
}

/** Columns for a chart: times in seconds, then one a trend; of a single trend also the least and the greatest. */
export function aligned(trends: readonly Trend[]): Cell[][] {
  const all = trends.map(pointsOf);
  const times = [...new Set(all.flatMap(({ at_ms }) => at_ms))].sort((a, b) => a - b);
  // undefined: this series has no point here, the line goes on; null: it breaks
  const column = (points: Points, values: readonly (number | null)[]) => {
    const at = new Map(points.at_ms.map((time, i) => [time, values[i] ?? null]));
    return times.map((time) => at.get(time));
  };
  const [single] = all;
  const band = all.length === 1 && single ? [column(single, single.min), column(single, single.max)] : [];
  return [times.map((time) => time / 1000), ...all.map((points) => column(points, points.value)), ...band];
}

/** The least (or the greatest) of a column, for the legend while no pointer asks for one place; null where it has none. */
export function extreme(column: readonly Cell[], greatest: boolean): number | null {
  const held = column.filter((cell) => cell != null);
  return held.length === 0 ? null : held.reduce((a, b) => (greatest ? Math.max(a, b) : Math.min(a, b)));
}

/** The trends with the live value as their newest point, one a bucket, and without what is older than the span. */
export function withLive(
  trends: readonly Trend[],
  rows: ReadonlyMap<string, Value>,
  now_ms: number,
  span_s: number,
  buckets: number,
): readonly Trend[] {
  const next = trends.map((trend) => {
    const live = rows.get(trend.key);
    const last_ms = trend.at_ms.at(-1) ?? -Infinity;
    if (!live || typeof live.value !== "number" || live.at_ms <= last_ms) return trend;
    const kept = trend.at_ms.findIndex((time) => time >= now_ms - span_s * 1000);
    const from = kept < 0 ? trend.at_ms.length : kept;
    // The newest point moves until its bucket is full: a curve that is watched for a day must not grow without end.
    const before_ms = trend.at_ms.at(-2) ?? -Infinity;
    const to = live.at_ms - before_ms < (span_s * 1000) / buckets ? -1 : trend.at_ms.length;
    const grown = <T>(column: readonly T[], value: T) => [...column.slice(from, to), value];
    const now = live.value;
    return {
      ...trend,
      at_ms: grown(trend.at_ms, live.at_ms),
      value: grown(trend.value, now),
      min: grown(trend.min, now),
      max: grown(trend.max, now),
    };
  });
  return next.every((trend, i) => trend === trends[i]) ? trends : next;
}

const DAY_MS = 86_400_000;
const FAR_TIMES = 3;
const LEAST_VALUES = 8;

/** A curve of yesterday under another name, moved to where today's is. */
export const dayLater = (trend: Trend, key: string): Trend => ({
  ...trend,
  key,
  at_ms: trend.at_ms.map((at_ms) => at_ms + DAY_MS),
});

/** When a window was a day before. */
export const dayBefore_ms = (at_ms: number): number => at_ms - DAY_MS;

/**
 * The least and the greatest without what lies far outside the middle half (three times its width); null where nothing does,
 * or where too little is known to say so.
 */
export function withoutOutliers(values: readonly Cell[]): [number, number] | null {
  const sorted = values.filter((value) => value != null).sort((a, b) => a - b);
  if (sorted.length < LEAST_VALUES) return null;
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)]!;
  const reach = FAR_TIMES * (at(0.75) - at(0.25));
  const near = sorted.filter((value) => value >= at(0.25) - reach && value <= at(0.75) + reach);
  return near.length < sorted.length ? [near[0]!, near.at(-1)!] : null;
}
